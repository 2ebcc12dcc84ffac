from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "huikuan.reports"
    label = "reports"

from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "huikuan.risk"
    label = "risk"

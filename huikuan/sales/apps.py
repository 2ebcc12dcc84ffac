from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "huikuan.sales"
    label = "sales"

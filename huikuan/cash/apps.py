from django.apps import AppConfig


class CashConfig(AppConfig):
    name = "huikuan.cash"
    label = "cash"

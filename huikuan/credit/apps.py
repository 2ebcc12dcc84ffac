from django.apps import AppConfig


class CreditConfig(AppConfig):
    name = "huikuan.credit"
    label = "credit"

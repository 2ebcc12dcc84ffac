from django.apps import AppConfig


class WarningsConfig(AppConfig):
    name = "huikuan.warnings"
    label = "warnings"

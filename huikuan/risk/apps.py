from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "huikuan.risk"
    verbose_name = "风险"

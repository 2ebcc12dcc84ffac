from django.apps import AppConfig


class DisputesConfig(AppConfig):
    name = "huikuan.disputes"
    label = "disputes"

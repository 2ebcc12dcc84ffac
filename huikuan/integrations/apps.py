from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "huikuan.integrations"
    label = "integrations"

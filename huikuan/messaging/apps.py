from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "huikuan.messaging"
    label = "messaging"

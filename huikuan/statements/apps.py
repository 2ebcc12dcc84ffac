from django.apps import AppConfig


class StatementsConfig(AppConfig):
    name = "huikuan.statements"
    label = "statements"

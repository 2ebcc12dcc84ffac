from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "huikuan.customers"
    label = "customers"

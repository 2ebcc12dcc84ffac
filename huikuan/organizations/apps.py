from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "huikuan.organizations"
    label = "organizations"

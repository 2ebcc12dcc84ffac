"""The composition root: what packages offer to each other is put together when Django has loaded them."""

from __future__ import annotations

from django.apps import AppConfig


class CompositionConfig(AppConfig):
    name = "huikuan.config"
    label = "composition"

    def ready(self) -> None:
        from huikuan.config.approvals import register_approvals
        from huikuan.config.credit import register_credit
        from huikuan.config.messaging import register_messaging
        from huikuan.config.risk import register_risk

        register_approvals()
        register_credit()
        register_messaging()
        register_risk()

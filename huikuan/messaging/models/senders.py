"""The accounts through which messages leave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import time
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from huikuan.core.encryption import decrypt, encrypt
from huikuan.core.postgres.fields import OrganizationField
from huikuan.core.postgres.security import KEPT, RowAccess
from huikuan.messaging.rules import MessageChannel, QuietHours
from huikuan.organizations.models import TenantModel


class Sender(TenantModel):
    """An account of a channel: where it is reached, who it sends as, and how much it may send.

    `provider`: who carries it (a name of `channels.PROVIDERS`); `settings`: what that one needs, without secrets.
    `secrets` are kept encrypted and never shown. Per channel one sender is the `standard` one, through which messages
    leave; a group robot is addressed by its `code`. In `test_mode` nothing leaves the house.
    `seen_uid`: the last message read from its mailbox, of the mailbox's `seen_validity` (RFC 9051 §2.3.1.1).
    """

    organization = OrganizationField(db_constraint=True)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    channel = models.CharField(max_length=8, choices=[(each.value, each.value) for each in MessageChannel])
    provider = models.CharField(max_length=20)
    settings = models.JSONField(default=dict)
    secrets_encrypted = models.TextField(default="", editable=False)
    from_address = models.CharField(max_length=254, blank=True)
    from_name = models.CharField(max_length=100, blank=True)
    rate_per_minute = models.PositiveIntegerField(default=60)
    daily_cap = models.PositiveIntegerField(default=2000)
    quiet_from = models.TimeField(default=time(20))
    quiet_until = models.TimeField(default=time(8))
    quiet_rest_days = models.BooleanField(default=True)
    test_mode = models.BooleanField(default=True)
    standard = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    seen_validity = models.BigIntegerField(default=0)
    seen_uid = models.BigIntegerField(default=0)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "messaging_sender"
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="sender_code_is_unique"),
            models.UniqueConstraint(
                fields=["organization", "channel"],
                name="one_standard_sender_per_channel",
                condition=Q(standard=True),
            ),
            models.CheckConstraint(
                condition=Q(rate_per_minute__gt=0, daily_cap__gt=0), name="sender_may_send_something"
            ),
            models.CheckConstraint(
                condition=Q(standard=False) | Q(active=True),
                name="standard_sender_is_active",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def quiet(self) -> QuietHours:
        """When nothing leaves through it."""
        return QuietHours(self.quiet_from, self.quiet_until, self.quiet_rest_days)

    @property
    def secrets(self) -> Mapping[str, str]:
        """Passwords and keys in clear, by name; only channels ask for them."""
        if not self.secrets_encrypted:
            return {}
        found: dict[str, Any] = json.loads(decrypt(self.secrets_encrypted, context=self._context))
        return found

    @secrets.setter
    def secrets(self, values: Mapping[str, str]) -> None:
        given = {name: value for name, value in values.items() if value}
        self.secrets_encrypted = (
            encrypt(json.dumps(given, ensure_ascii=False), context=self._context) if given else ""
        )

    @property
    def _context(self) -> str:
        return f"{self.organization_id}.sender.{self.pk}.secrets"

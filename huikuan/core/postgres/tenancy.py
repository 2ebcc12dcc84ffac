"""Whose rows a transaction may see.

`tenant(organization)` is the only door to tenant data: it opens one transaction, tells PostgreSQL the
organization for row-level security, and scopes the managers. Outside of it the managers refuse and the
database shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar
from uuid import UUID

from django.db import connection, models, transaction

from huikuan.core.postgres.prepared import ask

_organization: ContextVar[UUID | None] = ContextVar("organization", default=None)


class OutsideTenant(RuntimeError):
    """Tenant data was asked for outside `tenant()`: a programming error."""


def current_organization_id() -> UUID:
    """The organization of the running transaction; raises OutsideTenant where there is none."""
    organization_id = _organization.get()
    if organization_id is None:
        raise OutsideTenant("tenant data is read and written only inside tenant()")
    return organization_id


@contextmanager
def tenant(organization_id: UUID, *, snapshot: bool = False) -> Iterator[None]:
    """Work on one organization, in one transaction.

    With `snapshot` the whole block reads one consistent, read-only state (REPEATABLE READ), so that a
    report's lines, totals and knowledge date agree; it has no effect inside an open transaction.
    """
    outermost = not connection.in_atomic_block
    previous = _organization.get()
    with transaction.atomic():
        if snapshot and outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        _announce("app.organization_id", organization_id)
        token = _organization.set(organization_id)
        try:
            yield
        finally:
            _organization.reset(token)
        if not outermost:
            _announce("app.organization_id", previous)


@contextmanager
def as_user(user_id: UUID) -> Iterator[None]:
    """Read the memberships of one person, before an organization is chosen."""
    with transaction.atomic():
        _announce("app.user_id", user_id)
        yield
        _announce("app.user_id", None)


def _announce(setting: str, value: UUID | None) -> None:
    ask(
        "SELECT set_config(%(setting)s, %(value)s, true)",
        {"setting": setting, "value": str(value) if value else ""},
    )


Row = TypeVar("Row", bound=models.Model, covariant=True)


class TenantManager(models.Manager[Row]):
    """Rows of the current organization only."""

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().filter(organization_id=current_organization_id())

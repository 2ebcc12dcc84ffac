"""Field classes that carry the tenant rules into migrations, where abstract bases are no longer visible."""

from __future__ import annotations

from typing import Any

from django.db import models
from uuid_utils.compat import uuid7


def new_id() -> Any:
    """A UUIDv7: sorts by time of creation, so that index pages fill from one side."""
    return uuid7()


class UuidKey(models.UUIDField):  # type: ignore[type-arg]
    """Primary key of every tenant row; made by the application, or by `uuidv7()` inside set-based SQL."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("primary_key", True)
        options.setdefault("default", new_id)
        options.setdefault("editable", False)
        super().__init__(**options)


class OrganizationField(models.ForeignKey):  # type: ignore[type-arg]
    """The owner of a tenant row. A model that has one gets composite keys from the schema editor."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("to", "organizations.Organization")
        options.setdefault("on_delete", models.PROTECT)
        options.setdefault("related_name", "+")
        options.setdefault("db_index", False)
        options.setdefault("editable", False)
        super().__init__(**options)


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A reference between two rows of one organization.

    The database constraint is `(organization_id, x_id) → (organization_id, id)`, so a reference across
    organizations cannot exist. No index by itself: each table declares the few it needs, with the
    organization first.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **options: Any) -> None:
        options.setdefault("related_name", "+")
        options.setdefault("db_index", False)
        super().__init__(to, on_delete, **options)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.setdefault("db_index", False)
        return name, path, args, kwargs


def is_tenant(model: type[models.Model]) -> bool:
    """Whether rows of `model` belong to an organization (works on migration-state models too)."""
    return any(isinstance(field, OrganizationField) for field in model._meta.local_fields)


class Money(models.DecimalField):  # type: ignore[type-arg]
    """An amount in the currency named beside it, rounded to that currency's exponent."""

    def __init__(self, **options: object) -> None:
        options.setdefault("max_digits", 19)
        options.setdefault("decimal_places", 4)
        super().__init__(**options)  # type: ignore[arg-type]

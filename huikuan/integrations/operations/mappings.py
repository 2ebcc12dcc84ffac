"""Naming and forgetting how files were read."""

from __future__ import annotations

from uuid import UUID

from huikuan.audit.operations import act, record_event
from huikuan.integrations.models import Mapping
from huikuan.organizations.actors import Actor


def rename_mapping(*, mapping_id: UUID, name: str, actor: Actor) -> None:
    """Give a remembered reading a name that people know it by; an empty one takes the name away."""
    actor.require("organization.write")
    with act("rename_mapping", actor=actor):
        mapping = Mapping.objects.select_for_update().get(pk=mapping_id)
        before, after = mapping.name, name.strip()[:100]
        if before == after:
            return
        Mapping.objects.filter(pk=mapping.pk).update(name=after)
        record_event(
            action="changed",
            record_kind="mapping",
            record_id=mapping.pk,
            content={"name": after, "before": {"name": before}},
        )


def delete_mapping(*, mapping_id: UUID, actor: Actor) -> None:
    """Forget how files with these headers were read; the next one is recognised afresh."""
    actor.require("organization.write")
    with act("delete_mapping", actor=actor):
        mapping = Mapping.objects.select_for_update().get(pk=mapping_id)
        record_event(
            action="removed",
            record_kind="mapping",
            record_id=mapping.pk,
            content={"kind": mapping.kind, "name": mapping.name, "columns": mapping.columns},
        )
        Mapping.objects.filter(pk=mapping.pk).delete()

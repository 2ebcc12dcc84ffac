"""Changing what an open item says besides its amount: when it is due and who collects it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import act
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor


class ChangeRefused(HuikuanError):
    """Items cannot be changed as given; none of the set was."""

    code = "change_refused"


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What an item says from now on, whole: both due dates and the salesperson."""

    item_id: UUID
    due_on: date | None
    effective_due_on: date | None
    salesperson_id: UUID | None


def change_items(changes: Sequence[ItemFacts], *, actor: Actor, reason: str) -> int:
    """Agree on other due dates or hand items to another salesperson; returns how many items really changed.

    What they said until now is kept: a report known at an earlier moment still shows it.
    """
    actor.require("invoice.record")
    if not reason.strip():
        raise ChangeRefused(_("修改到期日或业务员必须写明原因。"), code="reason_missing")
    if not changes:
        return 0
    with act("change_items", actor=actor, reason=reason) as opened:
        stage(
            "incoming_item_facts",
            (
                ("item_id", "uuid"),
                ("due_on", "date"),
                ("effective_due_on", "date"),
                ("salesperson_id", "uuid"),
            ),
            ((new.item_id, new.due_on, new.effective_due_on, new.salesperson_id) for new in changes),
        )
        parameters = {"organization": current_organization_id(), "act": opened.id}
        with connection.cursor() as cursor:
            cursor.execute(LOCK_ITEMS, parameters)
            if len(cursor.fetchall()) != len({new.item_id for new in changes}):
                raise ChangeRefused(_("要修改的单据不存在,或不属于本组织。"), code="unknown_item")
            cursor.execute(KEEP_OLD, parameters)
            changed: int = cursor.rowcount
            cursor.execute(RECORD_CHANGES, parameters)
            cursor.execute(CHANGE_ITEMS, parameters)
    return changed


LOCK_ITEMS = """
    SELECT i.id FROM ledger_open_item i
    WHERE i.organization_id = %(organization)s AND i.id IN (SELECT item_id FROM incoming_item_facts)
    ORDER BY i.id FOR NO KEY UPDATE
"""
DIFFERENT = """
    FROM incoming_item_facts n
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = n.item_id
    WHERE (i.due_on, i.effective_due_on, i.salesperson_id)
          IS DISTINCT FROM (n.due_on, n.effective_due_on, n.salesperson_id)
"""
KEEP_OLD = f"""
    INSERT INTO ledger_item_change
        (organization_id, id, item_id, act_id, due_on, effective_due_on, salesperson_id)
    SELECT i.organization_id, uuidv7(), i.id, %(act)s, i.due_on, i.effective_due_on, i.salesperson_id {DIFFERENT}
"""
RECORD_CHANGES = f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT i.organization_id, uuidv7(), %(act)s, 'changed', 'open_item', i.id, '', jsonb_build_object(
        'due_on', n.due_on, 'effective_due_on', n.effective_due_on, 'salesperson', n.salesperson_id) {DIFFERENT}
"""
CHANGE_ITEMS = """
    UPDATE ledger_open_item i
    SET due_on = n.due_on, effective_due_on = n.effective_due_on, salesperson_id = n.salesperson_id
    FROM incoming_item_facts n
    WHERE i.organization_id = %(organization)s AND i.id = n.item_id
"""

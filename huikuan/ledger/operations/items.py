"""Changing what an open item says besides its amount: when it is due, who collects it, which account carries it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations.entries import EntryLine, NewEntry, accounts_by_purpose, post_entries
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
                raise ChangeRefused(_("要修改的单据不存在，或不属于本组织。"), code="unknown_item")
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


def move_to_account(
    item_ids: Sequence[UUID], *, purpose: str, event: str, effective_on: date, memo: str, opened: OpenAct
) -> int:
    """Carry items on another account from a day on, with what is open of them; returns how many moved.

    As when a retention expires: D 应收账款 | C 合同资产. An item that lies there already stays as it is.
    """
    target = accounts_by_purpose([purpose])[purpose]
    items = list(
        OpenItem.objects.filter(pk__in=item_ids)
        .exclude(account_id=target)
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    if early := next((item for item in items if item.document_on > effective_on), None):
        raise ChangeRefused(
            _("不能早于单据日期 %s 转入其他科目。") % early.document_on, code="before_document"
        )
    post_entries(
        [NewEntry(event, effective_on, _moved(item, target), memo) for item in items if item.open_base],
        opened=opened,
    )
    stage("incoming_item_account", (("item_id", "uuid"),), ((item.pk,) for item in items))
    parameters = {"organization": current_organization_id(), "act": opened.id, "account": target}
    with connection.cursor() as cursor:
        for statement in MOVE_ITEMS:
            cursor.execute(statement, parameters)
    return len(items)


def _moved(item: OpenItem, target: UUID) -> tuple[EntryLine, EntryLine]:
    if item.side > 0:
        return (
            EntryLine(target, debit=item.open_base, item_id=item.pk),
            EntryLine(item.account_id, credit=item.open_base, item_id=item.pk),
        )
    return (
        EntryLine(item.account_id, debit=item.open_base, item_id=item.pk),
        EntryLine(target, credit=item.open_base, item_id=item.pk),
    )


MOVE_ITEMS = (
    """
    INSERT INTO ledger_item_change
        (organization_id, id, item_id, act_id, due_on, effective_due_on, salesperson_id, account_id)
    SELECT i.organization_id, uuidv7(), i.id, %(act)s, i.due_on, i.effective_due_on, i.salesperson_id, i.account_id
    FROM incoming_item_account n
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = n.item_id
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT i.organization_id, uuidv7(), %(act)s, 'changed', 'open_item', i.id, '', jsonb_build_object(
        'due_on', i.due_on, 'effective_due_on', i.effective_due_on, 'salesperson', i.salesperson_id,
        'account', %(account)s::uuid)
    FROM incoming_item_account n
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = n.item_id
    """,
    """
    UPDATE ledger_open_item i SET account_id = %(account)s
    FROM incoming_item_account n
    WHERE i.organization_id = %(organization)s AND i.id = n.item_id
    """,
)

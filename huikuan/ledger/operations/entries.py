"""Entries that neither a document nor an allocation makes: a provision, the VAT that falls due, a manual voucher."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import OpenAct
from huikuan.core.errors import HuikuanError
from huikuan.core.money import currency_exponent
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.core.sentences import enumerated
from huikuan.ledger.models import Account
from huikuan.organizations.models import Organization


class EntryRefused(HuikuanError):
    """Entries cannot be posted as given; none of the set was."""

    code = "entry_refused"


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One side of an entry in base currency; exactly one of `debit` and `credit` is not zero, red ink negative.

    `item_id`: the open item it changes, on accounts whose lines belong to items. The operation that gives it
    answers for the item's balance.
    """

    account_id: UUID
    debit: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    item_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A balanced entry: what happened, when it counts, why in words."""

    event: str
    effective_on: date
    lines: tuple[EntryLine, ...]
    memo: str = ""


def accounts_by_purpose(purposes: Iterable[str]) -> dict[str, UUID]:
    """The accounts that posting calls by these purposes; EntryRefused where the chart has none."""
    wanted = set(purposes)
    found = dict(Account.objects.filter(purpose__in=wanted).values_list("purpose", "pk"))
    missing = sorted(wanted - found.keys())
    if missing:
        raise EntryRefused(_("科目表中没有用途为 %s 的科目。") % enumerated(missing), code="account_missing")
    return found


def post_entries(entries: Sequence[NewEntry], *, opened: OpenAct) -> list[UUID]:
    """Post entries inside an open act; returns their ids in order. A handful of statements for any number.

    Raises EntryRefused where one does not balance, falls into a closed period, has an unknown account, or a
    line on a control account without its item.
    """
    if not entries:
        return []
    unit = Decimal(1).scaleb(
        -currency_exponent(Organization.objects.get(pk=current_organization_id()).currency)
    )
    ids = [uuid7() for _entry in entries]
    for entry in entries:
        _require_balanced(entry, unit)
    stage(
        "incoming_entry",
        (("id", "uuid"), ("event", "text"), ("effective_on", "date"), ("memo", "text")),
        (
            (key, entry.event, entry.effective_on, entry.memo[:200])
            for key, entry in zip(ids, entries, strict=True)
        ),
        analyse=False,
    )
    stage(
        "incoming_entry_line",
        (
            ("entry_id", "uuid"),
            ("position", "smallint"),
            ("account_id", "uuid"),
            ("debit", "numeric"),
            ("credit", "numeric"),
            ("item_id", "uuid"),
        ),
        (
            (key, position, line.account_id, line.debit, line.credit, line.item_id)
            for key, entry in zip(ids, entries, strict=True)
            for position, line in enumerate(entry.lines, start=1)
        ),
        analyse=False,
    )
    parameters = {"organization": current_organization_id(), "act": opened.id}
    try:
        with connection.cursor() as cursor:
            cursor.execute(LINES_WITHOUT_ITEM, parameters)
            if found := cursor.fetchone():
                raise EntryRefused(
                    _("科目 %s 由客户的应收项目构成，不能直接记账。") % found[0], code="control_account"
                )
            for statement in POST_ENTRIES:
                cursor.execute(statement, parameters)
    except IntegrityError as error:
        raise _refusal(error) from error
    return ids


def _require_balanced(entry: NewEntry, unit: Decimal) -> None:
    if not entry.lines:
        raise EntryRefused(_("分录没有任何行。"), code="no_lines")
    for line in entry.lines:
        if bool(line.debit) == bool(line.credit):
            raise EntryRefused(_("分录的每一行只能有借方或贷方金额之一。"), code="one_side")
        if any(not value.is_finite() or value != value.quantize(unit) for value in (line.debit, line.credit)):
            raise EntryRefused(_("分录金额超出本位币的小数位数。"), code="amount_precision")
    debit = sum((line.debit for line in entry.lines), Decimal(0))
    credit = sum((line.credit for line in entry.lines), Decimal(0))
    if debit != credit:
        raise EntryRefused(
            _("分录借贷不平：借方 %(debit)s，贷方 %(credit)s。") % {"debit": debit, "credit": credit},
            code="unbalanced",
        )


LINES_WITHOUT_ITEM = """
    SELECT k.code
    FROM incoming_entry_line l
    JOIN ledger_account k ON k.organization_id = %(organization)s AND k.id = l.account_id
    WHERE k.control IN ('receivable', 'credit') AND l.item_id IS NULL
    LIMIT 1
"""

# What the trail says of a general entry `e`: written when it is posted, compared by the check.
ENTRY_CONTENT = """jsonb_build_object('event', e.event, 'on', e.effective_on, 'memo', e.memo, 'lines', (
        SELECT jsonb_agg(jsonb_build_array(l.account_id, l.debit, l.credit, l.item_id) ORDER BY l.position)
        FROM ledger_journal_line l WHERE l.organization_id = e.organization_id AND l.entry_id = e.id))"""

POST_ENTRIES = (
    """
    INSERT INTO ledger_journal_entry (organization_id, id, act_id, event, effective_on, memo)
    SELECT %(organization)s, id, %(act)s, event, effective_on, memo FROM incoming_entry
    """,
    """
    INSERT INTO ledger_journal_line (organization_id, entry_id, position, account_id, debit, credit, item_id)
    SELECT %(organization)s, entry_id, position, account_id, debit, credit, item_id FROM incoming_entry_line
    """,
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'recorded', 'journal_entry', e.id, '', {ENTRY_CONTENT}
    FROM incoming_entry n
    JOIN ledger_journal_entry e ON e.organization_id = %(organization)s AND e.id = n.id
    """,
)


def _refusal(error: IntegrityError) -> EntryRefused:
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    if name == "period_is_open":
        month = diagnosis.message_detail if diagnosis else ""
        return EntryRefused(_("期间 %s 已关闭，不能记账。") % month, code="period_closed")
    if name == "line_has_an_account":
        return EntryRefused(_("科目不存在，或不属于本组织。"), code="account_missing")
    return EntryRefused(_("分录不符合账簿的约束：%s") % (name or error))

"""Acts that make a document and settle with it at once: write-off, refund, and voiding by reversal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, connection
from django.db.models import Q
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import OpenAct, act
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Allocation, Document, ItemChange, Kind, OpenItem, Side
from huikuan.ledger.operations.allocations import (
    START_PLAN,
    WRITE_ALLOCATIONS,
    NewAllocation,
    allocation_refusal,
    post_allocations,
    post_reversals,
)
from huikuan.ledger.operations.document_rows import NewDocument
from huikuan.ledger.operations.documents import (
    DOCUMENT_CONTENT,
    Posting,
    RecordedDocument,
    post_documents,
)
from huikuan.ledger.operations.numbers import prefix_of, take_numbers
from huikuan.ledger.operations.rates import rates_on
from huikuan.ledger.operations.restatement import plan_restatement, rate_in_force, write_revaluations
from huikuan.organizations.actors import Actor


class SettlementRefused(HuikuanError):
    """The document cannot be written off, refunded or voided as asked; nothing was changed."""

    code = "settlement_refused"


WRITE_OFF = Posting(Kind.WRITE_OFF, "write_off", Side.CREDIT)
REFUND = Posting(Kind.REFUND, "refund", Side.DEBIT)
ADVANCE_REFUND = Posting(Kind.REFUND, "advance_refund", Side.DEBIT)
CONTRACT_ADVANCE_REFUND = Posting(Kind.REFUND, "contract_advance_refund", Side.DEBIT)


def write_off(
    *, document_id: UUID, amount: Decimal | None, effective_on: date, reason: str, actor: Actor, today: date
) -> RecordedDocument:
    """坏账核销: give up what is open of an invoice (or `amount` of it), against the allowance, output VAT included.

    The claim itself survives: a later recovery refers to the write-off's document.
    """
    actor.require("write_off.record")
    if not reason.strip():
        raise SettlementRefused(_("坏账核销必须写明原因。"), code="reason_missing")
    with act("write_off", actor=actor, reason=reason) as opened:
        return _settle_with(
            document_id=document_id,
            amount=amount,
            effective_on=effective_on,
            posting=WRITE_OFF,
            memo=reason,
            today=today,
            opened=opened,
        )


def refund(
    *, document_id: UUID, amount: Decimal | None, effective_on: date, reason: str, actor: Actor, today: date
) -> RecordedDocument:
    """退款: pay back what is open of a credit (receipt, advance, credit note), or `amount` of it."""
    actor.require("receipt.record")
    with act("refund", actor=actor, reason=reason) as opened:
        advance = Document.objects.filter(pk=document_id, kind=Kind.ADVANCE).exists()
        if advance and Document.objects.get(pk=document_id).event != "advance":
            raise SettlementRefused(
                _("合同预收含待转销项税额，请在“结算”里退还合同预收。"), code="contract_advance"
            )
        return _settle_with(
            document_id=document_id,
            amount=amount,
            effective_on=effective_on,
            posting=ADVANCE_REFUND if advance else REFUND,
            memo=reason,
            today=today,
            opened=opened,
        )


def _settle_with(
    *,
    document_id: UUID,
    amount: Decimal | None,
    effective_on: date,
    posting: Posting,
    memo: str,
    today: date,
    opened: OpenAct,
) -> RecordedDocument:
    """Make the opposite document and allocate it, earliest due item first."""
    items = sorted(
        OpenItem.objects.filter(document_id=document_id, open_amount__gt=0, side=-posting.side)
        .order_by("pk")
        .select_for_update(no_key=True),
        key=lambda item: (item.effective_due_on or date.max, item.line),
    )
    open_amount = sum((item.open_amount for item in items), Decimal(0))
    wanted = open_amount if amount is None else amount
    if wanted <= 0 or wanted > open_amount:
        raise SettlementRefused(
            _("单据只有 %(open)s 未核销，不能处理 %(wanted)s。") % {"open": open_amount, "wanted": wanted},
            code="beyond_balance",
        )
    source = Document.objects.get(pk=document_id)
    [recorded] = post_documents(
        [
            NewDocument(
                customer_id=source.customer_id,
                document_on=effective_on,
                amount=wanted,
                currency=source.currency,
                rate=_rate_of(source, items, posting, effective_on),
                salesperson_id=source.salesperson_id,
                reference=source.number,
                memo=memo,
            )
        ],
        posting=posting,
        opened=opened,
    )
    post_allocations(
        _spread(items, recorded.item_ids[0], wanted, posting.side, effective_on), today=today, opened=opened
    )
    return recorded


def _rate_of(source: Document, items: Sequence[OpenItem], posting: Posting, on: date) -> Decimal:
    """The rate of what settles a document: what is given up leaves at what it is carried at, money at its day's."""
    if source.rate == 1:  # of the base currency, or worth as much
        return source.rate
    if posting.kind is Kind.WRITE_OFF:
        return rate_in_force(items[0].pk, on=on) or source.rate
    return rates_on([(source.currency, on)]).get((source.currency, on)) or source.rate


def _spread(
    items: Sequence[OpenItem], against: UUID, amount: Decimal, side: Side, effective_on: date
) -> list[NewAllocation]:
    allocations = []
    for item in items:
        part = min(amount, item.open_amount)
        if part <= 0:
            break
        amount -= part
        debit, credit = (against, item.pk) if side == Side.DEBIT else (item.pk, against)
        allocations.append(NewAllocation(debit, credit, part, effective_on))
    return allocations


def void_documents(document_ids: Sequence[UUID], *, actor: Actor, reason: str, today: date) -> int:
    """冲销: undo documents as if they had never been, by mirrored entries on their own dates.

    Allocations among them are reversed first. Refused where anything outside the set is allocated to them.
    Their numbers may be used again. Returns how many documents were undone.
    """
    actor.require("import.run")
    if not reason.strip():
        raise SettlementRefused(_("冲销必须写明原因。"), code="reason_missing")
    with act("void_documents", actor=actor, reason=reason) as opened:
        return post_voids(document_ids, today=today, opened=opened)


def post_voids(document_ids: Sequence[UUID], *, today: date, opened: OpenAct) -> int:
    """Void documents inside an open act, whose operation has asked for the permission and the reason."""
    ids = list(dict.fromkeys(document_ids))
    if not ids:
        return 0
    item_ids = set(
        OpenItem.objects.filter(document_id__in=ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )
    dates = dict(Document.objects.filter(pk__in=ids, voided_by__isnull=True).values_list("pk", "document_on"))
    if len(dates) != len(ids):
        raise SettlementRefused(_("单据不存在或已经冲销。"), code="already_void")
    active = list(
        Allocation.objects.filter(Q(debit_item_id__in=item_ids) | Q(credit_item_id__in=item_ids))
        .filter(reverses__isnull=True)
        .exclude(pk__in=Allocation.objects.filter(reverses__isnull=False).values("reverses_id"))
        .values_list("pk", "debit_item_id", "credit_item_id")
    )
    outside = [row for row in active if row[1] not in item_ids or row[2] not in item_ids]
    if outside:
        raise SettlementRefused(
            _("有 %d 笔核销依赖这些单据，请先反核销。") % len(outside), code="rests_on_it"
        )
    if ItemChange.objects.filter(item_id__in=item_ids, account__isnull=False).exists():
        raise SettlementRefused(
            _("单据的项目已转入其他科目（如质保金到期），不能冲销；请用红字或退款更正。"),
            code="moved_since",
        )
    post_reversals([row[0] for row in active], effective_on=None, today=today, opened=opened)
    return _mirror(dates, opened)


def _mirror(dates: Mapping[UUID, date], opened: OpenAct) -> int:
    months = Counter(on.replace(day=1) for on in dates.values())
    prefix = prefix_of(Kind.REVERSAL)
    numbers = {month: take_numbers(prefix, month, count) for month, count in sorted(months.items())}
    stage(
        "incoming_void",
        (("document_id", "uuid"), ("reversal_id", "uuid"), ("number", "text")),
        ((key, uuid7(), next(numbers[on.replace(day=1)])) for key, on in dates.items()),
    )
    parameters = {"organization": current_organization_id(), "act": opened.id}
    try:
        with connection.cursor() as cursor:
            for statement in MIRROR_DOCUMENTS:
                cursor.execute(statement, parameters)
            if plan_restatement(parameters, new=False):
                write_revaluations(parameters)
            for statement in WRITE_ALLOCATIONS:
                cursor.execute(statement, parameters)
    except IntegrityError as error:
        raise allocation_refusal(error) from error
    return len(dates)


MIRROR_DOCUMENTS = (
    """
    INSERT INTO ledger_document (organization_id, id, act_id, kind, event, number, customer_id, salesperson_id,
        document_on, currency, rate, amount, net, tax, base_amount, reference, product, memo)
    SELECT d.organization_id, v.reversal_id, %(act)s, 'reversal', 'reversal', v.number, d.customer_id, d.salesperson_id,
        d.document_on, d.currency, d.rate, d.amount, d.net, d.tax, d.base_amount, d.number, '', ''
    FROM incoming_void v
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = v.document_id
    """,
    """
    CREATE TEMP TABLE IF NOT EXISTS mirrored_item (item_id uuid, mirror_id uuid, reversal_id uuid) ON COMMIT DELETE ROWS
    """,
    "TRUNCATE mirrored_item",
    """
    INSERT INTO mirrored_item
    SELECT i.id, uuidv7(), v.reversal_id
    FROM incoming_void v
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = v.document_id
    """,
    """
    INSERT INTO ledger_open_item (organization_id, id, act_id, document_id, line, account_id, customer_id,
        salesperson_id, side, currency, document_on, due_on, effective_due_on,
        amount, base_amount, open_amount, open_base)
    SELECT i.organization_id, m.mirror_id, %(act)s, m.reversal_id, i.line, i.account_id, i.customer_id,
        i.salesperson_id, -i.side, i.currency, i.document_on, i.due_on, i.effective_due_on,
        i.amount, i.base_amount, i.amount, i.base_amount
    FROM mirrored_item m
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = m.item_id
    """,
    """
    WITH mirrored AS (
        INSERT INTO ledger_journal_entry (organization_id, id, act_id, event, effective_on, document_id)
        SELECT e.organization_id, uuidv7(), %(act)s, 'reversal', e.effective_on, v.reversal_id
        FROM incoming_void v
        JOIN ledger_journal_entry e ON e.organization_id = %(organization)s AND e.document_id = v.document_id
        RETURNING id, document_id
    )
    INSERT INTO ledger_journal_line (organization_id, entry_id, position, account_id, debit, credit, item_id)
    SELECT l.organization_id, n.id, l.position, l.account_id, -l.debit, -l.credit, m.mirror_id
    FROM mirrored n
    JOIN incoming_void v ON v.reversal_id = n.document_id
    JOIN ledger_journal_entry e ON e.organization_id = %(organization)s AND e.document_id = v.document_id
    JOIN ledger_journal_line l ON l.organization_id = %(organization)s AND l.entry_id = e.id
    LEFT JOIN mirrored_item m ON m.item_id = l.item_id
    """,
    """
    UPDATE ledger_document d SET voided_by_id = v.reversal_id
    FROM incoming_void v WHERE d.organization_id = %(organization)s AND d.id = v.document_id
    """,
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT d.organization_id, uuidv7(), %(act)s, 'recorded', d.kind, d.id, d.number,
        {DOCUMENT_CONTENT} || jsonb_build_object('items', (
            SELECT jsonb_agg(jsonb_build_array(i.amount, i.due_on, i.effective_due_on) ORDER BY i.line)
            FROM ledger_open_item i WHERE i.organization_id = %(organization)s AND i.document_id = d.id))
    FROM incoming_void v
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = v.reversal_id
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT d.organization_id, uuidv7(), %(act)s, 'voided', d.kind, d.id, d.number,
        jsonb_build_object('reversal', v.reversal_id, 'reversal_number', v.number)
    FROM incoming_void v
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = v.document_id
    """,
    START_PLAN,
    # On the document's own date, unless an allocation undone only later took its place until then.
    """
    INSERT INTO planned_allocation
    SELECT uuidv7(), CASE i.side WHEN 1 THEN i.id ELSE m.mirror_id END, CASE i.side WHEN 1 THEN m.mirror_id ELSE i.id END,
           i.amount, i.base_amount, i.base_amount, greatest(i.document_on, held.until), NULL,
           i.account_id, i.account_id, false
    FROM mirrored_item m
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = m.item_id
    LEFT JOIN (
        SELECT side.item_id, max(undone.effective_on) AS until
        FROM ledger_allocation a
        JOIN ledger_allocation undone ON undone.organization_id = %(organization)s
            AND undone.reverses_id = a.id AND undone.effective_on > a.effective_on
        CROSS JOIN LATERAL (VALUES (a.debit_item_id), (a.credit_item_id)) side (item_id)
        WHERE a.organization_id = %(organization)s
          AND (a.debit_item_id IN (SELECT item_id FROM mirrored_item)
               OR a.credit_item_id IN (SELECT item_id FROM mirrored_item))
        GROUP BY side.item_id
    ) held ON held.item_id = i.id
    WHERE i.amount > 0
    """,
)

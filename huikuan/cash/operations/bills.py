"""Receiving bills, splitting them into sub-ranges, and taking back what was entered by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import OpenAct, act
from huikuan.cash.errors import BillRefused
from huikuan.cash.models import AcceptorClass, Bill, BillEvent, BillKind, BillState
from huikuan.cash.operations.bill_events import (
    last_events,
    locked_bills,
    next_event,
    require,
    write_bills,
    write_events,
)
from huikuan.cash.operations.spreading import Credit, base_currency, settle
from huikuan.cash.queries import Policy, cash_policy
from huikuan.cash.rules import NUMBER, acceptor_class, bill_kind, range_amount, split_ranges
from huikuan.core.calendar import next_workday
from huikuan.core.lengths import first_too_long, lengths_of, too_long
from huikuan.core.money import currency_exponent
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Allocation, OpenItem
from huikuan.ledger.operations import NewDocument, void_documents
from huikuan.ledger.operations.allocations import post_reversals
from huikuan.ledger.operations.documents import (
    BILL_RECEIPT,
    BILL_RECEIPT_FINANCING,
    Posting,
    RecordedDocument,
    post_documents,
)
from huikuan.organizations.actors import Actor

LENGTHS = lengths_of(Bill, "drawer", "acceptor", "memo")
RANGE_LIMIT = 10**12  # a sub-range is written with twelve digits


@dataclass(frozen=True, slots=True)
class NewBill:
    """A bill as it was received: in the organization's currency, face above zero.

    `kind` and `acceptor_class` follow from the acceptor's name where they are empty. A sub-range of zeros: the
    bill cannot be split. `item_ids`: what it settles, in this order; without, the customer's receivables,
    earliest due first. What it does not settle stays open as the customer's credit.
    """

    customer_id: UUID
    number: str
    acceptor: str
    face: Decimal
    issued_on: date
    matures_on: date
    received_on: date
    drawer: str = ""
    kind: str = ""
    acceptor_class: str = ""
    range_from: int = 0
    range_to: int = 0
    item_ids: tuple[UUID, ...] = ()
    memo: str = ""


def receive_bills(bills: Sequence[NewBill], *, actor: Actor, today: date) -> list[Bill]:
    """收票: bills came in from customers and settle what they owe. D 应收票据 | C 应收账款."""
    actor.require("bill.write")
    if not bills:
        return []
    currency = base_currency()
    policy = cash_policy()
    for new in bills:
        _require_sound(new, currency, today)
    _require_new(bills)
    with act("receive_bills", actor=actor) as opened:
        documents = _posted(bills, policy, opened)
        made = [_bill(new, document, policy, opened) for new, document in zip(bills, documents, strict=True)]
        write_bills(made)
        write_events([_received(bill, new, opened) for bill, new in zip(made, bills, strict=True)])
        credits = [
            Credit(document.item_ids[0], new.customer_id, new.face, new.received_on, new.item_ids)
            for new, document in zip(bills, documents, strict=True)
        ]
        settle(credits, today=today, opened=opened)
    return made


def split_bill(
    *, bill_id: UUID, amounts: Sequence[Decimal], on: date, actor: Actor, today: date
) -> list[Bill]:
    """拆分: a bill in the drawer becomes several of its sub-ranges, whose amounts add up to its face. No entry."""
    actor.require("bill.write")
    with act("split_bill", actor=actor) as opened:
        [bill] = locked_bills([bill_id])
        return split_locked(bill, amounts, on=on, today=today, opened=opened)


def split_locked(
    bill: Bill, amounts: Sequence[Decimal], *, on: date, today: date, opened: OpenAct
) -> list[Bill]:
    """Split a locked bill inside an open act; returns its parts in order."""
    last = require([bill], [BillState.HELD], on, today)[bill.pk]
    if not bill.range_to:
        raise BillRefused(_("票据 %s 没有子票区间，不能拆分。") % bill.label, code="not_splittable")
    if len(amounts) < 2:
        raise BillRefused(_("拆分至少要有两部分。"), code="one_part")
    try:
        ranges = split_ranges(bill.range_from, bill.range_to, amounts)
    except ValueError as error:
        raise BillRefused(
            _("拆分后的金额之和必须等于票面金额 %s，每部分至少 0.01。") % f"{bill.face:.2f}",
            code="does_not_add_up",
        ) from error
    split = next_event(bill, last, BillState.SPLIT, on, opened, booked=False)
    write_events([split])
    parts = [
        Bill(
            organization_id=current_organization_id(),
            act_id=opened.id,
            parent_id=bill.pk,
            root_id=bill.root_id or bill.pk,
            range_from=first,
            range_to=end,
            face=amount,
            **{name: getattr(bill, name) for name in KEPT_BY_PARTS},
        )
        for amount, (first, end) in zip(amounts, ranges, strict=True)
    ]
    write_bills(parts)
    write_events([next_event(part, None, BillState.HELD, on, opened, booked=True) for part in parts])
    return parts


KEPT_BY_PARTS = (
    "number",
    "kind",
    "drawer",
    "acceptor",
    "acceptor_class",
    "issued_on",
    "matures_on",
    "pays_on",
    "customer_id",
    "document_id",
    "account",
    "memo",
)


def withdraw_bills(bill_ids: Sequence[UUID], *, reason: str, actor: Actor, today: date) -> int:
    """撤销收票: bills entered by mistake, to which nothing has happened since; as if they had never been received.

    What they settled is open again from the days of the allocations; their receipts are voided.
    """
    actor.require("bill.write")
    if not reason.strip():
        raise BillRefused(_("撤销必须写明原因。"), code="reason_missing")
    with act("withdraw_bills", actor=actor, reason=reason) as opened:
        bills = locked_bills(bill_ids)
        last = last_events(bills)
        for bill in bills:
            if bill.state != BillState.HELD or bill.parent_id or last[bill.pk].position > 1:
                raise BillRefused(_("票据 %s 收到后已有处理，不能撤销。") % bill.label, code="moved_since")
        write_events(
            [
                _noted(
                    next_event(
                        bill,
                        last[bill.pk],
                        BillState.WITHDRAWN,
                        last[bill.pk].effective_on,
                        opened,
                        booked=False,
                    ),
                    reason,
                )
                for bill in bills
            ]
        )
        documents = [bill.document_id for bill in bills]
        undone = Allocation.objects.exclude(reverses=None).values("reverses_id")
        active = Allocation.objects.filter(credit_item__document_id__in=documents, reverses=None)
        post_reversals(
            list(active.exclude(pk__in=undone).order_by("pk").values_list("pk", flat=True)),
            effective_on=None,
            today=today,
            opened=opened,
        )
        voiding = replace(actor, permissions=actor.permissions | {"import.run"})
        return void_documents(documents, actor=voiding, reason=reason, today=today)


def _noted(event: BillEvent, memo: str) -> BillEvent:
    event.memo = memo[:1000]
    return event


def _require_sound(new: NewBill, currency: str, today: date) -> None:
    label = new.number or "?"
    if not NUMBER.fullmatch(new.number):
        raise BillRefused(_("票据号应为 30 位数字：%s") % label, code="number_form")
    unit = Decimal(1).scaleb(-currency_exponent(currency))
    if not new.face.is_finite() or new.face <= 0 or new.face != new.face.quantize(unit):
        raise BillRefused(_("票据 %s 的票面金额必须大于零，且不超出币种的小数位数。") % label, code="face")
    if not new.acceptor.strip():
        raise BillRefused(_("票据 %s 没有承兑人。") % label, code="acceptor_missing")
    values = {"drawer": new.drawer, "acceptor": new.acceptor, "memo": new.memo}
    if name := first_too_long(values, LENGTHS):
        labels = {"drawer": _("出票人"), "acceptor": _("承兑人"), "memo": _("摘要")}
        raise BillRefused(too_long(_("票据 %s") % label, labels[name], LENGTHS[name]), code="text_too_long")
    if (new.kind and new.kind not in BillKind) or (
        new.acceptor_class and new.acceptor_class not in AcceptorClass
    ):
        raise BillRefused(_("票据 %s 的种类或承兑人类别无法识别。") % label, code="unknown_kind")
    if not new.issued_on <= new.received_on <= new.matures_on:
        raise BillRefused(_("票据 %s 的日期应依次为出票日、收票日、到期日。") % label, code="dates_in_order")
    if new.received_on > today:
        raise BillRefused(_("日期不能晚于今天。"), code="in_future")
    if (new.range_from or new.range_to) and not (
        0 < new.range_from <= new.range_to < RANGE_LIMIT
        and range_amount(new.range_from, new.range_to) == new.face
    ):
        raise BillRefused(
            _("票据 %s 的子票区间与票面金额不符：每 0.01 元一个号。") % label, code="range_amount"
        )


def _require_new(bills: Sequence[NewBill]) -> None:
    """No bill twice, and no sub-range that overlaps another's."""
    known = list(
        Bill.objects.filter(number__in=[new.number for new in bills])
        .exclude(state__in=[BillState.SPLIT, BillState.WITHDRAWN])
        .values_list("number", "range_from", "range_to")
    )
    for new in bills:
        for number, first, end in known:
            if number == new.number and (
                not (new.range_to and end) or (new.range_from <= end and first <= new.range_to)
            ):
                raise BillRefused(_("票据 %s 已经登记过，没有登记任何票据。") % number, code="number_exists")
        known.append((new.number, new.range_from, new.range_to))


def _class_of(new: NewBill) -> str:
    return new.acceptor_class or acceptor_class(new.acceptor)


def _kind_of(new: NewBill) -> str:
    return new.kind or bill_kind(new.acceptor)


def _posting(new: NewBill, policy: Policy) -> Posting:
    return BILL_RECEIPT_FINANCING if policy.financing and _kind_of(new) == BillKind.BANK else BILL_RECEIPT


def _posted(bills: Sequence[NewBill], policy: Policy, opened: OpenAct) -> list[RecordedDocument]:
    """A receipt for each bill, in order; the two postings one after the other."""
    made: dict[int, RecordedDocument] = {}
    for posting in (BILL_RECEIPT, BILL_RECEIPT_FINANCING):
        mine = [place for place, new in enumerate(bills) if _posting(new, policy) == posting]
        documents = [
            NewDocument(
                customer_id=bills[place].customer_id,
                document_on=bills[place].received_on,
                amount=bills[place].face,
                due_on=bills[place].received_on,
                reference=bills[place].number,
                memo=bills[place].memo,
            )
            for place in mine
        ]
        made |= dict(zip(mine, post_documents(documents, posting=posting, opened=opened), strict=True))
    return [made[place] for place in range(len(bills))]


def _bill(new: NewBill, document: RecordedDocument, policy: Policy, opened: OpenAct) -> Bill:
    financing = _posting(new, policy) == BILL_RECEIPT_FINANCING
    return Bill(
        id=uuid7(),
        organization_id=current_organization_id(),
        act_id=opened.id,
        number=new.number,
        range_from=new.range_from,
        range_to=new.range_to,
        kind=_kind_of(new),
        drawer=new.drawer.strip(),
        acceptor=new.acceptor.strip(),
        acceptor_class=_class_of(new),
        face=new.face,
        issued_on=new.issued_on,
        matures_on=new.matures_on,
        pays_on=next_workday(new.matures_on),
        customer_id=new.customer_id,
        document_id=document.id,
        account="receivables_financing" if financing else "bills",
        memo=new.memo,
    )


def _received(bill: Bill, new: NewBill, opened: OpenAct) -> BillEvent:
    event = next_event(bill, None, BillState.HELD, new.received_on, opened, booked=True)
    event.document_id, event.amount = bill.document_id, bill.face
    return event


def receipt_items(bills: Sequence[Bill]) -> dict[UUID, UUID]:
    """The credit item of the receipt of each bill, by the document's id."""
    documents = {bill.document_id for bill in bills}
    return dict(OpenItem.objects.filter(document_id__in=documents, side=-1).values_list("document_id", "pk"))

"""What is held, when it matures, what may come back to us, what waits to be claimed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Abs, Coalesce

from huikuan.cash.banking import LineUse, StatementLine, UseKind
from huikuan.cash.models import (
    AcceptorClass,
    Bill,
    BillEvent,
    BillState,
    CashPolicy,
    FactoredItem,
    FactoringPayment,
    UnidentifiedReceipt,
    VatDue,
)
from huikuan.cash.proposals import Proposal
from huikuan.ledger.models import Document

ZERO = Decimal(0)
DERECOGNISED = (AcceptorClass.MAJOR_BANK.value,)
AT_RISK = (BillState.ENDORSED.value, BillState.DISCOUNTED.value)


@dataclass(frozen=True)
class Policy:
    """How the organization settles: see `CashPolicy`."""

    derecognises: tuple[str, ...] = DERECOGNISED
    financing: bool = False
    discount_is_expense: bool = False
    difference_tolerance: Decimal = Decimal("10.00")
    fee_tolerance: Decimal = Decimal("100.00")


@dataclass(frozen=True)
class Standing:
    """Bills as of a day: those held, those in the books though endorsed or discounted, and the sums of both."""

    as_of: date
    bills: list[Bill] = field(default_factory=list)

    @property
    def face(self) -> Decimal:
        return sum((bill.face for bill in self.bills), ZERO)


def cash_policy() -> Policy:
    """The organization's policy, or the defaults."""
    row = CashPolicy.objects.first()
    if row is None:
        return Policy()
    return Policy(
        tuple(row.derecognises),
        row.financing,
        row.discount_is_expense,
        row.difference_tolerance,
        row.fee_tolerance,
    )


def bills_as_of(as_of: date, *, known_at: datetime | None = None) -> QuerySet[Any]:
    """Bills with what they were on a day: `state_then`, `booked_then` and `since` of their last event by then.

    `known_at`: by what had been recorded at that moment. Bills received later are left out.
    """
    events = BillEvent.objects.filter(bill_id=OuterRef("pk"), effective_on__lte=as_of).order_by("-position")
    if known_at is not None:
        events = events.filter(act__recorded_at__lte=known_at)
    return Bill.objects.annotate(
        state_then=Subquery(events.values("state")[:1]),
        booked_then=Subquery(events.values("booked")[:1]),
        since=Subquery(events.values("effective_on")[:1]),
    ).filter(state_then__isnull=False)


def held_bills(as_of: date, *, known_at: datetime | None = None) -> Standing:
    """What lay in the drawer on a day, earliest maturity first."""
    found = bills_as_of(as_of, known_at=known_at).filter(state_then=BillState.HELD)
    return Standing(as_of, list(found.select_related("customer").order_by("matures_on", "pk")))


def booked_bills(as_of: date) -> Standing:
    """What the accounts of bills are made of on a day: held, or passed on without derecognition."""
    return Standing(as_of, list(bills_as_of(as_of).filter(booked_then=True).order_by("matures_on", "pk")))


def recourse_exposure(as_of: date, *, customer_ids: Iterable[object] | None = None) -> Standing:
    """有追索敞口: bills endorsed or discounted that may come back to us until they mature."""
    found = bills_as_of(as_of).filter(state_then__in=AT_RISK, pays_on__gte=as_of)
    if customer_ids is not None:
        found = found.filter(customer_id__in=list(customer_ids))
    return Standing(as_of, list(found.select_related("customer").order_by("pays_on", "pk")))


def maturity_calendar(today: date, *, until: date | None = None) -> QuerySet[Bill]:
    """到期日历: bills that are not over yet by the day they pay, overdue ones first."""
    found = Bill.objects.filter(state__in=[BillState.HELD, *AT_RISK]).select_related("customer")
    return (found.filter(pays_on__lte=until) if until else found).order_by("pays_on", "pk")


def unclaimed_receipts() -> QuerySet[UnidentifiedReceipt]:
    """待认领款: what nobody has claimed, or whose claim was voided, oldest first; not what went back or was undone."""
    waiting = Q(document__isnull=True) | Q(document__voided_by__isnull=False)
    found = UnidentifiedReceipt.objects.filter(waiting, ~Exists(_gone(OuterRef("pk"))))
    return found.order_by("received_on", "pk")


def returned_receipts() -> QuerySet[UnidentifiedReceipt]:
    """What has left the pool unclaimed: it was paid back, or its line is used otherwise by now."""
    return UnidentifiedReceipt.objects.filter(Exists(_gone(OuterRef("pk"))))


def _gone(receipt_id: OuterRef) -> QuerySet[LineUse]:
    """Uses that say that money is not in the pool any more; `unidentified` of what undoes a use is the use's."""
    undone = LineUse.objects.filter(undoes_id=OuterRef("pk"))
    of_receipt = LineUse.objects.filter(unidentified_id=receipt_id, undoes=None)
    # Money registered before its line came stays in the pool when the line turns out not to be it.
    freed = Q(kind=UseKind.POOL) & Exists(undone) & ~Q(settled_with__contains={"linked": True})
    paid_back = Q(kind__in=[UseKind.REFUND, UseKind.BOUNCE]) & ~Exists(undone)
    return of_receipt.filter(freed | paid_back)


def standing_uses() -> QuerySet[LineUse]:
    """Uses of lines that nobody undid."""
    undone = LineUse.objects.filter(undoes_id=OuterRef("pk"))
    return LineUse.objects.filter(~Exists(undone), undoes=None)


def factored_items(*, running: bool = False) -> QuerySet[FactoredItem]:
    """保理清单 with what was `paid`; `running`: only those with recourse that are not settled."""
    paid = (
        FactoringPayment.objects.filter(factored_item_id=OuterRef("pk"))
        .order_by()
        .values("factored_item_id")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    money: DecimalField[Decimal, Decimal] = DecimalField(max_digits=19, decimal_places=4)
    found = FactoredItem.objects.annotate(
        paid=Coalesce(Subquery(paid, output_field=money), Value(ZERO, output_field=money))
    ).select_related("factoring", "item", "item__customer", "item__document")
    if running:
        found = found.filter(factoring__with_recourse=True, paid__lt=F("amount"))
    return found.order_by("-factoring__factored_on", "pk")


def deferred_vat() -> list[tuple[Document, Decimal]]:
    """待转销项税额: invoices whose VAT is not due yet, with what is left of it, oldest first."""
    fallen = (
        VatDue.objects.filter(document_id=OuterRef("pk"))
        .order_by()
        .values("document_id")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    money: DecimalField[Decimal, Decimal] = DecimalField(max_digits=19, decimal_places=4)
    found = (
        Document.objects.filter(event="sale_deferred_vat", voided_by=None, tax__gt=0)
        .annotate(fallen=Coalesce(Subquery(fallen, output_field=money), Value(ZERO, output_field=money)))
        .filter(fallen__lt=F("tax"))
        .select_related("customer")
        .order_by("document_on", "pk")
    )
    return [(document, document.tax - document.fallen) for document in found]


def waiting_lines() -> QuerySet[StatementLine]:
    """Lines of which something is not explained yet, by day."""
    return StatementLine.objects.exclude(used=Abs(F("amount"))).order_by("booked_on", "pk")


def unmatched_lines(today: date) -> QuerySet[StatementLine]:
    """Money that waits and that the matching has never looked at."""
    known = Proposal.objects.filter(line_id=OuterRef("pk"))
    return waiting_lines().filter(~Exists(known), amount__gt=0, booked_on__lte=today)

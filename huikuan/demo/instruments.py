"""Bills in all their states, a factoring, an offset and money nobody has claimed, over what is still open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef

from huikuan.cash.models import Bill, UnidentifiedReceipt
from huikuan.cash.operations import (
    Endorsement,
    NewBill,
    NewFactoring,
    NewOffset,
    NewUnidentified,
    ask_claim,
    collect_bills,
    discount_bills,
    dishonour_bills,
    endorse_bills,
    factor_receivables,
    offset_payables,
    receive_bills,
    receive_unidentified,
    split_bill,
)
from huikuan.core.calendar import CHINA
from huikuan.customers.models import Customer
from huikuan.demo.companies import EAST
from huikuan.ledger.models import Allocation, OpenItem
from huikuan.organizations.actors import Actor

ICBC, NINGBO, MAKER = "中国工商银行股份有限公司宁波分行", "宁波银行股份有限公司", "甬江重工装备有限公司"
SUPPLIER, BANK, FACTOR = "宁波精密铸件有限公司", "招商银行宁波分行", "甬信商业保理有限公司"


@dataclass(frozen=True)
class _Draft:
    """A bill by its acceptor, days since it came in, and days from then to maturity; the first states end it."""

    acceptor: str
    age: int
    tenor: int
    fate: str = "held"


DRAFTS = (
    _Draft(ICBC, 40, 180),
    _Draft(NINGBO, 25, 90),
    _Draft(MAKER, 20, 60),
    _Draft(ICBC, 55, 58),
    _Draft(NINGBO, 10, 180),
    _Draft(ICBC, 50, 180, "endorsed"),
    _Draft(MAKER, 45, 120, "endorsed"),
    _Draft(ICBC, 48, 150, "discounted"),
    _Draft(NINGBO, 30, 120, "discounted"),
    _Draft(ICBC, 58, 30, "collected"),
    _Draft(MAKER, 50, 40, "dishonoured"),
    _Draft(NINGBO, 15, 150, "split"),
)


def keep_instruments(*, staff: Mapping[str, Actor], today: date) -> None:
    """Enter them by the operations a user works with. Small companies have fewer, for want of what is open."""
    cashier, accountant = staff["cashier"], staff["ar_accountant"]
    items = _items(today)
    drafts = [(draft, item) for draft, item in zip(DRAFTS, items, strict=False)]
    bills = receive_bills(
        [_bill(number, draft, item, today) for number, (draft, item) in enumerate(drafts, start=1)],
        actor=cashier,
        today=today,
    )
    by_fate: dict[str, list[tuple[_Draft, Bill]]] = {}
    for (draft, _item), bill in zip(drafts, bills, strict=True):
        by_fate.setdefault(draft.fate, []).append((draft, bill))
    _pass_on(by_fate, cashier, today)
    _end(by_fate, cashier, today)
    offset_item, factored = next(items, None), next(items, None)
    if offset_item is not None:
        on = _workday(today - timedelta(days=12))
        new = NewOffset(
            offset_item.customer_id, offset_item.open_amount, f"DZ-{on:%Y}-017", on, (offset_item.pk,)
        )
        offset_payables([new], actor=accountant, today=today)
    if factored is not None:
        _factor(factored, accountant, today)
    unclaimed = receive_unidentified(list(_unclaimed(today)), actor=cashier, today=today)
    _claim(unclaimed[0], staff["sales_manager"], today)


def _items(today: date) -> Iterator[OpenItem]:
    """Open receivables of two months ago and earlier, of different customers, the youngest first."""
    found = OpenItem.objects.filter(
        side=1,
        currency="CNY",
        account__purpose="receivable",
        open_amount__gte=20_000,
        open_amount__lte=400_000,
        document_on__lte=today - timedelta(days=62),
    )
    # Untouched: what was allocated and undone again was taken on the days between.
    found = found.exclude(Exists(Allocation.objects.filter(debit_item=OuterRef("pk")))).order_by(
        "-effective_due_on", "pk"
    )
    seen = set()
    for item in list(found[:400]):
        if item.customer_id not in seen:
            seen.add(item.customer_id)
            yield item


def _bill(number: int, draft: _Draft, item: OpenItem, today: date) -> NewBill:
    on = _workday(today - timedelta(days=draft.age))
    face = item.open_amount
    return NewBill(
        customer_id=item.customer_id,
        number=f"5102{on:%Y%m%d}{number:018d}",
        acceptor=draft.acceptor,
        drawer=MAKER,
        face=face,
        issued_on=on - timedelta(days=3),
        matures_on=on + timedelta(days=draft.tenor),
        received_on=on,
        range_from=1,
        range_to=int(face * 100),
        item_ids=(item.pk,),
    )


def _pass_on(by_fate: Mapping[str, list[tuple[_Draft, Bill]]], cashier: Actor, today: date) -> None:
    for draft, bill in by_fate.get("endorsed", ()):
        endorse_bills(
            [Endorsement(bill.pk)],
            endorsee=SUPPLIER,
            on=_workday(today - timedelta(days=draft.age - 10)),
            actor=cashier,
            today=today,
        )
    discounted = [bill.pk for _draft, bill in by_fate.get("discounted", ())]
    if discounted:
        discount_bills(
            discounted,
            bank=BANK,
            rate=Decimal("0.0185"),
            on=_workday(today - timedelta(days=20)),
            actor=cashier,
            today=today,
        )
    for draft, bill in by_fate.get("split", ()):
        half = (bill.face / 2).quantize(Decimal("0.01"))
        split_bill(
            bill_id=bill.pk,
            amounts=[half, bill.face - half],
            on=_workday(today - timedelta(days=draft.age - 5)),
            actor=cashier,
            today=today,
        )


def _end(by_fate: Mapping[str, list[tuple[_Draft, Bill]]], cashier: Actor, today: date) -> None:
    for _draft, bill in by_fate.get("collected", ()):
        collect_bills([bill.pk], on=bill.pays_on, actor=cashier, today=today)
    for _draft, bill in by_fate.get("dishonoured", ()):
        dishonour_bills([bill.pk], on=bill.pays_on, reason="承兑人账户余额不足", actor=cashier, today=today)


def _factor(item: OpenItem, accountant: Actor, today: date) -> None:
    on = _workday(today - timedelta(days=18))
    new = NewFactoring(
        contract=f"BL-{on:%Y}-003",
        factor=FACTOR,
        with_recourse=True,
        on=on,
        item_ids=(item.pk,),
        proceeds=(item.open_amount * Decimal("0.96")).quantize(Decimal("0.01")),
    )
    factor_receivables(new, actor=accountant, today=today)


def _unclaimed(today: date) -> Iterator[NewUnidentified]:
    for days, amount, payer in ((6, "18600.00", "张建国"), (2, "52340.50", "宁波北仑物资供应站")):
        on = _workday(today - timedelta(days=days))
        yield NewUnidentified(Decimal(amount), on, payer, f"NB{on:%Y%m%d}{days:06d}", "货款")


def _claim(receipt: UnidentifiedReceipt, seller: Actor, today: date) -> None:
    """One of the sellers knows who has paid from a private account."""
    customer = Customer.objects.filter(salesperson__team=EAST).order_by("-code").first()
    if customer is not None:
        ask_claim(
            receipt_id=receipt.pk,
            customer_id=customer.pk,
            evidence="客户出纳来电确认，由经办人个人账户代付，已发来转账回单",
            actor=seller,
            today=today,
        )


def _workday(on: date) -> date:
    return CHINA.previous_workday(on)

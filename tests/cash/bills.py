"""Words for tests of bills: receive one from C1, and what happens to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from huikuan.cash.models import Bill
from huikuan.cash.operations import NewBill, dishonour_bills, receive_bills
from tests.trade import day

NUMBER = "130210000012320260115000000001"
ICBC = "中国工商银行股份有限公司"
MATURES = "2026-07-15"


def new_bill(books: Any, face: str = "50000.00", *, customer: str = "C1", **values: Any) -> NewBill:
    given: dict[str, Any] = {
        "customer_id": books.customer(customer).pk,
        "number": NUMBER,
        "acceptor": ICBC,
        "face": Decimal(face),
        "issued_on": day("2026-01-10"),
        "matures_on": day(MATURES),
        "received_on": day("2026-01-15"),
    }
    return NewBill(**{**given, **values})


def receive(books: Any, face: str = "50000.00", **values: Any) -> Bill:
    [bill] = receive_bills([new_bill(books, face, **values)], actor=books.actor, today=books.today)
    return bill


def divisible(face: str) -> dict[str, int]:
    """The sub-range of a bill that can be split."""
    return {"range_from": 1, "range_to": int(Decimal(face) * 100)}


def dishonour(books: Any, *bills: Bill, on: str = MATURES) -> None:
    dishonour_bills(
        [bill.pk for bill in bills], on=day(on), reason="余额不足", actor=books.actor, today=books.today
    )

"""One record of each kind that pages of bills and settlements are about."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from huikuan.cash.models import FactoredItem
from huikuan.cash.operations import (
    NewAdvance,
    NewFactoring,
    NewUnidentified,
    factor_receivables,
    receive_contract_advances,
    receive_unidentified,
)
from tests.cash.bills import receive
from tests.cash.lines import line
from tests.trade import day


def one_of_each(books: Any) -> dict[str, dict[str, Any]]:
    """Values for the addresses, by the names of the pages or their first words."""
    actor, today = books.actor, books.today
    books.invoice("BL1", "2026-05-01", "1000", customer="FACTORED")
    new = NewFactoring(
        contract="BL",
        factor="保理商",
        with_recourse=True,
        on=day("2026-06-01"),
        item_ids=(books.item("BL1").pk,),
        proceeds=Decimal("990.00"),
    )
    factor_receivables(new, actor=actor, today=today)
    advance = NewAdvance(books.customer("FACTORED").pk, Decimal("113.00"), "HT", day("2026-06-01"))
    [made] = receive_contract_advances([advance], actor=actor, today=today)
    [row] = receive_unidentified(
        [NewUnidentified(Decimal("5.00"), day("2026-06-01"))], actor=actor, today=today
    )
    moved = line(books, "2026-06-01", "5.00", "某人")
    return {
        "bank": {"key": moved.bank_account_id},
        "bank-line": {"key": moved.pk},
        "bill": {"key": receive(books, customer="FACTORED").pk, "act": "dishonour"},
        "claim": {"key": row.pk},
        "claim-asked": {"key": moved.pk},
        "workbench": {"key": moved.pk},
        "settlements-factored": {"key": FactoredItem.objects.get().pk},
        "settlements-advance-use": {"key": made.id},
    }

"""Limits of contracts: an order, a delivery or an invoice of one has to fit it, beside the customer's own limit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import translation

from huikuan.credit.errors import CreditRefused
from huikuan.credit.models import Limit, Reservation
from huikuan.credit.operations import change_setting
from huikuan.credit.queries import contracts_used, standing_of
from huikuan.credit.rules import Action
from huikuan.credit.wording import sentence
from tests.credit.giving import Giving
from tests.ledger.checking import assert_nothing_broken
from tests.sales.agreeing import bill, plan_line, sign
from tests.trade import Books, day

pytestmark = pytest.mark.django_db
D = Decimal
MONTHS = tuple(
    plan_line("date", size, name=name, bill_on=on)
    for size, name, on in (
        ("30%", "一", "2026-01-05"),
        ("30%", "二", "2026-02-05"),
        ("40%", "三", "2026-03-05"),
    )
)


def test_an_order_has_to_fit_the_contract_and_the_customer(credit: Giving) -> None:
    here = {"contract_id": uuid4(), "contract_number": "HT-1"}
    credit.limit("1000")
    credit.limit("300", **here)
    contract = here["contract_id"]
    assert credit.reserve("A", "200", contract_id=contract).reserved
    held = credit.check("150", contract_id=contract)
    assert [(each.code, each.figures["over"]) for each in held.reasons] == [("contract_limit", "50.00")]
    assert (held.decision, held.available) == (Action.APPROVE, D(100))
    assert credit.reserve("B", "150").reserved, "an order of no contract counts with the customer alone"
    assert credit.reserve("A", "300", contract_id=contract).reserved, "its own reservation is not in its way"
    assert not credit.reserve("A2", "1", contract_id=contract).reserved
    over_all = credit.check("600", contract_id=uuid4())
    assert [each.code for each in over_all.reasons if each.action == Action.APPROVE] == ["limit"]
    assert contracts_used([contract], day=credit.books.today) == {contract: D(300)}
    assert standing_of(credit.books.customer(), day=credit.books.today).limit == D(1000)
    assert_nothing_broken(credit.books.organization)


def test_several_of_one_request_count_together(credit: Giving) -> None:
    from huikuan.credit.operations import reserve_credit

    here = {"contract_id": uuid4(), "contract_number": "HT-1"}
    credit.limit("1000")
    credit.limit("300", **here)
    asked = [credit.asked(name, "200", contract_id=here["contract_id"]) for name in ("A", "B")]
    found = reserve_credit(asked, actor=credit.books.actor, today=credit.books.today)
    assert [each.reserved for each in found] == [True, False]
    assert Reservation.objects.get().contract_id == here["contract_id"]


def test_a_contract_has_its_limits_one_after_the_other(credit: Giving) -> None:
    here = {"contract_id": uuid4(), "contract_number": "HT-1"}
    credit.limit("1000")
    first = credit.limit("300", **here)
    credit.limit("400", on="2026-03-01", **here)
    other = credit.limit("500", contract_id=uuid4(), contract_number="HT-2")
    first.refresh_from_db()
    assert (first.ends_on, other.ends_on) == (day("2026-02-28"), None)
    with pytest.raises(CreditRefused) as refused:
        credit.limit("600", on="2026-03-01", **here)
    assert refused.value.code == "two_limits"
    for wrong in ({"whole_group": True}, {"secured": D(1)}, {"contract_number": ""}):
        with pytest.raises(CreditRefused) as refused:
            credit.limit("600", on="2026-04-01", **{**here, **wrong})
        assert refused.value.code == "contract_limit_alone"
    assert Limit.objects.filter(ends_on=None).count() == 3


def test_what_is_owed_of_a_contract_stops_its_next_invoice(books: Books) -> None:
    credit = Giving(books)
    change_setting(checks_orders=True, actor=books.actor)
    contract = sign(books, *MONTHS, amount="1000.00")
    credit.limit("600", contract_id=contract.pk, contract_number=contract.number)
    other = sign(books, *MONTHS, amount="500.00")
    bill(books, "2026-02-10")
    assert contracts_used([contract.pk], day=books.today) == {contract.pk: D(600)}
    run = bill(books, "2026-03-10")
    assert [each.contract for each in run.contracts] == [other] and list(run.held) == [contract.number]
    with pytest.raises(CreditRefused) as refused:
        bill(books, "2026-03-10", contract_ids=[contract.pk])
    assert refused.value.code == "contract_limit" and contract.number in refused.value.message
    credit.limit("1000", on="2026-01-02", contract_id=contract.pk, contract_number=contract.number)
    bill(books, "2026-03-10")
    assert contracts_used([contract.pk], day=books.today) == {contract.pk: D(1000)}


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_the_reason_in_words(credit: Giving, language: str) -> None:
    here: dict[str, Any] = {"contract_id": uuid4(), "contract_number": "HT-1"}
    credit.limit("300", **here)
    [reason] = [each for each in credit.check("350", contract_id=here["contract_id"]).reasons if each.figures]
    with translation.override(language):
        said = sentence(reason, "CNY")
    assert "HT-1" in said and "50.00" in said and "%(" not in said

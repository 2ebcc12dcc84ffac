"""Promises, disputes, provisions, concentration and the cost of capital: figures that can be counted by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.audit.operations import act
from huikuan.collection.models import PaymentPromise
from huikuan.disputes.operations import NewDispute, open_dispute
from huikuan.reports.asking import QuestionRefused, Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.kpi.inputs import inputs_of
from huikuan.risk.operations import set_matrix
from huikuan.risk.rules import STARTING_RATES
from tests.conftest import TODAY
from tests.credit.giving import Giving
from tests.reports.example import record_until_june
from tests.trade import day

pytestmark = pytest.mark.django_db


def ask(name: str, **words: str) -> Result:
    report = report_named(name)
    return answer(report, asked(report, words, today=TODAY, zone=ZoneInfo("Asia/Shanghai")))


def test_concentration_of_the_example(books: Any) -> None:
    for place, amount in enumerate((200, 100, 80, 40, 30)):
        books.invoice(f"I{place}", "2026-05-01", f"{amount}.00", customer=f"C{place}")
    found = ask("concentration", as_of="2026-06-30", most="2")
    assert [(row.key, row.values["receivable"]) for row in found.rows] == [(("C0",), 200), (("C1",), 100)]
    assert found.total is not None
    assert found.total.values["receivable"] == 450
    [measures] = found.parts[0].rows
    assert str(measures.values["top_3"]) == "0.8444"
    assert str(measures.values["hhi"]) == "2908.64"
    [nothing] = ask("concentration", as_of="2026-04-30").parts[0].rows
    assert nothing.values["hhi"] is None


def test_cost_of_what_is_tied_up(books: Any) -> None:
    books.invoice("I1", "2026-05-01", "36000.00", due="2026-06-20")
    found = ask("cost-of-capital", as_of="2026-06-30", rate="5")
    [row] = found.rows
    assert (row.values["year"], row.values["lost"]) == (Decimal("1800.00"), Decimal("50.00"))
    for rate in ("viel", "-1", "NaN"):
        with pytest.raises(QuestionRefused):
            ask("cost-of-capital", rate=rate)


def test_credit_used_beside_the_limits(books: Any) -> None:
    credit = Giving(books)
    books.customer("C1", region="华东")
    books.customer("C2", region="华东")
    credit.limit("100", customer="C1")
    credit.limit("50", customer="C2")
    for code, amount in (("C1", "80"), ("C2", "60"), ("C3", "5")):
        books.invoice(f"I{code}", "2026-05-01", f"{amount}.00", customer=code)
    books.receipt("R", "2026-05-02", "10.00", customer="C1")
    books.customer("C4")  # nothing owed, no limit
    names = ("used", "limit", "rate", "free", "over")
    found = ask("credit-use", as_of=TODAY.isoformat())
    said = {row.key[0]: [row.values[name] for name in names] for row in found.rows}
    assert said == {
        "C1": [70, 100, Decimal("0.7"), 30, 0],
        "C2": [60, 50, Decimal("1.2"), 0, 10],
        "C3": [5, None, None, None, None],
    }
    assert found.total is not None
    assert [found.total.values[name] for name in names] == [135, 150, Decimal("0.8667"), 30, 10]
    regions = ask("credit-use", as_of=TODAY.isoformat(), by="region")
    assert [(row.key, row.values["used"]) for row in regions.rows] == [(("华东",), 130), (("",), 5)]
    assert [row.key for row in ask("credit-use", as_of=TODAY.isoformat(), customer="C2").rows] == [("C2",)]
    then = ask("credit-use", as_of="2026-05-01")  # the receipt came a day later
    assert {row.key[0]: row.values["used"] for row in then.rows}["C1"] == 80


def test_credit_used_as_it_was_known(books: Any) -> None:
    credit = Giving(books)
    credit.limit("100", customer="C1")
    books.invoice("I1", "2026-05-01", "80.00", customer="C1")
    before = ask("credit-use", as_of=TODAY.isoformat())
    assert before.known_at is not None
    credit.limit("60", customer="C1", on="2026-03-01")
    credit.limit("40", customer="C2")
    books.receipt("R", "2026-05-02", "30.00", customer="C1")
    books.allocate("R", "I1", "20.00", "2026-05-03")
    books.advance("A", "2026-05-04", "5.00", customer="C1")
    names = ("used", "limit", "rate", "free", "over")
    now = ask("credit-use", as_of=TODAY.isoformat())
    assert [now.rows[0].values[name] for name in names] == [45, 60, Decimal("0.75"), 15, 0]
    then = ask("credit-use", as_of=TODAY.isoformat(), known_at=before.known_at.isoformat())
    assert [row.key for row in then.rows] == [("C1",)]
    assert [then.rows[0].values[name] for name in names] == [80, 100, Decimal("0.8"), 20, 0]
    assert then.remarks == now.remarks


def test_provisions_as_the_books_have_them(books: Any, actor: Any) -> None:
    record_until_june(books)
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=actor, note="")
    found = ask("provisions", as_of="2026-06-30")
    assert found.total is not None
    assert found.total.values["balance"] == 43_000
    # 10,000 × 0.5 % + 17,000 × 2 % + 1,000 × 5 % + 8,000 × 30 % + 4,000 × 60 % + 3,000
    assert found.total.values["loss"] == Decimal("8240.00")
    moved = {row.key[0]: row.values["amount"] for row in found.parts[0].rows}
    assert moved["3"] == -1000


def test_promises_by_outcome(books: Any, actor: Any) -> None:
    customer = books.customer("C1")
    with act("test", actor=actor) as made:
        for place, state in enumerate(("kept",) * 7 + ("broken", "partly", "broken", "open", "withdrawn")):
            PaymentPromise.objects.create(
                organization_id=books.organization.pk,
                act_id=made.id,
                customer=customer,
                channel="phone",
                collector_name="小李",
                made_on=date(2026, 3, 1),
                promised_on=date(2026, 3, 1 + place),
                grace_days=3,
                currency="CNY",
                amount=Decimal(100),
                paid=Decimal(100 if state == "kept" else 20),
                state=state,
                judged_on=None if state == "open" else date(2026, 3, 20),
            )
    [row] = ask("promises", **{"from": "2026-03-01", "to": "2026-03-31"}).rows
    assert [row.values[name] for name in ("made", "judged", "kept", "partly", "broken")] == [12, 10, 7, 1, 2]
    assert (str(row.values["kept_rate"]), str(row.values["kept_amount_rate"])) == ("0.7000", "0.7000")
    inputs = inputs_of((date(2026, 2, 28), date(2026, 3, 31))).total.periods[0].inputs
    assert (inputs.promises, inputs.promises_kept, inputs.promised_kept) == (10, 7, 700)


def test_a_period_without_rates_says_what_is_left_out(books: Any, actor: Any) -> None:
    with act("test", actor=actor) as made:
        for currency, state in (("USD", "kept"), ("USD", "broken"), ("CNY", "kept")):
            PaymentPromise.objects.create(
                organization_id=books.organization.pk,
                act_id=made.id,
                customer=books.customer("C1"),
                channel="phone",
                collector_name="小李",
                made_on=date(2026, 3, 1),
                promised_on=date(2026, 3, 5),
                grace_days=3,
                currency=currency,
                amount=Decimal(100),
                paid=Decimal(0),
                state=state,
                judged_on=date(2026, 3, 9),
            )
    march = {"from": "2026-03-01", "to": "2026-03-31"}
    for name in ("promises", "kpi"):
        said = [str(each) for each in ask(name, **march).remarks]
        assert [each for each in said if "USD" in each and "2 笔" in each], name
    books.rate("USD", "2026-02-28", "7")
    for name in ("promises", "kpi"):
        assert not [each for each in ask(name, **march).remarks if "USD" in str(each)], name


def test_disputes_by_reason(books: Any, actor: Any) -> None:
    books.invoice("I1", "2026-05-01", "100.00")
    new = NewDispute(item_id=books.item("I1").pk, amount=Decimal(40), reason="quality.damage")
    open_dispute(new, actor=actor, today=day("2026-05-10"))
    found = ask("disputes", **{"from": "2026-05-01", "to": "2026-05-31"})
    [row] = found.rows
    assert [row.values[name] for name in ("opened", "amount", "still_open", "open_amount")] == [1, 40, 1, 40]
    assert (row.values["days"], row.values["in_time"]) == (None, None)

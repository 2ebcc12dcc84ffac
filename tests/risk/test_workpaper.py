"""Losses by item and the workpaper of a provision: what it says adds up, and a year later it says the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import ProgrammingError, connection, transaction

from huikuan.audit.models import Event
from huikuan.reports.workpaper import workpaper_xlsx
from huikuan.risk.losses import by_customer, by_method, item_losses
from huikuan.risk.models import ItemLossForecast, LossForecast, PaymentModel, Workpaper
from huikuan.risk.operations import assess, post_provision, set_matrix
from huikuan.risk.queries import requirement
from huikuan.risk.rolling import basis_of
from huikuan.risk.rules import STARTING_RATES, cumulated_losses
from huikuan.risk.workpaper import freeze, frozen_of
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db

MONTH_END = day("2026-06-30")


@pytest.fixture
def portfolio(books: Books) -> Books:
    for number, (late, amount) in enumerate(
        ((-20, "1000.10"), (-20, "33.33"), (15, "200.07"), (15, "99.99"))
    ):
        due = MONTH_END - timedelta(days=late)
        books.invoice(f"I{number}", "2026-01-10", amount, due=due.isoformat(), customer=f"C{number % 2 + 1}")
    books.invoice("X1", "2026-02-01", "500", customer="X")
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor)
    assess(
        customer_id=books.customer("X").pk,
        rate=Decimal("0.8"),
        reason="涉诉",
        from_on=day("2026-04-01"),
        actor=books.actor,
    )
    return books


def test_parts_add_up_to_the_rounded_loss() -> None:
    parts = cumulated_losses([Decimal("33.33")] * 3, Decimal("0.005"), Decimal("0.01"))
    assert parts == [Decimal("0.17"), Decimal("0.16"), Decimal("0.17")]
    assert sum(parts) == Decimal("0.50")  # 99.99 × 0.5% = 0.49995


def test_items_and_customers_add_up_to_the_requirement(portfolio: Books) -> None:
    found = requirement(MONTH_END)
    items = item_losses(found)
    assert [(each.number, each.bucket, each.balance) for each in items] == [
        ("I0", "not_due", Decimal("1000.10")),
        ("I1", "not_due", Decimal("33.33")),
        ("I2", "1-30", Decimal("200.07")),
        ("I3", "1-30", Decimal("99.99")),
        ("X1", "", Decimal(500)),
    ]
    for line in found.lines:
        part = [each for each in items if (each.bucket or None) == (line.bucket or None)]
        assert sum((each.loss for each in part), Decimal(0)) == line.loss
    assert sum(each.loss for each in by_customer(items)) == found.required
    assert by_customer(items)[0].code == "X"


def test_the_model_is_the_other_method(portfolio: Books) -> None:
    """What it says nothing of is provided for by the matrix; who is assessed stays assessed."""
    found = requirement(MONTH_END)
    items = {each.number: each for each in item_losses(found)}
    model = PaymentModel.objects.create(
        organization=portfolio.organization,
        act_id=found.matrix.act_id,
        number=1,
        method="history",
        until_on=MONTH_END,
        trained_at="2026-07-01T00:00:00Z",
        content=b"",
        digest="0" * 64,
        card={},
    )
    forecast = LossForecast.objects.create(
        organization=portfolio.organization, act_id=found.matrix.act_id, model=model, as_of=MONTH_END
    )
    for number, share in (("I0", 0.25), ("X1", 0.1)):
        ItemLossForecast.objects.create(
            organization=portfolio.organization,
            forecast=forecast,
            item_id=items[number].item_id,
            p_lost=share,
        )
    lines = {each.bucket: each for each in by_method(item_losses(found))}
    # 1,000.10 × 25% × 100% of what is more than a year overdue; 33.33 as by the matrix.
    assert lines["not_due"].by_model == Decimal("250.03") + items["I1"].loss
    assert (lines["not_due"].items, lines["not_due"].guessed) == (2, 1)
    assert lines["1-30"].by_model == lines["1-30"].by_matrix
    assert lines[""].by_model == Decimal("400.00")
    assert {each.number: each.by_model for each in item_losses(requirement(day("2026-06-29")))}["I0"] == (
        Decimal("5.00")
    )


def test_a_year_later_the_workpaper_says_the_same(portfolio: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debts are paid, names and rates change, more is posted into the past, a year goes by."""
    made = post_provision(as_of=MONTH_END, actor=portfolio.actor, today=portfolio.today)
    kept = frozen_of(made)
    assert kept is not None
    before = workpaper_xlsx(kept, made)
    portfolio.receipt("R1", "2026-06-20", "99.99", customer="C2")
    portfolio.allocate("R1", "I3", "99.99", "2026-06-20")
    portfolio.invoice("LATE", "2026-06-01", "7777", due="2026-06-05")
    set_matrix(
        rates={**STARTING_RATES, "1-30": Decimal("0.5")},
        effective_on=day("2026-01-01"),
        actor=portfolio.actor,
    )
    portfolio.customer("C1").__class__.objects.filter(code="C1").update(name="改了名的公司")
    post_provision(as_of=MONTH_END, actor=portfolio.actor, today=portfolio.today)
    monkeypatch.setattr("time.time", lambda: 1_830_000_000.0)  # a year and more from now
    again = frozen_of(made)
    assert again is not None
    assert again.content == kept.content
    assert workpaper_xlsx(again, made) == before
    assert requirement(MONTH_END).required != made.required
    assert_nothing_broken(portfolio.organization)


def test_the_workpaper_can_be_recomputed_from_itself(portfolio: Books) -> None:
    """Balances by bucket from the debts, losses from balances and rates, the charge from what stood before."""
    made = post_provision(as_of=MONTH_END, actor=portfolio.actor, today=portfolio.today)
    kept = frozen_of(made)
    assert kept is not None
    data = kept.data
    for bucket, code, _name, _reason, balance, rate, loss in data["lines"]:
        mine = [each for each in data["items"] if each[6] == bucket and (bucket or each[2] == code)]
        assert sum((Decimal(each[7]) for each in mine), Decimal(0)) == Decimal(balance)
        assert (Decimal(balance) * Decimal(rate)).quantize(Decimal("0.01"), "ROUND_HALF_UP") == Decimal(loss)
    assert sum(Decimal(line[6]) for line in data["lines"]) == made.required
    assert Decimal(data["required"]) - Decimal(data["before"]) == made.charge == Decimal(data["charge"])
    assert freeze(requirement(MONTH_END)).data["items"] == data["items"]


def test_a_workpaper_cannot_be_changed_and_its_digest_is_in_the_trail(portfolio: Books) -> None:
    made = post_provision(as_of=MONTH_END, actor=portfolio.actor, today=portfolio.today)
    paper = Workpaper.objects.get()
    assert Event.objects.get(record_id=made.pk).content["workpaper"] == paper.digest
    change = "UPDATE risk_workpaper SET content = replace(content, '1000.10', '9000.10') WHERE organization_id = %s"
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change, [portfolio.organization.pk])


def test_roll_rates_are_kept_with_the_rates_taken_from_them(books: Books) -> None:
    books.invoice("A1", "2026-03-01", "1000", due="2026-04-10")
    books.receipt("R1", "2026-04-10", "250")
    books.allocate("R1", "A1", "250", "2026-04-10")
    basis = basis_of(MONTH_END, final=Decimal("0.8"), forward=Decimal("1.1"))
    assert (basis.since, basis.until) == (day("2025-07-01"), MONTH_END)
    assert basis.rolls[:3] == (Decimal("0.75"), Decimal(1), Decimal(1))
    assert basis.losses["not_due"] == Decimal("0.66")  # 0.75 × 0.8 × 1.1
    assert basis.losses[">365"] == Decimal("0.88")
    matrix = set_matrix(rates=basis.losses, effective_on=MONTH_END, basis=basis, actor=books.actor)
    assert matrix.basis["forward"] == "1.1"
    assert matrix.basis["rolls"][:3] == ["0.750000", "1.000000", "1.000000"]
    assert matrix.basis["rolls"][5] is None  # nothing was overdue for so long


def test_without_debts_there_is_nothing_to_lose(books: Books) -> None:
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor)
    made = post_provision(as_of=MONTH_END, actor=books.actor, today=books.today)
    kept = frozen_of(made)
    assert kept is not None
    assert (made.required, kept.data["items"]) == (Decimal(0), [])
    assert "NaN" not in kept.content

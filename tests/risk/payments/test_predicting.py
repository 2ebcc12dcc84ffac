"""Models and what they say: nothing of the future enters, the same facts give the same model, and fallbacks are named."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.risk.payments.asking import OpenPredictions, predict_as_issued, predict_open
from huikuan.risk.payments.features import histories
from huikuan.risk.payments.learning import OPEN_ON
from huikuan.risk.payments.models import ForetoldWeek, PaymentModel, PaymentPrediction
from huikuan.risk.payments.operations import (
    PaymentModelRefused,
    backtest,
    predict_all,
    train_model,
    use_model,
)
from huikuan.risk.payments.queries import model_known_by, text_of
from huikuan.risk.payments.staging import cut_at, stage_debts
from tests.conftest import TODAY
from tests.risk.payments.conftest import Company, Row, cut, trade

pytestmark = pytest.mark.django_db

DAY = date(2025, 6, 30)


def by_number(found: OpenPredictions) -> dict[str, tuple[Any, ...]]:
    return {
        number: (
            round(float(found.late5[at]), 9),
            round(float(found.late30[at]), 9),
            *(found.days[level][at] for level in (10, 50, 90)),
            str(found.reasons[at]),
        )
        for at, number in enumerate(found.numbers)
    }


def test_what_comes_later_changes_nothing(company: Company, actor: Any) -> None:
    rows = trade()
    said = []
    for known in (rows, cut(rows, DAY)):
        with tenant(company(known).id):
            model = train_model(until=DAY, actor=actor, today=TODAY)
            assert model.method == "hazard"
            since = DAY - timedelta(days=20)
            earlier = train_model(until=since - timedelta(days=1), actor=actor, today=TODAY)
            said.append(
                (
                    model.digest,
                    earlier.digest,
                    by_number(predict_open(model, DAY)),
                    by_number(predict_as_issued(earlier, since, DAY)),
                )
            )
    assert said[0] == said[1]
    assert len(said[0][2]) == sum(row.paid is None for row in cut(rows, DAY))
    assert len(said[0][3]) == sum(since <= row.issued <= DAY for row in rows)


def test_each_debt_is_foreseen_with_what_was_known_at_its_issue(company: Company, actor: Any) -> None:
    """A window's later days add nothing to its earlier ones."""
    rows = trade()
    with tenant(company(rows).id):
        model = train_model(until=DAY - timedelta(days=1), actor=actor, today=TODAY)
        short = by_number(predict_as_issued(model, DAY, DAY + timedelta(days=7)))
        long = by_number(predict_as_issued(model, DAY, DAY + timedelta(days=90)))
    assert short
    assert {number: long[number] for number in short} == short


def test_the_end_of_a_day_is_told_once_per_customer_as_it_is_in_order(company: Company, actor: Any) -> None:
    with tenant(company(trade(300)).id):
        cut = cut_at(DAY)
        stage_debts(cut)
        in_order, at_end = (
            histories(cut, OPEN_ON, {"days": [cut.number]}, at_end=each).columns for each in (False, True)
        )
    assert len(in_order["item"])
    assert in_order.keys() == at_end.keys()
    for name, values in in_order.items():
        assert np.allclose(values, at_end[name], atol=1e-6), name


def test_late_payers_are_told_from_others(company: Company, actor: Any) -> None:
    with tenant(company(trade()).id):
        train_model(until=DAY, actor=actor, today=TODAY)
        result = backtest(until=date(2025, 11, 30), since=DAY, actor=actor, today=TODAY).result
        [trial] = result["trials"]
    found = trial["at_issue"]
    assert found["better"]
    assert found["late5"]["auc"] > 0.8
    assert found["date"]["mae"] < found["date"]["mae_due"]
    assert abs(found["late5"]["said"] - found["late5"]["rate"]) < 0.08
    assert trial["cash"]["wape_model"] < trial["cash"]["wape_due"]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "few"),
        ([row._replace(customer="only") for row in trade(40)], "few"),
        ([row._replace(paid=row.due) for row in trade(300)], "no_late"),
        ([row._replace(paid=None) for row in trade(300)], "few"),
        ([row._replace(due=row.issued, paid=row.issued) for row in trade(300)], "no_late"),
    ],
    ids=["nothing", "one customer", "all on time", "none paid", "due at once"],
)
def test_too_little_to_learn_from(company: Company, actor: Any, rows: list[Row], why: str) -> None:
    """The plain history answers and says so; nothing is missing and probabilities are probabilities."""
    with tenant(company([*rows, Row("open", "new", DAY, DAY + timedelta(days=30), None, 100)]).id):
        model = train_model(until=DAY, actor=actor, today=TODAY)
        found = predict_open(model, DAY)
        assert (model.method, model.card["why"]) == ("history", why)
        assert "open" in found.numbers
        assert np.isfinite(found.late5).all()
        assert ((found.late5 >= found.late30) & (found.late5 <= 1) & (found.late30 >= 0)).all()
        for at in range(len(found)):
            assert found.days[10][at] <= found.days[50][at] <= found.days[90][at]
        assert backtest(until=DAY, actor=actor, today=TODAY).result["until"] == DAY.isoformat()


def test_odd_dates_and_amounts(company: Company, actor: Any) -> None:
    """Due before issue, paid before issue, a little, due in ten years, years ago: none is said without a number."""
    odd = [
        Row("due before", "C1", DAY, DAY - timedelta(days=40), None, 100),
        Row("paid before", "C2", date(2025, 3, 1), date(2025, 3, 31), date(2025, 2, 1), 100),
        Row("far", "C3", DAY, date(2035, 1, 1), None, 9),
        Row("forgotten", "C4", date(2010, 1, 1), date(2010, 2, 1), None, 100),
        Row("tiny", "someone new", DAY, DAY, None, 1),
        Row("ancient", "C6", date(1990, 1, 1), date(1990, 1, 31), None, 100),
        Row("no day", "C7", DAY, date(2100, 12, 31), None, 100),
        Row("to come", "C5", DAY + timedelta(days=3), DAY + timedelta(days=33), None, 100),
    ]
    with tenant(company([*trade(400), *odd]).id):
        model = train_model(until=DAY, actor=actor, today=TODAY)
        found = predict_open(model, DAY)
        assert {"due before", "far", "forgotten", "tiny", "ancient", "no day"} <= set(found.numbers)
        assert not {"paid before", "to come"} & set(found.numbers)
        for numbers in (found.late5, found.late30, found.weeks, found.amounts):
            assert np.isfinite(numbers).all()
            assert (numbers >= 0).all()
        for at in range(len(found)):
            assert DAY <= found.days[10][at] <= found.days[50][at] <= found.days[90][at]
        for number in ("forgotten", "ancient"):
            assert found.late30[found.numbers.index(number)] == 1
        assert predict_all(actor=actor, today=DAY) == len(found)


def test_a_debt_without_amount_is_no_debt(company: Company, actor: Any) -> None:
    """A line of nothing is left out on import, and never asked about."""
    with tenant(company([*trade(60), Row("nothing", "C1", DAY, DAY, None, 0)]).id):
        model = train_model(until=DAY, actor=actor, today=TODAY)
        assert "nothing" not in predict_open(model, DAY).numbers


def test_versions(company: Company, actor: Any) -> None:
    """The newest is in use; the one before can be taken back; an older one never answers for a day before it."""
    with tenant(company(trade(300)).id):
        first = train_model(until=date(2025, 1, 31), actor=actor, today=TODAY)
        second = train_model(until=DAY, actor=actor, today=TODAY)
        assert PaymentModel.objects.get(in_use=True) == second
        again = train_model(until=DAY, actor=actor, today=TODAY, use=False)
        assert (again.digest, text_of(again)) == (second.digest, text_of(second))
        assert model_known_by(DAY - timedelta(days=1)) == first
        assert model_known_by(date(2025, 1, 30)) is None
        use_model(model_id=first.pk, actor=actor)
        assert PaymentModel.objects.get(in_use=True) == first
        with pytest.raises(PaymentModelRefused, match="已经在用"):
            use_model(model_id=first.pk, actor=actor)
        with pytest.raises(PaymentModelRefused, match="还没有到"):
            train_model(until=TODAY + timedelta(days=1), actor=actor, today=TODAY)


def test_what_is_kept_for_the_pages(company: Company, actor: Any) -> None:
    rows = cut(trade(300), DAY)
    with tenant(company(rows).id):
        assert predict_all(actor=actor, today=DAY) == 0
        train_model(until=DAY, actor=actor, today=TODAY)
        for _again in range(2):
            assert predict_all(actor=actor, today=DAY) == sum(row.paid is None for row in rows)
        kept = PaymentPrediction.objects.first()
        assert kept is not None
        assert 0 <= sum(kept.weeks) <= 1.000001
        weeks = list(ForetoldWeek.objects.order_by("week_on"))
        assert weeks[0].week_on == DAY  # a Monday
        assert all(week.low <= week.expected <= week.high for week in weeks)

"""What predictions come to by customer, who uses it, and switching each use off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from huikuan.collection.advice import Advice, advise
from huikuan.collection.points import PAYS_ALONE, SHIPPED, Signal, Standing
from huikuan.collection.queries import weights_in_force
from huikuan.collection.worklist import ALONE, WorkFilter, work_counts, work_line, work_lines
from huikuan.config.credit import register_credit
from huikuan.credit.facts import customer_facts
from huikuan.ledger.models import OpenItem
from huikuan.organizations.actors import NotPermitted
from huikuan.risk.foreseeing.operations import change_uses, renew_outlooks
from huikuan.risk.operations import set_matrix
from huikuan.risk.payments.models import CustomerOutlook, PaymentModel, PaymentPrediction
from huikuan.risk.payments.outlook import FRESH_DAYS, Uses, uses_in_force
from huikuan.risk.rules import STARTING_RATES
from huikuan.warnings.detection import find
from huikuan.warnings.rules import Kind, shipped_setting
from huikuan.web.risk.predicted import expected_facts
from tests.trade import Books, day

TODAY = date(2026, 11, 21)
D = Decimal


def foretold(books: Books, number: str, weeks: list[float], late30: float = 0.0) -> None:
    model = PaymentModel.objects.first() or PaymentModel.objects.create(
        organization=books.organization,
        act_id=set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor).act_id,
        number=1,
        method="history",
        until_on=TODAY,
        trained_at="2026-11-21T00:00:00Z",
        content=b"",
        digest="0" * 64,
        card={},
    )
    item = OpenItem.objects.get(document__number=number)
    PaymentPrediction.objects.create(
        organization=books.organization,
        model=model,
        item=item,
        customer_id=item.customer_id,
        as_of_on=TODAY,
        p_late5=late30,
        p_late30=late30,
        p10_on=TODAY,
        p50_on=TODAY + timedelta(days=7),
        p90_on=TODAY + timedelta(days=60),
        weeks=weeks + [0.0] * (26 - len(weeks)),
        reasons=[],
    )


@pytest.fixture
def owing(books: Books) -> Books:
    """GOOD is overdue and pays by itself, SLOW hardly pays, NEW has only debts to come."""
    books.invoice("G1", "2026-10-01", "1000", due="2026-11-10", customer="GOOD")
    books.invoice("S1", "2026-09-01", "300000", due="2026-11-01", customer="SLOW")
    books.invoice("S2", "2026-10-01", "100000", due="2026-11-01", customer="SLOW")
    books.invoice("N1", "2026-11-01", "200000", due="2026-12-31", customer="NEW")
    foretold(books, "G1", [0.5, 0.3, 0.1])
    foretold(books, "S1", [0.0, 0.1, 0.0, 0.0, 0.1, 0.5], 0.8)
    foretold(books, "S2", [0.0, 0.4], 0.4)
    foretold(books, "N1", [0.0] * 5 + [1.0], 0.9)
    renew_outlooks(today=TODAY)
    return books


def outlook(code: str) -> CustomerOutlook:
    return CustomerOutlook.objects.get(customer__code=code)


@pytest.mark.django_db
def test_predictions_add_up_by_customer(owing: Books) -> None:
    assert (outlook("GOOD").overdue, outlook("GOOD").slow) == (D(1000), 100)
    # 300,000 × 0.8 + 100,000 × 0.6 of 400,000 come later than four weeks or never.
    assert (outlook("SLOW").overdue, outlook("SLOW").slow) == (D(400_000), 750)
    assert (outlook("SLOW").late, outlook("SLOW").late_share) == (D(280_000), 700)
    assert (outlook("NEW").overdue, outlook("NEW").slow, outlook("NEW").late) == (D(0), 0, D(180_000))
    assert outlook("NEW").likely_on is None


@pytest.mark.django_db
def test_the_worklist_ranks_by_them_and_says_so(owing: Books) -> None:
    lines = {line.code: line for line in work_lines(WorkFilter(), weights_in_force(), today=TODAY)}
    slow, good = lines["SLOW"], lines["GOOD"]
    assert slow.explained(weights_in_force(), today=TODAY)[Signal.UNLIKELY] == 15  # 20 × 0.75
    assert good.explained(weights_in_force(), today=TODAY)[Signal.ALONE] == -15
    for line in lines.values():
        assert sum(line.explained(weights_in_force(), today=TODAY).values()) == line.points
        assert work_line(line.customer_id, weights_in_force(), today=TODAY) == line
    only = [line.code for line in work_lines(WorkFilter(ALONE), weights_in_force(), today=TODAY)]
    assert only == ["GOOD"]
    assert work_counts(WorkFilter(), today=TODAY)[ALONE] == 1


@pytest.mark.django_db
def test_what_is_old_says_nothing(owing: Books) -> None:
    later = TODAY + timedelta(days=FRESH_DAYS)
    assert {line.slow for line in work_lines(WorkFilter(), weights_in_force(), today=later)} == {None}
    assert not find([shipped_setting(Kind.EXPECTED_LATE)], day=later)


@pytest.mark.django_db
def test_warnings_and_grades_see_them(owing: Books) -> None:
    found = {each.figures["amount"]: each for each in find([shipped_setting(Kind.EXPECTED_LATE)], day=TODAY)}
    assert set(found) == {"280000.00", "180000.00"}
    assert found["280000.00"].figures["percent"] == "70"
    assert [row.number for row in found["280000.00"].rows] == ["S1", "S2"]
    register_credit()
    facts = customer_facts([owing.customer("SLOW").pk], as_of=TODAY)
    assert facts[owing.customer("SLOW").pk]["predicted_late"] == D("0.7")
    before = customer_facts([owing.customer("SLOW").pk], as_of=TODAY - timedelta(days=1))
    assert "predicted_late" not in before.get(owing.customer("SLOW").pk, {})


@pytest.mark.django_db
def test_each_use_can_be_switched_off(owing: Books) -> None:
    assert uses_in_force() == Uses()
    assert change_uses(replace(Uses(), worklist=False, leave_alone=False), actor=owing.actor)
    assert not change_uses(replace(Uses(), worklist=False, leave_alone=False), actor=owing.actor)
    for line in work_lines(WorkFilter(), weights_in_force(), today=TODAY):
        explained = line.explained(weights_in_force(), today=TODAY)
        assert not {Signal.UNLIKELY, Signal.ALONE} & set(explained)
        assert sum(explained.values()) == line.points
    assert find([shipped_setting(Kind.EXPECTED_LATE)], day=TODAY)
    change_uses(replace(Uses(), warnings=False, credit=False), actor=owing.actor)
    assert not find([shipped_setting(Kind.EXPECTED_LATE)], day=TODAY)
    register_credit()
    key = owing.customer("SLOW").pk
    assert "predicted_late" not in customer_facts([key], as_of=TODAY)[key]
    assert weights_in_force().points == SHIPPED
    with pytest.raises(NotPermitted):
        change_uses(Uses(), actor=replace(owing.actor, permissions=frozenset()))


@pytest.mark.django_db
def test_of_instalments_the_next_is_told_whole_and_the_last_by_its_day(owing: Books) -> None:
    work: Any = SimpleNamespace(actor=owing.actor)
    ids = [OpenItem.objects.get(document__number=number).pk for number in ("S1", "S2")]
    PaymentPrediction.objects.filter(item_id=ids[0]).update(p50_on=TODAY + timedelta(days=90))
    facts = {fact["label"]: fact for fact in expected_facts(work, ids)}
    assert facts["下一期预计付款"]["value"] == TODAY + timedelta(days=7)
    assert facts["晚 5 天以上的可能"]["value"] == "40%"  # of S2
    assert facts["最后一期预计付款"]["value"] == TODAY + timedelta(days=90)
    [alone, *_rest] = expected_facts(work, ids[:1])
    assert (alone["label"], alone["value"]) == ("预计付款", TODAY + timedelta(days=90))


def test_what_is_suggested() -> None:
    owing = Standing(D(100_000), 30, slow=500)
    said = advise(owing, today=TODAY)
    assert said is not None
    assert (said.step, said.at_stake) == (Advice.CALL, D("50000.00"))
    assert said.worth(0.1) == D("5000.00")
    assert said.worth(None) is None

    def step(**values: Any) -> Advice | None:
        found = advise(replace(owing, **values), today=TODAY)
        return found.step if found else None

    assert step(slow=None) is None
    assert step(slow=PAYS_ALONE) == Advice.LEAVE
    assert step(slow=PAYS_ALONE, broken=True) == Advice.LETTER
    assert step(promised_on=TODAY + timedelta(days=1)) is None
    assert step(contacted_on=TODAY - timedelta(days=3)) == Advice.VISIT
    assert step(overdue_days=3, slow=300) == Advice.REMIND
    assert step(overdue_days=90, slow=700) == Advice.LETTER
    assert step(overdue_days=200, slow=900) == Advice.LEGAL


@pytest.mark.django_db
def test_without_predictions_nothing_is_said(books: Books) -> None:
    books.invoice("A1", "2026-09-01", "100", due="2026-10-01")
    renew_outlooks(today=TODAY)
    assert not CustomerOutlook.objects.exists()
    [line] = work_lines(WorkFilter(), weights_in_force(), today=TODAY)
    assert (line.slow, advise(line.standing(TODAY), today=TODAY)) == (None, None)

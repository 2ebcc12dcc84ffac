"""Customers are judged by the card in force, with everything that it rests on; by hand only with a reason."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from huikuan.core.dates import add_months
from huikuan.credit.assessing import item_lines, judge
from huikuan.credit.assessment_queries import cards_in_force, current_assessments
from huikuan.credit.card_data import card_from
from huikuan.credit.errors import CreditRefused
from huikuan.credit.operations import (
    NewFact,
    activate_version,
    assess_customers,
    complete_cards,
    create_card,
    end_override,
    override_grade,
    record_facts,
    retire_card,
    review_customer,
    save_draft,
)
from huikuan.credit.scorecards import Assessment, Scorecard, ScorecardVersion
from huikuan.credit.shipped_card import SHIPPED_DEFINITION
from tests.credit.cards import PLAIN, PLAIN_FACTS
from tests.trade import Books, day

pytestmark = pytest.mark.django_db
D = Decimal


def enter(books: Books, customer: str = "C1", **values: str) -> None:
    key = books.customer(customer).pk
    facts = [
        NewFact(customer_id=key, code=code, value=D(value), as_of_on=day("2026-10-31"), source="年报")
        for code, value in values.items()
    ]
    record_facts(facts, actor=books.actor, today=books.today)


def use(books: Books, definition: dict[str, Any]) -> ScorecardVersion:
    complete_cards(actor=books.actor)
    version = save_draft(Scorecard.objects.get().pk, definition, actor=books.actor)
    return activate_version(version.pk, starts_on=books.today, actor=books.actor, today=books.today)


def current(books: Books, customer: str = "C1") -> Any:
    key = books.customer(customer).pk
    return current_assessments([key], as_of=books.today)[key]


def test_five_dimensions_make_78_grade_a_and_a_limit_of_250_000(books: Books) -> None:
    use(books, PLAIN)
    books.invoice("I1", "2026-06-01", "2400000", due="2026-12-31")
    enter(books, **PLAIN_FACTS, net_assets="2560000")
    found = current(books)
    assert (str(found.points), found.grade, found.term_days) == ("78.00", "A", 45)
    assert (found.limit, found.secured) == (D(250_000), D(0))
    [row] = Assessment.objects.all()
    assert row.inputs["limit"] == {"by_sales": "300000.00", "by_net_assets": "256000.00", "secured": "0.00"}
    assert [part["points"] for part in row.inputs["dimensions"]] == ["28", "17.5", "9", "13.5", "10"]
    assert row.review_on == add_months(books.today, 6)


def test_without_financials_80_67_is_capped_at_a(books: Books) -> None:
    use(books, PLAIN)
    enter(books, **{code: value for code, value in PLAIN_FACTS.items() if code != "current_ratio"})
    [row] = Assessment.objects.all()
    assert (str(row.points), row.grade, row.capped_from, row.inputs["missing"]) == (
        "80.67",
        "A",
        "AA",
        ["financials"],
    )


def test_a_veto_makes_grade_d_and_lends_nothing(books: Books) -> None:
    use(books, PLAIN)
    enter(books, **PLAIN_FACTS, net_assets="2560000", dishonest="1")
    found = current(books)
    assert (found.grade, found.vetoed, found.limit, str(found.points)) == ("D", True, 0, "78.00")
    enter(books, dishonest="0")
    assert current(books).grade == "A"


def test_overdue_beyond_180_days_is_a_veto_of_the_shipped_card(books: Books) -> None:
    books.invoice("I1", "2026-01-01", "1000", due="2026-05-25")  # 180 days on 2026-11-21
    assess_customers(actor=books.actor, today=books.today)
    assert not current(books).vetoed
    assess_customers(actor=books.actor, today=books.today + timedelta(days=1))
    found = current_assessments(as_of=books.today + timedelta(days=1))[books.customer().pk]
    assert (found.grade, found.vetoed) == ("D", True)
    assert current(books).vetoed is False  # what was said yesterday stays said


def test_nothing_new_adds_no_row_and_who_is_unknown_gets_none(books: Books) -> None:
    use(books, PLAIN)
    enter(books, **PLAIN_FACTS)
    books.customer("C2")
    done = assess_customers(actor=books.actor, today=books.today)
    assert (done.customers, done.unknown, done.added) == (2, 1, 0)
    assert Assessment.objects.count() == 1
    done = assess_customers(actor=books.actor, today=books.today + timedelta(days=1))
    assert done.added == 0
    enter(books, current_ratio="10")
    assert Assessment.objects.count() == 2


def test_reviews_are_counted_from_the_last_one_and_a_worse_grade_comes_sooner(books: Books) -> None:
    use(books, PLAIN)
    enter(books, **PLAIN_FACTS)
    later = books.today + timedelta(days=40)
    review_customer(books.customer().pk, note="看过年报", actor=books.actor, today=later)
    [first, second] = Assessment.objects.order_by("as_of_on")
    assert (first.review_on, second.review_on) == (add_months(books.today, 6), add_months(later, 6))
    assert second.review_note == "看过年报"
    enter(books, dishonest="1")
    done = assess_customers(actor=books.actor, today=later + timedelta(days=1))
    found = current_assessments(as_of=later + timedelta(days=1))[books.customer().pk]
    assert (done.added, found.grade, found.review_on) == (1, "D", add_months(later, 1))
    with pytest.raises(CreditRefused) as refused:
        review_customer(books.customer("C9").pk, note="?", actor=books.actor, today=later)
    assert refused.value.code == "nothing_known"


def test_a_grade_set_by_hand_counts_until_its_day_and_brings_its_term(books: Books) -> None:
    use(books, PLAIN)
    enter(books, **PLAIN_FACTS)
    key, until = books.customer().pk, books.today + timedelta(days=30)
    override_grade(key, grade="AA", reason="母公司担保", until_on=until, actor=books.actor, today=books.today)
    found = current(books)
    assert (found.grade, found.computed_grade, found.overridden, found.term_days) == ("AA", "A", True, 60)
    assert assess_customers(actor=books.actor, today=books.today).added == 0
    after = current_assessments(as_of=until + timedelta(days=1))[key]
    assert (after.grade, after.overridden) == ("A", False)
    end_override(key, reason="担保撤销", actor=books.actor, today=books.today)
    assert current(books).grade == "A"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"grade": "Z"}, "unknown_grade"),
        ({"reason": " "}, "reason_missing"),
        ({"until_on": day("2028-01-01")}, "override_days"),
        ({"until_on": day("2026-01-01")}, "override_days"),
    ],
)
def test_a_grade_cannot_be_set_without_sense(books: Books, change: dict[str, Any], code: str) -> None:
    use(books, PLAIN)
    enter(books, **PLAIN_FACTS)
    values = {"grade": "AA", "reason": "担保", "until_on": books.today, **change}
    with pytest.raises(CreditRefused) as refused:
        override_grade(books.customer().pk, actor=books.actor, today=books.today, **values)
    assert refused.value.code == code


def test_two_cards_are_never_active_for_one_segment(books: Books) -> None:
    complete_cards(actor=books.actor)
    second = create_card(code="second", name="第二张", actor=books.actor)
    with pytest.raises(CreditRefused) as refused:
        activate_version(second.pk, starts_on=books.today, actor=books.actor, today=books.today)
    assert refused.value.code == "two_cards_active"
    with pytest.raises(IntegrityError, match="one_card_active_per_segment"), transaction.atomic():
        ScorecardVersion.objects.filter(pk=second.pk).update(state="active", starts_on=books.today)


def test_a_version_in_force_is_never_changed(books: Books) -> None:
    complete_cards(actor=books.actor)
    version = ScorecardVersion.objects.get()
    for change in ({"definition": PLAIN}, {"starts_on": books.today}, {"state": "draft", "starts_on": None}):
        with pytest.raises(IntegrityError, match="was in force"), transaction.atomic():
            ScorecardVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ScorecardVersion.objects.filter(pk=version.pk).update(number=9)


def test_a_new_version_begins_where_the_former_ends_and_a_segment_has_its_own_card(books: Books) -> None:
    use(books, PLAIN)
    books.customer("C2", segment="经销商")
    enter(books, "C2", **PLAIN_FACTS)
    own = create_card(code="dealers", name="经销商", segment="经销商", definition=PLAIN, actor=books.actor)
    start = books.today + timedelta(days=5)
    activate_version(own.pk, starts_on=start, actor=books.actor, today=books.today)
    assert set(cards_in_force(books.today)) == {""}
    assert cards_in_force(books.today)[""].version.number == 2
    assert cards_in_force(books.today - timedelta(days=1))[""].version.number == 1
    assert set(cards_in_force(start)) == {"", "经销商"}
    assess_customers(actor=books.actor, today=start)
    found = current_assessments(as_of=start)[books.customer("C2").pk]
    assert found.version_id == own.pk
    retire_card(own.scorecard_id, actor=books.actor, today=start)
    assert set(cards_in_force(start + timedelta(days=1))) == {""}
    with pytest.raises(CreditRefused) as refused:
        retire_card(Scorecard.objects.get(segment="").pk, actor=books.actor, today=start)
    assert refused.value.code == "last_card"


@pytest.mark.parametrize(
    ("code", "value", "on", "source", "refusal"),
    [
        ("on_time_rate", "1", "2026-01-01", "x", "unknown_fact"),
        ("debt_ratio", "-0.1", "2026-01-01", "x", "fact_out_of_range"),
        ("dishonest", "2", "2026-01-01", "x", "fact_out_of_range"),
        ("tax_rating", "9", "2026-01-01", "x", "fact_out_of_range"),
        ("litigation", "1.5", "2026-01-01", "x", "fact_out_of_range"),
        ("net_assets", "NaN", "2026-01-01", "x", "fact_out_of_range"),
        ("net_assets", "1", "2027-01-01", "x", "fact_in_the_future"),
        ("net_assets", "1", "2026-01-01", " ", "source_missing"),
    ],
)
def test_facts_that_cannot_be_true_are_refused(
    books: Books, code: str, value: str, on: str, source: str, refusal: str
) -> None:
    new = NewFact(customer_id=books.customer().pk, code=code, value=D(value), as_of_on=day(on), source=source)
    with pytest.raises(CreditRefused) as refused:
        record_facts([new], actor=books.actor, today=books.today)
    assert refused.value.code == refusal


def test_what_items_add_sums_to_the_score(books: Books) -> None:
    card = card_from(SHIPPED_DEFINITION)
    values = {"on_time_rate": D("0.9"), "days_late": D(4), "debt_ratio": D("0.5"), "sales_12m": D(600_000)}
    judged = judge(card, values)
    assert judged is not None
    lines = item_lines(card, judged.score, values)
    assert abs(sum(line.added for line in lines) - judged.score.points) <= D("0.005")
    assert sum(line.weight for line in lines).quantize(D("0.000001")) == 100
    assert [line.code for line in lines if line.points is not None] == [
        "on_time_rate",
        "days_late",
        "debt_ratio",
        "sales_12m",
    ]

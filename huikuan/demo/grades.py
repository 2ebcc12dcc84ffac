"""The demo company knows its customers: figures of their statements, registration and records, and their grades."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from huikuan.core.dates import add_months
from huikuan.credit.assessment_queries import current_assessments
from huikuan.credit.models import ScorecardVersion
from huikuan.credit.operations import NewFact, assess_customers, override_grade, record_facts, save_draft
from huikuan.customers.models import Customer
from huikuan.organizations.actors import Actor

KNOWN_EVERY = 2  # of one customer in so many the statements are known
FIRST_ASSESSED_DAYS = 100
DISHONEST, BANKRUPT = 77, 153  # positions of the two that nobody should sell to
HEAVIER, LIGHTER, MOVED = "payment", "financials", 10  # what the draft of the card weighs otherwise
DRAFT_NOTE = "付款行为比报表更能说明问题：付款行为 45%，财务状况 15%"
OVERRIDE_REASON = "母公司已出具连带责任保证，评审会同意上调一级"


def grade_customers(staff: Mapping[str, Actor], *, today: date) -> None:
    """Enter what is known, assess those a while ago and everybody today; one grade is set by hand."""
    controller = staff["credit_controller"]
    keys = list(Customer.objects.order_by("code").values_list("pk", flat=True))
    then = today - timedelta(days=FIRST_ASSESSED_DAYS)
    chance = random.Random(today.toordinal())
    facts: list[NewFact] = []
    for position, key in enumerate(keys):
        if position % KNOWN_EVERY == 0:
            facts += _statement(key, chance, then)
        if position in (DISHONEST, BANKRUPT):
            code = "dishonest" if position == DISHONEST else "bankrupt"
            facts.append(_fact(key, code, Decimal(1), then, "国家企业信用信息公示系统"))
    record_facts(facts, actor=controller, today=then)
    assess_customers(actor=controller, today=today)
    _raise_one(controller, today)
    _draft_card(controller)


def _statement(key: UUID, chance: random.Random, then: date) -> list[NewFact]:
    """A year's statement and the public records of one customer; the better the one, the better the others."""
    quality = chance.random()
    year_end = date(then.year - 1, 12, 31)

    def around(low: float, high: float, places: str) -> Decimal:
        share = min(max(quality + chance.uniform(-0.25, 0.25), 0), 1)
        return Decimal(low + (high - low) * share).quantize(Decimal(places))

    statement = {
        "debt_ratio": around(0.88, 0.3, "0.01"),
        "current_ratio": around(0.7, 2.4, "0.01"),
        "net_margin": around(-0.03, 0.16, "0.001"),
        "net_assets": around(50, 4000, "1") * 10_000,
    }
    records = {
        "company_years": around(1, 22, "1"),
        "paid_in_capital": around(20, 8000, "1") * 10_000,
        "tax_rating": around(1.6, 5, "1"),
        "litigation": around(4, 0, "1"),
    }
    return [
        *(
            _fact(key, code, value, year_end, f"{year_end.year} 年度审计报告")
            for code, value in statement.items()
        ),
        *(_fact(key, code, value, then, "工商与税务公示信息") for code, value in records.items()),
    ]


def _fact(key: UUID, code: str, value: Decimal, on: date, source: str) -> NewFact:
    return NewFact(customer_id=key, code=code, value=value, as_of_on=on, source=source)


def _raise_one(controller: Actor, today: date) -> None:
    """The best of grade B is trusted a little more, for its parent's guarantee."""
    graded = [each for each in current_assessments(as_of=today).values() if each.grade == "B"]
    if graded:
        best = max(graded, key=lambda each: (each.points, each.customer_id))
        override_grade(
            best.customer_id,
            grade="A",
            reason=OVERRIDE_REASON,
            until_on=add_months(today, 6),
            actor=controller,
            today=today,
        )


def _draft_card(controller: Actor) -> None:
    """A draft of the next version, which trusts payments more than statements, waits to be compared."""
    version = ScorecardVersion.objects.order_by("scorecard__code", "-number").first()
    if version is None:
        return
    shift = {HEAVIER: MOVED, LIGHTER: -MOVED}
    dimensions = [
        {**each, "weight": str(int(each["weight"]) + shift.get(each["code"], 0))}
        for each in version.definition["dimensions"]
    ]
    save_draft(
        version.scorecard_id,
        {**version.definition, "dimensions": dimensions},
        note=DRAFT_NOTE,
        actor=controller,
    )

"""Facts that people enter or import: added to, never edited; whoever they are about is assessed again at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import Told, act, record_events
from huikuan.core.lengths import lengths_of, too_long
from huikuan.core.money import AMOUNT_LIMIT
from huikuan.credit.card_words import fact_word
from huikuan.credit.errors import CreditRefused
from huikuan.credit.fact_kinds import ENTERED_BY_CODE, Measure
from huikuan.credit.operations.assessments import assess_customers
from huikuan.credit.scorecards import CustomerFact
from huikuan.credit.terms import parties
from huikuan.organizations.actors import Actor

LENGTHS = lengths_of(CustomerFact, "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFact:
    """A fact as it is entered: without a value it is no longer known from that day on."""

    customer_id: UUID
    code: str
    value: Decimal | None
    as_of_on: date
    source: str


def record_facts(facts: Sequence[NewFact], *, actor: Actor, today: date) -> list[CustomerFact]:
    """Record what was learned of customers, and assess them again.

    Raises CreditRefused for a fact that is not entered by people, a value out of its range, a day in the future, a
    source that is missing; nothing is recorded then.
    """
    actor.require("credit.assess")
    for fact in facts:
        require_fact(fact, today=today)
    if not facts:
        return []
    with act("record_customer_facts", actor=actor) as opened:
        codes = {key: party.code for key, party in parties({fact.customer_id for fact in facts}).items()}
        rows = CustomerFact.objects.bulk_create(
            CustomerFact(
                organization_id=opened.organization_id,
                act_id=opened.id,
                customer_id=fact.customer_id,
                code=fact.code,
                value=fact.value,
                as_of_on=fact.as_of_on,
                source=fact.source.strip(),
                entered_by=actor.name,
            )
            for fact in facts
        )
        record_events(
            [
                Told(
                    "recorded",
                    "customer",
                    row.customer_id,
                    codes[row.customer_id],
                    {
                        "fact": row.code,
                        "value": None if row.value is None else str(row.value),
                        "as_of": row.as_of_on.isoformat(),
                        "source": row.source,
                    },
                )
                for row in rows
            ],
            opened=opened,
        )
        assess_customers(sorted(codes), actor=actor, today=today)
    return rows


def require_fact(fact: NewFact, *, today: date) -> None:
    """Raise CreditRefused unless the fact can be recorded."""
    kind = ENTERED_BY_CODE.get(fact.code)
    if kind is None:
        raise CreditRefused(_("没有名为“%s”的信用资料。") % fact.code, code="unknown_fact")
    word = {"fact": fact_word(fact.code)}
    if fact.as_of_on > today:
        raise CreditRefused(_("“%(fact)s”的日期晚于今天。") % word, code="fact_in_the_future")
    if not fact.source.strip():
        raise CreditRefused(_("请写明“%(fact)s”的来源。") % word, code="source_missing")
    if len(fact.source.strip()) > LENGTHS["source"]:
        raise CreditRefused(too_long(_("信用资料"), _("来源"), LENGTHS["source"]), code="text_too_long")
    value = fact.value
    if value is None:
        return
    wrong = not value.is_finite() or abs(value) >= AMOUNT_LIMIT or value != round(value, 4)
    if not wrong and kind.measure == Measure.YES_NO:
        wrong = value not in (0, 1)
    if not wrong and kind.measure == Measure.CHOICE:
        wrong = value not in {Decimal(each) for each in kind.choices}
    if not wrong and kind.measure == Measure.COUNT:
        wrong = value != value.to_integral_value()
    if not wrong:
        wrong = (kind.least is not None and value < kind.least) or (
            kind.most is not None and value > kind.most
        )
    if wrong:
        raise CreditRefused(_("“%(fact)s”的数值超出范围。") % word, code="fact_out_of_range")

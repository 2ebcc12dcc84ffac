"""The replay itself: month by month the card judges, order by order the rules of the gate decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from huikuan.core.dates import add_months
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.assessment_queries import InForce, cards_in_force
from huikuan.credit.queries import gate_rules
from huikuan.credit.rules import Action, Debt, Gate, Position, Reason, Rule, Verdict, decide, rules_for
from huikuan.credit.terms import Party, Terms, read_terms
from huikuan.customers.models import Customer
from huikuan.organizations.models import Organization
from huikuan.reports.replay.reading import Past, read_past, read_subjects
from huikuan.reports.replay.rules import ADVANCES, CREDITS, Stood, Subject, Walk, walked
from huikuan.reports.replay.standards import KnownLimit, Standard, limit_then, read_limits, read_standards
from huikuan.reports.state import joining_whole_tables

ZERO = Decimal(0)
CENT = Decimal("0.01")
MONTHS = 24
MOST_MONTHS = 60
BY_CARD, AS_GIVEN = "card", "given"


class ReplayRefused(HuikuanError):
    """The policy cannot be tried on these days."""

    code = "replay_refused"


@dataclass(frozen=True, slots=True)
class Judged:
    """A subject with what the policy would have said, on which figures, and what became of it.

    `bad`: what of it was written off, or is more than 90 days overdue at the end of the days looked at.
    """

    subject: Subject
    action: Action
    reasons: tuple[Reason, ...]
    grade: str
    limit: Decimal | None
    exposure: Decimal
    bad: Decimal

    @property
    def stopped(self) -> bool:
        """Whether it would not have gone ahead by itself."""
        return self.action in (Action.APPROVE, Action.BLOCK)

    @property
    def good(self) -> Decimal:
        """What of it was no loss."""
        return max(self.subject.amount - self.bad, ZERO)


@dataclass
class Chosen:
    """Sums over some subjects."""

    count: int = 0
    amount: Decimal = ZERO
    bad: Decimal = ZERO
    good: Decimal = ZERO

    def add(self, judged: Judged) -> None:
        """Count one more."""
        self.count += 1
        self.amount += judged.subject.amount
        self.bad += judged.bad
        self.good += judged.good


@dataclass
class Replay:
    """What came of it. `stopped` are those `held` (somebody would have had to release them) and `blocked`."""

    since: date
    until: date
    currency: str
    cards: tuple[str, ...]
    limits: str
    judged: list[Judged]
    customers: Mapping[UUID, Party]
    all: Chosen = field(default_factory=Chosen)
    stopped: Chosen = field(default_factory=Chosen)
    held: Chosen = field(default_factory=Chosen)
    blocked: Chosen = field(default_factory=Chosen)
    by_month: dict[date, tuple[Chosen, Chosen]] = field(default_factory=dict)
    by_reason: dict[str, Chosen] = field(default_factory=dict)
    by_grade: dict[str, tuple[Chosen, Chosen]] = field(default_factory=dict)

    def sum_up(self) -> None:
        """Fill the sums."""
        for each in self.judged:
            stopped = [self.stopped, self.blocked if each.action == Action.BLOCK else self.held]
            month = self.by_month.setdefault(each.subject.on.replace(day=1), (Chosen(), Chosen()))
            grade = self.by_grade.setdefault(each.grade, (Chosen(), Chosen()))
            for sums in (self.all, month[0], grade[0]):
                sums.add(each)
            if not each.stopped:
                continue
            for sums in (*stopped, month[1], grade[1]):
                sums.add(each)
            for code in dict.fromkeys(reason.code for reason in each.reasons if reason.action != Action.WARN):
                self.by_reason.setdefault(code, Chosen()).add(each)

    @property
    def list(self) -> list[Judged]:
        """What would have been stopped, the greatest loss first, then the greatest amount."""
        found = [each for each in self.judged if each.stopped]
        return sorted(found, key=lambda each: (-each.bad, -each.subject.amount, each.subject.number))


def last_full_months(today: date, months: int = MONTHS) -> tuple[date, date]:
    """The days of the last full months."""
    first = today.replace(day=1)
    return add_months(first, -months), first - timedelta(days=1)


def replay(
    *,
    since: date,
    until: date,
    today: date,
    card: str = "",
    limits: str = BY_CARD,
    customer_ids: Sequence[UUID] | None = None,
) -> Replay:
    """Try the card (by code; without: those in force today) and the gate's rules of today on past orders.

    Each month is judged by what was dated and recorded up to the eve of it, each order by what was so on the eve of
    its day; what became of it is told as of `until`, as known then. `limits`: BY_CARD, those that the card recommends, or
    AS_GIVEN, those that were in force. `customer_ids`: only these customers. Raises ReplayRefused for days that cannot
    be, or an unknown card.
    """
    _require_days(since, until, today)
    cards = _cards(card, today)
    organization = Organization.objects.get(pk=current_organization_id())
    parameters = {
        "organization": organization.pk,
        "since": since,
        "until": until,
        "live_on": organization.live_on or date.min,
        "zone": organization.time_zone,
    }
    with joining_whole_tables():
        return _replayed(parameters, cards, since, until, today, limits, customer_ids)


def _replayed(
    parameters: Mapping[str, Any],
    cards: Mapping[str, InForce],
    since: date,
    until: date,
    today: date,
    limits: str,
    customer_ids: Sequence[UUID] | None,
) -> Replay:
    subjects = read_subjects(parameters)
    if customer_ids is not None:
        wanted = set(customer_ids)
        subjects = [each for each in subjects if each.customer_id in wanted]
    terms = _terms({each.customer_id for each in subjects}, today)
    found = terms.parties
    subjects = [each for each in subjects if each.customer_id in found]
    past = read_past(parameters, subjects)
    standards = read_standards(subjects, cards, ZoneInfo(parameters["zone"]))
    given = read_limits(parameters, list(found)) if limits == AS_GIVEN else None
    rules = {key: rules_for(rules, Gate.ORDER) for key, rules in gate_rules(Gate.ORDER, terms).items()}
    names = tuple(each.version.scorecard.name for each in cards.values())
    result = Replay(since, until, terms.base, names, limits, [], found)
    by_customer: defaultdict[UUID, list[Subject]] = defaultdict(list)
    for subject in subjects:
        by_customer[subject.customer_id].append(subject)
    for key in sorted(by_customer):
        known = None if given is None else given.get(key, [])
        result.judged += _walk(key, by_customer[key], past, standards, known, rules[key], until)
    result.judged.sort(key=lambda each: (each.subject.on, each.subject.number, each.subject.id))
    result.sum_up()
    return result


def _require_days(since: date, until: date, today: date) -> None:
    if since > until or until >= today:
        raise ReplayRefused(_("请选择今天之前的一段日期，开始不晚于结束。"), code="days_wrong")
    if add_months(since, MOST_MONTHS) < until:
        raise ReplayRefused(_("一次最多重放 %d 个月。") % MOST_MONTHS, code="too_many_months")


def _cards(code: str, today: date) -> dict[str, InForce]:
    cards = cards_in_force(today)
    if code:
        chosen = [each for each in cards.values() if each.version.scorecard.code == code]
        if not chosen:
            raise ReplayRefused(_("没有启用代码为 %s 的评分卡。") % code, code="unknown_card")
        return {"": chosen[0]}
    if not cards:
        raise ReplayRefused(_("没有启用的评分卡。"), code="no_card")
    return cards


def _terms(keys: Iterable[UUID], day: date) -> Terms:
    """The rules and parties of customers; those whose import was undone are left out."""
    return read_terms(list(Customer.objects.filter(pk__in=set(keys)).values_list("pk", flat=True)), day=day)


def _walk(
    key: UUID,
    subjects: Sequence[Subject],
    past: Past,
    standards: Mapping[tuple[UUID, date], Standard],
    given: Sequence[KnownLimit] | None,
    rules: Sequence[Rule],
    until: date,
) -> list[Judged]:
    """One customer through all the days."""
    walk = Walk(past.due_changes.get(key, {}))
    told: list[tuple[Subject, Verdict, Standard | None, Position]] = []
    for subject, stood in walked(walk, past.events.get(key, []), subjects):
        standard = standards.get((key, subject.on.replace(day=1)))
        limit = standard.limit if standard else None
        given_then = limit if given is None else limit_then(given, subject.on)
        position = _position(stood, given_then, standard)
        told.append((subject, decide(position, subject.amount, rules), standard, position))
    return [
        Judged(
            subject,
            verdict.action,
            verdict.reasons,
            standard.grade if standard else "",
            position.limit,
            position.used,
            _bad(subject, walk, past, until),
        )
        for subject, verdict, standard, position in told
    ]


def _position(stood: Stood, limit: Decimal | None, standard: Standard | None) -> Position:
    """As the gate would have seen it; money on account as it was, the grade as the card gave it for the month."""
    return Position(
        exposure=dict(stood.exposure),
        limit=limit,
        overdue=[Debt(each.amount, each.overdue_days) for each in stood.overdue],
        unmatched=-(stood.exposure.get(CREDITS, ZERO) + stood.exposure.get(ADVANCES, ZERO)),
        grade=standard.grade if standard else None,
    )


def _bad(subject: Subject, walk: Walk, past: Past, until: date) -> Decimal:
    """What of a subject was lost by the end, never more than it came to."""
    lost = sum((share * walk.bad(item, until) for item, share in past.owed.get(subject.id, ())), ZERO)
    return min(lost.quantize(CENT, rounding=ROUND_HALF_UP), subject.amount)

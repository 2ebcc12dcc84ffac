"""Exposure, limits in force and what a gate decides: pure decisions.

All amounts are in the organization's currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

ZERO = Decimal(0)
MOST_TEMPORARY_DAYS = 90
A_YEAR = 365


class Action(StrEnum):
    """What follows; in order of severity."""

    PASS = "pass"
    WARN = "warn"
    APPROVE = "approve"
    BLOCK = "block"


SEVERITY = {action: place for place, action in enumerate(Action)}


class Gate(StrEnum):
    """Where a sale is looked at: before an offer, when it is ordered, before goods leave, before it is invoiced.

    What was shipped may always be invoiced: the last gate is for invoices that no delivery stands behind.
    """

    QUOTATION = "quotation"
    ORDER = "order"
    DELIVERY = "delivery"
    INVOICE = "invoice"


class Check(StrEnum):
    """What a rule looks at."""

    LIMIT = "limit"
    GROUP_LIMIT = "group_limit"
    LIMIT_SHARE = "limit_share"
    NO_LIMIT = "no_limit"
    OVERDUE = "overdue"
    OLDEST = "oldest"
    MANUAL_HOLD = "manual_hold"
    SECURITY_EXPIRED = "security_expired"
    REVIEW = "review"
    GRADE = "grade"
    TERM = "term"
    PROMISE = "promise"
    CONTRACT_LIMIT = "contract_limit"
    DUNNING = "dunning"


ASSESSED = frozenset({Check.REVIEW, Check.GRADE, Check.TERM})
"""What is known only of customers that were assessed; of others these checks say nothing."""


class RuleScope(StrEnum):
    """For whom a rule is; the more specific one replaces the wider."""

    ALL = "all"
    SEGMENT = "segment"
    GROUP = "group"
    CUSTOMER = "customer"


_REACH = {scope: place for place, scope in enumerate(RuleScope)}


@dataclass(frozen=True, slots=True)
class Rule:
    """At a gate: when what `check` looks at goes beyond the thresholds, `action` follows.

    `amount`: overdue above it; `days`: only what is overdue for more days, a review or a term that is so many days
    beyond, a promise broken within so many (0: a year), a dunning level of so many at least; `share`: of the limit, as a fraction; `grades`: those that speak. `less_unmatched`: money on account that
    is not matched yet covers the oldest debts first. `PASS` as the action of a more specific scope is an exclusion.
    """

    gate: Gate
    check: Check
    action: Action
    scope: RuleScope = RuleScope.ALL
    amount: Decimal = ZERO
    days: int = 0
    share: Decimal = Decimal(1)
    grades: tuple[str, ...] = ()
    less_unmatched: bool = False


@dataclass(frozen=True, slots=True)
class ScopedRule:
    """A rule with whom it is for: a segment, or the customer (the head, for a group)."""

    rule: Rule
    segment: str = ""
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Debt:
    """What a customer owes on one item: the open amount, and for how many days it is overdue (0: not)."""

    amount: Decimal
    overdue_days: int


@dataclass(frozen=True, slots=True)
class ContractRoom:
    """What is owed and reserved of a contract, and its limit."""

    number: str
    limit: Decimal
    used: Decimal


@dataclass(frozen=True, slots=True)
class Position:
    """A customer as a gate sees it, before the order that is looked at.

    `exposure` by component and `group_exposure` in total; a limit of None: none was set. `holds` are the reasons
    of manual holds; `security_missing`: how much of the limit rests on security that is no longer there; `unmatched`:
    money on account. `grade`, `longest_term` in days and `review_days` (since the review was due, negative before it)
    are None of a customer that was never assessed. `broken`: how many days ago each broken promise was found so.
    `dunning`: the highest level at which what is still open was chased. `contract`: that of the sale, where it has a limit.
    """

    exposure: Mapping[str, Decimal] = field(default_factory=dict)
    limit: Decimal | None = None
    group_exposure: Decimal = ZERO
    group_limit: Decimal | None = None
    overdue: Sequence[Debt] = ()
    holds: Sequence[str] = ()
    security_missing: Decimal = ZERO
    unmatched: Decimal = ZERO
    grade: str | None = None
    longest_term: int | None = None
    review_days: int | None = None
    broken: Sequence[int] = ()
    dunning: int = 0
    contract: ContractRoom | None = None

    @property
    def used(self) -> Decimal:
        """The exposure in total."""
        return total(self.exposure)

    @property
    def available(self) -> Decimal | None:
        """What is left of the limits, the tightest of all; negative when they are exceeded, None without any."""
        left = []
        if self.limit is not None:
            left.append(self.limit - self.used)
        if self.group_limit is not None:
            left.append(self.group_limit - self.group_exposure)
        if self.contract is not None:
            left.append(self.contract.limit - self.contract.used)
        return min(left) if left else None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: the check that spoke, what follows from it, and the figures of its sentence."""

    code: str
    action: Action
    figures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The most severe action of all reasons, which are in order of severity."""

    action: Action
    reasons: tuple[Reason, ...]

    @property
    def passes(self) -> bool:
        """Whether the sale may go ahead, with or without a word of warning."""
        return SEVERITY[self.action] <= SEVERITY[Action.WARN]


def total(components: Mapping[str, Decimal]) -> Decimal:
    """信用占用: the sum of all components, credits being negative.

    320,000 + 50,000 + 80,000 + 60,000 − 20,000 − 10,000 = 480,000.
    """
    return sum(components.values(), ZERO)


def rules_for(rules: Iterable[Rule], gate: Gate) -> list[Rule]:
    """The rules of a gate that count: of each check those of the most specific scope that has any.

    `rules` are those whose scope takes the customer in.
    """
    of_gate = [rule for rule in rules if rule.gate == gate]
    reach: dict[Check, int] = {}
    for rule in of_gate:
        reach[rule.check] = max(reach.get(rule.check, 0), _REACH[rule.scope])
    return [rule for rule in of_gate if _REACH[rule.scope] == reach[rule.check]]


def after_unmatched(debts: Sequence[Debt], money: Decimal) -> list[Debt]:
    """What is left of debts when money on account is counted to the oldest first."""
    left: list[Debt] = []
    for debt in sorted(debts, key=lambda each: -each.overdue_days):
        covered = min(debt.amount, max(money, ZERO))
        money -= covered
        if debt.amount > covered:
            left.append(Debt(debt.amount - covered, debt.overdue_days))
    return left


def decide(
    position: Position,
    amount: Decimal,
    rules: Iterable[Rule],
    *,
    lowers: bool = False,
    term_days: int | None = None,
    prepaid: bool = False,
    let_go: bool = False,
) -> Verdict:
    """What follows for an order of `amount` on top of a position.

    With limit 500,000 and exposure 480,000 an order of 30,000 is 10,000 over. `lowers`: the amount replaces a larger
    one that was agreed before; reasons are told, but nothing is held back for it. `term_days`: the term the order
    asks for. `prepaid`: no credit is asked for, only a stopped customer counts. `let_go`: somebody released the
    customer's orders for a time; what would need agreement is told, what is blocked stays so.
    """
    found: dict[tuple[str, Action], Reason] = {}
    for rule in rules:
        if prepaid and rule.check != Check.MANUAL_HOLD:
            continue
        figures = _figures(position, amount, rule, term_days)
        if figures is None or rule.action == Action.PASS:
            continue
        action = _softened(rule.action, lowers=lowers, let_go=let_go)
        found.setdefault((rule.check.value, action), Reason(rule.check.value, action, figures))
    worst: dict[str, Reason] = {}
    for reason in found.values():
        former = worst.get(reason.code)
        if former is None or SEVERITY[reason.action] > SEVERITY[former.action]:
            worst[reason.code] = reason
    if Check.LIMIT.value in worst:
        worst.pop(Check.LIMIT_SHARE.value, None)  # beyond the limit says more than near it
    reasons = tuple(sorted(worst.values(), key=lambda each: (-SEVERITY[each.action], each.code)))
    return Verdict(reasons[0].action if reasons else Action.PASS, reasons)


def _softened(action: Action, *, lowers: bool, let_go: bool) -> Action:
    told = (Action.APPROVE, Action.BLOCK) if lowers else (Action.APPROVE,) if let_go else ()
    return Action.WARN if action in told else action


def _figures(position: Position, amount: Decimal, rule: Rule, term_days: int | None) -> dict[str, str] | None:
    """The figures of the reason that a rule gives; None where it says nothing."""
    check = rule.check
    if check == Check.LIMIT:
        return _beyond(position.limit, position.used, amount)
    if check == Check.GROUP_LIMIT:
        return _beyond(position.group_limit, position.group_exposure, amount)
    if check == Check.LIMIT_SHARE:
        return _near(position, amount, rule.share)
    if check == Check.NO_LIMIT:
        return {} if position.limit is None and position.group_limit is None else None
    if check == Check.OVERDUE:
        return _overdue(position, rule)
    if check == Check.OLDEST:
        oldest = max((debt.overdue_days for debt in _debts(position, rule)), default=0)
        return {"days": str(oldest), "threshold": str(rule.days)} if oldest > rule.days else None
    if check == Check.MANUAL_HOLD:
        return {"why": "; ".join(position.holds)} if position.holds else None
    if check == Check.REVIEW:
        days = position.review_days
        return {"days": str(days)} if days is not None and days > rule.days else None
    if check == Check.GRADE:
        return {"grade": position.grade} if position.grade in rule.grades and position.grade else None
    if check == Check.PROMISE:
        within = rule.days or A_YEAR
        late = [days for days in position.broken if days <= within]
        return {"count": str(len(late)), "days": str(within)} if late else None
    if check == Check.TERM:
        return _term(position.longest_term, term_days, rule)
    if check == Check.CONTRACT_LIMIT:
        return _of_contract(position.contract, amount)
    if check == Check.DUNNING:
        level = max(rule.days, 1)
        return {"level": str(position.dunning), "least": str(level)} if position.dunning >= level else None
    missing = position.security_missing
    return {"amount": _text(missing)} if missing > 0 else None


def _term(longest: int | None, asked: int | None, rule: Rule) -> dict[str, str] | None:
    if longest is None or asked is None or asked <= longest + rule.days:
        return None
    return {"term": str(asked), "longest": str(longest)}


def _debts(position: Position, rule: Rule) -> Sequence[Debt]:
    return after_unmatched(position.overdue, position.unmatched) if rule.less_unmatched else position.overdue


def _beyond(limit: Decimal | None, used: Decimal, amount: Decimal) -> dict[str, str] | None:
    if limit is None or used + amount <= limit:
        return None
    over = used + amount - limit
    return {"limit": _text(limit), "used": _text(used), "amount": _text(amount), "over": _text(over)}


def _of_contract(contract: ContractRoom | None, amount: Decimal) -> dict[str, str] | None:
    beyond = None if contract is None else _beyond(contract.limit, contract.used, amount)
    return None if contract is None or beyond is None else {"contract": contract.number, **beyond}


def _near(position: Position, amount: Decimal, share: Decimal) -> dict[str, str] | None:
    limit = position.limit
    if limit is None or limit <= 0 or position.used + amount <= limit * share:
        return None
    percent = (position.used + amount) * 100 / limit
    return {"percent": f"{percent:.0f}", "limit": _text(limit)}


def _overdue(position: Position, rule: Rule) -> dict[str, str] | None:
    late = [debt for debt in _debts(position, rule) if debt.overdue_days > rule.days]
    amount = sum((debt.amount for debt in late), ZERO)
    if amount <= rule.amount or not late:
        return None
    days = max(debt.overdue_days for debt in late)
    return {"amount": _text(amount), "days": str(days), "beyond": str(rule.days)}


def _text(amount: Decimal) -> str:
    return f"{amount:.2f}"


@dataclass(frozen=True, slots=True)
class SetLimit:
    """A limit as it was set, in the organization's currency; `secured`: the part that rests on security."""

    amount: Decimal
    starts_on: date
    ends_on: date | None
    temporary: bool
    secured: Decimal = ZERO


def limit_in_force(limits: Iterable[SetLimit], day: date) -> SetLimit | None:
    """The limit of a day: a temporary one replaces the permanent during its days, the latest of a kind counts."""
    alive = [
        limit
        for limit in limits
        if limit.starts_on <= day and (limit.ends_on is None or day <= limit.ends_on)
    ]
    return max(alive, key=lambda limit: (limit.temporary, limit.starts_on), default=None)


def secured_limit(limit: SetLimit, cover: Decimal) -> tuple[Decimal, Decimal]:
    """What is left of a limit with this much cover by live security, and how much security is missing."""
    missing = max(limit.secured - cover, ZERO)
    return limit.amount - missing, missing


def last_temporary_day(starts_on: date) -> date:
    """The last day that a temporary limit may have: 90 days with the first."""
    return starts_on + timedelta(days=MOST_TEMPORARY_DAYS - 1)

"""Reads of credit: who stands where, with limits, securities, holds and the rules that count for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from huikuan.core.money import convert
from huikuan.core.postgres.prepared import ask
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.assessment_queries import CurrentAssessment, current_assessments
from huikuan.credit.components import broken_promises, contract_exposure, dunning_levels
from huikuan.credit.errors import CreditRefused
from huikuan.credit.exposure import (
    ADVANCES,
    CREDITS,
    Exposure,
    Rates,
    base_currency,
    exposures,
    in_base,
    no_rate,
)
from huikuan.credit.models import Limit, LimitKind, SecurityKind, Setting
from huikuan.credit.rules import (
    ASSESSED,
    ZERO,
    Check,
    ContractRoom,
    Gate,
    Position,
    Rule,
    RuleScope,
    ScopedRule,
    SetLimit,
    limit_in_force,
    secured_limit,
    total,
)
from huikuan.credit.shipped_rules import SHIPPED_RULES
from huikuan.credit.terms import Party, Terms, read_terms
from huikuan.customers.models import Customer
from huikuan.customers.queries import visible_salespeople
from huikuan.ledger.operations.rates import rates_on
from huikuan.organizations.actors import Actor


@dataclass
class GroupStanding:
    """What a group owes together under its limit; shared by its members, so that a set is weighed in turn."""

    limit: Decimal
    used: Decimal
    set_limit: Limit


@dataclass
class ContractStanding:
    """What is owed and reserved of a contract under its limit; `used` is there for the contracts asked for."""

    number: str
    limit: Decimal
    used: Decimal = ZERO


@dataclass
class Standing:
    """Where a customer stands on a day: exposure, limits in force, overdue debts, holds, securities.

    `let_go`: its orders were released for a time. `assessment` and `review_days` (since its review was due) are there
    where a gate asks for them.
    """

    party: Party
    exposure: Exposure
    limit: Decimal | None = None
    set_limit: Limit | None = None
    security_missing: Decimal = ZERO
    insured: Decimal = ZERO
    group: GroupStanding | None = None
    holds: list[str] = field(default_factory=list)
    assessment: CurrentAssessment | None = None
    review_days: int | None = None
    let_go: bool = False
    broken: list[int] = field(default_factory=list)
    dunning: int = 0
    contracts: dict[UUID, ContractStanding] = field(default_factory=dict)

    def position(self, *, without: Decimal = ZERO, contract_id: UUID | None = None) -> Position:
        """As a gate sees it; `without`: what is reserved for the order that is looked at, `contract_id`: its contract."""
        contract = self.contracts.get(contract_id) if contract_id else None
        parts = dict(self.exposure.parts)
        parts["reserved"] = parts.get("reserved", ZERO) - without
        return Position(
            exposure=parts,
            limit=self.limit,
            group_exposure=self.group.used - without if self.group else ZERO,
            group_limit=self.group.limit if self.group else None,
            overdue=self.exposure.overdue,
            holds=self.holds,
            security_missing=self.security_missing,
            unmatched=-(parts.get(CREDITS, ZERO) + parts.get(ADVANCES, ZERO)),
            grade=self.assessment.grade if self.assessment else None,
            longest_term=self.assessment.term_days if self.assessment else None,
            review_days=self.review_days,
            broken=self.broken,
            dunning=self.dunning,
            contract=ContractRoom(contract.number, contract.limit, contract.used) if contract else None,
        )

    def reserve(self, amount: Decimal) -> None:
        """Count what was just reserved (negative: given back)."""
        self.exposure.parts["reserved"] = self.exposure.parts.get("reserved", ZERO) + amount
        if self.group:
            self.group.used += amount


def setting() -> Setting:
    """What the organization decided; the defaults, not saved, where it decided nothing."""
    return Setting.objects.first() or Setting(organization_id=current_organization_id())


def checks_orders() -> bool:
    """Whether orders are looked at before they go ahead."""
    return Setting.objects.filter(checks_orders=True).exists()


def customer_by_code(code: str, actor: Actor) -> Customer:
    """The customer with this code whom the actor may see; raises CreditRefused for any other."""
    found = Customer.objects.filter(code=code)
    people = visible_salespeople(actor)
    if people is not None:
        found = found.filter(salesperson_id__in=people)
    customer = found.first()
    if customer is None:
        raise CreditRefused(_("没有客户 %s，或不在您的范围内。") % code, code="unknown_customer")
    return customer


def standings(
    customer_ids: Collection[UUID],
    *,
    day: date,
    past: bool = False,
    without: Collection[str] = (),
    contracts: Collection[UUID] = (),
) -> dict[UUID, Standing]:
    """Where customers stand on a day, their groups together; see `exposures` for `past` and `without`.

    `contracts`: those of which it is told what is owed, where they have a limit.
    """
    terms = read_terms(customer_ids, day=day)
    return standings_under(terms, day=day, past=past, without=without, contracts=contracts)


def standings_under(
    terms: Terms,
    *,
    day: date,
    gate: Gate | None = None,
    past: bool = False,
    without: Collection[str] = (),
    owed: Mapping[UUID, Exposure] | None = None,
    assessed: Mapping[UUID, CurrentAssessment] | None = None,
    contracts: Collection[UUID] = (),
    rates: Rates = rates_on,
) -> dict[UUID, Standing]:
    """Where the customers of these terms stand; for who has read the terms already.

    `gate`: with their assessments, where a rule of this gate looks at them. `owed` and `assessed`: exposures and
    assessments of these customers, where they were read together with the terms. `contracts`: those of which it is told
    what is owed, where they have a limit. `rates`: those at which limits and securities in foreign currency count.
    """
    ours = _in_ours(terms, day, rates)
    every, (covers, insured) = _limits_in_force(terms, day, ours), _covers(terms, ours)
    limits = {(key, group): found for (key, group, contract), found in every.items() if contract is None}
    agreed = _contract_standings(every, terms, set(contracts), day=day, without=without)
    grouped = {party.head for party in terms.parties.values() if (party.head, True) in limits}
    members = _members(grouped)
    everyone = [*terms.parties, *(each for each in members if each not in terms.parties)]
    known = dict(owed or {})
    others = [each for each in everyone if each not in known]
    known |= exposures(others, day=day, past=past, without=without, base=terms.base)
    groups: dict[UUID, GroupStanding] = {}
    for head in grouped:
        amount, set_limit, _missing = _left(limits[head, True], covers[head])
        used = sum((total(known[key].parts) for key, of in members.items() if of == head), ZERO)
        groups[head] = GroupStanding(amount, used, set_limit)
    checks = _checks(terms, gate) if gate else set()
    graded: Mapping[UUID, CurrentAssessment] = {}
    if ASSESSED & checks:
        graded = current_assessments(list(terms.parties), as_of=day) if assessed is None else assessed
    broken = _broken(terms, day) if Check.PROMISE in checks else {}
    chased = _chased(terms, day) if Check.DUNNING in checks else {}
    result: dict[UUID, Standing] = {}
    for key, party in terms.parties.items():
        one = Standing(party, known[key], group=groups.get(party.head), insured=insured[key])
        if (key, False) in limits:
            one.limit, one.set_limit, one.security_missing = _left(limits[key, False], covers[key])
        one.let_go = key in terms.let_go
        one.broken = broken.get(key, [])
        one.dunning = chased.get(key, 0)
        one.contracts = agreed.get(key, {})
        if key in graded:
            one.assessment = graded[key]
            one.review_days = (day - graded[key].review_on).days
        one.holds = [
            row.reason
            for row in terms.holds
            if row.customer_id == key or (row.whole_group and row.customer_id == party.head)
        ]
        result[key] = one
    return result


def _checks(terms: Terms, gate: Gate) -> set[Check]:
    return {rule.check for rules in gate_rules(gate, terms).values() for rule in rules}


def _broken(terms: Terms, day: date) -> dict[UUID, list[int]]:
    """How many days ago promises of customers were found broken."""
    found: defaultdict[UUID, list[int]] = defaultdict(list)
    if statement := broken_promises():
        values = {"organization": current_organization_id(), "ids": list(terms.parties), "day": day}
        for key, judged_on in ask(statement, values):
            found[key].append((day - judged_on).days)
    return found


def _chased(terms: Terms, day: date) -> dict[UUID, int]:
    """The highest level at which what customers still owe was chased."""
    found: defaultdict[UUID, int] = defaultdict(int)
    if statement := dunning_levels():
        values = {"organization": current_organization_id(), "ids": list(terms.parties), "day": day}
        for key, level in ask(statement, values):
            found[key] = max(found[key], level)
    return found


def _contract_standings(
    every: Mapping[tuple[UUID, bool, UUID | None], tuple[SetLimit, Limit]],
    terms: Terms,
    asked: Collection[UUID],
    *,
    day: date,
    without: Collection[str],
) -> dict[UUID, dict[UUID, ContractStanding]]:
    """The contracts with a limit of their own, by customer; those asked for with what is owed and reserved of them."""
    found: defaultdict[UUID, dict[UUID, ContractStanding]] = defaultdict(dict)
    for (key, _group, contract), (known, row) in every.items():
        if contract is not None:
            found[key][contract] = ContractStanding(row.contract_number, known.amount)
    wanted = [contract for each in found.values() for contract in each if contract in asked]
    if not wanted:
        return found
    used = contracts_used(wanted, day=day, without=without, base=terms.base)
    for each in found.values():
        for contract, standing in each.items():
            standing.used = used.get(contract, ZERO)
    return found


def contracts_used(
    contract_ids: Collection[UUID], *, day: date, without: Collection[str] = (), base: str = ""
) -> dict[UUID, Decimal]:
    """What is owed of contracts, and reserved for their orders, in base currency; of none that is absent."""
    base = base or base_currency()
    statement = " UNION ALL ".join(filter(None, (CONTRACTS_RESERVED, contract_exposure())))
    values = {
        "organization": current_organization_id(),
        "contracts": list(contract_ids),
        "day": day,
        "without": list(without),
    }
    amounts: defaultdict[tuple[UUID, str], Decimal] = defaultdict(Decimal)
    for key, currency, amount in ask(statement, values):
        amounts[key, currency or base] += amount or ZERO
    return in_base(amounts, base=base, day=day)


CONTRACTS_RESERVED = """
    SELECT r.contract_id, NULL::text, sum(r.remaining) FROM credit_reservation r
    WHERE r.organization_id = %(organization)s AND r.contract_id = ANY(%(contracts)s::uuid[]) AND r.state = 'held'
      AND r.reference <> ALL(%(without)s::text[]) AND coalesce(r.expires_on, 'infinity') >= %(day)s::date
    GROUP BY r.contract_id
"""


def _left(found: tuple[SetLimit, Limit], cover: Decimal) -> tuple[Decimal, Limit, Decimal]:
    amount, missing = secured_limit(found[0], cover)
    return amount, found[1], missing


def _limits_in_force(
    terms: Terms, day: date, ours: Callable[[Decimal, str], Decimal]
) -> dict[tuple[UUID, bool, UUID | None], tuple[SetLimit, Limit]]:
    """The limit of each customer, of each group by its head, and of each contract, on a day and in base currency."""
    of: defaultdict[tuple[UUID, bool, UUID | None], dict[SetLimit, Limit]] = defaultdict(dict)
    for row in terms.limits:
        known = SetLimit(
            ours(row.amount, row.currency),
            row.starts_on,
            row.ends_on,
            row.kind == LimitKind.TEMPORARY,
            ours(row.secured, row.currency),
        )
        of[row.customer_id, row.whole_group, row.contract_id][known] = row
    result = {}
    for key, limits in of.items():
        chosen = limit_in_force(limits, day)
        if chosen is not None:
            result[key] = (chosen, limits[chosen])
    return result


def _covers(
    terms: Terms, ours: Callable[[Decimal, str], Decimal]
) -> tuple[defaultdict[UUID, Decimal], defaultdict[UUID, Decimal]]:
    """What live securities of customers cover on a day, and what of it is insured."""
    covers: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    insured: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for row in terms.securities:
        amount = ours(row.amount * row.cover, row.currency)
        covers[row.customer_id] += amount
        if row.kind == SecurityKind.INSURANCE:
            insured[row.customer_id] += amount
    return covers, insured


def _in_ours(terms: Terms, day: date, rates: Rates) -> Callable[[Decimal, str], Decimal]:
    """Turns an amount of the terms into base currency; it raises CreditRefused where the day has no rate."""
    known = {row.currency for row in terms.limits} | {row.currency for row in terms.securities}
    foreign = known - {terms.base}
    found = rates({(currency, day) for currency in foreign})

    def ours(amount: Decimal, currency: str) -> Decimal:
        if currency == terms.base:
            return amount
        if (currency, day) not in found:
            raise no_rate(currency, day)
        return convert(amount, found[currency, day], terms.base)

    return ours


def _members(heads: Collection[UUID]) -> dict[UUID, UUID]:
    """The customers of groups with their heads, the heads themselves among them."""
    if not heads:
        return {}
    rows = Customer.objects.filter(Q(pk__in=heads) | Q(parent_id__in=heads)).values_list("pk", "parent_id")
    return {key: parent or key for key, parent in rows}


def gate_rules(gate: Gate, terms: Terms) -> dict[UUID, list[Rule]]:
    """The rules that take each customer in; the shipped ones where the organization has none for everybody."""
    own = [each for each in terms.rules if each.rule.gate == gate]
    usual = [each.rule for each in own if each.rule.scope == RuleScope.ALL]
    usual = usual or [rule for rule in SHIPPED_RULES if rule.gate == gate]
    special = [each for each in own if each.rule.scope != RuleScope.ALL]
    return {
        party.id: [*usual, *(each.rule for each in special if _takes_in(each, party))]
        for party in terms.parties.values()
    }


def _takes_in(each: ScopedRule, party: Party) -> bool:
    if each.rule.scope == RuleScope.SEGMENT:
        return each.segment == party.segment
    return each.customer_id == (party.head if each.rule.scope == RuleScope.GROUP else party.id)


def standing_of(customer: Customer, *, day: date, past: bool = False) -> Standing:
    """Where one customer stands on a day."""
    return standings([customer.pk], day=day, past=past)[customer.pk]


def limit_history(customer: Customer) -> QuerySet[Limit]:
    """All limits of a customer and its group, the latest first."""
    heads = {customer.pk, customer.parent_id or customer.pk}
    return Limit.objects.filter(
        Q(customer_id=customer.pk) | Q(customer_id__in=heads, whole_group=True)
    ).order_by("-starts_on", "-id")

"""Reads of credit: who stands where, with limits, securities, holds and the rules that count for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.errors import CreditRefused
from huikuan.credit.exposure import Exposure, exposures, in_base
from huikuan.credit.models import GateRule, Limit, LimitKind, LimitState, ManualHold, Security, Setting
from huikuan.credit.rules import (
    SHIPPED_RULES,
    ZERO,
    Action,
    Check,
    Gate,
    Position,
    Rule,
    RuleScope,
    SetLimit,
    limit_in_force,
    secured_limit,
    total,
)
from huikuan.customers.models import Customer
from huikuan.customers.queries import visible_salespeople
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization


@dataclass(frozen=True, slots=True)
class Party:
    """A customer as credit sees it: `head` is the head of its group, itself where it is in none."""

    id: UUID
    code: str
    name: str
    head: UUID
    segment: str


@dataclass
class GroupStanding:
    """What a group owes together under its limit; shared by its members, so that a set is weighed in turn."""

    limit: Decimal
    used: Decimal


@dataclass
class Standing:
    """Where a customer stands on a day: exposure, limits in force, overdue debts, holds, securities."""

    party: Party
    exposure: Exposure
    limit: Decimal | None = None
    set_limit: Limit | None = None
    security_missing: Decimal = ZERO
    insured: Decimal = ZERO
    group: GroupStanding | None = None
    holds: list[str] = field(default_factory=list)

    def position(self, *, without: Decimal = ZERO) -> Position:
        """As a gate sees it; `without`: what is reserved for the order that is looked at."""
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


def base_currency() -> str:
    """The organization's currency."""
    return str(Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id()))


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


def parties(customer_ids: Collection[UUID]) -> dict[UUID, Party]:
    """Customers with the heads of their groups; raises CreditRefused where one is not known."""
    rows = Customer.objects.filter(pk__in=set(customer_ids)).values_list(
        "pk", "code", "name", "parent_id", "segment"
    )
    found = {key: Party(key, code, name, parent or key, segment) for key, code, name, parent, segment in rows}
    if len(found) < len(set(customer_ids)):
        raise CreditRefused(_("客户不存在，或不属于本组织。"), code="unknown_customer")
    return found


def standings(
    found: Mapping[UUID, Party],
    *,
    day: date,
    base: str,
    past: bool = False,
    without: Collection[str] = (),
) -> dict[UUID, Standing]:
    """Where customers stand on a day, their groups together; see `exposures` for `past` and `without`."""
    subjects = set(found) | {party.head for party in found.values()}
    limits = _limits_in_force(subjects, day, base)
    covers, insured = _covers({key for (key, _whole) in limits} | set(found), day, base)
    grouped = {party.head for party in found.values() if (party.head, True) in limits}
    members = _members(grouped)
    everyone = [*found, *(each for each in members if each not in found)]
    owed = exposures(everyone, day=day, past=past, without=without)
    groups: dict[UUID, GroupStanding] = {}
    for head in grouped:
        amount, _limit, _missing = _left(limits[head, True], covers[head])
        used = sum((total(owed[key].parts) for key, of in members.items() if of == head), ZERO)
        groups[head] = GroupStanding(amount, used)
    holds = _holds(subjects, day)
    result: dict[UUID, Standing] = {}
    for key, party in found.items():
        one = Standing(party, owed[key], group=groups.get(party.head), insured=insured[key])
        if (key, False) in limits:
            one.limit, one.set_limit, one.security_missing = _left(limits[key, False], covers[key])
        one.holds = [
            reason for subject, whole, reason in holds if subject == key or (whole and subject == party.head)
        ]
        result[key] = one
    return result


def _left(found: tuple[SetLimit, Limit], cover: Decimal) -> tuple[Decimal, Limit, Decimal]:
    amount, missing = secured_limit(found[0], cover)
    return amount, found[1], missing


def _limits_in_force(
    subjects: Collection[UUID], day: date, base: str
) -> dict[tuple[UUID, bool], tuple[SetLimit, Limit]]:
    """The limit of each customer, and of each group by its head, on a day and in base currency."""
    alive = Limit.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=day),
        customer_id__in=subjects,
        state=LimitState.ACTIVE,
        starts_on__lte=day,
    )
    of: defaultdict[tuple[UUID, bool], dict[SetLimit, Limit]] = defaultdict(dict)
    for row in alive:
        rate_of = {(row.pk, row.currency): row.amount, (row.customer_id, row.currency): row.secured}
        amounts = in_base(rate_of, base=base, day=day) if row.currency != base else None
        known = SetLimit(
            amounts[row.pk] if amounts else row.amount,
            row.starts_on,
            row.ends_on,
            row.kind == LimitKind.TEMPORARY,
            amounts[row.customer_id] if amounts else row.secured,
        )
        of[row.customer_id, row.whole_group][known] = row
    result = {}
    for key, limits in of.items():
        chosen = limit_in_force(limits, day)
        if chosen is not None:
            result[key] = (chosen, limits[chosen])
    return result


def _covers(
    customer_ids: Collection[UUID], day: date, base: str
) -> tuple[defaultdict[UUID, Decimal], defaultdict[UUID, Decimal]]:
    """What live securities of customers cover on a day, and what of it is insured."""
    rows = Security.objects.filter(
        Q(released_on__isnull=True) | Q(released_on__gt=day),
        customer_id__in=customer_ids,
        starts_on__lte=day,
        expires_on__gte=day,
    )
    covers: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    insured: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for row in rows:
        amount = in_base({(row.customer_id, row.currency): row.amount * row.cover}, base=base, day=day)
        covers[row.customer_id] += amount[row.customer_id]
        if row.kind == "insurance":
            insured[row.customer_id] += amount[row.customer_id]
    return covers, insured


def _members(heads: Collection[UUID]) -> dict[UUID, UUID]:
    """The customers of groups with their heads, the heads themselves among them."""
    if not heads:
        return {}
    rows = Customer.objects.filter(Q(pk__in=heads) | Q(parent_id__in=heads)).values_list("pk", "parent_id")
    return {key: parent or key for key, parent in rows}


def _holds(subjects: Collection[UUID], day: date) -> list[tuple[UUID, bool, str]]:
    rows = ManualHold.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=day), customer_id__in=subjects, from_on__lte=day
    )
    return list(rows.order_by("from_on", "pk").values_list("customer_id", "whole_group", "reason"))


def gate_rules(gate: Gate, found: Iterable[Party]) -> dict[UUID, list[Rule]]:
    """The rules that take each customer in; the shipped ones where the organization has none for everybody."""
    parties = list(found)
    rows = list(
        GateRule.objects.filter(
            Q(customer_id__isnull=True)
            | Q(customer_id__in={key for each in parties for key in (each.id, each.head)}),
            gate=gate.value,
        )
    )
    usual = [_rule(row) for row in rows if row.scope == RuleScope.ALL]
    usual = usual or [rule for rule in SHIPPED_RULES if rule.gate == gate]
    special = [row for row in rows if row.scope != RuleScope.ALL]
    return {
        party.id: [*usual, *(_rule(row) for row in special if _takes_in(row, party))] for party in parties
    }


def _takes_in(row: GateRule, party: Party) -> bool:
    if row.scope == RuleScope.SEGMENT:
        return bool(row.segment == party.segment)
    return bool(row.customer_id == (party.head if row.scope == RuleScope.GROUP else party.id))


def _rule(row: GateRule) -> Rule:
    return Rule(
        Gate(row.gate),
        Check(row.check_code),
        Action(row.action),
        RuleScope(row.scope),
        row.amount,
        row.days,
        row.share,
    )


def standing_of(customer: Customer, *, day: date, past: bool = False) -> Standing:
    """Where one customer stands on a day."""
    found = parties([customer.pk])
    return standings(found, day=day, base=base_currency(), past=past)[customer.pk]


def limit_history(customer: Customer) -> QuerySet[Limit]:
    """All limits of a customer and its group, the latest first."""
    heads = {customer.pk, customer.parent_id or customer.pk}
    return Limit.objects.filter(
        Q(customer_id=customer.pk) | Q(customer_id__in=heads, whole_group=True)
    ).order_by("-starts_on", "-id")

"""What is sure is posted by itself, in acts of some hundred lines each, so that a kill leaves whole acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from huikuan.audit.operations import act
from huikuan.cash.banking import StatementLine
from huikuan.cash.matching.options import Option, from_json
from huikuan.cash.operations.choices import Choice
from huikuan.cash.operations.line_uses import locked_lines, may_wait, pool_lines
from huikuan.cash.operations.matching import apply_matches
from huikuan.cash.operations.spreading import base_currency
from huikuan.cash.proposals import MatchPolicy, Proposal, Tier
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.disputes.queries import disputed_amounts
from huikuan.ledger.models import OpenItem, Period
from huikuan.ledger.operations.rates import rates_on
from huikuan.organizations.actors import Actor

CHUNK = 500
ZERO = Decimal(0)


@dataclass(slots=True)
class Posted:
    """What posting by itself came to: lines settled, lines put into the pool, lines left to people.

    `left`: why sure lines were left, and how many: `policy`, `cap`, `stale` (their items were settled otherwise
    since), `disputed`, `closed` (the month, or a day to come), `rate` (none is known), `unrelated`, `refused`.
    """

    settled: int = 0
    pooled: int = 0
    left: dict[str, int] = field(default_factory=dict)

    def leave(self, reason: str, count: int = 1) -> None:
        if count:
            self.left[reason] = self.left.get(reason, 0) + count

    def add(self, other: Posted) -> None:
        self.settled += other.settled
        self.pooled += other.pooled
        for reason, count in other.left.items():
            self.leave(reason, count)


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy of each customer that has one, and the organization's for the others."""

    general: MatchPolicy
    by_customer: Mapping[UUID, MatchPolicy]

    def of(self, customer_id: UUID | None) -> MatchPolicy:
        """The policy under which money of the customer is matched."""
        return self.by_customer.get(customer_id, self.general) if customer_id else self.general


def match_policies() -> Policies:
    """How the current organization lets its lines be matched; the defaults where nothing was decided."""
    rows = {row.customer_id: row for row in MatchPolicy.objects.all()}
    general = rows.pop(None, None) or MatchPolicy()
    return Policies(general, {key: row for key, row in rows.items() if key})


def post_all_sure(
    organization_id: UUID, *, actor: Actor, today: date, lines: Iterable[UUID] | None = None
) -> Posted:
    """Post whatever is sure, act by act, each in a transaction of its own; called outside `tenant()`."""
    total, wanted = Posted(), list(lines) if lines is not None else None
    for tier in (Tier.SURE, Tier.NONE):
        more, after = True, None
        while more:
            with tenant(organization_id):
                posted, after = post_sure_matches(
                    actor=actor, today=today, tier=tier, after=after, lines=wanted
                )
            total.add(posted)
            more = after is not None
    return total


def post_sure_matches(
    *,
    actor: Actor,
    today: date,
    tier: Tier = Tier.SURE,
    after: UUID | None = None,
    lines: Sequence[UUID] | None = None,
    limit: int = CHUNK,
) -> tuple[Posted, UUID | None]:
    """自动核销: one act of lines whose proposal is sure and within the policy, after the line `after`.

    Of tier NONE, money of nobody known goes into the pool where the policy says so. Returns what was posted and the
    line to go on after (None: there is no more).
    """
    actor.require("receipt.record")
    waiting = _waiting(tier, after, lines)
    proposals = list(waiting[:limit])
    if not proposals:
        return Posted(), None
    last = proposals[-1].line_id if len(proposals) == limit else None
    policies = match_policies()
    if tier is Tier.NONE:
        posted = _pool(proposals, policies, actor, today)
        return posted, last
    actor.require("allocation.write")
    return _settle(proposals, policies, actor, today), last


def _waiting(tier: Tier, after: UUID | None, lines: Sequence[UUID] | None) -> QuerySet[Proposal]:
    found = Proposal.objects.filter(tier=tier, line__used=0, line__amount__gt=0).order_by("line_id")
    if after is not None:
        found = found.filter(line_id__gt=after)
    return found if lines is None else found.filter(line_id__in=lines)


def _settle(proposals: Sequence[Proposal], policies: Policies, actor: Actor, today: date) -> Posted:
    posted = Posted()
    options = {proposal.line_id: from_json(proposal.options[0]) for proposal in proposals if proposal.options}
    wanted = set(options) | {key for option in options.values() for key in option.companions}
    lines = {key: line for key, line in locked_lines(wanted).items() if not line.used}
    grounds = _Grounds(lines, policies, _closed_months(), _without_rate(lines.values()), today)
    left = _open_amounts(options.values())
    disputed = disputed_amounts(left)
    taken: set[UUID] = set()
    choices = []
    for key, option in options.items():
        mine = (key, *option.companions)
        if taken & set(mine) or key not in lines:
            continue
        if reason := grounds.against(option, mine, left, disputed):
            posted.leave(reason)
            continue
        for each in (*option.items, *option.credits):
            left[each.item_id] -= each.amount
        taken.update(mine)
        choices.append(Choice(key, option, place=0, automatic=True))
    if choices:
        with act("post_sure_matches", actor=actor):
            _apply(choices, posted, actor, today)
    return posted


def _apply(choices: Sequence[Choice], posted: Posted, actor: Actor, today: date) -> None:
    """Apply as many as can be: where one is refused, the others are not held up by it."""
    try:
        with transaction.atomic():
            posted.settled += len(apply_matches(choices, actor=actor, today=today))
    except HuikuanError:
        if len(choices) == 1:
            posted.leave("refused")
            return
        half = len(choices) // 2
        _apply(choices[:half], posted, actor, today)
        _apply(choices[half:], posted, actor, today)


def _closed_months() -> set[date]:
    return set(Period.objects.filter(closed_at__isnull=False).values_list("month", flat=True))


def _without_rate(lines: Iterable[StatementLine]) -> set[UUID]:
    base = base_currency()
    foreign = {
        line.pk: (line.bank_account.currency, line.booked_on)
        for line in lines
        if line.bank_account.currency != base
    }
    known = rates_on(set(foreign.values()))
    return {key for key, asked in foreign.items() if asked not in known}


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What may keep a sure line from being posted."""

    lines: Mapping[UUID, StatementLine]
    policies: Policies
    closed: set[date]
    without_rate: set[UUID]
    today: date

    def against(
        self,
        option: Option,
        mine: Sequence[UUID],
        left: Mapping[UUID, Decimal],
        disputed: Mapping[UUID, Decimal],
    ) -> str:
        """Why a line that is sure is left to people, or nothing."""
        policy = self.policies.of(option.customer_id)
        if not policy.automatic:
            return "policy"
        if any(key not in self.lines for key in mine):
            return "stale"
        lines = [self.lines[key] for key in mine]
        if policy.cap is not None and sum((line.amount for line in lines), ZERO) > policy.cap:
            return "cap"
        if any(line.booked_on > self.today or line.booked_on.replace(day=1) in self.closed for line in lines):
            return "closed"
        if self.without_rate & set(mine):
            return "rate"
        wanted: dict[UUID, Decimal] = {}
        for each in (*option.items, *option.credits):
            wanted[each.item_id] = wanted.get(each.item_id, ZERO) + each.amount
        if any(amount > left.get(key, ZERO) for key, amount in wanted.items()):
            return "stale"
        if any(amount > left[key] - disputed.get(key, ZERO) for key, amount in wanted.items()):
            return "disputed"
        return ""


def _open_amounts(options: Iterable[Option]) -> dict[UUID, Decimal]:
    keys = {each.item_id for option in options for each in (*option.items, *option.credits)}
    return dict(OpenItem.objects.filter(pk__in=keys).values_list("pk", "open_amount"))


def _pool(proposals: Sequence[Proposal], policies: Policies, actor: Actor, today: date) -> Posted:
    posted = Posted()
    if not (policies.general.pools and policies.general.automatic):
        posted.leave("policy", len(proposals))
        return posted
    base, closed = base_currency(), _closed_months()
    strangers = [proposal.line_id for proposal in proposals if not _is_unrelated(proposal)]
    posted.leave("unrelated", len(proposals) - len(strangers))
    keys = [
        line.pk
        for line in locked_lines(strangers).values()
        if not line.used and may_wait(line, base, today) and line.booked_on.replace(day=1) not in closed
    ]
    if keys:
        posted.pooled = len(pool_lines(keys, automatic=True, skip=True, actor=actor, today=today))
    return posted


def _is_unrelated(proposal: Proposal) -> bool:
    """Interest, taxes, our own transfers: nobody will claim them."""
    return any(reason["code"] == "unrelated" for option in proposal.options for reason in option["reasons"])

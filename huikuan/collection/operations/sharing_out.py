"""Sharing customers out by rules: who collects from whom nobody was chosen for, balanced by load."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.approvals.queries import delegations_now
from huikuan.audit.operations import act, record_event
from huikuan.collection.chased import OVERDUE
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import Assignment, AssignmentRules
from huikuan.collection.operations.assigning import assign_collector
from huikuan.collection.operations.trail import RULES
from huikuan.collection.queries import collectors
from huikuan.collection.sharing import AssignmentRule, Candidate, shared_out
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor

MOST_RULES = 50


@dataclass(frozen=True, slots=True)
class SharedOut:
    """How many customers each collector got, by name, and how many nobody did."""

    given: dict[str, int]
    left: int


def assignment_rules() -> list[AssignmentRule]:
    """The rules in force, the first that applies decides; empty where nobody decided."""
    row = AssignmentRules.objects.order_by("-id").first()
    return [_rule(each) for each in row.rules] if row else []


def save_assignment_rules(rules: Sequence[AssignmentRule], *, actor: Actor) -> bool:
    """分派规则: share out by these from now on; whether that is something new. Raises CollectionRefused."""
    actor.require("collection.manage")
    people = dict(collectors())
    if len(rules) > MOST_RULES:
        raise CollectionRefused(_("分派规则最多 %d 条。") % MOST_RULES, code="too_many_rules")
    for each in rules:
        if not each.name.strip() or not each.collectors or any(key not in people for key in each.collectors):
            raise CollectionRefused(_("每条规则要有名称和至少一位有催收权限的同事。"), code="rule_incomplete")
        if each.least < 0 or (each.most is not None and each.most <= each.least) or each.least_days < 0:
            raise CollectionRefused(_("规则“%s”的金额或天数不对。") % each.name, code="rule_out_of_range")
    with act("change_assignment_rules", actor=actor) as opened:
        if assignment_rules() == list(rules):
            return False
        kept = [_kept(each) for each in rules]
        row = AssignmentRules.objects.create(
            organization_id=opened.organization_id, act_id=opened.id, rules=kept
        )
        record_event(action="changed", record_kind=RULES, record_id=row.pk, content={"rules": len(kept)})
    return True


def share_out(*, actor: Actor, today: date, dry_run: bool = False) -> SharedOut:
    """按规则分派: customers with something overdue for whom nobody was chosen, the greatest debts first.

    Whoever is away today (a deputy is named under approvals) gets none. Who has a collector keeps it.
    """
    actor.require("collection.manage")
    rules, people = assignment_rules(), dict(collectors())
    away = frozenset(delegations_now(today).values_list("member_id", flat=True))
    with act("share_out", actor=actor):
        candidates = _candidates(today)
        load: dict[UUID, int] = defaultdict(int)
        for key in Assignment.objects.filter(ends_on=None).values_list("collector_id", flat=True):
            load[key] += 1
        found = shared_out(candidates, rules, load=load, away=away | _gone(rules, people))
        of: dict[UUID, list[UUID]] = defaultdict(list)
        for customer, collector in found.items():
            of[collector].append(customer)
        if not dry_run:
            for collector, customers in sorted(of.items()):
                assign_collector(
                    customers, collector_id=collector, reason=_("按规则分派"), actor=actor, today=today
                )
    given = {people[key]: len(customers) for key, customers in of.items()}
    return SharedOut(given, len(candidates) - len(found))


def _gone(rules: Sequence[AssignmentRule], people: dict[UUID, str]) -> frozenset[UUID]:
    """Collectors of rules who may no longer collect."""
    return frozenset(key for rule in rules for key in rule.collectors if key not in people)


def _candidates(today: date) -> list[Candidate]:
    values: dict[str, Any] = {"organization": current_organization_id(), "today": today}
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, values)
        return [Candidate(*row) for row in cursor.fetchall()]


def _rule(kept: dict[str, Any]) -> AssignmentRule:
    return AssignmentRule(
        name=kept["name"],
        collectors=tuple(UUID(key) for key in kept["collectors"]),
        regions=frozenset(kept.get("regions", ())),
        segments=frozenset(kept.get("segments", ())),
        least=Decimal(kept.get("least", "0")),
        most=Decimal(kept["most"]) if kept.get("most") else None,
        least_days=int(kept.get("least_days", 0)),
    )


def _kept(rule: AssignmentRule) -> dict[str, Any]:
    return {
        "name": rule.name.strip(),
        "collectors": [str(key) for key in rule.collectors],
        "regions": sorted(rule.regions),
        "segments": sorted(rule.segments),
        "least": str(rule.least),
        "most": str(rule.most) if rule.most is not None else "",
        "least_days": rule.least_days,
    }


CANDIDATES = f"""
    SELECT k.id, k.region, k.segment, sum(i.open_base), %(today)s::date - min(i.due_on)
    FROM ({OVERDUE}) i
    JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = i.customer_id
    WHERE i.open_base > 0 AND NOT EXISTS (
        SELECT FROM collection_assignment g
        WHERE g.organization_id = %(organization)s AND g.customer_id = k.id AND g.ends_on IS NULL)
    GROUP BY k.id, k.region, k.segment
"""

"""The rules of the gates as an organization has them, with whom each is for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from huikuan.credit.models import GateRule
from huikuan.credit.rules import Action, Check, Gate, Rule, RuleScope, ScopedRule
from huikuan.credit.shipped_rules import SHIPPED_RULES


def gate_rules_in_force() -> list[ScopedRule]:
    """All rules, gate by gate; the shipped ones where the organization has none for everybody."""
    rows = list(GateRule.objects.order_by("id"))
    found: list[ScopedRule] = []
    for gate in Gate:
        of_gate = [
            ScopedRule(_rule_of(row), row.segment, row.customer_id) for row in rows if row.gate == gate.value
        ]
        if not any(each.rule.scope == RuleScope.ALL for each in of_gate):
            found.extend(ScopedRule(rule) for rule in SHIPPED_RULES if rule.gate == gate)
        found.extend(of_gate)
    return found


def _rule_of(row: GateRule) -> Rule:
    return Rule(
        Gate(row.gate),
        Check(row.check_code),
        Action(row.action),
        RuleScope(row.scope),
        row.amount,
        row.days,
        row.share,
        tuple(row.grades.split(",")) if row.grades else (),
        row.less_unmatched,
    )


def rules_mark(rules: Iterable[ScopedRule]) -> str:
    """A mark of these rules: another where anything is different."""
    return hashlib.sha256("\n".join(said_of(each) for each in rules).encode()).hexdigest()[:16]


def said_of(each: ScopedRule) -> str:
    """A rule as the trail keeps it."""
    rule = each.rule
    whom = each.segment or (str(each.customer_id) if each.customer_id else rule.scope.value)
    said = f"{rule.gate} {rule.check} {rule.action} {whom} {rule.amount:.2f} {rule.days} {rule.share.normalize():f}"
    more = [",".join(rule.grades), "less_unmatched" if rule.less_unmatched else ""]
    return " ".join([said, *(each for each in more if each)])

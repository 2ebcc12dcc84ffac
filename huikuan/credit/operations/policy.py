"""What an organization decides about credit: whether orders are looked at, and the rules of the gates."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.errors import CreditRefused
from huikuan.credit.gate_queries import gate_rules_in_force, rules_mark, said_of
from huikuan.credit.models import GateRule, Setting
from huikuan.credit.rules import Check, RuleScope, ScopedRule
from huikuan.customers.models import Customer
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization


def change_setting(
    *,
    checks_orders: bool,
    actor: Actor,
    reservation_days: int = 90,
    commercial_weight: Decimal = Decimal(1),
    bank_weight: Decimal = Decimal(0),
) -> Setting:
    """Decide whether orders are looked at, how long reservations stand, and what bills count."""
    actor.require("credit.write")
    if not 0 < reservation_days <= 3650 or not (0 <= commercial_weight <= 1 and 0 <= bank_weight <= 1):
        raise CreditRefused(_("天数或权重超出范围。"), code="setting_out_of_range")
    with act("change_credit_setting", actor=actor):
        row = Setting.objects.first() or Setting(organization_id=current_organization_id())
        row.checks_orders, row.reservation_days = checks_orders, reservation_days
        row.commercial_weight, row.bank_weight = commercial_weight, bank_weight
        row.save()
        record_event(
            action="changed",
            record_kind="credit_setting",
            record_id=row.pk,
            content={
                "checks_orders": checks_orders,
                "reservation_days": reservation_days,
                "commercial_weight": str(commercial_weight),
                "bank_weight": str(bank_weight),
            },
        )
    return row


def save_gate_rules(rules: Iterable[ScopedRule], *, actor: Actor, known: str = "") -> int:
    """Replace all rules of the gates; none for everybody at a gate: the shipped ones count there.

    `known`: the `rules_mark` of the rules that were changed; refused where somebody else changed them meanwhile. The
    trail keeps every version.
    """
    actor.require("credit.write")
    wanted = list(rules)
    for each in wanted:
        _require_rule(each)
    with act("change_gate_rules", actor=actor) as opened:
        Organization.objects.select_for_update(no_key=True).get(pk=opened.organization_id)
        if known and known != rules_mark(gate_rules_in_force()):
            raise CreditRefused(_("规则刚刚被别人修改，请刷新后再改。"), code="rules_changed")
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM credit_gate_rule WHERE organization_id = %s", [current_organization_id()]
            )
        GateRule.objects.bulk_create(
            GateRule(
                organization_id=opened.organization_id,
                gate=each.rule.gate.value,
                check_code=each.rule.check.value,
                action=each.rule.action.value,
                scope=each.rule.scope.value,
                segment=each.segment,
                customer_id=each.customer_id,
                amount=each.rule.amount,
                days=each.rule.days,
                share=each.rule.share,
                grades=",".join(each.rule.grades),
                less_unmatched=each.rule.less_unmatched,
            )
            for each in wanted
        )
        record_event(
            action="changed",
            record_kind="credit_gate_rules",
            record_id=opened.organization_id,
            content={"rules": [said_of(each) for each in wanted]},
        )
    return len(wanted)


def _require_rule(each: ScopedRule) -> None:
    rule = each.rule
    named = (bool(each.segment), each.customer_id is not None)
    fits = {
        RuleScope.ALL: (False, False),
        RuleScope.SEGMENT: (True, False),
        RuleScope.GROUP: (False, True),
        RuleScope.CUSTOMER: (False, True),
    }[rule.scope]
    if named != fits:
        raise CreditRefused(_("规则没有写明适用的客户或分类。"), code="rule_scope")
    if rule.amount < 0 or rule.days < 0 or rule.share <= 0:
        raise CreditRefused(_("规则的阈值不能是负数。"), code="rule_threshold")
    if rule.check == Check.GRADE and not rule.grades:
        raise CreditRefused(_("请写明哪些信用等级，例如 C,D。"), code="rule_grades")
    if each.customer_id is not None and not Customer.objects.filter(pk=each.customer_id).exists():
        raise CreditRefused(_("客户不存在，或不属于本组织。"), code="unknown_customer")

"""How the organization settles: derecognition by class of acceptor, tolerances, where discounts go."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.cash.errors import SettlingRefused
from huikuan.cash.models import AcceptorClass, CashPolicy
from huikuan.cash.queries import Policy, cash_policy
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor

HIGHEST_TOLERANCE = Decimal("10000.00")


def change_cash_policy(policy: Policy, *, actor: Actor) -> bool:
    """Settle by this policy from now on; what is in the books stays. Returns whether anything changed."""
    actor.require("settlement.write")
    unknown = set(policy.derecognises) - set(AcceptorClass.values)
    if unknown:
        raise SettlingRefused(_("不认识的承兑人类别：%s") % "、".join(sorted(unknown)), code="unknown_class")
    for amount in (policy.difference_tolerance, policy.fee_tolerance):
        if not amount.is_finite() or not 0 <= amount <= HIGHEST_TOLERANCE:
            raise SettlingRefused(
                _("允许的尾差应在 0 与 %s 之间。") % HIGHEST_TOLERANCE, code="tolerance_range"
            )
    with act("change_cash_policy", actor=actor):
        before = cash_policy()
        if before == policy:
            return False
        row = CashPolicy.objects.select_for_update().first() or CashPolicy(
            organization_id=current_organization_id()
        )
        row.derecognises = [code for code in AcceptorClass.values if code in policy.derecognises]
        row.financing = policy.financing
        row.discount_is_expense = policy.discount_is_expense
        row.difference_tolerance = policy.difference_tolerance
        row.fee_tolerance = policy.fee_tolerance
        row.save()
        record_event(
            action="changed",
            record_kind="cash_policy",
            record_id=row.pk,
            content={**asdict(policy), "before": asdict(before)},
        )
    return True

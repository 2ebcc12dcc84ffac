"""Deciding how the worklist is ranked and how long promises are waited for."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import CollectionSetting
from huikuan.collection.operations.trail import SETTING
from huikuan.collection.points import MOST_POINTS, Signal
from huikuan.collection.queries import Setting, setting_in_force
from huikuan.core.money import AMOUNT_LIMIT
from huikuan.organizations.actors import Actor

MOST_GRACE = 60


def save_setting(wanted: Setting, *, actor: Actor) -> bool:
    """Rank by these points from now on; whether that is something new. Raises CollectionRefused."""
    actor.require("collection.manage")
    weights = wanted.weights
    if set(weights.points) != set(Signal) or not all(
        0 <= each <= MOST_POINTS for each in weights.points.values()
    ):
        raise CollectionRefused(_("每项分数应在 0 到 %d 之间。") % MOST_POINTS, code="points_out_of_range")
    if not Decimal(1) <= weights.full_amount < AMOUNT_LIMIT or not 0 <= wanted.grace_days <= MOST_GRACE:
        raise CollectionRefused(
            _("金额应大于零，宽限天数应在 0 到 %d 之间。") % MOST_GRACE, code="setting_out_of_range"
        )
    with act("change_collection_setting", actor=actor) as opened:
        if setting_in_force() == wanted:
            return False
        row = CollectionSetting.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            points={signal.value: weights.points[signal] for signal in Signal},
            full_amount=weights.full_amount,
            grace_days=wanted.grace_days,
        )
        content = {
            "points": row.points,
            "full_amount": f"{row.full_amount:.2f}",
            "grace_days": row.grace_days,
        }
        record_event(action="changed", record_kind=SETTING, record_id=row.pk, content=content)
    return True

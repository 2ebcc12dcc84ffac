"""Deciding that some customers are left alone at a step."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.holdout import MOST_PERCENT
from huikuan.collection.models import HoldOut, PolicyStep
from huikuan.collection.operations.trail import HOLD_OUT
from huikuan.organizations.actors import Actor


def set_hold_out(step_key: UUID, *, percent: int, actor: Actor, today: date) -> bool:
    """设置对照: from today on so many percent of customers are not nudged at a step (0: nobody is held out).

    Whether that is something new. What was measured before begins anew. Raises CollectionRefused.
    """
    actor.require("collection.manage")
    if not 0 <= percent <= MOST_PERCENT:
        raise CollectionRefused(
            _("对照比例应在 0 到 %d%% 之间。") % MOST_PERCENT, code="percent_out_of_range"
        )
    if not PolicyStep.objects.filter(key=step_key).exists():
        raise CollectionRefused(_("没有这一步，请刷新页面。"), code="unknown_step")
    with act("set_hold_out", actor=actor) as opened:
        current = HoldOut.objects.filter(step_key=step_key, ends_on=None).select_for_update().first()
        if (current.percent if current else 0) == percent:
            return False
        HoldOut.objects.filter(step_key=step_key, ends_on=None).update(ends_on=Greatest("starts_on", today))
        if percent:
            HoldOut.objects.create(
                organization_id=opened.organization_id,
                act_id=opened.id,
                step_key=step_key,
                percent=percent,
                starts_on=today,
            )
        record_event(action="changed", record_kind=HOLD_OUT, record_id=step_key, content={"percent": percent})
    return True

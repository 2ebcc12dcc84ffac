"""Agreeing to grave steps, or not: nothing of them is done before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import CollectionAction
from huikuan.collection.operations.carrying import carry_out
from huikuan.collection.operations.outcomes import guard
from huikuan.collection.operations.telling_ours import tell_ours
from huikuan.collection.queries import customers_seen
from huikuan.collection.stepping import ActionState
from huikuan.organizations.actors import Actor

ACTION = "collection_action"


def agree_to_actions(action_ids: Collection[UUID], *, actor: Actor, now: datetime) -> tuple[int, int]:
    """同意: carry out steps that wait for it, each in all its ways; returns how many are, and how many fell away.

    What was paid, disputed, promised or paused meanwhile falls away, and the rest of it comes up again. Raises CollectionRefused for what does not wait.
    """
    actor.require("collection.manage")
    with act("agree_to_collection", actor=actor) as opened:
        found = _waiting(action_ids, actor)
        held = guard([each.pk for each in found])
        for each in found:
            each.decided_by = actor.name
            each.state = ActionState.CANCELLED.value if each.pk in held else ActionState.PLANNED.value
            each.reason = held.get(each.pk, "")
            each.fell_away_on = now.date() if each.pk in held else None
        CollectionAction.objects.bulk_update(found, ["state", "reason", "decided_by", "fell_away_on"])
        going = [each for each in found if each.pk not in held]
        carry_out(going, opened=opened, now=now)
        tell_ours([each.pk for each in going], opened=opened)
        _record("agreed", found, reason="")
    return len(going), len(held)


def refuse_actions(action_ids: Collection[UUID], *, reason: str, actor: Actor) -> int:
    """不同意: steps that wait are cancelled, for a reason. Raises CollectionRefused for what does not wait."""
    actor.require("collection.manage")
    said = reason.replace("\x00", "").strip()
    if not said or len(said) > 500:
        raise CollectionRefused(_("请写明原因，最多 500 个字。"), code="reason_missing")
    with act("refuse_collection", actor=actor, reason=said):
        found = _waiting(action_ids, actor)
        for each in found:
            each.state, each.reason, each.decided_by = ActionState.CANCELLED.value, said, actor.name
        CollectionAction.objects.bulk_update(found, ["state", "reason", "decided_by"])
        _record("refused", found, reason=said)
    return len(found)


def _waiting(action_ids: Collection[UUID], actor: Actor) -> list[CollectionAction]:
    found = list(
        CollectionAction.objects.filter(
            Q(pk__in=action_ids) | Q(lead_id__in=action_ids), customer__in=customers_seen(actor)
        )
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    if not found or any(each.state != ActionState.WAITING.value for each in found):
        raise CollectionRefused(_("所选的动作已经有人处理，请刷新页面。"), code="action_not_waiting")
    return found


def _record(word: str, found: list[CollectionAction], *, reason: str) -> None:
    for each in found:
        if each.lead_id is None:
            content = {"customer": str(each.customer_id), "step": str(each.step_id), "reason": reason}
            record_event(action=word, record_kind=ACTION, record_id=each.pk, content=content)

"""Putting an act up for approval, or doing it at once where no policy asks for agreement."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huikuan.approvals.duties import enforced_duties, refuse_alone, refuse_duty
from huikuan.approvals.models import OPEN, Request
from huikuan.approvals.operations.numbers import take_number
from huikuan.approvals.operations.telling import ask_approvers
from huikuan.approvals.queries import PolicyBand, band_of, members_with, transaction_time
from huikuan.approvals.registry import Kind, Payload, Record, Result, kind_of
from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor
from huikuan.organizations.permissions import role_name

RECORD_KIND = "approval"


class RequestRefused(HuikuanError):
    """The act cannot be put up for approval as asked; nothing was changed."""

    code = "request_refused"


@dataclass(frozen=True)
class Outcome:
    """What became of an act: its `result` when it was done at once, else the `request` that waits."""

    request: Request | None = None
    result: Result | None = None

    @property
    def pending(self) -> bool:
        return self.request is not None


class _Rehearsed(Exception):
    """Takes back what a rehearsal did."""


def submit(
    kind: str,
    *,
    payload: Payload,
    amount: Decimal | None,
    reason: str,
    record: Record,
    actor: Actor,
    today: date,
) -> Outcome:
    """Do an act, or ask for agreement first where the organization's policy for its kind and amount wants it.

    `amount` is in base currency (None where the kind has none); `payload` must be writable as JSON. What could
    not be done today is refused at once, so that nobody is asked in vain: raises what the act itself raises,
    RequestRefused, DutyRefused, NotPermitted.
    """
    described = kind_of(kind)
    if not (described.acting and actor.may(described.acting)):
        actor.require(described.permission)
    band = band_of(kind, amount)
    if band is None or not band.roles:
        if band is None:
            refuse_alone(described.alone)
        refuse_earlier(described, payload, actor)
        return Outcome(result=described.execute(payload, actor, today))
    _require_room(kind, record)
    _require_approvers(band, actor, today)
    rehearse(described, payload, actor, today)
    with act("submit_request", actor=actor, reason=reason) as opened:
        request = _written(kind, payload, amount, reason, record, band, actor, today, opened.id)
        record_event(
            action="submitted",
            record_kind=RECORD_KIND,
            record_id=request.pk,
            number=request.number,
            content=content_of(request),
        )
        ask_approvers(request, today=today)
    return Outcome(request=request)


def authorised(kind: Kind, actor: Actor) -> Actor:
    """The actor with the right that agreement gives."""
    return replace(actor, permissions=actor.permissions | {kind.acting}) if kind.acting else actor


def rehearse(kind: Kind, payload: Payload, actor: Actor, today: date) -> None:
    """Do the act and take it back; raises what it raises."""
    try:
        with transaction.atomic():
            kind.execute(payload, authorised(kind, actor), today)
            raise _Rehearsed
    except _Rehearsed:
        return


def refuse_earlier(kind: Kind, payload: Payload, actor: Actor) -> None:
    """Raise DutyRefused where the actor did something before that may not meet with agreeing to this act."""
    enforced = enforced_duties()
    if enforced:
        for earlier in kind.earlier(payload):
            refuse_duty(earlier.duty, actor=actor, earlier_user=earlier.user_id, enforced=enforced)


def content_of(request: Request) -> dict[str, Any]:
    """What the trail says was asked; compared by the check with the request as it is."""
    return {
        "kind": request.kind,
        "payload": request.payload,
        "amount": f"{request.amount:.4f}" if request.amount is not None else None,
        "record": str(request.record_id),
        "subject": request.subject,
        "steps": request.steps,
        "requester": str(request.requester_id) if request.requester_id else None,
    }


def _require_room(kind: str, record: Record) -> None:
    other = Request.objects.filter(kind=kind, record_id=record.id, status__in=OPEN).first()
    if other is not None:
        raise RequestRefused(_already(other.number), code="already_requested")


def _already(number: str) -> str:
    return _("已经有一份同样的申请 %s 还没有办完，请先处理它。") % number


def _require_approvers(band: PolicyBand, actor: Actor, today: date) -> None:
    """Refuse where some step could be agreed to by nobody but the actor."""
    roles = [role.pk for role in band.roles]
    others = members_with(roles, today, without=[actor.membership_id])
    held = members_with(roles, today)
    for role in band.roles:
        if not others[role.pk]:
            name = role_name(role.code, role.name)
            text = (
                _("需要「%s」批准，但除您以外没有人担任这个角色。请由其他人提出，或让管理员调整审批设置。")
                if held[role.pk]
                else _("需要「%s」批准，但没有人担任这个角色。请让管理员调整用户或审批设置。")
            )
            raise RequestRefused(text % name, code="nobody_to_approve")


def _written(
    kind: str,
    payload: Payload,
    amount: Decimal | None,
    reason: str,
    record: Record,
    band: PolicyBand,
    actor: Actor,
    today: date,
    act_id: Any,
) -> Request:
    now = transaction_time()
    try:
        with transaction.atomic():
            return Request.objects.create(
                organization_id=current_organization_id(),
                act_id=act_id,
                number=take_number(today),
                kind=kind,
                payload=json.loads(json.dumps(dict(payload), ensure_ascii=False)),
                amount=amount,
                reason=reason.strip(),
                record_kind=record.kind,
                record_id=record.id,
                subject=record.subject[:200],
                requester_id=actor.membership_id,
                requester_name=actor.name,
                submitted_at=now,
                steps=[{"role": str(role.pk), "name": role.name} for role in band.roles],
                waiting_role=band.roles[0],
                waiting_since=now,
            )
    except IntegrityError as error:
        if "one_open_request_per_record" in str(error):
            other = Request.objects.filter(kind=kind, record_id=record.id, status__in=OPEN).first()
            raise RequestRefused(_already(other.number if other else ""), code="already_requested") from error
        raise

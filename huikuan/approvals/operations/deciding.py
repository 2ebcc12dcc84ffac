"""Agreeing to requests, returning and withdrawing them; the act is done with the last agreement."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from huikuan.approvals.models import Decision, Request, Status, Verdict
from huikuan.approvals.operations.submitting import RECORD_KIND, authorised, refuse_earlier
from huikuan.approvals.operations.telling import ask_approvers, tell_requester
from huikuan.approvals.queries import agreed_to, stands_of, transaction_time
from huikuan.approvals.registry import kind_of
from huikuan.approvals.rules import Objection, Stand, standing
from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor, local_operator
from huikuan.organizations.models import Membership, Role
from huikuan.organizations.permissions import role_name
from huikuan.organizations.queries import actor_of


class DecisionRefused(HuikuanError):
    """The decision does not count; the request is as it was."""

    code = "decision_refused"


def decide(
    request_id: UUID, *, approve: bool, comment: str, actor: Actor, today: date, step: int | None = None
) -> Request:
    """Agree to the step that is waited for, or return the request to who asked, with a comment that says why.

    With the last agreement the act is done, in the same transaction. If it is refused then (a closed period, an
    amount no longer open), the agreements stand: the request is STUCK, says why, and can be tried again,
    returned or withdrawn. `step`: the one that the person looked at; refused when it was decided meanwhile. Of
    two people who decide at once one counts. Raises DecisionRefused, DutyRefused.
    """
    kind = "approve_request" if approve else "return_request"
    with transaction.atomic():
        request = _locked(request_id)
        stand = _stand(request, actor, today)
        if step is not None and step != request.step:
            raise DecisionRefused(_decided_meanwhile(request), code="decided_meanwhile")
        if approve and request.status != Status.PENDING:
            raise DecisionRefused(_decided_meanwhile(request), code="decided_meanwhile")
        if not approve and not comment.strip():
            raise DecisionRefused(_("请写明退回的原因。"), code="comment_missing")
        if approve:
            refuse_earlier(kind_of(request.kind), request.payload, actor)
        with act(
            kind, actor=actor, origin_id=request.pk, reason=request.reason if approve else comment.strip()
        ) as opened:
            if not approve:
                _note(request, Verdict.RETURNED, actor, opened.id, comment=comment, stand=stand)
                _close(request, Status.RETURNED)
                tell_requester(request, by=actor.membership_id, name=actor.name, comment=comment.strip())
                return request
            _note(request, Verdict.APPROVED, actor, opened.id, comment=comment, stand=stand)
            if request.step < len(request.steps):
                _go_on(request, today)
            else:
                _execute(request, actor, today, opened.id)
    return request


def try_again(request_id: UUID, *, actor: Actor, today: date) -> Request:
    """Do the act of a request to which all agreed but which could not be done then.

    By who asked, or by somebody who agreed. Raises DecisionRefused where it is not stuck.
    """
    with transaction.atomic():
        request = _locked(request_id)
        if request.status != Status.STUCK:
            raise DecisionRefused(_decided_meanwhile(request), code="decided_meanwhile")
        _require_involved(request, actor)
        with act("retry_request", actor=actor, origin_id=request.pk, reason=request.reason) as opened:
            _execute(request, actor, today, opened.id)
    return request


def withdraw(request_id: UUID, *, actor: Actor, comment: str = "") -> Request:
    """Take back one's own request while it is open. Raises DecisionRefused."""
    with transaction.atomic():
        request = _locked(request_id)
        if request.status not in (Status.PENDING, Status.STUCK):
            raise DecisionRefused(_decided_meanwhile(request), code="decided_meanwhile")
        if request.requester_id != actor.membership_id:
            raise DecisionRefused(_("只有申请人自己能撤回申请。"), code="not_the_requester")
        with act("withdraw_request", actor=actor, origin_id=request.pk, reason=comment) as opened:
            _note(request, Verdict.WITHDRAWN, actor, opened.id, comment=comment)
            _close(request, Status.WITHDRAWN)
    return request


def objection_to(request: Request, actor: Actor, today: date) -> str:
    """Why the actor may not decide about the request now, as a sentence; "" when they may."""
    try:
        _stand(request, actor, today)
    except DecisionRefused as error:
        return error.message
    return ""


def _locked(request_id: UUID) -> Request:
    request = Request.objects.select_for_update(of=("self",)).filter(pk=request_id).first()
    if request is None:
        raise DecisionRefused(_("没有这份申请。"), code="unknown_request")
    return request


def _stand(request: Request, actor: Actor, today: date) -> Stand:
    """How the actor may decide. Who agreed to a stuck request may return it."""
    if request.status == Status.STUCK and actor.membership_id in agreed_to(request):
        return Stand(frozenset())
    if request.status != Status.PENDING or request.waiting_role_id is None:
        raise DecisionRefused(_decided_meanwhile(request), code="decided_meanwhile")
    found = standing(
        role=request.waiting_role_id,
        member=actor.membership_id,
        stands=stands_of(actor.membership_id, today),
        requester=request.requester_id,
        agreed=agreed_to(request),
    )
    if isinstance(found, Stand):
        return found
    role = Role.objects.get(pk=request.waiting_role_id)
    raise DecisionRefused(_objections(role_name(role.code, role.name))[found], code=found.value)


def _objections(role: str) -> dict[Objection, str]:
    return {
        Objection.NOBODY: _("审批必须由具体的人来做，本机操作员不能代替（命令行请用 --actor）。"),
        Objection.OWN_REQUEST: _("不能批准自己提出的申请，也不能替申请人批准。"),
        Objection.AGREED_BEFORE: _("同一个人不能批准同一份申请的两步。"),
        Objection.ROLE_MISSING: _("这一步由「%s」审批，您没有这个角色，也没有受托代理。") % role,
    }


def _decided_meanwhile(request: Request) -> str:
    last = Decision.objects.filter(request=request).order_by("-decided_at", "-pk").first()
    if last is None:
        return _("这份申请现在不能这样处理，请刷新页面。")
    return _("%(name)s 已经处理了这份申请，请刷新页面查看。") % {"name": last.member_name}


def _require_involved(request: Request, actor: Actor) -> None:
    if actor.membership_id != request.requester_id and actor.membership_id not in agreed_to(request):
        raise DecisionRefused(_("只有申请人或批准的人能再次执行。"), code="not_involved")


def _note(
    request: Request,
    verdict: Verdict,
    actor: Actor,
    act_id: UUID,
    *,
    comment: str = "",
    stand: Stand | None = None,
) -> None:
    """Write down what was decided, and in whose place."""
    absent = _member(stand.in_place_of) if stand and stand.in_place_of else None
    decision = Decision.objects.create(
        organization_id=current_organization_id(),
        act_id=act_id,
        request=request,
        step=request.step,
        verdict=verdict,
        comment=comment.strip(),
        member_id=actor.membership_id,
        member_name=actor.name,
        in_place_of=absent,
        in_place_of_name=absent.user.name if absent else "",
        decided_at=transaction_time(),
    )
    content: dict[str, Any] = {"step": decision.step, "comment": decision.comment}
    if absent:
        content["in_place_of"] = decision.in_place_of_name
    record_event(
        action=f"request_{verdict.value}",
        record_kind=RECORD_KIND,
        record_id=request.pk,
        number=request.number,
        content=content,
    )


def _member(membership_id: UUID) -> Membership:
    return Membership.objects.select_related("user").get(pk=membership_id)


def _go_on(request: Request, today: date) -> None:
    """The next step waits."""
    request.step += 1
    request.waiting_role_id = UUID(request.steps[request.step - 1]["role"])
    request.waiting_since = transaction_time()
    request.reminded_on = None
    request.save(update_fields=["step", "waiting_role_id", "waiting_since", "reminded_on"])
    ask_approvers(request, today=today)


def _execute(request: Request, actor: Actor, today: date, act_id: UUID) -> None:
    """Do the act as the person who asked for it, by the right that the agreements give."""
    kind = kind_of(request.kind)
    try:
        with transaction.atomic():
            result = kind.execute(request.payload, authorised(kind, _requester(request)), today)
    except HuikuanError as error:
        _note(request, Verdict.REFUSED, actor, act_id, comment=error.message)
        request.status, request.refusal, request.waiting_role_id = Status.STUCK, error.message, None
        request.save(update_fields=["status", "refusal", "waiting_role_id"])
    else:
        link = asdict(result.link) if result.link else None
        request.result = {"number": result.number, "link": link, "data": dict(result.data)}
        request.refusal = ""
        _note(request, Verdict.DONE, actor, act_id, comment=result.number)
        _close(request, Status.DONE)
    tell_requester(request, by=actor.membership_id, name=actor.name)


def _requester(request: Request) -> Actor:
    """Who asked, with what they may do today; raises DecisionRefused when they have left."""
    if request.requester_id is None:
        return local_operator()
    member = _member(request.requester_id)
    found = actor_of(member.user) if member.active and member.user.is_active else None
    if found is None:
        raise DecisionRefused(
            _("申请人 %s 已不在本组织，请退回后由其他人重新提出。") % request.requester_name,
            code="requester_gone",
        )
    return found


def _close(request: Request, status: Status) -> None:
    request.status, request.waiting_role_id = status, None
    request.closed_at = transaction_time()
    request.save(update_fields=["status", "waiting_role_id", "closed_at", "refusal", "result"])

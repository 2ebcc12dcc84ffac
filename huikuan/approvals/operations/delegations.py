"""Standing in for somebody who is away."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.approvals.models import Delegation
from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import DELEGATED
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Membership

LONGEST_ABSENCE = timedelta(days=366)


class DelegationRefused(HuikuanError):
    """The delegation cannot be made or ended as asked."""

    code = "delegation_refused"


def delegate(
    *, deputy_id: UUID, starts_on: date, ends_on: date, actor: Actor, today: date, path: str = ""
) -> Delegation:
    """Let somebody decide in one's place, both days included. Who stands in is told; `path` is their page of it.

    A deputy agrees by the absent person's roles, to nothing that either of them asked for or agreed to before.
    Raises DelegationRefused.
    """
    member = actor.membership_id
    if member is None:
        raise DelegationRefused(_("本机操作员没有审批，也就没有代理人。"), code="nobody")
    if ends_on < starts_on or ends_on < today:
        raise DelegationRefused(_("结束日期不能早于开始日期，也不能早于今天。"), code="bad_days")
    if ends_on - starts_on > LONGEST_ABSENCE:
        raise DelegationRefused(_("一次代理最长一年。"), code="too_long")
    deputy = Membership.objects.filter(pk=deputy_id, active=True, user__is_active=True).first()
    if deputy is None or deputy.pk == member:
        raise DelegationRefused(_("请选择本组织在用的另一位用户作代理人。"), code="bad_deputy")
    # The member's row is locked, so that two windows do not make two delegations of the same days.
    Membership.objects.select_for_update(no_key=True).get(pk=member)
    overlapping = Delegation.objects.filter(
        member_id=member, ended_at=None, starts_on__lte=ends_on, ends_on__gte=starts_on
    )
    if overlapping.exists():
        raise DelegationRefused(_("这几天已经有代理人了，请先结束那一次。"), code="overlaps")
    with act("delegate", actor=actor) as opened:
        made = Delegation.objects.create(
            organization_id=current_organization_id(),
            act_id=opened.id,
            member_id=member,
            deputy=deputy,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        _record(made, "delegated")
        send_notices(
            [deputy.pk],
            kind=DELEGATED,
            parameters={
                "author": actor.name,
                "starts": starts_on.isoformat(),
                "ends": ends_on.isoformat(),
            },
            path=path,
            now=transaction_time(),
        )
    return made


def end_delegation(*, delegation_id: UUID, actor: Actor) -> None:
    """End one's own delegation now. What was decided in one's place stays decided."""
    made = (
        Delegation.objects.select_for_update(of=("self",))
        .filter(pk=delegation_id, member_id=actor.membership_id, ended_at=None)
        .first()
    )
    if made is None:
        raise DelegationRefused(_("这次代理已经结束。"), code="already_ended")
    with act("end_delegation", actor=actor):
        made.ended_at = transaction_time()
        made.save(update_fields=["ended_at"])
        _record(made, "delegation_ended")


def _record(made: Delegation, action: str) -> None:
    record_event(
        action=action,
        record_kind="delegation",
        record_id=made.pk,
        content={
            "deputy": made.deputy.user.name,
            "starts_on": made.starts_on.isoformat(),
            "ends_on": made.ends_on.isoformat(),
        },
    )

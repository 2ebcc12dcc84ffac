"""What an organization decides about approvals: bands and steps, duties, reminders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.approvals.duties import DUTIES
from huikuan.approvals.models import Band, Setting, Step
from huikuan.approvals.queries import policy_of
from huikuan.approvals.registry import kind_of
from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization, Role

MOST_STEPS = 5
MOST_BANDS = 10
LONGEST_PATIENCE_DAYS = 60


class PolicyRefused(HuikuanError):
    """The policy cannot be saved as asked; it is as it was."""

    code = "policy_refused"


@dataclass(frozen=True)
class NewBand:
    """From `floor` (base currency) on these roles must agree, in order; no roles: acts are done at once."""

    floor: Decimal
    role_ids: tuple[UUID, ...] = ()


def save_policy(*, kind: str, bands: Iterable[NewBand], actor: Actor) -> None:
    """Replace the policy of a kind: for requests submitted from now on. No bands: the kind has no policy.

    A policy covers every amount, so its lowest band begins at 0. Raises PolicyRefused.
    """
    actor.require("organization.write")
    kind_of(kind)
    wanted = sorted(bands, key=lambda band: band.floor)
    with act("change_approval_policy", actor=actor) as opened:
        _one_at_a_time()
        before = [_said(band.floor, band.roles) for band in policy_of(kind)]
        roles = {role.pk: role for role in Role.objects.all()}
        _check(wanted, roles)
        after = [_said(band.floor, [roles[role] for role in band.role_ids]) for band in wanted]
        if before == after:
            return
        organization_id = current_organization_id()
        _forget(kind, organization_id)
        fresh = Band.objects.bulk_create(
            Band(organization_id=organization_id, kind=kind, floor=band.floor) for band in wanted
        )
        Step.objects.bulk_create(
            Step(organization_id=organization_id, band=row, position=position, role_id=role)
            for row, band in zip(fresh, wanted, strict=True)
            for position, role in enumerate(band.role_ids, start=1)
        )
        record_event(
            action="changed",
            record_kind="approval_policy",
            record_id=opened.organization_id,
            number=kind,
            content={"bands": after, "before": {"bands": before}},
        )


def _said(floor: Decimal, roles: Iterable[Role]) -> str:
    """A band as the trail says it: 5000.00 财务经理 → 管理层."""
    return f"{floor:.2f} {' → '.join(role.name for role in roles)}".strip()


def _forget(kind: str, organization_id: UUID) -> None:
    """Delete the bands of a kind with their steps (Django's own statement would not name the organization)."""
    with connection.cursor() as cursor:
        for statement in FORGET:
            cursor.execute(statement, {"organization": organization_id, "kind": kind})


FORGET = (
    """
    DELETE FROM approvals_step s USING approvals_band b
    WHERE s.organization_id = %(organization)s AND b.organization_id = %(organization)s
      AND s.band_id = b.id AND b.kind = %(kind)s
    """,
    "DELETE FROM approvals_band WHERE organization_id = %(organization)s AND kind = %(kind)s",
)


def _check(bands: Sequence[NewBand], roles: Collection[UUID]) -> None:
    floors = [band.floor for band in bands]
    if any(floor < 0 for floor in floors):
        raise PolicyRefused(_("金额不能是负数。"), code="negative_floor")
    if len(set(floors)) != len(floors):
        raise PolicyRefused(_("有两档从同一个金额开始。"), code="same_floor")
    if floors and floors[0] != 0:
        raise PolicyRefused(_("第一档必须从 0 开始，否则更小的金额没有规定。"), code="first_floor")
    if len(bands) > MOST_BANDS or any(len(band.role_ids) > MOST_STEPS for band in bands):
        raise PolicyRefused(
            _("最多 %(bands)d 档，每档最多 %(steps)d 步。") % {"bands": MOST_BANDS, "steps": MOST_STEPS},
            code="too_many",
        )
    for band in bands:
        if not set(band.role_ids) <= set(roles):
            raise PolicyRefused(_("选择的角色已不存在，请刷新页面。"), code="unknown_role")


def change_settings(*, duties: Collection[str], remind_after_days: int, actor: Actor) -> None:
    """Decide which duties may not meet in one person, and after how many days approvers are reminded (0: never)."""
    actor.require("organization.write")
    if not 0 <= remind_after_days <= LONGEST_PATIENCE_DAYS:
        raise PolicyRefused(_("提醒天数应在 0 到 %d 之间。") % LONGEST_PATIENCE_DAYS, code="bad_days")
    if not set(duties) <= DUTIES.keys():
        raise PolicyRefused(_("不认识的职责。"), code="unknown_duty")
    wanted = [code for code in DUTIES if code in duties]
    with act("change_approval_settings", actor=actor):
        _one_at_a_time()
        setting = Setting.objects.first() or Setting(organization_id=current_organization_id())
        before = {"duties": setting.duties, "remind_after_days": setting.remind_after_days}
        after: dict[str, Any] = {"duties": wanted, "remind_after_days": remind_after_days}
        changed = {name: value for name, value in before.items() if after[name] != value}
        if not changed:
            return
        setting.duties, setting.remind_after_days = wanted, remind_after_days
        setting.save()
        record_event(
            action="changed",
            record_kind="approval_setting",
            record_id=setting.pk,
            content={**{name: after[name] for name in changed}, "before": changed},
        )


def _one_at_a_time() -> None:
    """Settings of one organization change one after the other."""
    Organization.objects.select_for_update(no_key=True).get(pk=current_organization_id())

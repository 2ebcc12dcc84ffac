"""Pivots are kept under a name, shared with roles, changed and removed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Role
from huikuan.organizations.saved_views.queries import may_share_views
from huikuan.reports.models import SavedPivot
from huikuan.reports.pivots.asked import taken_apart
from huikuan.reports.pivots.report import PIVOT
from huikuan.reports.questions import asked, parameters_of

PERIOD = re.compile(r"year|quarter|month|months:(?:[1-9]|[1-5][0-9]|60)")
OF_DAYS = ("from", "to", "known_at")


class PivotRefused(HuikuanError):
    """A pivot cannot be kept, changed or removed as asked."""

    code = "pivot_refused"


@dataclass(frozen=True, slots=True)
class NewPivot:
    """A pivot as it is to be kept; see `models.SavedPivot` for what its parts mean."""

    name: str
    words: Mapping[str, str]
    period: str = "year"
    roles: Sequence[str] = ()
    on_dashboard: bool = False


def save_pivot(new: NewPivot, *, actor: Actor, today: date) -> SavedPivot:
    """A member keeps a pivot. Raises PivotRefused, and what its question itself is refused for."""
    actor.require("report.read")
    if actor.membership_id is None:
        raise PivotRefused(_("只有本组织的成员才能保存透视表。"), code="no_member")
    values = _values(new, before=(), actor=actor, today=today)
    with act("save_pivot", actor=actor) as opened, _name_free():
        made = SavedPivot.objects.create(
            organization_id=current_organization_id(),
            act_id=opened.id,
            membership_id=actor.membership_id,
            **values,
        )
        _record("pivot_saved", made)
    return made


def change_pivot(key: UUID, new: NewPivot, *, actor: Actor, today: date) -> SavedPivot:
    """Its member changes a pivot; what is scheduled of it and stands on first pages changes with it. Raises PivotRefused."""
    actor.require("report.read")
    with act("change_pivot", actor=actor), _name_free():
        found = _locked(key)
        if found.membership_id != actor.membership_id:
            raise PivotRefused(_("只有保存它的人可以修改；您可以另存一份。"), code="not_ones_own")
        for name, value in _values(new, before=found.roles, actor=actor, today=today).items():
            setattr(found, name, value)
        found.save(update_fields=["name", "words", "roles", "on_dashboard"])
        _record("pivot_changed", found)
    return found


def remove_pivot(key: UUID, *, actor: Actor) -> None:
    """A pivot goes: by its member, or by who may change settings. Raises PivotRefused."""
    with act("remove_pivot", actor=actor) as opened:
        found = _locked(key)
        if found.membership_id != actor.membership_id:
            actor.require("organization.write")
        found.removed_act_id = opened.id
        found.save(update_fields=["removed_act"])
        _record("pivot_removed", found)


def _locked(key: UUID) -> SavedPivot:
    found = SavedPivot.objects.select_for_update().filter(pk=key, removed_act=None).first()
    if found is None:
        raise PivotRefused(_("这张透视表已经移除。"), code="removed")
    return found


def _values(new: NewPivot, *, before: Sequence[str], actor: Actor, today: date) -> dict[str, object]:
    """The columns of the row. `before`: the roles that it is shared with already."""
    name = " ".join(new.name.split())
    if not name or len(name) > 60 or "\0" in name:
        raise PivotRefused(_("请给透视表起一个 60 字以内的名称。"), code="pivot_name")
    if not PERIOD.fullmatch(new.period):
        raise PivotRefused(_("期间应是本月、本季、本年或最近几个月。"), code="pivot_period")
    roles = sorted(set(new.roles))
    if set(roles) - set(before) and not may_share_views(actor):
        actor.require("view.share")
    known = set(Role.objects.filter(code__in=roles).values_list("code", flat=True))
    if unknown := set(roles) - known:
        raise PivotRefused(_("没有这个角色：%s") % "、".join(sorted(unknown)), code="unknown_role")
    said = {word: text for word, text in new.words.items() if word not in OF_DAYS}
    question = asked(PIVOT, said, today=today, zone=ZoneInfo("UTC"))
    taken_apart(question)
    words = {word: text for word, text in parameters_of(PIVOT, question).items() if word not in OF_DAYS}
    return {
        "name": name,
        "words": {**words, "period": new.period},
        "roles": roles,
        "on_dashboard": new.on_dashboard,
    }


def _record(action: str, saved: SavedPivot) -> None:
    record_event(
        action=action,
        record_kind="pivot",
        record_id=saved.pk,
        number=saved.name,
        content={"asked": saved.words, "roles": saved.roles, "on_dashboard": saved.on_dashboard},
    )


@contextmanager
def _name_free() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise PivotRefused(_("您已有同名的透视表，请换一个名称。"), code="pivot_exists") from error

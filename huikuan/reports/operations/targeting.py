"""Targets of key figures are set from a month on, and ended."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Salesperson
from huikuan.organizations.actors import Actor
from huikuan.reports.asking import Column, Kind
from huikuan.reports.kpi.figures import FIGURES, PLACES, Figure
from huikuan.reports.kpi.models import FigureTarget
from huikuan.reports.kpi.targets import Whose
from huikuan.reports.output.values import shown

LARGEST = {Kind.PERCENT: Decimal(1), Kind.DAYS: Decimal(3650), Kind.RATIO: Decimal(1000)}


class TargetRefused(HuikuanError):
    """A target cannot be set like that."""

    code = "target_refused"


def set_target(
    name: str, value: Decimal | None, *, whose: Whose, starts_on: date, actor: Actor, now: datetime
) -> FigureTarget:
    """From the month of `starts_on` on a figure has this target, or with None no longer one; what was before stays.

    `value` as the figure itself: days, times, a fraction for rates. Raises TargetRefused.
    """
    actor.require("kpi_target.write")
    figure = FIGURES.get(name)
    if figure is None:
        raise TargetRefused(_("没有名为 %s 的指标。") % name, code="unknown_figure")
    if value is not None:
        value = _sensible(figure, value)
    seller = _seller(whose)
    with act("set_figure_target", actor=actor) as opened:
        made = FigureTarget.objects.create(
            organization_id=current_organization_id(),
            act_id=opened.id,
            figure=figure.name,
            salesperson=seller,
            team=whose.team,
            starts_on=starts_on.replace(day=1),
            value=value,
            set_by=actor.name,
            set_at=now,
        )
        record_event(
            action="figure_target_set" if value is not None else "figure_target_ended",
            record_kind="figure_target",
            record_id=made.pk,
            number=figure.name,
            content={
                "figure": figure.name,
                "salesperson": whose.salesperson,
                "team": whose.team,
                "starts_on": made.starts_on.isoformat(),
                "value": None if value is None else str(value),
            },
        )
    return made


def _sensible(figure: Figure, value: Decimal) -> Decimal:
    most = LARGEST[figure.kind]
    least = -most if figure.name == "days_late" else Decimal(0)
    if not value.is_finite() or not least <= value <= most:
        column = Column(figure.name, figure.label, figure.kind)
        raise TargetRefused(
            _("“%(figure)s”的目标应在 %(least)s 到 %(most)s 之间。")
            % {"figure": figure.label, "least": shown(column, least, ""), "most": shown(column, most, "")},
            code="target_value",
        )
    rounded = value.quantize(PLACES[figure.kind])
    if rounded != value:
        raise TargetRefused(_("“%s”的目标小数位太多。") % figure.label, code="target_value")
    return rounded


def _seller(whose: Whose) -> Salesperson | None:
    if whose.team and whose.salesperson:
        raise TargetRefused(_("目标属于整个公司、一个团队或一位业务员，不能同时是两者。"))
    if whose.salesperson:
        found = Salesperson.objects.filter(code=whose.salesperson).first()
        if found is None:
            raise TargetRefused(_("没有编码为 %s 的业务员。") % whose.salesperson, code="unknown_salesperson")
        return found
    if whose.team and not Salesperson.objects.filter(team=whose.team).exists():
        raise TargetRefused(_("没有名为 %s 的团队。") % whose.team, code="unknown_team")
    return None

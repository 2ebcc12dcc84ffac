"""月末调汇: restating open items in foreign currency at the closing rate, and undoing it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.core.dates import month_end
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.core.sentences import enumerated
from huikuan.ledger.operations.allocations import START_PLAN
from huikuan.ledger.operations.restatement import (
    PLAN_REVALUATIONS,
    START_RESTATEMENT,
    base_places,
    write_revaluations,
)
from huikuan.ledger.revaluation_queries import RevaluedItem, items_to_revalue
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization


class RevaluationRefused(HuikuanError):
    """The month cannot be revalued or its revaluation undone as asked; nothing was changed."""

    code = "revaluation_refused"


@dataclass(frozen=True, slots=True)
class Revalued:
    """What a revaluation posted: items whose rate was set, and gain (+) or loss (−) in base currency on the day."""

    closing_on: date
    items: int
    difference: Decimal


def revalue(*, month: date, actor: Actor, today: date) -> Revalued:
    """月末调汇: carry every open receivable, and every credit in a receivable account, at the month's closing rate.

    What was open at the end of the month in a foreign currency is restated at the latest rate up to that day;
    the difference is financial expense (企业会计准则第19号 §11). Advances and contract liabilities are not
    monetary and stay. What was allocated since gives its share back on the day of the allocation. Revaluing a
    month again posts only the difference. Under the policy `reverses_revaluations` everything is taken back
    on the next day.
    """
    actor.require("ledger.revalue")
    closing_on = month_end(month)
    reversing = Organization.objects.values_list("reverses_revaluations", flat=True).get(
        pk=current_organization_id()
    )
    if closing_on > today or (reversing and closing_on >= today):
        raise RevaluationRefused(
            _("%s 还没有结束，不能调汇。") % f"{closing_on:%Y-%m}", code="month_not_over"
        )
    with act("revalue", actor=actor) as opened:
        _lock(closing_on)
        items = items_to_revalue(closing_on=closing_on)
        missing = sorted({item.currency for item in items if item.rate is None})
        if missing:
            raise RevaluationRefused(
                _("%(currencies)s 在 %(day)s 及以前没有汇率，请先登记汇率。")
                % {"currencies": enumerated(missing), "day": closing_on},
                code="rate_missing",
            )
        due = [item for item in items if item.is_due]
        if due:
            _write(_settings(due, closing_on, reversing), opened)
        difference = sum((item.side * item.difference for item in due), Decimal(0))
        record_event(
            action="revalued",
            record_kind="month",
            record_id=opened.id,
            number=f"{closing_on:%Y-%m}",
            content={"items": len(due), "difference": difference, "rates": _rates_used(items)},
        )
    return Revalued(closing_on, len(due), difference)


def undo_revaluation(*, month: date, actor: Actor, reason: str) -> Revalued:
    """撤销调汇: carry the items as if the month had not been revalued, while its period is open."""
    actor.require("ledger.revalue")
    if not reason.strip():
        raise RevaluationRefused(_("撤销调汇必须写明原因。"), code="reason_missing")
    closing_on = month_end(month)
    with act("undo_revaluation", actor=actor, reason=reason) as opened:
        parameters: dict[str, Any] = {"organization": current_organization_id(), "closing_on": closing_on}
        with connection.cursor() as cursor:
            cursor.execute(LOCK_REVALUED, parameters)
            cursor.execute(SETTINGS_TO_UNDO, parameters)
            settings: list[Setting] = [(key, on, "undone", None) for key, on in cursor.fetchall()]
        if not settings:
            raise RevaluationRefused(
                _("%s 没有可以撤销的调汇。") % f"{closing_on:%Y-%m}", code="nothing_to_undo"
            )
        _write(settings, opened)
        difference = _posted(opened, closing_on)
        items = len({setting[0] for setting in settings})
        record_event(
            action="revaluation_undone",
            record_kind="month",
            record_id=opened.id,
            number=f"{closing_on:%Y-%m}",
            content={"items": items, "difference": difference},
        )
    return Revalued(closing_on, items, difference)


def choose_reversing(*, reverses: bool, actor: Actor) -> None:
    """Whether revaluations from now on are taken back on the day after the month's end."""
    actor.require("organization.write")
    with act("change_revaluation_policy", actor=actor):
        organization = Organization.objects.select_for_update(no_key=True).get(pk=current_organization_id())
        if organization.reverses_revaluations == reverses:
            return
        organization.reverses_revaluations = reverses
        organization.save(update_fields=["reverses_revaluations"])
        record_event(
            action="changed",
            record_kind="organization",
            record_id=organization.pk,
            number=organization.code,
            content={"reverses_revaluations": reverses, "before": {"reverses_revaluations": not reverses}},
        )


Setting = tuple[Any, date, str, Decimal | None]


def _settings(items: Iterable[RevaluedItem], closing_on: date, reversing: bool) -> list[Setting]:
    """The rates that are set: (item, day, kind, rate)."""
    settings: list[Setting] = []
    for item in items:
        settings.append((item.item_id, closing_on, "closing", item.rate))
        if reversing:
            settings.append((item.item_id, closing_on + timedelta(days=1), "next_day", item.former_rate))
    return settings


def _rates_used(items: Iterable[RevaluedItem]) -> dict[str, str]:
    return {item.currency: str(item.rate) for item in items}


def _lock(closing_on: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CANDIDATES, {"organization": current_organization_id(), "closing_on": closing_on})


def _write(settings: list[Setting], opened: OpenAct) -> None:
    parameters: dict[str, Any] = {
        "organization": current_organization_id(),
        "act": opened.id,
        "places": base_places(),
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(START_PLAN)
            cursor.execute(START_RESTATEMENT)
            stage(
                "planned_rate",
                (("item_id", "uuid"), ("effective_on", "date"), ("kind", "text"), ("rate", "numeric")),
                settings,
            )
            cursor.execute(
                "INSERT INTO restated_item SELECT item_id, min(effective_on) FROM planned_rate GROUP BY item_id"
            )
            cursor.execute(PLAN_REVALUATIONS, parameters)
            write_revaluations(parameters)
    except IntegrityError as error:
        raise _refusal(error) from error


def _posted(opened: OpenAct, on: date) -> Decimal:
    """Gain (+) or loss (−) that the act posted on a day."""
    with connection.cursor() as cursor:
        cursor.execute(
            POSTED, {"organization": current_organization_id(), "act": opened.id, "closing_on": on}
        )
        return Decimal(cursor.fetchone()[0])


def _refusal(error: IntegrityError) -> RevaluationRefused:
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    if name == "period_is_open":
        month = diagnosis.message_detail if diagnosis else ""
        return RevaluationRefused(_("期间 %s 已关闭，不能调汇。") % month, code="period_closed")
    return RevaluationRefused(_("调汇不符合账簿的约束：%s") % (name or error))


# Items open at the end of the month are open now, or were allocated since.
LOCK_CANDIDATES = """
    SELECT 1 FROM ledger_open_item i
    WHERE i.organization_id = %(organization)s AND i.document_on <= %(closing_on)s
      AND i.currency <> (SELECT currency FROM organizations_organization WHERE id = %(organization)s)
      AND (i.open_amount > 0 OR i.id IN (
          SELECT unnest(ARRAY[a.debit_item_id, a.credit_item_id]) FROM ledger_allocation a
          WHERE a.organization_id = %(organization)s AND a.effective_on > %(closing_on)s
      ))
    ORDER BY i.id FOR NO KEY UPDATE
"""
LOCK_REVALUED = """
    SELECT 1 FROM ledger_open_item i
    WHERE i.organization_id = %(organization)s AND i.id IN (
        SELECT item_id FROM ledger_revaluation
        WHERE organization_id = %(organization)s AND effective_on = %(closing_on)s AND kind = 'closing'
    )
    ORDER BY i.id FOR NO KEY UPDATE
"""
# With a closing, what takes it back on the next day.
SETTINGS_TO_UNDO = """
    SELECT item_id, effective_on
    FROM (
        SELECT DISTINCT ON (item_id, effective_on) item_id, effective_on, kind
        FROM ledger_revaluation
        WHERE organization_id = %(organization)s AND kind <> 'settled'
          AND effective_on IN (%(closing_on)s::date, %(closing_on)s::date + 1)
        ORDER BY item_id, effective_on, id DESC
    ) last
    WHERE effective_on = %(closing_on)s AND kind = 'closing'
       OR effective_on = %(closing_on)s::date + 1 AND kind = 'next_day'
"""
POSTED = """
    SELECT coalesce(sum(i.side * r.base_change), 0)
    FROM ledger_revaluation r
    JOIN ledger_open_item i ON i.organization_id = r.organization_id AND i.id = r.item_id
    WHERE r.organization_id = %(organization)s AND r.act_id = %(act)s AND r.effective_on = %(closing_on)s
"""

"""Keeping what the payment model says: of the debts of a day what is lost, of customers how they will pay; and who uses it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor
from huikuan.risk.models import LossForecast
from huikuan.risk.operations import RiskRefused
from huikuan.risk.payments.asking import predict_open
from huikuan.risk.payments.models import CustomerOutlook, PredictionUse
from huikuan.risk.payments.outlook import LATE_DAYS, Uses, uses_in_force
from huikuan.risk.payments.queries import model_known_by


def foresee_losses(*, as_of: date, actor: Actor, today: date) -> int:
    """Keep, of each item open at the end of a day, how likely it is not paid within a year of its due day; how many.

    By the model that knows most of what was known by then. It counts from now on; what was kept of that day before
    stays, for reports as they were known. Raises RiskRefused without such a model, and for a day to come.
    """
    actor.require("provision.write")
    if as_of > today:
        raise RiskRefused(_("%s 还没有到。") % as_of, code="in_future")
    model = model_known_by(as_of)
    if model is None:
        raise RiskRefused(
            _("还没有用 %s 之前的历史训练的付款模型，请先训练一个。") % as_of, code="no_payment_model"
        )
    found = predict_open(model, as_of, with_reasons=False)
    with act("foresee_losses", actor=actor) as opened:
        stage(
            "risk_lost",
            (("item_id", "uuid"), ("p_lost", "float8")),
            ((key, float(share)) for key, share in zip(found.item_ids, found.lost, strict=True)),
        )
        made = LossForecast.objects.create(
            organization_id=opened.organization_id, act_id=opened.id, model=model, as_of=as_of
        )
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO risk_item_loss_forecast (id, organization_id, forecast_id, item_id, p_lost)
                SELECT uuidv7(), %(organization)s, %(forecast)s, item_id, p_lost FROM risk_lost
                """,
                {"organization": opened.organization_id, "forecast": made.pk},
            )
        record_event(
            action="recorded",
            record_kind="loss_forecast",
            record_id=made.pk,
            number=as_of.isoformat(),
            content={"model": model.number, "items": len(found)},
        )
    return len(found)


def renew_outlooks(*, today: date) -> None:
    """Add up the predictions of the day, in place of what was added up before; one statement for all customers."""
    CustomerOutlook.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            OUTLOOKS, {"organization": current_organization_id(), "today": today, "late": LATE_DAYS}
        )


# `unpaid`: still so at the end of the fourth week after this one.
OUTLOOKS = """
    INSERT INTO risk_customer_outlook (id, organization_id, customer_id, as_of_on, overdue, slow, late, late_share, likely_on)
    SELECT uuidv7(), %(organization)s, customer_id, %(today)s, overdue,
           CASE WHEN overdue > 0 THEN least(1000, greatest(0, round(1000 * slow / overdue))) ELSE 0 END,
           round(late, 2),
           CASE WHEN young > 0 THEN least(1000, greatest(0, round(1000 * late / young))) ELSE 0 END, likely_on
    FROM (
        SELECT customer_id, coalesce(sum(base) FILTER (WHERE overdue), 0) AS overdue,
               coalesce(sum(base * unpaid) FILTER (WHERE overdue), 0) AS slow,
               coalesce(sum(base) FILTER (WHERE young), 0) AS young,
               coalesce(sum(base * p_late30) FILTER (WHERE young), 0) AS late,
               max(p50_on) FILTER (WHERE overdue) AS likely_on
        FROM (
            SELECT p.customer_id, i.open_base AS base, p.p50_on, p.p_late30::numeric AS p_late30,
                   coalesce(i.effective_due_on < %(today)s, false) AS overdue,
                   coalesce(i.effective_due_on >= %(today)s::date - %(late)s::int, true) AS young,
                   greatest(0, 1 - (SELECT coalesce(sum(w), 0) FROM unnest(p.weeks[1:5]) w))::numeric AS unpaid
            FROM risk_payment_prediction p
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = p.item_id
            WHERE p.organization_id = %(organization)s AND i.open_amount > 0
        ) debt
        GROUP BY customer_id
    ) summed
"""


def change_uses(wanted: Uses, *, actor: Actor) -> bool:
    """Let predictions take part there from now on; whether that is something new."""
    actor.require("payment_model.write")
    with act("change_prediction_uses", actor=actor) as opened:
        if uses_in_force() == wanted:
            return False
        values = asdict(wanted)
        row, _created = PredictionUse.objects.update_or_create(
            organization_id=opened.organization_id, defaults={"act_id": opened.id, **values}
        )
        record_event(action="changed", record_kind="prediction_use", record_id=row.pk, content=values)
    return True

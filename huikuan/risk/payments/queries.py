"""Reads of payment models and of what they said."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.risk.payments.models import Backtest, ForetoldWeek, PaymentModel, PaymentPrediction, PlannedCash
from huikuan.risk.payments.staging import REDUCING
from huikuan.risk.payments.weeks import monday_of


def model_in_use(*, lock: bool = False) -> PaymentModel | None:
    """The version in use; `lock`: others who choose one wait."""
    rows = PaymentModel.objects.select_for_update(of=("self",)) if lock else PaymentModel.objects.all()
    return rows.filter(in_use=True).first()


def model_known_by(day: date) -> PaymentModel | None:
    """The version that knows most of what was known by the end of a day, and nothing later; of these the newest."""
    return PaymentModel.objects.filter(until_on__lte=day).order_by("-until_on", "-number").first()


def latest_watch() -> dict[str, Any] | None:
    """What the last watch over models found (`watching.run_watch`) and until when, as `until`."""
    row = Backtest.objects.filter(result__has_key="watch").order_by("-pk").first()
    return {**row.result["watch"], "until": row.until_on} if row else None


def text_of(model: PaymentModel) -> str:
    """The model itself."""
    return zlib.decompress(bytes(model.content)).decode()


def foretold_weeks() -> list[ForetoldWeek]:
    """The newest forecast, by week."""
    newest = ForetoldWeek.objects.filter(looked_back=False).order_by("-made_on", "-round").first()
    if newest is None:
        return []
    return list(ForetoldWeek.objects.filter(made_on=newest.made_on, round=newest.round).order_by("week_on"))


# What is foreseen: open items and what is not invoiced yet. What is expected of each in a week is rounded to the cent.
FORESEEN = """
    SELECT 'item' AS kind, p.id, p.customer_id, i.currency, p.amount, p.weeks
    FROM risk_payment_prediction p
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = p.item_id
    WHERE p.organization_id = %(organization)s
    UNION ALL
    SELECT c.kind, c.id, c.customer_id, c.currency, c.amount, c.weeks
    FROM risk_planned_cash c WHERE c.organization_id = %(organization)s
"""
EXPECTED = "round(f.amount * w.share::numeric, 2)"


def expected_by_week() -> list[tuple[Decimal, Decimal]]:
    """What the newest predictions expect in each week, and what of it is not invoiced yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT sum({EXPECTED}), coalesce(sum({EXPECTED}) FILTER (WHERE f.kind <> 'item'), 0)
            FROM ({FORESEEN}) f CROSS JOIN LATERAL unnest(f.weeks) WITH ORDINALITY w (share, place)
            GROUP BY w.place ORDER BY w.place
            """,
            {"organization": current_organization_id()},
        )
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class ExpectedCash:
    """An open item (`prediction`) or what is not invoiced yet (`planned`), and what it is expected to bring in a week.

    `amount` in base currency; `expected`: the share of it, to the cent.
    """

    amount: Decimal
    share: float
    expected: Decimal
    prediction: PaymentPrediction | None
    planned: PlannedCash | None


@dataclass(frozen=True, slots=True)
class ExpectedWeek:
    """The lines that bring most in a week; `lines` and `total` count all that bring anything."""

    shown: list[ExpectedCash]
    lines: int
    total: Decimal


def predicted_on() -> date | None:
    """The day as of which the newest predictions were made."""
    return PaymentPrediction.objects.values_list("as_of_on", flat=True).first()


def expected_in(week: date, *, most: int | None) -> ExpectedWeek:
    """What is expected in a week (its Monday) by the newest predictions, what brings most first; `most`: None lists all."""
    first = predicted_on()
    position = (week - monday_of(first)).days // 7 if first else -1
    if position < 0:
        return ExpectedWeek([], 0, Decimal(0))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT e.kind, e.id, e.amount, e.share, e.expected, count(*) OVER (), sum(e.expected) OVER ()
            FROM (
                SELECT f.kind, f.id, f.amount, w.share, {EXPECTED} AS expected
                FROM ({FORESEEN}) f CROSS JOIN LATERAL (SELECT f.weeks[%(position)s] AS share) w
            ) e
            WHERE e.expected > 0
            ORDER BY e.expected DESC, e.id
            LIMIT %(most)s
            """,
            {"organization": current_organization_id(), "position": position + 1, "most": most},
        )
        found = cursor.fetchall()
    items = PaymentPrediction.objects.select_related("item__document", "customer").in_bulk(
        [row[1] for row in found if row[0] == "item"]
    )
    planned = PlannedCash.objects.select_related("customer").in_bulk(
        [row[1] for row in found if row[0] != "item"]
    )
    lines = [ExpectedCash(row[2], row[3], row[4], items.get(row[1]), planned.get(row[1])) for row in found]
    return ExpectedWeek(lines, *(found[0][5:] if found else (0, Decimal(0))))


def predictions_of(item_ids: Iterable[UUID]) -> dict[UUID, PaymentPrediction]:
    """Predictions of items, of those that have one, by item."""
    return {row.item_id: row for row in PaymentPrediction.objects.filter(item_id__in=list(item_ids))}


def worst_of_customer(customer_id: UUID, *, most: int) -> list[PaymentPrediction]:
    """The open items of a customer that are expected last."""
    rows = PaymentPrediction.objects.filter(customer_id=customer_id, item__open_amount__gt=0)
    return list(rows.select_related("item__document").order_by("-p50_on", "pk")[:most])


def paid_in_weeks(weeks: Sequence[date]) -> dict[date, Decimal]:
    """What was paid of debts in each week (by its Monday), in base currency, by the day it took effect."""
    if not weeks:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT date_trunc('week', a.effective_on)::date, sum(a.debit_base)
            FROM ledger_allocation a
            JOIN ledger_open_item ci ON ci.organization_id = %(organization)s AND ci.id = a.credit_item_id
            JOIN ledger_document c ON c.organization_id = %(organization)s AND c.id = ci.document_id
            WHERE a.organization_id = %(organization)s AND a.effective_on BETWEEN %(since)s AND %(until)s
              AND c.kind NOT IN {REDUCING} AND c.kind <> 'write_off'
            GROUP BY 1
            """,
            {
                "organization": current_organization_id(),
                "since": min(weeks),
                "until": max(weeks) + timedelta(days=6),
            },
        )
        return dict(cursor.fetchall())


def foretold_before(weeks: Sequence[date]) -> dict[date, ForetoldWeek]:
    """What was foretold of each week on the last day before it began, of those for which something was."""
    rows = ForetoldWeek.objects.filter(week_on__in=list(weeks), made_on__lt=F("week_on"))
    rows = rows.order_by(
        "-looked_back", "made_on", "round"
    )  # what was said then outdoes what is said of it later
    return {row.week_on: row for row in rows}


def latest_backtest() -> Backtest | None:
    """The newest trial of models on the past; what the weekly watch found is none."""
    return Backtest.objects.exclude(result__has_key="watch").order_by("-pk").first()


def being_trained() -> bool:
    """Whether the worker has a model of this organization to train, or is training it."""
    return _waits("risk.train")


def being_tried() -> bool:
    """Whether the worker has models of this organization to try on the past, or is trying them."""
    return _waits("risk.backtest")


def _waits(task: str) -> bool:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return ProcrastinateJob.objects.filter(
        task_name=task,
        status__in=("todo", "doing"),
        args__organization_id=str(current_organization_id()),
    ).exists()

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
from huikuan.risk.payments.models import Backtest, ForetoldWeek, PaymentModel, PaymentPrediction
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


@dataclass(frozen=True, slots=True)
class ExpectedItem:
    """What an open item is expected to bring in a week: its prediction, its open base amount, and the share of it."""

    prediction: PaymentPrediction
    open_base: Decimal
    share: float

    @property
    def expected(self) -> Decimal:
        """The share of the open amount, to the cent."""
        return (self.open_base * Decimal(str(self.share))).quantize(Decimal("0.01"))


def foretold_weeks() -> list[ForetoldWeek]:
    """The newest forecast, by week."""
    newest = ForetoldWeek.objects.order_by("-made_on").values_list("made_on", flat=True).first()
    return list(ForetoldWeek.objects.filter(made_on=newest).order_by("week_on")) if newest else []


def expected_in(week: date, *, most: int) -> list[ExpectedItem]:
    """The items that are expected to bring most in a week (its Monday), of the newest predictions."""
    first = PaymentPrediction.objects.values_list("as_of_on", flat=True).first()
    if first is None:
        return []
    position = (week - monday_of(first)).days // 7
    if position < 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.id, i.open_base, p.weeks[%(position)s]
            FROM risk_payment_prediction p
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = p.item_id
            WHERE p.organization_id = %(organization)s AND i.open_amount > 0 AND p.weeks[%(position)s] > 0.005
            ORDER BY i.open_base * p.weeks[%(position)s] DESC, p.id
            LIMIT %(most)s
            """,
            {"organization": current_organization_id(), "position": position + 1, "most": most},
        )
        found = cursor.fetchall()
    rows = PaymentPrediction.objects.select_related("item__document", "customer").in_bulk(
        [row[0] for row in found]
    )
    return [ExpectedItem(rows[key], base, share) for key, base, share in found]


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
    rows = ForetoldWeek.objects.filter(week_on__in=list(weeks), made_on__lt=F("week_on")).order_by("made_on")
    return {row.week_on: row for row in rows}

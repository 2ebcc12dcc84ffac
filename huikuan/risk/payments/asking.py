"""Asking a model: about what is open on a day, or about debts at their issue. Reads only; debts are staged in passing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.risk.payments.cash import WEEKS, week_ends
from huikuan.risk.payments.features import Histories, histories
from huikuan.risk.payments.learning import AT_ISSUE, OPEN_ON, debts_of
from huikuan.risk.payments.models import PaymentModel
from huikuan.risk.payments.predicting import Predicted, predicted, reasons_of
from huikuan.risk.payments.queries import text_of
from huikuan.risk.payments.staging import cut_at, day_number, day_of, stage_debts

Numbers = NDArray[np.float64]
LEVELS = (10, 50, 90)
NEVER = 366
LAST_DAY = day_number(date.max)  # a due day in the year 9999 means none


@dataclass(frozen=True)
class OpenPredictions:
    """Predictions of items, row by row; amounts (still open) in base currency, `customers` are any numbers of theirs.

    `lost`: not paid within a year of the due day.
    """

    item_ids: list[UUID]
    customer_ids: list[UUID]
    numbers: list[str]
    customer_codes: list[str]
    customers: NDArray[np.int64]
    amounts: Numbers
    late5: Numbers
    late30: Numbers
    lost: Numbers
    days: dict[int, list[date]]
    weeks: Numbers
    reasons: list[list[dict[str, Any]]]

    def __len__(self) -> int:
        return len(self.item_ids)


def predict_open(model: PaymentModel, as_of: date, *, with_reasons: bool = True) -> OpenPredictions:
    """What the model says of everything open at the end of a day; nothing dated later is looked at."""
    cut = cut_at(as_of)
    stage_debts(cut)
    rows = histories(cut, OPEN_ON, {"days": [cut.number]}, at_end=True)
    return _answer(model, rows, as_of, with_reasons)


def predict_as_issued(
    model: PaymentModel, since: date, until: date, *, with_reasons: bool = True
) -> OpenPredictions:
    """What the model says of each debt issued from `since` to `until`, with what was known on its day of issue."""
    cut = cut_at(until)
    stage_debts(cut, first_due=True)
    rows = histories(cut, AT_ISSUE.format(day_number(since), day_number(until)))
    return _answer(model, rows, since, with_reasons)


def _answer(model: PaymentModel, rows: Histories, from_day: date, with_reasons: bool) -> OpenPredictions:
    order = np.argsort(rows["item"], kind="stable")
    rows = rows.only(order)
    debts = debts_of(rows)
    text = text_of(model)
    said = predicted(model.method, text, debts, rows.worked)
    identity = _identity()
    known = [identity[int(item)] for item in rows["item"]]
    told = (
        reasons_of(model.method, text, debts, rows.columns, rows.worked)
        if with_reasons
        else [[] for _row in range(len(rows))]
    )
    left = rows["base"] * (1 - rows["part_paid"])
    return OpenPredictions(
        [each[0] for each in known],
        [each[1] for each in known],
        [each[2] for each in known],
        [each[3] for each in known],
        rows["customer"].astype(np.int64),
        left,
        said.late(5),
        said.late(30),
        said.late(NEVER),
        {level: _dates(said, level) for level in LEVELS},
        _by_week(said, from_day),
        told,
    )


def _dates(said: Predicted, level: int) -> list[date]:
    return [day_of(int(each)) for each in np.minimum(said.due + said.day(level / 100), LAST_DAY)]


def _by_week(said: Predicted, from_day: date) -> Numbers:
    """Probability of payment by week from that of a day on; in the first, from the day after it."""
    ends = [from_day - timedelta(days=1), *week_ends(from_day, WEEKS)]
    paid_by = np.column_stack(
        [said.paid_by(np.full(len(said.due), float(day_number(end)))) for end in ends]
        or [np.zeros(len(said.due))]
    )
    return np.diff(paid_by, axis=1).clip(0, 1)


def _identity() -> dict[int, tuple[UUID, UUID, str, str]]:
    """Item id, customer id, number and customer code of the items asked about; an instalment carries its line."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.item, i.id, i.customer_id,
                   CASE WHEN n.lines > 1 THEN d.number || '-' || i.line ELSE d.number END, c.code
            FROM payments_item i
            JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
            JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = i.customer_id
            JOIN (SELECT document_id, count(*) AS lines FROM payments_item GROUP BY document_id) n
              ON n.document_id = i.document_id
            WHERE i.item IN (SELECT item FROM payments_question)
            """,
            {"organization": current_organization_id()},
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}

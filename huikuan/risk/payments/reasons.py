"""What moved a prediction: the groups of facts that count most, with the facts themselves. Pure.

The contributions are those of LightGBM (TreeSHAP, in log-odds) to being paid on the due day, or on the first day that
is left; groups of features that say much the same are added up, so that they are not told twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huikuan.risk.payments.columns import GROUPS
from huikuan.risk.payments.hazard import THREADS, Debts, WorkedDays, period_rows
from huikuan.risk.payments.periods import COUNT, period_of
from huikuan.risk.payments.processors import on_all_processors

Numbers = NDArray[np.float64]
CHUNK = 2_000  # predictions explained together
TOLD = 3  # reasons of a prediction
LEAST = 0.15  # log-odds below which a group is not worth telling


def group_names(names: tuple[str, ...]) -> dict[str, list[int]]:
    """Positions of features by group; facts of registered sources are groups of their own."""
    grouped = {
        name: [names.index(each) for each in members]
        for name, members in GROUPS.items()
        if members[0] in names
    }
    known = {position for positions in grouped.values() for position in positions}
    return grouped | {name: [at] for at, name in enumerate(names) if at not in known}


def reasons(
    model: Any, debts: Debts, rows: Mapping[str, Numbers], worked: WorkedDays
) -> list[list[dict[str, Any]]]:
    """Of each debt the few groups that moved it most: {"about", "sooner", and the facts by name}."""
    period = np.minimum(np.maximum(period_of(debts.first_day), period_of(np.zeros(1))[0]), COUNT - 1)
    matrix = period_rows(debts, np.arange(len(debts.due)), period, worked)
    groups = group_names(debts.names)

    def explain(begin: int) -> NDArray[np.float64]:
        some = matrix[begin : begin + CHUNK]
        contributions = np.asarray(model.predict(some, pred_contrib=True, num_threads=THREADS))
        return np.column_stack([contributions[:, positions].sum(axis=1) for positions in groups.values()])

    moved = np.concatenate(on_all_processors(explain, range(0, len(matrix), CHUNK)))
    order = np.argsort(-np.abs(moved), axis=1)[:, :TOLD]
    names = list(groups)
    column = {name: debts.features[:, at] for at, name in enumerate(debts.names)}
    return [
        [
            {"about": names[at], "sooner": bool(moved[row, at] > 0)} | _facts(names[at], row, column, rows)
            for at in order[row]
            if abs(moved[row, at]) >= LEAST
        ]
        for row in range(len(debts.due))
    ]


def plain_reasons(debts: Debts, rows: Mapping[str, Numbers]) -> list[list[dict[str, Any]]]:
    """Of the plain history: how the customer paid, which is all that it looks at."""
    column = {name: debts.features[:, at] for at, name in enumerate(debts.names)}
    return [
        [
            {"about": "habit", "sooner": bool(column["mean_days"][row] <= 0)}
            | _facts("habit", row, column, rows)
        ]
        for row in range(len(debts.due))
    ]


def _facts(
    about: str, row: int, column: Mapping[str, NDArray[Any]], rows: Mapping[str, Numbers]
) -> dict[str, Any]:
    """The facts of a group that its sentence names."""

    def rounded(value: Any, digits: int = 0) -> float | int:
        number = round(float(value), digits)
        return int(number) if digits == 0 else number

    def told(name: str, digits: int = 0) -> float | int:
        return rounded(rows[name][row], digits)

    if about == "habit":
        closed = float(rows["closed"][row])
        return {
            "debts": told("known5"),
            "late": told("late5"),
            "days": rounded(rows["days_late"][row] / closed if closed > 0.5 else 0, 1),
        }
    if about == "lately":
        return {"days": rounded(column["mean_days_lately"][row], 1), "last": told("last_days_late")}
    if about == "alike":
        return {"debts": told("size_known5"), "late": told("size_late5")}
    if about == "overdue":
        return {"overdue": rounded(column["overdue"][row]), "age": rounded(column["overdue_age"][row])}
    if about == "balance":
        return {"opened": rounded(column["opened"][row])}
    if about == "amount":
        return {
            "times": rounded(np.exp(np.clip(column["amount_relative"][row], -10, 10)), 1),
            "part": rounded(column["part_paid"][row] * 100),
        }
    if about == "calendar":
        return {
            "weekday": rounded(column["due_weekday"][row]),
            "worked": bool(column["due_workday"][row]),
            "month_day": rounded(column["due_month_day"][row]),
        }
    if about == "waiting":
        return {"days": rounded(column["days_to_due"][row])}
    if about == "promise":
        return {"days": rounded(column["promised_in"][row])}
    if about == "term":
        return {"days": rounded(column["term"][row])}
    if about == "relation":
        return {"days": max(rounded(column["tenure"][row]), 0), "debts": told("issued")}
    return {"value": rounded(column[about][row], 1)}

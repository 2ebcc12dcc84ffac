"""The numbers a model sees of a debt on a day, made of its history; pure. Groups of them are what reasons speak of.

Rates of a customer are shrunk toward those of all customers at the time: PRIOR debts' worth of what everybody does
is mixed in, so a customer of two debts says little and one of two hundred speaks for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
PRIOR = 4.0
RIDGE = 5.0  # what the slope over sizes is shrunk by, in debts × squared logarithm
FAR = 999.0

# group of features → the features in it
GROUPS: dict[str, tuple[str, ...]] = {
    "habit": ("rate5", "rate30", "mean_days", "early_share", "exact_share", "debts_known"),
    "lately": (
        "rate5_lately",
        "mean_days_lately",
        "rate5_newly",
        "mean_days_newly",
        "rate5_yearly",
        "mean_days_yearly",
        "last_days_late",
        "last3_days",
        "last10_days",
        "last10_worst",
        "last20_spread",
        "since_late",
        "since_closed",
    ),
    "alike": (
        "rate5_size",
        "mean_days_size",
        "known_size",
        "rate5_by_size",
        "by_size",
        "rate5_term",
        "mean_days_term",
        "known_term",
    ),
    "overdue": ("overdue", "overdue_share", "overdue_age", "overdue_to_sales"),
    "balance": ("opened", "open_log", "open_to_sales", "due_opened", "due_closed"),
    "amount": ("amount_log", "amount_relative", "part_paid"),
    "term": ("term",),
    "waiting": ("days_to_due", "age"),
    "calendar": ("due_weekday", "due_month_day", "due_workday", "due_month_end"),
    "relation": ("tenure", "since_issued", "issued_lately", "issued_log"),
    "promise": ("promised_on", "promised_in"),
}


def columns_of(
    rows: Mapping[str, Numbers], is_workday: Callable[[Numbers], Numbers], facts: tuple[str, ...] = ()
) -> dict[str, Numbers]:
    """The features of rows as told by `features.histories`, by name; never NaN.

    `is_workday`: 1.0 for each day number that is worked. `facts`: the codes of registered sources among the columns.
    """
    day, due = rows["day"], rows["due_day"]
    at_issue = rows["ord"] == 1
    made: dict[str, Numbers] = {}
    made |= _paid_before(rows)
    overdue = np.where(rows["overdue"] > 1e-6, rows["overdue"], 0.0)
    made["overdue"] = overdue
    open_amount = np.maximum(rows["open_amount"], 0.0)
    overdue_amount = np.where(overdue > 0, np.maximum(rows["overdue_amount"], 0.0), 0.0)
    made["overdue_share"] = overdue_amount / (open_amount + np.where(at_issue, rows["base"], 0.0) + 1e-9)
    made["overdue_age"] = np.where(
        overdue > 0, day - rows["overdue_days"] / np.maximum(overdue, 1e-6), 0.0
    ).clip(0, FAR)
    average_log = rows["amount_log"] / np.maximum(rows["issued"], 1e-6)
    usual = np.where(rows["issued"] > 1e-6, np.expm1(np.minimum(average_log, 40.0)), rows["base"])
    made["overdue_to_sales"] = np.log1p(overdue_amount / (usual + 1.0))
    made["opened"] = np.maximum(rows["opened"], 0.0)
    made["open_log"] = np.log1p(open_amount)
    made["due_opened"] = np.maximum(rows["due_opened"], 0.0)
    made["due_closed"] = np.maximum(rows["due_issued"] - rows["due_opened"], 0.0)
    made["open_to_sales"] = np.log1p(open_amount / (usual + 1.0))
    made["amount_log"] = np.log1p(rows["base"])
    made["amount_relative"] = np.where(rows["issued"] > 1e-6, np.log1p(rows["base"]) - average_log, 0.0)
    made["part_paid"] = rows["part_paid"].clip(0, 1)
    made["term"] = (due - rows["issued_day"]).clip(-FAR, FAR)
    made["days_to_due"] = (due - day).clip(-FAR, FAR)
    made["age"] = (day - rows["issued_day"]).clip(0, FAR)
    dates = due.astype(np.int64).astype("timedelta64[D]") + np.datetime64("2000-01-01")
    months = dates.astype("datetime64[M]")
    made["due_weekday"] = (due + 5) % 7  # 2000-01-01 was a Saturday; Monday is 0
    made["due_month_day"] = (dates - months.astype("datetime64[D]")).astype(np.float64) + 1
    made["due_month_end"] = ((months + 1).astype("datetime64[D]") - dates).astype(np.float64)
    made["due_workday"] = is_workday(due)
    made["tenure"] = np.minimum(rows["tenure"], 3 * FAR)
    made["since_issued"] = np.minimum(rows["since_issued"], FAR)
    made["issued_lately"] = rows["lately_issued"]
    made["issued_log"] = np.log1p(np.maximum(rows["issued"], 0))
    for code in facts:
        made[code] = rows[code]
    if "promised_on" in made:  # a day number: what counts is how far off it is, and from the due day
        promised = rows["promised_on"]
        made["promised_in"] = np.where(promised > 0, promised - day, FAR).clip(-FAR, FAR)
        made["promised_on"] = np.where(promised > 0, promised - due, FAR).clip(-FAR, FAR)
    return made


def _paid_before(rows: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """How the customer paid, at all times and lately, and what was like the debt asked about."""
    made: dict[str, Numbers] = {}
    # How everybody paid lately is no feature: it tells one time from another, and learning by heart what each brought.
    all_rate5 = _share(rows["all_late5"], rows["all_known5"], 0.1, 5.0)
    all_rate30 = _share(rows["all_late30"], rows["all_known30"], 0.02, 5.0)
    all_mean_days = _share(rows["all_days_late"], rows["all_closed"], 0.0, 5.0)
    made["rate5"] = _share(rows["late5"], rows["known5"], all_rate5, PRIOR)
    made["rate30"] = _share(rows["late30"], rows["known30"], all_rate30, PRIOR)
    made["mean_days"] = _share(rows["days_late"], rows["closed"], all_mean_days, PRIOR)
    made["early_share"] = _share(rows["early"], rows["closed"], 0.1, 2.0)
    made["exact_share"] = _share(rows["exact"], rows["closed"], 0.5, 2.0)
    made["debts_known"] = np.log1p(np.maximum(rows["known5"], 0))
    made["rate5_lately"] = _share(rows["lately_late5"], rows["lately_known5"], made["rate5"], 1.0)
    made["mean_days_lately"] = _share(rows["lately_days_late"], rows["lately_closed"], made["mean_days"], 1.0)
    for when in ("newly", "yearly"):
        made[f"rate5_{when}"] = _share(rows[f"{when}_late5"], rows[f"{when}_known5"], made["rate5"], 1.0)
        made[f"mean_days_{when}"] = _share(
            rows[f"{when}_days_late"], rows[f"{when}_closed"], made["mean_days"], 1.0
        )
    for alike, weight in (("size", 2.0), ("term", 3.0)):
        made[f"rate5_{alike}"] = _share(
            rows[f"{alike}_late5"], rows[f"{alike}_known5"], made["rate5"], weight
        )
        made[f"mean_days_{alike}"] = _share(
            rows[f"{alike}_days_late"], rows[f"{alike}_closed"], made["mean_days"], weight
        )
        made[f"known_{alike}"] = np.log1p(np.maximum(rows[f"{alike}_known5"], 0))
    made["by_size"], made["rate5_by_size"] = _by_size(rows, made["rate5"])
    made["last_days_late"] = rows["last_days_late"]
    paid_before = rows["last_closing"] > 0
    for name in ("last3_days", "last10_days", "last10_worst", "last20_spread"):
        made[name] = np.where(paid_before, rows[name], made["mean_days"])
    made["since_late"] = np.minimum(rows["since_late"], FAR)
    made["since_closed"] = np.minimum(rows["since_closed"], FAR)
    return made


def _by_size(rows: Mapping[str, Numbers], rate5: Numbers) -> tuple[Numbers, Numbers]:
    """How much later the customer pays larger debts, and its share of late ones at the size of this one.

    A ridge line through the customer's debts: share late = rate5 + slope × (size − mean size), size = ln(1 + amount).
    """
    known, size = np.maximum(rows["known5"], 0.0), np.log1p(rows["base"])
    mean = np.where(known > 1e-6, rows["known5_size"] / np.maximum(known, 1e-6), size)
    spread = np.maximum(rows["known5_size2"] - mean * rows["known5_size"], 0.0)
    slope = (rows["late5_size"] - mean * rows["late5"]) / (spread + RIDGE)
    return slope, (rate5 + slope * (size - mean)).clip(-0.5, 1.5)


def _share(part: Numbers, whole: Numbers, prior: Numbers | float, weight: float) -> Numbers:
    return (part + prior * weight) / (np.maximum(whole, 0.0) + weight)

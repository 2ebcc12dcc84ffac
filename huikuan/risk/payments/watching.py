"""Whether a model still holds: what it says of debts issued after it was made and due since, beside what came of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection

from huikuan.risk.payments.features import histories
from huikuan.risk.payments.fitting import try_on
from huikuan.risk.payments.learning import AT_ISSUE
from huikuan.risk.payments.models import PaymentModel
from huikuan.risk.payments.predicting import HISTORY
from huikuan.risk.payments.queries import text_of
from huikuan.risk.payments.staging import Cut, day_number, stage_debts

LEAST = 100  # debts to judge by
KNOWN_AFTER = 5  # days after the due day by which every debt is paid in time or known to be late
WEAKER_AUC, WEAKER_DAYS = (
    0.05,
    1.25,
)  # how far below its trial a model may fall: AUC lost, mean days off as a multiple
VERSIONS = 24  # the newest, of which one is judged

FINE, WEAKER, WORSE, PLAIN = "fine", "weaker", "worse", "plain"

# A debt whose due date was moved later is not asked about (`learning.AT_ISSUE`).
COUNTS = """
    SELECT v.since, (SELECT count(*) FROM payments_item i
                     WHERE i.since = i.known AND i.issued >= v.since AND i.due <= %(due_by)s)
    FROM unnest(%(since)s::int[]) v (since)
"""


def run_watch(cut: Cut) -> dict[str, Any] | None:
    """How the newest version that enough debts tell of does; None where of no version enough came due since.

    Only debts whose due day is `KNOWN_AFTER` days ago or more count, so that those paid early are not seen too often.
    `state`: "worse" than a clerk's guess, "weaker" than when it was tried, "fine", or "plain" history, which is such a
    guess itself.
    """
    if not stage_debts(cut):
        return None
    due_by = cut.number - KNOWN_AFTER
    versions = list(
        PaymentModel.objects.filter(until_on__lt=cut.on).order_by("-until_on", "-number")[:VERSIONS]
    )
    since = {version.pk: day_number(version.until_on) + 1 for version in versions}
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"since": list(set(since.values())), "due_by": due_by})
        count = dict(cursor.fetchall())
    version = next((each for each in versions if count[since[each.pk]] >= LEAST), None)
    if version is None:
        return None
    origin = since[version.pk]
    rows = histories(cut, f"{AT_ISSUE.format(origin, cut.number)} AND due <= {due_by}")
    found = try_on(version.method, text_of(version), rows, origin, cut.number)
    if found is None:
        return None
    return {
        "version": version.number,
        "from": (version.until_on + timedelta(days=1)).isoformat(),
        "found": found,
        "expected": version.card["tried"],
        "state": _state(version.method, found, version.card["tried"]),
    }


def _state(method: str, found: dict[str, Any], expected: dict[str, Any] | None) -> str:
    if method == HISTORY:
        return PLAIN
    if not found["better"]:
        return WORSE
    if expected is None:
        return FINE
    auc, usual = found["late5"].get("auc"), expected["late5"].get("auc")
    less_sure = auc is not None and usual is not None and auc < usual - WEAKER_AUC
    further = found["date"]["mae"] > expected["date"]["mae"] * WEAKER_DAYS
    return WEAKER if less_sure or further else FINE

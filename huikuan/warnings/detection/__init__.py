"""What is found as of a day: one statement per kind of warning, over all customers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from huikuan.warnings.detection.buying import bought_again, bought_more
from huikuan.warnings.detection.foreseeing import expected_late
from huikuan.warnings.detection.judging import register_worse, score_dropped
from huikuan.warnings.detection.owing import concentrated, limit_used
from huikuan.warnings.detection.paying import dishonoured, first_late, later_and_later, partly_paid
from huikuan.warnings.detection.promising import promise_broken
from huikuan.warnings.rules import Finding, Kind, Setting

Detector = Callable[[Setting, date], list[Finding]]

# What another package knows of besides is told through `operations.warn`.
DETECTORS: dict[Kind, Detector] = {
    Kind.SCORE_DROP: score_dropped,
    Kind.LATE_TREND: later_and_later,
    Kind.FIRST_LATE: first_late,
    Kind.ORDER_SPIKE: bought_more,
    Kind.LIMIT_USE: limit_used,
    Kind.CONCENTRATION: concentrated,
    Kind.PARTIAL_PAYMENTS: partly_paid,
    Kind.PROMISE_BROKEN: promise_broken,
    Kind.DISHONOURED: dishonoured,
    Kind.DORMANT: bought_again,
    Kind.REGISTRY: register_worse,
    Kind.EXPECTED_LATE: expected_late,
}


def find(settings: Iterable[Setting], *, day: date) -> list[Finding]:
    """Everything that the active kinds find as of the end of a day, whether it was warned of before or not."""
    found: list[Finding] = []
    for setting in settings:
        detector = DETECTORS.get(setting.kind)
        if setting.active and detector is not None:
            found += detector(setting, day)
    return found

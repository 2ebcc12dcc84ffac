"""What warnings were worth: who got overdue afterwards, beside who does anyway."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.warnings.effect import Effect, effects
from huikuan.warnings.operations import close_warning, warn
from huikuan.warnings.rules import Finding, Kind

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)
WARNED = date(2026, 6, 1)


def _effect(kind: Kind) -> Effect:
    return next(each for each in effects(today=TODAY) if each.kind == kind)


def test_hits_are_counted_beside_the_base_rate(books: Any) -> None:
    for place in range(4):
        books.invoice(f"I{place}", "2026-05-01", "1000", due="2026-06-10", customer=f"C{place}")
    for place, paid in ((1, "2026-07-10"), (2, "2026-07-11"), (3, "2026-06-10")):
        books.receipt(f"R{place}", paid, "1000", customer=f"C{place}")
        books.allocate(f"R{place}", f"I{place}", "1000", paid)
    # C0 never paid, C2 paid on the 31st day: both more than 30 days overdue; C1 paid on the 30th.
    findings = [Finding(Kind.LATE_TREND, books.customer(f"C{place}").pk) for place in (0, 1)]
    made = warn(findings, actor=books.actor, day=WARNED)
    close_warning(made[1].pk, outcome="false_alarm", reason="付清", actor=books.actor, today=WARNED)
    found = _effect(Kind.LATE_TREND)
    assert (found.found, found.open, found.false_alarms) == (2, 1, 1)
    assert (found.hits.count, found.hits.overdue, found.hits.base) == (2, 1, Decimal("0.5"))


def test_what_is_too_young_to_tell_is_not_counted(books: Any) -> None:
    books.invoice("I", "2026-05-01", "1000", due="2026-09-10")
    warn([Finding(Kind.DORMANT, books.customer().pk)], actor=books.actor, day=TODAY - timedelta(days=89))
    assert _effect(Kind.DORMANT).hits.count == 0
    assert _effect(Kind.REGISTRY) == Effect(Kind.REGISTRY, 0, 0, 0, _effect(Kind.REGISTRY).hits)


def test_what_comes_after_the_ninety_days_does_not_count(books: Any) -> None:
    books.invoice(
        "I", "2026-05-01", "1000", due="2026-07-31"
    )  # 31 days overdue on the 91st day after the warning
    warn([Finding(Kind.DORMANT, books.customer().pk)], actor=books.actor, day=WARNED)
    assert (_effect(Kind.DORMANT).hits.count, _effect(Kind.DORMANT).hits.overdue) == (1, 0)

"""What a payment, a promise or an objection of the day holds back comes up for the rest on that day, as simulated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from huikuan.collection.models import CollectionAction
from huikuan.collection.operations import judge_promises, run_held_back
from huikuan.collection.operations.outcomes import guard
from huikuan.collection.simulation import simulate
from huikuan.collection.stepping import Trigger
from tests.collection.test_carrying_out import cancelled, mail
from tests.collection.test_runs import SHANGHAI, act_on, in_force, in_words, person, run, small_ledger

pytestmark = pytest.mark.django_db
D = Decimal
ENDS = ("settle", "withdraw")
"""What lets more be asked for: known before the run of its day."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_days_on_which_customers_act_before_their_mails_leave_equal_the_simulation(
    books: Any, seed: int
) -> None:
    version = in_force(
        books,
        mail(-3),
        mail(1),
        mail(4, minimum=D(300)),
        mail(9, repeat_days=3, repeats=12),
        replace(mail(0, trigger=Trigger.BROKEN), name="失信"),
        replace(mail(1, trigger=Trigger.DISPUTE), name="争议"),
        weekdays="135" if seed == 1 else "1234567",
        window=3,
        minimum=D(90),
    )
    acts: dict[date, list[Any]] = {}
    for day, what in small_ledger(books, Random(seed)):
        acts.setdefault(day, []).append(what)
    for code in list(books.customers):
        person(books, code)
    first, last = date(2026, 1, 5), date(2026, 4, 20)
    again = 0
    for day in (first + timedelta(days=each) for each in range((last - first).days + 1)):
        known = acts.pop(day, [])
        for what in known:
            if what[0] in ENDS:
                act_on(books, day, what, acts)
        judge_promises(actor=books.actor, day=day)
        run(books, day)
        for what in known:
            if what[0] not in ENDS:
                act_on(books, day, what, acts)
        morning = datetime.combine(day, time(8), SHANGHAI)
        for key in guard(list(CollectionAction.objects.filter(state="queued").values_list("pk", flat=True))):
            cancelled(CollectionAction.objects.get(pk=key), at=morning)
        rest = run_held_back(actor=books.actor, day=day, now=morning)
        again += rest.planned if rest else 0
        CollectionAction.objects.filter(state="queued").update(state="sent")
    assert again > 3
    rows = CollectionAction.objects.filter(fell_away_on=None)
    made = set(rows.values_list("on", "customer__code", "step__name", "items", "amount"))
    assert len(made) == rows.count() > 40
    assert in_words(books, simulate(version, first=first, last=last, today=last)) == made

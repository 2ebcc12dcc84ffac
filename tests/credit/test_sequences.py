"""Any sequence of asking, using, giving back and time passing: no limit is exceeded, nothing is lost or counted twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huikuan.credit.errors import CreditRefused
from huikuan.credit.models import Reservation
from huikuan.credit.operations import consume, expire_reservations, keep_up, release
from huikuan.credit.queries import standing_of
from tests.credit.giving import Giving
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books

LIMIT = Decimal(100)
REFERENCES = st.sampled_from(["SO-1", "SO-2", "SO-3", "SO-4"])
AMOUNTS = st.decimals(min_value="0.01", max_value="120", places=2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), REFERENCES, AMOUNTS),
        st.tuples(st.just("consume"), REFERENCES, AMOUNTS),
        st.tuples(st.just("release"), REFERENCES, st.none()),
        st.tuples(st.just("keep_up"), REFERENCES, AMOUNTS),
        st.tuples(st.just("wait"), st.just(""), st.integers(1, 60)),
        st.tuples(st.just("expire"), st.just(""), st.none()),
    ),
    max_size=14,
)


def step(credit: Giving, act: str, reference: str, value: Any) -> None:
    actor, today = credit.books.actor, credit.books.today
    if act == "wait":
        credit.books.today += timedelta(days=value)
    elif act == "expire":
        expire_reservations(actor=actor, today=today)
    elif act == "reserve":
        before = standing_of(credit.books.customer(), day=today)
        mine = Reservation.objects.filter(reference=reference, state="held", expires_on__gte=today).first()
        decision = credit.reserve(reference, str(value))
        if decision.reserved and mine is None:
            assert before.position().used + value <= LIMIT
        if not decision.reserved:
            assert decision.reasons
            assert standing_of(credit.books.customer(), day=today).exposure == before.exposure
    elif act == "consume":
        consume(reference, amount=value, actor=actor, today=today)
    elif act == "keep_up":
        keep_up({reference: value}, actor=actor, today=today)
    else:
        release([reference], actor=actor, today=today)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(steps=STEPS)
def test_any_sequence_keeps_what_is_reserved_within_the_limit(steps: list[Any], books: Books) -> None:
    mark = transaction.savepoint()
    first = books.today
    try:
        credit = Giving(books)
        credit.limit(str(LIMIT))
        taken_back = False
        for each in steps:
            sealed = transaction.savepoint()
            try:
                step(credit, *each)
                transaction.savepoint_commit(sealed)
            except CreditRefused:
                transaction.savepoint_rollback(sealed)
            rows = list(Reservation.objects.all())
            alive = [row for row in rows if row.expires_on is None or row.expires_on >= books.today]
            held = sum((row.remaining for row in alive), Decimal(0))
            standing = standing_of(books.customer(), day=books.today)
            assert standing.exposure.parts["reserved"] == held
            taken_back |= each[0] == "keep_up"  # goods that come back take their credit again, limit or not
            assert taken_back or held <= LIMIT
            for row in rows:
                assert 0 <= row.remaining <= row.base_amount
                assert (row.state == "held") == (row.remaining > 0)
            assert len([row for row in rows if row.state == "held"]) == len(
                {row.reference for row in rows if row.state == "held"}
            )
            past = standing_of(books.customer(), day=books.today, past=True)
            assert past.exposure.parts["reserved"] == held
        assert_nothing_broken(books.organization)
    finally:
        books.today = first
        books.customers.clear()
        transaction.savepoint_rollback(mark)

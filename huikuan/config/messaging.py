"""Which packages send messages: what holds theirs back, who is told what became of them, and which days are worked."""

from __future__ import annotations

from huikuan.collection.operations import hearing, outcomes
from huikuan.collection.operations.carrying import ABOUT
from huikuan.collection.policy_queries import work_calendar
from huikuan.messaging.registry import register_calendar, register_guard, register_hearing, register_outcome
from huikuan.statements.operations.sending import guard as statements_guard
from huikuan.statements.queries import ABOUT as STATEMENT


def register_messaging() -> None:
    """Each package above messaging offers a guard and a listener for its kind of message, registered here."""
    register_calendar(work_calendar)
    register_guard(ABOUT, outcomes.guard)
    register_outcome(ABOUT, outcomes.told)
    register_hearing(ABOUT, hearing.heard)
    register_guard(STATEMENT, statements_guard)

"""Which packages send messages: what holds theirs back, and who is told what became of them."""

from __future__ import annotations

from huikuan.collection.operations import outcomes
from huikuan.collection.operations.carrying import ABOUT
from huikuan.messaging.registry import register_guard, register_outcome


def register_messaging() -> None:
    """Each package above messaging offers a guard and a listener for its kind of message, registered here."""
    register_guard(ABOUT, outcomes.guard)
    register_outcome(ABOUT, outcomes.told)

"""Which packages send messages: what holds theirs back, and who is told what became of them."""

from __future__ import annotations


def register_messaging() -> None:
    """Each package above messaging offers a guard and a listener for its kind of message, registered here."""

"""Cases at law: their kinds, stages, and which stage may follow which: pure decisions."""

from __future__ import annotations

from enum import StrEnum


class CaseKind(StrEnum):
    """律师函, 诉讼, 支付令, 仲裁."""

    LETTER = "lawyer_letter"
    SUIT = "suit"
    ORDER = "payment_order"
    ARBITRATION = "arbitration"


class Stage(StrEnum):
    """How far a case is. `judgment`: a judgment, an order or an award; `closed` may follow any of them."""

    PREPARED = "prepared"
    APPROVED = "approved"
    LETTER_SENT = "letter_sent"
    FILED = "filed"
    ACCEPTED = "accepted"
    HEARING = "hearing"
    JUDGMENT = "judgment"
    ENFORCEMENT = "enforcement"
    CLOSED = "closed"


class EventKind(StrEnum):
    """What is written down of a case: it came to a stage, it cost a fee, something was done or agreed."""

    STAGE = "stage"
    FEE = "fee"
    NOTE = "note"


ORDER = tuple(Stage)
PATHS: dict[CaseKind, tuple[Stage, ...]] = {
    CaseKind.LETTER: (Stage.PREPARED, Stage.APPROVED, Stage.LETTER_SENT, Stage.CLOSED),
    CaseKind.SUIT: ORDER,
    CaseKind.ORDER: tuple(stage for stage in ORDER if stage != Stage.HEARING),
    CaseKind.ARBITRATION: ORDER,
}
INTERRUPTS = Stage.FILED
"""Limitation is interrupted by filing (Civil Code art. 195 no. 3) and begins anew when the procedure has ended."""
REMINDED_DAYS = 3
"""How many days before a case's next date somebody is reminded of it."""


def next_stages(kind: CaseKind, stage: Stage) -> tuple[Stage, ...]:
    """The stages that may follow: later ones of its kind. Nothing leaves the house before it was approved."""
    path = PATHS[kind]
    if stage == Stage.PREPARED:
        return (Stage.APPROVED, Stage.CLOSED)
    return path[path.index(stage) + 1 :]

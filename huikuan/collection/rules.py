"""What a contact is worth as evidence, when limitation ends, what a promise came to: pure decisions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from huikuan.core.calendar import CHINA, WorkCalendar
from huikuan.core.dates import add_years

ZERO = Decimal(0)
LIMITATION_YEARS = 3
CEILING_YEARS = 20
WARNED_DAYS = (180, 90, 30)
"""How many days before limitation ends somebody is warned."""
GRACE_DAYS = 3
JUDGED_ANEW_DAYS = 60
"""How long after its last day a promise is judged anew: money of that day may be allocated later."""


class Channel(StrEnum):
    """How somebody was spoken or written to."""

    PHONE = "phone"
    VISIT = "visit"
    MEETING = "meeting"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    EMAIL = "email"
    LETTER = "letter"
    SMS = "sms"


SPOKEN = frozenset({Channel.PHONE, Channel.VISIT, Channel.MEETING})


class Direction(StrEnum):
    OUT = "out"
    IN = "in"


class Result(StrEnum):
    """What came of a contact. `acknowledged`: the debtor confirmed the debt."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    PROMISED = "promised"
    PAID_SAYS = "paid_says"
    CALL_BACK = "call_back"
    DISPUTED = "disputed"
    REFUSED = "refused"
    ACKNOWLEDGED = "acknowledged"
    SENT = "sent"


class NextStep(StrEnum):
    """What is done next."""

    CALL = "call"
    VISIT = "visit"
    WRITE = "write"
    LETTER = "letter"
    STATEMENT = "statement"
    CHECK_MONEY = "check_money"
    ANSWER_DISPUTE = "answer_dispute"
    ESCALATE = "escalate"
    LEGAL = "legal"


class Proof(StrEnum):
    """What shows that a contact took place and said what it said."""

    NONE = ""
    RECORDING = "recording"
    REPLY = "reply"
    DELIVERED = "delivered"
    AGREED_ADDRESS = "agreed_address"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Interruption:
    """Something that lets limitation begin anew on a day. `agreement`: of the debtor; else a demand of ours."""

    on: date
    agreement: bool = False


def interruption(
    *, channel: Channel, direction: Direction, result: Result, proof: Proof, on: date, proved_on: date | None
) -> Interruption | None:
    """Whether a contact interrupts limitation by itself; None: only once legal confirms it.

    A demand counts when it reached the debtor or should have (Civil Code art. 195; interpretation of the Supreme
    Court on limitation, 2020, art. 8): signed for, delivered, or sent to the address that was agreed. What was only
    said counts with a recording, a reply or a signature.
    """
    day = proved_on or on
    if proof == Proof.NONE:
        return None
    if result in (Result.ACKNOWLEDGED, Result.PROMISED):
        said = proof in (Proof.RECORDING, Proof.REPLY, Proof.SIGNED)
        return Interruption(day, agreement=True) if said else None
    if direction == Direction.IN or result == Result.NOT_REACHED:
        return None
    if channel in SPOKEN:
        return Interruption(day) if proof in (Proof.RECORDING, Proof.REPLY, Proof.SIGNED) else None
    if channel == Channel.SMS:
        return Interruption(day) if proof == Proof.REPLY else None
    return Interruption(day)


def limitation_expiry(due: date, interruptions: Iterable[Interruption] = ()) -> date:
    """The last day of limitation of a debt due on a day (Civil Code art. 188, 192, 195).

    Three years from the due day or the last interruption. A demand after the end is without effect, unlike an
    agreement of the debtor; 20 years after the due day it ends in any case. Of instalments of one debt `due` is
    the last one's (art. 189). 29 February counts to 28 February where there is none.
    """
    start = due
    for each in sorted(interruptions, key=lambda each: (each.on, not each.agreement)):
        if each.agreement or each.on <= add_years(start, LIMITATION_YEARS):
            start = max(start, each.on)
    return min(add_years(start, LIMITATION_YEARS), add_years(due, CEILING_YEARS))


def warned_at(left: int) -> int | None:
    """The warning that is due when limitation ends in so many days; None: none yet, or it has ended."""
    return min((days for days in WARNED_DAYS if 0 <= left <= days), default=None)


_FOLLOW_UPS: dict[Result, tuple[NextStep, int]] = {
    Result.REACHED: (NextStep.CALL, 7),
    Result.NOT_REACHED: (NextStep.CALL, 1),
    Result.PROMISED: (NextStep.CHECK_MONEY, 7),
    Result.PAID_SAYS: (NextStep.CHECK_MONEY, 2),
    Result.CALL_BACK: (NextStep.CALL, 2),
    Result.DISPUTED: (NextStep.ANSWER_DISPUTE, 3),
    Result.REFUSED: (NextStep.ESCALATE, 1),
    Result.ACKNOWLEDGED: (NextStep.CALL, 7),
    Result.SENT: (NextStep.CALL, 5),
}


def follow_up(
    result: Result, *, on: date, calendar: WorkCalendar = CHINA, promised_on: date | None = None
) -> tuple[NextStep, date]:
    """The next step that usually follows a result, and its day, put off to the next working day.

    After a promise it is the day that was promised.
    """
    step, days = _FOLLOW_UPS[result]
    return step, promised_on or calendar.next_workday(on + timedelta(days=days))


class PromiseState(StrEnum):
    """What a promise has come to."""

    OPEN = "open"
    KEPT = "kept"
    PARTLY = "partly"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


def judged(*, amount: Decimal, paid: Decimal, left: Decimal, day: date, last_day: date) -> PromiseState:
    """What a promise comes to as of a day. `last_day`: the promised day and the grace days.

    `paid`: what was paid towards it by `last_day`; `left`: what its items are still open with then, written-off
    debts included. Where nothing is left to pay without a payment (credited), it falls away.
    """
    if paid >= amount:
        return PromiseState.KEPT
    if left <= ZERO:
        return PromiseState.KEPT if paid > ZERO else PromiseState.WITHDRAWN
    if day <= last_day:
        return PromiseState.OPEN
    return PromiseState.PARTLY if paid > ZERO else PromiseState.BROKEN


def kept_rate(kept: Decimal, ended: Decimal) -> Decimal | None:
    """The share of promises that were kept, by count or by amount; None where none ended."""
    return kept / ended if ended else None


def is_web_address(text: str) -> bool:
    """Whether a text may stand as a link: http or https, a host, no blanks, at most 500 characters."""
    if len(text) > 500 or any(each.isspace() or not each.isprintable() for each in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of a contact as it was recorded: the same words and figures give the same digest, in any order."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()

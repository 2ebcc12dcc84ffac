"""What a policy says, when its steps are due, and on which days anything is done: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from huikuan.core.calendar import WorkCalendar
from huikuan.messaging.rules import CEILING

ZERO = Decimal(0)
_DAY = timedelta(days=1)
CEILING_FROM, CEILING_TO = CEILING.begin, CEILING.end
"""No debtor is reached between these hours."""
QUIET_FROM, QUIET_TO = time(20), time(8)
WINDOW = 5
LIMITATION_SPAN = 365
"""How many days before the end of limitation a step may be."""


class Scope(StrEnum):
    """By what a policy chooses customers. `group`: the head and all its members; `customer`: picked by hand."""

    SEGMENT = "segment"
    GRADE = "grade"
    REGION = "region"
    GROUP = "group"
    CUSTOMER = "customer"


class Trigger(StrEnum):
    """What the days of a step are counted from: the due day, a promise that was broken (the day after its grace
    days), a dispute that ended, or the last day of limitation.
    """

    DUE = "due"
    BROKEN = "broken"
    DISPUTE = "dispute"
    LIMITATION = "limitation"


class Means(StrEnum):
    """What a step does: a message, a letter, a task of somebody, or a case proposed."""

    EMAIL = "email"
    SMS = "sms"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    PHONE = "phone"
    VISIT = "visit"
    LETTER = "letter"
    LAWYER = "lawyer"
    SUIT = "suit"


MESSAGES = frozenset({Means.EMAIL, Means.SMS, Means.WECOM, Means.DINGTALK, Means.FEISHU})
GROUPS = frozenset({Means.WECOM, Means.DINGTALK, Means.FEISHU})
"""Messages to a group of ours, where the salesperson takes it on: they need no address of the customer."""
TASKS = frozenset({Means.PHONE, Means.VISIT})
CASES = frozenset({Means.LAWYER, Means.SUIT})


class Sender(StrEnum):
    """In whose name it goes out."""

    SYSTEM = "system"
    SALESPERSON = "salesperson"
    COLLECTOR = "collector"
    FINANCE = "finance"
    LEGAL = "legal"


class Their(StrEnum):
    """Whom at the customer."""

    FINANCE = "finance"
    PURCHASING = "purchasing"
    OWNER = "owner"


class Our(StrEnum):
    """Who of us is told."""

    SALESPERSON = "salesperson"
    COLLECTOR = "collector"
    MANAGER = "manager"
    LEGAL = "legal"


class Effect(StrEnum):
    """What a step does besides: no more credit above what is owed, nothing is delivered any more, or interest for
    paying late is proposed to finance.
    """

    STOP_CREDIT = "stop_credit"
    HOLD_ORDERS = "hold_orders"
    CHARGE_INTEREST = "charge_interest"


class ActionState(StrEnum):
    """What became of an action. `unknown`: the channel did not say; it is never repeated by itself."""

    PLANNED = "planned"
    WAITING = "waiting_approval"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """Why a step was left out; `settled`: why a call or visit that was planned is needless."""

    DONE = "done"
    PAUSED = "paused"
    DISPUTED = "disputed"
    PROMISED = "promised"
    MONEY_CAME = "money_came"
    BELOW_MINIMUM = "below_minimum"
    NO_ADDRESS = "no_address"
    HELD_OUT = "held_out"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step as it is decided; see `models.PolicyStep`. `key`: None for a new one."""

    name: str
    trigger: Trigger = Trigger.DUE
    days: int = 0
    channels: tuple[Means, ...] = ()
    template: str = ""
    sender: Sender = Sender.SYSTEM
    theirs: tuple[Their, ...] = (Their.FINANCE,)
    ours: tuple[Our, ...] = ()
    repeat_days: int = 0
    repeats: int = 0
    minimum: Decimal = ZERO
    fee: Decimal = ZERO
    with_interest: bool = False
    effects: tuple[Effect, ...] = ()
    needs_approval: bool = False
    script: str = ""
    key: UUID | None = None

    def event_days(self, base: date) -> list[date]:
        """The days on which it comes up for a debt, one for each cycle, in order."""
        first = base + self.days * _DAY
        again = self.repeats if self.repeat_days else 0
        return [first + cycle * self.repeat_days * _DAY for cycle in range(again + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a version of a policy says; `scopes` as (kind, value)."""

    steps: tuple[Step, ...] = ()
    scopes: tuple[tuple[Scope, str], ...] = ()
    priority: int = 100
    minimum: Decimal = ZERO
    window: int = WINDOW
    weekdays: str = "1234567"
    workdays_only: bool = True
    quiet_from: time = QUIET_FROM
    quiet_to: time = QUIET_TO
    note: str = ""


@dataclass(frozen=True, slots=True)
class RunDays:
    """The days on which a version does something, in order, and which of them each event comes up on."""

    days: tuple[date, ...]
    place: dict[date, int] = field(default_factory=dict)

    def first_from(self, on: date) -> int | None:
        """The place of the first run day on or after a day; None behind the last one that is known."""
        return self.place.get(on)


def is_run_day(on: date, *, weekdays: str, workdays_only: bool, calendar: WorkCalendar) -> bool:
    """Whether anything is done on a day."""
    return str(on.isoweekday()) in weekdays and (not workdays_only or calendar.is_workday(on))


def run_days(
    first: date, last: date, *, weekdays: str, workdays_only: bool, calendar: WorkCalendar
) -> RunDays:
    """The run days from `first` to `last`; what falls on a day without one comes up on the next."""
    span = [first + each * _DAY for each in range((last - first).days + 1)]
    days = tuple(
        on for on in span if is_run_day(on, weekdays=weekdays, workdays_only=workdays_only, calendar=calendar)
    )
    place, ahead = {}, len(days)
    for on in reversed(span):
        if ahead and days[ahead - 1] == on:
            ahead -= 1
        if ahead < len(days):
            place[on] = ahead
    return RunDays(days, place)


def covers_ceiling(quiet_from: time, quiet_to: time) -> bool:
    """Whether quiet hours hold at least from 22:00 to 08:00."""
    return quiet_from > quiet_to and quiet_from <= CEILING_FROM and quiet_to >= CEILING_TO


def changed_steps(before: Sequence[Step], after: Sequence[Step]) -> Iterable[tuple[Step | None, Step | None]]:
    """Pairs of the same step in two versions, in the order of the later one: None where it is not there."""
    former = {step.key: step for step in before}
    seen = set()
    for step in after:
        seen.add(step.key)
        yield former.get(step.key), step
    for step in before:
        if step.key not in seen:
            yield step, None


def step_needs(channels: Iterable[str], groups: Iterable[str]) -> tuple[bool, bool, bool]:
    """What lets a step be made: an e-mail address of the customer, a phone number, or nothing at all.

    `groups`: the channels of groups that somebody set up; a message to any other reaches nobody.
    """
    means = {Means(each) for each in channels}
    usable = {each for each in means if each not in GROUPS or each.value in set(groups)}
    alone = usable - {Means.EMAIL, Means.SMS}
    return Means.EMAIL in usable, Means.SMS in usable, bool(alone) or not means


_DEPTHS = {Trigger.DISPUTE: 0.5, Trigger.BROKEN: 8.5, Trigger.LIMITATION: 2000.0}


def depth(step: Step) -> float:
    """How grave a step is beside the others of its policy; of a customer's items the gravest decides.

    Steps by the due day are graver the later they are. A broken promise comes behind the calls of the second week,
    the end of a dispute behind the due day, and nothing is graver than limitation.
    """
    return step.days + _DEPTHS.get(step.trigger, 0.0)


def by_depth(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps of a policy in order, the lightest first."""
    return tuple(sorted(steps, key=depth))

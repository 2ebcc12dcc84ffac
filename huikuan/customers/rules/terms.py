"""Payment terms (账期): from what was agreed and what happened, the day on which money is due.

Counting follows Civil Code articles 200 to 203 (`huikuan.core.dates`). The due date is the contract's; the
effective due date is where it comes to rest when it falls on a day nobody works and the parties, or the
organization's policy, let it move. Days overdue count from the effective one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, TypeVar, overload

from huikuan.core.calendar import CHINA, WorkCalendar
from huikuan.core.dates import add_months, days_between, period_end


class TermKind(StrEnum):
    """How the due date follows from the base date."""

    NET_DAYS = "net_days"  # days after it
    MONTHS = "months"  # the same day, or day `day`, so many months later
    PERIOD_DAYS = "period_days"  # 月结: days after the end of its billing period
    PERIOD_MONTHS = "period_months"  # 月结: so many months after that end, on day `day` or the last
    ON_DELIVERY = "on_delivery"  # 货到付款
    PREPAID = "prepaid"  # 款到发货: with the order, delivery waits for the money
    MILESTONE = "milestone"  # days after an event that the contract names; no date before it
    RETENTION = "retention"  # 质保金: months after acceptance
    FIXED = "fixed"  # on a date that the contract names


class BaseEvent(StrEnum):
    """What happened on the base date."""

    INVOICE = "invoice"  # 开票
    DELIVERY = "delivery"  # 签收
    ACCEPTANCE = "acceptance"  # 验收
    STATEMENT = "statement"  # 对账
    INVOICE_RECEIVED = "invoice_received"  # 收票
    ORDER = "order"  # 下单
    MILESTONE = "milestone"  # the event that the term names


class HolidayRule(StrEnum):
    """Where a due date goes that falls on a day nobody works."""

    NONE = "none"
    NEXT = "next"
    PREV = "prev"


class UnusableTerm(ValueError):
    """The term contradicts itself or cannot be read: `field` names the place, `code` says what is wrong.

    Codes: missing, not_used (another kind's field), out_of_range, unreadable, unknown, wrong_sum.
    """

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"payment term: {field} {code}")
        self.field = field
        self.code = code


_LONGEST_DAYS: Final = 3650
_LONGEST_MONTHS: Final = 600

_RANGES: Final = {
    "days": (-365, _LONGEST_DAYS),
    "months": (0, _LONGEST_MONTHS),
    "day": (1, 31),
    "cutoff": (1, 31),
}

# Which fields each kind needs, and which it may have besides.
_NEEDED: Final[Mapping[TermKind, frozenset[str]]] = {
    TermKind.NET_DAYS: frozenset({"days"}),
    TermKind.MONTHS: frozenset({"months"}),
    TermKind.PERIOD_DAYS: frozenset({"days"}),
    TermKind.PERIOD_MONTHS: frozenset({"months"}),
    TermKind.ON_DELIVERY: frozenset(),
    TermKind.PREPAID: frozenset(),
    TermKind.MILESTONE: frozenset({"days", "milestone"}),
    TermKind.RETENTION: frozenset({"months"}),
    TermKind.FIXED: frozenset({"on"}),
}
_ALLOWED: Final[Mapping[TermKind, frozenset[str]]] = {
    **_NEEDED,
    TermKind.MONTHS: frozenset({"months", "day"}),
    TermKind.PERIOD_DAYS: frozenset({"days", "cutoff"}),
    TermKind.PERIOD_MONTHS: frozenset({"months", "day", "cutoff"}),
}


def used_fields(kind: TermKind) -> tuple[frozenset[str], frozenset[str]]:
    """The fields a kind of term needs, and all that it may have (`base_event` and `holiday` besides)."""
    return _NEEDED[kind], _ALLOWED[kind]


_EVENT_OF_KIND: Final = {
    TermKind.ON_DELIVERY: BaseEvent.DELIVERY,
    TermKind.PREPAID: BaseEvent.ORDER,
    TermKind.MILESTONE: BaseEvent.MILESTONE,
}
_EVENT_NAMES: Final = frozenset(event.value for event in BaseEvent)
_FREE_FIELDS: Final = ("days", "months", "day", "cutoff", "on", "milestone")


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRule:
    """One payment term. Make it with the class methods; `to_data` and `from_data` keep it in a database row.

    `holiday` None leaves the question to the organization's policy. Raises `UnusableTerm` when fields are
    missing, out of range, or do not belong to the kind.
    """

    kind: TermKind
    base_event: BaseEvent = BaseEvent.INVOICE
    holiday: HolidayRule | None = None
    days: int | None = None
    months: int | None = None
    day: int | None = None
    cutoff: int | None = None
    on: date | None = None
    milestone: str | None = None

    def __post_init__(self) -> None:
        given = {name for name in _FREE_FIELDS if getattr(self, name) is not None}
        for name in sorted(_NEEDED[self.kind] - given):
            raise UnusableTerm(name, "missing")
        for name in sorted(given - _ALLOWED[self.kind]):
            raise UnusableTerm(name, "not_used")
        for name, (lowest, highest) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not lowest <= value <= highest:
                raise UnusableTerm(name, "out_of_range")
        if self.kind is TermKind.PERIOD_DAYS and self.days is not None and self.days < 0:
            raise UnusableTerm("days", "out_of_range")
        # A given day of the base's own month may lie before the base.
        if self.day is not None and self.months == 0:
            raise UnusableTerm("months", "out_of_range")
        self._refuse_strange_event()

    def _refuse_strange_event(self) -> None:
        own_event = _EVENT_OF_KIND.get(self.kind)
        if own_event is not None and self.base_event is not own_event:
            raise UnusableTerm("base_event", "not_used")
        if own_event is None and self.base_event is BaseEvent.MILESTONE:
            raise UnusableTerm("base_event", "not_used")
        named = self.milestone
        if named is not None and (not named.strip() or named in _EVENT_NAMES):
            raise UnusableTerm("milestone", "unreadable")

    @classmethod
    def net(cls, days: int, *, base_event: BaseEvent = BaseEvent.INVOICE) -> "TermRule":
        """NET 30: days after the base date; negative for days before it."""
        return cls(kind=TermKind.NET_DAYS, days=days, base_event=base_event)

    @classmethod
    def after_months(
        cls, months: int, *, day: int | None = None, base_event: BaseEvent = BaseEvent.INVOICE
    ) -> "TermRule":
        """Months after the base date on the same day, or on day `day`: 次月15日 is one month, day 15."""
        return cls(kind=TermKind.MONTHS, months=months, day=day, base_event=base_event)

    @classmethod
    def period_days(
        cls, days: int, *, cutoff: int | None = None, base_event: BaseEvent = BaseEvent.INVOICE
    ) -> "TermRule":
        """月结 counted in days: days after the month's end, or after the cut-off day (截止日)."""
        return cls(kind=TermKind.PERIOD_DAYS, days=days, cutoff=cutoff, base_event=base_event)

    @classmethod
    def period_months(
        cls,
        months: int,
        *,
        day: int | None = None,
        cutoff: int | None = None,
        base_event: BaseEvent = BaseEvent.INVOICE,
    ) -> "TermRule":
        """月结 counted in months after the period's end, on pay day `day`, else the month's last day."""
        return cls(kind=TermKind.PERIOD_MONTHS, months=months, day=day, cutoff=cutoff, base_event=base_event)

    @classmethod
    def on_delivery(cls) -> "TermRule":
        """货到付款: due on the day the goods are signed for."""
        return cls(kind=TermKind.ON_DELIVERY, base_event=BaseEvent.DELIVERY)

    @classmethod
    def prepaid(cls) -> "TermRule":
        """款到发货: due on the day of the order; goods leave when the money is in."""
        return cls(kind=TermKind.PREPAID, base_event=BaseEvent.ORDER)

    @classmethod
    def at_milestone(cls, milestone: str, *, days: int = 0) -> "TermRule":
        """Days after an event that the contract names, such as 到货调试完成."""
        return cls(kind=TermKind.MILESTONE, milestone=milestone, days=days, base_event=BaseEvent.MILESTONE)

    @classmethod
    def retention(cls, months: int, *, base_event: BaseEvent = BaseEvent.ACCEPTANCE) -> "TermRule":
        """质保金: months after acceptance."""
        return cls(kind=TermKind.RETENTION, months=months, base_event=base_event)

    @classmethod
    def fixed(cls, on: date) -> "TermRule":
        """On a date that the contract names."""
        return cls(kind=TermKind.FIXED, on=on)

    @property
    def event(self) -> str:
        """The event whose date the term counts from: a `BaseEvent`, or the milestone's own name."""
        return self.milestone or self.base_event.value

    @property
    def delivery_waits_for_payment(self) -> bool:
        """Whether goods may leave only once the money is in."""
        return self.kind is TermKind.PREPAID

    def to_data(self) -> dict[str, str | int]:
        """Return the term as JSON data; what is not set is left out, dates are ISO texts."""
        data: dict[str, str | int] = {"kind": self.kind.value, "base_event": self.base_event.value}
        if self.holiday is not None:
            data["holiday"] = self.holiday.value
        for name in _FREE_FIELDS:
            value = getattr(self, name)
            if value is not None:
                data[name] = value.isoformat() if isinstance(value, date) else value
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> "TermRule":
        """Read what `to_data` wrote. Raises `UnusableTerm` for anything that is not exactly a term."""
        for name in sorted(data.keys() - {field.name for field in fields(cls)}):
            raise UnusableTerm(name, "unknown")
        kind = _member(TermKind, data, "kind")
        if kind is None:
            raise UnusableTerm("kind", "missing")
        default_event = _EVENT_OF_KIND.get(kind, BaseEvent.INVOICE)
        if kind is TermKind.RETENTION:
            default_event = BaseEvent.ACCEPTANCE
        return cls(
            kind=kind,
            base_event=_member(BaseEvent, data, "base_event") or default_event,
            holiday=_member(HolidayRule, data, "holiday"),
            days=_whole_number(data, "days"),
            months=_whole_number(data, "months"),
            day=_whole_number(data, "day"),
            cutoff=_whole_number(data, "cutoff"),
            on=_date(data, "on"),
            milestone=_text(data, "milestone"),
        )


_Choice = TypeVar("_Choice", bound=StrEnum)


def _member(choices: type[_Choice], data: Mapping[str, object], name: str) -> _Choice | None:
    value = _text(data, name)
    try:
        return None if value is None else choices(value)
    except ValueError:
        raise UnusableTerm(name, "unreadable") from None


def _text(data: Mapping[str, object], name: str) -> str | None:
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise UnusableTerm(name, "unreadable")
    return value


def _whole_number(data: Mapping[str, object], name: str) -> int | None:
    value = data.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise UnusableTerm(name, "unreadable")
    return value


def _date(data: Mapping[str, object], name: str) -> date | None:
    value = _text(data, name)
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise UnusableTerm(name, "unreadable") from None


@dataclass(frozen=True, slots=True)
class DueDate:
    """When money is due: by the contract, and where that comes to rest.

    Provisional while the calendar of the year is not published: the effective date may still move.
    """

    due_on: date
    effective_due_on: date
    provisional: bool = False


@overload
def due_date(
    rule: TermRule, base_on: date, calendar: WorkCalendar = ..., *, policy: HolidayRule = ...
) -> DueDate: ...
@overload
def due_date(
    rule: TermRule, base_on: date | None, calendar: WorkCalendar = ..., *, policy: HolidayRule = ...
) -> DueDate | None: ...
def due_date(
    rule: TermRule,
    base_on: date | None,
    calendar: WorkCalendar = CHINA,
    *,
    policy: HolidayRule = HolidayRule.NONE,
) -> DueDate | None:
    """Return when a term that starts on `base_on` is due; None when its event has not happened yet.

    `policy` is the organization's rule for days nobody works, used where the term has none of its own: NEXT
    is Civil Code article 203. With NONE the effective date is the due date.
    """
    due_on = _contract_date(rule, base_on)
    if due_on is None:
        return None
    holiday = rule.holiday or policy
    if holiday is HolidayRule.NONE:
        return DueDate(due_on, due_on)
    rolled = (
        calendar.next_workday(due_on) if holiday is HolidayRule.NEXT else calendar.previous_workday(due_on)
    )
    return DueDate(due_on, rolled, calendar.is_provisional(due_on) or calendar.is_provisional(rolled))


def _contract_date(rule: TermRule, base_on: date | None) -> date | None:
    if rule.kind is TermKind.FIXED:
        return rule.on
    if base_on is None:
        return None
    days, months = rule.days or 0, rule.months or 0
    match rule.kind:
        case TermKind.MONTHS | TermKind.RETENTION:
            return add_months(base_on, months, rule.day)
        case TermKind.PERIOD_DAYS:
            return period_end(base_on, rule.cutoff) + timedelta(days=days)
        case TermKind.PERIOD_MONTHS:
            return add_months(period_end(base_on, rule.cutoff), months, rule.day or 31)
        case _:
            return base_on + timedelta(days=days)


def days_overdue(effective_due_on: date, as_of: date) -> int:
    """Return the days overdue on `as_of`: none before the effective due date and on it."""
    return max(0, days_between(effective_due_on, as_of))


def term_from_days(days: int) -> TermRule:
    """Return the plain term of so many days from the invoice. Raises `UnusableTerm` out of -365 to 3650."""
    return TermRule.net(days)

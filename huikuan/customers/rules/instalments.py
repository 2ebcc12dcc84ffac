"""Instalments: one amount in several parts, each with its own term and due date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from huikuan.core.calendar import CHINA, WorkCalendar
from huikuan.core.money import split
from huikuan.customers.rules.terms import HolidayRule, TermKind, TermRule, UnusableTerm, due_date

_WHOLE: Final = Decimal(100)
_MONTH: Final = 30


@dataclass(frozen=True, slots=True)
class Instalment:
    """A share of the amount and when it is due. Raises `UnusableTerm` unless 0 < percent <= 100."""

    percent: Decimal
    rule: TermRule

    def __post_init__(self) -> None:
        if not self.percent.is_finite() or not 0 < self.percent <= _WHOLE:
            raise UnusableTerm("percent", "out_of_range")


@dataclass(frozen=True, slots=True)
class InstalmentDue:
    """One instalment of an amount. It has no dates until the `event` it waits for has happened (未触发)."""

    amount: Decimal
    event: str
    due_on: date | None
    effective_due_on: date | None
    provisional: bool = False


def split_instalments(
    amount: Decimal,
    currency: str,
    instalments: Sequence[Instalment],
    events: Mapping[str, date],
    calendar: WorkCalendar = CHINA,
    *,
    policy: HolidayRule = HolidayRule.NONE,
) -> list[InstalmentDue]:
    """Divide an amount among instalments, in their order; the amounts sum to it exactly.

    Each percentage is rounded, the last instalment takes the remainder. `events` holds the dates known so
    far, by `TermRule.event` (a `BaseEvent` or the name of a milestone). `calendar` and `policy` are those of
    `due_date`. Raises `UnusableTerm` when the percentages do not sum to 100.
    """
    _refuse_wrong_sum(instalments)
    parts = split(amount, [instalment.percent for instalment in instalments], currency)
    return [
        _dated(part, instalment.rule, events, calendar, policy)
        for part, instalment in zip(parts, instalments, strict=True)
    ]


def _dated(
    amount: Decimal, rule: TermRule, events: Mapping[str, date], calendar: WorkCalendar, policy: HolidayRule
) -> InstalmentDue:
    due = due_date(rule, events.get(rule.event), calendar, policy=policy)
    if due is None:
        return InstalmentDue(amount, rule.event, None, None)
    return InstalmentDue(amount, rule.event, due.due_on, due.effective_due_on, due.provisional)


def _refuse_wrong_sum(instalments: Sequence[Instalment]) -> None:
    if sum((instalment.percent for instalment in instalments), Decimal(0)) != _WHOLE:
        raise UnusableTerm("percent", "wrong_sum")


def instalments_to_data(instalments: Sequence[Instalment]) -> list[dict[str, object]]:
    """Return instalments as JSON data: percentages are texts."""
    return [
        {"percent": f"{instalment.percent:f}", "rule": instalment.rule.to_data()}
        for instalment in instalments
    ]


def instalments_from_data(data: object) -> list[Instalment]:
    """Read what `instalments_to_data` wrote. Raises `UnusableTerm` for anything else or a wrong sum."""
    if not isinstance(data, list):
        raise UnusableTerm("instalments", "unreadable")
    instalments = [_instalment(item) for item in data]
    _refuse_wrong_sum(instalments)
    return instalments


def _instalment(item: object) -> Instalment:
    if not isinstance(item, dict) or item.keys() != {"percent", "rule"} or not isinstance(item["rule"], dict):
        raise UnusableTerm("instalments", "unreadable")
    percent = item["percent"]
    if not isinstance(percent, str):
        raise UnusableTerm("percent", "unreadable")
    try:
        share = Decimal(percent)
    except InvalidOperation:
        raise UnusableTerm("percent", "unreadable") from None
    return Instalment(share, TermRule.from_data(item["rule"]))


def agreed_rules(rule: Mapping[str, object], instalments: object) -> list[TermRule]:
    """The rules of a payment term as its data says them: of its instalments, or the one for everything."""
    if instalments:
        return [each.rule for each in instalments_from_data(instalments)]
    return [TermRule.from_data(rule)]


def is_prepaid(rule: Mapping[str, object], instalments: object) -> bool:
    """款到发货: whether everything is paid before anything is delivered."""
    return all(each.kind is TermKind.PREPAID for each in agreed_rules(rule, instalments))


def longest_days(rule: Mapping[str, object], instalments: object) -> int | None:
    """For how many days at most a term lets a customer owe, a month being 30 and a billing period a month.

    Retentions and fixed dates are no credit that a term gives: None where there is nothing else.
    """
    days = [_days(each) for each in agreed_rules(rule, instalments)]
    return max((each for each in days if each is not None), default=None)


def _days(rule: TermRule) -> int | None:
    if rule.kind in (TermKind.RETENTION, TermKind.FIXED):
        return None
    period = _MONTH if rule.kind in (TermKind.PERIOD_DAYS, TermKind.PERIOD_MONTHS) else 0
    return max(period + (rule.days or 0) + _MONTH * (rule.months or 0), 0)

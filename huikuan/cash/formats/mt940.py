"""MT940 and MT942: statements of SWIFT (SRG, category 9), as banks of many countries write them.

Known habits are read: text before the first message, SWIFT envelopes, fields wrapped by a program in between, several
statements in one file, missing line ends, the German value date of 30 February (30/360). A message that is cut, or
whose balances do not come out, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from huikuan.cash.formats.amounts import read_amount
from huikuan.cash.formats.errors import StatementUnreadable, shortened
from huikuan.cash.formats.meaning import kind_by_words
from huikuan.cash.formats.mt940_details import Details, read_details
from huikuan.cash.formats.statements import ParsedLine, ParsedStatement

_TAGS: Final = r"20|21|25P?|28C?|60[FM]|61|62[FM]|64|65|86|34F|13D?|90[CD]|NS|940"
_FIELD: Final = re.compile(rf"[ ]*:({_TAGS}):(.*)", re.DOTALL)
_ENVELOPE: Final = re.compile(r"^\{1:.*?\{4:|^\{[1-3]:[^{}]*\}")
_ENDS: Final = re.compile(r"-(?:\}.*|X*)?\s*")
_BALANCE: Final = re.compile(r"([CD])([0-9]{6})([A-Z]{3})?([0-9.,]+)", re.ASCII)
_LINE: Final = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4})?(?P<mark>R?[CD]|E[CD])(?P<funds>[A-Z])?(?P<amount>[0-9][0-9,.]*)"
    r"(?P<type>[A-Z][A-Z0-9]{3})(?P<references>.*)",
    re.ASCII | re.DOTALL,
)
_SUM: Final = re.compile(r"([0-9]{1,5})([A-Z]{3})([0-9.,]+)", re.ASCII)
_NO_REFERENCE: Final = frozenset({"", "NONREF", "NREF", "NOREF", "EREF", "KREF+", "KREF", "EREF+", "N"})
_KIND_BY_TYPE: Final = {"CHG": "fee", "COM": "fee", "INT": "interest", "RTI": "return"}
_STARTS: Final = re.compile(rf"\s*(?:\{{1:|:(?:{_TAGS}):)", re.ASCII)


def looks_like_mt940(text: str) -> bool:
    """Whether some line near the beginning carries a tag of these messages."""
    return any(_STARTS.match(line) for line in text[:20_000].splitlines()[:60])


@dataclass
class _Field:
    row: int
    tag: str
    lines: list[str] = field(default_factory=list)

    @property
    def first(self) -> str:
        return self.lines[0].strip()


@dataclass
class _Open:
    """A statement of which more may come."""

    row: int
    account: str = ""
    number: str = ""
    currency: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    interim: bool = False
    lines: list[ParsedLine] = field(default_factory=list)
    sums: list[tuple[int, str, int, Decimal]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def read_mt940(text: str) -> tuple[ParsedStatement, ...]:
    """All statements of the text; raises StatementUnreadable naming the line."""
    statements: list[ParsedStatement] = []
    for message in _messages(text):
        statements.append(_statement(message))
    if not statements:
        raise StatementUnreadable(_("文件里没有 MT940 报文（:20: 开头）。"))
    return tuple(statements)


def _messages(text: str) -> Iterator[list[_Field]]:
    """Fields by message; a message ends with a line "-" or where the next :20: begins."""
    current: list[_Field] = []
    for number, raw in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        line = _ENVELOPE.sub("", raw) if raw.startswith("{") else raw
        while line.startswith("{"):
            line, before = _ENVELOPE.sub("", line), line
            if line == before:
                break
        match = _FIELD.match(line)
        if match and match[1] == "940":
            continue
        if match and match[1] == "20" and current:
            yield current
            current = []
        if match:
            current.append(_Field(number, match[1], [match[2]]))
        elif current and _ENDS.fullmatch(line):
            yield current
            current = []
        elif current:
            current[-1].lines.append(line)
    if current:
        yield current


def _statement(message: list[_Field]) -> ParsedStatement:
    opened = _Open(row=message[0].row)
    if message[0].tag != "20":
        raise StatementUnreadable(
            _("“:%s:”出现在报文之外：前面没有 :20:，文件可能只是一段。") % message[0].tag, row=opened.row
        )
    pending: tuple[_Field, Details] | None = None
    for item in message:
        if item.tag == "61":
            _close_line(opened, pending)
            pending = (item, Details())
        elif item.tag in ("86", "NS") and pending is not None and opened.closing is None:
            pending[1].add(read_details(item.lines, extended=item.tag == "NS"))
        else:
            _close_line(opened, pending)
            pending = None
            _take(opened, item, any_lines=bool(opened.lines))
    _close_line(opened, pending)
    return _finished(opened, message)


def _take(opened: _Open, item: _Field, *, any_lines: bool) -> None:
    if item.tag in ("25", "25P"):
        if opened.account:
            raise StatementUnreadable(_("同一报文里第二次出现账号（:25:）。"), row=item.row)
        opened.account = "".join(item.first.split())
    elif item.tag in ("28", "28C"):
        opened.number = item.first
    elif item.tag in ("60F", "60M"):
        if opened.opening is not None or any_lines:
            raise StatementUnreadable(_("同一报文里第二次出现期初余额（:60:）。"), row=item.row)
        opened.opening, opened.opened_on = _balance(opened, item)
    elif item.tag in ("62F", "62M"):
        if opened.closing is not None:
            raise StatementUnreadable(_("同一报文里第二次出现期末余额（:62:）。"), row=item.row)
        opened.closing, opened.closed_on = _balance(opened, item)
    elif item.tag in ("34F", "13D", "13"):
        opened.interim = True
        currency = item.first[:3]
        if item.tag == "34F" and currency.isalpha() and currency.isupper():
            opened.currency = opened.currency or currency
        if item.tag != "34F" and re.match(r"[0-9]{6}", item.first, re.ASCII):
            opened.closed_on = _day(item.first[:6], item.row)
    elif item.tag in ("90C", "90D"):
        match = _SUM.match(item.first)
        if match is None:
            raise StatementUnreadable(_("看不懂合计“%s”。") % shortened(item.first), row=item.row)
        opened.interim = True
        opened.currency = opened.currency or match[2]
        opened.sums.append((item.row, item.tag[-1], int(match[1]), read_amount(match[3], row=item.row)))


def _balance(opened: _Open, item: _Field) -> tuple[Decimal, date]:
    match = _BALANCE.fullmatch(item.first.replace(" ", ""))
    if match is None:
        raise StatementUnreadable(_("看不懂余额“%s”。") % shortened(item.first), row=item.row)
    currency = match[3] or opened.currency
    if opened.currency and currency != opened.currency:
        raise StatementUnreadable(
            _("同一报文里有两种币种：%(one)s 和 %(two)s。") % {"one": opened.currency, "two": currency},
            row=item.row,
        )
    opened.currency = currency
    amount = read_amount(match[4], row=item.row)
    return (amount if match[1] == "C" else -amount), _day(match[2], item.row, opened)


def _close_line(opened: _Open, pending: tuple[_Field, Details] | None) -> None:
    if pending is None:
        return
    item, details = pending
    if opened.closing is not None:
        raise StatementUnreadable(_("期末余额（:62:）之后还有流水。"), row=item.row)
    first, rest = item.first, item.lines[1:]
    match = _LINE.fullmatch(first)
    while match is None and rest:
        first, rest = first + rest[0].strip(), rest[1:]
        match = _LINE.fullmatch(first)
    if match is None:
        raise StatementUnreadable(_("看不懂流水“%s”。") % shortened(item.first), row=item.row)
    amount = read_amount(match["amount"], row=item.row)
    mark = match["mark"].removeprefix("E")
    value_on = _day(match["value"], item.row, opened)
    ours, _slashes, theirs = match["references"].partition("//")
    reference = theirs.strip() if theirs.strip().upper() not in _NO_REFERENCE else ""
    supplement = " ".join(" ".join(rest).split())
    own = ours.strip() if ours.strip().upper() not in _NO_REFERENCE else ""
    text = " ".join(part for part in (details.booking, own, supplement, details.text) if part)
    opened.lines.append(
        ParsedLine(
            row=item.row,
            booked_on=_entry_day(match["entry"], value_on, item.row) if match["entry"] else value_on,
            value_on=value_on,
            amount=amount if mark in ("C", "RD") else -amount,
            kind=_kind(mark, match["type"], details, text),
            counterparty=details.name,
            counterparty_account=details.account,
            counterparty_bank=details.bank,
            reference=reference,
            text=text,
        )
    )


def _kind(mark: str, type_code: str, details: Details, text: str) -> str:
    if mark.startswith("R"):
        return "return"
    return _KIND_BY_TYPE.get(type_code[1:]) or details.kind or kind_by_words(details.booking, text)


def _day(text: str, row: int, opened: _Open | None = None) -> date:
    """YYMMDD. Banks that count months of thirty days write 30 February: its last day is meant."""
    year, month, day = (int(text[place : place + 2]) for place in (0, 2, 4))
    year += 1900 if year >= 80 else 2000
    if month == 2 and day in (29, 30):
        last = 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
        if day > last and opened is not None:
            opened.notices.append(
                _("第 %(row)d 行的日期 2 月 %(day)d 日按 2 月 %(last)d 日读取。")
                % {"row": row, "day": day, "last": last}
            )
            day = last
    try:
        return date(year, month, day)
    except ValueError as error:
        raise StatementUnreadable(_("日历上没有 %s 这一天。") % text, row=row) from error


def _entry_day(text: str, value_on: date, row: int) -> date:
    """MMDD in the year that brings it nearest to the value date."""
    month, day = int(text[:2]), int(text[2:])
    found = []
    for year in (value_on.year - 1, value_on.year, value_on.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    if not found:
        raise StatementUnreadable(_("日历上没有 %s 这一天。") % text, row=row)
    return min(found, key=lambda each: abs((each - value_on).days))


def _finished(opened: _Open, message: list[_Field]) -> ParsedStatement:
    last = message[-1].row
    if not opened.account:
        raise StatementUnreadable(_("报文没有账号（:25:）。"), row=opened.row)
    if not opened.interim:
        if opened.opening is None:
            raise StatementUnreadable(_("报文没有期初余额（:60F:）。"), row=opened.row)
        if opened.closing is None:
            raise StatementUnreadable(_("报文没有期末余额（:62F:），文件可能被截断。"), row=last)
    _check_sums(opened)
    if not opened.currency:
        raise StatementUnreadable(_("报文没有写明币种。"), row=opened.row)
    days = [line.booked_on for line in opened.lines]
    starts = min(days, default=opened.opened_on or opened.closed_on)
    ends = max([*days, *([opened.closed_on] if opened.closed_on else [])], default=opened.opened_on)
    if starts is None or ends is None:
        raise StatementUnreadable(_("报文没有流水，也没有日期。"), row=opened.row)
    return ParsedStatement(
        format="mt942" if opened.opening is None else "mt940",
        account=opened.account,
        currency=opened.currency,
        lines=tuple(opened.lines),
        number=opened.number,
        starts_on=starts,
        ends_on=max(starts, ends),
        opening=opened.opening,
        closing=opened.closing,
        row=opened.row,
        notices=tuple(opened.notices),
    )


def _check_sums(opened: _Open) -> None:
    """90C and 90D say how many entries there are and what they come to."""
    for row, side, count, amount in opened.sums:
        found = [abs(line.amount) for line in opened.lines if (line.amount > 0) == (side == "C")]
        if len(found) != count or sum(found, Decimal(0)) != amount:
            raise StatementUnreadable(
                _("报文说有 %(count)d 笔共 %(amount)s，实际是 %(found)d 笔共 %(sum)s。")
                % {"count": count, "amount": amount, "found": len(found), "sum": sum(found, Decimal(0))},
                row=row,
            )

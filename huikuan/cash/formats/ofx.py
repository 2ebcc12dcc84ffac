"""OFX: the XML of version 2 and the SGML of version 1, whose elements need not be closed (OFX 1.6 and 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Final

from django.utils.translation import gettext as _

from huikuan.cash.formats.amounts import read_amount, read_currency
from huikuan.cash.formats.errors import StatementUnreadable, shortened
from huikuan.cash.formats.meaning import kind_by_words
from huikuan.cash.formats.statements import ParsedLine, ParsedStatement

MOST_CHARACTERS: Final = 64 * 1024 * 1024
_TOKEN: Final = re.compile(r"<(/?)([A-Za-z0-9_.:]{1,40})\s*/?>([^<]*)")
_UNSAFE: Final = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_STATEMENTS: Final = ("STMTRS", "CCSTMTRS")
_KINDS: Final = {"FEE": "fee", "SRVCHG": "fee", "INT": "interest"}


def looks_like_ofx(text: str) -> bool:
    """Whether the text has the header or the root of OFX."""
    head = text[:4000].upper()
    return "OFXHEADER" in head or "<OFX>" in head


@dataclass
class _Aggregate:
    """One element that holds others; `values` are the elements with a text of their own, each with its line."""

    name: str
    row: int
    values: dict[str, tuple[int, str]] = field(default_factory=dict)
    parts: list[_Aggregate] = field(default_factory=list)

    def everywhere(self, *names: str) -> Iterator[_Aggregate]:
        for part in self.parts:
            if part.name in names:
                yield part
            yield from part.everywhere(*names)

    def first(self, *names: str) -> _Aggregate | None:
        return next(self.everywhere(*names), None)

    def says(self, name: str) -> str:
        return self.values.get(name, (0, ""))[1]


def read_ofx(text: str) -> tuple[ParsedStatement, ...]:
    """All statements of the text; raises StatementUnreadable naming the line."""
    if len(text) > MOST_CHARACTERS:
        raise StatementUnreadable(_("OFX 文件过大，已拒绝读取。"))
    unsafe = _UNSAFE.search(text)
    if unsafe:
        raise StatementUnreadable(
            _("文件里有文档类型或实体声明，为安全起见拒绝读取。"), row=_row(text, unsafe.start())
        )
    root = _tree(text)
    found = tuple(_statement(each) for each in root.everywhere(*_STATEMENTS))
    if not found:
        raise StatementUnreadable(_("OFX 文件里没有银行对账单。"))
    return found


def _row(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _tree(text: str) -> _Aggregate:
    """Elements with a text are values; those without hold what follows until they are closed."""
    root = _Aggregate("", 1)
    path = [root]
    closed = False
    row, counted = 1, 0
    for token in _TOKEN.finditer(text):
        row += text.count("\n", counted, token.start())
        counted = token.start()
        name, value = token[2].upper(), token[3].strip()
        if token[1]:
            closed = closed or name == "OFX"
            if any(each.name == name for each in path[1:]):
                while path.pop().name != name:
                    pass
            continue
        if value:
            path[-1].values.setdefault(name, (row, " ".join(unescape(value).split())))
            continue
        if len(path) > 60:
            raise StatementUnreadable(_("OFX 嵌套过深，已拒绝读取。"), row=row)
        part = _Aggregate(name, row)
        path[-1].parts.append(part)
        path.append(part)
    if not closed:
        raise StatementUnreadable(_("文件没有结尾（</OFX>），可能被截断。"), row=row)
    return root


def _statement(part: _Aggregate) -> ParsedStatement:
    account = part.first("BANKACCTFROM", "CCACCTFROM")
    number = "".join(account.says("ACCTID").split()) if account else ""
    if not number:
        raise StatementUnreadable(_("对账单没有账号（ACCTID）。"), row=part.row)
    row, said = part.values.get("CURDEF", (part.row, ""))
    currency = read_currency(said, row=row)
    listed = part.first("BANKTRANLIST")
    lines = tuple(_line(each) for each in listed.everywhere("STMTTRN")) if listed else ()
    balance = part.first("LEDGERBAL")
    closing, closed_on = _balance(balance) if balance else (None, None)
    days = [line.booked_on for line in lines]
    starts = _optional_day(listed, "DTSTART") or min(days, default=closed_on)
    ends = _optional_day(listed, "DTEND") or max(days, default=closed_on)
    if starts is None or ends is None:
        raise StatementUnreadable(_("对账单没有流水，也没有日期。"), row=part.row)
    starts, ends = min([starts, *days]), max([ends, *days])
    if closed_on is not None and closed_on < ends:
        closing = None  # a balance of a day within the period is not its closing
    return ParsedStatement(
        format="ofx",
        account=number,
        currency=currency,
        lines=lines,
        starts_on=starts,
        ends_on=max(starts, ends),
        closing=closing,
        row=part.row,
    )


def _line(part: _Aggregate) -> ParsedLine:
    if "TRNAMT" not in part.values:
        raise StatementUnreadable(_("流水没有金额（TRNAMT）。"), row=part.row)
    row, amount = part.values["TRNAMT"]
    booked = _optional_day(part, "DTPOSTED")
    if booked is None:
        raise StatementUnreadable(_("流水没有日期（DTPOSTED）。"), row=part.row)
    payee, payer = part.first("PAYEE"), part.first("BANKACCTTO", "CCACCTTO")
    texts = (part.says("MEMO"), part.says("CHECKNUM"), part.says("REFNUM"))
    kind = _KINDS.get(part.says("TRNTYPE")) or kind_by_words(part.says("NAME"), part.says("MEMO"))
    if "CORRECTFITID" in part.values:
        kind = "return"
    return ParsedLine(
        row=part.row,
        booked_on=booked,
        value_on=_optional_day(part, "DTAVAIL"),
        amount=read_amount(amount, row=row, signed=True),
        kind=kind,
        counterparty=part.says("NAME") or (payee.says("NAME") if payee else ""),
        counterparty_account="".join(payer.says("ACCTID").split()) if payer else "",
        reference=part.says("FITID")[:140],
        text=" ".join(text for text in texts if text),
    )


def _balance(part: _Aggregate) -> tuple[Decimal, date | None]:
    row, amount = part.values.get("BALAMT", (part.row, ""))
    return read_amount(amount, row=row, signed=True), _optional_day(part, "DTASOF")


def _optional_day(part: _Aggregate | None, name: str) -> date | None:
    if part is None or name not in part.values:
        return None
    row, text = part.values[name]
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError as error:
        raise StatementUnreadable(
            _("看不懂日期“%s”，或日历上没有这一天。") % shortened(text), row=row
        ) from error

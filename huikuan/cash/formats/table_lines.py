"""Lines out of a recognised table: days and amounts exactly, or the row that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from huikuan.cash.formats.errors import StatementUnreadable
from huikuan.cash.formats.meaning import kind_by_words
from huikuan.cash.formats.statements import ParsedLine
from huikuan.cash.formats.table_words import (
    CLOSING_WORDS,
    IN_WORDS,
    NEUTRAL_WORDS,
    OPENING_WORDS,
    OUT_WORDS,
    TOTALS,
)
from huikuan.cash.formats.tables import BankTable, Row, cell_text
from huikuan.tables import TableError
from huikuan.tables.amounts import AmountColumn, AmountEvidence, settle_marks
from huikuan.tables.cells import Bad
from huikuan.tables.currencies import currency_of
from huikuan.tables.dates import DateColumn, DateEvidence, declared_format, settle_orders
from huikuan.tables.problems import sentence

_AMOUNTS: Final = ("amount", "in", "out", "balance")
_TOTALS: Final = re.compile(rf"\s*(?:\S{{0,6}}(?:{TOTALS}))", re.IGNORECASE)
_OPENING, _CLOSING = re.compile(OPENING_WORDS), re.compile(CLOSING_WORDS)
_NO_FLAG: Final = frozenset({"", "否", "n", "no", "0", "正常", "蓝字", "未冲账", "false"})


@dataclass
class Reading:
    """The lines of one account in the table, and what it says of the account."""

    lines: list[ParsedLine] = field(default_factory=list)
    opening: Decimal | None = None
    closing: Decimal | None = None
    left_out: list[int] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)


@dataclass
class _Columns:
    """The typed cells of the rows that are lines, by field."""

    rows: list[Row]
    days: list[date]
    value_days: list[date | None]
    amounts: dict[str, list[Decimal | None]]
    notices: list[str]
    negative_outs: bool


_NO_TEXT: Final = frozenset({"", "/", "0"})
Neutral = Callable[[Row, str], int]
"""What a wallet's row that counts neither as income nor as expense does: +1, −1, or 0 for nothing."""


def read_rows(
    table: BankTable,
    *,
    date_order: str = "",
    neutral: Neutral | None = None,
    skipped: Callable[[Row], bool] | None = None,
) -> tuple[dict[tuple[str, str], Reading], list[str]]:
    """Lines by own account and currency (empty where the table has no such column), and notices.

    Raises StatementUnreadable naming the first row that cannot be read.
    """
    columns = _typed(table, date_order)
    side = _side_column(table, columns.rows, wallets=neutral is not None)
    display_only = side is not None and _signs_repeat_the_side(columns, side)
    found: dict[tuple[str, str], Reading] = {}
    for index, row in enumerate(columns.rows):
        reading = found.setdefault(_whose(table, row), Reading())
        if skipped is not None and skipped(row):
            reading.left_out.append(row.line)
            continue
        moved = _moved(columns, index, row, side, display_only, neutral)
        if moved is None:
            reading.left_out.append(row.line)
            continue
        amount, reversed_ = moved
        if not amount:
            _take_balance(table, row, columns.amounts["balance"][index], reading)
            continue
        reading.lines.append(_line(table, columns, index, amount, reversed_))
    return found, columns.notices


def _typed(table: BankTable, date_order: str) -> _Columns:
    rows = [row for row in table.rows if _is_line(table, row)]
    notices: list[str] = []
    amounts = _amounts(table, rows, notices)
    return _Columns(
        rows=rows,
        days=[day for day in _days(table, rows, "day", date_order, needed=True) if day is not None],
        value_days=_days(table, rows, "value_day", date_order, needed=False),
        amounts=amounts,
        notices=notices,
        negative_outs="out" in table.columns and _outs_are_negative(table, amounts["out"]),
    )


def _is_line(table: BankTable, row: Row) -> bool:
    """Whether a row is meant as a movement: totals, notes and repeated headers are not."""
    texts = row.texts()
    if texts == table.header.texts():
        return False
    day = table.text(row, "day")
    first = next((text for text in texts if text), "")
    if not day or not any(letter.isdigit() for letter in day):
        filled = any(
            any(letter.isdigit() for letter in table.text(row, name)) for name in ("amount", "in", "out")
        )
        if not filled or _TOTALS.match(first) or _TOTALS.match(day):
            return False
        raise StatementUnreadable(_("这一行有金额，却没有日期。"), row=row.line)
    return not (_TOTALS.match(first) and first == day)


def _days(
    table: BankTable, rows: Sequence[Row], name: str, date_order: str, *, needed: bool
) -> list[date | None]:
    if name not in table.columns:
        return [None] * len(rows)
    cells = [_raw(table.cell(row, name)) for row in rows]
    override = declared_format(date_order) if date_order else None
    evidence = DateEvidence(table.title(name), override)
    evidence.add(cells)
    try:
        orders, _adopted = settle_orders({name: evidence}, override)
    except TableError as error:
        raise StatementUnreadable(str(error), row=rows[0].line if rows else 0) from error
    values = DateColumn(orders[name], date1904=table.date1904).column(cells)
    for row, value in zip(rows, values, strict=True):
        if isinstance(value, Bad):
            raise StatementUnreadable(sentence(value.code, value.details), row=row.line)
        if value is None and needed:
            raise StatementUnreadable(_("没有日期。"), row=row.line)
    return values


def _amounts(table: BankTable, rows: Sequence[Row], notices: list[str]) -> dict[str, list[Decimal | None]]:
    cells = {
        name: [_raw(table.cell(row, name)) for row in rows] for name in _AMOUNTS if name in table.columns
    }
    evidence: dict[str, AmountEvidence] = {}
    for name, values in cells.items():
        evidence[name] = AmountEvidence()
        evidence[name].add(values)
    marks, _doubtful = settle_marks(evidence)
    typed: dict[str, list[Decimal | None]] = {name: [None] * len(rows) for name in _AMOUNTS}
    for name, values in cells.items():
        read = AmountColumn(marks[name]).column(values)
        bad = [row.line for row, value in zip(rows, read, strict=True) if isinstance(value, Bad)]
        if bad and name == "balance" and not any(isinstance(value, Decimal) for value in read):
            notices.append(_("余额列没有一格可以读取（例如被遮盖），没有采用。"))
            continue
        for row, value in zip(rows, read, strict=True):
            if isinstance(value, Bad):
                raise StatementUnreadable(sentence(value.code, value.details), row=row.line)
        typed[name] = read
    return typed


def _raw(cell: Any) -> Any:
    return cell_text(cell) if isinstance(cell, str) else cell


def _side_column(table: BankTable, rows: Sequence[Row], *, wallets: bool) -> int | None:
    """The column that tells in from out: the first whose words are all known."""
    if "in" in table.columns and "out" in table.columns:
        return None
    known = OUT_WORDS | IN_WORDS | (NEUTRAL_WORDS if wallets else frozenset())
    for place in table.sides:
        words = {_at(row, place).casefold() for row in rows}
        if words - {""} and words <= known | {""}:
            return place
    named = table.columns.get("side")
    if named is not None and _is_named_a_sign(table, named):
        for row in rows:
            if _at(row, named).casefold() not in known:
                raise StatementUnreadable(_("看不懂借贷标志“%s”。") % _at(row, named)[:20], row=row.line)
    return None


def _is_named_a_sign(table: BankTable, place: int) -> bool:
    """Whether a column is a sign by its name alone; 交易类型 is one only where its words say so."""
    return "交易类型" not in cell_text(table.header.cells[place])


def _at(row: Row, place: int) -> str:
    return cell_text(row.cells[place]) if place < len(row.cells) else ""


def _signs_repeat_the_side(columns: _Columns, side: int) -> bool:
    """Whether amounts that went out are all written negative: then the sign is no reversal."""
    pairs = [
        (amount, _at(row, side).casefold())
        for row, amount in zip(columns.rows, columns.amounts["amount"], strict=True)
        if amount
    ]
    outs = [amount for amount, word in pairs if word in OUT_WORDS]
    ins = [amount for amount, word in pairs if word in IN_WORDS]
    return bool(outs) and all(amount < 0 for amount in outs) and all(amount > 0 for amount in ins)


def _moved(
    columns: _Columns, index: int, row: Row, side: int | None, display_only: bool, neutral: Neutral | None
) -> tuple[Decimal, bool] | None:
    """By how much the account moved, and whether a negative amount took something back; None: not at all."""
    came, went = columns.amounts["in"][index], columns.amounts["out"][index]
    amount = columns.amounts["amount"][index]
    if came and went:
        raise StatementUnreadable(_("同一行既有收入又有支出。"), row=row.line)
    if came or went:
        return _moved_by(came or Decimal(0), went or Decimal(0), written_negative=columns.negative_outs)
    if amount is None or not amount:
        return Decimal(0), False
    if side is None:
        return amount, False
    word = _at(row, side).casefold()
    if word in IN_WORDS or word in OUT_WORDS:
        if display_only:
            return amount, False
        return (amount if word in IN_WORDS else -amount), amount < 0
    if neutral is None:
        raise StatementUnreadable(_("没有写明是收入还是支出。"), row=row.line)
    sign = neutral(row, word)
    return (sign * amount, False) if sign else None


def _moved_by(came: Decimal, went: Decimal, *, written_negative: bool) -> tuple[Decimal, bool]:
    """What came in less what went out; a negative amount in either column takes back an earlier line."""
    if written_negative:
        return came + went, came < 0
    return came - went, came < 0 or went < 0


def _outs_are_negative(table: BankTable, outs: Sequence[Decimal | None]) -> bool:
    """Whether the column of expenses is written with minus throughout: 支出金额(-元), or three and all of them."""
    filled = [value for value in outs if value]
    if not filled or any(value > 0 for value in filled):
        return False
    return "-" in str(table.header.cells[table.columns["out"]]) or len(filled) >= 3


def _whose(table: BankTable, row: Row) -> tuple[str, str]:
    said = table.text(row, "currency")
    currency = currency_of(said) if said else None
    if said and currency is None:
        raise StatementUnreadable(_("不认识币种“%s”。") % said[:20], row=row.line)
    return "".join(table.text(row, "own_account").split()), currency or ""


def _take_balance(table: BankTable, row: Row, balance: Decimal | None, reading: Reading) -> None:
    """Rows without a movement: the balance brought forward, the closing one, or nothing."""
    words = " ".join(row.texts())
    if balance is not None and _OPENING.search(words):
        reading.opening = balance
    elif balance is not None and _CLOSING.search(words):
        reading.closing = balance
    else:
        reading.empty.append(row.line)


def _line(table: BankTable, columns: _Columns, index: int, amount: Decimal, reversed_: bool) -> ParsedLine:
    row = columns.rows[index]
    other = "payer" if amount > 0 else "payee"
    texts = list(dict.fromkeys(text for place in table.texts if (text := _at(row, place)) not in _NO_TEXT))
    if "reversal" in table.columns and table.text(row, "reversal").casefold() not in _NO_FLAG:
        reversed_ = True
    return ParsedLine(
        row=row.line,
        booked_on=columns.days[index],
        value_on=columns.value_days[index],
        amount=amount,
        balance=columns.amounts["balance"][index],
        kind="return" if reversed_ else kind_by_words(*texts),
        counterparty=_said(table, row, "counterparty", other),
        counterparty_account=_account(_said(table, row, "counterparty_account", f"{other}_account")),
        counterparty_bank=_said(table, row, "counterparty_bank", f"{other}_bank"),
        reference=_said(table, row, "reference"),
        text=" ".join(texts),
    )


def _said(table: BankTable, row: Row, *names: str) -> str:
    text = next((text for name in names if (text := table.text(row, name))), "")
    return "" if text == "/" else text


def _account(text: str) -> str:
    """An account number without spaces; what is masked is none."""
    bare = re.sub(r"[\s-]", "", text)
    return bare if re.fullmatch(r"[0-9A-Za-z@._]{5,40}", bare) and re.search(r"[0-9@]", bare) else ""

"""A customer's list as it is: laid out, read, its opening and closing balance and its subtotals set apart.

Nothing is left out silently: each line of the file becomes a line to compare, or says why it is none.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from huikuan.core.money import AMOUNT_LIMIT
from huikuan.core.sentences import in_succession
from huikuan.statements.errors import ListRefused
from huikuan.statements.merged import spread
from huikuan.statements.numbers import tokens
from huikuan.statements.rules import Line
from huikuan.tables import Layout, Peek, Problem, inspect, limits, peek, read

KIND = "customer_ledger"
MOST_LINES = 20_000
SHOWN_PROBLEMS = 20
ZERO = Decimal(0)
TOTAL = re.compile(
    r"\s*(?:\d{4}\s*年)?\s*(?:\d{1,2}\s*月份?)?\s*(?:本[月日年期页]|当[月日年期])?\s*(?:合\s*计|总\s*计|小\s*计|累\s*计)(?:数|金额)?\s*[::]?\s*"
    r"|\s*过次页\s*|\s*(?:grand\s+|sub[\s-]?)?totals?\s*:?\s*",
    re.IGNORECASE,
)
OPENING = re.compile(
    r"\s*(?:期初|年初|月初|上期|上年|上月|承前)(?:余额|结转|结余|数|页)*\s*|\s*(?:opening\s+balance|balance\s+b(?:rought\s+|/)f(?:orward|wd)?)\s*",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"\s*(?:期末|年末|月末)(?:余额|结余|数)\s*|\s*结转(?:下期|下年|下月)\s*|\s*(?:closing\s+balance|balance\s+c(?:arried\s+|/)f(?:orward|wd)?)\s*",
    re.IGNORECASE,
)
LESS = re.compile(
    r"付款|支付|已付|回款|退货|退款|红字|红冲|折让|返利|扣款|payment|paid|credit\s*note|return", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Asked:
    """How a person wants a list to be read; empty: as it is recognised. `mapping`: field → column."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    date_format: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line of the file that is not compared. `why`: subtotal, opening, closing, currency, empty, unreadable, later,
    earlier; `said`: what is wrong with it, in words."""

    line: int
    why: str
    said: str
    text: str


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance that a list says. `signed`: in a column of debits and credits, so that it turns with them."""

    amount: Decimal
    signed: bool = False

    def turned(self, turning: bool) -> Decimal:
        """The balance with the other sign, if the list is turned and it goes with it."""
        return -self.amount if turning and self.signed else self.amount


@dataclass(frozen=True, slots=True)
class TheirList:
    """What a customer's list says. `opening`, `closing`: where it says them; `notices`: about the file.

    Amounts above zero are owed to us, as long as credits in the customer's account of payables are.
    """

    lines: tuple[Line, ...]
    left_out: tuple[LeftOut, ...]
    opening: Balance | None
    closing: Balance | None
    layout: Layout
    notices: tuple[str, ...]


def look(path: Path, *, sheet: str = "") -> Peek:
    """The columns of a list as they are recognised, and its first rows. Raises TableError."""
    with _taken_apart(path) as plain:
        return peek(plain.path, kind=KIND, sheet=sheet or None)


def read_list(path: Path, asked: Asked, *, currency: str, leave_unreadable: bool = False) -> TheirList:
    """Read a list. Raises TableError where the file cannot be used, ListRefused where rows cannot be read.

    `leave_unreadable`: rows that cannot be read are left out, each named among what is left out.
    """
    with _taken_apart(path) as plain:
        layout = inspect(
            plain.path,
            kind=KIND,
            mapping=asked.mapping or None,
            sheet=asked.sheet or None,
            date_format=asked.date_format or None,
        )
        if layout.total_rows > MOST_LINES:
            raise ListRefused(
                _("名单有 %(rows)d 行，一次最多核对 %(most)d 行；请按期间分开。")
                % {"rows": layout.total_rows, "most": MOST_LINES},
                code="list_too_long",
            )
        chunks = list(read(plain.path, layout))
        notices = tuple(each.message for each in layout.notices)
        if plain.merged:
            notices = (_("表中有合并单元格，已按每一行展开；合并的金额只计一次。"), *notices)
    gathered = _Gathered(currency, layout)
    for chunk in chunks:
        rows = [
            dict(zip(chunk.columns, row, strict=True)) for row in zip(*chunk.columns.values(), strict=True)
        ]
        for line, row in zip(chunk.line, rows, strict=True):
            gathered.add(line, row)
        gathered.leave(chunk.problems)
    unreadable = [each for each in gathered.left_out if each.why == "unreadable"]
    if unreadable and not leave_unreadable:
        raise ListRefused(_unreadable(unreadable), code="rows_unreadable")
    if not gathered.lines:
        raise ListRefused(_("表里没有一行可以核对的明细。"), code="list_empty")
    left_out = tuple(sorted(gathered.left_out, key=lambda each: each.line))
    return TheirList(tuple(gathered.lines), left_out, gathered.opening, gathered.closing, layout, notices)


def _unreadable(rows: Sequence[LeftOut]) -> str:
    told = in_succession(
        _("第 %(line)d 行：%(said)s") % {"line": each.line, "said": each.said}
        for each in rows[:SHOWN_PROBLEMS]
    )
    more = len(rows) - SHOWN_PROBLEMS
    rest = _("；另有 %d 行") % more if more > 0 else ""
    return _("有 %(count)d 行读不出来，没有核对：%(rows)s%(rest)s。请更正后再传，或选择略过这些行。") % {
        "count": len(rows),
        "rows": told,
        "rest": rest,
    }


@dataclass(frozen=True, slots=True)
class _Plain:
    """A file without merged cells. `merged`: some were taken apart."""

    path: Path
    merged: bool


@contextmanager
def _taken_apart(path: Path) -> Iterator[_Plain]:
    """The file with its merged cells taken apart, as long as the block lasts; else the file itself."""
    with tempfile.TemporaryDirectory(prefix="hk-list-") as folder:
        target = Path(folder) / "list.xlsx"
        done = spread(path, target)
        yield _Plain(target if done else path, merged=done is not None and bool(done.filled or done.heads))


class _Gathered:
    """Rows as they are sorted out."""

    def __init__(self, currency: str, layout: Layout) -> None:
        self.currency, self.layout = currency, layout
        self.lines: list[Line] = []
        self.left_out: list[LeftOut] = []
        self.opening: Balance | None = None
        self.closing: Balance | None = None

    def add(self, line: int, row: Mapping[str, Any]) -> None:
        texts = [str(row[name]) for name in ("text", "number", "voucher", "category") if row.get(name)]
        shown = " ".join(texts)[:200]
        amount = _signed(row)
        if _says(TOTAL, texts):
            self._leave(line, "subtotal", shown)
        elif _says(OPENING, texts):
            self.opening = _balance(row, amount)
            self._leave(line, "opening", shown)
        elif _says(CLOSING, texts):
            self.closing = _balance(row, amount)
            self._leave(line, "closing", shown)
        elif row.get("currency") and row["currency"] != self.currency:
            self._leave(line, "currency", shown)
        elif not amount and not row.get("open"):
            self._leave(line, "empty", shown)
        else:
            self.lines.append(_line(line, row, amount))

    def leave(self, problems: Sequence[Problem]) -> None:
        """Rows that could not be read: subtotals by their words, the rest as unreadable, said once a row."""
        told: dict[int, list[Problem]] = {}
        for each in problems:
            told.setdefault(each.row, []).append(each)
        for line, several in told.items():
            cells = [cell for cell in several[0].raw if cell.strip()]
            shown = " ".join(cells)[:200]
            if any(each.code == "total_row" for each in several) or _says(TOTAL, cells):
                self._leave(line, "subtotal", shown)
            elif _says(OPENING, cells):
                self._balance(several[0].raw, "opening")
                self._leave(line, "opening", shown)
            elif _says(CLOSING, cells):
                self._balance(several[0].raw, "closing")
                self._leave(line, "closing", shown)
            elif len(cells) == 1 and all(each.code == "amount_missing" for each in several):
                self._leave(line, "empty", shown)
            else:
                said = in_succession(dict.fromkeys(each.message for each in several))
                self.left_out.append(LeftOut(line, "unreadable", said, shown))

    def _balance(self, raw: Sequence[str], name: str) -> None:
        """An opening or closing balance in a row without any movement."""
        column = self.layout.mapping.get("balance")
        text = raw[column] if column is not None and column < len(raw) else ""
        digits = re.sub(r"[^\d.\-]", "", text)
        try:
            said = Decimal(digits)
        except ArithmeticError:
            return
        if abs(said) < AMOUNT_LIMIT:
            setattr(self, name, Balance(said))

    def _leave(self, line: int, why: str, text: str) -> None:
        self.left_out.append(LeftOut(line, why, "", text))


def _says(words: re.Pattern[str], texts: Iterable[str]) -> bool:
    """Whether one of the texts is nothing but such words. Runs of spaces are one: a pattern would try all their parts."""
    return any(words.fullmatch(" ".join(each.split())) for each in texts if len(each) <= limits.MAX_TEXT)


def _balance(row: Mapping[str, Any], amount: Decimal | None) -> Balance | None:
    """What a row of a balance says."""
    if row.get("balance") is not None:
        return Balance(row["balance"])
    return None if amount is None else Balance(amount, signed=True)


def _signed(row: Mapping[str, Any]) -> Decimal | None:
    """What a row adds to what is owed: credit less debit, else the amount, less where its words say so."""
    debit, credit, amount = row.get("debit"), row.get("credit"), row.get("amount")
    if debit is not None or credit is not None:
        return (credit or ZERO) - (debit or ZERO)
    if amount is None:
        return None
    said = " ".join(str(row[name]) for name in ("category", "text") if row.get(name))
    return -amount if amount > 0 and LESS.search(said) else Decimal(amount)


def _line(line: int, row: Mapping[str, Any], amount: Decimal | None) -> Line:
    left = row.get("open")
    if left is None and row.get("paid") is not None and amount is not None:
        left = amount - (row["paid"] if amount > 0 else -abs(row["paid"]))
    if left is not None and amount is not None and amount < 0 < left:
        left = -left
    number = row.get("number") or row.get("voucher") or ""
    text = row.get("text") or ""
    on: date | None = row.get("on")
    return Line(
        key=str(line),
        on=on,
        number=number,
        amount=amount,
        said=tokens(text) if not row.get("number") else (),
        open=left,
        text=" ".join(text.split())[:200],
    )

"""`read_statements`: which reader a file needs, told by its content, and what every statement must satisfy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from huikuan.cash.formats.amounts import require_whole_units
from huikuan.cash.formats.bank_tables import read_bank_table
from huikuan.cash.formats.camt import looks_like_camt, read_camt
from huikuan.cash.formats.errors import StatementUnreadable, shortened
from huikuan.cash.formats.markup import MOST_BYTES, read_xml
from huikuan.cash.formats.mt940 import looks_like_mt940, read_mt940
from huikuan.cash.formats.ofx import looks_like_ofx, read_ofx
from huikuan.cash.formats.statements import ParsedLine, ParsedStatement
from huikuan.cash.formats.table_words import BANKS
from huikuan.core.money import AMOUNT_LIMIT
from huikuan.core.sentences import enumerated
from huikuan.tables import TableError
from huikuan.tables.encoding import detect_encoding

FORMATS: Final = ("mt940", "mt942", "camt", "ofx", *(code for code, _titles, _headers in BANKS), "table")
_SHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_LIMITS: Final = {
    "counterparty": 200,
    "counterparty_bank": 200,
    "counterparty_account": 64,
    "reference": 140,
    "text": 1000,
}


def read_statements(
    path: str | Path,
    *,
    format_name: str = "",
    mapping: Mapping[str, str] | None = None,
    date_order: str = "",
) -> tuple[ParsedStatement, ...]:
    """All statements of a file, each whole and consistent in itself.

    `format_name`: one of FORMATS where the content is not to decide. `mapping`: for tables, field to column
    (its header, or its letters); `date_order`: DMY, MDY, YMD or a strptime format
    where the dates can be read in several ways. Raises StatementUnreadable naming the line and the reason.
    """
    path = Path(path)
    if format_name and format_name not in FORMATS:
        raise StatementUnreadable(
            _("不认识的格式“%(name)s”；可用：%(formats)s。")
            % {"name": shortened(format_name), "formats": enumerated(FORMATS)}
        )
    found = _read(path, format_name, mapping, date_order)
    return tuple(_checked(statement) for statement in found)


def _read(
    path: Path, format_name: str, mapping: Mapping[str, str] | None, date_order: str
) -> tuple[ParsedStatement, ...]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise StatementUnreadable(_("文件过大，请按月份拆开。"))
        content = path.read_bytes()
    except OSError as error:
        raise StatementUnreadable(_("无法打开文件 %s。") % path.name) from error
    if not content.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n\x1a"):
        raise StatementUnreadable(_("文件是空的。"))
    tabular = format_name == "table" or any(format_name == code for code, _titles, _headers in BANKS)
    if content.startswith(_SHEETS) or tabular:
        return _labelled(read_bank_table(path, mapping, date_order=date_order), format_name)
    text = _text(path, content)
    if format_name == "ofx" or (not format_name and looks_like_ofx(text)):
        return read_ofx(text)
    if format_name == "camt" or (not format_name and text.lstrip("\ufeff \t\r\n").startswith("<?xml")):
        root = read_xml(content)
        if not looks_like_camt(root):
            raise StatementUnreadable(
                _("这个 XML 不是 CAMT.052、053 或 054（根元素是 %s）。") % shortened(root.name), row=root.row
            )
        return read_camt(root)
    if not format_name and text.lstrip("\ufeff \t\r\n").startswith(("<Document", "<!DOCTYPE")):
        return read_camt(read_xml(content))
    if format_name in ("mt940", "mt942") or looks_like_mt940(text):
        return read_mt940(text)
    return read_bank_table(path, mapping, date_order=date_order)


def _text(path: Path, content: bytes) -> str:
    """The text for the readers of marked formats, whose marks are ASCII in every encoding."""
    try:
        encoding = detect_encoding(path)
    except TableError as error:
        if error.code == "encoding_unknown":
            return content.decode("latin-1")
        raise StatementUnreadable(str(error), row=error.details.get("line", 0)) from error
    return content.decode(encoding.name, errors="replace")


def _labelled(found: tuple[ParsedStatement, ...], format_name: str) -> tuple[ParsedStatement, ...]:
    if not format_name:
        return found
    return tuple(replace(statement, format=format_name) for statement in found)


def _checked(statement: ParsedStatement) -> ParsedStatement:
    """Amounts in whole units, lines that move money, opening + Σ = closing."""
    notices = list(statement.notices)
    lines = []
    for line in statement.lines:
        if not line.amount:
            notices.append(_("第 %d 行的金额是零，没有读取。") % line.row)
            continue
        if abs(line.amount) >= AMOUNT_LIMIT:
            raise StatementUnreadable(_("金额过大。"), row=line.row)
        require_whole_units(line.amount, statement.currency, row=line.row)
        lines.append(_bounded(line))
    total = sum((line.amount for line in lines), Decimal(0))
    for balance in (statement.opening, statement.closing):
        if balance is not None:
            require_whole_units(balance, statement.currency, row=statement.row)
    if (
        statement.opening is not None
        and statement.closing is not None
        and statement.opening + total != statement.closing
    ):
        raise StatementUnreadable(
            _("对账单不平：期初 %(opening)s 加发生额 %(total)s 是 %(sum)s，期末却写 %(closing)s。")
            % {
                "opening": f"{statement.opening:,.2f}",
                "total": f"{total:,.2f}",
                "sum": f"{statement.opening + total:,.2f}",
                "closing": f"{statement.closing:,.2f}",
            },
            row=statement.row,
        )
    return replace(statement, lines=tuple(lines), notices=tuple(notices))


def _bounded(line: ParsedLine) -> ParsedLine:
    """Texts without control characters, no longer than the tables hold."""
    said = {name: _clean(getattr(line, name))[:limit].rstrip() for name, limit in _LIMITS.items()}
    return replace(
        line,
        counterparty=said["counterparty"],
        counterparty_bank=said["counterparty_bank"],
        counterparty_account=said["counterparty_account"],
        reference=said["reference"],
        text=said["text"],
    )


def _clean(text: str) -> str:
    if text.isprintable():
        return text
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())

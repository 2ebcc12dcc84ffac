"""Finds the header row of a table and which column holds which field."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from huikuan.core.sentences import enumerated
from huikuan.tables import limits
from huikuan.tables.errors import TableError, _
from huikuan.tables.kinds import INVOICES, Field, Kind, Role
from huikuan.tables.zips import column_number, too_many_columns

_LONGEST_HEADER = 100
_TRADITIONAL = str.maketrans(
    "發號碼戶稱編單據價稅計額幣種別貨產務員銷經賬帳數應實際結備註說電話聯絡郵類級區業規購買項總間開對應書寫賣淨項據讓請轉匯"
    "貸餘權證營納類團屬處時約預結傳點繫",
    "发号码户称编单据价税计额币种别货产务员销经账账数应实际结备注说电话联络邮类级区业规购买项总间开对应书写卖净项据让请转汇"
    "贷余权证营纳类团属处时约预结传点系",
)
_BRACKETS = re.compile(r"[(\[{【〔《「『<][^()\[\]{}【】〔〕《》「」『』<>]*[)\]}】〕》」』>]")
_PUNCTUATION = re.compile(r"[\W_]+")
_SUFFIX_REFUSED = re.compile(
    r"(?:原|旧|上级|母|父|集团|曾用|对应|关联|红字|红冲|蓝字|被冲|冲销|税后|累计|未|预|parent|group|original|old|former"
    r"|prev|previous|ship|shipping|related)$"
)
_BIG_UNIT = re.compile(
    r"(千元|万元|万美元|百万元?|千万元?|亿元?|万)\s*[)）\]】]?\s*$|[(（]\s*(?:k|m|mn|thousands?|millions?)\s*[)）]$",
    re.I,
)
_PREAMBLE_UNIT = re.compile(r"单位\s*[:：]\s*\S*?(千元|万元|百万|亿)")


@lru_cache(maxsize=4096)
def compact(header: str) -> str:
    """A header without what does not matter: width, case, traditional forms, spaces, marks, punctuation."""
    text = unicodedata.normalize("NFKC", header).casefold().replace("#", "no")
    return _PUNCTUATION.sub("", text).translate(_TRADITIONAL)


@lru_cache(maxsize=4096)
def _forms(header: str) -> tuple[str, ...]:
    """The compact forms to compare: with what stands in brackets, and without it (a unit, a hint)."""
    text = unicodedata.normalize("NFKC", header)
    return tuple(dict.fromkeys((compact(text), compact(_BRACKETS.sub("", text)))))


def header_text(cell: Any) -> str:
    """A header as shown to people: one line, spaces collapsed."""
    return " ".join(str(cell).replace("\ufeff", "").split())[:200]


def signature(columns: Sequence[str]) -> str:
    """A hash of the header texts in their compact form: files laid out alike share it."""
    return hashlib.sha256("\x1f".join(map(compact, columns)).encode()).hexdigest()


def column_letters(index: int) -> str:
    """Spreadsheet letters of a 0-based column."""
    letters, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_title(columns: Sequence[str], index: int) -> str:
    """The header of a column, or its letters where it has none."""
    return columns[index] if index < len(columns) and columns[index] else column_letters(index)


def _strength(field: Field, header: str) -> int | None:
    """1 for a strong header, 2 weak, 3 a longer header that ends in a strong one; None for no relation."""
    forms = _forms(header)
    for form in forms:
        if form in field.strong:
            return 1
    for form in forms:
        if form in field.weak:
            return 2
    for form in forms:
        for strong in field.strong:
            enough = len(strong) >= (8 if strong.isascii() else 3)
            if enough and form.endswith(strong) and not _SUFFIX_REFUSED.search(form[: -len(strong)]):
                return 3
    return None


def likeness(field: Field, header: str) -> int:
    """How surely a header means a field: 1 its usual name, 2 a general word, 3 ends in its name; 0 not at all."""
    return _strength(field, header) or 0


@dataclass
class Recognition:
    """`mapping`: field to 0-based column; `open`: field to the columns that could equally be meant."""

    mapping: dict[str, int]
    open: dict[str, list[int]]


def recognise(
    kind: Kind, columns: Sequence[str], given: Mapping[str, int | None] | None = None
) -> Recognition:
    """Match columns to fields, the strongest relation first; `given` is settled (None: not in the file)."""
    given = given or {}
    mapping = {name: column for name, column in given.items() if column is not None}
    taken = set(mapping.values())
    strengths: dict[str, dict[int, int]] = {
        field.name: {
            index: found for index, text in enumerate(columns) if text and (found := _strength(field, text))
        }
        for field in kind.fields
        if field.name not in given
    }
    if kind is INVOICES:
        _prefer_net(columns, strengths)
    unclear: dict[str, list[int]] = {}
    for level in (1, 2, 3):
        for name, related in strengths.items():
            if name in mapping or name in unclear:
                continue
            candidates = [
                index for index, strength in related.items() if strength == level and index not in taken
            ]
            if len(candidates) == 1 or (candidates and kind.by_name[name].descriptive):
                mapping[name] = candidates[0]
                taken.add(candidates[0])
            elif candidates:
                unclear[name] = candidates
    return Recognition(mapping, unclear)


def _prefer_net(columns: Sequence[str], strengths: dict[str, dict[int, int]]) -> None:
    """Beside a tax column a bare 金额 is the net amount, as on every Chinese VAT invoice.

    A bare "Amount" is so only where another column holds the total.
    """
    if not strengths.get("tax") or "net" not in strengths or strengths["net"]:
        return
    amounts = strengths.get("amount", {})
    for index, text in enumerate(columns):
        bare = _forms(text)[-1]
        others = any(other != index for other in amounts)
        if bare == "金额" or (bare == "amount" and others):
            amounts.pop(index, None)
            strengths["net"] = {index: 1}
            return


def resolve(kind: Kind, columns: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int | None]:
    """Columns named by a person: a header text, else a 1-based number or letters; empty: leave the field out.

    Raises TableError for unknown fields, unknown columns and headers that occur twice.
    """
    resolved: dict[str, int | None] = {}
    for name, wanted in mapping.items():
        if name not in kind.by_name:
            raise TableError(
                _("没有名为 %(field)s 的字段；可用：%(fields)s。")
                % {"field": name[:40], "fields": enumerated(kind.by_name)},
                code="field_unknown",
                field=name,
            )
        resolved[name] = _column(kind, columns, name, str(wanted)) if str(wanted).strip() else None
    return resolved


def _column(kind: Kind, columns: Sequence[str], name: str, wanted: str) -> int:
    text = header_text(wanted)
    found = [index for index, column in enumerate(columns) if column == text]
    if not found:
        found = [index for index, column in enumerate(columns) if column and compact(column) == compact(text)]
    if len(found) > 1:
        raise ambiguous(kind, columns, {name: found})
    if found:
        return found[0]
    number = int(text) if text.isascii() and text.isdigit() else 0
    if re.fullmatch(r"[A-Za-z]{1,3}", text):
        number = column_number(text)
    if not 0 < number <= len(columns):
        raise TableError(
            _("文件中没有“%(column)s”这一列；现有：%(columns)s。")
            % {"column": text[:40], "columns": listed(columns)},
            code="column_unknown",
            field=name,
            columns=list(columns),
        )
    return number - 1


def listed(columns: Sequence[str]) -> str:
    """The columns that are there, for a message; the unnamed ones left out."""
    named = [column for column in columns if column]
    return enumerated(named[:40]) + ("…" if len(named) > 40 else "") or _("（没有列名）")


def ambiguous(kind: Kind, columns: Sequence[str], unclear: Mapping[str, Sequence[int]]) -> TableError:
    """The error that asks which of several columns is meant."""
    name, candidates = next(iter(unclear.items()))
    titles = [f"{column_title(columns, index)}（{column_letters(index)}）" for index in candidates]
    return TableError(
        _("有不止一列可以作为“%(label)s”：%(columns)s；请用 --map %(field)s=列名或列号 指定。")
        % {"label": kind.label(name), "columns": enumerated(titles), "field": name},
        code="field_ambiguous",
        field=name,
        candidates={field: list(found) for field, found in unclear.items()},
        columns=list(columns),
    )


@dataclass(frozen=True)
class Header:
    """The header of a table: `row` is the line it starts on, 0 when the table has none; data begin after
    line `last_line`."""

    row: int
    columns: tuple[str, ...]
    mapping: dict[str, int]
    last_line: int

    @property
    def signature(self) -> str:
        return signature(self.columns)


def known(kind: Kind, row: Sequence[Any], mapping: Mapping[str, str] | None = None) -> int:
    """How many fields a row names, by known headers or by those a person mapped."""
    texts = [
        cell for cell in row[: limits.MAX_COLUMNS] if isinstance(cell, str) and len(cell) <= _LONGEST_HEADER
    ]
    found = {kind.by_word[form] for text in texts for form in _forms(text) if form in kind.by_word}
    if mapping:
        found.update(_named(kind, [header_text(text) for text in texts], mapping))
    return len(found)


def _named(kind: Kind, columns: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int | None]:
    """Those mapped columns that this row has as header texts."""
    places = {column: index for index, column in reversed(list(enumerate(columns))) if column}
    loose = {compact(column): index for column, index in places.items()}
    found: dict[str, int | None] = {}
    for name, wanted in mapping.items():
        text = header_text(wanted)
        place = places.get(text, loose.get(compact(text)))
        if place is not None:
            found[name] = place
    return found


def find_header(
    kind: Kind, head: Sequence[tuple[int, Sequence[Any]]], mapping: Mapping[str, str]
) -> tuple[int, bool]:
    """Index into `head` of the most likely header row, and whether anything in it is known.

    The first row that names everything required wins, else the one that names most; without any, the first
    row of the usual width.
    """
    best, winner = 0, None
    for index, (_line, row) in enumerate(head[:100]):
        count = known(kind, row, mapping)
        if not count:
            continue
        columns = [header_text(cell) for cell in row]
        found = recognise(kind, columns, _named(kind, columns, mapping))
        if not kind.missing(found.mapping.keys() | found.open.keys()):
            return index, True
        if count > best:
            best, winner = count, index
    if winner is not None:
        return winner, True
    usual = max((len([cell for cell in row if cell != ""]) for _line, row in head), default=0)
    wide = (
        n for n, (_line, row) in enumerate(head) if len([cell for cell in row if cell != ""]) * 2 >= usual
    )
    return next(wide, 0), False


def read_header(kind: Kind, head: Sequence[tuple[int, Sequence[Any]]], mapping: Mapping[str, str]) -> Header:
    """The header row and the complete mapping; raises TableError when fields are missing or unclear."""
    if not head:
        raise TableError(_("文件里没有任何数据。"), code="file_empty")
    index, anything = find_header(kind, head, mapping)
    line, row = head[index]
    if len(row) > limits.MAX_COLUMNS:
        raise too_many_columns(len(row), line)
    columns = tuple(header_text(cell) for cell in row)
    given = resolve(kind, columns, mapping)
    found = recognise(kind, columns, given)
    missing = kind.missing(set(found.mapping) | set(found.open))
    if missing:
        raise _missing(kind, columns, line, missing, found, anything)
    _refuse_unclear(kind, columns, found, line)
    _refuse_big_units(kind, columns, found.mapping, head[:index])
    if not anything and _looks_like_data(kind, row, found.mapping):
        letters = tuple(column_letters(number) for number in range(len(columns)))
        return Header(0, letters, found.mapping, line - 1)
    return Header(line, columns, found.mapping, line)


def _refuse_unclear(kind: Kind, columns: Sequence[str], found: Recognition, line: int) -> None:
    if found.open:
        error = ambiguous(kind, columns, found.open)
        error.details |= {
            "header_row": line,
            "header_signature": signature(columns),
            "mapping": found.mapping,
        }
        raise error


def _missing(
    kind: Kind,
    columns: Sequence[str],
    line: int,
    missing: list[tuple[frozenset[str], ...]],
    found: Recognition,
    anything: bool,
) -> TableError:
    names = [
        _("或").join(
            "+".join(f"{kind.label(name)}（{name}）" for name in sorted(choice)) for choice in needed
        )
        for needed in missing
    ]
    if anything:
        message = _("找不到必需的列：%(fields)s。文件中的列有：%(columns)s。请用 --map 字段=列名 指定。")
    else:
        message = _(
            "认不出表头；需要的列：%(fields)s。文件中的列有：%(columns)s。请用 --map 字段=列名 指定。"
        )
    return TableError(
        message % {"fields": enumerated(names), "columns": listed(columns)},
        code="field_missing" if anything else "header_missing",
        missing=sorted({name for needed in missing for choice in needed for name in choice}),
        columns=list(columns),
        header_row=line,
        header_signature=signature(columns),
        mapping=found.mapping,
    )


def _refuse_big_units(
    kind: Kind,
    columns: Sequence[str],
    mapping: Mapping[str, int],
    preamble: Sequence[tuple[int, Sequence[Any]]],
) -> None:
    """Amounts in 万元 read as 元 would be wrong by four digits; a person has to convert them."""
    texts = [columns[column] for name, column in mapping.items() if kind.by_name[name].role == Role.AMOUNT]
    unit = next((text for text in texts if _BIG_UNIT.search(text)), None)
    if unit is None:
        cells = (str(cell)[:200] for _line, row in preamble for cell in row)
        unit = next((cell for cell in cells if _PREAMBLE_UNIT.search(cell)), None)
    if unit is not None:
        raise TableError(
            _("金额不是以元为单位（“%(unit)s”）；请先换算成元再导入。") % {"unit": header_text(unit)[:40]},
            code="amount_unit",
        )


def _looks_like_data(kind: Kind, row: Sequence[Any], mapping: Mapping[str, int]) -> bool:
    """Whether the cells where dates and amounts are mapped hold digits: then this is no header row."""
    roles = (Role.DATE, Role.AMOUNT)
    cells = [row[column] for name, column in mapping.items() if kind.by_name[name].role in roles]
    return bool(cells) and all(any(letter.isdigit() for letter in str(cell)) for cell in cells)

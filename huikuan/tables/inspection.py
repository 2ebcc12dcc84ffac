"""The first pass over a file: what it is, where its header stands, how its dates and amounts are written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from huikuan.core.sentences import enumerated
from huikuan.tables import headers, limits
from huikuan.tables.amounts import AmountEvidence, settle_marks
from huikuan.tables.columns import cell_text, turned
from huikuan.tables.currencies import settled
from huikuan.tables.dates import DateEvidence, declared_format, settle_orders
from huikuan.tables.encoding import detect_encoding
from huikuan.tables.errors import TableError, _
from huikuan.tables.kinds import KINDS, Kind, Role
from huikuan.tables.layout import Layout, Notice
from huikuan.tables.sheets import SheetTable, Workbook
from huikuan.tables.source import SourceFile, open_source
from huikuan.tables.text import TextTable, declared_delimiter, sniff_delimiter
from huikuan.tables.texts import CodeEvidence

_CURRENCY_WORD = re.compile(r"[(（\[【_\s]([A-Za-z]{3}|[\u4e00-\u9fff]{1,4})[)）\]】]?$")

Table = TextTable | SheetTable


@dataclass(frozen=True)
class Peek:
    """The beginning of a file for a person who maps its columns: `mapping` is what was recognised (field →
    0-based column), `unclear` the fields for which several columns could be meant, `missing` the fields of
    which one or more are still needed, `sample` the first rows as text and `sample_lines` where they stand."""

    columns: tuple[str, ...]
    header_row: int
    header_signature: str
    mapping: dict[str, int]
    unclear: dict[str, list[int]]
    missing: list[str]
    sample: list[list[str]]
    sheets: tuple[str, ...] = ()
    sample_lines: tuple[int, ...] = ()


def inspect(
    path: str | Path,
    *,
    kind: str,
    mapping: Mapping[str, str] | None = None,
    date_format: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Layout:
    """Find out how to read a file of `kind` (customers, invoices, receipts, allocations).

    `mapping` names columns for fields (header text, 1-based number or letters; empty to leave a field out)
    and wins over recognition. `date_format` is YMD, DMY, MDY or a strptime format, `sheet` a name or 1-based
    number. Reads the whole file once, a text file in constant memory. Raises TableError.
    """
    order = declared_format(date_format) if date_format else None
    source = open_source(path)
    known_kind = KINDS[kind]
    table, header, notices = _table_and_header(source, known_kind, mapping or {}, encoding, delimiter, sheet)
    survey = _Survey(known_kind, header, order)
    survey.read(table)
    date_formats, adopted = settle_orders(survey.dates, order)
    decimal, doubtful = settle_marks(survey.amounts)
    notices += survey.notices(adopted, doubtful)
    return Layout(
        kind=kind,
        format=source.format,
        encoding=table.encoding.name if isinstance(table, TextTable) else "",
        delimiter=table.delimiter if isinstance(table, TextTable) else "",
        sheet=table.sheet,
        header_row=header.row,
        first_line=header.last_line,
        columns=header.columns,
        mapping=header.mapping,
        date_formats=date_formats,
        decimal=decimal,
        rounded=tuple(name for name, column in survey.codes.items() if column.rounded),
        date1904=source.date1904,
        currency=survey.currency(),
        total_rows=survey.total_rows,
        file_size=source.size,
        file_sha256=source.sha256,
        header_signature=header.signature,
        notices=tuple(notices),
    )


def peek(
    path: str | Path,
    *,
    kind: str,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Peek:
    """The columns and first rows of a file, mapped as far as they are recognised; asks nothing.

    Raises TableError only for files that cannot be read at all.
    """
    known_kind = KINDS[kind]
    source = open_source(path)
    sheets: tuple[str, ...] = ()
    table: Table
    if source.format == "text":
        table = _text_table(source, known_kind, {}, encoding, delimiter)
    else:
        book = Workbook(source.path, source.format)
        sheets = tuple(book.names)
        # One at a time: each sheet is held in memory.
        tables = (book.table(name) for name in ([sheet] if sheet else book.names))
        filled = next((found for found in tables if found.head()), None)
        if filled is None:
            raise TableError(_("文件里没有任何数据。"), code="file_empty")
        table = filled
    head = table.head()
    if not head:
        raise TableError(_("文件里没有任何数据。"), code="file_empty")
    index, _anything = headers.find_header(known_kind, head, {})
    columns = tuple(headers.header_text(cell) for cell in head[index][1])
    found = headers.recognise(known_kind, columns)
    missing = known_kind.missing(found.mapping.keys() | found.open.keys())
    return Peek(
        columns=columns,
        header_row=head[index][0],
        header_signature=headers.signature(columns),
        mapping=found.mapping,
        unclear=found.open,
        missing=sorted({name for needed in missing for choice in needed for name in choice}),
        sample=[[cell_text(cell) for cell in row] for _line, row in head[index + 1 : index + 11]],
        sheets=sheets,
        sample_lines=tuple(line for line, _row in head[index + 1 : index + 11]),
    )


def _table_and_header(
    source: SourceFile,
    kind: Kind,
    mapping: Mapping[str, str],
    encoding: str | None,
    delimiter: str | None,
    sheet: str | None,
) -> tuple[Table, headers.Header, list[Notice]]:
    if source.format == "text":
        table = _text_table(source, kind, mapping, encoding, delimiter)
        return table, headers.read_header(kind, table.head(), mapping), _encoding_notices(table)
    return _sheet_and_header(Workbook(source.path, source.format), kind, mapping, sheet)


def _text_table(
    source: SourceFile, kind: Kind, mapping: Mapping[str, str], encoding: str | None, delimiter: str | None
) -> TextTable:
    found = detect_encoding(source.path, encoding)
    if delimiter:
        return TextTable(source.path, found, declared_delimiter(delimiter))
    sniffed = sniff_delimiter(source.path, found, lambda row: headers.known(kind, row, mapping))
    return TextTable(source.path, found, sniffed)


def _encoding_notices(table: TextTable) -> list[Notice]:
    notices = []
    if table.encoding.guessed:
        message = _("按 %(encoding)s 编码读取；若有乱码，请指定编码。") % {"encoding": table.encoding.name}
        notices.append(Notice("encoding_guessed", message))
    if table.encoding.damaged:
        message = _("有 %(count)d 个字符无法识别，相关的行会被拒绝。") % {"count": table.encoding.damaged}
        notices.append(Notice("text_damaged", message))
    return notices


def _sheet_and_header(
    book: Workbook, kind: Kind, mapping: Mapping[str, str], sheet: str | None
) -> tuple[Table, headers.Header, list[Notice]]:
    """The named sheet, else the first whose header has all that is required."""
    if sheet:
        table = book.table(sheet)
        return table, headers.read_header(kind, table.head(), mapping), []
    first_error: TableError | None = None
    for name in book.names:
        table = book.table(name)
        head = table.head()
        if not head:
            continue
        try:
            header = headers.read_header(kind, head, mapping)
        except TableError as error:
            first_error = first_error or error
            continue
        return table, header, _other_sheets(book, name)
    raise first_error or TableError(_("文件里没有任何数据。"), code="file_empty")


def _other_sheets(book: Workbook, name: str) -> list[Notice]:
    others = [other for other in book.names if other != name]
    if not others:
        return []
    message = _("只读取工作表“%(sheet)s”；其余未读：%(others)s。") % {
        "sheet": name,
        "others": enumerated(others),
    }
    return [Notice("sheets_left_out", message)]


@dataclass
class _Survey:
    """Evidence from all rows: one collector for every mapped date, amount and code column."""

    kind: Kind
    header: headers.Header
    order: str | None
    total_rows: int = 0
    dates: dict[str, DateEvidence] = field(default_factory=dict)
    amounts: dict[str, AmountEvidence] = field(default_factory=dict)
    codes: dict[str, CodeEvidence] = field(default_factory=dict)

    def read(self, table: Table) -> None:
        watched = dict(self._collectors())
        for block in table.blocks(after=self.header.last_line, size=limits.BLOCK_ROWS):
            if not block.rows:
                continue
            self.total_rows += len(block.rows)
            columns = turned(block.rows, len(self.header.columns), typed=table.format != "text")
            for name, collector in watched.items():
                collector.add(columns[self.header.mapping[name]])

    def _collectors(self) -> Iterator[tuple[str, DateEvidence | AmountEvidence | CodeEvidence]]:
        for name in self.header.mapping:
            role = self.kind.by_name[name].role
            if role == Role.DATE:
                self.dates[name] = DateEvidence(self.title(name), self.order)
                yield name, self.dates[name]
            elif role == Role.AMOUNT:
                self.amounts[name] = AmountEvidence()
                yield name, self.amounts[name]
            elif role == Role.CODE:
                self.codes[name] = CodeEvidence()
                yield name, self.codes[name]

    def title(self, name: str) -> str:
        return headers.column_title(self.header.columns, self.header.mapping[name])

    def currency(self) -> str | None:
        """The currency that amount headers such as 金额(USD) or signs such as $ show.

        Raises TableError when the amounts bear different ones and no column tells which.
        """
        found = set().union(*(column.signs for column in self.amounts.values()))
        for name in self.amounts:
            match = _CURRENCY_WORD.search(self.title(name))
            found |= {match[1]} if match else set()
        found = settled(found)
        if len(found) > 1 and "currency" not in self.header.mapping:
            raise TableError(
                _("金额带有不同的货币符号（%(signs)s），但没有币种列；请增加一列币种。")
                % {"signs": enumerated(sorted(found))},
                code="currency_mixed",
                candidates=sorted(found),
            )
        return found.pop() if len(found) == 1 else None

    def notices(self, adopted: list[str], doubtful: list[str]) -> list[Notice]:
        notices = [self._adopted(name) for name in adopted]
        notices += [self._serials(name, column) for name, column in self.dates.items() if column.serials]
        notices += [
            self._mixed(name) for name, column in self.dates.items() if column.date_cells and column.fits
        ]
        notices += [self._doubtful(name) for name in doubtful]
        notices += [self._rounded(name, column) for name, column in self.codes.items() if column.rounded]
        if not self.total_rows:
            notices.append(Notice("no_rows", _("表头下面没有任何数据行。")))
        return notices

    def _adopted(self, name: str) -> Notice:
        message = _("“%(column)s”列本身看不出日和月的先后，按其他日期列的写法读取。") % {
            "column": self.title(name)
        }
        return Notice("date_order_adopted", message, self.title(name))

    def _serials(self, name: str, column: DateEvidence) -> Notice:
        message = _("“%(column)s”列有以数字表示的 Excel 日期（如 %(sample)s），已换算成日期。") % {
            "column": self.title(name),
            "sample": column.serial_sample,
        }
        return Notice("date_serials", message, self.title(name))

    def _mixed(self, name: str) -> Notice:
        message = _("“%(column)s”列既有日期又有文字写的日期；Excel 可能把其中一部分的日和月读反了，请核对。")
        return Notice("date_cells_mixed", message % {"column": self.title(name)}, self.title(name))

    def _doubtful(self, name: str) -> Notice:
        message = _("“%(column)s”列的小数点（如 %(sample)s）按小数读取；若是千分位请先改成逗号。") % {
            "column": self.title(name),
            "sample": self.amounts[name].sample,
        }
        return Notice("decimal_doubtful", message, self.title(name))

    def _rounded(self, name: str, column: CodeEvidence) -> Notice:
        message = _("“%(column)s”列的长编号（如 %(sample)s）末尾被 Excel 抹成了 0，这些行会被拒绝。") % {
            "column": self.title(name),
            "sample": column.sample,
        }
        return Notice("identifiers_rounded", message, self.title(name))

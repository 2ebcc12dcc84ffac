"""What was found out about a file before its rows are read."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Notice:
    """Something a person should know about the file though it stops nothing; `column` is a header text."""

    code: str
    message: str
    column: str = ""


@dataclass(frozen=True)
class Layout:
    """How the rows of a file are to be read; made by `inspect`, taken by `read`. Holds plain values only.

    `format` is "text", "xlsx" or "xls"; `header_row` the line of the header, 0 when there is none;
    `columns` the header texts; `mapping` field → 0-based column; `date_formats` field → YMD, DMY, MDY or a
    strptime format; `decimal` field → "." or ","; `total_rows` rows below the header that are not blank;
    `header_signature` the same for files laid out alike, so that a mapping can be remembered;
    `currency` the code that headers or amounts show, if they show exactly one; `retyped` what a person typed
    over cells before the import (line → 0-based column → text, numbers as text), `skipped` lines to leave out.
    """

    kind: str
    format: str
    encoding: str
    delimiter: str
    sheet: str | None
    header_row: int
    first_line: int
    columns: tuple[str, ...]
    mapping: dict[str, int]
    date_formats: dict[str, str]
    decimal: dict[str, str]
    rounded: tuple[str, ...]
    date1904: bool
    currency: str | None
    total_rows: int
    file_size: int
    file_sha256: str
    header_signature: str
    notices: tuple[Notice, ...] = field(default=())
    retyped: dict[str, dict[str, str]] = field(default_factory=dict)
    skipped: tuple[int, ...] = ()

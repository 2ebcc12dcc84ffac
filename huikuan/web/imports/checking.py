"""What the check page shows: how a file is understood, what is still to be decided, what an import would do."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.core.sentences import enumerated
from huikuan.integrations.operations import ImportOptions, Report, import_file
from huikuan.integrations.queries import remembered_columns
from huikuan.integrations.uploads import Upload
from huikuan.tables import KINDS, Field, Layout, Peek, TableError, inspect, peek
from huikuan.tables.cells import fold
from huikuan.tables.dates import take_apart
from huikuan.tables.headers import column_letters, compact, likeness
from huikuan.tables.limits import MAX_COLUMNS
from huikuan.web.imports.forms import import_options
from huikuan.web.imports.grid import Grid, grid_of
from huikuan.web.pages import Work

TRIAL_ROWS = 20_000
"""Files of up to so many rows are tried out: imported and taken back."""

SHOWN_COLUMNS = 120
_SAMPLES = 3
_SHEETS_LOOKED_AT = 20
_COMMAND_HINT = re.compile(r"[；;，,]\s*请用 --.*$")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Column:
    """One column of the file: its header, its first values and the field it was taken for ("": ignored)."""

    index: int
    title: str
    letters: str
    samples: tuple[str, ...]
    field: str
    unclear: bool
    why: str


@dataclass(frozen=True)
class DateQuestion:
    """Dates of `column` can be read in several ways: each with what the sample would mean."""

    column: str
    sample: str
    readings: tuple[tuple[str, str], ...]


@dataclass
class Check:
    """All about a waiting file. `error` says why it cannot be imported as things stand."""

    upload: Upload
    peek: Peek | None = None
    sheet: str = ""
    columns: tuple[Column, ...] = ()
    more_columns: int = 0
    mapping: dict[str, int] = field(default_factory=dict)
    remembered: bool = False
    error: str = ""
    error_code: str = ""
    question: DateQuestion | None = None
    layout: Layout | None = None
    report: Report | None = None
    grid: Grid = field(default_factory=Grid)

    @property
    def ready(self) -> bool:
        """Whether the import may start."""
        return self.layout is not None and not self.error and self.question is None

    @property
    def layout_notices(self) -> list[str]:
        """What was noticed while reading, for files that were not tried out."""
        return [notice.message for notice in self.layout.notices] if self.layout else []


def look_at(upload: Upload, work: Work, *, trial: bool = True) -> Check:
    """Understand a waiting file and, with `trial`, try it out. Called outside `tenant()`; changes nothing."""
    check = Check(upload)
    try:
        check.peek, check.sheet = _peek(upload)
    except TableError as error:
        check.error, check.error_code = error.message, error.code
        return check
    _map_columns(check, work)
    options = options_for(check)
    try:
        check.layout = _inspect(upload, options)
        _ask_currency(check, work)
        if trial and check.ready and check.layout.total_rows <= TRIAL_ROWS:
            _try_out(check, options, work)
        if trial and check.ready:
            check.grid = grid_of(check.upload, check.peek, check.layout, check.report)
    except TableError as error:
        _explain(check, error)
    except HuikuanError as error:
        check.error, check.error_code = error.message, error.code
    except Exception:
        log.exception("trying out an import failed")
        check.error = _(
            "检查这个文件时出了意外，没有导入任何一行；请换一种格式（如 CSV）再试，或联系管理员。"
        )
        check.error_code = "unexpected"
    return check


def _peek(upload: Upload) -> tuple[Peek, str]:
    """The beginning of the file, and of which sheet: the chosen one, else the first that names all it needs."""
    chosen = str(upload.settings.get("sheet") or "")
    found = _peek_at(upload, chosen)
    if chosen or not found.sheets or not found.missing:
        return found, chosen
    for sheet in found.sheets[:_SHEETS_LOOKED_AT]:
        try:
            other = _peek_at(upload, sheet)
        except TableError:
            continue  # an empty sheet
        if not other.missing:
            return other, sheet
    return found, chosen


def _peek_at(upload: Upload, sheet: str) -> Peek:
    found = peek(
        upload.path,
        kind=upload.kind,
        encoding=upload.settings.get("encoding") or None,
        delimiter=upload.settings.get("delimiter") or None,
        sheet=sheet or None,
    )
    if len(found.columns) > MAX_COLUMNS:
        raise TableError(
            _("文件有 %(found)d 列，最多 %(limit)d 列；请删去多余的列后重新上传。")
            % {"found": len(found.columns), "limit": MAX_COLUMNS},
            code="too_many_columns",
        )
    return found


def _map_columns(check: Check, work: Work) -> None:
    """By a person's choice, else as the last time, else as recognised."""
    assert check.peek is not None
    found, upload = check.peek, check.upload
    mapping = {name: index for name, index in (upload.mapping or {}).items() if index < len(found.columns)}
    unclear = {index for indexes in found.unclear.values() for index in indexes}
    if upload.mapping is None:
        with tenant(work.organization.pk, snapshot=True):
            remembered = remembered_columns(upload.kind, found.header_signature)
        mapping = _places(remembered, found.columns) if remembered else dict(found.mapping)
        check.remembered = bool(remembered) and mapping != found.mapping
    check.mapping = mapping
    names = KINDS[upload.kind].by_name
    fields = {index: name for name, index in mapping.items()}
    shown = [index for index in range(len(found.columns)) if index < SHOWN_COLUMNS or index in fields]
    check.more_columns = len(found.columns) - len(shown)
    check.columns = tuple(
        Column(
            index=index,
            title=found.columns[index],
            letters=column_letters(index),
            samples=_samples(found.sample, index),
            field=fields.get(index, ""),
            unclear=index in unclear and index not in fields,
            why=_why(
                index=index,
                found=found,
                field=names.get(fields.get(index, "")),
                chosen=upload.mapping is not None,
                remembered=check.remembered,
                unclear=index in unclear,
            ),
        )
        for index in shown
    )


def _why(
    *, index: int, found: Peek, field: Field | None, chosen: bool, remembered: bool, unclear: bool
) -> str:
    """Why a column is taken for its field, or for none, in a few words."""
    if field is None:
        if unclear and not chosen:
            return _("不止一列可以作为同一个字段，请选定")
        return _("您选择忽略") if chosen and index in found.mapping.values() else _("没有认出，忽略")
    if found.mapping.get(field.name) != index:
        return _("您选的") if chosen else _("和上次导入时一样") if remembered else _("您选的")
    level = likeness(field, found.columns[index])
    if level == 1:
        return _("列名是这个字段的常用叫法")
    return _("列名较笼统，没有更合适的列") if level == 2 else _("列名以这个字段的叫法结尾")


def _places(remembered: dict[str, str], columns: Sequence[str]) -> dict[str, int]:
    """Remembered headers as columns; a header that is there twice, or not at all, is not used."""
    letters = {column_letters(index): index for index in range(len(columns))}
    places = {}
    for name, title in remembered.items():
        found = [index for index, column in enumerate(columns) if column == title]
        if len(found) == 1:
            places[name] = found[0]
        elif not found and title in letters:
            places[name] = letters[title]
    return places


def _samples(rows: Sequence[Sequence[str]], index: int) -> tuple[str, ...]:
    values = (row[index] if index < len(row) else "" for row in rows)
    return tuple(dict.fromkeys(value for value in values if value.strip()))[:_SAMPLES]


def options_for(check: Check) -> ImportOptions:
    """The options of the import, every field of the kind settled: a column, or left out."""
    assert check.peek is not None
    columns = check.peek.columns
    mapping = {
        item.name: column_key(columns, check.mapping[item.name]) if item.name in check.mapping else ""
        for item in KINDS[check.upload.kind].fields
    }
    if check.upload.mapping is None:
        # Nobody has decided yet: what could be meant twice is asked for, not left out.
        mapping = {name: key for name, key in mapping.items() if key or name not in check.peek.unclear}
    return import_options(check.upload, {**check.upload.settings, "sheet": check.sheet}, mapping)


def column_key(columns: Sequence[str], index: int) -> str:
    """How to name a column so that no header can be mistaken for it: its number, else letters, else header."""
    titles = {compact(column) for column in columns if column}
    for key in (str(index + 1), column_letters(index)):
        if compact(key) not in titles:
            return key
    return columns[index]


def _inspect(upload: Upload, options: ImportOptions) -> Layout:
    return inspect(
        upload.path,
        kind=upload.kind,
        mapping=dict(options.mapping),
        date_format=options.date_format,
        encoding=options.encoding,
        delimiter=options.delimiter,
        sheet=options.sheet,
    )


def _ask_currency(check: Check, work: Work) -> None:
    """Amounts marked as foreign must not slip in as the organization's own currency."""
    assert check.layout is not None
    marked = check.layout.currency
    if not marked or "currency" in check.layout.mapping or check.upload.settings.get("currency"):
        return
    if marked != work.organization.currency:
        check.error_code = "currency_marked"
        check.error = _(
            "金额标着 %(marked)s，本位币是 %(base)s。请在“更多选项”里填写币种和汇率（若就是本位币，填 %(base)s）。"
        ) % {"marked": marked, "base": work.organization.currency}


def _try_out(check: Check, options: ImportOptions, work: Work) -> None:
    assert check.layout is not None
    check.report = import_file(
        check.upload.path,
        kind=check.upload.kind,
        organization=work.organization,
        actor=work.actor,
        today=work.today,
        options=options,
        dry_run=True,
    )


def _explain(check: Check, error: TableError) -> None:
    """Turn an error of reading into what a person can do about it on this page."""
    check.error_code = error.code
    details: dict[str, Any] = error.details
    kind = KINDS[check.upload.kind]
    if error.code == "date_ambiguous":
        check.question = _question(error)
    elif error.code in ("field_missing", "header_missing"):
        names = enumerated(kind.label(name) for name in details.get("missing", ()))
        check.error = _("还不知道哪一列是：%s。请在下面的表里选择。") % names
    elif error.code == "field_ambiguous":
        check.error = _("不止一列可以作为“%s”，请在下面的表里选定一列。") % kind.label(details["field"])
    elif error.code == "encoding_unknown":
        check.error = _("认不出文件的编码，请在“更多选项”里选择，例如 GB18030 或 UTF-8。")
    else:
        check.error = _COMMAND_HINT.sub("。", error.message)


def _question(error: TableError) -> DateQuestion:
    sample = str(error.details.get("sample") or "")
    parts = take_apart(fold(sample))
    readings = []
    for order in error.details.get("choices", ()):
        numbers = parts.in_order(order) if parts else None
        readings.append((order, f"{numbers[0]}-{numbers[1]:02}-{numbers[2]:02}" if numbers else ""))
    return DateQuestion(str(error.details.get("column", "")), sample, tuple(readings))

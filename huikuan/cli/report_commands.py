"""One command for each report of the catalogue: `huikuan report NAME`, and `huikuan report --list`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import takewhile
from keyword import iskeyword
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup
from typer.main import get_group

from huikuan.cli.runtime import ActorOption, OrganizationOption, acting, messages, organization_of
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.queries import visible_salespeople
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization
from huikuan.reports.asking import Column, Option, Report, Result
from huikuan.reports.catalogue import asked, report_named, reports, require_open
from huikuan.reports.operations import record_taking
from huikuan.reports.output.forms import FORMS
from huikuan.reports.output.heading import Heading, heading_lines
from huikuan.reports.output.values import currency_of, shown
from huikuan.reports.pivots.behind import answer_patiently
from huikuan.reports.pivots.report import PIVOT

PIPED_WIDTH = 240  # no terminal to fit into: keep the columns whole
TEXT_WIDTH = 48  # of a terminal, in cells: a Chinese character takes two
HEAD_WIDTH = 8
GAP = 3  # between two columns, and at the edges
NAMING_COLUMNS = 2


SAVED = replace(PIVOT, options=(), dimensions=(), filters=())
"""How a saved report is asked, before it is known which one it is."""


class ReportForm(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


FormOption = Annotated[ReportForm, typer.Option("--format", help="输出格式")]
OutputOption = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="写入文件；默认标准输出")]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="FIELD=VALUE", help="筛选，可写多次，如 region=华东；空值写 -"),
]
TextOption = str | None


class CatalogueGroup(TyperGroup):
    """A group that has, beside its own commands, one for each report.

    They are made when one is not among the own, or all are listed: no other command of `huikuan` waits for the reports.
    """

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; any other name may be that of a report saved in the organization."""
        if cmd_name not in self.commands:
            self._complete()
        if cmd_name not in self.commands and not cmd_name.startswith("-"):
            made = typer.Typer()
            made.command(cmd_name)(command_of(replace(SAVED, name=cmd_name)))
            made.callback()(lambda: None)
            self.commands.update(get_group(made).commands)
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands."""
        self._complete()
        return super().list_commands(ctx)

    def _complete(self) -> None:
        made = typer.Typer()
        for report in reports().values():
            if report.name not in self.commands:
                made.command(report.name, help=str(report.definition))(command_of(report))
        self.commands.update(get_group(made).commands)


def command_of(report: Report) -> Callable[..., None]:
    """The command of a report, its parameters made from the declaration."""

    def run(**values: Any) -> None:
        names = (*_said_names(report), *(option.name for option in report.options))
        said = {name: values.get(_python_name(name)) for name in names}
        run_report(
            report,
            {name: str(value) for name, value in said.items() if value is not None},
            org=values["org"],
            actor=values["actor"],
            where=values.get("where"),
            form=values["format"],
            output=values["output"],
        )

    parameters = _parameters(report)
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _said_names(report: Report) -> tuple[str, ...]:
    days = ("from", "to") if report.period else ("as_of",)
    return (*days, "known_at", "by", "sort")


def _parameters(report: Report) -> list[inspect.Parameter]:
    found = [_parameter("org", OrganizationOption, inspect.Parameter.empty)]
    if report.period:
        found += [
            _text("from", "--from", "DATE", "期间第一天"),
            _text("to", "--to", "DATE", "期间最后一天；默认今天"),
        ]
    else:
        found.append(_text("as_of", "--as-of", "DATE", "截止日期；默认今天"))
    found.append(_text("known_at", "--known-at", "TIME", "按当时已登记的数据；默认最新"))
    if report.dimensions:
        dimensions = ", ".join(report.dimensions)
        found.append(_text("by", "--by", "A,B,C", f"按什么分行({dimensions})，最多 {report.levels} 层"))
    found.append(_text("sort", "--sort", "COLUMN", "按哪一列排序，前面加 - 从大到小"))
    if report.filters:
        found.append(_parameter("where", WhereOption, None))
    found += [_option(option) for option in report.options]
    return [
        *found,
        _parameter("actor", ActorOption, ""),
        _parameter("format", FormOption, ReportForm.TABLE),
        _parameter("output", OutputOption, None),
    ]


def _option(option: Option) -> inspect.Parameter:
    metavar = "|".join(value for value, _label in option.choices) or option.kind.upper()
    note = f"{option.label} {option.note}".strip()
    return _text(option.name, "--" + option.name.replace("_", "-"), metavar, note)


def _text(name: str, flag: str, metavar: str, note: str) -> inspect.Parameter:
    annotation = Annotated[TextOption, typer.Option(flag, metavar=metavar, help=note)]
    return _parameter(name, annotation, None)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        _python_name(name), inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _python_name(name: str) -> str:
    """A name that a parameter may have."""
    return f"{name}_" if iskeyword(name) else name


def run_report(
    report: Report,
    said: Mapping[str, str],
    *,
    org: str,
    actor: str = "",
    where: list[str] | None = None,
    form: ReportForm = ReportForm.TABLE,
    output: Path | None = None,
) -> None:
    """Ask, and print or write what is answered."""
    words = {**said, **_where(report, where or [])}
    organization = organization_of(org)
    with tenant(organization.pk, snapshot=True):
        who = acting(actor)
        if report.name not in reports():
            report = report_named(report.name)
        require_open(report, who)
        zone = ZoneInfo(organization.time_zone)
        question = asked(
            report,
            words,
            today=timezone.localdate(timezone=zone),
            zone=zone,
            salesperson_ids=visible_salespeople(who),
        )
        result = answer_patiently(report, question)
    give_out(report, result, organization=organization, who=who, form=form, output=output)


def give_out(
    report: Report,
    result: Result,
    *,
    organization: Organization,
    who: Actor,
    form: ReportForm,
    output: Path | None,
) -> None:
    """Print a table or JSON, or write the file; that a file was taken is in the trail."""
    zone = ZoneInfo(organization.time_zone)
    heading = Heading(organization.code, organization.name, who.name, timezone.now().astimezone(zone))
    if form is ReportForm.TABLE:
        show(report, result, heading)
        return
    if form is not ReportForm.JSON or output is not None:
        with tenant(organization.pk):
            record_taking(actor=who, report=report, result=result, form=form.value)
    content = FORMS[form.value].write(report, result, heading)
    if output is not None:
        output.write_bytes(content)
        messages.print(_("已写入 %s") % output)
    elif form is ReportForm.JSON or not sys.stdout.isatty():
        sys.stdout.write(content.decode() + "\n") if form is ReportForm.JSON else sys.stdout.buffer.write(
            content
        )
    else:
        raise typer.BadParameter(_("请用 --output 写明文件。"))


def _where(report: Report, pairs: list[str]) -> dict[str, str]:
    words = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in report.filters:
            known = ", ".join(report.filters)
            raise typer.BadParameter(
                _("--where 应写成 字段=值，字段可以是：%(known)s（收到 %(pair)s）")
                % {"known": known, "pair": pair}
            )
        words[name] = value or "-"
    return words


def show(report: Report, result: Result, heading: Heading) -> None:
    """The report as tables on the terminal; what it is of goes to standard error."""
    messages.print(str(report.title))
    for line in heading_lines(report, result, heading):
        messages.print(line)
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    for table in result.tables:
        if table.title:
            console.print(str(table.title))
        for drawn in _drawn(table, console.width):
            console.print(drawn)


def _drawn(table: Result, width: int) -> Iterator[Table]:
    """The table; what is too wide for the terminal as several below each other, each with what names its rows."""
    rows = [_cells(table, row) for row in table.rows]
    total = _cells(table, table.total) if table.total else [""] * len(table.columns)
    widths = [_width(column, cells) for column, *cells in zip(table.columns, *rows, total, strict=True)]
    for places in _parts(table, widths, width):
        drawn = Table(box=box.SIMPLE_HEAD, show_footer=table.total is not None)
        for place in places:
            column = table.columns[place]
            drawn.add_column(
                str(column.label),
                footer=total[place],
                justify="left" if column.is_text else "right",
                overflow="fold",
                width=widths[place],
            )
        for cells in rows:
            drawn.add_row(*(cells[place] for place in places))
        yield drawn


def _width(column: Column, cells: Sequence[str]) -> int:
    """Wide enough that no figure and no word is broken; long texts are folded, and Chinese heads anywhere."""
    needed = max(cell_len(cell) for cell in cells)
    label = str(column.label)
    if label.isascii():
        head = max((cell_len(word) for word in label.split()), default=1)
    else:
        head = min(cell_len(label), HEAD_WIDTH)
    return max(min(needed, TEXT_WIDTH) if column.is_text else needed, head, 1)


def _parts(table: Result, widths: Sequence[int], width: int) -> Iterator[list[int]]:
    """Places of the columns of each part; the first texts stand in all of them."""
    places = range(len(widths))
    named = list(takewhile(lambda place: table.columns[place].is_text, places))[:NAMING_COLUMNS] or [0]
    part = list(named)
    for place in places[len(named) :]:
        if len(part) > len(named) and sum(widths[each] + GAP for each in (*part, place)) + GAP > width:
            yield part
            part = list(named)
        part.append(place)
    yield part


def _cells(table: Result, row: Any) -> list[str]:
    currency = currency_of(table, row)
    cells = [shown(column, row.values.get(column.name), currency) for column in table.columns]
    names = [column.name for column in table.columns]
    if row.level and "name" in names:
        place = names.index("name")
        cells[place] = "  " * row.level + cells[place]
    return cells

"""The forms a report may be taken in."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from huikuan.reports.asking import Report, Result
from huikuan.reports.output.as_csv import as_csv
from huikuan.reports.output.as_json import as_json
from huikuan.reports.output.as_pdf import as_pdf
from huikuan.reports.output.as_xlsx import as_xlsx
from huikuan.reports.output.heading import Heading


class Form(NamedTuple):
    """How a form is written, and what kind of file it is."""

    write: Callable[[Report, Result, Heading], bytes]
    content_type: str


FORMS: dict[str, Form] = {
    "xlsx": Form(as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": Form(as_pdf, "application/pdf"),
    "csv": Form(as_csv, "text/csv; charset=utf-8"),
    "json": Form(as_json, "application/json"),
}


def file_name(report: Report, result: Result, heading: Heading, form: str) -> str:
    """What a file is called: report, organization and day, in letters that every system takes."""
    return f"{report.name}-{heading.code}-{result.question.as_of.isoformat()}.{form}"

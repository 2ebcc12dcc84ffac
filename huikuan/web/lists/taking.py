"""Taking a list away as a file: exactly what is filtered, in the visible columns, written into the trail.

A file is made while it is sent. The page asks with the header `X-Progress` and gets frames: a line of a word and
a number each ("total 5000", "rows 2000", "bytes 65536" followed by that many bytes, at last "done 5000"), so that it
can show how far the file is and knows whether it came whole. Without the header the file comes by itself.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.web.lists.asked import Asked, from_query
from huikuan.web.lists.declaration import List, Reading, Source, batches
from huikuan.web.lists.files import MOST_ROWS, csv_parts, file_columns, write_workbook
from huikuan.web.pages import Work

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PART = 1 << 16


class ListTooLong(HuikuanError):
    """The rows do not fit into a file of this form."""

    code = "list_too_long"


@dataclass(frozen=True)
class Order:
    """A file that is asked for: of which list, in which form, of which rows (`keys` empty: all filtered)."""

    the_list: List[Any]
    work: Work
    form: str
    query: str
    keys: tuple[UUID, ...]
    chosen: bool

    def read(self) -> tuple[Asked, Reading[Any], Source[Any]]:
        """The list as the address asks for it, narrowed to the rows that are chosen."""
        asked = from_query(self.the_list, self.query, self.work)
        reading = self.the_list.open(asked.parameters, self.work)
        return asked, reading, reading.source.only(self.keys) if self.chosen else reading.source


def chosen_keys(posted: QueryDict) -> tuple[bool, tuple[UUID, ...]]:
    """Whether rows are chosen one by one, and which; what is no key is left out."""
    keys = []
    for text in posted.getlist("key"):
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return "key" in posted, tuple(keys)


def take_list(request: HttpRequest, work: Work, the_list: List[Any]) -> HttpResponseBase:
    """The file that is asked for. Who took it, with what filter and columns, is written down before it begins."""
    form = request.POST.get("form", "csv")
    if form not in TYPES:
        raise Http404
    chosen, keys = chosen_keys(request.POST)
    order = Order(the_list, work, form, request.POST.get("query", ""), keys, chosen)
    framed = "X-Progress" in request.headers
    try:
        count = _written_down(order)
    except HuikuanError as error:
        if not framed:
            raise
        return HttpResponse(error.message, status=409, content_type="text/plain; charset=utf-8")
    frames = _frames(order, count)
    parts = (word + content for word, content in frames) if framed else (content for _word, content in frames)
    name = f"{_file_name(order)}.{form}"
    return StreamingHttpResponse(
        _beside(parts, copy_context()) if isinstance(request, ASGIRequest) else parts,
        headers={
            "Content-Type": "application/octet-stream" if framed else TYPES[form],
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "private, no-store",
            "X-Accel-Buffering": "no",
        },
    )


def _file_name(order: Order) -> str:
    return f"{order.the_list.title}-{order.work.organization.code}-{order.work.today.isoformat()}"


def _written_down(order: Order) -> int:
    """Count the rows and write into the trail that they are taken."""
    organization = order.work.organization.pk
    with tenant(organization, snapshot=True):
        asked, _reading, source = order.read()
        count = source.total().count
    if count > MOST_ROWS[order.form]:
        raise ListTooLong(_("共 %d 行，超过一个工作表的行数，请导出 CSV 或缩小筛选范围。") % count)
    with tenant(organization), act("export", actor=order.work.actor):
        record_event(
            action="exported",
            record_kind="list",
            record_id=organization,
            number=order.the_list.name,
            content={
                "form": order.form,
                "rows": count,
                "asked": asked.parameters.dict(),
                "columns": [column.key for column in asked.columns],
                "chosen": len(order.keys) if order.chosen else None,
            },
        )
    return count


def _frames(order: Order, count: int) -> Iterator[tuple[bytes, bytes]]:
    """(a frame's line, the bytes of the file in it), all rows read in one snapshot."""
    yield _line("total", count), b""
    done = 0
    with tenant(order.work.organization.pk, snapshot=True):
        asked, reading, source = order.read()
        columns = file_columns(asked.columns, order.work, reading.currency)
        rows = batches(source, asked.sort)
        if order.form == "csv":
            for content, done in csv_parts(columns, rows):
                yield _line("rows", done) + _line("bytes", len(content)), content
        else:
            with tempfile.TemporaryDirectory(prefix="huikuan-list-") as folder:
                path = Path(folder) / "list.xlsx"
                title = str(order.the_list.title)
                for done in write_workbook(path, title, columns, rows, made_at=timezone.now()):
                    yield _line("rows", done), b""
                with path.open("rb") as file:
                    while content := file.read(PART):
                        yield _line("bytes", len(content)), content
    yield _line("done", done), b""


def _line(word: str, number: int) -> bytes:
    return f"{word} {number}\n".encode()


async def _beside(parts: Iterator[bytes], context: Context) -> AsyncIterator[bytes]:
    """The parts, each made on one thread of their own, where their transaction lives.

    When the reader goes away the making ends behind the part being made.
    """
    maker = ThreadPoolExecutor(1, thread_name_prefix="list-file")
    loop = asyncio.get_running_loop()
    try:
        while (part := await loop.run_in_executor(maker, context.run, _next, parts)) is not None:
            if part:
                yield part
    finally:
        maker.submit(context.run, _ended, parts)
        maker.shutdown(wait=False)


def _next(parts: Iterator[bytes]) -> bytes | None:
    return next(parts, None)


def _ended(parts: Any) -> None:
    parts.close()
    connections.close_all()

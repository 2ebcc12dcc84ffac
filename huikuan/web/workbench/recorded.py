"""对上已登记的收款: a line whose money stands in the books already, found by amount and day or by words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huikuan.cash.operations import link_recorded
from huikuan.cash.operations.line_uses import left_of
from huikuan.cash.recorded_queries import Recorded, recorded_near
from huikuan.core.errors import HuikuanError
from huikuan.web.cash.parts import address
from huikuan.web.ledger.addresses import document_url
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.workbench.page import line_or_none
from huikuan.web.workbench.queue import next_line

Row = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@page("receipt.record", whole=True)
def recorded(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Search what no line stands for, and link one of it."""
    line = line_or_none(key)
    if line is None:
        raise Http404
    tab, words = request.GET.get("tab", ""), request.GET.get("q", "").strip()[:100]
    error = ""
    if request.method == "POST":
        try:
            link_recorded(
                line_id=key,
                record_id=_key(request.POST.get("record", "")),
                actor=work.actor,
                today=work.today,
            )
        except HuikuanError as refused:
            error = refused.message
        else:
            messages.success(request, _("已对上，没有再次入账。"))
            after = next_line(tab, line)
            return redirect(with_query(address(work, "workbench"), {"tab": tab, "line": after or ""}))
    title = _("对上已登记的收款") if line.amount > 0 else _("对上已登记的退款")
    left = left_of(line)
    context = {
        "title": title,
        "line": line,
        "left": left,
        "currency": line.bank_account.currency,
        "tab": tab,
        "q": words,
        "error": error,
        "rows": [_row(work, each) for each in recorded_near(line, left, words)] if left else [],
        "back_url": with_query(address(work, "workbench"), {"tab": tab, "line": line.pk}),
        "breadcrumbs": [{"label": _("到账核销"), "url": address(work, "workbench")}, {"label": title}],
    }
    return render(request, "workbench/recorded.html", context, status=422 if error else 200)


def _row(work: Work, each: Recorded) -> Row:
    url = address(work, "claim", each.key) if each.pooled else document_url(work, each.key)
    return {
        "key": each.key,
        "number": each.number,
        "name": each.name or (_("待认领款") if each.pooled else ""),
        "on": each.on,
        "amount": each.amount,
        "reference": each.reference,
        "equal": each.equal,
        "url": url,
    }


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error

"""What came out of a comparison: both sides beside each other, totals that agree, a workbook to sign."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from huikuan.audit.operations import act, record_event
from huikuan.collection.templates import figure
from huikuan.core.postgres.tenancy import tenant
from huikuan.core.sentences import enumerated
from huikuan.organizations.models import Organization
from huikuan.statements.models import Difference, Reconciliation
from huikuan.statements.operations.trail import RECONCILIATION
from huikuan.statements.queries import differences_of, reconciliations_seen
from huikuan.statements.rules import Mode
from huikuan.statements.wording import KINDS, LEFT_OUT, kind_words
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.pages import Work, page
from huikuan.web.statements.result_file import workbook
from huikuan.web.statements.statement import difference_row, movement_name
from huikuan.web.statements.words import crumbs, statement_url

Row = dict[str, Any]
SAME_SHOWN = 300


def reconciliation_of(work: Work, key: UUID) -> Reconciliation:
    """The comparison if the actor may see its customer."""
    found = reconciliations_seen(work.actor).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_safe
@page("reconciliation.read")
def result(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """What differs, side by side, and what agrees."""
    found = reconciliation_of(work, key)
    differences = differences_of(reconciliation=found)
    rows = [_row(work, found, each) for each in differences]
    only = request.GET.get("kind", "")
    counts = Counter(each.kind for each in differences)
    agreeing = [each for each in found.findings if each["kind"] == "same"]
    context = {
        "found": found,
        "is_open": found.mode == Mode.OPEN,
        "totals": _totals(found, sum((each.amount for each in differences), Decimal(0))),
        "kinds": [
            {"code": kind, "label": kind_words(kind), "count": counts[kind], "active": kind == only}
            for kind in KINDS
            if counts[kind]
        ],
        "only": only,
        "rows": [row for row in rows if not only or row["code"] == only],
        "same": [_sides(work, each) for each in agreeing[:SAME_SHOWN]],
        "more_same": max(0, len(agreeing) - SAME_SHOWN),
        "left_out": [{**each, "why": str(LEFT_OUT.get(each["why"], each["why"]))} for each in found.left_out],
        "remarks": _remarks(found),
        "facts": _facts(work, found),
        "actions": [
            {
                "label": _("下载核对表"),
                "url": reverse("reconciliation-file", args=[work.organization.code, key]),
                "icon": "file-spreadsheet",
                "primary": True,
            }
        ],
        "breadcrumbs": [
            *crumbs(work, _("双边核对"))[:1],
            {"label": _("双边核对"), "url": reverse("reconciliations", args=[work.organization.code])},
            {"label": found.customer.name},
        ],
    }
    return render(request, "statements/result.html", context)


def _totals(found: Reconciliation, differences: Decimal) -> list[Row]:
    rows: list[Row] = []
    if found.mode == Mode.MOVEMENTS:
        rows.append({"label": _("期初余额"), "ours": found.opening, "theirs": found.opening_theirs})
        rows.append(
            {
                "label": _("期间往来"),
                "ours": found.ours - found.opening,
                "theirs": found.theirs - found.opening_theirs,
            }
        )
    rows.append({"label": _("合计"), "ours": found.ours, "theirs": found.theirs, "strong": True})
    return [{**row, "difference": row["theirs"] - row["ours"]} for row in rows]


def _row(work: Work, found: Reconciliation, each: Difference) -> Row:
    row = difference_row(work, each, found.currency)
    row["code"] = each.kind
    if each.position < 0:
        return {
            **row,
            "ours": [{"number": _("期初余额"), "amount": found.opening}],
            "theirs": [{"number": _("期初余额"), "amount": found.opening_theirs}],
        }
    return {**row, **_sides(work, found.findings[each.position])}


def _sides(work: Work, finding: Row) -> Row:
    """Both sides of a finding as the page shows them."""

    def line(each: Row) -> Row:
        return {
            "on": date.fromisoformat(each["on"]) if each["on"] else None,
            "number": each["number"],
            "amount": Decimal(each["amount"]) if each["amount"] is not None else None,
            "open": Decimal(each["open"]) if each["open"] is not None else None,
        }

    may = work.actor.may("ledger.read")
    ours = [
        {
            **line(each),
            "note": movement_name(each["kind"]),
            "url": document_url(work, UUID(each["document"])) if may and each["kind"] != "group" else "",
        }
        for each in finding["ours"]
    ]
    theirs = [
        {**line(each), "note": _("第 %d 行") % each["line"], "text": each["text"]}
        for each in finding["theirs"]
    ]
    return {"ours": ours, "theirs": theirs, "also": [kind_words(each) for each in finding["also"]]}


def _remarks(found: Reconciliation) -> list[str]:
    rows = list(found.asked.get("notices", ()))
    if found.asked.get("opening_assumed"):
        rows.append(_("客户的清单没有期初余额，按与我方相同计算。"))
    said = found.asked.get("closing_said")
    if said is not None and Decimal(said) != found.theirs:
        rows.append(
            _("客户清单写的期末余额是 %(said)s，按它的明细加起来是 %(sum)s。")
            % {"said": figure(Decimal(said), found.currency), "sum": figure(found.theirs, found.currency)}
        )
    unreadable = [str(each["line"]) for each in found.left_out if each["why"] == "unreadable"]
    if unreadable:
        rows.append(_("第 %s 行读不出来，没有核对；结果不完整。") % enumerated(unreadable[:30]))
    return rows


def _facts(work: Work, found: Reconciliation) -> list[Row]:
    signs = _("借方是欠我方的") if found.asked.get("turned") else _("贷方是欠我方的")
    rows: list[Row] = [
        {
            "label": _("客户"),
            "value": found.customer.name,
            "url": customer_url(work, found.customer_id),
            "hint": found.customer.code,
        },
        {
            "label": _("期间") if found.mode == Mode.MOVEMENTS else _("截止日"),
            "value": f"{found.starts_on} – {found.ends_on}"
            if found.mode == Mode.MOVEMENTS
            else str(found.ends_on),
        },
        {"label": _("币种"), "value": found.currency},
        {"label": _("文件"), "value": found.file.name},
        {"label": _("借贷方向"), "value": signs},
        {"label": _("核对人"), "value": found.made_by_name, "hint": str(found.made_on)},
    ]
    if found.statement is not None:
        url = statement_url(work, found.statement.pk)
        rows.append({"label": pgettext("one", "对账单"), "value": found.statement.number, "url": url})
    if found.known_at:
        rows.append({"label": _("数据截至"), "value": found.known_at, "kind": "moment"})
    return rows


@require_safe
@page("reconciliation.read", own_transactions=True)
def result_file(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The comparison as a workbook that both sides can sign; taking it is written down."""
    with tenant(work.organization.pk):
        found = reconciliation_of(work, key)
        differences = differences_of(reconciliation=found)
        with act("export_reconciliation", actor=work.actor):
            record_event(
                action="exported",
                record_kind=RECONCILIATION,
                record_id=key,
                content={"form": "xlsx", "differences": len(differences)},
            )
        organization = Organization.objects.get(pk=work.organization.pk)
        content = workbook(found, differences, company=organization.name)
        name = f"{_('核对表')}-{found.customer.code}-{found.ends_on}.xlsx"
    return HttpResponse(
        content,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": content_disposition_header(True, name) or "attachment"},
    )

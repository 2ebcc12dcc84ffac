"""坏账台账: what was written off, what came back of it, what is still claimed, and how far its deduction is prepared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.books.queries.statements import income_statement
from huikuan.core.errors import HuikuanError
from huikuan.core.sentences import enumerated, labelled
from huikuan.ledger.models import Document, Kind, OpenItem
from huikuan.risk.operations import judge_write_off
from huikuan.risk.queries import BadDebt, bad_debts
from huikuan.risk.requests import RECOVERY, ask_recovery
from huikuan.risk.rules import EVIDENCE, SMALL_AMOUNT, Ground, OldDebt, grounds_by_age
from huikuan.web.approvals.waiting import asking_words, to_request, waiting_notices
from huikuan.web.files.attachments import files_of
from huikuan.web.ledger.addresses import customer_url, document_url, documents_url
from huikuan.web.ledger.states import document_state
from huikuan.web.lists import paging, place_in
from huikuan.web.pages import Work, page
from huikuan.web.risk.forms import GroundForm, RecoveryForm
from huikuan.web.risk.words import ASKS, GROUNDS, deduction_state, evidence_name, ground_name

ROWS = 100
ZERO = Decimal(0)


def missing_evidence(debt: BadDebt) -> list[str]:
    """What is not on file yet of the evidence that the judged ground asks for."""
    if not debt.ground:
        return []
    return [code for code in EVIDENCE[Ground(debt.ground)] if code not in debt.evidence]


def state_of_deduction(debt: BadDebt) -> dict[str, str]:
    """The badge of a bad debt."""
    return deduction_state(judged=bool(debt.ground), missing=len(missing_evidence(debt)))


@require_safe
@page("report.read", whole=True)
def register(request: HttpRequest, work: Work) -> HttpResponse:
    """Every write-off that stands."""
    found = bad_debts()
    place = place_in(request, size=ROWS)
    amounts = [
        sum(column, ZERO) for column in zip(*((d.amount, d.recovered, d.claim) for d in found), strict=True)
    ]
    written_off, recovered, claim = amounts or [ZERO, ZERO, ZERO]
    ready = [debt for debt in found if debt.ground and not missing_evidence(debt)]
    context = {
        "tiles": [
            {
                "label": _("坏账核销"),
                "value": written_off,
                "url": documents_url(work, kind=Kind.WRITE_OFF.value),
                "icon": "ban",
            },
            {
                "label": _("已收回"),
                "value": recovered,
                "url": documents_url(work, kind=Kind.RECOVERY.value) if recovered else "",
                "icon": "cash",
            },
            {
                "label": _("账外债权"),
                "value": claim,
                "note": _("账销案存，仍可追索"),
                "icon": "scale",
            },
            {
                "label": _("证据齐备"),
                "value": sum((debt.amount for debt in ready), ZERO),
                "note": _("%(ready)d 张，共 %(all)d 张") % {"ready": len(ready), "all": len(found)},
                "icon": "clipboard-check",
            },
        ],
        "columns": _columns(),
        "rows": [_row(work, debt) for debt in found[place.slice]],
        "total": [_("合计"), "", "", written_off, recovered or None, claim, "", ""] if found else None,
        "paging": paging(request, place, len(found)),
        "empty": {
            "title": _("没有核销过坏账"),
            "text": _("确实收不回的应收单，在它的页面上登记坏账核销；核销后仍在这里备查。"),
            "icon": "ban",
        },
        "breadcrumbs": [{"label": _("坏账台账")}],
    }
    return render(request, "risk/bad_debts.html", context)


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": _("核销单"), "lead": True},
        {"label": _("客户"), "kind": "name"},
        {"label": _("坏账核销日期"), "kind": "date"},
        {"label": pgettext("write-off", "核销金额"), "kind": "money", "figure": True},
        {"label": _("已收回"), "kind": "money"},
        {"label": _("账外债权"), "kind": "money"},
        {"label": _("税前扣除依据"), "kind": "name"},
        {"label": _("证据"), "kind": "badge"},
    ]


def _row(work: Work, debt: BadDebt) -> dict[str, Any]:
    missing = enumerated(evidence_name(code) for code in missing_evidence(debt))
    return {
        "url": reverse("bad-debt", args=[work.organization.code, debt.document_id]),
        "cells": [
            debt.number,
            debt.customer_name,
            debt.written_off_on,
            debt.amount,
            debt.recovered or None,
            debt.claim,
            {"value": ground_name(debt.ground) or None, "note": _("还缺：%s") % missing if missing else ""},
            state_of_deduction(debt),
        ],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page("report.read", whole=True)
def bad_debt(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One bad debt: what came back, the ground of its deduction with the evidence, and its files."""
    debt = _debt(key)
    may_judge = work.actor.may("write_off.record")
    holds = _by_age(work, debt)
    ground = _ground(request, debt, holds)
    form = GroundForm(ground=ground, initial={"ground": ground.value, "evidence": _ticked(debt, ground)})
    if request.method == "POST":
        work.actor.require("write_off.record")
        form = GroundForm(request.POST, ground=ground)
        if form.is_valid() and _judged(form, debt, work):
            messages.success(request, _("已记下扣除依据和证据。"))
            return redirect("bad-debt", work.organization.code, key)
    context = {
        "debt": debt,
        "may_judge": may_judge,
        "form": form,
        "ground": ground,
        "asks": ASKS[ground],
        "checklist": _checklist(debt),
        "ground_words": ground_name(debt.ground),
        "holds": labelled(_("按账龄和金额已经满足"), enumerated(GROUNDS[each] for each in holds))
        if holds
        else "",
        "state": state_of_deduction(debt),
        "facts": _facts(work, debt),
        "sums": _sums(work, debt),
        "recovery_columns": _recovery_columns(),
        "recovery_rows": _recovery_rows(work, debt),
        "no_recoveries": {
            "title": _("还没有收回"),
            "text": _("收回时先登记，再用收款核销。"),
            "icon": "cash",
        },
        "actions": _actions(work, debt),
        "waiting": waiting_notices(work, debt.document_id),
        "files": files_of(work, "document", debt.document_id) if work.actor.may("ledger.read") else None,
        "here": reverse("bad-debt", args=[work.organization.code, key]),
        "breadcrumbs": _crumbs(work, debt),
    }
    return render(request, "risk/bad_debt.html", context, status=422 if form.errors else 200)


def _debt(key: UUID) -> BadDebt:
    found = bad_debts(document_id=key)
    if not found:
        raise Http404
    return found[0]


def _ground(request: HttpRequest, debt: BadDebt, holds: Sequence[Ground]) -> Ground:
    """The ground that is being judged: as posted, as chosen in the address, as judged before, else one that holds."""
    said = request.POST.get("ground") or request.GET.get("ground") or debt.ground
    return Ground(said) if said in set(Ground) else next(iter(holds), Ground.OVERDUE_THREE_YEARS)


def _ticked(debt: BadDebt, ground: Ground) -> list[str]:
    """What is on file already, also of another ground's list."""
    return [code for code in EVIDENCE[ground] if code in debt.evidence]


def _judged(form: GroundForm, debt: BadDebt, work: Work) -> bool:
    try:
        judge_write_off(
            write_off_id=debt.document_id,
            ground=Ground(form.cleaned_data["ground"]),
            evidence=form.cleaned_data["evidence"],
            actor=work.actor,
        )
    except HuikuanError as error:
        form.add_error(None, error.message)
        return False
    return True


def _checklist(debt: BadDebt) -> list[dict[str, Any]]:
    if not debt.ground:
        return []
    return [
        {"label": evidence_name(code), "there": code in debt.evidence}
        for code in EVIDENCE[Ground(debt.ground)]
    ]


def _by_age(work: Work, debt: BadDebt) -> tuple[Ground, ...]:
    old = OldDebt(debt.amount, debt.due_on)
    return grounds_by_age(old, as_of=work.today, annual_revenue=_annual_revenue(work, debt))


def _annual_revenue(work: Work, debt: BadDebt) -> Decimal | None:
    """The revenue of the year of the write-off, as far as it has come; only where the debt is above the fixed sum."""
    if debt.amount <= SMALL_AMOUNT:
        return None
    month = min(date(debt.written_off_on.year, 12, 1), work.today.replace(day=1))
    revenue = next(line for line in income_statement(month=month).lines if line.name == "revenue")
    return revenue.before


def _facts(work: Work, debt: BadDebt) -> list[dict[str, Any]]:
    return [
        {
            "label": _("客户"),
            "value": debt.customer_name,
            "url": customer_url(work, debt.customer_id),
            "wide": True,
        },
        {"label": _("坏账核销日期"), "value": debt.written_off_on, "kind": "date"},
        {"label": _("最早到期日"), "value": debt.due_on, "kind": "date"},
        {
            "label": _("核销单"),
            "value": debt.number,
            "url": document_url(work, debt.document_id),
        },
        {"label": _("核销原因"), "value": debt.reason or None, "wide": True},
    ]


def _sums(work: Work, debt: BadDebt) -> list[dict[str, Any]]:
    currency = work.organization.currency
    return [
        {
            "label": pgettext("write-off", "核销金额"),
            "value": debt.amount,
            "kind": "money",
            "currency": currency,
        },
        {"label": _("已收回"), "value": -debt.recovered, "kind": "money", "currency": currency},
        {
            "label": _("账外债权"),
            "value": debt.claim,
            "kind": "money",
            "currency": currency,
            "strong": True,
        },
    ]


def _recoveries(debt: BadDebt) -> list[Document]:
    found = Document.objects.filter(
        kind=Kind.RECOVERY, reference=debt.number, customer_id=debt.customer_id, voided_by=None
    )
    return list(found.select_related("act").order_by("document_on", "pk"))


def _recovery_columns() -> list[dict[str, Any]]:
    return [
        {"label": _("收回单"), "lead": True},
        {"label": _("收回日期"), "kind": "date"},
        {"label": _("金额"), "kind": "money", "figure": True},
        {"label": _("说明"), "kind": "name"},
        {"label": _("状态"), "kind": "badge"},
    ]


def _recovery_rows(work: Work, debt: BadDebt) -> list[dict[str, Any]]:
    documents = _recoveries(debt)
    items: dict[UUID, list[OpenItem]] = {document.pk: [] for document in documents}
    for item in OpenItem.objects.filter(document_id__in=items):
        items[item.document_id].append(item)
    return [
        {
            "url": document_url(work, each.pk),
            "cells": [
                each.number,
                each.document_on,
                each.base_amount,
                each.memo or None,
                document_state(each, items[each.pk], work.today),
            ],
        }
        for each in documents
    ]


def _actions(work: Work, debt: BadDebt) -> list[dict[str, Any]]:
    if not debt.claim or not work.actor.may("write_off.record"):
        return []
    url = reverse("bad-debt-recover", args=[work.organization.code, debt.document_id])
    return [{"label": _("登记收回"), "url": url, "icon": "cash", "primary": True}]


def _crumbs(work: Work, debt: BadDebt, *more: str) -> list[dict[str, str]]:
    code = work.organization.code
    crumbs = [
        {"label": _("坏账台账"), "url": reverse("bad-debts", args=[code])},
        {"label": debt.number, "url": reverse("bad-debt", args=[code, debt.document_id])},
    ]
    return crumbs + [{"label": label} for label in more]


@require_http_methods(["GET", "HEAD", "POST"])
@page("write_off.record", whole=True)
def bad_debt_recover(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """已核销坏账收回: what was given up is owed again, so that the receipt can be allocated to it."""
    debt = _debt(key)
    currency = work.organization.currency
    form = RecoveryForm(request.POST or None, debt=debt, currency=currency, today=work.today)
    if form.is_valid():
        values = form.cleaned_data
        try:
            outcome = ask_recovery(
                Document.objects.select_related("customer").get(pk=debt.document_id),
                amount=values["amount"],
                on=values["on"],
                memo=values["memo"],
                actor=work.actor,
                today=work.today,
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            waiting = to_request(request, work, outcome)
            if waiting is not None:
                return waiting
            assert outcome.result is not None
            messages.success(request, _("已登记收回 %s；收款到账后与它核销。") % outcome.result.number)
            return redirect("bad-debt", work.organization.code, key)
    note, submit = asking_words(
        RECOVERY,
        note=_("收回的金额先重新记为应收（借 应收账款，贷 坏账准备），收到的钱再与它核销。"),
        submit=_("登记收回"),
    )
    context = {
        "form": form,
        "title": _("登记收回"),
        "note": note,
        "submit": submit,
        "over": f"{debt.number} · {debt.customer_name}",
        "sums": _sums(work, debt),
        "sums_note": currency,
        "back_url": reverse("bad-debt", args=[work.organization.code, key]),
        "breadcrumbs": _crumbs(work, debt, _("登记收回")),
    }
    return render(request, "risk/form.html", context, status=422 if form.errors else 200)

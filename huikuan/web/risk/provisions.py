"""坏账准备: what is required as of a day, the entry that brings the allowance there, and what was posted."""

from __future__ import annotations

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
from django.views.decorators.http import require_POST, require_safe
from procrastinate.exceptions import AlreadyEnqueued

from huikuan.approvals.queries import needs_approval
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import actor_words
from huikuan.reports.operations import record_file
from huikuan.reports.workpaper import workpaper_xlsx
from huikuan.risk.in_force import NoMatrix
from huikuan.risk.jobs import ask_losses
from huikuan.risk.models import Provision, ProvisionLine, ProvisionMatrix, Workpaper
from huikuan.risk.operations import RiskRefused
from huikuan.risk.queries import LossLine, Requirement, requirement
from huikuan.risk.requests import PROVISION, ask_provision
from huikuan.risk.rules import STARTING_RATES
from huikuan.risk.workpaper import freeze, frozen_of
from huikuan.web.approvals.waiting import to_request, waiting_notices
from huikuan.web.lists import paging, place_in, with_query
from huikuan.web.pages import Work, page, refused
from huikuan.web.reports.aging_files import WRITERS
from huikuan.web.reports.words import bucket_label
from huikuan.web.risk import provision_compared as compared
from huikuan.web.risk import provision_parts as parts
from huikuan.web.risk.forms import DayForm, PostForm
from huikuan.web.risk.provision_files import provision_table
from huikuan.web.risk.rates import first_day, starting_form
from huikuan.web.risk.words import rate_text
from huikuan.web.templatetags.money import money

ROWS = 24
WORKPAPER = "workpaper"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@page("report.read", whole=True)
def provisions(request: HttpRequest, work: Work) -> HttpResponse:
    """What must be provided as of the end of a month, by age and by customer, and how the allowance moved."""
    form = DayForm(request.GET, today=work.today)
    context: dict[str, Any] = {
        "form": form,
        "actions": _actions(work),
        "may_write": work.actor.may("provision.write"),
        "needs_approval": needs_approval(PROVISION),
        "waiting": waiting_notices(work, work.organization.pk),
        "breadcrumbs": [{"label": _("坏账准备")}],
    }
    try:
        found = requirement(form.day)
    except NoMatrix as error:
        return render(request, "risk/no_rates.html", context | _without_rates(work, error))
    return render(request, "risk/provisions.html", context | _sheet(request, work, found))


def _sheet(request: HttpRequest, work: Work, found: Requirement) -> dict[str, Any]:
    by_age = [line for line in found.lines if line.bucket]
    by_customer = [line for line in found.lines if line.customer_id]
    posted = Provision.objects.select_related("act").order_by("-as_of", "-pk")
    place = place_in(request, size=ROWS)
    return {
        "found": found,
        "tiles": parts.tiles(work, found),
        "files": _files(work, found),
        "age_columns": parts.loss_columns(_("账龄（按到期日）")),
        "age_rows": parts.bucket_rows(work, found),
        "age_total": parts.loss_total(_("小计"), by_age),
        "rates_note": _("比例自 %s 起生效") % found.matrix.effective_on.isoformat(),
        "customer_columns": parts.loss_columns(_("单项计提的客户")),
        "customer_rows": parts.customer_rows(work, found),
        "customer_total": parts.loss_total(_("小计"), by_customer),
        **compared.tables(work, found),
        "entry": parts.planned_entry(found, work.today),
        "roll_columns": parts.roll_columns(),
        "roll_rows": parts.roll_rows(work, found.as_of),
        "history_columns": parts.history_columns(),
        "history_rows": parts.history_rows(work, posted[place.slice]),
        "history_paging": paging(request, place, posted.count()),
        "post_url": reverse("provision-post", args=[work.organization.code]),
    }


def _without_rates(work: Work, error: NoMatrix) -> dict[str, Any]:
    return {
        "why": error.message,
        "earlier": ProvisionMatrix.objects.order_by("effective_on").first(),
        "rates": [(bucket_label(bucket), rate_text(rate)) for bucket, rate in STARTING_RATES.items()],
        "rates_form": starting_form(work.today),
        "from_on": first_day(work.today),
        "rates_url": reverse("provision-rates", args=[work.organization.code]),
    }


def _actions(work: Work) -> list[dict[str, Any]]:
    code = work.organization.code
    return [
        {"label": _("损失明细"), "url": reverse("report", args=[code, "expected-losses"]), "icon": "receipt"},
        {"label": _("单项计提"), "url": reverse("assessments", args=[code]), "icon": "user"},
        {
            "label": pgettext("plural", "计提比例"),
            "url": reverse("provision-rates", args=[code]),
            "icon": "percentage",
        },
    ]


def _files(work: Work, found: Requirement) -> list[dict[str, str]]:
    def url(form: str) -> str:
        address = reverse("provision-file", args=[work.organization.code, form])
        return with_query(address, {"as_of": found.as_of.isoformat()})

    return [
        {"label": "Excel", "url": url("xlsx"), "icon": "file-spreadsheet"},
        {"label": "CSV", "url": url("csv"), "icon": "download"},
        {"label": _("试算底稿"), "url": url("workpaper"), "icon": "file-spreadsheet"},
    ]


@require_POST
@page("provision.write", whole=True)
def provision_post(request: HttpRequest, work: Work) -> HttpResponse:
    """Post the charge that was confirmed; where it has changed since, nothing."""
    form = PostForm(request.POST)
    if not form.is_valid():
        answer = refused(request, RiskRefused(_("没有说明计提到哪一天。")))
        answer.status_code = 422
        return answer
    wanted = form.cleaned_data
    outcome = ask_provision(
        as_of=wanted["as_of"], charge=wanted["charge"], actor=work.actor, today=work.today
    )
    waiting = to_request(request, work, outcome)
    if waiting is not None:
        return waiting
    assert outcome.result is not None
    made = Provision.objects.get(pk=outcome.result.data["provision"])
    messages.success(request, _done(made, work.organization.currency))
    return redirect("provision", work.organization.code, made.pk)


def _done(made: Provision, currency: str) -> str:
    amount = money(abs(made.charge), currency)
    sentence = _("已转回坏账准备 %s。") if made.charge < 0 else _("已计提坏账准备 %s。")
    return sentence % amount


@require_safe
@page("report.read", whole=True)
def provision(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One provision as it was posted, with its entry."""
    made = Provision.objects.select_related("act", "matrix").filter(pk=key).first()
    if made is None:
        raise Http404
    lines = list(ProvisionLine.objects.filter(provision=made).select_related("customer").order_by("position"))
    paper = Workpaper.objects.filter(provision=made).exists()
    context = {
        "made": made,
        "actions": [
            {
                "label": _("审计底稿"),
                "url": reverse("provision-workpaper", args=[work.organization.code, made.pk]),
                "icon": "file-spreadsheet",
            }
        ]
        if paper
        else [],
        "title": _("坏账准备 %s") % made.as_of.isoformat(),
        "facts": _facts(work, made),
        "age_columns": parts.loss_columns(_("账龄（按到期日）")),
        "customer_columns": parts.loss_columns(_("单项计提的客户")),
        **_tables(lines),
        "entry_lines": parts.booked_lines(made),
        "breadcrumbs": [
            {"label": _("坏账准备"), "url": _home(work, made)},
            {"label": made.as_of.isoformat()},
        ],
    }
    return render(request, "risk/provision.html", context)


def _home(work: Work, made: Provision) -> str:
    return with_query(reverse("provisions", args=[work.organization.code]), {"as_of": made.as_of.isoformat()})


def _tables(lines: list[ProvisionLine]) -> dict[str, Any]:
    """The lines of a provision in the two tables of a sheet."""
    found = [
        LossLine(
            line.bucket,
            line.customer_id,
            line.customer.code if line.customer else "",
            line.customer.name if line.customer else "",
            "",
            line.balance,
            line.rate,
            line.loss,
        )
        for line in lines
    ]
    by_age = [line for line in found if line.bucket]
    by_customer = [line for line in found if not line.bucket]
    return {
        "age_rows": [parts.loss_row(bucket_label(line.bucket), line, "") for line in by_age],
        "age_total": parts.loss_total(_("小计"), by_age),
        "customer_rows": [
            parts.loss_row({"value": line.name, "note": line.code}, line, "") for line in by_customer
        ],
        "customer_total": parts.loss_total(_("小计"), by_customer),
        "balance": sum((line.balance for line in found), Decimal(0)),
    }


def _facts(work: Work, made: Provision) -> list[dict[str, Any]]:
    currency = work.organization.currency
    rates = reverse("provision-rates", args=[work.organization.code])
    return [
        {"label": _("截至"), "value": made.as_of, "kind": "date"},
        {"label": _("应有准备"), "value": made.required, "kind": "money", "currency": currency},
        {"label": _("计提前"), "value": made.before, "kind": "money", "currency": currency},
        {"label": _("计提（转回）"), "value": made.charge, "kind": "money", "currency": currency},
        {
            "label": _("计提比例"),
            "value": _("自 %s 起生效") % made.matrix.effective_on.isoformat(),
            "url": rates,
        },
        {"label": _("经办"), "value": actor_words(made.act.actor_name)},
        {"label": _("记录时间"), "value": made.act.recorded_at, "kind": "moment"},
    ]


@require_safe
@page("report.read", own_transactions=True, whole=True)
def provision_file(request: HttpRequest, work: Work, form: str) -> HttpResponse:
    """The sheet as a file; who took it is written into the trail."""
    if form not in (*WRITERS, WORKPAPER):
        raise Http404
    day = DayForm(request.GET, today=work.today).day
    with tenant(work.organization.pk, snapshot=True):
        found = requirement(day)
        if form == WORKPAPER:
            paper = freeze(found)
        else:
            table = provision_table(found, work)
    rows = len(paper.data["items"]) if form == WORKPAPER else len(table.rows)
    _record_export(work, form, rows, day)
    name = f"provision-{work.organization.code}-{day.isoformat()}"
    if form == WORKPAPER:
        return _download(workpaper_xlsx(paper, None), XLSX, f"workpaper-{name}.xlsx")
    content, content_type = WRITERS[form](table)
    return _download(content, content_type, f"{name}.{form}")


@require_safe
@page("report.read", own_transactions=True, whole=True)
def provision_workpaper(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The workpaper of a posted provision, of what was frozen then; who took it is written into the trail."""
    with tenant(work.organization.pk, snapshot=True):
        made = Provision.objects.select_related("act").filter(pk=key).first()
        paper = frozen_of(made) if made else None
    if made is None or paper is None:
        raise Http404
    _record_export(work, WORKPAPER, len(paper.data["items"]), made.as_of)
    name = f"workpaper-provision-{work.organization.code}-{made.as_of.isoformat()}.xlsx"
    return _download(workpaper_xlsx(paper, made), XLSX, name)


@require_POST
@page("provision.write", whole=True)
def provision_by_model(request: HttpRequest, work: Work) -> HttpResponse:
    """Have the payment model say what is lost of the debts of a day; a job does it."""
    day = DayForm(request.POST, today=work.today).day
    try:
        ask_losses(work.organization.pk, work.actor.user_id, as_of=day)
        messages.success(request, _("正在用付款模型计算，几分钟后这里就有第二种方法。"))
    except AlreadyEnqueued:
        messages.info(request, _("已经在计算了。"))
    address = reverse("provisions", args=[work.organization.code])
    return redirect(with_query(address, {"as_of": day.isoformat()}))


def _record_export(work: Work, form: str, rows: int, day: date) -> None:
    asked = {"as_of": day.isoformat()}
    with tenant(work.organization.pk):
        record_file(actor=work.actor, name="provision", form=form, rows=rows, asked=asked)


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        headers={
            "Content-Type": content_type,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )

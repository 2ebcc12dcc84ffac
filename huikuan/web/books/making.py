"""Making the vouchers of a month, and taking them as a file."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.books.models import Source, State
from huikuan.books.operations import make_vouchers
from huikuan.books.queries.policy import policy
from huikuan.books.queries.vouchers import month_of_vouchers
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.vouchers import FORMS, voucher_file
from huikuan.ledger.models import Period
from huikuan.web.books.addresses import address
from huikuan.web.books.months import known_months, latest_month, parse_month
from huikuan.web.pages import Work, page

GROUPINGS = (
    (Source.ENTRY.value, _l("逐笔：每笔业务一张")),
    (Source.DAY.value, _l("按日汇总：每天一张")),
    (Source.KIND.value, _l("按业务汇总：每种业务每月一张")),
)


class MakeForm(forms.Form):
    """Which month, and how its entries are grouped."""

    month = forms.ChoiceField(label=_l("月份"))
    grouping = forms.ChoiceField(label=_l("汇总方式"), widget=forms.RadioSelect)

    def __init__(self, data: Any, *, today: date, month: date) -> None:
        initial = {"month": f"{month:%Y-%m}", "grouping": policy().grouping}
        super().__init__(data, initial=initial)
        closed = set(Period.objects.exclude(closed_at=None).values_list("month", flat=True))
        _offer(self, "month", [each for each in known_months(today) if each not in closed])
        field = self.fields["grouping"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = GROUPINGS


class ExportForm(forms.Form):
    """Which month, and for which system."""

    month = forms.ChoiceField(label=_l("月份"))
    form = forms.ChoiceField(label=_l("格式"), widget=forms.RadioSelect)

    def __init__(self, data: Any, *, today: date, month: date) -> None:
        super().__init__(data, initial={"month": f"{month:%Y-%m}", "form": "xlsx"})
        _offer(self, "month", known_months(today))
        field = self.fields["form"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, form.label) for name, form in FORMS.items()]


def _offer(form: forms.Form, name: str, months: list[date]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in months]


def _asked_month(request: HttpRequest, work: Work) -> date:
    return parse_month(request.GET.get("month", "")) or latest_month(work.today)


@require_http_methods(["GET", "HEAD", "POST"])
@page("voucher.prepare")
def make(request: HttpRequest, work: Work) -> HttpResponse:
    """编制凭证: put what happened in a month into vouchers."""
    month = _asked_month(request, work)
    form = MakeForm(request.POST or None, today=work.today, month=month)
    if form.is_valid():
        chosen = parse_month(form.cleaned_data["month"])
        try:
            made = make_vouchers(month=chosen, grouping=form.cleaned_data["grouping"], actor=work.actor)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            text = _("已编制 %(vouchers)d 张凭证，含 %(entries)d 笔业务。")
            messages.success(request, text % {"vouchers": made.vouchers, "entries": made.entries})
            return redirect(address(work, "vouchers", month=chosen, state=State.PREPARED.value))
    waiting = month_of_vouchers(month).waiting
    context = {
        "title": _("编制凭证"),
        "note": _("%(month)s 还有 %(count)d 笔业务没有凭证。")
        % {"month": f"{month:%Y-%m}", "count": waiting},
        "form": form,
        "submit": _("编制"),
        "back_url": address(work, "vouchers"),
        "breadcrumbs": [{"label": _("凭证"), "url": address(work, "vouchers")}, {"label": _("编制")}],
    }
    return render(request, "books/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("books.read", own_transactions=True)
def export(request: HttpRequest, work: Work) -> HttpResponse:
    """导出: the posted vouchers of a month as a file for another system; written in the trail."""
    with tenant(work.organization.pk):
        form = ExportForm(request.POST or None, today=work.today, month=_asked_month(request, work))
        month = parse_month(form.cleaned_data["month"]) if form.is_valid() else None
        if month is not None:
            try:
                taken = voucher_file(form=form.cleaned_data["form"], month=month, actor=work.actor)
            except HuikuanError as error:
                form.add_error(None, error.message)
            else:
                response = HttpResponse(taken.content, content_type=taken.content_type)
                response["Content-Disposition"] = f'attachment; filename="{taken.name}"'
                return response
        context = {
            "title": _("导出凭证"),
            "note": _("只导出已记账的凭证；谁导出了什么会写入审计轨迹。"),
            "form": form,
            "submit": _("下载"),
            "back_url": address(work, "vouchers"),
            "breadcrumbs": [{"label": _("凭证"), "url": address(work, "vouchers")}, {"label": _("导出")}],
        }
        return render(request, "books/form.html", context)

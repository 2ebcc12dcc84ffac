"""Who collects from a customer, and what the worklist gives points for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.collection.operations import assign_collector, save_setting
from huikuan.collection.operations.settings import MOST_GRACE
from huikuan.collection.points import MOST_POINTS, TAKES_POINTS, Signal, Weights
from huikuan.collection.queries import Setting, collector_of, collectors, setting_in_force
from huikuan.collection.wording import SIGNALS
from huikuan.core.errors import HuikuanError
from huikuan.web.collection.forms import AssignForm
from huikuan.web.collection.parts import customer_of
from huikuan.web.collection.words import case_url, list_url
from huikuan.web.fields import AmountField
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def assign(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """分派: somebody chosen by hand, or the salesperson again."""
    customer = customer_of(work, key)
    current, _name, chosen = collector_of(customer)

    def act(values: dict[str, Any]) -> str:
        collector = UUID(values["collector"]) if values["collector"] else None
        assign_collector(
            [key], collector_id=collector, reason=values["reason"], actor=work.actor, today=work.today
        )
        messages.success(request, _("已分派。"))
        return case_url(work, key)

    initial = {"collector": str(current) if chosen else ""}
    form = AssignForm(request.POST if request.method == "POST" else None, initial=initial)
    field = form.fields["collector"]
    assert isinstance(field, forms.ChoiceField)
    own = customer.salesperson.name if customer.salesperson else _("无人负责")
    field.choices = [
        ("", _("业务员（%s）") % own),
        *((str(person), name) for person, name in collectors()),
    ]
    return ask_first(
        request, work, form, act,
        title=_("分派催收"), submit=_("分派"),
        note=_("没有指定的客户由业务员催收。有人休假时，在“审批”里设置的代理人也看到他的客户。"),
        over=customer.name, back_url=case_url(work, key),
        crumbs=[
            {"label": _("催收"), "url": list_url(work)},
            {"label": customer.name, "url": case_url(work, key)},
            {"label": _("分派")},
        ],
    )  # fmt: skip


class SettingForm(forms.Form):
    """Points per signal, the amount that gives all of them, and grace days."""

    def __init__(self, setting: Setting, currency: str, data: Any = None) -> None:
        super().__init__(data)
        for signal, label in SIGNALS.items():
            self.fields[signal] = forms.IntegerField(
                label=str(label),
                min_value=0,
                max_value=MOST_POINTS,
                initial=setting.weights.points[Signal(signal)],
                help_text=_("减分") if signal in TAKES_POINTS else "",
            )
        self.fields["full_amount"] = AmountField(
            currency=currency,
            label=_l("逾期到多少得满分"),
            initial=f"{setting.weights.full_amount:.2f}",
        )
        self.fields["grace_days"] = forms.IntegerField(
            label=_l("承诺宽限天数"),
            min_value=0,
            max_value=MOST_GRACE,
            initial=setting.grace_days,
            help_text=_l("承诺日之后这么多天内到账，仍算兑现。"),
        )

    @property
    def gives(self) -> list[Any]:
        """The fields of signals."""
        return [self[signal] for signal in SIGNALS]

    @property
    def others(self) -> list[Any]:
        return [self["full_amount"], self["grace_days"]]

    def wanted(self) -> Setting:
        """The setting as it was typed."""
        values = self.cleaned_data
        weights = Weights({Signal(each): values[each] for each in SIGNALS}, values["full_amount"])
        return Setting(weights, values["grace_days"])


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage", whole=True)
def collection_settings(request: HttpRequest, work: Work) -> HttpResponse:
    """What the worklist is ranked by."""
    data = request.POST if request.method == "POST" else None
    form = SettingForm(setting_in_force(), work.organization.currency, data)
    if data is not None and form.is_valid():
        try:
            save_setting(form.wanted(), actor=work.actor)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("评分已保存，工作台按新的分数排列。"))
            return redirect(reverse("collection-settings", args=[work.organization.code]))
    context = {
        "form": form,
        "back_url": list_url(work),
        "breadcrumbs": [{"label": _("催收"), "url": list_url(work)}, {"label": _("评分设置")}],
    }
    return render(request, "collection/settings.html", context, status=422 if form.errors else 200)

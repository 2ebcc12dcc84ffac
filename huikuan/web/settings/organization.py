"""The organization itself."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huikuan.administration.operations import change_organization
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Document
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, put_error, show_form

# Where most organizations are; every other zone follows.
_USUAL = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Asia/Singapore", "UTC")
_CURRENCIES = ("CNY", "HKD", "MOP", "TWD", "USD", "EUR", "JPY", "GBP", "SGD", "KRW", "AUD", "CAD")


class OrganizationForm(forms.Form):
    """Name, zone, currency and the day of going live."""

    name = forms.CharField(label=gettext_lazy("组织名称"), max_length=200)
    tax_number = forms.CharField(
        label=gettext_lazy("统一社会信用代码（税号）"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("用来核对上传的数电发票是不是本组织开的；不填则按名称核对。"),
    )
    currency = forms.ChoiceField(label=gettext_lazy("本位币"))
    time_zone = forms.ChoiceField(
        label=gettext_lazy("时区"), help_text=gettext_lazy("“今天”和报表上的时间按这个时区。")
    )
    live_on = DayField(
        label=gettext_lazy("上线日期"),
        required=False,
        help_text=gettext_lazy(
            "从这一天起在这里记账。更早的单据是导入的历史，报表按它们自己的日期当作当时已知；"
            "这一天及以后的，按实际登记的时间。不填则全部按登记时间。新旧日期之间有记录后不能再移动。"
        ),
    )

    def __init__(self, *args: Any, currency: str, currency_locked: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        zones = sorted(available_timezones() - set(_USUAL))
        field, zone = self.fields["currency"], self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        assert isinstance(zone, forms.ChoiceField)
        field.choices = [(code, code) for code in sorted({*_CURRENCIES, currency})]
        zone.choices = [
            (_("常用"), [(name, name) for name in _USUAL]),
            (_("其他"), [(name, name) for name in zones]),
        ]
        if currency_locked:
            field.disabled = True
            field.help_text = _("已有单据，本位币不能再改。")
        else:
            field.help_text = _("账簿以它记账；有了单据就不能再改。")


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def organization(request: HttpRequest, work: Work) -> HttpResponse:
    """The form of the organization."""
    own = work.organization
    form = OrganizationForm(
        request.POST or None,
        initial={
            "name": own.name,
            "tax_number": own.tax_number,
            "currency": own.currency,
            "time_zone": own.time_zone,
            "live_on": own.live_on,
        },
        currency=own.currency,
        currency_locked=Document.objects.exists(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_organization(**form.cleaned_data, actor=work.actor)
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("settings-organization", own.code)
    return show_form(
        request,
        work,
        form,
        section="settings-organization",
        title=_("组织"),
        note=_("代码 %s 是网址的一部分，不能改。") % own.code,
        actions=[
            {
                "label": _("调汇方式"),
                "url": address(work, "settings-revaluation-policy"),
                "icon": "coins",
            }
        ],
        back_url="",
        optional=["tax_number", "live_on"],
    )

"""预测的用途: where predictions take part, each to be switched off."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.risk.foreseeing.operations import change_uses
from huikuan.risk.payments.outlook import Uses, uses_in_force
from huikuan.web.pages import Work, page


class UsesForm(forms.Form):
    """One switch for each use."""

    worklist = forms.BooleanField(
        label=_l("催收排序"),
        required=False,
        help_text=_l("预计短期收不回的客户在工作台上加分，理由写在每一行。"),
    )
    leave_alone = forms.BooleanField(
        label=_l("不用催的客户"), required=False, help_text=_l("预计自己会付的客户减分，并单独列出。")
    )
    next_step = forms.BooleanField(
        label=_l("建议下一步"),
        required=False,
        help_text=_l("每位客户建议一个步骤，并说明照现在有多少收不到。"),
    )
    warnings = forms.BooleanField(
        label=_l("预警"), required=False, help_text=_l("预计大额迟付时提醒负责的人，门槛在预警设置里。")
    )
    credit = forms.BooleanField(
        label=_l("信用评估"), required=False, help_text=_l("评分卡可以用“预计迟付 30 天以上的比例”这一项。")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("payment_model.write", whole=True)
def prediction_uses(request: HttpRequest, work: Work) -> HttpResponse:
    """The switches, and saving them."""
    form = UsesForm(request.POST if request.method == "POST" else None, initial=asdict(uses_in_force()))
    if request.method == "POST" and form.is_valid():
        if change_uses(Uses(**form.cleaned_data), actor=work.actor):
            messages.success(request, _("已保存，从现在起生效。"))
        return redirect("prediction-uses", work.organization.code)
    back = reverse("payment-model", args=[work.organization.code])
    context: dict[str, Any] = {
        "form": form,
        "title": _("预测用在哪里"),
        "note": _("关掉的用途不再看预测；预测本身和现金预测照常。一星期前的预测不再使用。"),
        "submit": _("保存"),
        "back_url": back,
        "breadcrumbs": [{"label": _("付款模型"), "url": back}, {"label": _("预测用在哪里")}],
    }
    return render(request, "risk/form.html", context)

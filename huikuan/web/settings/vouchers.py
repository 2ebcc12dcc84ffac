"""How vouchers are kept: their words, the usual grouping, and whether one person may prepare and review."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.books.operations import change_policy
from huikuan.books.queries.policy import policy
from huikuan.core.errors import HuikuanError
from huikuan.web.books.making import GROUPINGS
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import put_error, show_form

SECTION = "settings-vouchers"
WORDS = ("in", "out", "other")


class VoucherPolicyForm(forms.Form):
    """Three words, which may be the same."""

    word_in = forms.CharField(label=_l("收款凭证字"), max_length=4)
    word_out = forms.CharField(label=_l("付款凭证字"), max_length=4)
    word_other = forms.CharField(
        label=_l("其他凭证字"),
        max_length=4,
        help_text=_l("三个都写“记”就是一种凭证；或写收、付、转。每个字每月各自连续编号。"),
    )
    grouping = forms.ChoiceField(label=_l("汇总方式"), choices=GROUPINGS, widget=forms.RadioSelect)
    separate_duties = forms.BooleanField(
        label=_l("编制人不得审核自己的凭证"),
        required=False,
        help_text=_l("《会计基础工作规范》要求制单与审核分开。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def vouchers(request: HttpRequest, work: Work) -> HttpResponse:
    """The policy of vouchers; those that exist keep their words."""
    chosen = policy()
    initial: dict[str, Any] = {f"word_{name}": chosen.words[name] for name in WORDS}
    initial |= {"grouping": chosen.grouping, "separate_duties": chosen.separate_duties}
    form = VoucherPolicyForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            change_policy(
                words={name: values[f"word_{name}"] for name in WORDS},
                separate_duties=values["separate_duties"],
                grouping=values["grouping"],
                actor=work.actor,
            )
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已保存。已有的凭证不变。"))
            return redirect(SECTION, work.organization.code)
    return show_form(
        request, work, form, section=SECTION, title=_("凭证"), back_url="", optional=["separate_duties"]
    )

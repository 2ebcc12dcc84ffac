"""What document numbers begin with."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Kind, NumberCounter
from huikuan.ledger.operations import NumberingRefused, change_prefixes
from huikuan.ledger.operations.numbering import prefixes_of
from huikuan.web.ledger.words import kind_name
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import show


class NumberingForm(forms.Form):
    """Two letters per kind of document."""

    def __init__(self, *args: Any, prefixes: dict[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        for kind, prefix in prefixes.items():
            self.fields[kind] = forms.CharField(
                label=_("%s的前缀") % kind_name(kind),
                initial=prefix,
                max_length=2,
                min_length=2,
                widget=forms.TextInput(
                    attrs={"autocapitalize": "characters", "autocomplete": "off", "size": 4}
                ),
            )


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def numbering(request: HttpRequest, work: Work) -> HttpResponse:
    """The prefixes with the number that comes next this month."""
    prefixes = prefixes_of(work.organization)
    form = NumberingForm(request.POST or None, prefixes=prefixes)
    if request.method == "POST" and form.is_valid():
        try:
            change_prefixes(prefixes=form.cleaned_data, actor=work.actor)
        except NumberingRefused as error:
            form.add_error(error.kind, error.message)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已保存。以后的单据用新的前缀，已有的编号不变。"))
            return redirect("settings-numbering", work.organization.code)
    month = work.today.replace(day=1)
    last = dict(NumberCounter.objects.filter(month=month).values_list("prefix", "last"))
    lines = [
        {
            "label": kind_name(kind),
            "field": form[kind],
            "next": f"{prefix}{month:%Y%m}{last.get(prefix, 0) + 1:06d}",
        }
        for kind, prefix in prefixes.items()
        if kind in Kind.values
    ]
    return show(
        request,
        work,
        "settings/numbering.html",
        section="settings-numbering",
        title=pgettext("plural", "单据编号"),
        note=_("没有自带单号的单据，按“前缀 + 年月 + 六位流水号”编号，每月从 1 开始。"),
        form=form,
        lines=lines,
        status=422 if form.is_bound and form.errors else 200,
    )

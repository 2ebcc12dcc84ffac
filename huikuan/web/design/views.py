"""The page of the design system. Its data is made up and never touches the organization's."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.web.design import samples
from huikuan.web.pages import MEMBER, Work, page


class FilterForm(forms.Form):
    """A filter bar with every kind of control."""

    q = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search"}))
    status = forms.ChoiceField(required=False)
    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        search = self.fields["q"]
        search.label, search.widget.input_type = _("客户、单据号"), "search"
        self.fields["status"].label = _("状态")
        self.fields["status"].choices = [("", _("全部")), ("overdue", _("已逾期"))]  # type: ignore[attr-defined]
        self.fields["since"].label = _("单据日期")


class ReceiptForm(forms.Form):
    """A form with a hint, an error, a choice, a box and a long text."""

    amount = forms.DecimalField()
    received_on = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    way = forms.ChoiceField(widget=forms.RadioSelect)
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), required=False)
    whole = forms.BooleanField(required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        labels = {
            "amount": _("金额"),
            "received_on": _("收款日期"),
            "way": _("收款方式"),
            "note": _("说明"),
            "whole": _("核销全部余额"),
        }
        for name, label in labels.items():
            self.fields[name].label = label
        self.fields["amount"].help_text = _("含税，按单据的币种。")
        self.fields["way"].choices = [("transfer", _("银行转账")), ("bill", _("承兑汇票"))]  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    """What is asked before many rows are changed."""

    note = forms.CharField(max_length=200)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["note"].label = _("原因")


@require_safe
@page(MEMBER)
def design(request: HttpRequest, work: Work) -> HttpResponse:
    """Every component of templates/components, grouped, by day and by night."""
    made = samples.everything(work)
    made["list"]["form"] = FilterForm(prefix="design")
    context = {
        **made,
        "form": ReceiptForm({"design-way": "transfer"}, prefix="design"),
        "whole_form": ReceiptForm(prefix="whole"),
        "act_form": NoteForm(prefix="act"),
        "breadcrumbs": [{"label": _("设计系统")}],
    }
    return render(request, "design/page.html", context)

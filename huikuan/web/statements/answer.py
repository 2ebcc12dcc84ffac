"""Recording what a customer answered to its statement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.files.operations import too_large
from huikuan.files.rules import ACCEPTED, MAX_BYTES, shown_name
from huikuan.statements.operations import NewAnswer, NewDifference, record_answer
from huikuan.statements.rules import DIFFERENT
from huikuan.statements.wording import kind_words
from huikuan.web.fields import AmountField, DayField
from huikuan.web.pages import Work, page
from huikuan.web.statements.statement import statement_of
from huikuan.web.statements.words import crumbs, statement_url

ROWS = 4


class SignedAmountField(AmountField):
    """An amount that may be below zero."""

    def validate(self, value: Any) -> None:
        forms.DecimalField.validate(self, value)


class AnswerForm(forms.Form):
    """Whether they agree, who says so and when; what their books show; the signed copy."""

    agrees = forms.ChoiceField(label=_l("答复"), widget=forms.RadioSelect)
    person = forms.CharField(label=_l("客户方确认人"), max_length=100)
    on = DayField(label=_l("答复日期"))
    note = forms.CharField(
        label=_l("说明"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    file = forms.FileField(
        label=_l("签章的回执"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ",".join(ACCEPTED)}),
        help_text=_l("相符并附上它，所列单据的诉讼时效从答复当天重新计算。"),
    )

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        agrees = self.fields["agrees"]
        assert isinstance(agrees, forms.ChoiceField)
        agrees.choices = [("yes", _("相符")), ("no", _("不符"))]
        self.fields["theirs"] = SignedAmountField(
            label=_("客户账面余额"), currency=currency, required=False, help_text=_("不符时填写。")
        )
        self.order_fields(["agrees", "person", "on", "theirs", "note", "file"])


class DifferenceForm(forms.Form):
    """One thing that differs."""

    kind = forms.ChoiceField(label=_l("差异"), required=False)
    number = forms.CharField(label=_l("单据号"), max_length=64, required=False)
    note = forms.CharField(label=_l("说明"), max_length=500, required=False)

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [("", "—"), *((each.value, kind_words(each.value)) for each in DIFFERENT)]
        self.fields["amount"] = SignedAmountField(label=_("客户减我方"), currency=currency, required=False)
        self.order_fields(["kind", "number", "amount", "note"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("kind") and values.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("请填写差异金额。"))
        if not values.get("kind") and (values.get("number") or values.get("amount")):
            self.add_error("kind", _("请选择差异的种类。"))
        return values


Differences = formset_factory(DifferenceForm, extra=ROWS, max_num=50, absolute_max=50)


@require_http_methods(["GET", "HEAD", "POST"])
@page("reconciliation.write")
def answer(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """登记答复."""
    found = statement_of(work, key)
    posted = request.method == "POST"
    form = AnswerForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        initial={"on": work.today, "agrees": "yes"},
        currency=found.currency,
    )
    rows: BaseFormSet[DifferenceForm] = Differences(
        request.POST if posted else None, prefix="row", form_kwargs={"currency": found.currency}
    )
    if posted and form.is_valid() and rows.is_valid():
        try:
            record_answer(key, _new(form, rows), actor=work.actor, today=work.today, now=timezone.now())
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已登记 %s 的答复。") % found.number)
            return redirect(statement_url(work, key))
    context = {
        "statement": found,
        "form": form,
        "rows": rows,
        "back_url": statement_url(work, key),
        "breadcrumbs": crumbs(work, found.number, _("登记答复")),
    }
    failed = posted and (form.errors or rows.total_error_count())
    return render(request, "statements/answer.html", context, status=422 if failed else 200)


def _new(form: AnswerForm, rows: BaseFormSet[DifferenceForm]) -> NewAnswer:
    values, file = form.cleaned_data, form.cleaned_data.get("file")
    if isinstance(file, UploadedFile) and (file.size or 0) > MAX_BYTES:
        raise too_large(shown_name(file.name or ""))
    return NewAnswer(
        agrees=values["agrees"] == "yes",
        on=values["on"],
        person=values["person"],
        theirs=values["theirs"],
        note=values["note"],
        file=(file.name or "", file.read()) if isinstance(file, UploadedFile) else None,
        differences=[
            NewDifference(kind=each["kind"], number=each["number"], amount=each["amount"], note=each["note"])
            for each in (row.cleaned_data for row in rows)
            if each.get("kind")
        ],
    )

"""Opening a dispute on what a document owes, and ending it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.disputes.models import ENDS, DisputeState
from huikuan.disputes.operations import NewDispute, open_dispute, resolve_dispute
from huikuan.disputes.queries import disputed_amounts
from huikuan.disputes.wording import reason_choices, reason_words
from huikuan.ledger.models import OpenItem
from huikuan.web.disputes.disputes import crumbs, dispute_for
from huikuan.web.disputes.parts import dispute_url
from huikuan.web.fields import AmountField, DayField
from huikuan.web.ledger.documents import act_page, file_of
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.templatetags.money import money


class DisputeForm(forms.Form):
    """What is objected to, of which instalment where there are several."""

    item = forms.ChoiceField(label=_l("期次"))
    reason = forms.ChoiceField(label=_l("原因"))
    due_on = DayField(label=_l("期限"), required=False, help_text=_l("不填则按原因的规定天数。"))
    text = forms.CharField(
        label=_l("说明"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: Any, *, items: Mapping[UUID, tuple[OpenItem, Decimal]], currency: str) -> None:
        super().__init__(data)
        several = len(items) > 1
        item, reason = self.fields["item"], self.fields["reason"]
        assert isinstance(item, forms.ChoiceField)
        assert isinstance(reason, forms.ChoiceField)
        item.choices = [
            (
                str(key),
                _("第 %(line)d 期，可争议 %(left)s") % {"line": row.line, "left": money(left, currency)},
            )
            for key, (row, left) in items.items()
        ]
        if not several:
            del self.fields["item"]
        reason.choices = reason_choices()
        left = next(iter(items.values()))[1] if len(items) == 1 else None
        self.fields["amount"] = AmountField(
            label=_l("争议金额"),
            currency=currency,
            required=False,
            help_text=_("最多 %s；不填则是全部。") % money(left, currency) if left else _l("不填则是全部。"),
        )
        self.order_fields(["item", "reason", "amount", "due_on", "text"])


class OutcomeForm(forms.Form):
    """How it ended, and what was decided."""

    state = forms.ChoiceField(
        label=_l("结果"), choices=[(state.value, state.label) for state in ENDS], widget=forms.RadioSelect
    )
    outcome = forms.CharField(label=_l("处理结果"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


@require_http_methods(["GET", "HEAD", "POST"])
@page("dispute.write")
def dispute_new(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """提出争议 on a document."""
    file = file_of(work, key)
    disputed = disputed_amounts([item.pk for item in file.items])
    left = {
        item.pk: (item, item.open_amount - disputed.get(item.pk, Decimal(0)))
        for item in (file.items if file.is_debit else ())
        if item.open_amount > disputed.get(item.pk, Decimal(0))
    }
    title = _("提出争议")
    if not left:
        empty = {
            "title": _("没有可以争议的金额"),
            "text": _("这张单据已经结清，或全部在争议中。"),
            "icon": "circle-check",
        }
        return act_page(request, work, file, forms.Form(), title=title, submit=title, empty=empty)
    form = DisputeForm(request.POST or None, items=left, currency=file.document.currency)
    if form.is_valid():
        values = form.cleaned_data
        item = UUID(values["item"]) if "item" in values else next(iter(left))
        new = NewDispute(item, values["reason"], values["amount"], values["text"], values["due_on"])
        try:
            made = open_dispute(new, actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已提出争议 %s，可以在这里上传证据。") % made.number)
            return redirect(dispute_url(work, made.pk))
    note = _("争议不改变应收和账龄；争议的部分不会自动核销。")
    return act_page(request, work, file, form, title=title, submit=title, note=note)


@require_http_methods(["GET", "HEAD", "POST"])
@page("dispute.resolve")
def dispute_resolve(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """结束争议."""
    found = dispute_for(work, key)

    def act(values: dict[str, Any]) -> str:
        resolve_dispute(
            key,
            state=DisputeState(values["state"]),
            outcome=values["outcome"],
            actor=work.actor,
            today=work.today,
        )
        messages.success(request, _("争议 %s 已结束。") % found.number)
        return dispute_url(work, key)

    return ask_first(
        request, work, OutcomeForm(request.POST or None), act,
        title=_("结束争议"), submit=_("结束争议"),
        note=f"{reason_words(found.reason)} · {money(found.amount, found.currency)} {found.currency}",
        over=f"{found.number} · {found.customer.name}",
        back_url=dispute_url(work, key),
        crumbs=crumbs(work, found.number, pgettext("dispute", "结束")),
    )  # fmt: skip

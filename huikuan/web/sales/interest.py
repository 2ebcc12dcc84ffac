"""计收违约金: a draft debit note for what a customer pays late, by the contract's rate or the statute's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.customers.rules import days_overdue
from huikuan.ledger.models import OpenItem
from huikuan.sales.late_days import uncharged_days
from huikuan.sales.operations import Late, draft_late_interest
from huikuan.sales.queries import tax_rates
from huikuan.sales.rules import STATUTORY_DAILY_RATE
from huikuan.web.cash.parts import (
    FormPage,
    ItemsField,
    ask_customer,
    customer_asked,
    customer_facts,
    item_words,
    receivables_of,
)
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.late_days import unstated_notice

LATE_INTEREST = "late_interest"
PERCENT = Decimal(100)


class InterestForm(forms.Form):
    """On what, up to which day, at which rate."""

    rate = forms.DecimalField(
        label=_l("日利率（%）"),
        min_value=Decimal("0.0001"),
        max_value=Decimal(1),
        max_digits=7,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=_l("按合同约定；没有约定的，《保障中小企业款项支付条例》为每日 0.05%。"),
    )
    until = DayField(label=_l("计算到"), help_text=_l("含这一天；从到期日的次日起，计收过的天数不再计。"))
    on = DayField(label=_l("单据日期"))
    tax_code = forms.ChoiceField(label=_l("税率"), help_text=_l("价外费用，按所售货物的税率，税额含在内。"))

    def __init__(self, *args: Any, items: Sequence[OpenItem], today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["items"] = ItemsField(items, label=_("对哪些逾期款计收"))
        field = self.fields["items"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(item.pk), words) for item, words in _offered(items, today)]
        code = self.fields["tax_code"]
        assert isinstance(code, forms.ChoiceField)
        code.choices = [(name, rate.name) for name, rate in tax_rates().items()]
        self.order_fields(("items", "rate", "until", "on", "tax_code"))


def _offered(items: Sequence[OpenItem], today: date) -> list[tuple[OpenItem, str]]:
    """Each item as it is offered: how late it is, and for how many of those days interest was charged before."""
    free = uncharged_days([item.pk for item in items], until=today)
    found = []
    for item in items:
        assert item.effective_due_on is not None
        late = days_overdue(item.effective_due_on, today)
        words = _("%(item)s · 逾期 %(days)d 天") % {"item": item_words(item), "days": late}
        charged = late - sum((each.until - each.after).days for each in free.get(item.pk, ()))
        if charged:
            words = _("%(item)s · 其中 %(days)d 天已计收") % {"item": words, "days": charged}
        found.append((item, words))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def late_interest(request: HttpRequest, work: Work) -> HttpResponse:
    """The overdue items of a customer; those chosen become lines of a draft, to be looked over and posted."""
    title = _("计收违约金")
    back = reverse("invoices", args=[work.organization.code])
    crumbs = [{"label": pgettext("plural", "发票"), "url": back}]
    customer = customer_asked(request, work)
    if customer is None:
        return ask_customer(request, work, title=title, note=_("先选择客户。"), crumbs=crumbs, back_url=back)
    owed = receivables_of(customer, None)
    late = [
        item
        for item in owed
        if item.effective_due_on
        and item.effective_due_on < work.today
        and item.document.event != LATE_INTEREST
    ]
    statutory = (STATUTORY_DAILY_RATE * PERCENT).normalize()
    initial = {"rate": f"{statutory:f}", "until": work.today, "on": work.today, "tax_code": "13"}
    form = InterestForm(request.POST or None, items=late, today=work.today, initial=initial)
    if form.is_valid():
        values = form.cleaned_data
        asked = [Late(key, values["until"], values["rate"] / PERCENT) for key in values["items"]]
        try:
            drafts = draft_late_interest(
                asked, on=values["on"], tax_code=values["tax_code"], actor=work.actor
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已生成违约金草稿，核对后过账。"))
            return redirect("invoice", work.organization.code, drafts[0])
    shown = FormPage(
        title=title,
        submit=_("生成草稿"),
        back_url=back,
        crumbs=crumbs,
        note=_("利息 = 未付金额 × 日利率 × 没有计收过的逾期天数。生成的是草稿，过账后才向客户计收。"),
        over=customer.name,
        icon="calendar-due",
        facts=customer_facts(work, customer, owed),
    )
    return shown.render(request, form, warning=unstated_notice(work, customer.pk))

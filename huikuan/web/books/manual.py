"""The form of a voucher entered by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from huikuan.books.operations import NewLine, NewVoucher
from huikuan.books.queries.policy import policy
from huikuan.books.requests import MANUAL_VOUCHER, ask_voucher
from huikuan.core.errors import HuikuanError
from huikuan.core.sentences import enumerated
from huikuan.customers.models import Customer
from huikuan.ledger.models import Account, Control
from huikuan.web.approvals.waiting import asking_words, to_request
from huikuan.web.books.addresses import address, voucher_url
from huikuan.web.fields import AmountField, DayField
from huikuan.web.pages import Work, page

LINES_AT_FIRST = 6
LINES_MORE = 4
ZERO = Decimal(0)


class SignedAmountField(AmountField):
    """An amount that may be negative: red ink."""

    def validate(self, value: Any) -> None:
        forms.DecimalField.validate(self, value)


class HeadForm(forms.Form):
    """The head of the voucher."""

    on = DayField(label=_l("日期"))
    word = forms.ChoiceField(label=_l("凭证字"))
    attachments = forms.IntegerField(label=_l("附单据数"), min_value=0, max_value=9999, initial=0)

    def __init__(self, data: Any, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        word = self.fields["word"]
        assert isinstance(word, forms.ChoiceField)
        word.choices = [(each, each) for each in policy().all_words]


class LineForm(forms.Form):
    """One line; an empty one is left out."""

    summary = forms.CharField(label=_l("摘要"), max_length=200, required=False)
    account = forms.ChoiceField(label=_l("会计科目"), required=False)
    customer = forms.CharField(label=_l("客户代码"), max_length=64, required=False)
    debit = SignedAmountField(label=_l("借方金额"), required=False)
    credit = SignedAmountField(label=_l("贷方金额"), required=False)

    def __init__(self, *args: Any, accounts: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        account = self.fields["account"]
        assert isinstance(account, forms.ChoiceField)
        account.choices = [("", ""), *accounts]

    @property
    def is_written(self) -> bool:
        """Whether anything besides a summary was put in."""
        values = self.cleaned_data
        return bool(values.get("account") or values.get("debit") or values.get("credit"))


LineFormSet = forms.formset_factory(LineForm, extra=LINES_AT_FIRST, max_num=200, absolute_max=220)


@require_http_methods(["GET", "HEAD", "POST"])
@page("voucher.prepare")
def new(request: HttpRequest, work: Work) -> HttpResponse:
    """手工凭证: write a voucher by hand."""
    accounts = [
        (str(account.pk), f"{account.code} {account.label}")
        for account in Account.objects.exclude(control__in=(Control.RECEIVABLE, Control.CREDIT)).order_by(
            "code"
        )
    ]
    data = request.POST.copy() if request.method == "POST" else None
    more = data is not None and "more" in data
    if data is not None and more:
        data["line-TOTAL_FORMS"] = str(int(data.get("line-TOTAL_FORMS") or 0) + LINES_MORE)
    head = HeadForm(data, initial={"on": work.today, "word": policy().words["other"]})
    lines = LineFormSet(data, prefix="line", form_kwargs={"accounts": accounts})
    if data is not None and not more and head.is_valid() and lines.is_valid():
        try:
            outcome = ask_voucher(_voucher(head, lines), actor=work.actor, today=work.today)
        except HuikuanError as error:
            head.add_error(None, error.message)
        else:
            waiting = to_request(request, work, outcome)
            if waiting is not None:
                return waiting
            assert outcome.result is not None
            messages.success(request, _("凭证已编制，等待审核。"))
            return redirect(voucher_url(work, UUID(outcome.result.data["voucher"])))
    note, submit = asking_words(
        MANUAL_VOUCHER,
        note=_("审核、记账之后才计入账簿。红字金额写成负数。"),
        submit=pgettext("one", "编制凭证"),
    )
    context = {
        "form": head,
        "note": note,
        "submit": submit,
        "lines": lines,
        "currency": work.organization.currency,
        "customers": list(Customer.objects.order_by("code").values_list("code", "name")[:500]),
        "back_url": address(work, "vouchers"),
        "breadcrumbs": [{"label": _("凭证"), "url": address(work, "vouchers")}, {"label": _("手工凭证")}],
    }
    return render(request, "books/new.html", context)


def _voucher(head: HeadForm, lines: Any) -> NewVoucher:
    written = [line for line in lines if line.is_written]
    codes = {line.cleaned_data["customer"] for line in written if line.cleaned_data["customer"]}
    customers = dict(Customer.objects.filter(code__in=codes).values_list("code", "pk"))
    unknown = sorted(codes - customers.keys())
    if unknown:
        raise HuikuanError(_("没有代码为 %s 的客户。") % enumerated(unknown), code="unknown_customer")
    found = []
    for place, line in enumerate(written, start=1):
        values = line.cleaned_data
        if not values["account"]:
            raise HuikuanError(_("第 %d 行没有选择科目。") % place, code="account_missing")
        found.append(
            NewLine(
                account_id=values["account"],
                debit=values["debit"] or ZERO,
                credit=values["credit"] or ZERO,
                summary=values["summary"],
                customer_id=customers.get(values["customer"]),
            )
        )
    values = head.cleaned_data
    return NewVoucher(
        voucher_on=values["on"],
        word=values["word"],
        attachments=values["attachments"],
        lines=tuple(found),
    )

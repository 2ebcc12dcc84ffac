"""期初余额: what the accounts held when the books began, besides what customers' items make up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.books.models import Source, Voucher
from huikuan.books.operations import enter_opening_balances
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Account, Control
from huikuan.web.books.addresses import address, voucher_url
from huikuan.web.books.manual import SignedAmountField
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page

ZERO = Decimal(0)
SIDES = ("debit", "credit")


class OpeningForm(forms.Form):
    """The day, and for each account what it held on one side."""

    on = DayField(label=_l("启用日期"), help_text=_l("账簿从这一天开始；余额记在这一天。"))

    def __init__(self, data: Any, *, accounts: list[Account], today: date, currency: str) -> None:
        super().__init__(data, initial={"on": today.replace(day=1)})
        self.accounts = accounts
        for account in accounts:
            for side, label in zip(SIDES, (_("借方余额"), _("贷方余额")), strict=True):
                self.fields[f"{side}-{account.pk}"] = SignedAmountField(
                    label=f"{account.label} {label}", required=False, currency=currency
                )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each account with its two fields."""
        return [
            {"account": account, **{side: self[f"{side}-{account.pk}"] for side in SIDES}}
            for account in self.accounts
        ]

    def balances(self) -> dict[UUID, Decimal]:
        """Account → balance, debit positive; only of a valid form."""
        found = {}
        for account in self.accounts:
            debit, credit = (self.cleaned_data[f"{side}-{account.pk}"] or ZERO for side in SIDES)
            if debit - credit:
                found[account.pk] = debit - credit
        return found


@require_http_methods(["GET", "HEAD", "POST"])
@page("voucher.prepare")
def opening(request: HttpRequest, work: Work) -> HttpResponse:
    """One voucher with the balances of all accounts, to be reviewed and posted like any other."""
    items = (Control.RECEIVABLE, Control.CREDIT)
    accounts = list(Account.objects.exclude(control__in=items).exclude(purpose="opening").order_by("code"))
    form = OpeningForm(
        request.POST or None, accounts=accounts, today=work.today, currency=work.organization.currency
    )
    if form.is_valid():
        balances = form.balances()
        try:
            if not balances:
                raise HuikuanError(_("还没有填写余额。"), code="nothing_written")
            key = enter_opening_balances(
                on=form.cleaned_data["on"], balances=balances, actor=work.actor, today=work.today
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("期初余额已编成凭证，等待审核。"))
            return redirect(voucher_url(work, key))
    former = Voucher.objects.filter(source=Source.OPENING).order_by("voucher_on").first()
    context = {
        "form": form,
        "former_url": voucher_url(work, former.pk) if former else "",
        "former": former,
        "currency": work.organization.currency,
        "back_url": address(work, "vouchers"),
        "breadcrumbs": [{"label": _("凭证"), "url": address(work, "vouchers")}, {"label": _("期初余额")}],
    }
    return render(request, "books/opening.html", context, status=422 if form.errors else 200)

"""Forms of one document: settling it, undoing that, giving it up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.customers.models import Salesperson
from huikuan.web.fields import AmountField, DayField
from huikuan.web.ledger.queries import Counterpart, DocumentFile
from huikuan.web.ledger.words import kind_name
from huikuan.web.templatetags.money import money


class AllocateForm(forms.Form):
    """Which document on the other side, how much, from which day."""

    counterpart = forms.ChoiceField(label="")
    amount = forms.DecimalField()
    on = DayField(label=gettext_lazy("核销日期"))

    def __init__(
        self, *args: Any, file: DocumentFile, others: Sequence[Counterpart], today: date, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.others = {str(other.document.pk): other for other in others}
        choice = self.fields["counterpart"]
        assert isinstance(choice, forms.ChoiceField)
        choice.label = _("用哪张单据核销") if file.is_debit else _("核销哪张单据")
        choice.choices = [(key, _option(other, file)) for key, other in self.others.items()]
        document = file.document
        self.fields["amount"] = AmountField(
            currency=document.currency,
            label=_("核销金额（%s）") % document.currency,
            initial=_plain(min(file.open_amount, others[0].open_amount), document.currency)
            if others
            else None,
            help_text=_("这张单据未核销 %s。") % money(file.open_amount, document.currency),
        )
        self.order_fields(["counterpart", "amount", "on"])
        self.fields["on"].initial = today

    @property
    def other(self) -> Counterpart:
        """The chosen document; only of a valid form."""
        return self.others[self.cleaned_data["counterpart"]]


def _option(other: Counterpart, file: DocumentFile) -> str:
    document = other.document
    parts = [
        f"{kind_name(document.kind)} {document.number}",
        document.document_on.isoformat(),
        _("未核销 %s") % money(other.open_amount, document.currency),
    ]
    if document.customer_id != file.document.customer_id:
        parts.append(document.customer.name)
    return " · ".join(parts)


def _plain(amount: Decimal, currency: str) -> str:
    return money(amount, currency).replace(",", "")


class UnallocateForm(forms.Form):
    """From which day an allocation counts as undone, and why."""

    on = DayField(label=gettext_lazy("反核销日期"))
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=500)


class EndForm(forms.Form):
    """How much of what is open of a document is ended by another, on which day, and why."""

    amount_label: str | Promise = ""
    amount = forms.DecimalField()
    on = DayField()
    reason = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("会记入审计轨迹。"),
    )

    def __init__(self, *args: Any, file: DocumentFile, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        currency = file.document.currency
        self.fields["amount"] = AmountField(
            currency=currency,
            label=self.amount_label % currency,
            initial=_plain(file.open_amount, currency),
            help_text=_("这张单据未核销 %s。") % money(file.open_amount, currency),
        )
        self.order_fields(["amount", "on", "reason"])
        self.fields["on"].initial = today


class WriteOffForm(EndForm):
    """How much of an invoice is given up, from which day, and why."""

    amount_label = gettext_lazy("坏账核销金额（%s）")
    on = DayField(label=gettext_lazy("坏账核销日期"))
    reason = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("写明依据，例如破产裁定、注销登记、判决执行终结。会记入审计轨迹。"),
    )


class RefundForm(EndForm):
    """How much of a credit is paid back, on which day, and why."""

    amount_label = gettext_lazy("退款金额（%s）")
    on = DayField(label=gettext_lazy("退款日期"))


class VoidForm(forms.Form):
    """Why a document is undone."""

    reason = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("会记入审计轨迹。"),
    )


class ReasonedForm(forms.Form):
    """Something that is changed with a reason."""

    reason = forms.CharField(
        label=gettext_lazy("原因"), max_length=500, help_text=gettext_lazy("会记入审计轨迹。")
    )


class ChangeItemSalesperson(ReasonedForm):
    """Who collects the chosen items from now on."""

    salesperson = forms.ChoiceField(label=gettext_lazy("业务员"))
    field_order = ("salesperson", "reason")

    def __init__(self, *args: Any, salespeople: Sequence[Salesperson], **options: Any) -> None:
        super().__init__(*args, **options)
        choice = self.fields["salesperson"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(str(person.pk), person.name) for person in salespeople]


class ChangeDueDate(ReasonedForm):
    """The day that was agreed on for the chosen items, as it is: it is not moved over rest days."""

    due_on = DayField(label=gettext_lazy("新的到期日"))
    field_order = ("due_on", "reason")

"""What is asked of a repayment plan."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.collection.instalments import BREACH_DAYS, Instalment, even_instalments
from huikuan.collection.operations.plans import LONGEST_TERMS, MOST_BREACH_DAYS, MOST_INSTALMENTS
from huikuan.collection.wording import PLAN_STATES
from huikuan.core.dates import add_months
from huikuan.files.rules import ACCEPTED
from huikuan.web.fields import AmountField, DayField

_LINE = re.compile(r"(\d{4}-\d{2}-\d{2})[\s,，:：]+([\d,]+(?:\.\d+)?)")


class PlansForm(forms.Form):
    """Which plans."""

    customer = forms.CharField(
        label=_l("客户名称或编码"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(label=_l("状态"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        field = self.fields["state"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("待签署或履行中")),
            *((code, str(label)) for code, label in PLAN_STATES.items()),
            ("all", _("全部")),
        ]


class PlanForm(forms.Form):
    """Instalments, evenly or one by one, and when the plan is broken."""

    count = forms.IntegerField(label=_l("分几期"), min_value=1, max_value=MOST_INSTALMENTS, initial=3)
    first_on = DayField(label=_l("第一期应还日"))
    months = forms.IntegerField(label=_l("每隔几个月"), min_value=1, max_value=12, initial=1)
    schedule = forms.CharField(
        label=_l("逐期填写"),
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "2026-07-31 10000\n2026-08-31 5000"}),
        help_text=_l("每行一期：日期和金额。填了就不再平均分期。"),
    )
    interest = AmountField(
        label=_l("加收违约金"), required=False, help_text=_l("计入最后几期，开单后才要求支付。")
    )
    waived = AmountField(label=_l("付清后减免"), required=False)
    breach_days = forms.IntegerField(
        label=_l("任一期晚几天算违约"), min_value=0, max_value=MOST_BREACH_DAYS, initial=BREACH_DAYS
    )
    breach_instalments = forms.IntegerField(
        label=_l("同时几期未还算违约"), min_value=0, max_value=MOST_INSTALMENTS, initial=0,
        help_text=_l("0 表示不按期数判断。"),
    )  # fmt: skip
    terms = forms.CharField(
        label=_l("其他约定"),
        required=False,
        max_length=LONGEST_TERMS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, currency: str, today: date, data: Any = None) -> None:
        super().__init__(data, initial={"first_on": add_months(today, 1)})
        self.currency = currency

    def clean_schedule(self) -> list[Instalment]:
        """The instalments that were written one by one; empty: none were."""
        found = []
        for line in self.cleaned_data["schedule"].splitlines():
            if not line.strip():
                continue
            match = _LINE.fullmatch(line.strip())
            try:
                if match is None:
                    raise ValueError
                amount = Decimal(match[2].replace(",", ""))
                found.append(Instalment(date.fromisoformat(match[1]), amount))
            except (ValueError, ArithmeticError):
                raise forms.ValidationError(_("看不懂这一行：%s") % line.strip()[:60]) from None
        return found

    def wanted(self, owed: Decimal) -> dict[str, Any]:
        """Arguments of NewPlan, for items open with `owed`."""
        values = self.cleaned_data
        interest, waived = values["interest"] or Decimal(0), values["waived"] or Decimal(0)
        total = owed + interest - waived
        parts = values["schedule"]
        if not parts and total > 0:
            parts = even_instalments(
                total, count=values["count"], first_on=values["first_on"], months=values["months"]
            )
        return {
            "instalments": parts,
            "interest": interest,
            "waived": waived,
            "breach_days": values["breach_days"],
            "breach_instalments": values["breach_instalments"],
            "terms": values["terms"],
        }


class SignForm(forms.Form):
    """The debtor's signature."""

    signed_on = DayField(label=_l("签署日期"))
    signer = forms.CharField(label=_l("签署人"), max_length=100)
    paper = forms.FileField(
        label=_l("签字或盖章的还款计划"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ",".join(ACCEPTED)}),
        help_text=_l("照片、扫描件或 PDF；已经作为附件上传的不必再传。"),
    )


class InterestForm(forms.Form):
    """Which debit note."""

    number = forms.CharField(label=_l("违约金单号"), max_length=64)

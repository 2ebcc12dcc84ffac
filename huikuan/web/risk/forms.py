"""Forms of provisions and bad debts: the day, the rates, an assessment, a recovery, a ground."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.core.dates import month_end
from huikuan.customers.models import Customer
from huikuan.risk.queries import BadDebt
from huikuan.risk.rules import BUCKETS, EVIDENCE, Ground
from huikuan.web.customers.queries import CustomerFilter, customers_found
from huikuan.web.fields import AmountField, DayField
from huikuan.web.reports.words import bucket_label
from huikuan.web.risk.words import GROUNDS, evidence_name, percentage
from huikuan.web.templatetags.money import money, plain_money

MONTHS = 36
_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")


class PercentField(forms.Field):
    """A share from 0% to 100%, written in percent; cleaned to a share: 0.5 → 0.005."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "").strip().removesuffix("%").strip()
        if not text:
            return None
        if not _PERCENT.fullmatch(text) or Decimal(text) > 100:
            raise forms.ValidationError(_("请填写 0 到 100 之间的百分比，例如 0.5。"), code="invalid")
        return Decimal(text) / 100

    def prepare_value(self, value: Any) -> Any:
        return percentage(value) if isinstance(value, Decimal) else value


class DayForm(forms.Form):
    """The end of which month (or today) the page is of; without a choice the last month that is over."""

    as_of = forms.ChoiceField(label=gettext_lazy("截至"), required=False)

    def __init__(self, parameters: QueryDict, *, today: date) -> None:
        days = month_ends(today)
        self.day = _chosen(parameters.get("as_of", ""), days[0], today)
        super().__init__(QueryDict(f"as_of={self.day.isoformat()}"))
        if self.day not in days:
            days = sorted({*days, self.day}, reverse=True)
        field = self.fields["as_of"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(day.isoformat(), day.isoformat()) for day in days]
        if today not in days:
            field.choices = [(today.isoformat(), _("今天 %s") % today.isoformat()), *field.choices]


def month_ends(today: date) -> list[date]:
    """The ends of the last months that are over, youngest first; today's is over on its last day."""
    found = [today if month_end(today) == today else today.replace(day=1) - timedelta(days=1)]
    while len(found) < MONTHS:
        found.append(found[-1].replace(day=1) - timedelta(days=1))
    return found


def _chosen(text: str, otherwise: date, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return min(day, today)


class PostForm(forms.Form):
    """Which day is provided for, and the charge that was confirmed."""

    as_of = DayField()
    charge = forms.DecimalField()


class RatesForm(forms.Form):
    """Loss rates by bucket of days overdue, from when they hold, and why."""

    effective_on = DayField(label=gettext_lazy("生效日期"))
    note = forms.CharField(
        label=gettext_lazy("说明"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("例如：近三年迁徙率测算，考虑行业前景。"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for position, bucket in enumerate(BUCKETS):
            self.fields[f"rate_{position}"] = PercentField(label=bucket_label(bucket))

    @property
    def rate_fields(self) -> list[forms.BoundField]:
        """The rates, in the order of the buckets."""
        return [self[f"rate_{position}"] for position in range(len(BUCKETS))]

    @property
    def rates(self) -> dict[str, Decimal]:
        """The rates by bucket; only of a valid form."""
        return {bucket: self.cleaned_data[f"rate_{position}"] for position, bucket in enumerate(BUCKETS)}


class RollsForm(forms.Form):
    """迁徙率: of how many months, what is lost in the end, and the forward-looking factor; without a word, the usual."""

    rolls = forms.TypedChoiceField(
        label=gettext_lazy("迁徙率取自"),
        coerce=int,
        choices=[
            (12, gettext_lazy("最近 12 个月")),
            (24, gettext_lazy("最近 24 个月")),
            (36, gettext_lazy("最近 36 个月")),
        ],
        initial=12,
    )
    final = PercentField(label=gettext_lazy("最终损失率（%）"), required=False, initial=Decimal(1))
    forward = forms.DecimalField(
        label=gettext_lazy("前瞻系数"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(10),
        max_digits=6,
        decimal_places=4,
        initial=Decimal(1),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("1 表示不调整；预计经济变差时大于 1。"),
    )

    def clean_final(self) -> Decimal:
        """Everything is lost where nobody says otherwise."""
        found = self.cleaned_data["final"]
        return Decimal(1) if found is None else found

    def clean_forward(self) -> Decimal:
        """Nothing is adjusted where nobody says otherwise."""
        found = self.cleaned_data["forward"]
        return Decimal(1) if found is None else found


def rates_initial(rates: dict[str, Decimal], *, effective_on: date) -> dict[str, Any]:
    """How a RatesForm starts."""
    values = {f"rate_{position}": rates[bucket] for position, bucket in enumerate(BUCKETS)}
    return {"effective_on": effective_on, **values}


class AssessmentForm(forms.Form):
    """Which customer is judged by itself, at which rate, since when, and why."""

    customer = forms.CharField(
        label=gettext_lazy("客户"),
        max_length=200,
        help_text=gettext_lazy("代码，或名称中的几个字。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    rate = PercentField(label=gettext_lazy("预期损失比例（%）"))
    from_on = DayField(label=gettext_lazy("从哪天起"))
    reason = forms.CharField(
        label=gettext_lazy("依据"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("例如：已起诉，查封财产预计可清偿两成。会记入审计轨迹。"),
    )

    def clean_customer(self) -> Customer:
        """The one customer that the words mean."""
        words = self.cleaned_data["customer"].strip()
        exact = Customer.objects.filter(code=words).first()
        if exact is not None:
            return exact
        found = list(customers_found(CustomerFilter(text=words), None).order_by("sort_key")[:4])
        if not found:
            raise forms.ValidationError(_("没有这个客户。"))
        if len(found) > 1:
            names = _("、").join(f"{customer.name}（{customer.code}）" for customer in found[:3])
            raise forms.ValidationError(_("有多个客户符合，请写代码：%s") % names)
        return found[0]


class EndForm(forms.Form):
    """From which day the customer is judged by the matrix again, and why."""

    until_on = DayField(label=gettext_lazy("从哪天起回到按账龄计提"))
    reason = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("会记入审计轨迹。"),
    )


class RecoveryForm(forms.Form):
    """How much of a bad debt comes back, when, and what is to be said about it."""

    amount = forms.DecimalField()
    on = DayField(label=gettext_lazy("收回日期"))
    memo = forms.CharField(label=gettext_lazy("说明"), required=False, max_length=500)

    def __init__(self, *args: Any, debt: BadDebt, currency: str, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = AmountField(
            currency=currency,
            label=_("收回金额（%s）") % currency,
            initial=plain_money(debt.claim, currency),
            help_text=_("还可收回 %s。") % money(debt.claim, currency),
        )
        self.fields["on"].initial = today
        self.order_fields(["amount", "on", "memo"])


class GroundForm(forms.Form):
    """On which ground a bad debt is to be deducted, and what of the evidence is on file."""

    ground = forms.ChoiceField(label=gettext_lazy("扣除依据"))
    evidence = forms.MultipleChoiceField(
        label=gettext_lazy("已备齐的证据"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, ground: Ground, **options: Any) -> None:
        super().__init__(*args, **options)
        choice, boxes = self.fields["ground"], self.fields["evidence"]
        assert isinstance(choice, forms.ChoiceField)
        assert isinstance(boxes, forms.MultipleChoiceField)
        choice.choices = [(each.value, name) for each, name in GROUNDS.items()]
        boxes.choices = [(code, evidence_name(code)) for code in EVIDENCE[ground]]

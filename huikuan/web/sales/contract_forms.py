"""Forms of contracts: the head, the lines of the plan, and what happens of them."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.core.money import is_currency
from huikuan.core.sentences import labelled
from huikuan.customers.models import Customer, Salesperson
from huikuan.customers.rules import UnusableTerm
from huikuan.sales.contracts import Contract, Trigger
from huikuan.sales.errors import SalesRefused
from huikuan.sales.models import Order
from huikuan.sales.operations.contracts import plan_refusal
from huikuan.sales.plan_rules import NewPlanLine, PlannedLine, UnusablePlan, planned
from huikuan.sales.queries import tax_rates
from huikuan.web.fields import AmountField, DayField
from huikuan.web.sales.contract_rows import TRIGGERS

MOST_ROWS = 60
_ROW = re.compile(r"line-(\d{1,3})-name", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,13}(\.\d{1,6})?", re.ASCII)


class ContractForm(forms.Form):
    """What a contract says besides its plan."""

    customer = forms.CharField(
        label=_l("客户代码或名称"), max_length=200, widget=forms.TextInput(attrs={"list": "customers"})
    )
    name = forms.CharField(label=_l("合同名称"), max_length=200)
    number = forms.CharField(
        label=_l("合同号"), max_length=64, required=False, help_text=_l("留空自动编号。")
    )
    amount = AmountField(label=_l("合同金额（含税）"))
    tax_code = forms.ChoiceField(label=_l("税率"))
    currency = forms.CharField(label=_l("币种"), max_length=3)
    signed_on = DayField(label=_l("签订日期"))
    ends_on = DayField(label=_l("结束日期"), required=False)
    salesperson: forms.ModelChoiceField[Salesperson] = forms.ModelChoiceField(
        label=_l("业务员"), queryset=None, required=False, empty_label=_l("按客户")
    )
    order = forms.CharField(
        label=_l("订单号"),
        max_length=64,
        required=False,
        help_text=_l("填写后，这张订单由收款计划开票，不再按发货开票。"),
    )
    memo = forms.CharField(label=_l("备注"), max_length=1000, required=False)

    def __init__(self, *args: Any, seen: Collection[UUID] | None, base: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.seen = seen
        choice = self.fields["tax_code"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(code, rate.name) for code, rate in tax_rates().items()]
        choice.initial = "13"
        self.fields["currency"].initial = base
        person = self.fields["salesperson"]
        assert isinstance(person, forms.ModelChoiceField)
        people = Salesperson.objects.order_by("code")
        person.queryset = people if seen is None else people.filter(pk__in=seen)

    def clean_customer(self) -> Customer:
        """The customer of that code, else of that name; among those whom the actor sees."""
        text = str(self.cleaned_data["customer"]).strip()
        found = (
            Customer.objects.all()
            if self.seen is None
            else Customer.objects.filter(salesperson_id__in=self.seen)
        )
        customer = found.filter(code=text).first()
        named = [customer] if customer else list(found.filter(name=text)[:2])
        if len(named) != 1:
            raise forms.ValidationError(_("没有找到这个客户，请填写客户代码或全名。"))
        return named[0]

    def clean(self) -> dict[str, Any]:
        """With the order found among those of the customer."""
        values = super().clean() or self.cleaned_data
        number, customer = values.get("order"), values.get("customer")
        values["order"] = None
        if number and customer:
            values["order"] = Order.objects.filter(number=number.strip(), customer=customer).first()
            if values["order"] is None:
                self.add_error("order", _("这个客户没有订单 %s。") % number)
        return values

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if not is_currency(code):
            raise forms.ValidationError(_("不认识的币种：%s") % code)
        return code


class ChangeForm(forms.Form):
    """What a contract comes to from now on, and why."""

    amount = AmountField(label=_l("变更后的合同金额（含税）"))
    ends_on = DayField(label=_l("结束日期"), required=False)
    reason = forms.CharField(label=_l("变更原因"), max_length=500)
    revision = forms.IntegerField(widget=forms.HiddenInput)


class CancelForm(forms.Form):
    """Why a contract ends."""

    reason = forms.CharField(label=_l("终止原因"), max_length=500)
    revision = forms.IntegerField(widget=forms.HiddenInput)


class MilestoneForm(forms.Form):
    """When a milestone happened, and what shows it."""

    on = DayField(label=_l("达成日期"))
    note = forms.CharField(label=_l("依据"), max_length=500, help_text=_l("例如验收单号、签收人。"))


class DeliveryForm(forms.Form):
    """How much was delivered, when, and what shows it."""

    quantity = forms.DecimalField(
        label=_l("本次交付数量"),
        max_digits=19,
        decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    on = DayField(label=_l("交付日期"))
    note = forms.CharField(label=_l("依据"), max_length=500, help_text=_l("例如送货单号、签收人。"))


class LineForm(forms.Form):
    """A line of a plan as people write it: "30%" or an amount, and what its trigger needs."""

    name = forms.CharField(label=_l("款项"), max_length=100, required=False)
    trigger = forms.ChoiceField(label=_l("开票方式"), choices=list(TRIGGERS.items()), required=False)
    size = forms.CharField(
        label=_l("比例或金额"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "placeholder": "30%"}),
    )
    bill_on = DayField(label=_l("开票日期"), required=False)
    until = DayField(label=_l("直到"), required=False)
    milestone = forms.CharField(label=_l("里程碑"), max_length=60, required=False)
    quantity = forms.CharField(label=_l("总数量"), max_length=30, required=False)
    unit = forms.CharField(label=_l("单位"), max_length=20, required=False)
    days = forms.IntegerField(label=_l("付款天数"), min_value=0, max_value=3650, required=False)
    months = forms.IntegerField(label=_l("质保月数"), min_value=0, max_value=600, required=False)

    def filled(self) -> bool:
        """Whether anything is said that makes a line."""
        return any(str(self[name].value() or "").strip() for name in ("name", "size"))

    def line(self) -> NewPlanLine:
        """The line as it is agreed; only of a valid form. Raises ValidationError."""
        values = self.cleaned_data
        percent, amount = _size(values["size"])
        return NewPlanLine(
            name=values["name"],
            trigger=values["trigger"] or Trigger.DATE.value,
            percent=percent,
            amount=amount,
            bill_on=values["bill_on"],
            until=values["until"],
            milestone=values["milestone"],
            quantity=_number(values["quantity"]) if values["quantity"] else None,
            unit=values["unit"],
            days=values["days"] or 0,
            months=12 if values["months"] is None else values["months"],
        )


def _size(text: str) -> tuple[Decimal | None, Decimal | None]:
    plain = text.strip()
    if not plain:
        return None, None
    if plain[-1] in "%％":
        return _number(plain[:-1]), None
    return None, _number(plain)


def _number(text: str) -> Decimal:
    value = number_of(text)
    if value is None:
        raise forms.ValidationError(_("“%s”不是数字。") % text[:30])
    return value


def number_of(text: str) -> Decimal | None:
    """A number as people write it, with or without separators; None where it is none."""
    plain = text.replace(",", "").replace("，", "").strip()
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


class PlanForm:
    """The lines of a plan as they came in; empty ones are left out."""

    def __init__(self, data: QueryDict | None, *, initial: Collection[dict[str, Any]] = ()) -> None:
        if data is None:
            self.forms = [LineForm(prefix=f"line-{at}", initial=each) for at, each in enumerate(initial)]
            return
        found = sorted({int(match[1]) for key in data if (match := _ROW.fullmatch(key))})[:MOST_ROWS]
        self.forms = [LineForm(data, prefix=f"line-{at}") for at in found]
        self.error = ""

    error = ""

    @property
    def next_row(self) -> int:
        """The number of the next row."""
        return 1 + max((int(str(form.prefix).partition("-")[2]) for form in self.forms), default=-1)

    def lines(self) -> list[NewPlanLine] | None:
        """The filled lines, or None where one cannot be read: `error` says which."""
        found = []
        for form in self.forms:
            if not form.filled():
                continue
            try:
                if not form.is_valid():
                    first = next(iter(form.errors.values()))[0]
                    raise forms.ValidationError(str(first))
                found.append(form.line())
            except forms.ValidationError as error:
                name = str(form["name"].value() or _("第 %d 行") % (len(found) + 1))
                self.error = labelled(name[:40], error.messages[0])
                return None
        return found


def plan_outcome(
    plan: PlanForm, *, amount: Decimal | None, currency: str, billed: Decimal = Decimal(0)
) -> dict[str, Any]:
    """What a plan comes to, for sales/plan_check.html: its lines, or what is wrong in words."""
    lines = plan.lines()
    if lines is None:
        return {"wrong": plan.error, "rows": []}
    if amount is None:
        return {"wrong": "", "rows": [], "hint": _("先填写合同金额。")}
    try:
        rows: list[PlannedLine] = planned(lines, amount=amount, currency=currency, billed=billed)
    except UnusablePlan as error:
        return {"wrong": plan_refusal(error, currency).message, "rows": []}
    except (UnusableTerm, SalesRefused, ArithmeticError, ValueError):
        return {"wrong": _("计划里有数字无法使用。"), "rows": []}
    return {"wrong": "", "rows": rows, "currency": currency}


def starting_plan(today: date) -> list[dict[str, Any]]:
    """The rows that a new contract begins with: what most plans look like."""
    return [
        {"name": _("预付款"), "trigger": "date", "size": "30%", "bill_on": today},
        {"name": _("验收款"), "trigger": "milestone", "size": "65%", "milestone": _("验收"), "days": 30},
        {"name": _("质保金"), "trigger": "retention", "size": "5%", "milestone": _("验收"), "months": 12},
    ]


def rest_of_plan(contract: Contract, lines: Collection[Any]) -> list[dict[str, Any]]:
    """Rows for what is not billed of a contract, as they are agreed now; sizes as amounts."""
    made = []
    for line in lines:
        rule = line.rule
        made.append(
            {
                "name": line.name,
                "trigger": Trigger.DATE.value if line.trigger == Trigger.MONTH else line.trigger,
                "size": f"{line.amount:.2f}",
                "bill_on": line.bill_on,
                "milestone": line.milestone,
                "quantity": f"{line.quantity.normalize():f}" if line.quantity is not None else "",
                "unit": line.unit,
                "days": rule.get("days"),
                "months": rule.get("months"),
            }
        )
    return made

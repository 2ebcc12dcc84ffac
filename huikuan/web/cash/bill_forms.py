"""Forms of bills: what stands on one, and what must be said of each thing done with it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.cash.models import AcceptorClass, Bill, BillKind
from huikuan.cash.operations import (
    NewBill,
)
from huikuan.cash.queries import cash_policy
from huikuan.ledger.models import OpenItem
from huikuan.web.cash.parts import (
    ItemsField,
    plain,
)
from huikuan.web.fields import AmountField, DayField
from huikuan.web.pages import Work
from huikuan.web.templatetags.money import money

PERCENT = Decimal(100)


class ReceiveForm(forms.Form):
    """What stands on a bill, and what it settles."""

    number = forms.CharField(
        label=_l("票据号"),
        max_length=30,
        min_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_l("30 位数字，也就是票据包号。"),
    )
    face = AmountField(label=_l("票面金额"))
    acceptor = forms.CharField(
        label=_l("承兑人"), max_length=200, help_text=_l("银承填承兑银行，商承填承兑企业。")
    )
    drawer = forms.CharField(label=_l("出票人"), max_length=200, required=False)
    kind = forms.ChoiceField(
        label=_l("种类"), choices=[("", _l("按承兑人判断")), *BillKind.choices], required=False
    )
    acceptor_class = forms.ChoiceField(
        label=_l("承兑人类别"),
        choices=[("", _l("按承兑人判断")), *AcceptorClass.choices],
        required=False,
        help_text=_l("决定背书和贴现后是否终止确认。"),
    )
    issued_on = DayField(label=_l("出票日"))
    matures_on = DayField(label=_l("到期日"))
    received_on = DayField(label=_l("收票日"))
    range_from = forms.IntegerField(label=_l("子票区间起"), required=False, min_value=1)
    range_to = forms.IntegerField(
        label=_l("子票区间止"),
        required=False,
        min_value=1,
        help_text=_l("可拆分的票据填写，每 0.01 元一个号；没有就留空。"),
    )
    memo = forms.CharField(label=_l("备注"), max_length=1000, required=False)
    opening = forms.BooleanField(
        label=_l("期初票据：启用账簿时已经持有"),
        required=False,
        help_text=_l("收票日填启用日期；对方科目是期初余额，不核销客户的应收。"),
    )

    def __init__(self, *args: Any, items: Sequence[OpenItem], **options: Any) -> None:
        super().__init__(*args, **options)
        if items:
            self.fields["items"] = ItemsField(
                items,
                label=_("核销哪些应收"),
                required=False,
                help_text=_("不选则从最早到期的开始核销；超出部分留作客户的贷项。"),
            )

    def bill(self, customer_id: UUID) -> NewBill:
        """The bill; only of a valid form."""
        values = self.cleaned_data
        return NewBill(
            customer_id=customer_id,
            number=values["number"],
            acceptor=values["acceptor"],
            face=values["face"],
            issued_on=values["issued_on"],
            matures_on=values["matures_on"],
            received_on=values["received_on"],
            drawer=values["drawer"],
            kind=values["kind"],
            acceptor_class=values["acceptor_class"],
            range_from=values["range_from"] or 0,
            range_to=values["range_to"] or 0,
            item_ids=values.get("items") or (),
            memo=values["memo"],
        )


class DayForm(forms.Form):
    """On which day it happened."""

    on = DayField(label=_l("日期"))

    def __init__(self, *args: Any, bill: Bill, work: Work, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["on"].initial = work.today


class DerecogniseForm(DayForm):
    """Besides, whether the bill leaves the books."""

    derecognise = forms.ChoiceField(label=_l("终止确认"))

    def __init__(self, *args: Any, bill: Bill, work: Work, **options: Any) -> None:
        super().__init__(*args, bill=bill, work=work, **options)
        leaves = bill.acceptor_class in cash_policy().derecognises
        usual = _("终止确认") if leaves else _("不终止确认")
        choice = self.fields["derecognise"]
        assert isinstance(choice, forms.ChoiceField)
        label = AcceptorClass(bill.acceptor_class).label
        choice.required = False
        choice.choices = [
            ("", _("按政策：%(class)s，%(usual)s") % {"class": label, "usual": usual}),
            ("yes", _("终止确认：风险已转移")),
            ("no", _("不终止确认：可能被追索")),
        ]

    @property
    def chosen(self) -> bool | None:
        """What was chosen; None: the policy decides."""
        return {"yes": True, "no": False}.get(self.cleaned_data["derecognise"])


class EndorseForm(DerecogniseForm):
    """To whom, and how much of it."""

    endorsee = forms.CharField(label=_l("被背书人"), max_length=200)
    field_order = ("endorsee", "amount", "on", "derecognise")

    def __init__(self, *args: Any, bill: Bill, work: Work, **options: Any) -> None:
        super().__init__(*args, bill=bill, work=work, **options)
        currency = work.organization.currency
        self.fields["amount"] = AmountField(
            currency=currency,
            label=_("背书金额"),
            initial=plain(bill.face, currency),
            help_text=_("少于票面时先拆分，背书其中一部分。")
            if bill.range_to
            else _("这张票据不可拆分，只能整张背书。"),
        )
        self.order_fields(self.field_order)


class DiscountForm(DerecogniseForm):
    """Where, and at what rate."""

    bank = forms.CharField(label=_l("贴现银行"), max_length=200)
    rate = forms.DecimalField(
        label=_l("贴现年利率（%）"),
        min_value=Decimal(0),
        max_value=Decimal("35.99"),
        max_digits=8,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=_l("利息 = 票面金额 × 年利率 × 到兑付日的天数 ÷ 360。"),
    )
    field_order = ("bank", "rate", "on", "derecognise")


class ReasonForm(DayForm):
    """Why."""

    reason = forms.CharField(label=_l("拒付理由"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class WithdrawForm(DayForm):
    """Why it had been entered by mistake."""

    reason = forms.CharField(
        label=_l("原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("写入审计轨迹，以后查得到。"),
    )

    def __init__(self, *args: Any, bill: Bill, work: Work, **options: Any) -> None:
        super().__init__(*args, bill=bill, work=work, **options)
        del self.fields["on"]


class SplitForm(DayForm):
    """What the first part is; the rest is the second."""

    def __init__(self, *args: Any, bill: Bill, work: Work, **options: Any) -> None:
        super().__init__(*args, bill=bill, work=work, **options)
        currency = work.organization.currency
        self.fields["amount"] = AmountField(
            currency=currency,
            label=_("拆出金额"),
            help_text=_("其余 %s 减去这个金额，成为第二张子票。") % money(bill.face, currency),
        )
        self.order_fields(("amount", "on"))

"""What documents, events and acts are called on pages."""

from __future__ import annotations

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.ledger.models import Kind

KINDS: dict[str, str | Promise] = {
    Kind.INVOICE: _("应收单"),
    Kind.DEBIT_NOTE: _("应收调增"),
    Kind.CREDIT_NOTE: _("红字应收单"),
    Kind.RECEIPT: _("收款单"),
    Kind.ADVANCE: _("预收款"),
    Kind.REFUND: _("退款单"),
    Kind.WRITE_OFF: _("坏账核销"),
    Kind.RECOVERY: _("坏账收回"),
    Kind.BILL: _("收票单"),
    Kind.DISHONOUR: _("拒付单"),
    Kind.DISCOUNT: _("现金折扣"),
    Kind.DIFFERENCE: _("尾差"),
    Kind.OFFSET: _("应收冲应付"),
    Kind.TRANSFER_OUT: _("债务转出"),
    Kind.TRANSFER_IN: _("债务转入"),
    Kind.FACTORING: _("保理转让"),
    Kind.REVERSAL: _("冲销单"),
}

ICONS: dict[str, str] = {
    Kind.INVOICE: "file-invoice",
    Kind.DEBIT_NOTE: "file-invoice",
    Kind.CREDIT_NOTE: "receipt-refund",
    Kind.RECEIPT: "cash",
    Kind.ADVANCE: "wallet",
    Kind.REFUND: "receipt-refund",
    Kind.WRITE_OFF: "ban",
    Kind.RECOVERY: "receipt",
    Kind.BILL: "receipt",
    Kind.DISHONOUR: "receipt-off",
    Kind.DISCOUNT: "discount",
    Kind.DIFFERENCE: "math-symbols",
    Kind.OFFSET: "arrows-exchange",
    Kind.TRANSFER_OUT: "arrow-right",
    Kind.TRANSFER_IN: "arrow-left",
    Kind.FACTORING: "building-bank",
    Kind.REVERSAL: "arrow-back-up",
}

EVENTS: dict[str, str | Promise] = {
    "sale": _("赊销"),
    "sale_return": _("销售红字"),
    "receipt": _("收款"),
    "advance": _("预收"),
    "refund": _("退款"),
    "advance_refund": _("退还预收"),
    "write_off": _("坏账核销"),
    "sale_return_deferred_vat": _("销售红字（税款未到纳税时点）"),
    "sale_deferred_vat": _("赊销（税款未到纳税时点）"),
    "sale_simple_vat": _("赊销（简易计税）"),
    "sale_return_simple_vat": _("销售红字（简易计税）"),
    "vat_due": _("待转销项税额转入"),
    "late_interest": _("逾期违约金"),
    "fee_charged": _("加收费用"),
    "claimed_receipt": _("认领收款"),
    "account_receipt": _("银行收款"),
    "account_refund": _("银行退款"),
    "receipt_bounced": _("收款退票"),
    "bank_line": _("银行流水入账"),
    "unidentified_returned": _("退回待认领款"),
    "contract_advance": _("合同预收"),
    "account_advance": _("银行预收"),
    "contract_advance_refund": _("退还合同预收"),
    "bill_receipt": _("收到承兑汇票"),
    "bill_receipt_financing": _("收到承兑汇票（应收款项融资）"),
    "bill_dishonoured": _("汇票拒付"),
    "bill_endorsed": _("汇票背书"),
    "bill_discounted": _("汇票贴现"),
    "bill_collected": _("汇票托收"),
    "bill_matured": _("汇票到期兑付"),
    "bill_recourse": _("汇票被追索"),
    "loan_interest": _("利息调整摊销"),
    "factored": _("保理转让"),
    "factored_loan": _("有追索权保理借款"),
    "factoring_repaid": _("归还保理借款"),
    "unidentified_receipt": _("收到待认领款"),
    "retention_due": _("质保金到期"),
    "cash_discount": _("现金折扣"),
    "cash_discount_expense": _("现金折扣"),
    "bank_fee": _("银行手续费"),
    "short_payment": _("短款"),
    "over_payment": _("长款"),
    "offset": _("应收冲应付"),
    "debt_transfer_out": _("债务转出"),
    "debt_transfer_in": _("债务转入"),
    "recovery": _("已核销坏账收回"),
    "provision": _("计提坏账准备"),
    "provision_reversal": _("转回坏账准备"),
    "opening_debit": _("期初应收"),
    "opening_credit": _("期初贷项"),
    "apply_credit": _("转入应收"),
    "exchange_difference": _("汇兑差额"),
    "revaluation": _("月末调汇"),
    "reversal": _("冲销"),
    "profit_closing": _("结转损益"),
}

ACTIONS: dict[str, str | Promise] = {
    "recorded": pgettext_lazy("done", "登记"),
    "allocated": pgettext_lazy("done", "核销"),
    "unallocated": pgettext_lazy("done", "反核销"),
    "voided": pgettext_lazy("done", "冲销"),
    "changed": pgettext_lazy("done", "变更"),
    "created": pgettext_lazy("done", "建档"),
}


def kind_name(kind: str) -> str:
    """A document's kind in the reader's language."""
    return str(KINDS.get(kind, kind))


def rate_text(rate: Decimal) -> str:
    """A rate for reading: four decimals, more where it has more."""
    plain = rate.normalize()
    return f"{plain:f}" if (-int(plain.as_tuple().exponent)) > 4 else f"{plain:.4f}"


def event_name(event: str) -> str:
    """What an entry came from."""
    return str(EVENTS.get(event, event))


def action_name(action: str) -> str:
    """What the trail says was done to a record."""
    return str(ACTIONS.get(action, action))

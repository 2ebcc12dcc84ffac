"""The words that stand in the books themselves. They are Chinese whatever language the reader chose:

the books are kept in Chinese (会计法 article 22), and a voucher says tomorrow what it said today.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# 凭证字: of what brings money in, pays it out, and of everything else. One word for all is the simplest.
ONE_WORD: Mapping[str, str] = {"in": "记", "out": "记", "other": "记"}
THREE_WORDS: Mapping[str, str] = {"in": "收", "out": "付", "other": "转"}
WORD = re.compile(r"[一-鿿A-Za-z]{1,4}")

# What happened, as the beginning of a summary (摘要), by the event of the entry.
EVENT_WORDS: Mapping[str, str] = {
    "sale": "赊销",
    "sale_deferred_vat": "赊销",
    "sale_simple_vat": "赊销",
    "sale_return": "销售红字",
    "sale_return_simple_vat": "销售红字",
    "sale_return_deferred_vat": "销售红字",
    "late_interest": "逾期违约金",
    "fee_charged": "应收费用",
    "receipt": "收款",
    "claimed_receipt": "认领来款",
    "account_receipt": "收款",
    "account_refund": "退款",
    "receipt_bounced": "收款退票",
    "bank_line": "银行流水",
    "unidentified_returned": "退回待认领款",
    "unidentified_receipt": "收到待认领款",
    "advance": "预收货款",
    "contract_advance": "预收合同款",
    "account_advance": "预收合同款",
    "refund": "退款",
    "advance_refund": "退预收款",
    "contract_advance_refund": "退合同预收款",
    "write_off": "坏账核销",
    "recovery": "已核销坏账收回",
    "opening_debit": "期初应收",
    "opening_credit": "期初贷项",
    "opening_balance": "期初余额",
    "apply_credit": "预收冲应收",
    "exchange_difference": "汇兑差额",
    "revaluation": "期末调汇",
    "revaluation_reversal": "冲回期末调汇",
    "reversal": "冲销",
    "bill_receipt": "收到承兑汇票",
    "bill_receipt_financing": "收到承兑汇票",
    "bill_dishonoured": "汇票拒付",
    "bill_endorsed": "汇票背书",
    "bill_discounted": "汇票贴现",
    "bill_collected": "汇票托收",
    "bill_matured": "汇票到期兑付",
    "bill_recourse": "汇票被追索",
    "loan_interest": "利息调整摊销",
    "factored_loan": "有追索权保理借款",
    "factoring_repaid": "归还保理借款",
    "factored": "应收账款保理",
    "cash_discount": "现金折扣",
    "cash_discount_expense": "现金折扣",
    "bank_fee": "手续费",
    "short_payment": "尾差",
    "over_payment": "尾差",
    "offset": "应收冲应付",
    "debt_transfer_out": "债务转出",
    "debt_transfer_in": "债务转入",
    "provision": "计提坏账准备",
    "provision_reversal": "转回坏账准备",
    "vat_due": "待转销项税额转销项税额",
    "retention_due": "质保金到期",
    "profit_closing": "结转损益",
    "manual": "手工凭证",
}
OTHER_EVENT = "业务"
RED = "红字冲销"


def voucher_name(word: str, number: int | None) -> str:
    """How a voucher is called: 记-0012; one without a number by its word."""
    return f"{word}-{number:04d}" if number else word

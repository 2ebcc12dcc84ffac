"""The chart of accounts and the posting rules that a new organization starts with.

Account numbers follow 企业会计准则—应用指南 (2006), appendix; what that list does not number (contract
liabilities, VAT sub-accounts) uses the codes most Chinese ledgers use. Both are data: an organization may
change them afterwards.
"""

from __future__ import annotations

from typing import NamedTuple

from huikuan.ledger.models import Control, Side


class ChartAccount(NamedTuple):
    code: str
    name: str
    purpose: str
    control: str = Control.NONE.value


CHART: tuple[ChartAccount, ...] = (
    ChartAccount("1002", "银行存款", "bank"),
    ChartAccount("1121", "应收票据", "bills"),
    ChartAccount("1122", "应收账款", "receivable", Control.RECEIVABLE.value),
    ChartAccount("1123", "预付账款", "prepayments"),
    ChartAccount("1124", "应收款项融资", "receivables_financing"),
    ChartAccount("1141", "合同资产", "contract_assets", Control.RECEIVABLE.value),
    ChartAccount("1221", "其他应收款", "other_receivables"),
    ChartAccount("1231", "坏账准备", "allowance"),
    ChartAccount("2001", "短期借款", "short_term_loans"),
    ChartAccount("200102", "短期借款—利息调整", "loan_discount"),
    ChartAccount("2202", "应付账款", "payables"),
    ChartAccount("2203", "预收账款", "advances", Control.CREDIT.value),
    ChartAccount("2205", "合同负债", "contract_liabilities", Control.CREDIT.value),
    ChartAccount("22210105", "应交税费—应交增值税(销项税额)", "output_vat"),
    ChartAccount("222108", "应交税费—简易计税", "simple_vat"),
    ChartAccount("222109", "应交税费—待转销项税额", "deferred_vat", Control.SHARED.value),
    ChartAccount("2241", "其他应付款", "unidentified_receipts"),
    ChartAccount("224102", "其他应付款—背书未终止确认", "endorsement_liability"),
    ChartAccount("2299", "债权转移过渡", "transfer_clearing"),
    ChartAccount("4103", "本年利润", "current_profit"),
    ChartAccount("4199", "期初余额", "opening"),
    ChartAccount("6001", "主营业务收入", "revenue"),
    ChartAccount("6111", "投资收益", "investment_income"),
    ChartAccount("6301", "营业外收入", "other_income"),
    ChartAccount("6603", "财务费用", "financial_expense"),
    ChartAccount("6702", "信用减值损失", "credit_loss"),
    ChartAccount("6711", "营业外支出", "other_expense"),
)


class Rule(NamedTuple):
    """One line: side, account purpose, measure of the document, whether it carries the items, red ink."""

    side: Side
    purpose: str
    measure: str = "gross"
    on_item: bool = False
    red: bool = False


D, C = Side.DEBIT, Side.CREDIT

POSTING_RULES: dict[str, tuple[Rule, ...]] = {
    "sale": (
        Rule(D, "receivable", on_item=True),
        Rule(C, "revenue", "net"),
        Rule(C, "output_vat", "tax"),
    ),
    "sale_return": (
        Rule(D, "receivable", on_item=True, red=True),
        Rule(C, "revenue", "net", red=True),
        Rule(C, "output_vat", "tax", red=True),
    ),
    "sale_return_deferred_vat": (
        Rule(D, "receivable", on_item=True, red=True),
        Rule(C, "revenue", "net", red=True),
        Rule(C, "deferred_vat", "tax", red=True),
    ),
    # 简易计税 (财会〔2016〕22号): the levy of the simple method is kept apart from output VAT.
    "sale_simple_vat": (
        Rule(D, "receivable", on_item=True),
        Rule(C, "revenue", "net"),
        Rule(C, "simple_vat", "tax"),
    ),
    "sale_return_simple_vat": (
        Rule(D, "receivable", on_item=True, red=True),
        Rule(C, "revenue", "net", red=True),
        Rule(C, "simple_vat", "tax", red=True),
    ),
    # VAT that is not due yet (财会〔2016〕22号): it becomes due by an entry of its own.
    "sale_deferred_vat": (
        Rule(D, "receivable", on_item=True),
        Rule(C, "revenue", "net"),
        Rule(C, "deferred_vat", "tax"),
    ),
    "late_interest": (
        Rule(D, "receivable", on_item=True),
        Rule(C, "other_income", "net"),
        Rule(C, "output_vat", "tax"),
    ),
    "fee_charged": (
        Rule(D, "receivable", on_item=True),
        Rule(C, "revenue", "net"),
        Rule(C, "output_vat", "tax"),
    ),
    "receipt": (Rule(D, "bank"), Rule(C, "receivable", on_item=True)),
    # Through one bank account among several: its own account of the chart is said by the document's legs.
    "account_receipt": (Rule(C, "receivable", on_item=True),),
    "account_refund": (Rule(D, "receivable", on_item=True),),
    "receipt_bounced": (Rule(D, "receivable", on_item=True),),
    "claimed_receipt": (Rule(D, "unidentified_receipts"), Rule(C, "receivable", on_item=True)),
    # Two items, the part without VAT and the VAT, each on its account.
    "contract_advance": (Rule(D, "bank"), Rule(C, "contract_liabilities", on_item=True)),
    "account_advance": (Rule(C, "contract_liabilities", on_item=True),),
    "contract_advance_refund": (Rule(D, "contract_liabilities", on_item=True), Rule(C, "bank")),
    "bill_receipt": (Rule(D, "bills"), Rule(C, "receivable", on_item=True)),
    "bill_receipt_financing": (Rule(D, "receivables_financing"), Rule(C, "receivable", on_item=True)),
    # What stands against the item is said by the document's own legs.
    "bill_dishonoured": (Rule(D, "receivable", on_item=True),),
    "factored": (Rule(C, "receivable", on_item=True),),
    "cash_discount": (Rule(D, "revenue"), Rule(C, "receivable", on_item=True)),
    "cash_discount_expense": (Rule(D, "financial_expense"), Rule(C, "receivable", on_item=True)),
    "bank_fee": (Rule(D, "financial_expense"), Rule(C, "receivable", on_item=True)),
    "short_payment": (Rule(D, "other_expense"), Rule(C, "receivable", on_item=True)),
    "over_payment": (Rule(D, "receivable", on_item=True), Rule(C, "other_income")),
    "offset": (Rule(D, "payables"), Rule(C, "receivable", on_item=True)),
    # Between two documents of one act, so that neither customer's ledger knows of the other's.
    "debt_transfer_out": (Rule(D, "transfer_clearing"), Rule(C, "receivable", on_item=True)),
    "debt_transfer_in": (Rule(D, "receivable", on_item=True), Rule(C, "transfer_clearing")),
    "recovery": (Rule(D, "receivable", on_item=True), Rule(C, "allowance")),
    "advance": (Rule(D, "bank"), Rule(C, "advances", on_item=True)),
    "refund": (Rule(D, "receivable", on_item=True), Rule(C, "bank")),
    "advance_refund": (Rule(D, "advances", on_item=True), Rule(C, "bank")),
    "write_off": (Rule(D, "allowance"), Rule(C, "receivable", on_item=True)),
    "opening_debit": (Rule(D, "receivable", on_item=True), Rule(C, "opening")),
    "opening_credit": (Rule(D, "opening"), Rule(C, "receivable", on_item=True)),
}

# 小企业会计准则 (财会〔2011〕17号), appendix: classes 3 to 5 are numbered anew, and there is neither an allowance nor
# a credit loss: a debt that is lost is 营业外支出, one that comes back all the same 营业外收入 (its article 10).
_SMALL_ACCOUNTS: dict[str, tuple[str, str]] = {
    "current_profit": ("3103", "本年利润"),
    "opening": ("3199", "期初余额"),
    "revenue": ("5001", "主营业务收入"),
    "investment_income": ("5111", "投资收益"),
    "other_income": ("5301", "营业外收入"),
    "financial_expense": ("5603", "财务费用"),
    "other_expense": ("5711", "营业外支出"),
}
_SMALL_HAS_NOT = frozenset({"allowance", "credit_loss"})
_SMALL_RULES: dict[str, tuple[Rule, ...]] = {
    "write_off": (Rule(D, "other_expense"), Rule(C, "receivable", on_item=True)),
    "recovery": (Rule(D, "receivable", on_item=True), Rule(C, "other_income")),
}


def chart_of(*, small: bool) -> tuple[ChartAccount, ...]:
    """The chart that new books start with, under 企业会计准则 or (`small`) 小企业会计准则."""
    if not small:
        return CHART
    return tuple(
        account._replace(code=code, name=name)
        for account in CHART
        if account.purpose not in _SMALL_HAS_NOT
        for code, name in [_SMALL_ACCOUNTS.get(account.purpose, (account.code, account.name))]
    )


def rules_of(*, small: bool) -> dict[str, tuple[Rule, ...]]:
    """The posting rules that go with `chart_of`."""
    return POSTING_RULES | _SMALL_RULES if small else POSTING_RULES


def is_small(revenue_code: str) -> bool:
    """Whether a chart is that of 小企业会计准则, told from the code of its revenue account."""
    return revenue_code.startswith("5")

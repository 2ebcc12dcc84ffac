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
    ChartAccount("1141", "合同资产", "contract_assets"),
    ChartAccount("1221", "其他应收款", "other_receivables"),
    ChartAccount("1231", "坏账准备", "allowance"),
    ChartAccount("2001", "短期借款", "short_term_loans"),
    ChartAccount("2202", "应付账款", "payables"),
    ChartAccount("2203", "预收账款", "advances", Control.CREDIT.value),
    ChartAccount("2205", "合同负债", "contract_liabilities"),
    ChartAccount("22210105", "应交税费—应交增值税(销项税额)", "output_vat"),
    ChartAccount("222108", "应交税费—简易计税", "simple_vat"),
    ChartAccount("222109", "应交税费—待转销项税额", "deferred_vat"),
    ChartAccount("2241", "其他应付款", "unidentified_receipts"),
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
    "receipt": (Rule(D, "bank"), Rule(C, "receivable", on_item=True)),
    "advance": (Rule(D, "bank"), Rule(C, "advances", on_item=True)),
    "refund": (Rule(D, "receivable", on_item=True), Rule(C, "bank")),
    "advance_refund": (Rule(D, "advances", on_item=True), Rule(C, "bank")),
    "write_off": (Rule(D, "allowance"), Rule(C, "receivable", on_item=True)),
    "opening_debit": (Rule(D, "receivable", on_item=True), Rule(C, "opening")),
    "opening_credit": (Rule(D, "opening"), Rule(C, "receivable", on_item=True)),
}

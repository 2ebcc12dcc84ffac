"""Where accounts stand in the balance sheet and the income statement.

Lines and order follow the formats of 财会〔2019〕6号 (企业会计准则) and of 小企业会计准则 (财会〔2011〕17号).
An account belongs to the line whose code is the longest beginning of its own. Code tables are data; what they
do not name falls to the line of its class.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Standard(StrEnum):
    """The accounting standard that the chart follows."""

    ENTERPRISE = "enterprise"
    SMALL = "small"


class Part(StrEnum):
    """The part of a statement: its lines are shown as debit or as credit balances."""

    CURRENT_ASSETS = "current_assets"
    OTHER_ASSETS = "other_assets"
    CURRENT_LIABILITIES = "current_liabilities"
    OTHER_LIABILITIES = "other_liabilities"
    EQUITY = "equity"
    PROFIT = "profit"


ASSETS = (Part.CURRENT_ASSETS, Part.OTHER_ASSETS)
CREDIT_PARTS = (Part.CURRENT_LIABILITIES, Part.OTHER_LIABILITIES, Part.EQUITY)


class Line(NamedTuple):
    """A line of a statement: `name` in addresses and JSON, `title` as it is printed, `codes` of its accounts.

    `sign`: 1 shows debit balances as positive, -1 credit balances; in the income statement -1 is income.
    """

    name: str
    title: str
    part: Part
    codes: tuple[str, ...] = ()
    sign: int = 1


# Balances that are divided by customer: debit balances are receivables, credit balances are owed.
BY_CUSTOMER = ("receivable", "advances")
# Where the two sides of a balance that is divided go.
DEBIT_LINE, CREDIT_LINE = "receivables", "advances_received"

_CA, _OA, _CL, _OL, _EQ = (
    Part.CURRENT_ASSETS,
    Part.OTHER_ASSETS,
    Part.CURRENT_LIABILITIES,
    Part.OTHER_LIABILITIES,
    Part.EQUITY,
)

BALANCE_SHEET: tuple[Line, ...] = (
    Line("cash", "货币资金", _CA, ("1001", "1002", "1012")),
    Line("trading", "交易性金融资产", _CA, ("1101",)),
    Line("bills", "应收票据", _CA, ("1121",)),
    Line("receivables", "应收账款", _CA, ("1122", "1231")),
    Line("receivables_financing", "应收款项融资", _CA, ("1124",)),
    Line("prepayments", "预付款项", _CA, ("1123",)),
    Line("other_receivables", "其他应收款", _CA, ("1131", "1132", "1221")),
    Line("inventories", "存货", _CA, ("14", "50", "51", "52", "53")),
    Line("contract_assets", "合同资产", _CA, ("1141", "1481")),
    Line("other_current_assets", "其他流动资产", _CA, ("1",)),
    Line("long_investments", "长期股权投资", _OA, ("1511", "1512")),
    Line("fixed_assets", "固定资产", _OA, ("1601", "1602", "1603", "1606")),
    Line("construction", "在建工程", _OA, ("1604", "1605")),
    Line("intangibles", "无形资产", _OA, ("1701", "1702", "1703")),
    Line("deferred_expenses", "长期待摊费用", _OA, ("1801",)),
    Line("deferred_tax_assets", "递延所得税资产", _OA, ("1811",)),
    Line("other_assets", "其他非流动资产", _OA, ("15", "16", "17", "18", "19")),
    Line("short_loans", "短期借款", _CL, ("2001",), -1),
    Line("bills_payable", "应付票据", _CL, ("2201",), -1),
    Line("payables", "应付账款", _CL, ("2202",), -1),
    Line("advances_received", "预收款项", _CL, ("2203",), -1),
    Line("contract_liabilities", "合同负债", _CL, ("2205", "2204"), -1),
    Line("wages", "应付职工薪酬", _CL, ("2211",), -1),
    Line("taxes", "应交税费", _CL, ("2221",), -1),
    Line("other_payables", "其他应付款", _CL, ("2231", "2232", "2241"), -1),
    Line("other_current_liabilities", "其他流动负债", _CL, ("2", "222109", "224102"), -1),
    Line("long_loans", "长期借款", _OL, ("2501",), -1),
    Line("provisions", "预计负债", _OL, ("2801",), -1),
    Line("deferred_tax_liabilities", "递延所得税负债", _OL, ("2901",), -1),
    Line("other_liabilities", "其他非流动负债", _OL, ("24", "25", "27", "28", "29"), -1),
    Line("capital", "实收资本", _EQ, ("4001",), -1),
    Line("capital_reserve", "资本公积", _EQ, ("4002",), -1),
    Line("surplus", "盈余公积", _EQ, ("4101",), -1),
    Line("retained", "未分配利润", _EQ, ("4103", "4104"), -1),
    Line("opening", "期初余额（待结平）", _EQ, ("4199",), -1),
    Line("other_equity", "其他权益", _EQ, ("3", "4"), -1),
)

# Codes of 小企业会计准则 where they differ: class 3 is equity, class 4 costs, class 5 profit and loss.
_SMALL_CODES: Mapping[str, tuple[str, ...]] = {
    "receivables": ("1122",),
    "inventories": ("14", "4"),
    "capital": ("3001",),
    "capital_reserve": ("3002",),
    "surplus": ("3101",),
    "retained": ("3103", "3104"),
    "opening": ("3199", "4199"),
    "other_equity": ("3",),
}

_P = Part.PROFIT
INCOME_STATEMENT: tuple[Line, ...] = (
    Line("revenue", "营业收入", _P, ("6001", "6051"), -1),
    Line("cost", "营业成本", _P, ("6401", "6402")),
    Line("surtaxes", "税金及附加", _P, ("6403",)),
    Line("selling", "销售费用", _P, ("6601",)),
    Line("administration", "管理费用", _P, ("6602",)),
    Line("research", "研发费用", _P, ("6604",)),
    Line("finance", "财务费用", _P, ("6603",)),
    Line("other_gains", "其他收益", _P, ("6117",), -1),
    Line("investment", "投资收益", _P, ("6111",), -1),
    Line("fair_value", "公允价值变动收益", _P, ("6101",), -1),
    Line("credit_loss", "信用减值损失", _P, ("6702",), -1),
    Line("impairment", "资产减值损失", _P, ("6701",), -1),
    Line("disposals", "资产处置收益", _P, ("6115",), -1),
    Line("other_income", "营业外收入", _P, ("6301",), -1),
    Line("other_expense", "营业外支出", _P, ("6711",)),
    Line("income_tax", "所得税费用", _P, ("6801",)),
    Line("other_profit", "其他损益", _P, ("6",), -1),
)

_SMALL_PROFIT: Mapping[str, tuple[str, ...]] = {
    "revenue": ("5001", "5051"),
    "cost": ("5401", "5402"),
    "surtaxes": ("5403",),
    "selling": ("5601",),
    "administration": ("5602",),
    "finance": ("5603",),
    "investment": ("5111",),
    "other_income": ("5301",),
    "other_expense": ("5711",),
    "income_tax": ("5801",),
    "other_profit": ("5",),
}

# Lines that end a section of the income statement: what has been reached by then.
PROFIT_STEPS = (
    ("disposals", "operating_profit", "营业利润"),
    ("other_expense", "profit_before_tax", "利润总额"),
    ("other_profit", "net_profit", "净利润"),
)


def standard_of(revenue_code: str) -> Standard:
    """The standard a chart follows, told from the code of its revenue account: 5001 is 小企业会计准则."""
    return Standard.SMALL if revenue_code.startswith("5") else Standard.ENTERPRISE


def balance_lines(standard: Standard) -> tuple[Line, ...]:
    """The lines of the balance sheet."""
    if standard is Standard.ENTERPRISE:
        return BALANCE_SHEET
    return tuple(line._replace(codes=_SMALL_CODES.get(line.name, line.codes)) for line in BALANCE_SHEET)


def income_lines(standard: Standard) -> tuple[Line, ...]:
    """The lines of the income statement; under 小企业会计准则 those that it has."""
    if standard is Standard.ENTERPRISE:
        return INCOME_STATEMENT
    return tuple(
        line._replace(codes=_SMALL_PROFIT[line.name])
        for line in INCOME_STATEMENT
        if line.name in _SMALL_PROFIT
    )


def line_of(code: str, lines: tuple[Line, ...]) -> str:
    """The name of the line an account belongs to, by the longest beginning of its code; "" for none."""
    best, found = 0, ""
    for line in lines:
        for beginning in line.codes:
            if code.startswith(beginning) and len(beginning) > best:
                best, found = len(beginning), line.name
    return found


def is_profit(code: str, standard: Standard) -> bool:
    """Whether an account is one of profit and loss."""
    return code.startswith("6" if standard is Standard.ENTERPRISE else "5")

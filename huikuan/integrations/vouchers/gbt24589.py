"""GB/T 24589.1-2010 (财经信息技术 会计核算软件数据接口 第1部分：企业): the file 应收应付, as XML in GB18030.

Its tables: 单据类型, 交易类型, 应收明细表. The edition of 2024 replaced it on 2025-07-01 and is not written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

from huikuan.books.queries.receivables import ReceivableRow
from huikuan.books.rules.words import EVENT_WORDS, OTHER_EVENT
from huikuan.integrations.vouchers.month import VoucherMonth, one_line

ROOT = "应收应付"
KIND_WORDS = {
    "invoice": "应收单",
    "debit_note": "应收调增",
    "credit_note": "红字应收单",
    "receipt": "收款单",
    "advance": "预收款",
    "refund": "退款单",
    "write_off": "坏账核销",
    "recovery": "坏账收回",
    "bill": "收票单",
    "dishonour": "拒付单",
    "discount": "现金折扣",
    "difference": "尾差",
    "offset": "应收冲应付",
    "transfer_out": "债务转出",
    "transfer_in": "债务转入",
    "factoring": "保理转让",
    "reversal": "冲销单",
}


def write(month: VoucherMonth) -> bytes:
    """The receivables' lines of the month's posted vouchers, with the lists that their codes refer to."""
    root = ElementTree.Element(ROOT)
    for code in sorted({row.document_kind for row in month.receivables}):
        _table(root, "单据类型", {"单据类型编码": code, "单据类型名称": KIND_WORDS.get(code, code)})
    for code in sorted({row.event for row in month.receivables}):
        _table(root, "交易类型", {"交易类型编码": code, "交易类型名称": EVENT_WORDS.get(code, OTHER_EVENT)})
    for row in month.receivables:
        _table(root, "应收明细表", dict(_fields(month, row)))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="GB18030", xml_declaration=True))


def _table(root: ElementTree.Element, name: str, fields: dict[str, str]) -> None:
    table = ElementTree.SubElement(root, name)
    for field, text in fields.items():
        ElementTree.SubElement(table, field).text = one_line(text)


def _fields(month: VoucherMonth, row: ReceivableRow) -> Iterator[tuple[str, str]]:
    base = month.amount
    yield "客户编码", row.customer_code
    yield "科目编号", row.account_code
    yield "记账凭证日期", _day(row.voucher_on)
    yield "记账日期", _day(row.on)
    yield "会计年度", f"{month.month.year}"
    yield "会计期间号", f"{month.month.month:02}"
    yield "记账凭证类型编号", row.word
    yield "记账凭证编号", f"{row.number}"
    yield "本位币", month.currency
    yield "汇率", f"{row.rate:f}"
    yield "余额方向", "借" if row.balance >= 0 else "贷"
    yield "本币余额", base(abs(row.balance))
    yield "原币余额", _original(abs(row.original_balance))
    yield "本币发生金额", base(row.debit - row.credit)
    yield "原币币种", row.currency
    yield "原币发生金额", _original(row.original)
    yield "摘要", row.summary
    yield "到期日", _day(row.due_on)
    yield "核销凭证编号", row.settled_by
    yield "核销日期", _day(row.settled_on)
    yield "单据类型编码", row.document_kind
    yield "交易类型编码", row.event
    yield "单据编号", row.document_number
    yield "发票号", ""
    yield "合同号", row.reference
    yield "项目编码", ""
    yield "结算方式编码", ""
    yield "付款日期", ""
    yield "核销标志", "1" if row.settled else "0"
    yield "汇票编号", ""


def _day(on: date | None) -> str:
    return f"{on:%Y%m%d}" if on else ""


def _original(value: Decimal) -> str:
    return f"{value:.2f}"

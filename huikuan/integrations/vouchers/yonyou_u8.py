"""用友 U8 voucher text: GBK, a first line that names the form, then one comma-separated line for each entry.

Lines of the same date, word and number are one voucher and stand together. A summary has at most 60 letters; what
GBK cannot write becomes a question mark.
"""

from __future__ import annotations

from huikuan.books.queries.vouchers import PrintedLine, PrintedVoucher
from huikuan.core.spreadsheets import unformulated
from huikuan.integrations.vouchers.month import VoucherMonth, one_line

FIRST_LINE = "填制凭证,V800"
LONGEST_SUMMARY = 60
_NAMES = (
    "制单日期 凭证类别字 凭证号 附单据数 摘要 科目编码 借方 贷方 数量 外币 汇率 制单人 结算方式 票号 发生日期 "
    "部门编码 个人编码 客户编码 供应商编码 业务员 项目编码"
)
COLUMNS = _NAMES.split()


def write(month: VoucherMonth) -> bytes:
    """The text, lines ended as Windows ends them."""
    lines = [FIRST_LINE]
    for voucher in month.vouchers:
        lines += [_line(month, voucher, line) for line in voucher.lines]
    return ("\r\n".join(lines) + "\r\n").encode("gbk", "replace")


def _line(month: VoucherMonth, voucher: PrintedVoucher, line: PrintedLine) -> str:
    values = {
        "制单日期": f"{voucher.voucher_on:%Y-%m-%d}",
        "凭证类别字": _text(voucher.word),
        "凭证号": str(voucher.number),
        "附单据数": str(voucher.attachments),
        "摘要": _text(line.summary)[:LONGEST_SUMMARY],
        "科目编码": _text(line.account_code),
        "借方": month.amount(line.debit),
        "贷方": month.amount(line.credit),
        "数量": "0",
        "外币": "0",
        "汇率": "0",
        "制单人": _text(voucher.prepared_by),
        "客户编码": _text(line.customer_code),
    }
    return ",".join(values.get(name, "") for name in COLUMNS)


def _text(text: str) -> str:
    """Commas would begin another field, quotation marks another kind of field."""
    return unformulated(one_line(text.replace(",", "，").replace('"', "”")))

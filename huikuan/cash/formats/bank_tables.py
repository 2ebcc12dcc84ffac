"""From the rows of a table to statements: whose account, which days, which balances; and the wallets' own habits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from huikuan.cash.formats.balances import chain_of
from huikuan.cash.formats.errors import StatementUnreadable
from huikuan.cash.formats.merchant_bills import is_merchant_bill, read_merchant_bill
from huikuan.cash.formats.statements import ParsedStatement
from huikuan.cash.formats.table_lines import Reading, read_rows
from huikuan.cash.formats.tables import BankTable, Row, read_table
from huikuan.tables.amounts import AmountColumn
from huikuan.tables.currencies import currency_of
from huikuan.tables.dates import DateColumn

_ACCOUNT: Final = re.compile(
    r"(?:卡号|账号|帐号|账户号?|查询账号|支付宝账户|商户号|Account(?:\s*(?:No\.?|Number))?)\s*[\]】]?\s*[:：]\s*\[?\s*"
    r"([0-9A-Za-z@._*\- ]{4,50}?)(?=[\s\]，,;；]|$)",
    re.IGNORECASE,
)
_CURRENCY: Final = re.compile(r"币种\s*[:：]\s*(\S{1,8})")
_SPAN: Final = re.compile(
    r"(?:起始|开始|起)[时日][间期]\s*[:：]?\s*\[?\s*([0-9年月日/.-]{8,11}).{0,40}?(?:终止|结束|止)[时日][间期]\s*[:：]?\s*\[?\s*"
    r"([0-9年月日/.-]{8,11})"
)
_OPENING: Final = re.compile(r"(?:期初|上期|起始)余额\s*[:：]?\s*([-+0-9,.]+)")
_CLOSING: Final = re.compile(r"(?:期末|本期|结束)余额\s*[:：]?\s*([-+0-9,.]+)")
_CLOSED: Final = re.compile(r"关闭|失败|已撤销|已取消|等待付款")
_NOT_YET_IN: Final = re.compile(r"等待")
_COMES_IN: Final = re.compile(r"退款|充值|收益|转出到零钱|转出-到零钱")
_GOES_OUT: Final = re.compile(r"提现|还款|转入零钱通-来自零钱")


def read_bank_table(
    path: Path, mapping: Mapping[str, str] | None = None, *, date_order: str = ""
) -> tuple[ParsedStatement, ...]:
    """All statements of a table, one per own account and currency; raises StatementUnreadable."""
    if is_merchant_bill(path):
        return read_merchant_bill(path)
    table = read_table(path, mapping)
    if table.name in ("alipay", "wechat"):
        found, notices = read_rows(
            table,
            date_order=date_order,
            neutral=lambda row, _word: _neutral(table, row),
            skipped=lambda row: _never_happened(table, row),
        )
    else:
        found, notices = read_rows(table, date_order=date_order)
    above = " ".join(text for row in table.preamble for text in row.texts() if text)
    if not found:
        found = {("", ""): Reading()}
    return tuple(
        _statement(table, account, currency, reading, above, notices, alone=len(found) == 1)
        for (account, currency), reading in found.items()
    )


def _statement(
    table: BankTable,
    account: str,
    currency: str,
    reading: Reading,
    above: str,
    notices: list[str],
    *,
    alone: bool,
) -> ParsedStatement:
    notices = list(notices)
    lines = tuple(reading.lines)
    chain = chain_of(lines)
    if chain.breaks:
        notices.append(
            _("余额在第 %(row)d 行接不上前一笔，之间可能缺流水（共 %(count)d 处）；没有采用逐笔余额核对。")
            % {"row": chain.breaks[0], "count": len(chain.breaks)}
        )
    opening = reading.opening if reading.opening is not None else _amount(_OPENING, above)
    closing = reading.closing if reading.closing is not None else _amount(_CLOSING, above)
    if not alone:
        opening, closing = reading.opening, reading.closing
    if reading.left_out:
        notices.append(
            _("有 %(count)d 行不计收支或交易没有完成，没有读取（第一处在第 %(row)d 行）。")
            % {"count": len(reading.left_out), "row": reading.left_out[0]}
        )
    if reading.empty:
        notices.append(
            _("有 %(count)d 行没有金额，没有读取（第一处在第 %(row)d 行）。")
            % {"count": len(reading.empty), "row": reading.empty[0]}
        )
    starts, ends = _days(table, reading, above, notices)
    own = account or (_own_account(above) if alone else "")
    return ParsedStatement(
        format=table.name,
        account=own,
        currency=currency or _own_currency(above) or ("" if table.name == "table" else "CNY"),
        lines=lines,
        starts_on=starts,
        ends_on=ends,
        opening=opening if opening is not None else chain.opening,
        closing=closing if closing is not None else chain.closing,
        row=table.header.line,
        notices=tuple(notices),
    )


def _days(table: BankTable, reading: Reading, above: str, notices: list[str]) -> tuple[date, date]:
    days = [line.booked_on for line in reading.lines]
    match = _SPAN.search(above)
    said = DateColumn("YMD").column(list(match.groups())) if match else []
    if len(said) == 2 and all(isinstance(day, date) for day in said) and said[0] <= said[1]:
        if all(said[0] <= day <= said[1] for day in days):
            return said[0], said[1]
        notices.append(_("文件写明的期间不包含全部流水，按流水的日期读取。"))
    if not days:
        raise StatementUnreadable(_("文件里没有一笔流水。"), row=table.header.line)
    return min(days), max(days)


def _own_account(above: str) -> str:
    match = _ACCOUNT.search(above)
    return "".join(match[1].split()) if match else ""


def _own_currency(above: str) -> str:
    match = _CURRENCY.search(above)
    return (currency_of(match[1].strip("，,;；")) or "") if match else ""


def _amount(pattern: re.Pattern[str], above: str) -> Decimal | None:
    match = pattern.search(above)
    if match is None:
        return None
    value = AmountColumn(".").convert(match[1].rstrip(".,"))
    return value if isinstance(value, Decimal) else None


def _never_happened(table: BankTable, row: Row) -> bool:
    """Whether a wallet's trade was closed, or its money has not come in yet."""
    status = table.text(row, "status")
    incoming = any("收入" in text for text in row.texts()[:8])
    return bool(_CLOSED.search(status)) or (incoming and bool(_NOT_YET_IN.search(status)))


def _neutral(table: BankTable, row: Row) -> int:
    """Which way a wallet's row went that counts as neither: top-ups and refunds in, withdrawals out, others nowhere.

    Moves between the wallet's own pockets and money that passed it by are none of its movements.
    """
    words = " ".join(row.texts()[:6])
    if _COMES_IN.search(words):
        return 1
    return -1 if _GOES_OUT.search(words) else 0

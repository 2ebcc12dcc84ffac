"""微信支付商户交易账单: every trade gross, its refund, and the fee taken from it, each a line of its own.

Columns as in the documentation of the merchant platform (下载交易账单, bill_type=ALL); cells begin with a back-tick.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from huikuan.cash.formats.errors import StatementUnreadable
from huikuan.cash.formats.statements import ParsedLine, ParsedStatement
from huikuan.cash.formats.tables import Row, cell_text, read_table
from huikuan.tables import limits
from huikuan.tables.amounts import AmountColumn
from huikuan.tables.cells import Bad
from huikuan.tables.currencies import currency_of
from huikuan.tables.dates import DateColumn
from huikuan.tables.headers import compact
from huikuan.tables.problems import sentence

_NEEDED: Final = ("交易时间", "微信订单号", "手续费", "交易状态")
_GROSS: Final = ("应结订单金额", "总金额", "订单金额")


def is_merchant_bill(path: Path) -> bool:
    """Whether the first lines of the file have the headers of a merchant's bill."""
    with path.open("rb") as file:
        head = file.read(limits.HEAD_BYTES)
    return any(
        all(word.encode(encoding) in head for word in ("微信订单号", "手续费", "退款金额"))
        for encoding in ("utf-8", "gb18030")
    )


def read_merchant_bill(path: Path) -> tuple[ParsedStatement, ...]:
    """One statement per merchant number; raises StatementUnreadable naming the row."""
    table = read_table(path, {"day": "交易时间", "amount": "手续费"})
    places = {compact(cell_text(cell)): place for place, cell in enumerate(table.header.cells)}
    missing = [word for word in _NEEDED if word not in places]
    gross = next((word for word in _GROSS if word in places), "")
    if missing or not gross:
        raise StatementUnreadable(_("微信商户账单缺少列：%s。") % "、".join(missing), row=table.header.line)
    by_merchant: dict[tuple[str, str], list[ParsedLine]] = {}
    for row in table.rows:
        reader = _TradeRow(row, places, gross)
        if reader.says("总交易单数") or not any(letter.isdigit() for letter in reader.says("交易时间")):
            break  # the totals under the trades
        key = (reader.says("商户号"), currency_of(reader.says("货币种类") or "CNY") or "")
        by_merchant.setdefault(key, []).extend(reader.lines())
    if not by_merchant:
        raise StatementUnreadable(_("文件里没有一笔流水。"), row=table.header.line)
    return tuple(
        ParsedStatement(
            format="wechat",
            account=merchant,
            currency=currency,
            lines=tuple(lines),
            starts_on=min((line.booked_on for line in lines), default=None),
            ends_on=max((line.booked_on for line in lines), default=None),
            row=table.header.line,
        )
        for (merchant, currency), lines in by_merchant.items()
    )


class _TradeRow:
    def __init__(self, row: Row, places: dict[str, int], gross: str) -> None:
        self._row, self._places, self._gross = row, places, gross

    def says(self, name: str) -> str:
        place = self._places.get(name)
        return cell_text(self._row.cells[place]) if place is not None and place < len(self._row.cells) else ""

    def lines(self) -> Iterator[ParsedLine]:
        status = self.says("交易状态").upper()
        number, text = (
            self.says("微信订单号"),
            " ".join(part for part in (self.says("商品名称"), self.says("商户订单号")) if part),
        )
        if status in ("SUCCESS", "支付成功", "买家已支付"):
            yield self._line(self._amount(self._gross), "transfer", number, text)
        elif status in ("REFUND", "退款", "转入退款"):
            refund = self.says("微信退款单号") or f"{number}-R"
            yield self._line(-self._amount("退款金额"), "return", refund, text)
        else:
            return
        fee = self._amount("手续费")
        if fee:
            suffix = (
                "F" if status in ("SUCCESS", "支付成功", "买家已支付") else f"{self.says('微信退款单号')}-F"
            )
            yield self._line(-fee, "fee", f"{number}-{suffix}", _("手续费"))

    def _line(self, amount: Decimal, kind: str, reference: str, text: str) -> ParsedLine:
        return ParsedLine(
            row=self._row.line,
            booked_on=self._day(),
            amount=amount,
            kind=kind,
            counterparty=self.says("用户标识"),
            counterparty_bank=self.says("付款银行"),
            reference=reference,
            text=text,
        )

    def _amount(self, name: str) -> Decimal:
        value = AmountColumn(".").convert(self.says(name))
        if isinstance(value, Bad):
            raise StatementUnreadable(sentence(value.code, value.details), row=self._row.line)
        return value if isinstance(value, Decimal) else Decimal(0)

    def _day(self) -> date:
        value = DateColumn("YMD").convert(self.says("交易时间"))
        if isinstance(value, date):
            return value
        raise StatementUnreadable(
            sentence(value.code, value.details) if isinstance(value, Bad) else _("没有日期。"),
            row=self._row.line,
        )

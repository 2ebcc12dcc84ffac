"""金蝶云星空: the vouchers as the models that its WebAPI saves into GL_VOUCHER, one after the other.

A number in an object names the record, as that API wants it. Amounts are numbers with their exact digits.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from huikuan.books.queries.vouchers import PrintedLine, PrintedVoucher
from huikuan.integrations.vouchers.month import VoucherMonth

CURRENCY_NUMBERS = {"CNY": "PRE001", "HKD": "PRE002", "EUR": "PRE003", "JPY": "PRE004", "USD": "PRE007"}
WORD_NUMBERS = {"记": "PRE001", "收": "PRE002", "付": "PRE003", "转": "PRE004"}


class _Exact(float):
    """A number that is written with the digits of its text, which a float of that size may not have."""

    def __new__(cls, text: str) -> _Exact:
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str

    def __repr__(self) -> str:
        return self.text


def write(month: VoucherMonth) -> bytes:
    """The models as JSON in UTF-8: `{"FormId": "GL_VOUCHER", "Models": […]}`."""
    models = [_model(month, voucher) for voucher in month.vouchers]
    document = {"FormId": "GL_VOUCHER", "IsDeleteEntry": "true", "Models": models}
    return _json(document).encode("utf-8")


def _json(value: Any) -> str:
    """JSON in which `_Exact` keeps its digits: the encoder asks float.__repr__ otherwise."""
    if isinstance(value, _Exact):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_json(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",\n".join(_json(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _model(month: VoucherMonth, voucher: PrintedVoucher) -> dict[str, Any]:
    day = f"{voucher.voucher_on:%Y-%m-%d}"
    return {
        "FVOUCHERID": 0,
        "FAccountBookID": {"FNumber": month.organization_code},
        "FDate": day,
        "FBUSDATE": day,
        "FYEAR": voucher.month.year,
        "FPERIOD": voucher.month.month,
        "FVOUCHERGROUPID": {"FNumber": WORD_NUMBERS.get(voucher.word, voucher.word)},
        "FVOUCHERGROUPNO": str(voucher.number),
        "FATTACHMENTS": voucher.attachments,
        "FEntity": [_entry(month, line) for line in voucher.lines],
    }


def _entry(month: VoucherMonth, line: PrintedLine) -> dict[str, Any]:
    def amount(value: Decimal) -> _Exact:
        return _Exact(month.amount(value))

    entry: dict[str, Any] = {
        "FEXPLANATION": line.summary,
        "FACCOUNTID": {"FNumber": line.account_code},
        "FCURRENCYID": {"FNumber": CURRENCY_NUMBERS.get(month.currency, month.currency)},
        "FEXCHANGERATETYPE": {"FNumber": "HLTX01_SYS"},
        "FEXCHANGERATE": 1,
        "FAMOUNTFOR": amount(line.debit or line.credit),
        "FDEBIT": amount(line.debit),
        "FCREDIT": amount(line.credit),
    }
    if line.customer_code:
        entry["FDetailID"] = {"FDETAILID__FFLEX6": {"FNumber": line.customer_code}}
    return entry

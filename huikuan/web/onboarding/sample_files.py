"""Sample files: a few invented customers and their invoices, as a file from another system would bring them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import xlsxwriter
from django.utils.translation import gettext as _

from huikuan.integrations.models import Kind
from huikuan.tables import KINDS

FILE_NAMES = {
    Kind.CUSTOMERS.value: "huikuan-sample-customers.xlsx",
    Kind.INVOICES.value: "huikuan-sample-invoices.xlsx",
}
Value = str | int | date

# Invented names of no real company: code, name, region, sector, salesperson, terms, days of credit.
_CUSTOMERS = (
    ("SL001", "示例一号机械有限公司", "华东", "机械", "示例业务员甲", "月结30天", 45),
    ("SL002", "示例二号纺织有限公司", "华东", "纺织", "示例业务员甲", "30天", 30),
    ("SL003", "示例三号电子有限公司", "华南", "电子", "示例业务员乙", "60天", 60),
    ("SL004", "示例四号食品有限公司", "华北", "食品", "示例业务员乙", "货到付款", 0),
    ("SL005", "示例五号建材有限公司", "西南", "建材", "示例业务员乙", "次月15日", 40),
    ("SL006", "示例六号化工有限公司", "华东", "化工", "示例业务员甲", "90天", 90),
)
# How many days ago the invoices of a customer were written, and their amounts without tax.
_INVOICES = ((12, 8600), (38, 12400), (75, 5300), (130, 21000))


def sample_xlsx(kind: str, *, currency: str, today: date) -> bytes:
    """The sample of customers or of invoices as a workbook; dates lie before `today`."""
    rows = list(customer_rows() if kind == Kind.CUSTOMERS else invoice_rows(currency, today))
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#E3F1EF", "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    amount = book.add_format({"num_format": "#,##0.00"})
    sheet = book.add_worksheet(_("导入"))
    for column, name in enumerate(rows[0]):
        sheet.set_column(column, column, 20)
        sheet.write_string(0, column, KINDS[kind].label(name), head)
        for line, row in enumerate(rows, start=1):
            value = row[name]
            if isinstance(value, date):
                sheet.write_datetime(line, column, value, day)
            elif isinstance(value, int):
                sheet.write_number(line, column, value, amount)
            else:
                sheet.write_string(line, column, value)
    sheet.freeze_panes(1, 0)
    book.close()
    return target.getvalue()


def customer_rows() -> Iterator[Mapping[str, Value]]:
    """The customers by the fields of an import."""
    for code, name, region, sector, salesperson, terms, _days in _CUSTOMERS:
        yield {
            "customer_code": code,
            "customer_name": name,
            "region": region,
            "sector": sector,
            "salesperson": salesperson,
            "terms": terms,
        }


def invoice_rows(currency: str, today: date) -> Iterator[Mapping[str, Value]]:
    """Their invoices by the fields of an import."""
    for place, (code, name, _region, _sector, salesperson, _terms, days) in enumerate(_CUSTOMERS):
        for number, (ago, net) in enumerate(_INVOICES, start=1):
            issued = today - timedelta(days=ago + 3 * place)
            yield {
                "customer_code": code,
                "customer_name": name,
                "number": f"SAMPLE-{place + 1}{number:02d}",
                "document_on": issued,
                "due_on": issued + timedelta(days=days),
                "amount": (net + 700 * place) // 100 * 113,
                "tax": (net + 700 * place) // 100 * 13,
                "currency": currency,
                "salesperson": salesperson,
            }

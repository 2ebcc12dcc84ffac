"""The template files: a spreadsheet per kind with the headers that are recognised and one example row."""

from __future__ import annotations

import io
from datetime import date, timedelta

import xlsxwriter
from django.utils.translation import gettext as _

from huikuan.tables import KINDS, Role

_LEFT_OUT = {"net"}  # follows from the amount and the tax; two ways to say one thing confuse


def template_xlsx(kind: str, *, currency: str, today: date) -> bytes:
    """A workbook with the fields of `kind` as headers; codes are text cells, dates are date cells."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#E3F1EF", "bottom": 1})
    formats = {
        Role.DATE: book.add_format({"num_format": "yyyy-mm-dd"}),
        Role.AMOUNT: book.add_format({"num_format": "#,##0.00"}),
    }
    text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet(_("导入"))
    example = _examples(currency, today)[kind]
    fields = [item for item in KINDS[kind].fields if item.name not in _LEFT_OUT]
    for index, item in enumerate(fields):
        style = formats.get(item.role, text)
        sheet.set_column(index, index, 18, style)
        sheet.write_string(0, index, item.label, head)
        value = example.get(item.name, "")
        if isinstance(value, date):
            sheet.write_datetime(1, index, value, style)
        elif isinstance(value, int):
            sheet.write_number(1, index, value, style)
        elif value:
            sheet.write_string(1, index, value, style)
    sheet.freeze_panes(1, 0)
    book.close()
    return target.getvalue()


def _examples(currency: str, today: date) -> dict[str, dict[str, str | int | date]]:
    issued = today.replace(day=1) - timedelta(days=40)
    customer: dict[str, str | int | date] = {"customer_code": "K0001", "customer_name": "示例机械有限公司"}
    return {
        "customers": {
            **customer,
            "region": "华东",
            "sector": "机械",
            "salesperson": "张三",
            "terms": "月结30天",
            "contact_name": "李四",
        },
        "invoices": {
            **customer,
            "number": "FP-0001",
            "document_on": issued,
            "due_on": issued + timedelta(days=30),
            "amount": 11300,
            "tax": 1300,
            "currency": currency,
            "salesperson": "张三",
        },
        "receipts": {
            **customer,
            "number": "SK-0001",
            "received_on": issued + timedelta(days=35),
            "amount": 11300,
            "currency": currency,
            "payer_name": "示例机械有限公司",
        },
        "products": {
            "product_code": "P0001",
            "product_name": "数控车削件",
            "category": "机加工",
            "unit": "件",
            "tax_rate": "13%",
            "price": 100,
        },
        "orders": {
            "order_number": "XS-0001",
            **customer,
            "ordered_on": issued,
            "product_code": "P0001",
            "product": "数控车削件",
            "quantity": 100,
            "unit": "件",
            "unit_price": 100,
            "tax_rate": "13%",
            "salesperson": "张三",
        },
        "deliveries": {
            "delivery_number": "FH-0001",
            "order_number": "XS-0001",
            "product_code": "P0001",
            "quantity": 60,
            "delivered_on": issued + timedelta(days=10),
        },
        "allocations": {
            "invoice": "FP-0001",
            "receipt": "SK-0001",
            "amount": 11300,
            "on": issued + timedelta(days=35),
        },
        "rates": {"currency": "USD" if currency != "USD" else "EUR", "rated_on": issued, "rate": "7.0845"},
    }

"""Files to try the import with: invented customers with invoices and receipts, and one with mistakes in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from huikuan.integrations.models import Kind
from huikuan.tables import KINDS
from huikuan.web.onboarding.sample_files import customer_rows, invoice_rows

Row = Mapping[str, str | int | date]


@dataclass(frozen=True)
class TrialFile:
    """A file of one kind; `note` says what one sees with it."""

    name: str
    kind: str
    note: str | Promise


TRIAL_FILES = {
    each.name: each
    for each in (
        TrialFile("customers", Kind.CUSTOMERS.value, _("六个客户，有账期和业务员")),
        TrialFile("invoices", Kind.INVOICES.value, _("它们的 24 张应收单")),
        TrialFile("receipts", Kind.RECEIPTS.value, _("六笔到账，等待核销")),
        TrialFile("invoices-with-mistakes", Kind.INVOICES.value, _("六行里五行有错，看逐行的说明和更正")),
    )
}


def trial_csv(name: str, *, currency: str, today: date) -> bytes:
    """The file called `name`, in UTF-8 with a mark that spreadsheets read; its dates lie before `today`."""
    kind = TRIAL_FILES[name].kind
    rows: Iterable[Row]
    if name == "customers":
        rows = customer_rows()
    elif name == "receipts":
        rows = _receipts(currency, today)
    elif name == "invoices":
        rows = invoice_rows(currency, today)
    else:
        rows = _mistaken(currency, today)
    rows = list(rows)
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(KINDS[kind].label(field) for field in rows[0])
    writer.writerows(row.values() for row in rows)
    return ("\ufeff" + target.getvalue()).encode()


def _receipts(currency: str, today: date) -> Iterator[Row]:
    """The oldest invoice of each customer is paid, five days ago and earlier."""
    oldest = [row for row in invoice_rows(currency, today) if str(row["number"]).endswith("04")]
    for place, invoice in enumerate(oldest):
        yield {
            "customer_code": invoice["customer_code"],
            "customer_name": invoice["customer_name"],
            "number": f"SAMPLE-R{place + 1:02d}",
            "received_on": today - timedelta(days=5 + 2 * place),
            "amount": invoice["amount"],
            "currency": currency,
        }


def _mistaken(currency: str, today: date) -> Iterator[Row]:
    """The first of each customer's invoices under other numbers; one row is right."""
    first = [row for row in invoice_rows(currency, today) if str(row["number"]).endswith("01")]
    wrong: tuple[dict[str, str | int | date], ...] = (
        {},
        {"amount": "一百元"},
        {"document_on": "2026-02-30"},
        {"customer_code": "", "customer_name": ""},
        {"currency": "ZZZ"},
        {"amount": ""},
    )
    for place, (row, said) in enumerate(zip(first, wrong, strict=True)):
        yield {**row, "number": f"SAMPLE-X{place + 1}", **said}

"""Importing invoices: each row a document, and where it was paid a receipt and an allocation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from huikuan.core.said import said as _
from huikuan.customers.models import Customer
from huikuan.integrations.operations.parties import due_dates, resolve_customers, resolve_salespeople
from huikuan.integrations.operations.recognition import (
    recognise_fingerprints,
    recognise_numbers,
    remember_fingerprints,
    take_renumbered,
)
from huikuan.integrations.operations.run import Rows, check_currency, check_period
from huikuan.ledger.models import Kind
from huikuan.ledger.operations import (
    NewAllocation,
    NewDocument,
    RecordedDocument,
    allocate,
    record_credit_notes,
    record_invoices,
    record_receipts,
)

FINGERPRINT = (
    "document_on",
    "due_on",
    "amount",
    "net",
    "tax",
    "currency",
    "paid_on",
    "paid_amount",
    "salesperson",
    "product",
    "memo",
)


def import_invoices(rows: Rows) -> None:
    """Import the live rows of a chunk: positive amounts as invoices, negative ones as credit notes."""
    currencies = _check(rows)
    recognise_numbers(rows, kinds=(Kind.INVOICE, Kind.CREDIT_NOTE), on_field="document_on")
    renumbered = take_renumbered(rows)
    customers = resolve_customers(rows)
    prints = recognise_fingerprints(rows, fields=FINGERPRINT, customers=customers)
    salespeople = resolve_salespeople(rows)
    columns = rows.columns
    invoices: list[int] = []
    credits: list[int] = []
    documents: dict[int, NewDocument] = {}
    for index in rows.live:
        documents[index] = _document(
            rows, index, customers[index], currencies[index], salespeople, renumbered
        )
        (invoices if columns["amount"][index] >= 0 else credits).append(index)
    options, actor = rows.run.options, rows.run.actor
    recorded = record_invoices([documents[index] for index in invoices], actor=actor, opening=options.opening)
    by_row = dict(zip(invoices, recorded, strict=True))
    noted = record_credit_notes([documents[index] for index in credits], actor=actor, opening=options.opening)
    by_row |= zip(credits, noted, strict=True)
    _settle(rows, invoices, documents, by_row)
    remember_fingerprints(rows, prints, {index: document.id for index, document in by_row.items()})
    rows.run.imported += len(rows.live)


def _check(rows: Rows) -> dict[int, str]:
    """Leave out the rows that cannot be or should not be; the currencies of the others."""
    columns = rows.columns
    currencies: dict[int, str] = {}
    details = zip(
        columns["document_on"],
        columns["due_on"],
        columns["paid_on"],
        columns["paid_amount"],
        columns["amount"],
        strict=True,
    )
    for index, (on, due, paid_on, paid, amount) in enumerate(details):
        currency = check_currency(rows, index, ("amount", "tax", "paid_amount"), on=min(on, paid_on or on))
        if currency is None or not check_period(rows, index, "document_on", on):
            continue
        if columns["net"][index] * amount < 0 or columns["tax"][index] * amount < 0:
            rows.reject(index, "tax", "signs_differ", _("含税、不含税金额与税额的正负号不一致"))
            continue
        if due is not None and due < on:
            message = _("到期日 %(due)s 早于开票日期 %(on)s") % {"due": due, "on": on}
            if rows.suspect(index, "due_on", "due_before_issue", message):
                continue
        if (paid_on is not None or paid) and not _check_payment(rows, index, on, paid_on, paid, amount):
            continue
        currencies[index] = currency
    return currencies


def _check_payment(
    rows: Rows, index: int, on: date, paid_on: date | None, paid: Decimal | None, amount: Decimal
) -> bool:
    if paid_on is None:
        rows.reject(index, "paid_on", "paid_on_missing", _("有付款金额，没有付款日期"))
        return False
    if amount < 0 or (paid is not None and paid < 0):
        rows.reject(index, "paid_on", "negative_paid", _("红字行或负数付款不能这样导入，请另行登记退款"))
        return False
    if paid_on > rows.run.today:
        rows.reject(index, "paid_on", "paid_in_future", _("付款日期 %s 晚于今天") % paid_on)
        return False
    if paid_on < on:
        message = _("付款日期 %(paid)s 早于开票日期 %(on)s") % {"paid": paid_on, "on": on}
        if rows.suspect(index, "paid_on", "paid_before_issue", message):
            return False
    return check_period(rows, index, "paid_on", paid_on)


def _document(
    rows: Rows,
    index: int,
    customer: Customer,
    currency: str,
    salespeople: dict[str, UUID],
    renumbered: dict[int, str],
) -> NewDocument:
    columns = rows.columns
    on, due = columns["document_on"][index], columns["due_on"][index]
    effective = due
    if due is None:
        due, effective = due_dates(rows, customer, on)
    amount, tax = abs(columns["amount"][index]), abs(columns["tax"][index])
    salesperson = columns["salesperson"][index]
    return NewDocument(
        customer_id=customer.pk,
        document_on=on,
        amount=amount,
        tax=tax,
        number="" if index in renumbered else columns["number"][index] or "",
        currency=currency,
        rate=None if currency == rows.run.base_currency else rows.run.options.rate,
        due_on=due,
        effective_due_on=effective,
        salesperson_id=salespeople.get(salesperson) if salesperson else None,
        reference=renumbered.get(index, ""),
        product=columns["product"][index] or "",
        memo=columns["memo"][index] or "",
    )


@dataclass(frozen=True, slots=True)
class _Payment:
    invoice: RecordedDocument
    document: NewDocument
    paid_on: date
    amount: Decimal


def _settle(
    rows: Rows, invoices: list[int], documents: dict[int, NewDocument], by_row: dict[int, RecordedDocument]
) -> None:
    """Receipts and allocations of the rows that say when they were paid; without an amount, all of it."""
    paid_on, paid = rows.columns["paid_on"], rows.columns["paid_amount"]
    payments = [
        _Payment(by_row[index], documents[index], paid_on[index], amount)
        for index in invoices
        if paid_on[index] is not None
        and (amount := documents[index].amount if paid[index] is None else paid[index]) > 0
    ]
    if not payments:
        return  # a file without payments needs no permission to record them
    receipts = record_receipts(
        [
            NewDocument(
                customer_id=payment.document.customer_id,
                document_on=payment.paid_on,
                amount=payment.amount,
                currency=payment.document.currency,
                rate=payment.document.rate,
                due_on=payment.paid_on,
                salesperson_id=payment.document.salesperson_id,
                reference=payment.invoice.number,
            )
            for payment in payments
        ],
        actor=rows.run.actor,
        opening=rows.run.options.opening,
    )
    allocate(
        [
            NewAllocation(
                payment.invoice.item_ids[0],
                receipt.item_ids[0],
                min(payment.amount, payment.document.amount),
                max(payment.paid_on, payment.document.document_on),
            )
            for payment, receipt in zip(payments, receipts, strict=True)
            if payment.document.amount > 0
        ],
        actor=rows.run.actor,
        today=max(
            rows.run.today,
            max((payment.document.document_on for payment in payments), default=rows.run.today),
        ),
    )

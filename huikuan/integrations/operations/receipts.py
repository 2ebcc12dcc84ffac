"""Importing receipts: money that came in, open until it is allocated."""

from __future__ import annotations

from huikuan.core.said import said as _
from huikuan.integrations.operations.parties import resolve_customers
from huikuan.integrations.operations.recognition import (
    recognise_fingerprints,
    recognise_numbers,
    remember_fingerprints,
    take_renumbered,
)
from huikuan.integrations.operations.run import Rows, check_currency, check_period
from huikuan.ledger.models import Kind
from huikuan.ledger.operations import NewDocument, record_receipts

FINGERPRINT = ("received_on", "amount", "currency", "payer_name", "payer_account", "reference", "memo")


def import_receipts(rows: Rows) -> None:
    """Import the live rows of a chunk; without a customer the payer's name is taken for it."""
    columns = rows.columns
    currencies: dict[int, str] = {}
    for index, (on, amount) in enumerate(zip(columns["received_on"], columns["amount"], strict=True)):
        if amount <= 0:
            rows.reject(index, "amount", "amount_not_positive", _("收款金额必须大于零；退款请另行登记"))
        elif on > rows.run.today:
            rows.reject(index, "received_on", "received_in_future", _("收款日期 %s 晚于今天") % on)
        elif check_period(rows, index, "received_on", on) and (
            currency := check_currency(rows, index, ("amount",), on=on)
        ):
            currencies[index] = currency
    recognise_numbers(rows, kinds=(Kind.RECEIPT,), on_field="received_on")
    renumbered = take_renumbered(rows)
    customers = resolve_customers(rows, name_fields=("customer_name", "payer_name"))
    prints = recognise_fingerprints(rows, fields=FINGERPRINT, customers=customers)
    live = list(rows.live)
    recorded = record_receipts(
        [
            NewDocument(
                customer_id=customers[index].pk,
                document_on=columns["received_on"][index],
                amount=columns["amount"][index],
                number="" if index in renumbered else columns["number"][index] or "",
                currency=currencies[index],
                rate=None if currencies[index] == rows.run.base_currency else rows.run.options.rate,
                due_on=columns["received_on"][index],
                reference=renumbered.get(index) or columns["reference"][index] or "",
                memo=" ".join(text for name in ("payer_name", "memo") if (text := columns[name][index]))[
                    :1000
                ],
            )
            for index in live
        ],
        actor=rows.run.actor,
        opening=rows.run.options.opening,
    )
    remember_fingerprints(
        rows, prints, {index: document.id for index, document in zip(live, recorded, strict=True)}
    )
    rows.run.imported += len(live)

"""红字: against lines, never above the original, given back when it is undone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from huikuan.core.errors import HuikuanError
from huikuan.sales.models import Invoice, InvoiceLine, InvoiceState
from huikuan.sales.operations import reverse_invoices, void_drafts
from tests.ledger.checking import assert_nothing_broken
from tests.sales.selling import Selling, line

pytestmark = pytest.mark.django_db
D = Decimal


def test_a_return_in_red_ink_settles_with_its_invoice(selling: Selling) -> None:
    invoice = selling.invoice(line("10", "10000"))
    credit = selling.credit(invoice, (1, {"quantity": "1"}))
    [document] = selling.post(credit)
    assert (document.net, document.tax) == (D(10000), D(1300))
    assert document.reference == invoice.number
    assert selling.books.open(invoice.number) == D("101700")
    assert selling.books.open(document.number) == 0
    [original] = InvoiceLine.objects.filter(invoice=invoice)
    assert (original.credited_quantity, original.credited_gross) == (1, D(11300))
    assert_nothing_broken(selling.books.organization)


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"quantity": "10.5"}, "line_quantity_beyond_original"),
        ({"quantity": "-1"}, "line_quantity_not_positive"),
        ({"amount": "113000.01"}, "line_amount_beyond_original"),
        ({"amount": "0"}, "line_amount_not_positive"),
        ({}, "line_quantity_not_a_number"),
    ],
)
def test_more_than_the_line_is_refused(selling: Selling, part: dict[str, str], code: str) -> None:
    invoice = selling.invoice(line("10", "10000"))
    with pytest.raises(HuikuanError) as refused:
        selling.credit(invoice, (1, part))
    assert refused.value.code == code
    assert Invoice.objects.count() == 1


def test_credit_notes_together_never_exceed_the_line(selling: Selling) -> None:
    """Each draft by itself is within the line; the second is refused when it is posted."""
    invoice = selling.invoice(line("10", "10000"), line("1", "5"))
    first, second = (selling.credit(invoice, (1, {"quantity": "6"})) for _ in range(2))
    selling.post(first)
    with pytest.raises(HuikuanError) as refused:
        selling.post(second)
    assert refused.value.code == "credited_never_above_the_original"
    assert Invoice.objects.get(pk=second).state == InvoiceState.DRAFT
    with pytest.raises(HuikuanError):
        selling.credit(invoice, (1, {"quantity": "4.1"}))
    selling.post(selling.credit(invoice, (1, {"quantity": "4"}), (2, {"amount": "5.65"})))
    assert selling.books.open(invoice.number) == 0
    assert_nothing_broken(selling.books.organization)


def test_amounts_and_quantities_exhaust_a_line_to_the_cent(selling: Selling) -> None:
    invoice = selling.invoice(line("3", "33.33"))
    for part in ({"amount": "0.05"}, {"quantity": "1"}, {"quantity": "1"}, {"quantity": "1"}):
        selling.post(selling.credit(invoice, (1, part)))
    [found] = InvoiceLine.objects.filter(invoice=invoice)
    assert (found.credited_gross, found.credited_net) == (found.gross, found.net)
    assert selling.books.open(invoice.number) == 0


def test_only_a_live_invoice_is_credited(selling: Selling) -> None:
    draft = Invoice.objects.get(pk=selling.draft(line("1", "1")))
    with pytest.raises(HuikuanError) as refused:
        selling.credit(draft, (1, {"quantity": "1"}))
    assert refused.value.code == "not_posted"
    invoice = selling.invoice(line("1", "100"))
    with pytest.raises(HuikuanError) as refused:
        selling.credit(invoice, (1, {"quantity": "1"}), on="2026-05-19")
    assert refused.value.code == "before_original"
    fee = selling.invoice(line("1", "100"), kind="debit_note", event="fee_charged")
    with pytest.raises(HuikuanError) as refused:
        selling.credit(fee, (1, {"quantity": "1"}))
    assert refused.value.code == "not_creditable"


def test_the_original_stands_while_it_is_credited(selling: Selling) -> None:
    invoice = selling.invoice(line("10", "10"))
    credit = selling.credit(invoice, (1, {"quantity": "1"}))
    undo = {"actor": selling.books.actor, "reason": "开错", "today": selling.books.today}
    with pytest.raises(HuikuanError) as refused:
        reverse_invoices([invoice.pk], **undo)
    assert refused.value.code == "credited"
    void_drafts([credit], actor=selling.books.actor, reason="不退了")
    reverse_invoices([invoice.pk], **undo)


def test_a_reversed_credit_can_be_given_again(selling: Selling) -> None:
    invoice = selling.invoice(line("1", "100"))
    selling.books.receipt("R1", "2026-05-21", "113")
    selling.books.allocate("R1", invoice.number, "113", "2026-05-21")
    credit = selling.credit(invoice, (1, {"quantity": "1"}))
    [document] = selling.post(credit)
    assert selling.books.open(document.number) == 113, "a paid invoice leaves the credit open"
    reverse_invoices([credit], actor=selling.books.actor, reason="误退", today=selling.books.today)
    [found] = InvoiceLine.objects.filter(invoice=invoice)
    assert (found.credited_quantity, found.credited_net, found.credited_gross) == (0, 0, 0)
    selling.post(selling.credit(invoice, (1, {"quantity": "1"})))
    assert_nothing_broken(selling.books.organization)


def test_a_return_of_a_sale_whose_vat_is_not_due(selling: Selling) -> None:
    invoice = selling.invoice(line("10", "10000"), event="sale_deferred_vat")
    selling.post(selling.credit(invoice, (1, {"quantity": "1"})))
    assert selling.books.entries("sale_return_deferred_vat") == [
        "D1122 -11300.00",
        "C6001 -10000.00",
        "C222109 -1300.00",
    ]

"""Tax invoices: kept once, checked against who is known, linked many to many; and the chain of documents."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from huikuan.customers.models import CustomerName
from huikuan.files.models import AttachedFile
from huikuan.ledger.models import Document
from huikuan.sales.chain import chain_of
from huikuan.sales.contracts import TaxInvoice, TaxInvoiceLink
from huikuan.sales.errors import SalesRefused
from huikuan.sales.operations.tax_invoices import (
    NewLink,
    Uploaded,
    link_tax_invoices,
    unlink_tax_invoice,
    upload_tax_invoice,
)
from tests.sales.agreeing import bill, happened, sign
from tests.sales.tax_invoice_samples import NUMBER, ofd, xml

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, tzinfo=UTC)
RED = "26312000000000000025"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.FILES_FOLDER = str(tmp_path)


def upload(books: Any, content: bytes, name: str = "发票.xml") -> Uploaded:
    return upload_tax_invoice(name=name, content=content, actor=books.actor, now=NOW)


def link(books: Any, invoice: UUID, document: Document, amount: str) -> None:
    link_tax_invoices([NewLink(invoice, document.pk, Decimal(amount))], actor=books.actor)


def refused_link(books: Any, invoice: UUID, document: Document, amount: str) -> str:
    with pytest.raises(SalesRefused) as refused:
        link(books, invoice, document, amount)
    return refused.value.code


def test_an_upload_keeps_the_original_with_its_hash_and_knows_the_customer(books: Any) -> None:
    customer = books.customer("C1")
    made = upload(books, ofd(), "发票.ofd")
    row = TaxInvoice.objects.get(pk=made.id)
    kept = AttachedFile.objects.get(record_kind="tax_invoice", record_id=row.pk)
    assert made.problems == ()
    assert (row.customer_id, row.total, row.sha256) == (customer.pk, Decimal("1130.00"), kept.sha256)
    assert kept.content_type == "application/ofd"


def test_a_number_comes_in_once(books: Any) -> None:
    upload(books, xml())
    with pytest.raises(SalesRefused, match="已经上传过"):
        upload(books, ofd())
    assert TaxInvoice.objects.count() == AttachedFile.objects.count() == 1


def test_what_does_not_fit_is_said(books: Any) -> None:
    assert upload(books, xml()).problems == ("buyer_unknown",)
    customer = books.customer("C2", name="新名称", uscc="91310000MA1K000180")
    CustomerName.objects.create(
        organization_id=books.organization.pk, customer=customer, kind="former", name="旧名称"
    )
    by_former = upload(books, xml(number="26312000000000000018", buyer="旧名称"))
    assert by_former.problems == ()
    other_name = xml(
        number="26312000000000000019", buyer="别的", buyer_id="91310000MA1K000180", seller="别家"
    )
    assert upload(books, other_name).problems == ("buyer_name_differs", "seller_differs")
    other_id = xml(number="26312000000000000020", buyer="新名称", buyer_id="91350100M000100Y43")
    assert upload(books, other_id).problems == ("buyer_tax_id_differs",)


def test_nothing_is_kept_of_a_file_that_is_refused(books: Any) -> None:
    for content in (b"<!DOCTYPE a><a/>", xml(tax="1.00"), b"PK\x03\x04nonsense"):
        with pytest.raises(SalesRefused):
            upload(books, content)
    assert not TaxInvoice.objects.exists()
    assert not AttachedFile.objects.exists()


def test_links_never_go_beyond_either_side(books: Any) -> None:
    first = books.invoice("I1", "2026-01-05", "60000.00", tax="6902.65")
    second = books.invoice("I2", "2026-01-05", "60000.00", tax="6902.65")
    made = upload(books, xml())
    link(books, made.id, first, "60000.00")
    assert refused_link(books, made.id, first, "0.01") == "beyond_document"
    assert refused_link(books, made.id, second, "53000.01") == "beyond_tax_invoice"
    link(books, made.id, second, "53000.00")
    other = upload(books, xml(number="26312000000000000018", net="6194.69", tax="805.31", total="7000.00"))
    link(books, other.id, second, "7000.00")
    assert refused_link(books, other.id, second, "-1.00") == "amount_unusable"
    assert TaxInvoiceLink.objects.count() == 3
    assert TaxInvoice.objects.get(pk=made.id).linked == Decimal("113000.00")


def test_a_link_is_taken_off_once(books: Any) -> None:
    document = books.invoice("I1", "2026-01-05", "113000.00", tax="13000.00")
    made = upload(books, xml())
    link(books, made.id, document, "113000.00")
    key = TaxInvoiceLink.objects.get().pk
    unlink_tax_invoice(key, reason="关联错", actor=books.actor)
    with pytest.raises(SalesRefused, match="已经取消"):
        unlink_tax_invoice(key, reason="关联错", actor=books.actor)
    assert TaxInvoice.objects.get(pk=made.id).linked == 0
    link(books, made.id, document, "113000.00")


def test_who_and_what_may_be_linked(books: Any) -> None:
    books.customer("C1")
    made = upload(books, xml())
    other = books.invoice("I1", "2026-01-05", "113000.00", customer="X")
    note = books.credit_note("CN", "2026-02-01", "100.00")
    assert refused_link(books, made.id, other, "1.00") == "other_customer"
    assert refused_link(books, made.id, note, "1.00") == "wrong_kind"


def test_vat_that_differs_from_the_documents_is_said(books: Any) -> None:
    document = books.invoice("I1", "2026-01-05", "113000.00", tax="12000.00")
    made = upload(books, xml())
    link(books, made.id, document, "113000.00")
    assert TaxInvoice.objects.get(pk=made.id).problems == ["tax_differs"]


def test_a_red_invoice_belongs_to_its_original(books: Any) -> None:
    blue = upload(books, xml())
    remark = f"被红冲蓝字数电发票号码：{NUMBER}"
    red = xml(number=RED, net="-100000.00", tax="-13000.00", total="-113000.00", remark=remark)
    made = upload(books, red)
    assert TaxInvoice.objects.get(pk=made.id).original_id == blue.id
    assert "original_unknown" not in made.problems
    again = upload(books, red.replace(RED.encode(), b"26312000000000000026"))
    assert "red_beyond_original" in again.problems


def test_the_chain_of_every_document_of_a_contract_is_the_same(books: Any) -> None:
    contract = sign(books)
    happened(books, contract, "验收", "2026-01-31")
    run = bill(books, "2026-01-31")
    document = Document.objects.get(pk=run.invoices[0].document_id)
    receipt = books.receipt("R1", "2026-03-01", "100.00")
    books.allocate("R1", document.number, "100.00", "2026-03-01")
    made = upload(books, xml())
    link(books, made.id, document, "113000.00")
    expected = [
        ("contract", [contract.number]),
        ("invoice", [document.number]),
        ("tax_invoice", [NUMBER]),
        ("receipt", ["R1"]),
    ]
    seeds = (
        ("contract", contract.pk),
        ("document", document.pk),
        ("tax_invoice", made.id),
        ("document", receipt.pk),
    )
    for kind, key in seeds:
        chain = chain_of(kind, key)
        assert [(stage.name, [each.number for each in stage.links]) for stage in chain.stages] == expected
    books.unallocate("R1", document.number, "2026-03-02")
    assert "receipt" not in [stage.name for stage in chain_of("contract", contract.pk).stages]


def test_the_seller_is_known_by_its_tax_number_whatever_its_name(books: Any) -> None:
    own = books.organization
    own.tax_number = "91350100M000100Y43"
    own.save(update_fields=["tax_number"])
    assert upload(books, xml(seller="测试公司（原名）")).problems == ("buyer_unknown",)
    own.tax_number = "91310000MA1K000180"
    own.save(update_fields=["tax_number"])
    other = xml(number="26312000000000000018")
    assert upload(books, other).problems == ("buyer_unknown", "seller_differs")

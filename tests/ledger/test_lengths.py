"""A text that does not fit is refused by name, with its document, before anything of the set is written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.audit.models import Act
from huikuan.ledger.models import Document
from huikuan.ledger.operations import DocumentRefused, NewDocument, record_invoices
from tests.trade import day

pytestmark = pytest.mark.django_db


def _documents(books: Any, **values: Any) -> list[NewDocument]:
    common: dict[str, Any] = {
        "customer_id": books.customer().pk,
        "document_on": day("2026-01-05"),
        "amount": Decimal("1.00"),
        "due_on": day("2026-01-05"),
    }
    return [NewDocument(**common, number="F1"), NewDocument(**{**common, "number": "F2", **values})]


@pytest.mark.parametrize(
    ("field", "label", "most"),
    [
        ("number", "单据号", 64),
        ("reference", "参考号", 200),
        ("product", "产品", 200),
        ("memo", "摘要", 1000),
    ],
)
def test_a_text_too_long_is_named(books: Any, field: str, label: str, most: int) -> None:
    acts = Act.objects.count()
    with pytest.raises(DocumentRefused) as refused:
        record_invoices(_documents(books, **{field: "字" * (most + 1)}), actor=books.actor)
    assert refused.value.code == "text_too_long"
    assert label in str(refused.value) and str(most) in str(refused.value)
    if field != "number":
        assert "F2" in str(refused.value)
    assert (Document.objects.count(), Act.objects.count()) == (0, acts)
    record_invoices(_documents(books, **{field: "字" * most}), actor=books.actor)
    assert Document.objects.filter(**{field: "字" * most}).exists()


def test_the_reason_of_a_write_off_is_its_memo(books: Any) -> None:
    books.invoice("F1", "2026-01-05", "1.00")
    with pytest.raises(DocumentRefused) as refused:
        books.write_off("F1", "2026-02-05", reason="字" * 1001)
    assert refused.value.code == "text_too_long"

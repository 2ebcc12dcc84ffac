"""Remittance advices: read from whatever form they come in, recognised by number, and followed by the money."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from huikuan.cash.banking import LineUse
from huikuan.cash.matching.options import from_json
from huikuan.cash.operations import (
    Choice,
    NewAdvice,
    apply_matches,
    propose_matches,
    record_advice,
    undo_uses,
)
from huikuan.cash.proposals import Proposal, RemittanceAdvice, RemittanceLine
from huikuan.cash.remittance_reading import (
    RemittanceUnreadable,
    read_remittance_file,
    read_remittance_text,
)
from huikuan.core.errors import HuikuanError
from tests.cash.lines import line
from tests.trade import day

pytestmark = pytest.mark.django_db

MAIL = """您好，我司 2026年2月3日 付款如下：
1. 发票 FP-2026-0001   60,000.00 元
2. 发票 FP-2026-0002   ￥40,000.50
扣 HC-2026-0009 -1,000.00
合计 99,000.50
谢谢"""
WANTED = (
    ("FP-2026-0001", Decimal("60000.00")),
    ("FP-2026-0002", Decimal("40000.50")),
    ("HC-2026-0009", Decimal("-1000.00")),
)


def workbook() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["序号", "发票号", "付款金额(元)"])
    for row, (reference, amount) in enumerate(WANTED, start=1):
        sheet.write_row(row, 0, [row, reference, float(amount)])
    sheet.write_row(4, 0, ["合计", "", 99000.5])
    book.close()
    return out.getvalue()


def pdf() -> bytes:
    """A page with the lines as text, in the simplest form a PDF can have."""
    words = [f"{reference}  {amount}" for reference, amount in WANTED] + ["Total 99000.50"]
    shown = "BT /F1 12 Tf 50 800 Td 14 TL " + " ".join(f"({text}) Tj T*" for text in words) + " ET"
    parts = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(shown)}>>stream\n{shown}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = "%PDF-1.4\n"
    places = []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{part}\nendobj\n"
    start = len(body)
    body += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n"
    body += "".join(f"{place:010d} 00000 n \n" for place in places)
    body += f"trailer<</Size {len(parts) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    return body.encode("latin-1")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", workbook()),
        ("a.pdf", pdf()),
        ("a.txt", MAIL.encode("gb18030")),
        ("a.csv", "\n".join(f"{reference},{amount}" for reference, amount in WANTED).encode()),
    ],
    ids=["workbook", "pdf", "mail", "csv"],
)
def test_files_are_read_to_the_cent(name: str, content: bytes) -> None:
    found = read_remittance_file(name, content)
    assert found.lines == WANTED
    assert found.amount == Decimal("99000.50")


def test_a_mail_names_its_day() -> None:
    assert read_remittance_text(MAIL).paid_on == day("2026-02-03")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7\n garbage", "pdf_broken"),
        (b"hello", "remittance_unreadable"),
        (b"HC-2026-0009 -5.00", "remittance_unreadable"),
        (b"x" * 5_000_001, "file_too_large"),
        (b"\x81", "encoding_unknown"),
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(RemittanceUnreadable) as caught:
        read_remittance_file("a.pdf", content)
    assert caught.value.code == code


def test_an_advice_wins_over_guesses_and_is_used_up(books: Any) -> None:
    for number in ("FP-2026-0001", "FP-2026-0002", "FP-2026-0003"):
        books.invoice(number, "2026-01-05", "100.00")
    lines = (("fp20260003", Decimal("100.00")),)
    advice = record_advice(
        NewAdvice(lines, Decimal("100.00"), books.customer().pk, file_sha256="a" * 64),
        actor=books.actor,
        today=books.today,
    )
    item = RemittanceLine.objects.get().item
    assert item is not None and item.pk == books.item("FP-2026-0003").pk
    row = line(books, "2026-02-01", "100.00", "客户C1")
    propose_matches(actor=books.actor, today=books.today)
    option = from_json(Proposal.objects.get(line=row).options[0])
    assert [each.number for each in option.items] == ["FP-2026-0003"]
    uses = apply_matches([Choice(row.pk, option, place=0)], actor=books.actor, today=books.today)
    assert RemittanceAdvice.objects.get(pk=advice.pk).line_id == row.pk
    undo_uses([LineUse.objects.get(pk=uses[0].pk).pk], actor=books.actor, today=books.today)
    assert RemittanceAdvice.objects.get(pk=advice.pk).line_id is None


def test_a_file_is_taken_once_and_names_its_customer_by_what_it_pays(books: Any) -> None:
    books.invoice("FP-2026-0001", "2026-01-05", "100.00", customer="C7")
    new = NewAdvice((("FP-2026-0001", Decimal("100.00")),), Decimal("100.00"), file_sha256="b" * 64)
    advice = record_advice(new, actor=books.actor, today=books.today)
    assert advice.customer_id == books.customer("C7").pk
    with pytest.raises(HuikuanError) as caught:
        record_advice(new, actor=books.actor, today=books.today)
    assert caught.value.code == "advice_exists"

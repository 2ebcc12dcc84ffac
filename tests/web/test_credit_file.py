"""The credit file as a PDF: of a customer with a history, with the longest names, and of one nobody knows."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader

from huikuan.audit.models import Event
from huikuan.core.typesetting import FONTS
from huikuan.credit.operations import assess_customers, complete_cards
from huikuan.warnings.operations import warn
from huikuan.warnings.rules import Finding, Kind
from tests.credit.giving import Giving
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db
LONGEST = "超长名称有限公司" * 25  # 200 characters, as many as a name has


def _text(answer: Any) -> str:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def test_a_committee_reads_everything_that_is_known(books: Any) -> None:
    credit = Giving(books)
    complete_cards(actor=books.actor)
    customer = books.customer("C1", name=LONGEST, region="*strong* #panic() <b>")
    credit.limit("50000")
    credit.security("20000", until="2027-01-01")
    for number, on, due in (("F-1", "2026-05-01", "2026-05-31"), ("F-2", "2026-09-01", "2026-09-30")):
        books.invoice(number, on, "10000", due=due)
    books.receipt("R-1", "2026-05-30", "10000")
    books.allocate("R-1", "F-1", "10000", "2026-05-30")
    warn([Finding(Kind.DORMANT, customer.pk, {"silent": "200"})], actor=books.actor, day=books.today)
    assess_customers([customer.pk], actor=books.actor, today=books.today)
    reader = signed_in(member(books.organization, "credit_controller"))
    url = f"/o/{books.organization.code}/credit/customers/{customer.pk}/file.pdf"
    assert reader.get(url).status_code == 405
    text = _text(reader.post(url))
    for said in ("授信档案", LONGEST[:60], "50,000.00", "F-2", "付款行为", "久未往来后大额订货", "厂房抵押"):
        assert said in text, said
    assert "*strong*#panic()<b>" in text
    assert Event.objects.filter(record_id=customer.pk, action="exported").count() == 1


def test_what_is_not_known_is_said_to_be_so(books: Any) -> None:
    customer = books.customer("C1", name="新客户")
    reader = signed_in(member(books.organization, "credit_controller"))
    text = _text(reader.post(f"/o/{books.organization.code}/credit/customers/{customer.pk}/file.pdf"))
    for said in (
        "从未设置过信用额度",
        "还没有做过信用评级",
        "付款表现未知",
        "近一年没有预警",
        "没有逾期款项",
    ):
        assert said in text, said


def test_it_is_only_for_who_sees_the_customer(books: Any) -> None:
    user, _salesperson = seller(books.organization)
    customer = books.customer("C1")
    url = f"/o/{books.organization.code}/credit/customers/{customer.pk}/file.pdf"
    assert signed_in(user).post(url).status_code == 404
    assert signed_in(member(books.organization, "cashier")).post(url).status_code == 403


def test_the_fonts_lie_beside_the_code() -> None:
    assert FONTS.parts[-2:] == ("core", "fonts")

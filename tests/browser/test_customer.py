"""A call answered on the phone: find the customer, see what is owed, call, write down what was said, attach a photo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.operations import ContactFacts, CustomerFacts, add_contacts, create_customers
from huikuan.files.models import AttachedFile
from huikuan.notices.models import Note
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.files.contents import PDF
from tests.trade import Books
from tests.web.people import PASSWORD, seller

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]


@pytest.fixture
def salesperson(own_organization: Any, actor: Any, settings: Any, tmp_path: Path) -> str:
    """The login of a salesperson with one customer, who owes and paid late; another's is somebody else's."""
    settings.FILES_FOLDER = str(tmp_path / "files")
    today = timezone.localdate()
    user, own = seller(own_organization)
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=today)
        facts = [
            CustomerFacts(code="K1", name="宁波机械有限公司", salesperson_id=own.pk),
            CustomerFacts(code="K2", name="宁波别人的客户"),
        ]
        mine, other = create_customers(facts, actor=actor)
        books.customers = {"K1": mine, "K2": other}
        contact = ContactFacts(customer_id=mine.pk, name="李杰", phone="13812345678", email="li@example.com")
        add_contacts([contact], actor=actor)
        for number in range(30):
            books.invoice(f"YS{number}", "2026-01-05", "100", due="2026-02-05", customer="K1")
        books.receipt("SK1", "2026-03-05", "100", customer="K1")
        books.allocate("SK1", "YS0", "100", "2026-03-05")
    return str(user.email)


def test_a_call_on_the_phone(
    visit: Callable[..., Visit], own_organization: Any, salesperson: str, tmp_path: Path
) -> None:
    window = visit(width=390)
    window.sign_in(salesperson, PASSWORD)
    page = window.page
    window.open(f"/o/{own_organization.code}/customers/")
    page.locator(".page-heading-actions a", has_text="我的客户").click()
    page.locator("input[name=q]").fill("nb")
    page.wait_for_url("**q=nb*")
    assert page.locator(".lookup-name").all_inner_texts() == ["宁波机械有限公司"]
    assert "2,900.00" in page.locator(".lookup-card").inner_text()
    assert window.overflow() <= 0

    page.locator(".reach-button").click()
    page.locator('a[href="tel:13812345678"]').wait_for()
    page.locator(".lookup-open").click()
    page.locator("#behaviour .spark a").wait_for()
    assert page.locator("h1").inner_text() == "宁波机械有限公司"
    assert "2,900.00" in page.locator("#customer-tiles").inner_text()
    assert "28 天" in page.locator("#pay-tile").inner_text()
    assert window.overflow() <= 0
    bar = page.locator(".quick").bounding_box()
    assert bar["y"] + bar["height"] <= 900.5, "what one does stands at the bottom"

    page.locator(".quick a", has_text="写备注").click()
    page.locator("#note-text").fill("客户说周五付款")
    page.locator(".note-form button").click()
    page.locator(".note-text", has_text="客户说周五付款").wait_for()

    photo = tmp_path / "承诺函.pdf"
    photo.write_bytes(PDF)
    page.locator("[data-file-form] input[type=file]").set_input_files(photo)
    page.locator("[data-file-go]").click()
    page.locator(".file-name", has_text="承诺函.pdf").wait_for()

    page.locator(".sections a", has_text="经过").click()
    page.locator("#timeline .track-item").first.wait_for()
    page.locator("#timeline .track-more").scroll_into_view_if_needed()
    page.locator("#timeline .track-item").nth(30).wait_for()
    page.locator("#timeline .chip", has_text="收款").click()
    page.locator("#timeline .chip.active", has_text="收款").wait_for()
    assert page.locator("#timeline .track-title").all_inner_texts() == ["收款单 SK1"]
    assert window.overflow() <= 0
    with tenant(own_organization.pk):
        assert Note.objects.get().text == "客户说周五付款"
        assert AttachedFile.objects.get().name == "承诺函.pdf"


def test_a_refused_file_says_why_and_stays_said(
    visit: Callable[..., Visit], own_organization: Any, salesperson: str, tmp_path: Path
) -> None:
    window = visit()
    window.sign_in(salesperson, PASSWORD)
    page = window.page
    window.open(f"/o/{own_organization.code}/customers/lookup/?q=nb")
    page.locator(".lookup-open").click()
    program = tmp_path / "合同.pdf"
    program.write_bytes(b"MZ\x90\x00")
    page.locator("[data-file-form] input[type=file]").set_input_files(program)
    page.locator("[data-file-go]").click()
    page.locator("#files .field-error", has_text="是程序").wait_for()
    page.evaluate("document.body.dispatchEvent(new CustomEvent('huikuan:changed'))")
    page.wait_for_timeout(800)
    assert page.locator("#files .field-error", has_text="是程序").is_visible()

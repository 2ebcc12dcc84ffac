"""A day's statement in a real browser, from its upload to an empty queue by keyboard; a claim on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from huikuan.cash.operations import (
    Choice,
    NewBankAccount,
    add_bank_account,
    apply_matches,
    pool_lines,
    propose_matches,
)
from huikuan.cash.proposals import MatchPolicy, ReceiptClaim
from huikuan.cash.queries import waiting_lines
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer, Salesperson
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import Membership, User
from huikuan.organizations.operations import add_member
from tests.cash.lines import line, option
from tests.conftest import TODAY
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books

PASSWORD = "correct horse battery"

pytestmark = pytest.mark.browser


def person(organization: Any, role: str, name: str) -> str:
    email = f"{uuid4().hex[:12]}@example.com"
    user = User.objects.create_user(name=name, password=PASSWORD, email=email)
    with tenant(organization.pk):
        add_member(user=user, role_codes=[role])
    return email


FILE = """交易日期,收入金额,支出金额,对方户名,摘要
2026-11-20,10000.00,,宁波海翔机械有限公司,货款 FP-2026-0001
2026-11-20,20000.00,,上海远东轴承有限公司,货款 FP-2026-0002
2026-11-20,30000.00,,宁波海翔机械有限公司,FP-2026-0009 部分
2026-11-20,777.00,,某人,
2026-11-20,,12.00,,手续费
"""


def company(organization: Any, actor: Any) -> None:
    """Two customers who owe, and an account at a bank; what is sure is left to people, too."""
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        for number, name in enumerate(("宁波海翔机械有限公司", "上海远东轴承有限公司"), start=1):
            books.customer(f"C{number}", name=name)
            books.invoice(f"FP-2026-000{number}", "2026-09-05", f"{number}0000.00", customer=f"C{number}")
        books.invoice("FP-2026-0009", "2026-09-05", "50000.00", customer="C1")
        new = NewBankAccount(code="ICBC", name="基本户", currency="CNY", number="3901120009200187654")
        add_bank_account(new=new, actor=actor)
        MatchPolicy.objects.create(organization_id=organization.pk, automatic=False)


def statement(organization: Any, actor: Any) -> None:
    """Lines of every sort: two sure payments, one short, one of nobody known, a fee."""
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        for number, name in enumerate(("宁波海翔机械有限公司", "上海远东轴承有限公司"), start=1):
            books.customer(f"C{number}", name=name)
            books.invoice(f"FP-2026-000{number}", "2026-09-05", f"{number}0000.00", customer=f"C{number}")
        books.invoice("FP-2026-0009", "2026-09-05", "50000.00", customer="C1")
        line(books, "2026-11-20", "10000.00", "宁波海翔机械有限公司", text="货款 FP-2026-0001")
        line(books, "2026-11-20", "20000.00", "上海远东轴承有限公司", text="货款 FP-2026-0002")
        line(books, "2026-11-20", "30000.00", "宁波海翔机械有限公司", text="FP-2026-0009 部分")
        line(books, "2026-11-20", "777.00", "某人")
        line(books, "2026-11-20", "-12.00", "", text="手续费", kind="fee")
        propose_matches(actor=actor, today=TODAY)


def test_a_days_statement_from_its_upload_to_an_empty_queue_by_keyboard(
    visit: Callable[..., Any], own_organization: Any, actor: Any, tmp_path: Path
) -> None:
    company(own_organization, actor)
    path = tmp_path / "icbc-20261120.csv"
    path.write_text(FILE, encoding="utf-8")
    window = visit()
    window.sign_in(person(own_organization, "ar_accountant", "王会计"), PASSWORD)
    page = window.page
    window.open(f"/o/{own_organization.code}/bank/upload/")
    page.locator("#file").set_input_files(path)
    page.locator("[name=account]").select_option("ICBC")
    page.locator("[data-intake-go]").press("Enter")
    page.wait_for_load_state("networkidle")
    page.get_by_text("icbc-20261120.csv").first.wait_for()
    bench = f"/o/{own_organization.code}/bank/workbench/"
    window.open(bench)
    page.get_by_role("button", name="自动匹配").press("Enter")
    page.wait_for_load_state("networkidle")
    window.open(f"{bench}?tab=review")
    page.locator(".bench-total").get_by_text("还剩 5 笔").wait_for()
    # Two sure ones by Enter; the second is taken back with u and confirmed again.
    page.keyboard.press("Enter")
    page.locator(".bench-total").get_by_text("还剩 4 笔").wait_for()
    page.keyboard.press("u")
    page.locator(".bench-total").get_by_text("还剩 5 笔").wait_for()
    for tab in ("review", "weak", "none", "out"):
        for _step in range(4):
            window.open(f"{bench}?tab={tab}")
            if page.locator("[data-bench-row]").count() == 0:
                break
            before = page.locator(".bench-total").inner_text()
            reason = page.locator("[data-bench-reason]:not([hidden]) select")
            if tab in ("none", "out") or page.locator(".bench-accept:not([disabled])").count() == 0:
                page.keyboard.press("x")
            else:
                page.keyboard.press("Enter")
                if reason.count():
                    reason.select_option("instalment")
                    page.locator(".bench-accept").click()
            page.wait_for_function(
                "before => document.querySelector('.bench-total').innerText !== before", arg=before
            )
    page.get_by_text("没有待处理的流水").first.wait_for()
    with tenant(own_organization.pk):
        assert not waiting_lines().exists()
        left = OpenItem.objects.filter(side=1, open_amount__gt=0).values_list("open_amount", flat=True)
        assert list(left) == [20000]
        assert_nothing_broken(own_organization)


@pytest.mark.parametrize("dark", [False, True])
def test_the_workbench_fits_a_phone(
    visit: Callable[..., Any], own_organization: Any, actor: Any, dark: bool
) -> None:
    statement(own_organization, actor)
    window = visit(width=390, dark=dark)
    window.sign_in(person(own_organization, "ar_accountant", "王会计"), PASSWORD)
    for path in ("", "?tab=out", "policy/", "quality/"):
        window.open(f"/o/{own_organization.code}/bank/workbench/{path}")
        assert window.overflow() <= 0


def test_a_salesperson_claims_on_a_phone(
    visit: Callable[..., Any], own_organization: Any, actor: Any
) -> None:
    email = person(own_organization, "salesperson", "李销售")
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=TODAY)
        books.invoice("FP-1", "2026-09-05", "777.00")
        seller = Salesperson.objects.create(
            organization_id=own_organization.pk,
            code="S1",
            name="李销售",
            membership=Membership.objects.get(user__email=email),
        )
        Customer.objects.update(salesperson=seller)
        pool_lines([line(books, "2026-11-20", "777.00", "某人").pk], actor=actor, today=TODAY)
    window = visit(width=390)
    window.sign_in(email, PASSWORD)
    page = window.page
    window.open(f"/o/{own_organization.code}/claims/")
    page.get_by_text("某人").first.click()
    page.locator("#customer").fill("客户C1")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("认领依据").fill("客户电话确认，付 FP-1")
    page.locator("input[name=items]").first.check()
    assert window.overflow() <= 0
    page.get_by_role("button", name="申请认领").click()
    page.get_by_text("待确认").first.wait_for()
    with tenant(own_organization.pk):
        claim = ReceiptClaim.objects.get()
        assert (claim.state, claim.asked_by_name, len(claim.item_ids)) == ("asked", "李销售", 1)


def test_a_payment_that_bounced_is_owed_again_with_its_age(
    visit: Callable[..., Any], own_organization: Any, actor: Any
) -> None:
    payer = "宁波海翔机械有限公司"
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=TODAY)
        books.customer("C1", name=payer)
        books.invoice("FP-2026-0001", "2026-09-05", "10000.00", due="2026-10-05")
        paid = line(books, "2026-11-18", "10000.00", payer, account="6222")
        chosen = option(books, ("FP-2026-0001", "10000.00"))
        apply_matches([Choice(paid.pk, chosen)], actor=actor, today=TODAY)
        line(books, "2026-11-20", "-10000.00", payer, account="6222", kind="return", text="退票 户名不符")
        propose_matches(actor=actor, today=TODAY)
        assert not OpenItem.objects.filter(side=1, open_amount__gt=0).exists()
    window = visit()
    window.sign_in(person(own_organization, "ar_accountant", "王会计"), PASSWORD)
    page = window.page
    window.open(f"/o/{own_organization.code}/bank/workbench/")
    page.locator("[data-bench-row]").first.wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("没有待处理的流水").first.wait_for()
    window.open(f"/o/{own_organization.code}/items/")
    row = page.locator("tbody tr", has_text="FP-2026-0001")
    row.get_by_text("10,000.00").first.wait_for()
    assert "2026-10-05" in row.inner_text()
    with tenant(own_organization.pk):
        item = OpenItem.objects.get(document__number="FP-2026-0001")
        assert (item.open_amount, item.due_on.isoformat()) == (10000, "2026-10-05")
        assert_nothing_broken(own_organization)

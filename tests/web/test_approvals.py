"""Approvals on pages: asking from a document, deciding, standing in, and the policy's editor."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from huikuan.approvals.models import Band, Delegation, Request, Setting, Status, Step
from huikuan.approvals.operations import save_policy
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Document, Period
from huikuan.ledger.operations import close_period
from huikuan.notices.models import Notice
from huikuan.organizations.models import Membership, Role, User
from tests.approvals.company import Company
from tests.trade import Books
from tests.web.people import member, signed_in


@pytest.fixture
def company(books: Books) -> Company:
    """Policies for all acts: the finance manager agrees."""
    company = Company(books)
    for kind in ("write_off", "refund", "void", "reopen_period"):
        company.policy(kind, ("0", "finance_manager"))
    return company


@pytest.fixture
def clerk(organization: Any) -> User:
    return member(organization, "ar_accountant", name="林会计")


@pytest.fixture
def finance(organization: Any) -> User:
    return member(organization, "finance_manager", name="沈经理")


def address(books: Books, rest: str) -> str:
    return f"/o/{books.organization.code}/{rest}"


def document_address(books: Books, number: str, rest: str = "") -> str:
    return address(books, f"documents/{Document.objects.get(number=number).pk}/{rest}")


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def asked(books: Books, clerk: User, amount: str = "400") -> Request:
    """An invoice of 1,000, of which the clerk asks to write off a part on its page."""
    books.invoice("YS1", "2026-05-01", "1000")
    values = {"amount": amount, "on": timezone.localdate().isoformat(), "reason": "法院终结执行"}
    answer = signed_in(clerk).post(document_address(books, "YS1", "write-off/"), values)
    request = Request.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == address(books, f"approvals/{request.pk}/")
    return request


def test_asking_from_the_document_and_agreeing(
    books: Books, company: Company, clerk: User, finance: User
) -> None:
    request = asked(books, clerk)
    page = address(books, f"approvals/{request.pk}/")
    document = text(signed_in(clerk).get(document_address(books, "YS1")))
    assert "坏账核销等待审批" in document and page in document
    assert "撤回申请" in text(signed_in(clerk).get(page))
    boss = signed_in(finance)
    shown = text(boss.get(page))
    for words in ("法院终结执行", "林会计", "400.00", "客户C1", 'value="approve"'):
        assert words in shown, words
    assert "shell-nav-count" in shown and request.number in text(boss.get(address(books, "approvals/")))
    answer = boss.post(page, {"do": "approve", "step": "1", "comment": "同意"})
    assert answer.status_code == 302
    assert books.open("YS1") == 600
    done = text(boss.get(page))
    assert "已执行" in done and Document.objects.get(kind="write_off").number in done
    assert 'value="approve"' not in done
    assert request.number not in text(boss.get(address(books, "approvals/")))
    assert request.number in text(boss.get(address(books, "approvals/?whose=all")))
    assert request.number in text(signed_in(clerk).get(address(books, "approvals/?whose=mine")))


def test_returning_asks_for_a_reason(books: Books, company: Company, clerk: User, finance: User) -> None:
    request = asked(books, clerk)
    page, boss = address(books, f"approvals/{request.pk}/"), signed_in(finance)
    wrong = boss.post(page, {"do": "return", "step": "1", "comment": " "})
    assert wrong.status_code == 422
    assert "请写明退回的原因" in wrong.content.decode()
    assert "autofocus" in wrong.content.decode()
    assert boss.post(page, {"do": "", "step": "1"}).status_code == 422
    assert boss.post(page, {"do": "return", "step": "1", "comment": "缺裁定书"}).status_code == 302
    assert "缺裁定书" in text(signed_in(clerk).get(page))
    notice = Notice.objects.get(kind="approval_returned")
    assert notice.path == page


def test_a_stuck_request_says_why_and_can_be_tried_again(
    books: Books, company: Company, clerk: User, finance: User
) -> None:
    request = asked(books, clerk, "1000")
    books.receipt("SK1", "2026-06-01", "300")
    books.allocate("SK1", "YS1", "300", "2026-06-01")
    page, boss = address(books, f"approvals/{request.pk}/"), signed_in(finance)
    assert boss.post(page, {"do": "approve", "step": "1"}).status_code == 302
    shown = text(boss.get(page))
    assert "未能执行" in shown and "再次执行" in shown and 'value="approve"' not in shown
    assert "已批准，但未能执行" in text(boss.get(document_address(books, "YS1")))
    books.unallocate("SK1", "YS1", "2026-06-02")
    assert signed_in(clerk).post(page, {"do": "retry"}).status_code == 302
    assert books.open("YS1") == 0


def test_others_are_told_why_they_may_not(books: Books, company: Company, clerk: User, finance: User) -> None:
    request = asked(books, clerk)
    page = address(books, f"approvals/{request.pk}/")
    reader = signed_in(member(books.organization, "auditor"))
    shown = text(reader.get(page))
    assert "您没有这个角色" in shown and 'value="approve"' not in shown
    assert reader.post(page, {"do": "approve", "step": "1"}).status_code == 422
    assert signed_in(clerk).post(page, {"do": "approve", "step": "1"}).status_code == 422
    assert signed_in(member(books.organization, "salesperson")).get(page).status_code == 404
    request.refresh_from_db()
    assert request.status == Status.PENDING


def test_the_same_step_is_not_decided_twice(
    books: Books, company: Company, clerk: User, finance: User
) -> None:
    request = asked(books, clerk)
    page, boss = address(books, f"approvals/{request.pk}/"), signed_in(finance)
    boss.post(page, {"do": "approve", "step": "1"})
    late = boss.post(page, {"do": "return", "step": "1", "comment": "不"})
    assert late.status_code == 422
    assert "已经处理了这份申请" in late.content.decode()


def test_refund_and_void_wait(books: Books, company: Company, clerk: User, finance: User) -> None:
    receipt = books.receipt("SK1", "2026-06-01", "300")
    today = timezone.localdate().isoformat()
    desk = signed_in(clerk)
    assert "退款" in text(desk.get(document_address(books, "SK1")))
    values = {"amount": "300", "on": today, "reason": "多付"}
    assert desk.post(document_address(books, "SK1", "refund/"), values).status_code == 302
    assert books.open("SK1") == 300
    books.invoice("YS2", "2026-05-01", "50")
    assert desk.post(document_address(books, "YS2", "void/"), {"reason": ""}).status_code == 422
    assert desk.post(document_address(books, "YS2", "void/"), {"reason": "开错"}).status_code == 302
    boss = signed_in(finance)
    for request in Request.objects.order_by("number"):
        boss.post(address(books, f"approvals/{request.pk}/"), {"do": "approve", "step": "1"})
    assert books.open("SK1") == 0
    receipt.refresh_from_db()
    assert Document.objects.get(number="YS2").voided_by is not None


def test_without_a_policy_refund_and_void_are_done_at_once(
    books: Books, organization: Any, clerk: User
) -> None:
    books.receipt("SK1", "2026-06-01", "300")
    desk = signed_in(clerk)
    today = timezone.localdate().isoformat()
    values = {"amount": "100", "on": today, "reason": "多付"}
    assert desk.post(document_address(books, "SK1", "refund/"), values).status_code == 302
    assert books.open("SK1") == 200
    assert "现在不能冲销" in text(desk.get(document_address(books, "SK1", "void/")))
    books.invoice("YS1", "2026-05-01", "1000")
    page = desk.post(document_address(books, "YS1", "void/"), {"reason": "开错"}, follow=True)
    assert "已冲销" in text(page)
    assert "这张单据已经冲销" in text(desk.get(document_address(books, "YS1", "void/")))
    assert not Request.objects.exists()


def test_reopening_a_period_waits(books: Books, company: Company, finance: User) -> None:
    other = member(books.organization, "finance_manager", name="钱经理")
    books.invoice("YS1", "2026-05-01", "1000")
    boss = signed_in(finance)
    month = address(books, "settings/periods/2026-05/")
    close_period(month=date(2026, 5, 1), actor=books.actor)
    answer = boss.post(month, {"reason": "补记"})
    request = Request.objects.get(kind="reopen_period")
    assert answer["Location"] == address(books, f"approvals/{request.pk}/")
    signed_in(other).post(answer["Location"], {"do": "approve", "step": "1"})
    assert not Period.objects.filter(month=date(2026, 5, 1), closed_at__isnull=False).exists()


def test_standing_in(books: Books, company: Company, clerk: User, finance: User) -> None:
    page, today = address(books, "approvals/delegation/"), timezone.localdate()
    deputy = member(books.organization, "collector", name="吴代理")
    values = {
        "deputy": str(Membership.objects.get(user=deputy).pk),
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=3)).isoformat(),
    }
    boss = signed_in(finance)
    assert boss.post(page, values | {"ends_on": "2020-01-01"}).status_code == 422
    assert boss.post(page, values).status_code == 302
    assert "吴代理" in text(boss.get(page))
    assert "您正在代 沈经理 审批" in text(signed_in(deputy).get(page))
    request = asked(books, clerk)
    signed_in(deputy).post(address(books, f"approvals/{request.pk}/"), {"do": "approve", "step": "1"})
    assert "吴代理（代 沈经理）" in text(boss.get(address(books, f"approvals/{request.pk}/")))
    made = Delegation.objects.get()
    assert signed_in(deputy).post(page, {"end": str(made.pk)}).status_code == 302
    made.refresh_from_db()
    assert made.ended_at is None
    assert boss.post(page, {"end": str(made.pk)}).status_code == 302
    made.refresh_from_db()
    assert made.ended_at is not None


@pytest.fixture
def administrator(organization: Any) -> Client:
    return signed_in(member(organization, "administrator"))


def test_the_editor_of_a_policy(books: Books, organization: Any, administrator: Client) -> None:
    page = address(books, "settings/approvals/write_off/")
    roles = {role.code: str(role.pk) for role in Role.objects.all()}
    empty = {f"role-{band}-{step}": "" for band in range(2) for step in range(5)}
    empty |= {"floor-0": "", "floor-1": ""}
    chosen = {
        "floor-0": "0",
        "role-0-0": roles["finance_manager"],
        "floor-1": "50,000",
        "role-1-0": roles["finance_manager"],
        "role-1-1": roles["executive"],
    }
    assert administrator.post(page, empty | chosen).status_code == 302
    floors = [(band.floor, Step.objects.filter(band=band).count()) for band in Band.objects.order_by("floor")]
    assert floors == [(0, 1), (50000, 2)]
    words = text(administrator.get(address(books, "settings/approvals/")))
    assert "0.00 起：财务经理；50,000.00 起：财务经理 → 管理层" in words
    for wrong, said in (
        ({"floor-0": "5"}, "第一档必须从 0 开始"),
        ({"floor-0": ""}, "请填写这一档从多少金额起"),
        ({"floor-1": "x"}, "请填写数字金额"),
    ):
        answer = administrator.post(page, empty | chosen | wrong)
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert Band.objects.count() == 2
    more = {f"role-{band}-{step}": "" for band in range(4) for step in range(5)}
    more |= {f"floor-{band}": "" for band in range(4)}
    assert administrator.post(page, more).status_code == 302
    assert not Band.objects.exists() and not Step.objects.exists()
    assert administrator.get(address(books, "settings/approvals/nothing/")).status_code == 404
    trail = signed_in(member(organization, "auditor"))
    assert "财务经理 → 管理层" in text(trail.get(address(books, "settings/trail/")))


def test_duties_and_reminders_are_settings(books: Books, administrator: Client) -> None:
    page = address(books, "settings/approvals/")
    values = {"remind_after_days": "2", "duties": ["write_off", "record_approve"]}
    assert administrator.post(page, values).status_code == 302
    setting = Setting.objects.get()
    assert (setting.remind_after_days, setting.duties) == (2, ["record_approve", "write_off"])
    assert administrator.post(page, {"remind_after_days": "99"}).status_code == 422
    shown = text(administrator.get(page))
    assert shown.count("checked") == 2


def test_notes_and_files_belong_to_who_may_see_the_request(
    books: Books, company: Company, clerk: User, finance: User
) -> None:
    request = asked(books, clerk)
    notes = address(books, f"notes/approval/{request.pk}/")
    assert signed_in(finance).post(notes, {"text": "请补判决书"}).status_code == 302
    assert "请补判决书" in text(signed_in(clerk).get(address(books, f"approvals/{request.pk}/")))
    stranger = signed_in(member(books.organization, "salesperson"))
    assert stranger.post(notes, {"text": "?"}).status_code == 404


def test_another_organization_sees_nothing(
    books: Books, company: Company, clerk: User, finance: User, actor: Any
) -> None:
    from tests.conftest import make_organization

    request = asked(books, clerk)
    other = make_organization(actor)
    boss = signed_in(member(other, "finance_manager"))
    assert boss.get(f"/o/{other.code}/approvals/{request.pk}/").status_code == 404
    with tenant(other.pk):
        assert not Request.objects.exists() and not Band.objects.exists()
        save_policy(kind="void", bands=[], actor=actor)
    assert Band.objects.count() == 4

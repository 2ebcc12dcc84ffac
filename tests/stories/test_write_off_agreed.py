"""A customer is struck off the register; four people give the debt up, and the books never say it too early."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huikuan.approvals.duties import DutyRefused
from huikuan.approvals.models import Status
from huikuan.approvals.operations import change_settings, delegate, try_again
from huikuan.approvals.queries import waiting_for
from huikuan.ledger.operations import close_period
from huikuan.ledger.requests import ask_reopen_period
from huikuan.notices.models import Notice
from huikuan.notices.wording import title_of
from tests.approvals.company import Company
from tests.conftest import TODAY
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day


def test_a_large_write_off_through_three_hands(books: Books) -> None:
    # 林 (应收会计), 郑 (信用管理员), 沈 (财务经理), 许 (管理层) and her deputy 钱 work here.
    company = Company(books)
    company.hire("林", "ar_accountant")
    company.hire("郑", "credit_controller")
    company.hire("沈", "finance_manager")
    company.hire("许", "executive")
    company.hire("钱", "sales_manager")
    company.policy(
        "write_off",
        ("0", "finance_manager"),
        ("50000", "credit_controller", "finance_manager"),
        ("200000", "credit_controller", "finance_manager", "executive"),
    )
    company.policy("reopen_period", ("0", "executive"))
    change_settings(duties=["record_approve", "write_off"], remind_after_days=2, actor=books.actor)

    # The invoice of 226,000 was recorded by 沈 herself, while 林 was ill.
    books.actor = company.actor("沈")
    books.invoice("YS1", "2026-03-02", "226000", tax="26000", due="2026-05-31")

    # 林 proposes to give it up. Nothing is in the books yet; 郑 is told.
    request = company.request("林")
    assert books.open("YS1") == 226000
    assert [step["name"] for step in request.steps] == ["信用管理员", "财务经理", "管理层"]
    [told] = Notice.objects.all()
    assert told.recipient_id == company.actor("郑").membership_id
    assert title_of(told.kind, told.parameters) == "林 申请坏账核销，等待您审批：YS1 · 客户C1"

    # 郑 agrees. 沈 may not: she recorded the invoice. She lets 王 (also 财务经理) do it.
    company.approve(request, "郑", "破产裁定已核对")
    with pytest.raises(DutyRefused):
        company.approve(request, "沈")
    company.hire("王", "finance_manager")
    company.approve(request, "王")

    # 许 is away; 钱 stands in. Meanwhile June was closed: the agreements stay, the books do not move.
    deputy = company.actor("钱").membership_id
    assert deputy is not None
    delegate(
        deputy_id=deputy,
        starts_on=TODAY,
        ends_on=TODAY + timedelta(days=5),
        actor=company.actor("许"),
        today=TODAY,
    )
    assert list(waiting_for(company.actor("钱"), TODAY)) == [request]
    june = close_period(month=day("2026-06-30"), actor=company.actor("王"))
    stuck = company.approve(request, "钱")
    assert stuck.status == Status.STUCK
    assert "2026-06" in stuck.refusal
    assert books.open("YS1") == 226000

    # Reopening needs 管理层 too; then the write-off is tried again, without asking anybody twice.
    reopening = ask_reopen_period(june, reason="补记坏账", actor=company.actor("王"), today=TODAY).request
    assert reopening is not None
    company.approve(reopening, "许")
    done = try_again(request.pk, actor=company.actor("林"), today=TODAY)
    assert done.status == Status.DONE
    assert books.open("YS1") == 0
    assert books.entries("write_off") == ["D1231 226000.00", "C1122 226000.00"]
    assert_nothing_broken(books.organization)

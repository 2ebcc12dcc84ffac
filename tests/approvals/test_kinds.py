"""Provisions, recoveries, bills handed on and manual vouchers: at once, or with the last agreement, and only once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from huikuan.approvals.duties import RECORD_APPROVE, DutyRefused
from huikuan.approvals.models import Request, Status
from huikuan.approvals.operations import change_settings
from huikuan.approvals.registry import kind_of, page_of
from huikuan.books.models import Voucher
from huikuan.books.operations import NewLine, NewVoucher, VoucherRefused
from huikuan.books.requests import MANUAL_VOUCHER, ask_voucher
from huikuan.cash.models import Bill, BillState
from huikuan.cash.requests import DISCOUNT, ENDORSEMENT, ask_discount, ask_endorsement
from huikuan.ledger.models import Account, Document
from huikuan.risk.models import Provision
from huikuan.risk.operations import RiskRefused, set_matrix
from huikuan.risk.requests import PROVISION, RECOVERY, ask_provision, ask_recovery
from huikuan.risk.rules import STARTING_RATES
from tests.approvals.company import Company
from tests.cash.bills import divisible, receive
from tests.conftest import TODAY
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

MONTH_END = day("2026-10-31")


def waiting(company: Company, ask: Any, **values: Any) -> Request:
    outcome = ask(**values, today=TODAY)
    assert outcome.request is not None and outcome.result is None
    # What a reader of the request is told comes from the payload as it is kept.
    request: Request = Request.objects.get(pk=outcome.request.pk)
    assert kind_of(request.kind).describe(request.payload).lines
    return request


@pytest.fixture
def overdue(company: Company) -> Company:
    """1,000 owed since May, for which 60 % must be provided in October."""
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=company.books.actor)
    return company


def provide(company: Company, charge: str = "600", by: str = "沈") -> dict[str, Any]:
    return {"as_of": MONTH_END, "charge": Decimal(charge), "actor": company.actor(by)}


def test_without_a_policy_each_is_done_at_once(overdue: Company) -> None:
    done = ask_provision(**provide(overdue), today=TODAY).result
    assert done is not None and Provision.objects.get().charge == Decimal("600")
    assert done.link is not None and done.link.values == (str(Provision.objects.get().pk),)


def test_a_provision_waits_and_books_what_was_agreed_to(overdue: Company) -> None:
    overdue.policy(PROVISION, ("0", "executive"))
    request = waiting(overdue, ask_provision, **provide(overdue))
    assert request.amount == 600 and not Provision.objects.exists()
    assert overdue.approve(request, "许").status == Status.DONE
    assert overdue.books.entries("provision") == ["D6702 600.00", "C1231 600.00"]
    assert_nothing_broken(overdue.books.organization)


def test_a_provision_of_another_amount_than_agreed_to_is_not_booked(overdue: Company) -> None:
    with pytest.raises(RiskRefused, match="数字有变化"):
        ask_provision(**provide(overdue, "599.99"), today=TODAY)
    overdue.policy(PROVISION, ("0", "executive"))
    request = waiting(overdue, ask_provision, **provide(overdue))
    overdue.books.invoice("YS2", "2026-05-01", "1000")
    stuck = overdue.approve(request, "许")
    assert stuck.status == Status.STUCK and "数字有变化" in stuck.refusal
    assert not Provision.objects.exists() and overdue.books.entries("provision") == []


def test_what_was_written_off_comes_back_with_the_agreement_of_another(company: Company) -> None:
    company.ask("沈")
    debt = Document.objects.get(kind="write_off")
    asked = {"amount": Decimal("250"), "on": day("2026-07-10"), "memo": "执行到账"}
    company.policy(RECOVERY, ("0", "finance_manager"))
    change_settings(duties=[RECORD_APPROVE], remind_after_days=0, actor=company.books.actor)
    company.hire("钱", "finance_manager")
    request = waiting(company, ask_recovery, document=debt, **asked, actor=company.books.actor)
    with pytest.raises(DutyRefused):
        company.approve(request, "沈")  # who wrote it off
    assert company.approve(request, "钱").status == Status.DONE
    assert company.books.entries("recovery") == ["D1122 250.00", "C1231 250.00"]


def test_a_bill_is_discounted_when_all_have_agreed(company: Company) -> None:
    bill = receive(company.books)
    company.policy(DISCOUNT, ("0",), ("10000", "finance_manager", "executive"))
    terms = {"bank": "招商银行", "rate": Decimal("0.024"), "on": day("2026-04-16")}
    request = waiting(company, ask_discount, bill=bill, **terms, actor=company.books.actor)
    assert request.amount == 50000
    company.approve(request, "沈")
    bill.refresh_from_db()
    assert bill.state == BillState.HELD
    company.approve(request, "许")
    bill.refresh_from_db()
    assert bill.state == BillState.DISCOUNTED
    assert_nothing_broken(company.books.organization)


def test_part_of_a_bill_is_endorsed_by_agreement(company: Company) -> None:
    bill = receive(company.books, **divisible("50000.00"))
    company.policy(ENDORSEMENT, ("0", "finance_manager"))
    request = waiting(
        company,
        ask_endorsement,
        bill=bill,
        amount=Decimal("20000"),
        endorsee="供应商甲",
        on=day("2026-03-02"),
        derecognise=True,
        actor=company.books.actor,
    )
    assert Bill.objects.count() == 1  # rehearsed and taken back
    done = company.approve(request, "沈")
    part = Bill.objects.get(state=BillState.ENDORSED)
    assert part.face == 20000 and done.result is not None
    assert done.result["data"]["bill"] == str(part.pk)
    assert company.books.entries("bill_endorsed") == ["D2202 20000.00", "C1121 20000.00"]


def rent(amount: str = "8000", credit: str = "8000") -> NewVoucher:
    accounts = dict(Account.objects.values_list("code", "pk"))
    lines = (
        NewLine(accounts["6711"], debit=Decimal(amount), summary="房租"),
        NewLine(accounts["1002"], credit=Decimal(credit)),
    )
    return NewVoucher(day("2026-10-05"), lines, attachments=2)


def test_a_manual_voucher_is_prepared_by_who_asked_for_it(company: Company) -> None:
    company.policy(MANUAL_VOUCHER, ("0",), ("5000", "finance_manager"))
    assert ask_voucher(rent("100", "100"), actor=company.actor("林"), today=TODAY).result is not None
    request = waiting(company, ask_voucher, voucher=rent(), actor=company.actor("林"))
    assert Voucher.objects.count() == 1
    assert company.approve(request, "沈").status == Status.DONE
    made = Voucher.objects.get(amount=8000)
    assert (made.prepared_by_name, made.attachments, made.state) == ("林", 2, "prepared")
    with pytest.raises(VoucherRefused, match="借贷不平"):
        ask_voucher(rent(credit="7999"), actor=company.actor("林"), today=TODAY)
    assert_nothing_broken(company.books.organization)


def test_the_page_of_a_request_is_the_one_that_is_served() -> None:
    key = uuid4()
    assert page_of(organization="demo", request=key) == reverse("approval", args=["demo", key])

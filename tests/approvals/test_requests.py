"""Asking, agreeing, returning, withdrawing: an act is done with the last agreement, by somebody else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.approvals.duties import DutyRefused
from huikuan.approvals.models import Decision, Request, Status, Verdict
from huikuan.approvals.operations import (
    DecisionRefused,
    PolicyRefused,
    RequestRefused,
    change_settings,
    decide,
    save_policy,
    try_again,
    withdraw,
)
from huikuan.approvals.operations.policies import NewBand
from huikuan.approvals.queries import requests_seen, waiting_for
from huikuan.audit.models import Act, Event
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Document, Kind
from huikuan.ledger.operations import close_period, reopen_period
from huikuan.ledger.requests import ask_refund, ask_reopen_period, ask_void
from huikuan.notices.models import Notice
from huikuan.organizations.actors import NotPermitted, local_operator
from huikuan.organizations.models import Membership, Role
from tests.approvals.company import Company
from tests.conftest import TODAY
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day


def test_in_a_new_organization_an_act_is_done_at_once(company: Company) -> None:
    outcome = company.ask("沈")
    assert not outcome.pending
    assert outcome.result is not None and outcome.result.number.startswith("HZ")
    assert company.books.open("YS1") == 0
    assert not Request.objects.exists()


def test_without_a_policy_the_right_to_ask_is_not_the_right_to_act(company: Company) -> None:
    with pytest.raises(NotPermitted):
        company.ask("林")
    assert company.books.open("YS1") == 1000


def test_with_a_policy_nothing_happens_until_all_have_agreed(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager", "executive"))
    request = company.request("林", amount="400")
    assert request.number == "SP202611000001"
    assert request.amount == 400
    assert company.books.open("YS1") == 1000
    assert not Document.objects.filter(kind=Kind.WRITE_OFF).exists()

    assert company.approve(request, "沈").status == Status.PENDING
    assert company.books.open("YS1") == 1000

    done = company.approve(request, "许", "同意")
    assert done.status == Status.DONE
    assert company.books.open("YS1") == 600
    made = Document.objects.get(kind=Kind.WRITE_OFF)
    assert done.result is not None and done.result["number"] == made.number
    assert made.memo == "客户注销"
    # The books and the decision are one act, by who agreed last; it leads to the request.
    assert made.act.kind == "approve_request"
    assert made.act.actor_name == "许"
    assert made.act.origin_id == request.pk
    assert_nothing_broken(company.books.organization)


def test_the_band_of_the_amount_decides(company: Company) -> None:
    company.policy("write_off", ("0",), ("100", "finance_manager"), ("500", "finance_manager", "executive"))
    assert not company.ask("沈", amount="99.99").pending
    steps = [len(company.request("林", number, "500").steps) for number in _invoices(company, 1)]
    assert steps == [2]
    [other] = _invoices(company, 1, "YS8")
    assert len(company.request("林", other, "499.99").steps) == 1


def _invoices(company: Company, count: int, prefix: str = "YS7") -> list[str]:
    numbers = [f"{prefix}{place}" for place in range(count)]
    for number in numbers:
        company.books.invoice(number, "2026-05-01", "1000")
    return numbers


def test_a_foreign_amount_counts_in_base_currency(company: Company) -> None:
    company.policy("write_off", ("0",), ("5000", "finance_manager"))
    company.books.invoice("YS2", "2026-05-01", "1000", currency="USD", rate=Decimal("7.1"))
    request = company.request("林", "YS2")
    assert request.amount == 7100
    assert (
        not company.ask("沈", "YS2", "700").pending if withdraw(request.pk, actor=company.actor("林")) else 0
    )


def test_nobody_agrees_to_an_own_request(company: Company) -> None:
    company.hire("钱", "finance_manager")
    company.policy("write_off", ("0", "finance_manager"))
    request = company.request("沈")
    with pytest.raises(DecisionRefused) as refused:
        company.approve(request, "沈")
    assert refused.value.code == "own_request"
    assert request not in waiting_for(company.actor("沈"), TODAY)
    assert company.approve(request, "钱").status == Status.DONE


def test_nobody_agrees_to_two_steps(company: Company) -> None:
    company.hire("钱", "finance_manager", "executive")
    company.policy("write_off", ("0", "finance_manager", "executive"))
    request = company.request("林")
    company.approve(request, "钱")
    with pytest.raises(DecisionRefused) as refused:
        company.approve(request, "钱")
    assert refused.value.code == "agreed_before"
    assert request not in waiting_for(company.actor("钱"), TODAY)
    assert request in waiting_for(company.actor("许"), TODAY)


def test_a_step_needs_its_role(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager", "executive"))
    request = company.request("林")
    for name in ("许", "林"):
        with pytest.raises(DecisionRefused):
            company.approve(request, name)
    with pytest.raises(DecisionRefused) as refused:
        decide(request.pk, approve=True, comment="", actor=local_operator(), today=TODAY)
    assert refused.value.code == "nobody"


def test_what_was_decided_meanwhile_is_not_decided_again(company: Company) -> None:
    company.hire("钱", "finance_manager", "executive")
    company.policy("write_off", ("0", "finance_manager", "executive"))
    request = company.request("林")
    company.approve(request, "沈")
    with pytest.raises(DecisionRefused) as refused:  # looked at step 1, where 沈 was quicker
        decide(request.pk, approve=True, comment="", actor=company.actor("钱"), today=TODAY, step=1)
    assert refused.value.code == "decided_meanwhile"
    assert "沈" in refused.value.message


def test_returning_needs_a_reason_and_ends_the_request(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager"))
    request = company.request("林")
    with pytest.raises(DecisionRefused):
        company.send_back(request, "沈", " ")
    assert company.send_back(request, "沈", "缺破产裁定书").status == Status.RETURNED
    assert company.books.open("YS1") == 1000
    with pytest.raises(DecisionRefused):
        company.approve(request, "沈")
    told = Notice.objects.get(kind="approval_returned")
    assert told.parameters["excerpt"] == "缺破产裁定书"
    assert company.request("林").pk != request.pk  # it may be asked again
    assert_nothing_broken(company.books.organization)


def test_only_the_requester_withdraws(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager"))
    request = company.request("林")
    with pytest.raises(DecisionRefused):
        withdraw(request.pk, actor=company.actor("沈"))
    assert withdraw(request.pk, actor=company.actor("林")).status == Status.WITHDRAWN
    with pytest.raises(DecisionRefused):
        withdraw(request.pk, actor=company.actor("林"))


def test_the_same_is_not_asked_twice(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager"))
    request = company.request("林")
    with pytest.raises(RequestRefused) as refused:
        company.ask("林")
    assert refused.value.code == "already_requested"
    assert request.number in refused.value.message


def test_what_cannot_be_done_is_not_asked_for(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager"))
    with pytest.raises(HuikuanError) as refused:
        company.ask("林", amount="1000.01")
    assert refused.value.code == "beyond_balance"
    assert not Request.objects.exists()
    assert not Act.objects.filter(kind__in=["write_off", "submit_request"]).exists()
    assert company.books.open("YS1") == 1000


def test_nobody_is_asked_in_vain(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager"))
    with pytest.raises(RequestRefused) as refused:  # 沈 is the only one
        company.ask("沈")
    assert refused.value.code == "nobody_to_approve"
    company.policy("write_off", ("0", "collector"))
    with pytest.raises(RequestRefused):
        company.ask("林")


def test_an_act_refused_at_the_end_keeps_the_agreements(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager"))
    request = company.request("林")
    close_period(month=day("2026-06-01"), actor=company.books.actor)
    stuck = company.approve(request, "沈")
    assert stuck.status == Status.STUCK
    assert "2026-06" in stuck.refusal
    assert company.books.open("YS1") == 1000
    assert Decision.objects.filter(request=request, verdict=Verdict.APPROVED).count() == 1
    assert Notice.objects.filter(kind="approval_stuck").count() == 1
    with pytest.raises(DecisionRefused):  # agreeing again changes nothing
        company.approve(request, "沈")
    assert try_again(request.pk, actor=company.actor("林"), today=TODAY).status == Status.STUCK

    reopen_period(month=day("2026-06-01"), actor=company.books.actor, reason="补记")
    with pytest.raises(DecisionRefused):
        try_again(request.pk, actor=company.actor("许"), today=TODAY)
    done = try_again(request.pk, actor=company.actor("林"), today=TODAY)
    assert (done.status, done.refusal) == (Status.DONE, "")
    assert company.books.open("YS1") == 0
    assert_nothing_broken(company.books.organization)


def test_an_amount_no_longer_open_sticks_and_is_returned(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager"))
    request = company.request("林")
    company.books.receipt("SK1", "2026-06-01", "300")
    company.books.allocate("SK1", "YS1", "300", "2026-06-01")
    assert company.approve(request, "沈").status == Status.STUCK
    assert company.books.open("YS1") == 700
    assert company.send_back(request, "沈", "已收回一部分，请改金额").status == Status.RETURNED


def test_who_asked_must_still_be_here(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager"))
    request = company.request("林")
    Membership.objects.filter(user=company.people["林"]).update(active=False)
    stuck = company.approve(request, "沈")
    assert stuck.status == Status.STUCK
    assert "林" in stuck.refusal


def test_a_changed_policy_does_not_change_what_was_asked(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager"))
    request = company.request("林")
    company.policy("write_off", ("0", "executive"))
    assert company.approve(request, "沈").status == Status.DONE


@pytest.mark.parametrize(
    ("bands", "code"),
    [
        ([("5",)], "first_floor"),
        ([("0",), ("0",)], "same_floor"),
        ([("-1",), ("0",)], "negative_floor"),
        ([("0", *["executive"] * 6)], "too_many"),
    ],
)
def test_a_policy_covers_every_amount_once(company: Company, bands: Any, code: str) -> None:
    company.policy("write_off", ("0", "executive"))
    with pytest.raises(PolicyRefused) as refused:
        company.policy("write_off", *bands)
    assert refused.value.code == code
    assert company.request("林").steps


def test_policies_are_for_administrators_and_in_the_trail(company: Company) -> None:
    with pytest.raises(NotPermitted):
        save_policy(kind="write_off", bands=[], actor=company.actor("沈"))
    company.policy("write_off", ("0", "executive"))
    company.policy("write_off", ("0", "executive"))
    event = Event.objects.get(record_kind="approval_policy")
    assert event.content["bands"] == ["0.00 管理层"]
    save_policy(kind="write_off", bands=[NewBand(Decimal(0))], actor=company.books.actor)
    assert not company.ask("沈").pending


def test_refund_void_and_reopening_wait_too(company: Company) -> None:
    for kind in ("refund", "void", "reopen_period"):
        company.policy(kind, ("0", "executive"))
    receipt = company.books.receipt("SK1", "2026-06-01", "300")
    asked = ask_refund(
        receipt, amount=None, on=day("2026-06-02"), reason="多付", actor=company.actor("林"), today=TODAY
    )
    assert asked.request is not None and company.books.open("SK1") == 300
    company.approve(asked.request, "许")
    assert company.books.open("SK1") == 0

    invoice = Document.objects.get(number="YS1")
    asked = ask_void(invoice, reason="开错", actor=company.actor("林"), today=TODAY)
    assert asked.request is not None
    done = company.approve(asked.request, "许")
    invoice.refresh_from_db()
    assert invoice.voided_by is not None
    assert done.result is not None and done.result["number"] == invoice.voided_by.number

    period = close_period(month=day("2026-04-01"), actor=company.books.actor)
    asked = ask_reopen_period(period, reason="补记", actor=company.actor("沈"), today=TODAY)
    assert asked.request is not None
    company.approve(asked.request, "许")
    period.refresh_from_db()
    assert period.closed_at is None
    assert_nothing_broken(company.books.organization)


def test_people_see_what_concerns_them(company: Company) -> None:
    company.hire("吴", "collector")
    company.policy("write_off", ("0", "credit_controller", "finance_manager"))
    company.hire("郑", "credit_controller")
    request = company.request("林")
    seen = {name: request in requests_seen(company.actor(name), TODAY) for name in company.people}
    assert seen == {"林": True, "沈": True, "许": True, "吴": False, "郑": True}
    company.approve(request, "郑")
    assert request in requests_seen(company.actor("郑"), TODAY)  # still, for having decided


def test_duties_that_may_not_meet(company: Company) -> None:
    """Who recorded the invoice does not agree to its write-off, where the organization insists on it."""
    company.policy("write_off", ("0", "finance_manager"))
    company.books.actor = company.actor("沈")
    company.books.invoice("YS2", "2026-05-01", "500")
    company.books.actor = local_operator()
    change_settings(duties=["record_approve"], remind_after_days=0, actor=company.books.actor)
    request = company.request("林", "YS2")
    with pytest.raises(DutyRefused) as refused:
        company.approve(request, "沈")
    assert "登记单据" in refused.value.message
    assert company.send_back(request, "沈").status == Status.RETURNED
    change_settings(duties=[], remind_after_days=0, actor=company.books.actor)
    assert company.approve(company.request("林", "YS2"), "沈").status == Status.DONE


def test_nobody_alone_where_two_are_wanted(company: Company) -> None:
    change_settings(duties=["write_off"], remind_after_days=0, actor=company.books.actor)
    with pytest.raises(DutyRefused) as refused:
        company.ask("沈")
    assert refused.value.code == "nobody_else_agrees"
    assert company.books.open("YS1") == 1000
    company.policy("write_off", ("0",), ("500", "executive"))  # small ones at once, on purpose
    assert not company.ask("沈", amount="10").pending


def test_a_role_that_must_agree_is_not_deleted(company: Company) -> None:
    from huikuan.administration.operations import RoleRefused, add_role, delete_role

    role = add_role(name="信用委员会", actor=company.books.actor)
    company.policy("write_off", ("0", role.code))
    with pytest.raises(RoleRefused) as refused:
        delete_role(role_id=role.pk, actor=company.books.actor)
    assert refused.value.code == "role_approves"
    company.policy("write_off")
    delete_role(role_id=role.pk, actor=company.books.actor)
    assert not Role.objects.filter(pk=role.pk).exists()

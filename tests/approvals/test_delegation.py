"""Standing in for somebody who is away, and being reminded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from huikuan.approvals.models import Decision, Delegation, Status
from huikuan.approvals.operations import (
    DecisionRefused,
    DelegationRefused,
    change_settings,
    delegate,
    end_delegation,
    remind,
)
from huikuan.approvals.queries import requests_seen, waiting_for
from huikuan.approvals.rules import reminder_is_due
from huikuan.notices.models import Notice
from huikuan.notices.wording import title_of
from huikuan.organizations.actors import local_operator
from tests.approvals.company import Company
from tests.conftest import TODAY
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day


def stand_in(company: Company, deputy: str, member: str, days: int = 3) -> Delegation:
    deputy_id = company.actor(deputy).membership_id
    assert deputy_id is not None
    return delegate(
        deputy_id=deputy_id,
        starts_on=TODAY,
        ends_on=TODAY + timedelta(days=days),
        actor=company.actor(member),
        today=TODAY,
    )


def test_a_deputy_agrees_in_somebodys_place(company: Company) -> None:
    company.hire("吴", "collector")
    company.policy("write_off", ("0", "finance_manager"))
    request = company.request("林")
    assert request not in waiting_for(company.actor("吴"), TODAY)
    stand_in(company, "吴", "沈")
    assert request in waiting_for(company.actor("吴"), TODAY)
    assert company.approve(request, "吴").status == Status.DONE
    decision = Decision.objects.get(verdict="approved")
    assert (decision.member_name, decision.in_place_of_name) == ("吴", "沈")
    assert_nothing_broken(company.books.organization)


def test_a_deputy_agrees_to_nothing_of_either(company: Company) -> None:
    """Not to what the deputy asked for, nor to what the absent one did."""
    company.hire("钱", "finance_manager")
    company.policy("write_off", ("0", "finance_manager"))
    stand_in(company, "林", "沈")
    own = company.request("林")
    with pytest.raises(DecisionRefused):
        company.approve(own, "林")
    company.books.invoice("YS2", "2026-05-01", "10")
    theirs = company.request("沈", "YS2")
    with pytest.raises(DecisionRefused) as refused:
        company.approve(theirs, "林")
    assert refused.value.code == "own_request"
    assert not {own, theirs} & set(waiting_for(company.actor("林"), TODAY))


def test_two_steps_are_not_agreed_to_by_one_and_a_deputy(company: Company) -> None:
    company.hire("吴", "collector")
    company.hire("钱", "finance_manager", "executive")
    company.policy("write_off", ("0", "finance_manager", "executive"))
    request = company.request("林")
    stand_in(company, "吴", "钱")
    company.approve(request, "吴")  # in 钱's place
    for name in ("吴", "钱"):
        with pytest.raises(DecisionRefused) as refused:
            company.approve(request, name)
        assert refused.value.code == "agreed_before"
    assert company.approve(request, "许").status == Status.DONE


def test_it_lasts_from_day_to_day_and_can_be_ended(company: Company) -> None:
    company.hire("吴", "collector")
    company.policy("write_off", ("0", "finance_manager"))
    request = company.request("林")
    made = stand_in(company, "吴", "沈", days=2)
    clerk = company.actor("吴")
    seen = [request in waiting_for(clerk, TODAY + timedelta(days=days)) for days in range(-1, 4)]
    assert seen == [False, True, True, True, False]
    with pytest.raises(DelegationRefused):
        end_delegation(delegation_id=made.pk, actor=clerk)
    end_delegation(delegation_id=made.pk, actor=company.actor("沈"))
    assert request not in waiting_for(clerk, TODAY)
    assert not requests_seen(clerk, TODAY).exists()


@pytest.mark.parametrize(
    ("deputy", "days", "code"), [("沈", 1, "bad_deputy"), ("吴", -1, "bad_days"), ("吴", 400, "too_long")]
)
def test_what_cannot_be_delegated(company: Company, deputy: str, days: int, code: str) -> None:
    company.hire("吴", "collector")
    with pytest.raises(DelegationRefused) as refused:
        stand_in(company, deputy, "沈", days)
    assert refused.value.code == code
    assert not Delegation.objects.exists()


def test_one_deputy_at_a_time_and_none_for_the_operator(company: Company) -> None:
    company.hire("吴", "collector")
    stand_in(company, "吴", "沈")
    with pytest.raises(DelegationRefused) as refused:
        stand_in(company, "许", "沈")
    assert refused.value.code == "overlaps"
    company.people["本机"] = company.people["吴"]
    deputy_id = company.actor("吴").membership_id
    assert deputy_id is not None
    with pytest.raises(DelegationRefused):
        delegate(deputy_id=deputy_id, starts_on=TODAY, ends_on=TODAY, actor=local_operator(), today=TODAY)


def test_those_who_may_agree_are_told_and_reminded_once_a_day(company: Company) -> None:
    company.hire("吴", "collector")
    company.policy("write_off", ("0", "finance_manager"))
    stand_in(company, "吴", "沈")
    request = company.request("林")
    told = Notice.objects.filter(kind="approval_waiting")
    names = {each.recipient_id for each in told}
    assert names == {company.actor("沈").membership_id, company.actor("吴").membership_id}
    title = title_of(told[0].kind, told[0].parameters)
    assert title == "林 申请坏账核销，等待您审批：YS1 · 客户C1"

    change_settings(duties=[], remind_after_days=2, actor=company.books.actor)
    _waits_since(request.pk, "2026-11-20")
    assert remind(today=day("2026-11-21")) == 0
    assert remind(today=day("2026-11-22")) == 1
    assert remind(today=day("2026-11-22")) == 0
    assert remind(today=day("2026-11-23")) == 1
    assert Notice.objects.filter(kind="approval_reminder").count() == 4  # both, on both days
    company.approve(request, "沈")
    assert remind(today=day("2026-11-25")) == 0


@pytest.mark.raw_sql
def test_nobody_is_reminded_where_that_is_not_wanted(company: Company) -> None:
    company.policy("write_off", ("0", "finance_manager"))
    _waits_since(company.request("林").pk, "2026-01-01")
    assert remind(today=TODAY) == 0


def _waits_since(request_id: object, on: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE approvals_request SET waiting_since = %s WHERE id = %s /* organization_id */",
            [f"{on} 09:00+08", request_id],
        )


def test_patience_is_counted_in_days() -> None:
    def due(since: str, reminded: str | None, today: str, days: int = 2) -> bool:
        return reminder_is_due(
            waiting_since=day(since),
            reminded_on=day(reminded) if reminded else None,
            after_days=days,
            today=day(today),
        )

    assert not due("2026-01-01", None, "2026-01-02")
    assert due("2026-01-01", None, "2026-01-03")
    assert not due("2026-01-01", "2026-01-03", "2026-01-03")
    assert due("2026-01-01", "2026-01-03", "2026-01-04")
    assert not due("2026-01-01", None, "2026-12-31", days=0)

"""Several people decide at once, in real transactions: one decision counts, the act is done once."""

from __future__ import annotations

from typing import Any

import pytest

from huikuan.approvals.models import Decision, Request, Status
from huikuan.approvals.operations import decide, withdraw
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Document, Kind
from tests.approvals.company import Company, opened
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.ledger.test_races import THREADS, at_once
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True)


def started(actor: Any, *roles: str) -> tuple[Any, Company, Request]:
    """An organization with eight finance managers, and a request that waits."""
    organization = make_organization(actor)
    with tenant(organization.id):
        company = opened(Books(organization=organization, actor=actor, today=TODAY))
        for number in range(THREADS):
            company.hire(f"经理{number}", "finance_manager", "executive")
        company.policy("write_off", ("0", *roles))
        request = company.request("林", amount="400")
    return organization, company, request


def test_one_of_eight_decisions_counts(actor: Any) -> None:
    organization, company, request = started(actor, "finance_manager")
    outcomes: list[str] = []

    def work(number: int) -> None:
        try:
            with tenant(organization.id):
                deciding = company.actor(f"经理{number}")
                decide(request.pk, approve=number % 2 == 0, comment="不同意", actor=deciding, today=TODAY)
            outcomes.append("counted")
        except HuikuanError as error:
            outcomes.append(error.code)

    at_once(work)
    assert sorted(outcomes) == ["counted"] + ["decided_meanwhile"] * (THREADS - 1)
    with tenant(organization.id):
        request.refresh_from_db()
        written_off = Document.objects.filter(kind=Kind.WRITE_OFF).count()
        assert written_off == (1 if request.status == Status.DONE else 0)
        assert Decision.objects.filter(verdict__in=["approved", "returned"]).count() == 1
        assert_nothing_broken(organization)


def test_two_steps_take_two_people(actor: Any) -> None:
    organization, company, request = started(actor, "finance_manager", "executive")

    def work(number: int) -> None:
        for _ in range(2):
            try:
                with tenant(organization.id):
                    deciding = company.actor(f"经理{number}")
                    decide(request.pk, approve=True, comment="", actor=deciding, today=TODAY)
            except HuikuanError as error:
                assert error.code in {"decided_meanwhile", "agreed_before"}

    at_once(work)
    with tenant(organization.id):
        request.refresh_from_db()
        assert request.status == Status.DONE
        approved = list(Decision.objects.filter(verdict="approved").values_list("step", "member_id"))
        assert sorted(step for step, _member in approved) == [1, 2]
        assert len({member for _step, member in approved}) == 2
        assert Document.objects.filter(kind=Kind.WRITE_OFF).count() == 1
        assert company.books.open("YS1") == 600


def test_withdrawing_and_agreeing_at_once(actor: Any) -> None:
    organization, company, request = started(actor, "finance_manager")

    def work(number: int) -> None:
        try:
            with tenant(organization.id):
                if number % 2:
                    withdraw(request.pk, actor=company.actor("林"))
                else:
                    deciding = company.actor(f"经理{number}")
                    decide(request.pk, approve=True, comment="", actor=deciding, today=TODAY)
        except HuikuanError as error:
            assert error.code == "decided_meanwhile"

    at_once(work)
    with tenant(organization.id):
        request.refresh_from_db()
        done = request.status == Status.DONE
        assert done or request.status == Status.WITHDRAWN
        assert Document.objects.filter(kind=Kind.WRITE_OFF).count() == (1 if done else 0)


def test_eight_ask_for_the_same_at_once(actor: Any) -> None:
    organization, company, request = started(actor, "finance_manager")
    with tenant(organization.id):
        withdraw(request.pk, actor=company.actor("林"))

    def work(number: int) -> None:
        try:
            with tenant(organization.id):
                company.ask(f"经理{number}", amount="10")
        except HuikuanError as error:
            assert error.code == "already_requested"

    at_once(work)
    with tenant(organization.id):
        waiting = Request.objects.filter(status=Status.PENDING)
        assert [each.number for each in waiting] == ["SP202611000002"]

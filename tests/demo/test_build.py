"""The demo company as built: in the books, with its people, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, F, Sum
from typer.testing import CliRunner

from huikuan.approvals.models import Request
from huikuan.approvals.queries import waiting_count
from huikuan.audit.checks import broken_rows
from huikuan.audit.models import Act, Seal
from huikuan.books.queries.balances import trial_balance
from huikuan.books.queries.statements import balance_sheet
from huikuan.cli import demo as command
from huikuan.cli.check import VALIDATIONS
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Contact, Customer, PaymentTerm, Salesperson
from huikuan.customers.rules import TermRule, instalments_from_data
from huikuan.demo import operations
from huikuan.demo.accounts import ACCOUNTS
from huikuan.demo.operations import build_demo
from huikuan.demo.queries import NotTheDemo, demo_organization, demo_sign_ins, demo_summary
from huikuan.ledger.models import Allocation, Document, Kind, OpenItem, Period, Side
from huikuan.organizations.models import Organization, User
from huikuan.organizations.operations import OrganizationRefused, create_organization
from huikuan.organizations.queries import actor_of
from huikuan.sales.contracts import PlanBilling
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db

build_small = partial(build_demo, customers=24, invoices=400)


@pytest.fixture
def demo(db: None) -> Iterator[Organization]:
    """A small demo company; the test runs inside its tenant."""
    organization = build_small(today=TODAY)
    with tenant(organization.pk):
        yield organization


def test_customers_have_limits_and_orders_wait(demo: Organization) -> None:
    from huikuan.credit.models import Limit, OrderHold
    from huikuan.credit.queries import checks_orders

    assert checks_orders()
    assert set(Limit.objects.values_list("customer_id", flat=True)) == set(
        Customer.objects.values_list("pk", flat=True)
    )
    assert OrderHold.objects.filter(state="open").count() == 2
    assert OrderHold.objects.exclude(asked_for="").exists() or not OrderHold.objects.filter(forced=False)


def test_the_books_hold(demo: Organization) -> None:
    assert Customer.objects.count() == 24
    of_contracts = Document.objects.filter(pk__in=PlanBilling.objects.values("invoice__document_id"))
    assert of_contracts.exists()
    assert Document.objects.filter(kind=Kind.INVOICE).count() == 400 + of_contracts.count()
    assert set(Document.objects.values_list("kind", flat=True)) >= {
        "invoice", "credit_note", "receipt", "advance", "refund", "write_off"
    }  # fmt: skip
    assert Allocation.objects.filter(reverses__isnull=False).exists()
    found = broken_rows(VALIDATIONS, organization=demo, now=_just_now())
    assert [row for rows in found.values() for row in rows] == []


def test_the_sheet_shows_the_open_items_less_the_allowance(demo: Organization) -> None:
    """Credit balances of customers are owed to them; they do not lower what others owe."""
    rows = OpenItem.objects.filter(account__purpose__in=("receivable", "advances"))
    summed = rows.values("account", "customer").annotate(open=Sum(F("side") * F("open_base")))
    balances = [row["open"] for row in summed]
    trial = trial_balance(since=TODAY, until=TODAY)
    allowance = -next(row.closing for row in trial.rows if row.purpose == "allowance")
    sheet = balance_sheet(month=TODAY)
    assert trial.balances
    assert min(balances) < 0 < allowance
    assert sheet.amount("receivables") == sum(each for each in balances if each > 0) - allowance
    assert sheet.amount("advances_received") == -sum(each for each in balances if each < 0)
    assert sheet.amount("total_assets") == sheet.amount("total_claims")


def _just_now() -> Any:
    return Act.objects.latest("recorded_at").recorded_at


def test_history_is_closed_sealed_and_known_from_its_own_dates(demo: Organization) -> None:
    assert demo.live_on == TODAY
    closed = Period.objects.exclude(closed_at=None).values_list("month", flat=True)
    still_open = Period.objects.filter(closed_at=None).values_list("month", flat=True)
    assert len(closed) >= 34
    assert max(closed) < min(still_open) == date(2026, 9, 1)
    seal = Seal.objects.get()
    assert seal.until == Act.objects.latest("recorded_at").recorded_at
    assert seal.event_count > 1000


def test_requests_wait_for_several_people(demo: Organization) -> None:
    found = dict(Request.objects.values_list("status").annotate(Count("pk")).order_by())
    assert found.keys() >= {"pending", "done", "returned"}
    waiting = {
        account.role
        for account in ACCOUNTS
        if (person := actor_of(User.objects.get(email=account.email))) and waiting_count(person, TODAY)
    }
    assert waiting == {"credit_controller", "finance_manager", "executive"}


def test_each_of_the_nine_signs_in_with_a_role_of_their_own(demo: Organization) -> None:
    sign_ins = demo_sign_ins(demo)
    assert len(sign_ins) == len({sign_in.role for sign_in in sign_ins}) == 9
    for account, sign_in in zip(ACCOUNTS, sign_ins, strict=True):
        user = User.objects.get(email=sign_in.login)
        assert user.check_password(sign_in.password)
        actor = actor_of(user)
        assert actor is not None
        assert actor.roles == (account.role,)


def test_the_salesperson_and_the_manager_see_their_side(demo: Organization) -> None:
    seller = Salesperson.objects.exclude(membership=None).get()
    assert seller.membership.user.email == "sales@demo.example"
    assert Customer.objects.filter(salesperson=seller).exists()
    manager = actor_of(User.objects.get(email="manager@demo.example"))
    assert manager is not None
    assert manager.team == seller.team
    assert Salesperson.objects.filter(team=manager.team).count() > 1


def test_terms_and_contacts_can_be_read_back(demo: Organization) -> None:
    for term in PaymentTerm.objects.all():
        TermRule.from_data(term.rule)
        assert not term.instalments or instalments_from_data(term.instalments)
    contact = Contact.objects.exclude(phone_index=None).first()
    assert contact is not None
    assert contact.phone[-8:-4] == "0000"
    assert contact.phone not in contact.phone_encrypted


def test_the_summary_is_that_of_the_open_items(demo: Organization) -> None:
    summary = demo_summary(demo, today=TODAY)
    overdue = OpenItem.objects.filter(side=Side.DEBIT, open_amount__gt=0, effective_due_on__lt=TODAY)
    assert summary.overdue == overdue.aggregate(sum=Sum("open_base"))["sum"]
    assert 0 < summary.overdue < summary.receivable
    later = demo_summary(demo, today=TODAY + timedelta(days=400))
    assert later.overdue > summary.overdue


def test_the_same_day_builds_the_same_books() -> None:
    first = _rows(build_small(today=TODAY, code="first"))
    second = _rows(build_small(today=TODAY, code="second"))
    assert first == second
    assert len(first) > 1500


def _rows(organization: Organization) -> list[tuple[Any, ...]]:
    with tenant(organization.pk):
        documents = Document.objects.values_list("number", "document_on", "currency", "amount", "base_amount")
        allocations = Allocation.objects.values_list(
            "debit_item__document__number",
            "credit_item__document__number",
            "effective_on",
            "amount",
            "debit_base",
        )
        items = OpenItem.objects.values_list("document__number", "line", "effective_due_on", "open_amount")
        return [*sorted(documents), *sorted(allocations), *sorted(items, key=str)]


def test_a_build_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("killed at the last step")

    monkeypatch.setattr(operations, "seal", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        build_small(today=TODAY)
    assert demo_organization() is None
    assert not User.objects.filter(email="admin@demo.example").exists()


def test_an_organization_of_somebody_else_is_not_taken_for_the_demo() -> None:
    create_organization(code="demo", name="别人的公司")
    with pytest.raises(NotTheDemo):
        demo_organization()
    with pytest.raises(OrganizationRefused):
        build_small(today=TODAY)


def test_the_command_builds_once_and_prints_the_sign_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "ready", lambda: None)
    monkeypatch.setattr(command, "autovacuum_paused", nullcontext)
    monkeypatch.setattr(command, "build_demo", build_small)
    first, second = _run("--format", "json"), _run("--format", "json")
    data, again = json.loads(first.stdout), json.loads(second.stdout)
    assert (data.pop("built"), again.pop("built")) == (True, False)
    assert data == again
    assert (data["organization"], data["customers"]) == ("demo", 24)
    assert data["invoices"] > 400  # those of the plan, and those of the contracts
    assert Decimal(data["overdue"]) < Decimal(data["receivable"])
    assert data["receivable"].partition(".")[2].isdigit()
    assert len(data["users"]) == 9
    shown = _run()
    assert shown.stdout == ""
    for user in data["users"]:
        assert user["login"] in shown.stderr
        assert user["password"] in shown.stderr


def _run(*arguments: str) -> Any:
    from huikuan.cli.commands import app

    result = CliRunner().invoke(app, ["demo", "--no-serve", *arguments])
    assert result.exit_code == 0, result.stderr
    return result

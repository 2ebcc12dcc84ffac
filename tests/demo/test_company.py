"""The demo company as built: its books, its people and what waits for them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.models import Count, F, Sum

from huikuan.approvals.models import Request
from huikuan.approvals.queries import waiting_count
from huikuan.audit.checks import broken_rows
from huikuan.audit.models import Act, Seal
from huikuan.books.queries.balances import trial_balance
from huikuan.books.queries.statements import balance_sheet
from huikuan.cli.check import VALIDATIONS
from huikuan.core.dates import month_end
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Contact, Customer, PaymentTerm, Salesperson
from huikuan.customers.rules import TermRule, instalments_from_data
from huikuan.demo.accounts import ACCOUNTS
from huikuan.demo.operations import build_demo
from huikuan.demo.queries import demo_sign_ins, demo_summary
from huikuan.ledger.models import Account, Allocation, Control, Document, Kind, OpenItem, Period, Side
from huikuan.organizations.models import Organization, User
from huikuan.organizations.queries import actor_of
from huikuan.reports.asking import QuestionRefused, Result
from huikuan.reports.catalogue import answer, asked, reports
from huikuan.reports.moments import moment
from huikuan.reports.standard.agreement import balances, balances_by_currency
from huikuan.sales.contracts import PlanBilling
from tests.conftest import TODAY
from tests.reports.test_agreement import gross_and_overdue

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Organization]:
    """A small demo company for all tests of the module, taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_demo(today=TODAY, customers=24, invoices=400)
        transaction.set_rollback(True)


@pytest.fixture
def demo(built: Organization, db: None) -> Iterator[Organization]:
    """The company; the test runs inside its tenant."""
    with tenant(built.pk):
        yield built


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


def test_every_report_agrees_on_ten_random_days(demo: Organization) -> None:
    chosen = random.Random(8)
    seen: set[str] = set()
    for _each in range(10):
        at = moment(TODAY - timedelta(days=chosen.randint(0, 900)))
        found = balances(at)
        assert set(found.values()) == {found["aging"]}, (at.as_of, found)
        assert "dashboard" in found
        for currency, ways in balances_by_currency(at).items():
            assert len(set(ways.values())) == 1, (at.as_of, currency, ways)
            seen.add(currency)
        for ways in gross_and_overdue(at.as_of, None):
            assert len(set(ways.values())) == 1, (at.as_of, ways)
        closing = moment(month_end(at.as_of))
        of_customers = Account.objects.exclude(control__in=(Control.NONE, Control.SHARED)).values_list(
            "pk", flat=True
        )
        trial = trial_balance(since=closing.as_of, until=closing.as_of).rows
        controlled = sum(row.closing for row in trial if row.account_id in set(of_customers))
        assert controlled == balances(closing)["cards"]
    assert len(seen) >= 3


def test_every_report_answers_on_ten_random_days_and_its_totals_add_up(demo: Organization) -> None:
    """Whatever says of a column that it is totalled: the rows of its lowest level come to its total."""
    chosen = random.Random(9)
    added = 0
    for _each in range(10):
        day = TODAY - timedelta(days=chosen.randint(0, 900))
        words = {"as_of": day.isoformat(), "to": day.isoformat()}
        for report in reports().values():
            question = asked(report, words, today=TODAY, zone=ZoneInfo("Asia/Shanghai"))
            try:
                result = answer(report, question)
            except QuestionRefused:
                assert report.name in REFUSED_BEFORE_IT_WAS_SET_UP
                continue
            for table in result.tables:
                added += _totals_that_add_up(report.name, table)
    assert added > 400


# Before the first matrix there is no provision to show.
REFUSED_BEFORE_IT_WAS_SET_UP = {"provisions"}


def _totals_that_add_up(name: str, table: Result) -> int:
    if table.total is None or not table.rows:
        return 0
    lowest = max(row.level for row in table.rows)
    totalled = [column.name for column in table.columns if column.totalled]
    for column in totalled:
        summed = sum((row.values.get(column) or 0) for row in table.rows if row.level == lowest)
        assert summed == (table.total.values.get(column) or 0), (name, table.question, column)
    return len(totalled)

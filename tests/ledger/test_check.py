"""`huikuan check`: silent when all holds; otherwise every broken row, and exit status 1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner, Result

from huikuan.cli.check import VALIDATIONS
from huikuan.cli.commands import app
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer, CustomerChange
from huikuan.customers.operations import CustomerFacts, change_customers, create_customers
from huikuan.ledger.models import Account, PostingRule
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken, check
from tests.superuser import superuser
from tests.trade import Books, day

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


@pytest.fixture
def company(actor: Any) -> Iterator[Any]:
    organization = make_organization(actor)
    with tenant(organization.id):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.invoice("I1", "2026-01-05", "113.00", tax="13.00")
        books.receipt("R1", "2026-01-20", "60.00")
        books.allocate("R1", "I1", "60.00", "2026-01-20")
    yield organization


def _run(organization: Any, *options: str) -> Result:
    return CliRunner().invoke(app, ["check", "--org", organization.code, *options])


def _books(organization: Any, actor: Any) -> Books:
    known = {customer.code: customer for customer in Customer.objects.all()}
    return Books(organization=organization, actor=actor, today=TODAY, customers=known)


def _break(organization: Any) -> None:
    with superuser() as intruder:
        intruder.execute(
            "UPDATE ledger_open_item SET open_amount = open_amount - 1 WHERE organization_id = %s AND side = 1",
            [organization.pk],
        )
        intruder.commit()


def test_it_is_silent_when_all_holds(company: Any) -> None:
    result = _run(company)
    assert (result.exit_code, result.output) == (0, "")


def test_it_prints_each_broken_row(company: Any) -> None:
    _break(company)
    result = _run(company)
    assert result.exit_code == 1
    [first, second] = result.stdout.splitlines()
    assert first.startswith("open_amount_follows_from_allocations  open_item I1  ")
    assert "52" in first
    assert "53" in first
    assert second.startswith("base_currency_item_has_one_amount  open_item I1  ")


def test_json_lists_every_validation_and_every_row(company: Any) -> None:
    result = _run(company, "--format", "json")
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert data["organization"] == company.code
    assert data["checked_at"]
    names = [entry["name"] for entry in data["validations"]]
    assert names[: len(VALIDATIONS)] == [validation.name for validation in VALIDATIONS]
    assert all("file" in name for name in names[len(VALIDATIONS) :])
    assert {entry["broken"] for entry in data["validations"]} == {0}
    assert data["broken"] == []
    _break(company)
    result = _run(company, "--format", "json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert sum(entry["broken"] for entry in data["validations"]) == len(data["broken"]) == 2
    assert set(data["broken"][0]) == {"validation", "record_kind", "record_id", "number", "detail"}
    assert data["broken"][0]["number"] == "I1"


def test_it_sees_only_the_organization_it_was_asked_about(company: Any, actor: Any) -> None:
    _break(company)
    assert _run(make_organization(actor)).exit_code == 0


def test_names_are_sentences_and_unique() -> None:
    names = [validation.name for validation in VALIDATIONS]
    assert len(names) == len(set(names))
    assert all("_" in name for name in names)


def test_every_validation_runs_on_an_empty_organization(organization: Any) -> None:
    with tenant(organization.id, snapshot=True):
        assert_nothing_broken(organization)


def test_two_lines_changed_so_that_the_entry_still_balances(company: Any) -> None:
    """One yuan moved from tax to revenue."""
    with superuser() as intruder:
        for code, change in (("6001", 1), ("22210105", -1)):
            intruder.execute(
                """
                UPDATE ledger_journal_line SET credit = credit + %s
                WHERE organization_id = %s AND credit > 0 AND account_id = (
                    SELECT id FROM ledger_account WHERE organization_id = %s AND code = %s)
                """,
                [change, company.pk, company.pk, code],
            )
        intruder.commit()
    with tenant(company.id):
        [row] = check(company)
    assert (row.validation, row.number) == ("entry_lines_follow_the_posting_rule", "I1")


def test_a_forged_allocation_with_all_balances_adjusted(company: Any) -> None:
    with superuser() as intruder:
        [row] = intruder.execute(
            """
            INSERT INTO ledger_allocation (organization_id, id, act_id, debit_item_id, credit_item_id, amount,
                debit_base, credit_base, effective_on)
            SELECT organization_id, uuidv7(), act_id, debit_item_id, credit_item_id, 1, 1, 1, effective_on
            FROM ledger_allocation WHERE organization_id = %s
            RETURNING id
            """,
            [company.pk],
        ).fetchall()
        intruder.execute(
            "UPDATE ledger_open_item SET open_amount = open_amount - 1, open_base = open_base - 1"
            " WHERE organization_id = %s AND side = 1",
            [company.pk],
        )
        intruder.commit()
    with tenant(company.id):
        broken = check(company)
    assert (row[0], "allocation_has_its_event") in {(r.record_id, r.validation) for r in broken}
    assert "I1 ← R1" in {r.number for r in broken}


def test_a_forged_entry_of_nothing(company: Any) -> None:
    with superuser() as intruder:
        [row] = intruder.execute(
            """
            INSERT INTO ledger_journal_entry (organization_id, id, act_id, event, effective_on, allocation_id)
            SELECT organization_id, uuidv7(), act_id, 'apply_credit', effective_on, id
            FROM ledger_allocation WHERE organization_id = %s
            RETURNING id
            """,
            [company.pk],
        ).fetchall()
        intruder.commit()
    with tenant(company.id):
        assert {r.validation for r in check(company) if r.record_id == row[0]} == {
            "entry_balances",
            "allocation_has_its_entries",
        }


def test_an_entry_slipped_into_a_closed_period(company: Any, actor: Any) -> None:
    from huikuan.ledger.operations import close_period

    with tenant(company.id):
        close_period(month=day("2025-12-01"), actor=actor)
        books = _books(company, actor)
        late = books.invoice("I9", "2026-01-31", "5.00")
    with superuser() as intruder:
        for table, column in (("ledger_journal_entry", "effective_on"), ("ledger_document", "document_on")):
            key = "document_id" if column == "effective_on" else "id"
            intruder.execute(f"UPDATE {table} SET {column} = '2025-12-31' WHERE {key} = %s", [late.pk])
        intruder.commit()
    with tenant(company.id):
        [row] = [r for r in check(company) if r.validation == "closed_period_takes_nothing"]
    assert row.number == "I9"


def test_a_group_that_was_left_does_not_break_old_allocations(company: Any, actor: Any) -> None:
    with tenant(company.id):
        head, child, other = create_customers(
            [CustomerFacts(code=code) for code in ("head", "child", "other")], actor=actor
        )
        change_customers(
            [(child, CustomerFacts(code="child", parent_id=head.pk))], actor=actor, effective_on=TODAY
        )
        books = Books(
            organization=company, actor=actor, today=TODAY, customers={"head": head, "child": child}
        )
        books.invoice("G1", "2026-01-05", "10.00", customer="child")
        books.receipt("G2", "2026-01-05", "10.00", customer="head")
        books.allocate("G2", "G1", "10.00", "2026-01-05")
        change_customers(
            [(child, CustomerFacts(code="child", parent_id=other.pk))], actor=actor, effective_on=TODAY
        )
        assert_nothing_broken(company)
        assert CustomerChange.objects.count() == 2
    with superuser() as intruder:
        intruder.execute("DELETE FROM customers_customer_change WHERE organization_id = %s", [company.pk])
        intruder.commit()
    with tenant(company.id):
        assert [(r.validation, r.number) for r in check(company)] == [
            ("allocation_stays_with_the_customer_or_group", "G1 ← G2")
        ]


def test_entries_made_under_a_former_rule_are_not_judged_by_the_new(company: Any, actor: Any) -> None:
    """A rule is replaced, with its event; what was booked before stays right."""
    from huikuan.audit.operations import act, record_event
    from huikuan.ledger.operations.books import RECORD_BOOKS

    with tenant(company.id):
        old = PostingRule.objects.get(event="sale", position=2)
        with act("replace_rule", actor=actor) as opened:
            record_event(action="removed", record_kind="posting_rule", record_id=old.pk, number="sale")
            PostingRule.objects.filter(pk=old.pk).delete()
            new = PostingRule.objects.create(
                organization_id=company.pk,
                event="sale",
                position=2,
                side=-1,
                account=Account.objects.get(code="6301"),
                measure="net",
            )
            with connection.cursor() as cursor:
                cursor.execute(
                    RECORD_BOOKS[1] + " AND r.id = %(rule)s",
                    {"organization": company.pk, "act": opened.id, "rule": new.pk},
                )
        books = _books(company, actor)
        books.invoice("I2", "2026-02-05", "10.00")
        assert_nothing_broken(company)
        assert "C6301 10.00" in books.entries("sale")


@pytest.mark.parametrize(
    ("uscc", "broken"),
    [("91350100M000100Y43", 0), ("91350100M000100Y4Z", 1), ("9135", 1), ("91310000MA1K000180", 0)],
)
def test_credit_codes(company: Any, actor: Any, uscc: str, broken: int) -> None:
    with tenant(company.id):
        Books(organization=company, actor=actor, today=TODAY).customer("U1", uscc=uscc)
        assert len(check(company)) == broken


def test_amounts_are_told_without_needless_zeros(company: Any) -> None:
    with superuser() as intruder:
        intruder.execute(
            "UPDATE ledger_journal_line SET debit = debit + 0.5 WHERE organization_id = %s AND debit = 113",
            [company.pk],
        )
        intruder.commit()
    with tenant(company.id):
        [balance] = [row for row in check(company) if row.validation == "entry_balances"]
    assert str(Decimal("113.5")) in balance.detail
    assert "113.5000" not in balance.detail

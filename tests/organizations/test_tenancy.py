"""Another organization's rows can be neither read, written, referenced nor counted: raw SQL as the web role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from huikuan.core.postgres.tenancy import OutsideTenant, as_user, current_organization_id, tenant
from huikuan.customers.models import Customer
from huikuan.ledger.models import Document, OpenItem
from huikuan.organizations.models import Membership, Role, User
from huikuan.organizations.operations import add_member
from huikuan.organizations.queries import organizations_of
from tests.conftest import TODAY, make_organization
from tests.trade import Books

pytestmark = [pytest.mark.django_db, pytest.mark.raw_sql]


@dataclass(frozen=True)
class Two:
    """Our organization and theirs, both with a customer, an invoice, a receipt and an allocation."""

    ours: UUID
    theirs: UUID


@pytest.fixture
def two(db: None, actor: Any) -> Iterator[Two]:
    ids = []
    for _ in range(2):
        organization = make_organization(actor)
        ids.append(organization.pk)
        with tenant(organization.pk):
            books = Books(organization=organization, actor=actor, today=TODAY)
            books.invoice("I1", "2026-01-05", "100.00")
            books.receipt("R1", "2026-01-20", "60.00")
            books.allocate("R1", "I1", "60.00", "2026-01-20")
    yield Two(*ids)


def ask(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


def _refused(sql: str, *parameters: Any) -> psycopg.errors.Error:
    """The database's refusal of a statement; the transaction goes on."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        ask(sql, *parameters)
    cause = refusal.value.__cause__
    assert isinstance(cause, psycopg.errors.Error)
    return cause


def _tenant_tables() -> list[str]:
    return [
        table
        for (table,) in ask(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'organization_id'"
            " AND NOT a.attisdropped ORDER BY 1"
        )
    ]


def _their(two: Two, sql: str) -> Any:
    with tenant(two.theirs):
        return ask(sql)[0][0]


# Reading.


def test_only_our_rows_are_read_and_counted(two: Two) -> None:
    filled = 0
    for table in _tenant_tables():
        with tenant(two.theirs):
            exists = ask(f"SELECT count(*) FROM {table}")[0][0] > 0
        with tenant(two.ours):
            owners = {row[0] for row in ask(f"SELECT organization_id FROM {table}")}
            assert owners <= {two.ours}, table
            assert ask(f"SELECT count(*) FROM {table} WHERE organization_id = %s", two.theirs) == [(0,)], (
                table
            )
        filled += exists
    assert filled >= 12  # the test would say nothing about empty tables


def test_a_sum_over_everything_is_ours_alone(two: Two) -> None:
    with tenant(two.ours):
        assert ask("SELECT sum(open_amount) FROM ledger_open_item WHERE side = 1") == [(40,)]
        assert ask("SELECT count(*) FROM ledger_document a, ledger_document b") == [(4,)]


def test_outside_a_tenant_nothing_is_seen(two: Two) -> None:
    for table in _tenant_tables():
        assert ask(f"SELECT count(*) FROM {table}") == [(0,)], table


@pytest.mark.parametrize("setting", ["", "00000000-0000-0000-0000-000000000000"])
def test_an_empty_or_unknown_organization_sees_nothing(two: Two, setting: str) -> None:
    ask("SELECT set_config('app.organization_id', %s, true)", setting)
    assert ask("SELECT count(*) FROM ledger_document") == [(0,)]


def test_planner_functions_do_not_leak_rows(two: Two) -> None:
    """A cheap function of one's own in the filter must not see rows before row security has."""
    with tenant(two.ours):
        ask(
            "CREATE FUNCTION pg_temp.peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS"
            " $$ BEGIN RAISE NOTICE '%%', $1; RETURN true; END $$"
        )
        seen: list[str] = []
        raw = connection.connection
        raw.add_notice_handler(lambda notice: seen.append(notice.message_primary))
        ask("SELECT count(*) FROM ledger_document WHERE pg_temp.peek(organization_id::text)")
    assert seen
    assert set(seen) == {str(two.ours)}


def test_statistics_of_tenant_tables_are_hidden(two: Two) -> None:
    ask("SELECT 1")
    with tenant(two.ours):
        shown = ask(
            "SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = 'public' AND tablename = ANY(%s)",
            _tenant_tables(),
        )
    assert shown == []


# Writing.


def test_rows_of_another_organization_are_not_inserted(two: Two) -> None:
    with tenant(two.ours):
        for sql in (
            "INSERT INTO customers_customer (organization_id, id, code, name, sort_key, initials, uscc, country,"
            " region, sector, size, segment) VALUES (%s, uuidv7(), 'X', 'X', '', '', '', 'CN', '', '', '', '')",
            "INSERT INTO ledger_period (organization_id, id, month) VALUES (%s, uuidv7(), '2030-01-01')",
            "INSERT INTO audit_act (organization_id, id, kind, actor_name, roles, address, reason)"
            " VALUES (%s, uuidv7(), 'x', 'x', '', '', '')",
            "INSERT INTO organizations_role (organization_id, id, code, name, scope, permissions)"
            " VALUES (%s, uuidv7(), 'root', 'root', 'all', '[]')",
        ):
            error = _refused(sql, two.theirs)
            assert isinstance(error, psycopg.errors.InsufficientPrivilege)
            assert "row-level security" in str(error)


def test_every_table_refuses_a_row_of_another_organization(two: Two) -> None:
    """A copy of their own row, under a new key: refused by grant or by row security, whatever the table."""
    for table in _tenant_tables():
        columns = [
            row[0]
            for row in ask(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
                " AND attgenerated = ''",
                table,
            )
        ]
        values = ", ".join("%(theirs)s" if column == "organization_id" else column for column in columns)
        with tenant(two.ours), pytest.raises(DatabaseError), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} LIMIT 1",
                    {"theirs": two.theirs},
                )
                assert cursor.rowcount == 0, table
            raise DatabaseError  # nothing of ours to copy: nothing written


def test_rows_of_another_organization_are_not_changed_or_deleted(two: Two) -> None:
    customer = _their(two, "SELECT id FROM customers_customer")
    with tenant(two.ours):
        assert ask("UPDATE customers_customer SET name = 'x' WHERE id = %s", customer) == [(0,)]
        assert ask("UPDATE customers_customer SET name = 'x' WHERE organization_id = %s", two.theirs) == [
            (0,)
        ]
        assert ask("UPDATE ledger_open_item SET due_on = NULL WHERE organization_id = %s", two.theirs) == [
            (0,)
        ]
        assert ask("DELETE FROM organizations_role WHERE organization_id = %s", two.theirs) == [(0,)]
    assert _their(two, "SELECT name FROM customers_customer") == "客户C1"


def test_a_row_never_moves_to_another_organization(two: Two) -> None:
    with tenant(two.ours):
        error = _refused("UPDATE organizations_role SET organization_id = %s", two.theirs)
        assert "row-level security" in str(error)
        assert isinstance(
            _refused("UPDATE ledger_open_item SET organization_id = %s", two.theirs),
            psycopg.errors.InsufficientPrivilege,
        )


def test_an_upsert_cannot_touch_their_row(two: Two) -> None:
    counter = "INSERT INTO ledger_number_counter (organization_id, id, prefix, month, last) VALUES"
    ask_theirs = f"{counter} (%s, uuidv7(), 'YS', '2026-01-01', 9)"
    with tenant(two.theirs):
        ask(ask_theirs, two.theirs)
    with tenant(two.ours):
        error = _refused(
            f"{ask_theirs} ON CONFLICT (organization_id, prefix, month) DO UPDATE SET last = 0", two.theirs
        )
    assert "row-level security" in str(error)


# Referring.


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("customers_customer", "parent_id", "customers_customer"),
        ("customers_customer", "salesperson_id", "customers_customer"),
        ("ledger_document", "voided_by_id", "ledger_document"),
    ],
)
def test_a_reference_to_their_row_cannot_exist(two: Two, table: str, column: str, target: str) -> None:
    key = _their(two, f"SELECT id FROM {target} LIMIT 1")
    with tenant(two.ours):
        error = _refused(f"UPDATE {table} SET {column} = %s", key)
    assert isinstance(error, psycopg.errors.ForeignKeyViolation)


def test_a_document_for_their_customer_is_refused(two: Two) -> None:
    theirs = _their(two, "SELECT id FROM customers_customer")
    with tenant(two.ours):
        act = ask(
            "INSERT INTO audit_act (organization_id, id, kind, actor_name, roles, address, reason)"
            " VALUES (%s, uuidv7(), 'x', 'x', '', '', '') RETURNING id",
            two.ours,
        )[0][0]
        error = _refused(
            "INSERT INTO ledger_document (organization_id, id, act_id, kind, event, number, customer_id, document_on,"
            " currency, rate, amount, net, tax, base_amount, reference, product, memo)"
            " VALUES (%s, uuidv7(), %s, 'invoice', 'sale', 'X', %s, '2026-01-05', 'CNY', 1, 1, 1, 0, 1, '', '', '')",
            two.ours,
            act,
            theirs,
        )
    assert isinstance(error, psycopg.errors.ForeignKeyViolation)


def test_a_line_on_their_account_or_entry_is_refused(two: Two) -> None:
    their_account = _their(two, "SELECT id FROM ledger_account LIMIT 1")
    their_entry = _their(two, "SELECT id FROM ledger_journal_entry LIMIT 1")
    insert = (
        "INSERT INTO ledger_journal_line (organization_id, entry_id, position, account_id, debit, credit)"
        " VALUES (%(o)s, %(e)s, 901, %(a)s, 1, 0), (%(o)s, %(e)s, 902, %(a)s, 0, 1)"
    )
    with tenant(two.ours):
        account = ask("SELECT id FROM ledger_account LIMIT 1")[0][0]
        for entry, chosen in ((their_entry, account), (uuid4(), their_account)):
            with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(insert, {"o": two.ours, "e": entry, "a": chosen})
            assert refusal.value.__cause__.diag.constraint_name in {"line_has_an_entry"}  # type: ignore[union-attr]


# The web role cannot become more than it is.


@pytest.mark.parametrize(
    "sql",
    [
        "SET ROLE huikuan_owner",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION huikuan_owner",
        "ALTER TABLE ledger_document DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE ledger_document NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY own_rows_read ON ledger_document",
        "ALTER ROLE huikuan_web BYPASSRLS",
        "GRANT huikuan_owner TO huikuan_web",
        "TRUNCATE ledger_document",
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "DROP TRIGGER a_open_act ON ledger_document",
        "ALTER TABLE ledger_document DISABLE TRIGGER ALL",
        "CREATE TRIGGER x AFTER INSERT ON ledger_document EXECUTE FUNCTION public.ledger_void_once()",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION public.ledger_lines_balance() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "ALTER FUNCTION public.ledger_lines_balance() OWNER TO huikuan_web",
        "COPY ledger_document TO PROGRAM 'cat'",
        "COPY ledger_document FROM '/etc/passwd'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_it_cannot_lift_its_limits(two: Two, sql: str) -> None:
    with tenant(two.ours):
        error = _refused(sql)
        assert isinstance(error, psycopg.errors.InsufficientPrivilege | psycopg.errors.FeatureNotSupported), (
            error
        )
        assert ask("SELECT count(*) FROM ledger_document") == [(2,)]


def test_it_cannot_grant_itself_more(two: Two) -> None:
    ask("GRANT ALL ON ledger_document TO huikuan_web")  # a warning to the caller, and no effect
    assert ask("SELECT has_table_privilege('ledger_document', 'DELETE, TRUNCATE, TRIGGER')") == [(False,)]


def test_switching_row_security_off_is_an_error_and_no_way_around(two: Two) -> None:
    with tenant(two.ours), transaction.atomic():
        ask("SET LOCAL row_security = off")
        error = _refused("SELECT count(*) FROM ledger_document")
    assert isinstance(error, psycopg.errors.InsufficientPrivilege)


def test_a_copy_out_holds_only_our_rows(two: Two) -> None:
    out = "COPY (SELECT organization_id FROM ledger_document) TO STDOUT"
    with tenant(two.ours), connection.cursor() as cursor, cursor.copy(out) as copy:
        rows = list(copy.rows())
    assert {row[0] for row in rows} == {str(two.ours)}


def test_types_and_tables_of_ones_own_do_not_get_into_the_owner_s_functions(two: Two) -> None:
    """Triggers run as the owner: were pg_temp first in their search path, this domain's check would too."""
    with tenant(two.ours):
        ask("CREATE TEMP TABLE caught (who text)")
        ask("GRANT ALL ON caught TO PUBLIC")
        ask(
            "CREATE FUNCTION pg_temp.spy(pg_catalog.timestamptz) RETURNS boolean LANGUAGE plpgsql AS"
            " $$ BEGIN INSERT INTO pg_temp.caught VALUES (current_user); RETURN true; END $$"
        )
        ask("CREATE DOMAIN pg_temp.date AS pg_catalog.timestamptz CHECK (pg_temp.spy(VALUE))")
        customer = Customer.objects.get()
    from huikuan.ledger.operations import NewDocument, record_invoices
    from huikuan.organizations.actors import local_operator

    with tenant(two.ours):
        from decimal import Decimal

        new = NewDocument(customer_id=customer.pk, document_on=TODAY, amount=Decimal(1))
        record_invoices([new], actor=local_operator())
        assert ask("SELECT who FROM caught WHERE who <> 'huikuan_web'") == []


# tenant() itself.


def test_managers_refuse_outside_a_tenant(two: Two) -> None:
    for read in (
        lambda: Customer.objects.count(),
        lambda: list(OpenItem.objects.all()),
        lambda: Role.objects.first(),
    ):
        with pytest.raises(OutsideTenant):
            read()
    with pytest.raises(OutsideTenant):
        current_organization_id()


def test_managers_show_our_rows_even_when_asked_for_theirs(two: Two) -> None:
    with tenant(two.ours):
        assert Document.objects.count() == 2
        assert not Document.objects.filter(organization_id=two.theirs).exists()


def test_a_tenant_inside_a_tenant_gives_back_the_outer_one(two: Two) -> None:
    with tenant(two.ours):
        with tenant(two.theirs):
            assert current_organization_id() == two.theirs
            assert ask("SELECT DISTINCT organization_id FROM ledger_document") == [(two.theirs,)]
        assert current_organization_id() == two.ours
        assert ask("SELECT DISTINCT organization_id FROM ledger_document") == [(two.ours,)]
        with pytest.raises(ZeroDivisionError), tenant(two.theirs):
            raise ZeroDivisionError
        assert current_organization_id() == two.ours
        assert ask("SELECT DISTINCT organization_id FROM ledger_document") == [(two.ours,)]
    assert ask("SELECT count(*) FROM ledger_document") == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_the_setting_ends_with_the_transaction(two: Two) -> None:
    with tenant(two.ours):
        assert ask("SELECT current_setting('app.organization_id')") == [(str(two.ours),)]
    assert ask("SELECT coalesce(current_setting('app.organization_id', true), '')") == [("",)]
    with pytest.raises(ZeroDivisionError), tenant(two.ours):
        raise ZeroDivisionError
    assert ask("SELECT coalesce(current_setting('app.organization_id', true), '')") == [("",)]
    with pytest.raises(OutsideTenant):
        current_organization_id()


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_sees_one_state_and_writes_nothing(two: Two, actor: Any) -> None:
    import threading

    def post() -> None:
        try:
            with tenant(two.ours):
                ask("UPDATE customers_customer SET name = '新名' WHERE organization_id = %s", two.ours)
        finally:
            connection.close()

    with tenant(two.ours, snapshot=True):
        before = ask("SELECT name FROM customers_customer")
        writer = threading.Thread(target=post)
        writer.start()
        writer.join()
        assert ask("SELECT name FROM customers_customer") == before
        error = _refused("UPDATE customers_customer SET name = 'x'")
        assert isinstance(error, psycopg.errors.ReadOnlySqlTransaction)
    with tenant(two.ours):
        assert ask("SELECT name FROM customers_customer") == [("新名",)]


def test_memberships_are_read_by_their_own_user_before_an_organization_is_chosen(two: Two) -> None:
    anna, ben = (
        User.objects.create_user(name=name, password=None, email=f"{name}-{uuid4().hex}@example.com")
        for name in ("anna", "ben")
    )
    with tenant(two.ours):
        add_member(user=anna, role_codes=["cashier"])
    with tenant(two.theirs):
        add_member(user=anna, role_codes=["auditor"])
        add_member(user=ben, role_codes=["auditor"])
    with as_user(anna.pk):
        mine = ask("SELECT organization_id, user_id FROM organizations_membership")
        assert set(mine) == {(two.ours, anna.pk), (two.theirs, anna.pk)}
        assert ask("SELECT count(*) FROM organizations_membership_role") == [(0,)]
        assert isinstance(
            _refused(
                "INSERT INTO organizations_membership (organization_id, id, user_id, team, active)"
                " VALUES (%s, uuidv7(), %s, '', true)",
                two.theirs,
                anna.pk,
            ),
            psycopg.errors.InsufficientPrivilege,
        )
        assert ask("UPDATE organizations_membership SET active = true") == [(0,)]
        assert ask("DELETE FROM organizations_membership") == [(0,)]
    assert ask("SELECT count(*) FROM organizations_membership") == [(0,)]
    assert [organization.pk for organization in organizations_of(ben.pk)] == [two.theirs]
    with tenant(two.ours):
        assert {member.user_id for member in Membership.objects.all()} == {anna.pk}

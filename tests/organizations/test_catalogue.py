"""What the database says of itself: keys, policies and grants of every tenant table."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CompositePrimaryKey

from huikuan.core.postgres.fields import is_tenant
from huikuan.core.postgres.security import APPEND_ONLY

pytestmark = [pytest.mark.django_db, pytest.mark.raw_sql]

TENANT_TABLES = """
    SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND a.attname = 'organization_id' AND NOT a.attisdropped
"""


def ask(sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def test_every_model_with_an_organization_is_a_tenant_table() -> None:
    models = {model._meta.db_table for model in apps.get_models() if is_tenant(model)}
    tables = {str(row[0]) for row in ask(f"SELECT oid::regclass FROM ({TENANT_TABLES}) t")}
    assert models == tables
    assert len(tables) > 20


def test_every_tenant_table_has_row_security_with_both_policies() -> None:
    rows = ask(
        f"""
        SELECT c.relname, c.relrowsecurity, array_agg(p.polname::text ORDER BY p.polname), bool_and(p.polpermissive)
        FROM ({TENANT_TABLES}) t
        JOIN pg_class c ON c.oid = t.oid
        LEFT JOIN pg_policy p ON p.polrelid = c.oid
        GROUP BY 1, 2
        """
    )
    for table, secured, policies, _permissive in rows:
        assert secured, table
        assert policies == ["own_rows_read", "own_rows_write"], table


def test_every_policy_compares_the_organization_and_only_memberships_know_a_user() -> None:
    rows = ask(
        "SELECT polrelid::regclass::text, polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid),"
        " polroles::regrole[]::text FROM pg_policy"
    )
    for table, command, using, check, roles in rows:
        assert "organization_id = " in using, table
        assert "app.organization_id" in using, table
        assert (" OR " in using) == (table == "organizations_membership" and command == "r"), table
        assert command == "r" or check == using, table
        assert roles == "{huikuan_web}", table


def test_the_web_role_is_nobody_special() -> None:
    assert ask("SELECT current_user, session_user") == [("huikuan_web", "huikuan_web")]
    assert ask(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles"
        " WHERE rolname = 'huikuan_web'"
    ) == [(False,) * 5]
    assert ask("SELECT count(*) FROM pg_auth_members WHERE member = 'huikuan_web'::regrole") == [(0,)]


def test_the_web_role_owns_nothing() -> None:
    assert (
        ask(
            """
        SELECT relname FROM pg_class
        WHERE relowner = 'huikuan_web'::regrole AND relnamespace <> pg_my_temp_schema()
          AND relnamespace::regnamespace::text NOT LIKE 'pg_t%%'
        UNION ALL SELECT proname FROM pg_proc WHERE proowner = 'huikuan_web'::regrole
        UNION ALL SELECT nspname FROM pg_namespace
            WHERE nspowner = 'huikuan_web'::regrole AND nspname NOT LIKE 'pg_t%%'
        UNION ALL SELECT datname FROM pg_database WHERE datdba = 'huikuan_web'::regrole
        """,
            [],
        )
        == []
    )


def test_owners_of_tenant_tables_are_subject_to_no_one_but_the_owner_role() -> None:
    assert ask(f"SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE oid IN ({TENANT_TABLES})") == [
        ("huikuan_owner",)
    ]


@pytest.mark.parametrize(
    "model",
    [model for model in apps.get_models() if is_tenant(model)],
    ids=lambda model: model._meta.db_table,
)
def test_grants_are_what_the_model_says(model: Any) -> None:
    access = getattr(model, "row_access", APPEND_ONLY)
    table = model._meta.db_table

    def may(privilege: str) -> bool:
        return bool(ask("SELECT has_table_privilege('huikuan_web', %s, %s)", [table, privilege])[0][0])

    assert may("SELECT")
    assert may("INSERT") == access.insert
    assert may("DELETE") == access.delete
    assert may("UPDATE") == (access.update is True)
    assert not may("TRUNCATE")
    assert not may("REFERENCES")
    assert not may("TRIGGER")
    assert not may("MAINTAIN")
    columns = {
        row[0]
        for row in ask(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND has_column_privilege('huikuan_web', attrelid, attnum, 'UPDATE')",
            [table],
        )
    }
    if access.update is not True:
        assert columns == set(access.update or ())


def test_what_is_posted_is_only_added_to() -> None:
    """UPDATE and DELETE are refused by grant, before any row is looked at."""
    from django.db import ProgrammingError, transaction

    for table, column in {
        "ledger_allocation": "amount",
        "ledger_journal_entry": "effective_on",
        "ledger_journal_line": "debit",
        "ledger_document": "amount",
        "ledger_open_item": "open_amount",
        "ledger_item_change": "due_on",
        "audit_event": "content",
        "audit_act": "actor_name",
        "audit_seal": "digest",
        "customers_customer_change": "region",
    }.items():
        for sql in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            refusal = pytest.raises(ProgrammingError, match="permission denied")
            with refusal, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)


COMPOSED = {
    model._meta.db_table for model in apps.get_models() if isinstance(model._meta.pk, CompositePrimaryKey)
}
"""Tables whose rows are found by what they join, under the organization."""


def test_keys_begin_with_the_organization() -> None:
    rows = ask(
        f"""
        SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, i.indisprimary, i.indisunique, m.amname,
               (SELECT array_agg(a.attname::text ORDER BY k.position)
                FROM unnest(i.indkey::int[]) WITH ORDINALITY k (attnum, position)
                LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum)
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
        WHERE i.indrelid IN ({TENANT_TABLES})
        """
    )
    assert len(rows) > 40
    for table, index, primary, unique, method, columns in rows:
        if method == "gin":  # finds parts of names for a function that filters by the organization itself
            assert index in ("customer_by_any_name", "customer_name_by_part"), index
            continue
        # A person's memberships are found before an organization is chosen.
        by_user = table == "organizations_membership" and columns == ["user_id"] and not unique
        assert columns[0] == "organization_id" or by_user, index
        if primary and table not in COMPOSED:
            assert columns == ["organization_id", "id"], table


def test_every_organization_is_given() -> None:
    assert (
        ask(
            f"SELECT attrelid::regclass::text FROM pg_attribute WHERE attname = 'organization_id' AND NOT attnotnull"
            f" AND attrelid IN ({TENANT_TABLES})"
        )
        == []
    )


def test_references_between_tenant_tables_carry_the_organization() -> None:
    rows = ask(
        f"""
        SELECT c.conrelid::regclass::text, c.conname, c.condeferrable, c.convalidated,
               c.confrelid IN ({TENANT_TABLES}),
               (SELECT array_agg(a.attname::text ORDER BY k.position)
                FROM unnest(c.conkey::int[]) WITH ORDINALITY k (attnum, position)
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum),
               (SELECT array_agg(a.attname::text ORDER BY k.position)
                FROM unnest(c.confkey::int[]) WITH ORDINALITY k (attnum, position)
                JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.attnum)
        FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid IN ({TENANT_TABLES})
        """
    )
    between = [row for row in rows if row[4]]
    assert len(between) > 20
    for table, name, deferrable, validated, to_tenant, columns, target in rows:
        assert not deferrable, name
        assert validated, name
        if to_tenant:
            assert columns[0] == target[0] == "organization_id", (table, name)
            assert target == ["organization_id", "id"], (table, name)


def test_no_trigger_is_deferred_and_none_is_off() -> None:
    assert (
        ask(
            f"SELECT tgname FROM pg_trigger WHERE tgrelid IN ({TENANT_TABLES}) AND (tgdeferrable OR tgenabled <> 'O')"
        )
        == []
    )


def test_functions_with_the_owner_s_rights_look_at_temporary_objects_last() -> None:
    rows = ask(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        " AND proowner = 'huikuan_owner'::regrole"
    )
    assert len(rows) >= 5
    for name, settings in rows:
        assert settings, name
        [path] = [setting for setting in settings if setting.startswith("search_path=")]
        assert path.endswith("pg_temp"), name
        assert "public" not in path, name

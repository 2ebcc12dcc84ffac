"""The backend over Django's own: composite keys for tenant tables, and nothing deferred."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext, isolate_apps

from huikuan.core.postgres.bulk import analyse_grown_tables, stage
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey, UuidKey, is_tenant
from huikuan.core.postgres.security import RowAccess, security_statements
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from huikuan.ledger.models import Allocation, JournalLine, NumberCounter
from huikuan.organizations.models import Organization, User

pytestmark = pytest.mark.django_db


@isolate_apps("huikuan.organizations")
def _models() -> tuple[type[models.Model], type[models.Model]]:
    """Two tenant tables that exist only as statements, unknown to the rest of the run."""

    class Folder(models.Model):
        id = UuidKey()
        organization = OrganizationField(to=Organization)
        parent = TenantForeignKey("self", null=True)
        owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

        class Meta:
            app_label = "organizations"
            db_table = "folder"

    class Page(models.Model):
        id = UuidKey()
        organization = OrganizationField(to=Organization)
        folder = TenantForeignKey(Folder)
        previous = TenantForeignKey(Folder, null=True, db_constraint=False)

        class Meta:
            app_label = "organizations"
            db_table = "page"

    return Folder, Page


Folder, Page = _models()


def _statements(model: Any) -> list[str]:
    with connection.schema_editor(collect_sql=True) as editor:
        editor.create_model(model)
    return [sql for sql in editor.collected_sql if not sql.startswith("--")]


def test_the_key_of_a_tenant_table_starts_with_the_organization() -> None:
    [create, *_] = _statements(Folder)
    assert create.count("PRIMARY KEY") == 1
    assert 'PRIMARY KEY ("organization_id", "id")' in create
    assert '"id" uuid NOT NULL' in create


def test_a_reference_to_a_tenant_row_carries_the_organization() -> None:
    references = [sql for sql in _statements(Page) if "FOREIGN KEY" in sql]
    assert len(references) == 1  # of the folder; its key proves the organization, `previous` asks for none
    assert (
        'FOREIGN KEY ("organization_id", "folder_id") REFERENCES "folder" ("organization_id", "id")'
        in references[0]
    )


def test_a_reference_to_a_global_row_is_an_ordinary_one() -> None:
    references = sorted(sql for sql in _statements(Folder) if "FOREIGN KEY" in sql)
    assert any('("owner_id") REFERENCES "organizations_user" ("id")' in sql for sql in references)
    assert any(
        '("organization_id") REFERENCES "organizations_organization" ("id")' in sql for sql in references
    )
    assert any(
        '("organization_id", "parent_id") REFERENCES "folder" ("organization_id", "id")' in sql
        for sql in references
    )
    assert len(references) == 3


def test_nothing_is_deferrable() -> None:
    assert not any("DEFERRABLE" in sql for model in (Folder, Page) for sql in _statements(model))


def test_a_composite_key_in_the_model_stays_as_it_is() -> None:
    [create, *_] = _statements(JournalLine)
    assert create.count("PRIMARY KEY") == 1
    assert 'PRIMARY KEY ("organization_id", "entry_id", "position")' in create


def test_a_global_table_keeps_its_plain_key() -> None:
    [create, *_] = _statements(Organization)
    assert '"id" uuid NOT NULL PRIMARY KEY' in create


def test_tenant_tables_are_known_by_their_field() -> None:
    assert is_tenant(Customer)
    assert is_tenant(JournalLine)
    assert not is_tenant(Organization)
    assert not is_tenant(User)


def test_the_schema_can_be_changed_later() -> None:
    """Adding a column with a reference to an existing tenant table."""
    field = TenantForeignKey(Customer, null=True)
    field.set_attributes_from_name("referee")
    field.model = Customer
    with connection.schema_editor(collect_sql=True) as editor:
        editor.add_field(Customer, field)
    sql = " ".join(editor.collected_sql)
    assert (
        'FOREIGN KEY ("organization_id", "referee_id") REFERENCES "customers_customer" ("organization_id", "id")'
        in sql
    )
    assert "DEFERRABLE" not in sql


def test_grants_follow_the_models() -> None:
    statements = security_statements()
    assert {
        "GRANT SELECT ON ledger_allocation TO huikuan_web",
        "GRANT INSERT ON ledger_allocation TO huikuan_web",
    } <= set(statements)
    assert "GRANT INSERT ON ledger_day_total TO huikuan_web" not in statements
    assert not any("UPDATE" in sql and " ledger_allocation " in sql for sql in statements)
    assert "GRANT UPDATE (last) ON ledger_number_counter TO huikuan_web" in statements
    assert "GRANT UPDATE ON customers_customer TO huikuan_web" in statements
    assert not any("DELETE" in sql and " customers_customer " in sql for sql in statements)
    assert Allocation.row_access == RowAccess(update=False, delete=False)
    assert NumberCounter.row_access.update == ("last",)


def test_staged_rows_are_there_and_the_former_are_gone() -> None:
    columns = (("position", "int"), ("name", "text"))
    with connection.cursor() as cursor:
        for rows in ([(1, "甲"), (2, "b\tc\n\\N")], [(3, None)], []):
            stage("staged_names", columns, rows)
            cursor.execute("SELECT position, name FROM staged_names ORDER BY position")
            assert cursor.fetchall() == rows


def test_many_staged_rows_are_known_to_the_planner() -> None:
    stage("staged_numbers", (("n", "int"),), ((n,) for n in range(1000)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'pg_temp.staged_numbers'::regclass")
        assert cursor.fetchone() == (1000,)


def test_plans_made_for_a_large_set_are_given_up_before_a_small_one() -> None:
    def discarded(name: str, count: int) -> bool:
        with CaptureQueriesContext(connection) as asked:
            stage(name, (("n", "int"),), ((n,) for n in range(count)))
        return any("DISCARD PLANS" in each["sql"] for each in asked)

    counts = (1, 1000, 2000, 5, 5)
    assert [discarded("staged_more", count) for count in counts] == [False, False, False, True, False]
    discarded("staged_more", 1000)
    assert not discarded("staged_others", 1)


def test_tables_that_grew_in_a_transaction_are_known_to_the_planner(organization: Organization) -> None:
    with tenant(organization.pk), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_number_counter (organization_id, id, prefix, month, last)"
            " SELECT %s, uuidv7(), 'ZZ', date '1000-01-01' + n, 1 FROM generate_series(1, 8000) n",
            [organization.pk],
        )
        analyse_grown_tables()
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", ["ledger_number_counter"])
        assert cursor.fetchone()[0] >= 8000


def test_what_was_taken_back_leaves_no_table_planned_for_as_empty(organization: Organization) -> None:
    """Of two transactions that are rolled back, the second looks at what the first left behind."""
    for looks_at_it in (False, True):
        with (
            tenant(organization.pk),
            connection.cursor() as cursor,
            suppress(ZeroDivisionError),
            transaction.atomic(),
        ):
            if looks_at_it:
                analyse_grown_tables()
            else:
                cursor.execute(
                    "INSERT INTO ledger_number_counter (organization_id, id, prefix, month, last)"
                    " SELECT %s, uuidv7(), 'ZY', date '1000-01-01' + n, 1 FROM generate_series(1, 40000) n",
                    [organization.pk],
                )
            raise ZeroDivisionError
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", ["ledger_number_counter"])
        assert cursor.fetchone()[0] >= 1000

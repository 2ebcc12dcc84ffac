"""One change of one row by a superuser, past every trigger and key: the check names the row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.conftest import TODAY, make_organization
from tests.ledger.checking import check
from tests.superuser import superuser

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Change:
    """`SET` expressions for the one row of `table` that `where` finds (`o`: its organization).

    `named` asks for what the check must name: the row itself, or what it belongs to.
    """

    table: str
    where: str
    values: dict[str, str] = field(default_factory=dict)  # empty: the row is deleted
    named: str = "id"

    def __str__(self) -> str:
        return f"{self.table}-{'-'.join(self.values) or 'deleted'}-{self.where.split()[0]}"


def _document(number: str) -> str:
    return f"(SELECT id FROM ledger_document WHERE organization_id = o AND number = '{number}')"


def _item(number: str, line: int = 1) -> str:
    return (
        f"(SELECT i.id FROM ledger_open_item i WHERE organization_id = o AND line = {line}"
        f" AND document_id = {_document(number)})"
    )


def _entry(number: str) -> str:
    return f"(SELECT id FROM ledger_journal_entry WHERE organization_id = o AND document_id = {_document(number)})"


def _account(code: str) -> str:
    return f"(SELECT id FROM ledger_account WHERE organization_id = o AND code = '{code}')"


def _seal(condition: str) -> str:
    return f"(SELECT id FROM audit_seal WHERE organization_id = o AND {condition})"


OTHER_ACT = "(SELECT id FROM audit_act WHERE organization_id = o AND kind = 'open_books')"
OTHER_CUSTOMER = "(SELECT id FROM customers_customer WHERE organization_id = o AND code = 'C2')"
OTHER_SALESPERSON = "(SELECT id FROM customers_salesperson WHERE organization_id = o AND code = 'S2')"
ALLOCATION = f"debit_item_id = {_item('I1')} AND credit_item_id = {_item('R1')} AND reverses_id IS NULL"
FIRST_CHANGE, SECOND_CHANGE = (
    f"item_id = {_item('M1', 1)} AND due_on = '{on}'" for on in ("2026-02-01", "2026-04-01")
)
REVERSAL = f"debit_item_id = {_item('I1')} AND credit_item_id = {_item('R1')} AND reverses_id IS NOT NULL"
EXCHANGE = f"debit_item_id = {_item('F1')}"
I1, V1, RECORDED = "number = 'I1'", "number = 'V1'", "number = 'I1' AND action = 'recorded'"
EVENT_OF_ALLOCATION = (
    "record_kind = 'allocation' AND action = 'unallocated' AND record_id = "
    f"(SELECT id FROM ledger_allocation WHERE organization_id = o AND {REVERSAL})"
)
ACT = "kind = 'record_invoice' AND recorded_at <= (SELECT until FROM audit_seal WHERE organization_id = o AND number = 1)"
ACT = f"id = (SELECT id FROM audit_act WHERE organization_id = o AND {ACT} ORDER BY recorded_at LIMIT 1)"
LINE = f"entry_id = {_entry('I1')} AND position = "
TRANSFER = "(SELECT id FROM ledger_journal_entry WHERE organization_id = o AND event = 'apply_credit')"
DIFFERENCE = (
    "(SELECT id FROM ledger_journal_entry WHERE organization_id = o AND event = 'exchange_difference')"
)
RULE = "event = 'sale' AND position = 2"


def _each(table: str, where: str, named: str = "id", **values: str) -> list[Change]:
    """One change per column."""
    return [Change(table, where, {column: value}, named) for column, value in values.items()]


CHANGES: list[Change] = [
    # Documents. The amounts are changed so that the table's own constraints still hold.
    *_each(
        "ledger_document",
        I1,
        act_id=OTHER_ACT,
        kind="'debit_note'",
        event="'opening_debit'",
        number="'I2'",
        customer_id=OTHER_CUSTOMER,
        salesperson_id=OTHER_SALESPERSON,
        document_on="document_on + 1",
        currency="'USD'",
        rate="1.00000001",
        base_amount="base_amount + 0.01",
        reference="'HT-2'",
        product="'泵'",
        memo="memo || '。'",
        voided_by_id=_document("F2"),
        organization_id="uuidv7()",
    ),
    Change("ledger_document", I1, {"amount": "amount + 0.0001", "net": "net + 0.0001"}),
    Change("ledger_document", I1, {"net": "net + 1", "tax": "tax - 1"}),
    Change("ledger_document", V1, {"voided_by_id": "NULL"}),
    Change("ledger_document", "kind = 'reversal'", {"document_on": "document_on - 1"}),
    Change("ledger_document", "kind = 'reversal'", {"memo": "'x'"}),
    Change("ledger_document", I1),
    Change("ledger_document", "kind = 'reversal'"),
    # Open items.
    *_each(
        "ledger_open_item",
        f"id = {_item('M1', 2)}",
        act_id=OTHER_ACT,
        document_id=_document("I1"),
        line="3",
        account_id=_account("2203"),
        customer_id=OTHER_CUSTOMER,
        salesperson_id=OTHER_SALESPERSON,
        side="-1",
        currency="'USD'",
        document_on="document_on - 1",
        due_on="due_on + 1",
        effective_due_on="effective_due_on + 1",
        amount="amount + 0.01",
        base_amount="base_amount + 0.01",
        open_amount="open_amount - 0.01",
        open_base="open_base - 0.01",
    ),
    *_each("ledger_open_item", f"id = {_item('F1')}", open_amount="0.01", open_base="0.01"),
    *_each("ledger_open_item", f"id = {_item('CX202601000001')}", base_amount="base_amount - 1", side="1"),
    Change("ledger_open_item", f"id = {_item('M1', 2)}", named="document_id"),
    *_each(
        "ledger_open_item",
        f"id = {_item('M1', 1)}",
        due_on="NULL",
        effective_due_on="effective_due_on + 1",
        salesperson_id="NULL",
    ),
    *_each("ledger_item_change", SECOND_CHANGE, "item_id", due_on="due_on + 1", salesperson_id="NULL"),
    *_each(
        "ledger_item_change",
        FIRST_CHANGE,
        named="item_id",
        item_id=_item("I1"),
        due_on="due_on + 1",
        effective_due_on="effective_due_on + 1",
        salesperson_id=OTHER_SALESPERSON,
    ),
    Change("ledger_item_change", FIRST_CHANGE, {"act_id": "uuidv7()"}),
    Change("ledger_item_change", FIRST_CHANGE, named="item_id"),
    Change("ledger_item_change", SECOND_CHANGE, named="item_id"),
    # Allocations.
    *_each(
        "ledger_allocation",
        ALLOCATION,
        act_id=OTHER_ACT,
        debit_item_id=_item("M1", 1),
        credit_item_id=_item("A1"),
        amount="amount - 0.01",
        debit_base="debit_base - 0.01",
        credit_base="credit_base - 0.01",
        effective_on="effective_on + 1",
    ),
    *_each("ledger_allocation", REVERSAL, effective_on="effective_on + 1"),
    Change(
        "ledger_allocation",
        REVERSAL,
        {"reverses_id": f"(SELECT id FROM ledger_allocation WHERE organization_id = o AND {EXCHANGE})"},
    ),
    Change("ledger_allocation", ALLOCATION),
    # The journal.
    *_each(
        "ledger_journal_entry",
        f"id = {_entry('I1')}",
        act_id=OTHER_ACT,
        event="'receipt'",
        effective_on="effective_on + 31",
        document_id=_document("M1"),
    ),
    *_each(
        "ledger_journal_entry",
        f"id = {TRANSFER}",
        event="'exchange_difference'",
        effective_on="effective_on + 1",
        act_id=OTHER_ACT,
    ),
    Change(
        "ledger_journal_entry",
        f"id = {TRANSFER}",
        {"allocation_id": f"(SELECT id FROM ledger_allocation WHERE organization_id = o AND {ALLOCATION})"},
    ),
    Change("ledger_journal_entry", f"id = {_entry('I1')}", named="document_id"),
    Change("ledger_journal_entry", f"id = {TRANSFER}", named="allocation_id"),
    *_each(
        "ledger_journal_line", LINE + "200", "entry_id", account_id=_account("6301"), credit="credit + 0.01"
    ),
    *_each("ledger_journal_line", LINE + "200", "entry_id", position="position + 1", item_id=_item("I1")),
    *_each(
        "ledger_journal_line", LINE + "101", "entry_id", account_id=_account("2203"), debit="debit - 0.01"
    ),
    *_each("ledger_journal_line", LINE + "101", "entry_id", item_id="NULL", position="9"),
    *_each(
        "ledger_journal_line",
        f"entry_id = {DIFFERENCE} AND position = 1",
        "entry_id",
        account_id=_account("6711"),
        debit="debit + 1",
    ),
    *_each(
        "ledger_journal_line",
        f"entry_id = {_entry('CX202601000001')} AND position = 200",
        "entry_id",
        account_id=_account("6301"),
        credit="credit + 1",
    ),
    Change("ledger_journal_line", LINE + "200", named="entry_id"),
    # The books.
    *_each("ledger_account", "code = '1122'", code="'1129'", name="'应付账款'", purpose="'x'", control="''"),
    Change("ledger_account", "code = '6301'"),
    *_each(
        "ledger_posting_rule",
        RULE,
        event="'other'",
        position="9",
        side="1",
        account_id=_account("6301"),
        measure="'gross'",
        on_item="true",
        red="true",
    ),
    Change("ledger_posting_rule", RULE),
    *_each(
        "ledger_period",
        "month = '2025-12-01'",
        month="date '2025-11-01'",
        closed_at="closed_at + interval '1 microsecond'",
    ),
    Change("ledger_period", "month = '2025-12-01'", {"closed_at": "NULL"}),
    Change("ledger_period", "month = '2025-12-01'"),
    Change("ledger_number_counter", "prefix = 'HZ'", {"last": "0"}),
    # The trail.
    *_each("audit_event", RECORDED, "record_id", act_id=OTHER_ACT, number="'I9'", action="'seen'"),
    *_each("audit_event", RECORDED, "record_id", record_kind="'receipt'", record_id="uuidv7()"),
    Change("audit_event", RECORDED, {"content": "jsonb_set(content, '{amount}', '1')"}, "record_id"),
    Change("audit_event", RECORDED, {"content": "content - 'tax'"}, "record_id"),
    Change("audit_event", RECORDED, {"content": "'\"no object\"'"}, "record_id"),
    Change("audit_event", RECORDED, {"content": "'[]'"}, "record_id"),
    Change("audit_event", EVENT_OF_ALLOCATION, {"content": "jsonb_set(content, '{on}', '1')"}, "record_id"),
    Change("audit_event", EVENT_OF_ALLOCATION, {"action": "'allocated'"}, "record_id"),
    Change("audit_event", RECORDED, named="record_id"),
    Change("audit_event", RECORDED, {"id": "uuidv7()"}, named=_seal("number = 1")),
    *_each(
        "audit_act",
        ACT,
        _seal("number = 1"),
        kind="'record_receipt'",
        actor_id="uuidv7()",
        actor_name="'nobody'",
        roles="'auditor'",
        address="'127.0.0.1'",
        origin_id="uuidv7()",
        reason="'x'",
        recorded_at="recorded_at + interval '1 microsecond'",
    ),
    Change("audit_act", ACT, named=_seal("number = 1")),
    Change("audit_act", ACT, {"recorded_at": "recorded_at + interval '1 day'"}),
    Change("audit_act", ACT, {"recorded_at": "NULL"}),
    *_each("audit_clock", "true", ticked_at="ticked_at + interval '1 microsecond'"),
    Change("audit_clock", "true", {"ticked_at": "ticked_at - interval '1 microsecond'"}),
    *_each(
        "audit_seal",
        "number = 2",
        number="4",
        after="after - interval '1 microsecond'",
        until="until + interval '1 microsecond'",
        event_count="event_count + 1",
        previous_digest="'\\x00'",
        digest="sha256('x')",
    ),
    Change("audit_seal", "number = 2", named=_seal("number = 3")),
    # Customers.
    *_each(
        "customers_customer",
        "code = 'C2'",
        code="'C3'",
        name="'乙公司'",
        region="'华北'",
        uscc="'91350100M000100Y4Z'",
        salesperson_id=OTHER_SALESPERSON,
    ),
    Change("customers_customer", "code = 'C2'"),
]


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """A committed, sealed organization with something of everything."""
    from huikuan.core.postgres.tenancy import tenant
    from huikuan.organizations.actors import local_operator

    with django_db_blocker.unblock():
        actor = local_operator()
        organization = make_organization(actor)
        with tenant(organization.id):
            _trade(organization, actor)
        yield organization


def _trade(organization: Any, actor: Any) -> None:
    from huikuan.audit.operations import seal
    from huikuan.customers.models import Salesperson
    from huikuan.customers.operations import CustomerFacts, create_customers
    from huikuan.ledger.operations import Instalment, ItemFacts, change_items, close_period, void_documents
    from tests.trade import Books

    books = Books(organization=organization, actor=actor, today=TODAY)
    first, _second = (
        Salesperson.objects.create(organization_id=organization.pk, code=code, name=code)
        for code in ("S1", "S2")
    )
    create_customers(
        [
            CustomerFacts(
                code="C2", name="甲公司", uscc="91350100M000100Y43", region="华东", salesperson_id=first.pk
            )
        ],
        actor=actor,
    )
    books.customer("C1", salesperson=first)
    books.receipt("R0", "2025-12-20", "1.00")
    books.invoice(
        "I1", "2026-01-05", "113000.00", tax="13000.00", reference="HT-1", product="阀", memo="首批"
    )
    halves = tuple(Instalment(Decimal("500.00"), on, on) for on in (date(2026, 2, 1), date(2026, 3, 1)))
    books.invoice("M1", "2026-01-06", "1000.00", instalments=halves)
    seal()
    books.receipt("R1", "2026-01-20", "60000.00")
    books.advance("A1", "2026-01-02", "30000.00")
    books.allocate("A1", "I1", "30000.00", "2026-01-06")
    books.allocate("R1", "I1", "10000.00", "2026-01-20")
    books.unallocate("R1", "I1", "2026-02-20")
    books.write_off("I1", "2026-06-25", "100.00")
    seal()
    books.invoice("F1", "2026-01-05", "10000.00", currency="USD", rate=Decimal("7.10"))
    books.receipt("F2", "2026-02-05", "10000.00", currency="USD", rate=Decimal("7.08"))
    books.allocate("F2", "F1", "10000.00", "2026-03-01")
    void = books.invoice("V1", "2026-01-05", "500.00", tax="10.00")
    void_documents([void.pk], actor=actor, reason="录错", today=TODAY)
    close_period(month=date(2025, 12, 1), actor=actor)
    for on in (date(2026, 4, 1), date(2026, 5, 1)):
        facts = ItemFacts(books.item("M1", 1).pk, on, on, first.pk)
        change_items([facts], actor=actor, reason="展期")
    seal()


def _checked(organization: Any) -> set[UUID | None]:
    from huikuan.core.postgres.tenancy import tenant

    with tenant(organization.id, snapshot=True):
        return {row.record_id for row in check(organization)}


def _ask(connection: psycopg.Connection[Any], organization: Any, sql: str) -> Any:
    return connection.execute(sql.replace(" = o ", f" = '{organization.pk}' "))


def _stored_columns(connection: psycopg.Connection[Any], table: str) -> str:
    """The columns of a table that are written, not generated."""
    [(columns,)] = connection.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    ).fetchall()
    return str(columns)


def test_nothing_is_broken_before(company: Any) -> None:
    assert _checked(company) == set()


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_the_row_is_named(company: Any, change: Change) -> None:
    mine = f"organization_id = o AND {change.where}"
    with superuser() as connection:
        [(row_place, named)] = _ask(
            connection, company, f"SELECT ctid, {change.named} FROM {change.table} WHERE {mine}"
        ).fetchall()
        before = _ask(
            connection, company, f"SELECT to_jsonb(t)::text FROM {change.table} t WHERE ctid = '{row_place}'"
        ).fetchone()[0]
        if change.values:
            sets = ", ".join(f"{column} = {value}" for column, value in change.values.items())
            statement = f"UPDATE {change.table} SET {sets} WHERE ctid = '{row_place}' RETURNING ctid"
        else:
            statement = f"DELETE FROM {change.table} WHERE ctid = '{row_place}' RETURNING NULL"
        [(changed_place,)] = _ask(connection, company, statement).fetchall()
        try:
            connection.commit()
            found = _checked(company)
        finally:
            if changed_place:
                connection.execute(f"DELETE FROM {change.table} WHERE ctid = '{changed_place}'")
            columns = _stored_columns(connection, change.table)
            connection.execute(
                f"INSERT INTO {change.table} ({columns})"
                f" SELECT {columns} FROM jsonb_populate_record(NULL::{change.table}, %s::jsonb)",
                [before],
            )
            connection.commit()
    assert named in found


def test_nothing_is_broken_after(company: Any) -> None:
    assert _checked(company) == set()

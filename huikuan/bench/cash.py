"""cash: a month of bank lines against a ledger, with a truth that is known; speed, straight-through rate, precision."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg import sql
from uuid_utils.compat import uuid7

from huikuan.bench.company import found_organization
from huikuan.bench.judging import Judged, judge
from huikuan.bench.measures import Result, Stopwatch, seconds_of, server_process
from huikuan.bench.payments import Town, town
from huikuan.bench.scratch import superuser_connection
from huikuan.cash.matching.facts import Item, Limits
from huikuan.cash.matching.subsets import exact_subsets
from huikuan.cash.operations import NewBankAccount, add_bank_account
from huikuan.cash.operations.proposing import propose_matches
from huikuan.core.encryption import blind_index
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import payer_account_context
from huikuan.ledger.models import Account
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization

TODAY = date(2026, 6, 30)
TERM = UUID("7e000000-0000-7000-8000-000000000001")
SEARCHES = 60

# What any matching has to do at least: find the items of the payer that have the amount, and keep an answer.
LIMIT = """
    INSERT INTO cash_proposal (organization_id, id, line_id, tier, customer_id, options, proven, made_at)
    SELECT l.organization_id, uuidv7(), l.id, 'likely', (array_agg(c.id))[1],
        jsonb_agg(jsonb_build_object('item', i.id, 'amount', i.open_amount)), true, now()
    FROM cash_statement_line l
    LEFT JOIN customers_customer c ON c.organization_id = l.organization_id AND c.name = l.counterparty
    LEFT JOIN ledger_open_item i ON i.organization_id = c.organization_id AND i.customer_id = c.id
        AND i.open_amount > 0 AND i.open_amount = l.amount AND i.side = 1
    WHERE l.organization_id = %(organization)s AND l.used <> abs(l.amount)
    GROUP BY l.organization_id, l.id
"""


def measure_cash(*, lines: int, items: int, customers: int, code: str = "cash") -> Result:
    """Lines per second from statement lines in the database to proposals in the database, and how good they are.

    Truth and made-up town: `payments.town`. `longest_search_ms`: the slowest exact search that any customer of the
    town can ask for, with the amount that is hardest. The limit joins lines to items by name and equal amount.
    """
    made = town(customers=customers, items=items, lines=lines)
    organization = found_organization(code)
    load(organization, made)
    watch = Stopwatch(server_process())
    with watch, tenant(organization.pk):
        found = propose_matches(actor=local_operator(), today=TODAY)
    with tenant(organization.pk), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cash_proposal WHERE organization_id = %s", [organization.pk])
        limit = seconds_of(lambda: cursor.execute(LIMIT, {"organization": organization.pk}))
    judged = judge(made.payments, {each.line_id: each for each in found.proposals})
    return Result(
        name="cash",
        size=lines,
        seconds=watch.seconds,
        limit_seconds=limit,
        detail={
            **_quality(judged),
            "longest_search_ms": longest_search(made.items) * 1000,
            "python_cpu_s": watch.python_cpu,
            "server_cpu_s": watch.server_cpu,
        },
    )


def _quality(judged: Judged) -> dict[str, float]:
    """Percentages: settled by itself among lines that have an answer, and per tier the share that is right."""
    found = {
        "answerable": float(judged.answerable),
        "straight_through_pct": 100 * judged.straight_through,
        "sure_precision_pct": 100 * judged.precision("sure"),
        "likely_first_pct": 100 * judged.precision("likely"),
        "weak_first_pct": 100 * judged.precision("weak"),
        "none_right_pct": 100 * judged.precision("none"),
    }
    return found | {f"{tier}_lines": float(count) for tier, count in sorted(judged.tiers.items())}


def longest_search(items: Iterable[Item]) -> float:
    """Seconds of the slowest search among the customers with most to search: half of all they owe."""
    pools: dict[UUID, list[int]] = {}
    for item in items:
        if item.side > 0:
            pools.setdefault(item.customer_id, []).append(item.amount)
    most = sorted(pools.values(), key=len, reverse=True)
    hardest = [*most[:SEARCHES], *[pool for pool in most if len(pool) <= 36][:SEARCHES]]
    longest = 0.0
    for pool in hardest:
        started = time.perf_counter()
        exact_subsets(pool, sum(pool) // 2 + 1, half=Limits().half)
        longest = max(longest, time.perf_counter() - started)
    return longest


def load(organization: Organization, made: Town) -> None:
    """Put the town into the books: customers, what recognises them, open items, and the lines of one account."""
    with tenant(organization.pk):
        account = Account.objects.get(purpose="receivable").pk
        bank = add_bank_account(
            new=NewBankAccount(code="B1", name="基本户", currency="CNY", number="33100000000001"),
            actor=local_operator(),
        )
    act, statement = uuid7(), uuid7()
    with superuser_connection() as superuser:
        superuser.execute(
            "INSERT INTO audit_act (organization_id, id, kind, recorded_at, actor_name, roles, address, reason)"
            " VALUES (%s, %s, 'record_invoice', now(), 'bench', '', '', '')",
            [organization.pk, act],
        )
        superuser.execute(
            "INSERT INTO customers_payment_term (organization_id, id, code, name, rule, instalments)"
            " VALUES (%s, %s, 'EARLY', '2/10, N/30', '{\"kind\": \"net_days\", \"days\": 30}', '[]')",
            [organization.pk, TERM],
        )
        _customers(superuser, organization, made)
        _items(superuser, organization, made, act, account)
        superuser.execute(
            "INSERT INTO cash_statement (organization_id, id, act_id, bank_account_id, format, file_name,"
            " file_sha256, number, starts_on, ends_on, net, count) VALUES (%s, %s, %s, %s, 'mt940', 'bench.sta', '',"
            " '', '2026-06-01', '2026-06-30', %s, %s)",
            [
                organization.pk,
                statement,
                act,
                bank.pk,
                _money(sum(p.amount for p in made.payments)),
                len(made.payments),
            ],
        )
        _lines(superuser, organization, made, act, bank.pk, statement)
        for table in (
            "customers_customer",
            "customers_customer_name",
            "ledger_document",
            "ledger_open_item",
            "cash_statement_line",
        ):
            superuser.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _copy(
    superuser: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with superuser.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _customers(superuser: psycopg.Connection[Any], organization: Organization, made: Town) -> None:
    _copy(
        superuser,
        "customers_customer",
        (
            *("organization_id", "id", "code", "name", "parent_id", "term_id", "sort_key", "initials"),
            *("uscc", "country", "region", "sector", "size", "segment"),
        ),
        (
            (
                *(
                    organization.pk,
                    each.id,
                    each.code,
                    each.name,
                    each.parent,
                    TERM if each.discount else None,
                ),
                *(each.code, each.code, "", "CN", "", "", "", ""),
            )
            for each in made.buyers
        ),
    )
    names: list[tuple[UUID, str, str, bytes | None]] = []
    for each in made.buyers:
        if each.former:
            names.append((each.id, "former", each.former, None))
        if each.known:
            names.append((each.id, "payer", each.name, _index(organization, each.account)))
        if each.agent:
            names.append((each.id, "payer", each.agent[0], _index(organization, each.agent[1])))
    _copy(
        superuser,
        "customers_customer_name",
        ("organization_id", "id", "customer_id", "kind", "name", "account_encrypted", "account_index"),
        ((organization.pk, uuid7(), *name[:3], "", name[3]) for name in names),
    )


def _index(organization: Organization, account: str) -> bytes | None:
    return blind_index(account, context=payer_account_context(organization.pk)) if account else None


def _items(
    superuser: psycopg.Connection[Any], organization: Organization, made: Town, act: UUID, account: UUID
) -> None:
    _copy(
        superuser,
        "ledger_document",
        (
            *("organization_id", "id", "act_id", "kind", "event", "number", "customer_id", "document_on"),
            *("currency", "rate", "amount", "net", "tax", "base_amount", "reference", "product", "memo"),
        ),
        (
            (
                *(organization.pk, each.document_id, act, each.kind),
                *(
                    "sale" if each.side > 0 else "sale_return",
                    each.number,
                    each.customer_id,
                    each.document_on,
                ),
                *("CNY", 1, _money(each.amount), _money(each.net), _money(each.amount - each.net)),
                *(_money(each.amount), each.also[0][1] if each.also else "", "", ""),
            )
            for each in made.items
        ),
    )
    _copy(
        superuser,
        "ledger_open_item",
        (
            *("organization_id", "id", "act_id", "document_id", "line", "account_id", "customer_id", "side"),
            *("currency", "document_on", "due_on", "effective_due_on"),
            *("amount", "base_amount", "open_amount", "open_base"),
        ),
        (
            (
                *(organization.pk, each.id, act, each.document_id, 1, account, each.customer_id, each.side),
                *("CNY", each.document_on, each.due_on, each.due_on),
                *[_money(each.amount)] * 4,
            )
            for each in made.items
        ),
    )


def _lines(
    superuser: psycopg.Connection[Any],
    organization: Organization,
    made: Town,
    act: UUID,
    bank: UUID,
    statement: UUID,
) -> None:
    _copy(
        superuser,
        "cash_statement_line",
        (
            *("organization_id", "id", "act_id", "bank_account_id", "statement_id", "position", "booked_on"),
            *("amount", "kind", "counterparty", "counterparty_bank", "counterparty_account_encrypted"),
            *("counterparty_account_index", "reference", "text", "fingerprint"),
        ),
        (
            (
                *(organization.pk, each.id, act, bank, statement, place, each.on),
                *(_money(each.amount), each.kind, each.name, "", "", _index(organization, each.account)),
                *("", each.text, place.to_bytes(8, "big")),
            )
            for place, each in enumerate(made.payments)
        ),
    )

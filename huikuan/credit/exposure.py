"""信用占用: what customers owe or are about to, by component, in base currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from huikuan.core.money import convert
from huikuan.core.postgres.prepared import Rows, ask, for_one
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.components import registered_components
from huikuan.credit.errors import CreditRefused
from huikuan.credit.known import RESERVATION_WAS_KNOWN, RESERVATIONS, with_known
from huikuan.credit.ledger_facts import Knowledge
from huikuan.credit.rules import ZERO, Debt
from huikuan.ledger.operations.rates import rates_on
from huikuan.organizations.models import Organization

RECEIVABLE = "receivable"
RESERVED = "reserved"
CREDITS = "credits"
ADVANCES = "advances"

# The components that are known here; the registered ones stand between what is owed and the credits.
TITLES: dict[str, str] = {
    RECEIVABLE: gettext_noop("应收余额"),
    RESERVED: gettext_noop("已批准未发货的订单（预占）"),
    CREDITS: gettext_noop("未核销的收款和红字"),
    ADVANCES: gettext_noop("预收款"),
}

Rates = Callable[[Collection[tuple[str, date]]], Mapping[tuple[str, date], Decimal]]
"""Base currency per unit of a currency on a day; what has no rate is left out."""


@dataclass
class Exposure:
    """What one customer owes by component (credits negative), and its debts that are overdue."""

    parts: dict[str, Decimal] = field(default_factory=dict)
    overdue: list[Debt] = field(default_factory=list)


def exposures(
    customer_ids: Sequence[UUID],
    *,
    day: date,
    past: bool = False,
    without: Collection[str] = (),
    base: str = "",
) -> dict[UUID, Exposure]:
    """The exposure of customers on a day; every component is there, with 0 where there is nothing. One statement.

    `past`: the ledger's part and the reservations as they were at the end of the day; otherwise as they are now, with
    days overdue counted to `day`. `without`: orders that are being looked at and not counted here. `base`: the
    organization's currency, where it is known already. Raises CreditRefused where a rate is missing.
    """
    if not customer_ids:
        return {}
    rows = ask(*exposures_asked(customer_ids, day=day, past=past, without=without))
    return exposures_from(rows, customer_ids, day=day, base=base)


def exposures_known(
    customer_ids: Sequence[UUID], known: Knowledge, *, base: str, rates: Rates = rates_on
) -> dict[UUID, Exposure]:
    """What counts of customers beside the ledger, as of a day and as it was known; the ledger's components are 0.

    Reservations as they were at the end of the day, all else as `exposures` has it. Raises CreditRefused where a rate
    is missing.
    """
    rows = ask(
        _known_statement(), {**known.parameters, "day": known.as_of, "ids": list(customer_ids), "without": []}
    )
    return exposures_from(rows, customer_ids, day=known.as_of, base=base, rates=rates)


def exposures_asked(
    customer_ids: Sequence[UUID], *, day: date, past: bool = False, without: Collection[str] = ()
) -> tuple[str, Mapping[str, object]]:
    """The statement of `exposures` with its values; `exposures_from` adds its rows up."""
    ids, statement = list(dict.fromkeys(customer_ids)), _statement(past)
    return (
        for_one(statement, "ids") if len(ids) == 1 else statement,
        {
            "organization": current_organization_id(),
            "ids": ids,
            "day": day,
            "without": list(without),
        },
    )


def exposures_from(
    rows: Rows, customer_ids: Sequence[UUID], *, day: date, base: str = "", rates: Rates = rates_on
) -> dict[UUID, Exposure]:
    """The exposure of customers from what the database answered; raises CreditRefused where a rate is missing."""
    codes = [RECEIVABLE, RESERVED, *(each.code for each in registered_components()), CREDITS, ADVANCES]
    found = {key: Exposure(dict.fromkeys(codes, ZERO)) for key in customer_ids}
    foreign: defaultdict[str, dict[tuple[UUID, str], Decimal]] = defaultdict(dict)
    for part, key, due, currency, amount in rows:
        if currency is not None and amount:
            foreign[part][key, currency] = foreign[part].get((key, currency), ZERO) + amount
            continue
        found[key].parts[part] += amount or ZERO
        if part == RECEIVABLE and due is not None and due < day:
            found[key].overdue.append(Debt(amount, (day - due).days))
    for part, amounts in foreign.items():
        for key, amount in in_base(amounts, base=base or base_currency(), day=day, rates=rates).items():
            found[key].parts[part] += amount
    return found


def base_currency() -> str:
    """The organization's currency."""
    return str(Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id()))


@cache
def _statement(past: bool) -> str:
    """Everything that exposure is made of in one statement: (part, customer, due day, currency, amount)."""
    items = ITEMS_THEN if past else ITEMS_NOW
    reservations = RESERVATIONS_THEN if past else RESERVATIONS_NOW
    owed = f"""
        SELECT CASE WHEN p.side > 0 THEN '{RECEIVABLE}' WHEN p.kind = 'advance' THEN '{ADVANCES}' ELSE '{CREDITS}' END,
               p.customer_id, p.due_on, NULL::text, p.side * p.amount
        FROM ({items}) p(customer_id, side, kind, due_on, amount)
    """
    return " UNION ALL ".join([owed, _beside(reservations)])


def _beside(reservations: str) -> str:
    """What counts beside the ledger, in the columns of the whole."""
    reserved = f"""
        SELECT '{RESERVED}', p.customer_id, NULL::date, NULL::text, p.amount
        FROM ({reservations}) p(customer_id, amount)
    """
    parts = [
        f"""SELECT '{each.code}', p.customer_id, NULL::date, p.currency, p.amount
            FROM ({each.statement}) p(customer_id, currency, amount)"""
        for each in registered_components()
    ]
    return " UNION ALL ".join([reserved, *parts])


@cache
def _known_statement() -> str:
    """The same over rows as they were known in the place of tables."""
    tables = dict(RESERVATIONS)
    for each in registered_components():
        tables |= {name: rows for name, rows in each.known.items() if name not in tables}
    return f"{with_known(tables)} {_beside(RESERVATIONS_KNOWN)}"


def component_titles() -> dict[str, str]:
    """What each component is called, in the order they are shown and in the reader's language."""
    titles = {RECEIVABLE: _(TITLES[RECEIVABLE]), RESERVED: _(TITLES[RESERVED])}
    titles |= {each.code: str(each.title) for each in registered_components()}
    return {**titles, CREDITS: _(TITLES[CREDITS]), ADVANCES: _(TITLES[ADVANCES])}


def in_base(
    amounts: Mapping[tuple[UUID, str], Decimal], *, base: str, day: date, rates: Rates = rates_on
) -> dict[UUID, Decimal]:
    """Amounts by (customer, currency) as one amount per customer in base currency, at the rates of a day."""
    found = rates({(currency, day) for _key, currency in amounts if currency != base})
    result: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for (key, currency), amount in amounts.items():
        rate = Decimal(1) if currency == base else found.get((currency, day))
        if rate is None:
            raise no_rate(currency, day)
        result[key] += convert(amount, rate, base)
    return dict(result)


def no_rate(currency: str, day: date) -> CreditRefused:
    """The sentence about a currency without a rate."""
    return CreditRefused(
        _("%(currency)s 在 %(day)s 没有汇率，请先登记汇率，再检查信用。")
        % {"currency": currency, "day": day.isoformat()},
        code="no_rate",
    )


RESERVATIONS_NOW = """
    SELECT customer_id, sum(remaining) FROM credit_reservation
    WHERE organization_id = %(organization)s AND customer_id = ANY(%(ids)s::uuid[]) AND state = 'held'
      AND (expires_on IS NULL OR expires_on >= %(day)s::date)
    GROUP BY customer_id
"""
# What each reservation was at the end of a day, by what the trail says of it. An event names its day in business
# ("on"); older ones were known on the day they were recorded.
_RESERVATIONS_TOLD = """
    SELECT r.customer_id, sum(known.remaining)
    FROM credit_reservation r
    JOIN organizations_organization o ON o.id = r.organization_id
    CROSS JOIN LATERAL (
        SELECT (e.content->>'remaining')::numeric AS remaining, e.content->>'state' AS state,
               CASE WHEN e.content ? 'until' THEN (e.content->>'until')::date ELSE r.expires_on END AS until
        FROM audit_event e
        JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = e.act_id
        WHERE e.organization_id = %(organization)s AND e.record_id = r.id AND e.record_kind = 'credit_reservation' {known}
          AND coalesce((e.content->>'on')::date, (coalesce(a.recorded_at, now()) AT TIME ZONE o.time_zone)::date)
              <= %(day)s
        ORDER BY e.id DESC LIMIT 1
    ) known
    WHERE r.organization_id = %(organization)s AND r.customer_id = ANY(%(ids)s::uuid[]) AND r.reserved_on <= %(day)s
      AND known.state = 'held' AND coalesce(known.until, 'infinity') >= %(day)s
    GROUP BY r.customer_id
"""
RESERVATIONS_THEN = _RESERVATIONS_TOLD.replace("{known}", "")
RESERVATIONS_KNOWN = _RESERVATIONS_TOLD.replace("{known}", f"AND {RESERVATION_WAS_KNOWN}")
ITEMS_NOW = """
    SELECT i.customer_id, i.side, d.kind, i.effective_due_on, sum(i.open_base)
    FROM ledger_open_item i
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
    WHERE i.organization_id = %(organization)s AND i.customer_id = ANY(%(ids)s::uuid[]) AND i.open_amount > 0
    GROUP BY i.customer_id, i.side, d.kind, i.effective_due_on
"""
ITEMS_THEN = """
    WITH item AS (
        SELECT i.id, i.customer_id, i.side, d.kind, i.effective_due_on, i.base_amount
        FROM ledger_document d
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = d.id
        WHERE d.organization_id = %(organization)s AND d.customer_id = ANY(%(ids)s::uuid[])
          AND d.document_on <= %(day)s AND i.document_on <= %(day)s
    ),
    moved AS (
        SELECT a.debit_item_id AS id, -a.debit_base AS base FROM ledger_allocation a
        WHERE a.organization_id = %(organization)s AND a.effective_on <= %(day)s
          AND a.debit_item_id IN (SELECT id FROM item)
        UNION ALL
        SELECT a.credit_item_id, -a.credit_base FROM ledger_allocation a
        WHERE a.organization_id = %(organization)s AND a.effective_on <= %(day)s
          AND a.credit_item_id IN (SELECT id FROM item)
        UNION ALL
        SELECT r.item_id, r.base_change FROM ledger_revaluation r
        WHERE r.organization_id = %(organization)s AND r.effective_on <= %(day)s
          AND r.item_id IN (SELECT id FROM item)
    )
    SELECT i.customer_id, i.side, i.kind, i.effective_due_on, sum(i.base_amount + coalesce(m.base, 0))
    FROM item i
    LEFT JOIN (SELECT id, sum(base) AS base FROM moved GROUP BY id) m ON m.id = i.id
    GROUP BY i.customer_id, i.side, i.kind, i.effective_due_on
    HAVING sum(i.base_amount + coalesce(m.base, 0)) <> 0
"""

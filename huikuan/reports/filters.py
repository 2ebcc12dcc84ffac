"""Which open items a number is made of: the address behind every cell, tile and chart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.ledger.rules import Basis, Bucket, UnusableBounds, aging_buckets
from huikuan.reports.moments import Moment
from huikuan.reports.state import moves_sql, with_sql


class FilterRefused(HuikuanError):
    """The filter of a report cannot be understood."""

    code = "filter_refused"


GROSS, UNALLOCATED, NET, UNTRIGGERED = "gross", "unallocated", "net", "untriggered"
RECEIVABLE, OVERDUE = "receivable", "overdue"


@dataclass(frozen=True)
class ItemFilter:
    """Open items by the keys of a report's row (code, region, product …; "" means: none) and by its column.

    `cell` is the name of a bucket (of `basis` and `bounds`), or one of: gross (all buckets), unallocated,
    net (gross and unallocated), untriggered (without a due date), receivable (gross and untriggered),
    overdue; empty: everything. `due_from` and `due_until` bound the effective due date, both included.
    `largest`: only customers among the so many who owe most, of those in reach.
    """

    customer: str | None = None
    group: str | None = None
    salesperson: str | None = None
    region: str | None = None
    currency: str | None = None
    team: str | None = None
    segment: str | None = None
    product: str | None = None
    contract: str | None = None
    cell: str = ""
    basis: Basis = Basis.DUE
    bounds: tuple[int, ...] = ()
    due_from: date | None = None
    due_until: date | None = None
    largest: int = 0

    def as_parameters(self) -> dict[str, str]:
        """The filter as parameters of an address; what is not filtered by is left out."""
        unset = ItemFilter()
        return {
            field.name: _as_text(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name) != getattr(unset, field.name)
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str]) -> ItemFilter:
        """The filter that `as_parameters` wrote; parameters of other names are left alone. Raises FilterRefused."""
        values: dict[str, Any] = {name: parameters[name] for name in (*FIELDS, "cell") if name in parameters}
        try:
            for name in ("due_from", "due_until"):
                if parameters.get(name):
                    values[name] = date.fromisoformat(parameters[name])
            if parameters.get("basis"):
                values["basis"] = Basis(parameters["basis"])
            if parameters.get("bounds"):
                values["bounds"] = tuple(int(part) for part in parameters["bounds"].split(","))
            if parameters.get("largest"):
                values["largest"] = max(0, int(parameters["largest"]))
            found = cls(**values)
            aging_buckets(date.max, found.basis, found.bounds)
        except ValueError as error:
            raise FilterRefused(_("地址中的筛选条件无法识别，请从报表重新进入。")) from error
        return found

    def with_cell(self, cell: str) -> ItemFilter:
        """The same items, narrowed down to a column."""
        return replace(self, cell=cell)


FIELDS = (
    "customer",
    "group",
    "salesperson",
    "team",
    "region",
    "segment",
    "product",
    "contract",
    "currency",
)
"""What items are told apart by: the fields that a report's rows may be made of, or filtered by."""


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True)
class Condition:
    """A filter as SQL over the columns of `moves_sql` (table alias m), with its parameters.

    `few_customers`: only the customers named in the parameter `customers` matter; `moves_sql` picks their items.
    `columns`: further columns that the SQL looks at.
    """

    sql: str
    parameters: dict[str, Any]
    few_customers: bool = False
    columns: tuple[str, ...] = ()


EVERYTHING = ItemFilter()


def condition(
    moment: Moment,
    wanted: ItemFilter,
    salesperson_ids: frozenset[UUID] | None,
    only: Collection[UUID] | None = None,
) -> Condition:
    """The SQL of a filter at a moment, for customers of these salespeople and these items only (None: of all)."""
    terms: list[str] = []
    parameters: dict[str, Any] = {}
    few = wanted.customer is not None or wanted.group is not None
    if few:
        parameters["customers"] = _customers(moment, wanted)
    if wanted.largest:
        parameters["largest"] = _largest_debtors(moment, wanted.largest, salesperson_ids)
        terms.append("m.customer_id = ANY(%(largest)s::uuid[])")
    if wanted.salesperson is not None:
        parameters["salesperson"] = wanted.salesperson
        terms.append(SOLD_BY if wanted.salesperson else "m.salesperson_id IS NULL")
    for name, term in PLAIN_TERMS.items():
        if (value := getattr(wanted, name)) is not None:
            parameters[name] = value
            terms.append(term)
    if salesperson_ids is not None:
        parameters["reach"] = list(salesperson_ids)
        terms.append("m.customer_id IN (SELECT id FROM party WHERE salesperson_id = ANY(%(reach)s::uuid[]))")
    if only is not None:
        parameters["only"] = list(only)
        terms.append("m.id = ANY(%(only)s::uuid[])")
    terms += _cell_terms(moment, wanted)
    if wanted.due_from:
        parameters["due_from"] = wanted.due_from
        terms.append("m.effective_due_on >= %(due_from)s")
    if wanted.due_until:
        parameters["due_until"] = wanted.due_until
        terms.append("m.effective_due_on <= %(due_until)s")
    by_document = wanted.product is not None or wanted.contract is not None
    return Condition(
        " AND ".join(terms) or "true",
        parameters,
        few_customers=few,
        columns=("document_id",) if by_document else (),
    )


SOLD_BY = """m.salesperson_id = (
    SELECT id FROM customers_salesperson WHERE organization_id = %(organization)s AND code = %(salesperson)s
)"""

OF_CONTRACTS = """
    SELECT v.document_id
    FROM sales_plan_billing b
    JOIN sales_plan_line l ON l.organization_id = %(organization)s AND l.id = b.line_id
    JOIN sales_contract k ON k.organization_id = %(organization)s AND k.id = l.contract_id
    JOIN sales_invoice v ON v.organization_id = %(organization)s AND v.id = b.invoice_id
    WHERE b.organization_id = %(organization)s AND v.document_id IS NOT NULL
    GROUP BY v.document_id
"""

PLAIN_TERMS = {
    "region": "m.customer_id IN (SELECT id FROM party WHERE region = %(region)s)",
    "segment": "m.customer_id IN (SELECT id FROM party WHERE segment = %(segment)s)",
    "currency": "m.currency = %(currency)s",
    "team": """(coalesce(m.salesperson_id IN (
        SELECT id FROM customers_salesperson WHERE organization_id = %(organization)s AND team = %(team)s
    ), false) OR %(team)s = '' AND m.salesperson_id IS NULL)""",
    "product": """m.document_id IN (
        SELECT id FROM ledger_document WHERE organization_id = %(organization)s AND product = %(product)s
    )""",
    "contract": f"""CASE WHEN %(contract)s = '' THEN m.document_id NOT IN ({OF_CONTRACTS})
        ELSE m.document_id IN ({OF_CONTRACTS} HAVING min(k.number) = %(contract)s) END""",
}

CELLS = {
    "": [],
    GROSS: ["m.side > 0", "m.effective_due_on IS NOT NULL"],
    UNALLOCATED: ["m.side < 0"],
    NET: ["(m.side < 0 OR m.effective_due_on IS NOT NULL)"],
    UNTRIGGERED: ["m.side > 0", "m.effective_due_on IS NULL"],
    RECEIVABLE: ["m.side > 0"],
    OVERDUE: ["m.side > 0", "m.effective_due_on < %(as_of)s"],
}


def _cell_terms(moment: Moment, wanted: ItemFilter) -> list[str]:
    if wanted.cell in CELLS:
        return CELLS[wanted.cell]
    try:
        buckets = aging_buckets(moment.as_of, wanted.basis, wanted.bounds)
    except UnusableBounds as error:
        raise FilterRefused(_("账龄区间应是从小到大的天数。")) from error
    bucket = next((each for each in buckets if each.name == wanted.cell), None)
    if bucket is None:
        raise FilterRefused(_("没有名为 %s 的账龄区间。") % wanted.cell, code="unknown_bucket")
    return [bucket_term(bucket, wanted.basis)]


def bucket_term(bucket: Bucket, basis: Basis) -> str:
    """The SQL of a bucket: debits with a due date, aged by it or by their documents' dates."""
    terms = ["m.side > 0"]
    column = "m.effective_due_on"
    if basis is Basis.DOCUMENT:
        terms.append("m.effective_due_on IS NOT NULL")
        column = "m.document_on"
    if bucket.from_on:
        terms.append(f"{column} >= DATE '{bucket.from_on.isoformat()}'")
    if bucket.until_on:
        terms.append(f"{column} <= DATE '{bucket.until_on.isoformat()}'")
    return " AND ".join(terms)


def bucket_sums(buckets: Sequence[Bucket], basis: Basis, measure: str) -> list[str]:
    """A sum of `measure` for each bucket, then of credits (negative), then of debits without a due date."""
    terms = [bucket_term(bucket, basis) for bucket in buckets]
    sums = [f"sum(m.{measure}) FILTER (WHERE {term})" for term in terms]
    sums.append(f"-sum(m.{measure}) FILTER (WHERE m.side < 0)")
    sums.append(f"sum(m.{measure}) FILTER (WHERE m.side > 0 AND m.effective_due_on IS NULL)")
    return sums


def _customers(moment: Moment, wanted: ItemFilter) -> list[UUID]:
    """The customers of a code, or of a group as it was at the moment."""
    terms = []
    if wanted.customer is not None:
        terms.append("p.code = %(customer)s")
    if wanted.group is not None:
        terms.append("coalesce(g.code, p.code) = %(group)s")
    sql = f"""
        {with_sql(moment)}
        SELECT p.id FROM party p
        LEFT JOIN customers_customer g ON g.organization_id = %(organization)s AND g.id = p.parent_id
        WHERE {" AND ".join(terms)}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {**moment.parameters, "customer": wanted.customer, "group": wanted.group})
        return [row[0] for row in cursor.fetchall()]


def _largest_debtors(moment: Moment, number: int, salesperson_ids: frozenset[UUID] | None) -> list[UUID]:
    """The customers who owed most at the moment; of equal ones those who came first."""
    reach = ""
    if salesperson_ids is not None:
        reach = "AND t.id IN (SELECT id FROM party WHERE salesperson_id = ANY(%(reach)s::uuid[]))"
    owed = KEPT_DEBTS if moment.is_now else _debts_sql(moment)
    sql = f"""
        {with_sql(moment)}
        SELECT t.id FROM ({owed}) t WHERE t.receivable > 0 {reach}
        ORDER BY t.receivable DESC, t.id LIMIT %(number)s
    """
    parameters = {**moment.parameters, "number": number, "reach": list(salesperson_ids or ())}
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]


KEPT_DEBTS = "SELECT id, receivable FROM ledger_customer_total WHERE organization_id = %(organization)s"


def _debts_sql(moment: Moment) -> str:
    return f"""
        SELECT m.customer_id AS id, sum(m.open_base) AS receivable
        FROM ({moves_sql(moment, ("customer_id", "side"))}) m WHERE m.side > 0 GROUP BY m.customer_id"""

"""What rows of a report may be made by, as SQL over any set of facts.

Facts are summed by a dimension's own column first (alias g: customer_id, salesperson_id, currency or document_id),
then by the key that the column leads to. The WITH clause of `state.with_sql` must be there: `party` is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Dimension:
    """A dimension: `column` of the facts, `joins` that lead to the SQL of its `key` (never null) and `name`.

    `own_key`: no two values of the column share a key.
    """

    name: str
    label: Any
    column: str
    joins: tuple[str, ...]
    key: str
    title: str
    own_key: bool = False


PARTY = "JOIN party p ON p.id = g.customer_id"
PARENT = """LEFT JOIN customers_customer parent
    ON parent.organization_id = %(organization)s AND parent.id = p.parent_id"""
SELLER = """LEFT JOIN customers_salesperson s
    ON s.organization_id = %(organization)s AND s.id = g.salesperson_id"""
DOCUMENT = """LEFT JOIN ledger_document d
    ON d.organization_id = %(organization)s AND d.id = g.document_id"""
# A document that bills lines of several contracts counts for the first of them.
CONTRACT = """LEFT JOIN (
        SELECT v.document_id, min(k.number) AS number, min(k.name) AS name
        FROM sales_plan_billing b
        JOIN sales_plan_line l ON l.organization_id = %(organization)s AND l.id = b.line_id
        JOIN sales_contract k ON k.organization_id = %(organization)s AND k.id = l.contract_id
        JOIN sales_invoice v ON v.organization_id = %(organization)s AND v.id = b.invoice_id
        WHERE b.organization_id = %(organization)s AND v.document_id IS NOT NULL
        GROUP BY v.document_id
    ) contract ON contract.document_id = g.document_id"""

DIMENSIONS: dict[str, Dimension] = {
    each.name: each
    for each in (
        Dimension("customer", _("客户"), "customer_id", (PARTY,), "p.code", "p.name", own_key=True),
        Dimension(
            "group",
            _("集团"),
            "customer_id",
            (PARTY, PARENT),
            "coalesce(parent.code, p.code)",
            "coalesce(parent.name, p.name)",
        ),
        Dimension(
            "salesperson",
            _("业务员"),
            "salesperson_id",
            (SELLER,),
            "coalesce(s.code, '')",
            "coalesce(s.name, '')",
            own_key=True,
        ),
        Dimension(
            "team", _("团队"), "salesperson_id", (SELLER,), "coalesce(s.team, '')", "coalesce(s.team, '')"
        ),
        Dimension("region", _("地区"), "customer_id", (PARTY,), "p.region", "p.region"),
        Dimension("segment", _("客户类别"), "customer_id", (PARTY,), "p.segment", "p.segment"),
        Dimension(
            "product",
            _("产品"),
            "document_id",
            (DOCUMENT,),
            "coalesce(d.product, '')",
            "coalesce(d.product, '')",
        ),
        Dimension(
            "contract",
            _("合同"),
            "document_id",
            (CONTRACT,),
            "coalesce(contract.number, '')",
            "coalesce(contract.name, '')",
        ),
        Dimension("currency", _("币种"), "currency", (), "g.currency", "g.currency", own_key=True),
    )
}

ALL = tuple(DIMENSIONS)

TIMES = ("month", "quarter", "year")
"""What a period may be taken apart by; not a column of facts, but the period that they are counted in."""
DIMENSIONS |= {
    name: Dimension(name, label, "slot", (), "g.slot", "g.slot")
    for name, label in zip(TIMES, (_("月份"), _("季度"), _("年度")), strict=True)
}


def columns_of(by: Sequence[str]) -> tuple[str, ...]:
    """The columns of the facts that these dimensions need."""
    return tuple(dict.fromkeys(DIMENSIONS[name].column for name in by))


def joins_of(by: Sequence[str]) -> str:
    """The joins of these dimensions, each once, behind the facts called g."""
    return "\n".join(dict.fromkeys(join for name in by for join in DIMENSIONS[name].joins))


def keyed_sql(by: Sequence[str], sums: Sequence[str]) -> str:
    """SELECT k1, n1, k2, n2, …, sums… FROM grouped g: `sums` are names of columns of `grouped`."""
    keys = [
        f'({DIMENSIONS[name].key})::text COLLATE "C" AS k{at}, {DIMENSIONS[name].title} AS n{at}'
        for at, name in enumerate(by)
    ]
    return f"SELECT {', '.join([*keys, *(f'g.{each}' for each in sums)])} FROM grouped g {joins_of(by)}"


def levels_sql(by: Sequence[str], sums: Sequence[str], *, peaks: Sequence[str] = ()) -> str:
    """Sums of `keyed` for each level and, at level −1, of all: level, k0, n0, …, sums…, peaks…; outer rows before inner.

    Of `peaks` a row has the largest of what is below it, not the sum. Names are the smallest of their key, so that a key is
    one row however its name is written. Each level is added up from the one inside it (`of_2`: by two keys), not all from
    `keyed`: most rows are innermost ones.
    """
    deepest = len(by)
    tables = [f"of_{deepest} AS ({_innermost_sql(by, sums, peaks)})"]
    tables += [
        f"of_{keys} AS ({_added_up_sql(keys, sums, peaks)} FROM of_{keys + 1} k{_grouped_by(keys)})"
        for keys in reversed(range(deepest))
    ]
    parts = []
    for keys in range(deepest + 1):
        own = [f"k{at}, n{at}" for at in range(keys)]
        none = [f"NULL::text AS k{at}, NULL::text AS n{at}" for at in range(keys, deepest)]
        parts.append(
            f"SELECT {', '.join([f'{keys - 1} AS level', *own, *none, *sums, *peaks])} FROM of_{keys}"
        )
    return f"""
        SELECT * FROM (WITH {", ".join(tables)} {" UNION ALL ".join(parts)}) levels ORDER BY {outer_first(by)}
    """


def _innermost_sql(by: Sequence[str], sums: Sequence[str], peaks: Sequence[str]) -> str:
    """`keyed` by its keys; it is that already where every column of the facts has a dimension whose keys are its own."""
    own = {DIMENSIONS[name].column for name in by if DIMENSIONS[name].own_key}
    if own.issuperset(columns_of(by)):
        return "SELECT * FROM keyed"
    return f"{_added_up_sql(len(by), sums, peaks)} FROM keyed k{_grouped_by(len(by))}"


def _added_up_sql(keys: int, sums: Sequence[str], peaks: Sequence[str]) -> str:
    chosen = [f'k.k{at}, min(k.n{at} COLLATE "C") AS n{at}' for at in range(keys)]
    chosen += [f"sum(k.{each}) AS {each}" for each in sums] + [f"max(k.{each}) AS {each}" for each in peaks]
    return f"SELECT {', '.join(chosen)}"


def _grouped_by(keys: int) -> str:
    return f" GROUP BY {', '.join(f'k.k{at}' for at in range(keys))}" if keys else ""


def outer_first(by: Sequence[str]) -> str:
    """The order of levels: the total, then each row before those below it."""
    return ", ".join(f"k{at} NULLS FIRST" for at in range(len(by))) or "1"

"""What was agreed with customers and decided about them, as a check of credit needs it: read in one statement."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext as _

from huikuan.core.postgres.prepared import Rows, ask, for_one
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.errors import CreditRefused
from huikuan.credit.models import Limit, ManualHold, Reservation, Security, Setting
from huikuan.credit.rules import Action, Check, Gate, Rule, RuleScope, ScopedRule

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Party:
    """A customer as credit sees it: `head` is the head of its group, itself where it is in none."""

    id: UUID
    code: str
    name: str
    head: UUID
    segment: str


@dataclass
class Terms:
    """What counts for a set of customers on a day.

    `latest` are the last reservations of the references asked for. `let_go`: customers whose orders somebody released for a time.
    """

    base: str
    setting: Setting
    parties: dict[UUID, Party] = field(default_factory=dict)
    latest: dict[str, Reservation] = field(default_factory=dict)
    limits: list[Limit] = field(default_factory=list)
    securities: list[Security] = field(default_factory=list)
    holds: list[ManualHold] = field(default_factory=list)
    rules: list[ScopedRule] = field(default_factory=list)
    let_go: set[UUID] = field(default_factory=set)


def read_terms(
    customer_ids: Collection[UUID], *, day: date, references: Iterable[str] = (), brief: bool = False
) -> Terms:
    """The terms of customers and of the heads of their groups; `brief`: without limits, securities, holds and rules.

    Raises CreditRefused where a customer is not known or was taken away, and where a group goes round in a circle.
    """
    return terms_from(
        ask(*terms_asked(customer_ids, day=day, references=references, brief=brief)), customer_ids
    )


def terms_asked(
    customer_ids: Collection[UUID], *, day: date, references: Iterable[str] = (), brief: bool = False
) -> tuple[str, Mapping[str, Any]]:
    """The statement that reads terms, with its values; `terms_from` makes sense of its rows."""
    wanted, numbers = set(customer_ids), list(references)
    statement = BRIEF if brief else TERMS
    return (
        for_one(statement, "ids", "references") if len(wanted) == len(numbers) == 1 else statement,
        {
            "organization": current_organization_id(),
            "ids": list(wanted),
            "day": day,
            "references": numbers,
        },
    )


def terms_from(rows: Rows, customer_ids: Collection[UUID]) -> Terms:
    """The terms of customers from what the database answered; raises CreditRefused as `read_terms` does."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    rules: tuple[ScopedRule, ...] = ()
    for what, content in rows:
        if what == "rules":
            rules = _rules(content)
        else:
            found[what].append(json.loads(content, parse_float=Decimal))
    settings = _rows(Setting, found["setting"]) or [Setting(organization_id=current_organization_id())]
    return Terms(
        str(found["organization"][0]["currency"]),
        settings[0],
        _parties(found["customer"], set(customer_ids)),
        {
            row.reference: row
            for row in sorted(_rows(Reservation, found["reservation"]), key=lambda row: row.pk)
        },
        _rows(Limit, found["limit"]),
        _rows(Security, found["security"]),
        sorted(_rows(ManualHold, found["hold"]), key=lambda row: (row.from_on, row.pk)),
        list(rules),
        {UUID(row["customer_id"]) for row in found["release"]},
    )


@lru_cache(maxsize=64)
def _rules(content: str) -> tuple[ScopedRule, ...]:
    """Rules as they came: the same text means the same rules, and they seldom change."""
    return tuple(_rule(row) for row in json.loads(content, parse_float=Decimal))


def _rule(row: Mapping[str, Any]) -> ScopedRule:
    rule = Rule(
        Gate(row["gate"]),
        Check(row["check_code"]),
        Action(row["action"]),
        RuleScope(row["scope"]),
        Decimal(row["amount"]),
        row["days"],
        Decimal(row["share"]),
        tuple(row["grades"].split(",")) if row["grades"] else (),
        row["less_unmatched"],
    )
    return ScopedRule(rule, row["segment"], UUID(row["customer_id"]) if row["customer_id"] else None)


def parties(customer_ids: Collection[UUID]) -> dict[UUID, Party]:
    """Customers with the heads of their groups; raises CreditRefused as `read_terms` does."""
    wanted = set(customer_ids)
    rows = ask(PARTIES, {"organization": current_organization_id(), "ids": list(wanted)})
    return _parties([json.loads(content) for (content,) in rows], wanted)


def _parties(rows: list[dict[str, Any]], wanted: Collection[UUID]) -> dict[UUID, Party]:
    known = {UUID(row["id"]): row for row in rows}
    missing = [key for key in wanted if key not in known]
    if missing:
        raise CreditRefused(_("客户不存在，或不属于本组织。"), code="unknown_customer")
    parties = {}
    for key in wanted:
        row = known[key]
        head = UUID(row["parent_id"]) if row["parent_id"] else key
        if head != key and (head not in known or known[head]["parent_id"]):
            raise CreditRefused(
                _("客户 %s 的集团关系成环或多于一级，请先在客户档案中改正。") % row["name"],
                code="cyclic_group",
            )
        parties[key] = Party(key, row["code"], row["name"], head, row["segment"])
    return parties


def _rows(model: type[Row], rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Rows that came as JSON as what their model makes of them."""
    fields = model._meta.concrete_fields
    names = [each.attname for each in fields]
    return [
        model.from_db("default", names, [each.to_python(row[str(each.column)]) for each in fields])
        for row in rows
    ]


_PARTIES = """
    customer AS MATERIALIZED (
        SELECT c.id, c.code, c.name, c.parent_id, c.segment FROM customers_customer c
        WHERE c.organization_id = %(organization)s AND c.id = ANY(%(ids)s::uuid[]) AND c.removed_act_id IS NULL
    ),
    head AS MATERIALIZED (
        SELECT c.id, c.code, c.name, c.parent_id, c.segment FROM customers_customer c
        WHERE c.organization_id = %(organization)s
          AND c.id = ANY(ARRAY(SELECT parent_id FROM customer WHERE parent_id IS NOT NULL))
          AND c.id <> ALL(%(ids)s::uuid[])
    )
"""
PARTIES = f"""
    WITH {_PARTIES}
    SELECT to_jsonb(c) FROM customer c UNION ALL SELECT to_jsonb(h) FROM head h
"""

# One answer for everything that is small: (what, row as JSON). Subjects are the customers and their heads.
_ASKED = """
    SELECT 'organization', jsonb_build_object('currency', o.currency)
    FROM organizations_organization o WHERE o.id = %(organization)s
    UNION ALL SELECT 'setting', to_jsonb(s) FROM credit_setting s WHERE s.organization_id = %(organization)s
    UNION ALL SELECT 'customer', to_jsonb(c) FROM customer c
    UNION ALL SELECT 'customer', to_jsonb(h) FROM head h
    UNION ALL SELECT 'reservation', to_jsonb(r) FROM credit_reservation r
    WHERE r.organization_id = %(organization)s AND r.reference = ANY(%(references)s::text[])
"""
BRIEF = f"WITH {_PARTIES} {_ASKED}"
TERMS = f"""
    WITH {_PARTIES},
    subjects AS MATERIALIZED (
        SELECT ARRAY(SELECT id FROM customer UNION ALL SELECT id FROM head) AS ids
    )
    {_ASKED}
    UNION ALL SELECT 'limit', to_jsonb(l) FROM credit_limit l
    WHERE l.organization_id = %(organization)s AND l.customer_id = ANY((SELECT ids FROM subjects)::uuid[])
      AND l.state = 'active' AND l.starts_on <= %(day)s AND coalesce(l.ends_on, 'infinity') >= %(day)s
    UNION ALL SELECT 'security', to_jsonb(s) FROM credit_security s
    WHERE s.organization_id = %(organization)s AND s.customer_id = ANY((SELECT ids FROM subjects)::uuid[])
      AND s.starts_on <= %(day)s AND s.expires_on >= %(day)s
      AND coalesce(s.released_on, 'infinity') > %(day)s
    UNION ALL SELECT 'hold', to_jsonb(h) FROM credit_manual_hold h
    WHERE h.organization_id = %(organization)s AND h.customer_id = ANY((SELECT ids FROM subjects)::uuid[])
      AND h.from_on <= %(day)s AND coalesce(h.until_on, 'infinity') >= %(day)s
    UNION ALL SELECT 'release', jsonb_build_object('customer_id', h.customer_id) FROM credit_order_hold h
    WHERE h.organization_id = %(organization)s AND h.customer_id = ANY(%(ids)s::uuid[])
      AND h.released_until >= %(day)s
    UNION ALL SELECT 'rules', coalesce(jsonb_agg(to_jsonb(g) ORDER BY g.id), '[]') FROM credit_gate_rule g
    WHERE g.organization_id = %(organization)s
      AND (g.customer_id IS NULL OR g.customer_id = ANY((SELECT ids FROM subjects)::uuid[]))
"""

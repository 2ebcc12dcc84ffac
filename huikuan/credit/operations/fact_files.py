"""Facts from a table: what can be recorded is, what cannot is named row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act
from huikuan.core.errors import HuikuanError
from huikuan.credit.errors import CreditRefused
from huikuan.credit.fact_text import UnreadableFact, code_named, read_value
from huikuan.credit.operations.facts import NewFact, record_facts, require_fact
from huikuan.customers.models import Customer
from huikuan.organizations.actors import Actor
from huikuan.tables import inspect, read, reasons


@dataclass
class FactsImported:
    """How many facts of how many customers were recorded, and the rows that were not: (line, why)."""

    recorded: int = 0
    customers: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_facts(path: Path, *, source: str = "", actor: Actor, today: date) -> FactsImported:
    """Record the facts of a file (customer, fact, value, day, source), and assess their customers.

    `source`: of rows that name none; without, the file's name. Raises TableError for a file that cannot be used.
    """
    actor.require("credit.assess")
    layout = inspect(path, kind="customer_facts")
    done, facts = FactsImported(), []
    codes, names = _customers()
    for chunk in read(path, layout):
        rejected: dict[int, list[Any]] = {}
        for problem in chunk.problems:
            rejected.setdefault(problem.row, []).append(problem)
        done.refused += [(line, reasons(problems)) for line, problems in rejected.items()]
        for place, line in enumerate(chunk.line):
            row = {name: values[place] for name, values in chunk.columns.items()}
            try:
                fact = _fact(row, codes, names, source or path.name)
                require_fact(fact, today=today)
                facts.append(fact)
            except HuikuanError as error:
                done.refused.append((line, error.message))
    done.refused.sort()
    with act("import_customer_facts", actor=actor):
        done.recorded = len(record_facts(facts, actor=actor, today=today))
    done.customers = len({fact.customer_id for fact in facts})
    return done


def _customers() -> tuple[dict[str, UUID], dict[str, UUID | None]]:
    """Keys by code, and by name where only one is called so."""
    codes: dict[str, UUID] = {}
    names: dict[str, UUID | None] = {}
    for key, code, name in Customer.objects.values_list("pk", "code", "name"):
        codes[code] = key
        names[name] = None if name in names else key
    return codes, names


def _fact(row: dict[str, Any], codes: dict[str, UUID], names: dict[str, UUID | None], source: str) -> NewFact:
    code, name = row.get("customer_code"), row.get("customer_name")
    key = codes.get(str(code)) if code else names.get(str(name))
    if key is None:
        raise CreditRefused(_("没有客户 %s。") % (code or name or ""), code="unknown_customer")
    if not row.get("fact") or row.get("as_of_on") is None:
        raise CreditRefused(_("没有写明资料或日期。"), code="fact_incomplete")
    fact = code_named(str(row["fact"]))
    if fact is None:
        raise CreditRefused(_("没有名为“%s”的信用资料。") % row["fact"], code="unknown_fact")
    if not row.get("value"):
        raise CreditRefused(_("没有写明数值。"), code="fact_incomplete")
    try:
        value = read_value(fact, str(row["value"]))
    except UnreadableFact as error:
        raise CreditRefused(_("无法识别：%s") % row["value"], code="fact_unreadable") from error
    return NewFact(
        customer_id=key,
        code=fact,
        value=value,
        as_of_on=row["as_of_on"],
        source=str(row.get("source") or source),
    )

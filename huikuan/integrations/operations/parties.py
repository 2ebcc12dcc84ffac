"""Which customer and salesperson a row means; customers not known yet are opened."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from huikuan.core.said import said as _
from huikuan.customers.models import Customer, CustomerName
from huikuan.customers.operations import CustomerFacts, add_names, create_customers, salespeople_by_name
from huikuan.customers.rules import TermRule, due_date
from huikuan.integrations.operations.run import Rows
from huikuan.ledger.operations.numbers import take_numbers


def resolve_customers(
    rows: Rows, *, name_fields: tuple[str, ...] = ("customer_name",)
) -> dict[int, Customer]:
    """The customer of each live row: by code, else by a name it has or had.

    An unknown one is created from the row's code and name and counted, or with `existing_customers_only` the
    row is set aside. A further spelling of a known customer's name is remembered, and makes no customer.
    """
    codes, names = rows.columns["customer_code"], _names(rows, name_fields)
    by_code = _by_code(rows, {codes[index] for index in rows.live if codes[index]})
    by_name = _by_name({names[index] for index in rows.live if not codes[index] and names[index]})
    found: dict[int, Customer] = {}
    unknown: dict[tuple[str | None, str | None], list[int]] = {}
    for index in list(rows.live):
        code, name = codes[index], names[index]
        customers = [by_code[code]] if code in by_code else [] if code else by_name.get(name or "", [])
        if len(customers) > 1:
            rows.reject(
                index,
                name_fields[0],
                "customer_ambiguous",
                _("有 %d 个客户叫这个名称，请填写客户编码") % len(customers),
            )
        elif customers:
            found[index] = customers[0]
        elif not rows.run.options.existing_customers_only or not rows.suspect(
            index, "customer_code", "unknown_customer", _("没有这个客户：%s") % (code or name)
        ):
            unknown.setdefault((code, None if code else name), []).append(index)
    found |= _create(rows, unknown, names)
    _remember_names(rows, found, names)
    return found


def _names(rows: Rows, fields: tuple[str, ...]) -> list[str | None]:
    columns = [rows.columns[field] for field in fields if field in rows.columns]
    return [next((value for value in values if value), None) for values in zip(*columns, strict=True)]


def _by_code(rows: Rows, codes: set[Any]) -> dict[str, Customer]:
    """Customers by code; those met before in this run are not asked for again."""
    known: dict[str, Customer] = rows.run.memory.setdefault("customers", {})
    missing = codes - known.keys()
    if missing:
        known |= {
            customer.code: customer
            for customer in Customer.objects.filter(code__in=missing).select_related("term")
        }
    return known


def _by_name(names: set[Any]) -> dict[str, list[Customer]]:
    found: dict[str, dict[UUID, Customer]] = {}
    if not names:
        return {}
    for customer in Customer.objects.filter(name__in=names).select_related("term"):
        found.setdefault(customer.name, {})[customer.pk] = customer
    others = CustomerName.objects.filter(
        name__in=names - found.keys(), customer__removed_act__isnull=True
    ).select_related("customer__term")
    for other in others:
        found.setdefault(other.name, {})[other.customer.pk] = other.customer
    return {name: list(customers.values()) for name, customers in found.items()}


def _create(
    rows: Rows, unknown: dict[tuple[str | None, str | None], list[int]], names: list[str | None]
) -> dict[int, Customer]:
    if not unknown:
        return {}
    nameless = sum(1 for code, _name in unknown if not code)
    numbers = iter(take_numbers("KH", rows.run.today.replace(day=1), nameless) if nameless else ())
    facts = [
        CustomerFacts(code=code or next(numbers), name=names[indexes[0]])
        for (code, _name), indexes in unknown.items()
    ]
    created = create_customers(facts, actor=rows.run.actor)
    rows.run.customers_created += len(created)
    known: dict[str, Customer] = rows.run.memory.setdefault("customers", {})
    known |= {customer.code: customer for customer in created}
    return {
        index: customer
        for customer, indexes in zip(created, unknown.values(), strict=True)
        for index in indexes
    }


def _remember_names(rows: Rows, found: dict[int, Customer], names: list[str | None]) -> None:
    seen: set[tuple[UUID, str]] = rows.run.memory.setdefault("names", set())
    fresh = {
        (customer.pk, name)
        for index, customer in found.items()
        if (name := names[index]) and name != customer.name
    } - seen
    if fresh:
        add_names(sorted(fresh), kind=CustomerName.Kind.VARIANT)
        seen |= fresh


def resolve_salespeople(rows: Rows) -> dict[str, UUID]:
    """Salespeople of the live rows by the text that names them, added where they are new."""
    known: dict[str, UUID] = rows.run.memory.setdefault("salespeople", {})
    column = rows.columns["salesperson"]
    missing = {column[index] for index in rows.live if column[index]} - known.keys()
    if missing:
        known |= {name: person.pk for name, person in salespeople_by_name(missing).items()}
    return known


def due_dates(rows: Rows, customer: Customer, on: date) -> tuple[date, date]:
    """(due, effective due) of a document dated `on`: the file's term, else the customer's, else at once."""
    memory: dict[Any, tuple[date, date]] = rows.run.memory.setdefault("due", {})
    if rows.run.options.terms is not None:
        rule, key = TermRule.net(rows.run.options.terms), None
    elif customer.term is not None:
        rule, key = TermRule.from_data(customer.term.rule), customer.term.pk
    else:
        return on, on
    if (key, on) not in memory:
        due = due_date(rule, on)
        memory[key, on] = (due.due_on, due.effective_due_on) if due else (on, on)
    return memory[key, on]

"""Entering the demo's customers with their terms, other names and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from huikuan.customers.models import Customer, CustomerName, Salesperson
from huikuan.customers.operations import (
    ContactFacts,
    CustomerFacts,
    add_contacts,
    add_names,
    create_customers,
    term_by_code,
)
from huikuan.customers.rules import instalments_to_data
from huikuan.demo.agreements import AGREEMENTS
from huikuan.demo.companies import Company
from huikuan.organizations.actors import Actor


def enter_customers(
    companies: Sequence[Company], salespeople: Sequence[Salesperson], *, actor: Actor
) -> list[UUID]:
    """Open a file for each company; returns their ids in the same order."""
    terms = {
        agreement.code: term_by_code(
            code=agreement.code,
            name=agreement.name,
            rule=agreement.rule.to_data(),
            instalments=instalments_to_data(agreement.instalments),
        ).pk
        for agreement in AGREEMENTS.values()
    }
    ids: dict[int, UUID] = {}
    # Parents first: their members name them.
    for batch in (
        [company for company in companies if company.parent is None],
        [company for company in companies if company.parent is not None],
    ):
        facts = [
            CustomerFacts(
                code=company.code,
                name=company.name,
                uscc=company.uscc or None,
                parent_id=None if company.parent is None else ids[company.parent],
                salesperson_id=salespeople[company.salesperson].pk,
                region=company.region,
                sector=company.sector,
                size=company.size,
                segment=company.segment,
                term_id=terms[company.open_account],
            )
            for company in batch
        ]
        for company, customer in zip(batch, create_customers(facts, actor=actor), strict=True):
            ids[company.position] = customer.pk
    _name_countries(companies, ids)
    _add_other_names(companies, ids)
    _add_people(companies, ids, actor)
    return [ids[company.position] for company in companies]


def _name_countries(companies: Sequence[Company], ids: dict[int, UUID]) -> None:
    abroad = [
        Customer(pk=ids[company.position], country=company.country)
        for company in companies
        if company.country != "CN"
    ]
    Customer.objects.bulk_update(abroad, ["country"])


def _add_other_names(companies: Sequence[Company], ids: dict[int, UUID]) -> None:
    former = [(ids[company.position], company.former_name) for company in companies if company.former_name]
    payers = [(ids[company.position], company.payer_name) for company in companies if company.payer_name]
    add_names(former, kind=CustomerName.Kind.FORMER)
    add_names(payers, kind=CustomerName.Kind.PAYER)


def _add_people(companies: Sequence[Company], ids: dict[int, UUID], actor: Actor) -> None:
    add_contacts(
        (
            ContactFacts(
                customer_id=ids[company.position],
                name=person.name,
                phone=person.phone,
                email=person.email,
                position=person.position,
            )
            for company in companies
            for person in company.people
        ),
        actor=actor,
    )

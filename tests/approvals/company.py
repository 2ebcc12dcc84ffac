"""A company with a policy: who proposes write-offs, who must agree, and an invoice to write off."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from huikuan.approvals.models import Request
from huikuan.approvals.operations import NewBand, Outcome, decide, save_policy
from huikuan.ledger.models import Document
from huikuan.ledger.requests import ask_write_off
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Role
from huikuan.organizations.operations import add_member
from huikuan.organizations.queries import actor_of
from tests.conftest import TODAY
from tests.trade import Books, day
from tests.web.people import person


@dataclass
class Company:
    """Actors by name, found again with what they may do today."""

    books: Books
    people: dict[str, Any] = field(default_factory=dict)

    def hire(self, name: str, *roles: str) -> Actor:
        self.people[name] = person(name)
        add_member(user=self.people[name], role_codes=roles)
        return self.actor(name)

    def actor(self, name: str) -> Actor:
        found = actor_of(self.people[name])
        assert found is not None
        return found

    def policy(self, kind: str, *bands: tuple[str, ...]) -> None:
        """Each band: its floor, then the codes of the roles."""
        roles = {role.code: role.pk for role in Role.objects.all()}
        save_policy(
            kind=kind,
            bands=[NewBand(Decimal(floor), tuple(roles[code] for code in codes)) for floor, *codes in bands],
            actor=self.books.actor,
        )

    def ask(self, by: str, number: str = "YS1", amount: str | None = None, on: str = "2026-06-30") -> Outcome:
        return ask_write_off(
            Document.objects.get(number=number, voided_by=None),
            amount=Decimal(amount) if amount else None,
            on=day(on),
            reason="客户注销",
            actor=self.actor(by),
            today=TODAY,
        )

    def request(self, by: str, number: str = "YS1", amount: str | None = None) -> Request:
        request = self.ask(by, number, amount).request
        assert request is not None
        return request

    def approve(self, request: Request, by: str, comment: str = "") -> Request:
        return decide(request.pk, approve=True, comment=comment, actor=self.actor(by), today=TODAY)

    def send_back(self, request: Request, by: str, comment: str = "材料不全") -> Request:
        return decide(request.pk, approve=False, comment=comment, actor=self.actor(by), today=TODAY)


def opened(books: Books) -> Company:
    """林 proposes; 沈 (finance manager) and 许 (executive) agree; an invoice of 1,000 is overdue."""
    company = Company(books)
    company.hire("林", "ar_accountant")
    company.hire("沈", "finance_manager")
    company.hire("许", "executive")
    books.invoice("YS1", "2026-05-01", "1000")
    return company


def waiting_request(books: Books, invoice: Document) -> Request:
    """A write-off that concerns nobody in particular: by the local operator, waiting for customer service."""
    company = Company(books)
    company.hire("客服", "customer_service")
    company.policy("write_off", ("0", "customer_service"))
    request = ask_write_off(
        invoice, amount=None, on=books.today, reason="注销", actor=books.actor, today=books.today
    ).request
    assert request is not None
    return request

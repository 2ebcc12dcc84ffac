"""Records that carry notes: how to find one, who may see it, what it is called and where it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.approvals.models import Request
from huikuan.approvals.queries import requests_seen
from huikuan.approvals.registry import kind_title
from huikuan.cash.banking import StatementLine
from huikuan.collection.letter_queries import letters_seen
from huikuan.collection.models import Contact, LegalCase, Letter, RepaymentPlan
from huikuan.collection.queries import cases_seen, contacts_seen, plans_seen
from huikuan.customers.models import Customer
from huikuan.disputes.models import Dispute
from huikuan.disputes.queries import seen_disputes
from huikuan.ledger.models import Document
from huikuan.organizations.actors import Actor
from huikuan.sales.contracts import Contract, TaxInvoice
from huikuan.statements.models import Statement
from huikuan.statements.queries import statements_seen
from huikuan.web.approvals.words import request_url
from huikuan.web.customers.queries import visible_customers
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.queries import visible_documents
from huikuan.web.ledger.words import kind_name
from huikuan.web.pages import Work
from huikuan.web.sales.contract_rows import visible_contracts
from huikuan.web.scopes import visible
from huikuan.web.templatetags.money import money


@dataclass(frozen=True)
class NotedRecord:
    """A record as notes speak of it: its label and number, its page, and who may see it."""

    kind: str
    key: UUID
    label: str
    number: str
    path: str
    may_see: Callable[[Actor], bool]


def noted_record(work: Work, kind: str, key: UUID) -> NotedRecord | None:
    """The record if notes are kept on such records and the reader may see it; else None."""
    find = _KINDS.get(kind)
    found = find(work, key) if find else None
    return found if found is not None and found.may_see(work.actor) else None


def _customer(work: Work, key: UUID) -> NotedRecord | None:
    customer = Customer.everyone.filter(pk=key).first()
    if customer is None:
        return None

    def may_see(actor: Actor) -> bool:
        return (
            actor.may("customer.read")
            and visible_customers(visible(actor), removed=True).filter(pk=key).exists()
        )

    path = customer_url(work, key)
    return NotedRecord("customer", key, customer.name, customer.code, path, may_see)


def _document(work: Work, key: UUID) -> NotedRecord | None:
    document = Document.objects.filter(pk=key).first()
    if document is None:
        return None

    def may_see(actor: Actor) -> bool:
        return actor.may("ledger.read") and visible_documents(visible(actor)).filter(pk=key).exists()

    label = f"{kind_name(document.kind)} {document.number}"
    return NotedRecord("document", key, label, document.number, document_url(work, key), may_see)


def _approval(work: Work, key: UUID) -> NotedRecord | None:
    request = Request.objects.filter(pk=key).first()
    if request is None:
        return None

    def may_see(actor: Actor) -> bool:
        return requests_seen(actor, work.today).filter(pk=key).exists()

    label = f"{kind_title(request.kind)} {request.number}"
    return NotedRecord("approval", key, label, request.number, request_url(work, request), may_see)


def _contract(work: Work, key: UUID) -> NotedRecord | None:
    contract = Contract.objects.filter(pk=key).first()
    if contract is None:
        return None

    def may_see(actor: Actor) -> bool:
        return actor.may("ledger.read") and visible_contracts(actor).filter(pk=key).exists()

    label = f"{_('合同')} {contract.number}"
    path = reverse("contract", args=[work.organization.code, key])
    return NotedRecord("contract", key, label, contract.number, path, may_see)


def _tax_invoice(work: Work, key: UUID) -> NotedRecord | None:
    invoice = TaxInvoice.objects.filter(pk=key).first()
    if invoice is None:
        return None

    def may_see(actor: Actor) -> bool:
        seen = visible(actor)
        theirs = TaxInvoice.objects.filter(pk=key, customer__salesperson_id__in=seen or ())
        return actor.may("ledger.read") and (seen is None or theirs.exists())

    label = f"{_('数电发票')} {invoice.number}"
    path = reverse("tax-invoice", args=[work.organization.code, key])
    return NotedRecord("tax_invoice", key, label, invoice.number, path, may_see)


def _statement_line(work: Work, key: UUID) -> NotedRecord | None:
    line = StatementLine.objects.select_related("bank_account").filter(pk=key).first()
    if line is None:
        return None

    def may_see(actor: Actor) -> bool:
        asked = line.waits_for_id is not None and line.waits_for_id == actor.user_id
        return actor.may("bank.read") or (asked and actor.may("receipt.claim"))

    amount = money(line.amount, line.bank_account.currency)
    label = f"{_('银行流水')} {line.counterparty or line.booked_on.isoformat()} {amount}"
    path = reverse("claim-asked", args=[work.organization.code, key])
    return NotedRecord("statement_line", key, label, line.reference[:64], path, may_see)


def _dispute(work: Work, key: UUID) -> NotedRecord | None:
    found = Dispute.objects.filter(pk=key).first()
    if found is None:
        return None

    def may_see(actor: Actor) -> bool:
        return actor.may("ledger.read") and seen_disputes(actor).filter(pk=key).exists()

    label = f"{_('争议')} {found.number}"
    path = reverse("dispute", args=[work.organization.code, key])
    return NotedRecord("dispute", key, label, found.number, path, may_see)


def _contact(work: Work, key: UUID) -> NotedRecord | None:
    found = Contact.objects.select_related("customer").filter(pk=key).first()
    if found is None:
        return None

    def may_see(actor: Actor) -> bool:
        return actor.may("collection.read") and contacts_seen(actor, superseded=True).filter(pk=key).exists()

    label = f"{_('联系记录')} {found.customer.name}"
    path = reverse("collection-contact", args=[work.organization.code, key])
    return NotedRecord("collection_contact", key, label, found.customer.code, path, may_see)


def _plan(work: Work, key: UUID) -> NotedRecord | None:
    found = RepaymentPlan.objects.select_related("customer").filter(pk=key).first()
    if found is None:
        return None

    def may_see(actor: Actor) -> bool:
        return actor.may("collection.read") and plans_seen(actor).filter(pk=key).exists()

    label = f"{_('还款计划')} {found.customer.name}"
    path = reverse("collection-plan", args=[work.organization.code, key])
    return NotedRecord("repayment_plan", key, label, found.customer.code, path, may_see)


def _case(work: Work, key: UUID) -> NotedRecord | None:
    found = LegalCase.objects.select_related("customer").filter(pk=key).first()
    if found is None:
        return None

    def may_see(actor: Actor) -> bool:
        return actor.may("collection.read") and cases_seen(actor).filter(pk=key).exists()

    label = f"{_('案件')} {found.customer.name}"
    path = reverse("collection-case-file", args=[work.organization.code, key])
    return NotedRecord("legal_case", key, label, found.customer.code, path, may_see)


def _letter(work: Work, key: UUID) -> NotedRecord | None:
    found = Letter.objects.select_related("customer").filter(pk=key).first()
    if found is None:
        return None

    def may_see(actor: Actor) -> bool:
        return actor.may("collection.read") and letters_seen(actor).filter(pk=key).exists()

    label = f"{_('信函')} {found.number or found.customer.name}"
    path = reverse("collection-letter", args=[work.organization.code, key])
    return NotedRecord("collection_letter", key, label, found.number, path, may_see)


def _statement(work: Work, key: UUID) -> NotedRecord | None:
    found = Statement.objects.select_related("customer").defer("content").filter(pk=key).first()
    if found is None:
        return None

    def may_see(actor: Actor) -> bool:
        return actor.may("reconciliation.read") and statements_seen(actor).filter(pk=key).exists()

    label = f"{_('对账单')} {found.number}"
    path = reverse("statement", args=[work.organization.code, key])
    return NotedRecord("customer_statement", key, label, found.number, path, may_see)


_KINDS: dict[str, Callable[[Work, UUID], NotedRecord | None]] = {
    "customer": _customer,
    "document": _document,
    "approval": _approval,
    "collection_contact": _contact,
    "repayment_plan": _plan,
    "collection_letter": _letter,
    "customer_statement": _statement,
    "legal_case": _case,
    "contract": _contract,
    "tax_invoice": _tax_invoice,
    "statement_line": _statement_line,
    "dispute": _dispute,
}

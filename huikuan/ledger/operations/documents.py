"""Recording documents: invoices, credit notes, receipts and advances, with their items and entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Kind, Side
from huikuan.ledger.operations.document_rows import (
    DOCUMENT_COLUMNS,
    ITEM_COLUMNS,
    LEG_COLUMNS,
    DocumentRefused,
    NewDocument,
    document_rows,
    leg_rows,
)
from huikuan.ledger.operations.entries import accounts_by_purpose
from huikuan.ledger.operations.numbers import number_documents
from huikuan.ledger.operations.rates import with_rates
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization


@dataclass(frozen=True, slots=True)
class RecordedDocument:
    """A document as it now stands, with its items in order of line."""

    id: UUID
    number: str
    item_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Posting:
    """How a kind of document is posted: its posting rule and the side of its items."""

    kind: Kind
    event: str
    side: Side


SALE = Posting(Kind.INVOICE, "sale", Side.DEBIT)
SALE_RETURN = Posting(Kind.CREDIT_NOTE, "sale_return", Side.CREDIT)
RECEIPT = Posting(Kind.RECEIPT, "receipt", Side.CREDIT)
ADVANCE = Posting(Kind.ADVANCE, "advance", Side.CREDIT)
OPENING_INVOICE = Posting(Kind.INVOICE, "opening_debit", Side.DEBIT)
OPENING_CREDIT_NOTE = Posting(Kind.CREDIT_NOTE, "opening_credit", Side.CREDIT)
OPENING_RECEIPT = Posting(Kind.RECEIPT, "opening_credit", Side.CREDIT)
SALE_DEFERRED_VAT = Posting(Kind.INVOICE, "sale_deferred_vat", Side.DEBIT)
LATE_INTEREST = Posting(Kind.DEBIT_NOTE, "late_interest", Side.DEBIT)
FEE_CHARGED = Posting(Kind.DEBIT_NOTE, "fee_charged", Side.DEBIT)
ACCOUNT_RECEIPT = Posting(Kind.RECEIPT, "account_receipt", Side.CREDIT)
ACCOUNT_REFUND = Posting(Kind.REFUND, "account_refund", Side.DEBIT)
BOUNCED = Posting(Kind.DISHONOUR, "receipt_bounced", Side.DEBIT)
CLAIMED_RECEIPT = Posting(Kind.RECEIPT, "claimed_receipt", Side.CREDIT)
CONTRACT_ADVANCE = Posting(Kind.ADVANCE, "contract_advance", Side.CREDIT)
ACCOUNT_ADVANCE = Posting(Kind.ADVANCE, "account_advance", Side.CREDIT)
ADVANCE_EVENTS = (CONTRACT_ADVANCE.event, ACCOUNT_ADVANCE.event)
"""Advances on orders and contracts, in two items: the part without VAT, and the VAT."""
BILL_RECEIPT = Posting(Kind.BILL, "bill_receipt", Side.CREDIT)
BILL_RECEIPT_FINANCING = Posting(Kind.BILL, "bill_receipt_financing", Side.CREDIT)
BILL_DISHONOURED = Posting(Kind.DISHONOUR, "bill_dishonoured", Side.DEBIT)
FACTORED = Posting(Kind.FACTORING, "factored", Side.CREDIT)
CASH_DISCOUNT = Posting(Kind.DISCOUNT, "cash_discount", Side.CREDIT)
CASH_DISCOUNT_EXPENSE = Posting(Kind.DISCOUNT, "cash_discount_expense", Side.CREDIT)
BANK_FEE = Posting(Kind.DIFFERENCE, "bank_fee", Side.CREDIT)
SHORT_PAYMENT = Posting(Kind.DIFFERENCE, "short_payment", Side.CREDIT)
OVER_PAYMENT = Posting(Kind.DIFFERENCE, "over_payment", Side.DEBIT)
OFFSET = Posting(Kind.OFFSET, "offset", Side.CREDIT)
TRANSFER_OUT = Posting(Kind.TRANSFER_OUT, "debt_transfer_out", Side.CREDIT)
TRANSFER_IN = Posting(Kind.TRANSFER_IN, "debt_transfer_in", Side.DEBIT)
RECOVERY = Posting(Kind.RECOVERY, "recovery", Side.DEBIT)


def record_invoices(
    documents: Sequence[NewDocument], *, actor: Actor, opening: bool = False
) -> list[RecordedDocument]:
    """赊销: the customers owe these invoices. Debits receivables, credits revenue and output VAT.

    `opening`: balances brought in from before; they credit the opening-balance account instead of revenue.
    """
    return _record(documents, OPENING_INVOICE if opening else SALE, "invoice.record", actor)


def record_credit_notes(
    documents: Sequence[NewDocument], *, actor: Actor, opening: bool = False
) -> list[RecordedDocument]:
    """红字: returns and allowances, posted in red ink so that turnover stays net; open until allocated."""
    return _record(documents, OPENING_CREDIT_NOTE if opening else SALE_RETURN, "invoice.record", actor)


def record_receipts(
    documents: Sequence[NewDocument], *, actor: Actor, opening: bool = False
) -> list[RecordedDocument]:
    """收款: money came in from these customers; open until it is allocated."""
    return _record(documents, OPENING_RECEIPT if opening else RECEIPT, "receipt.record", actor)


def record_advances(documents: Sequence[NewDocument], *, actor: Actor) -> list[RecordedDocument]:
    """预收: money came in before any invoice; a liability until it is allocated."""
    return _record(documents, ADVANCE, "receipt.record", actor)


def _record(
    documents: Sequence[NewDocument], posting: Posting, permission: str, actor: Actor
) -> list[RecordedDocument]:
    actor.require(permission)
    with act(f"record_{posting.kind.value}", actor=actor) as opened:
        return post_documents(documents, posting=posting, opened=opened)


def post_documents(
    documents: Sequence[NewDocument], *, posting: Posting, opened: OpenAct
) -> list[RecordedDocument]:
    """Write documents with items, entries and events inside an open act: a handful of statements for any number.

    The caller has required the permission. What a document settles is allocated by `post_allocations`.
    """
    if not documents:
        return []
    organization = Organization.objects.get(pk=current_organization_id())
    documents = with_rates(documents, organization.currency)
    salespeople = _salespeople_of(list({document.customer_id for document in documents}))
    numbers = number_documents(
        [(document.number, document.document_on) for document in documents], kind=posting.kind
    )
    accounts = _accounts_named(documents)
    recorded: list[RecordedDocument] = []
    heads: list[tuple[Any, ...]] = []
    instalments: list[tuple[Any, ...]] = []
    legs: list[tuple[Any, ...]] = []
    for document, number in zip(documents, numbers, strict=True):
        head, parts = document_rows(document, number, organization.currency, salespeople, accounts)
        heads.append(head)
        instalments.extend(parts)
        if document.legs:
            legs.extend(leg_rows(document, head[2], accounts))
        item_ids = tuple([part[0] for part in parts]) if parts else (head[1],)
        recorded.append(RecordedDocument(head[0], number, item_ids))
    # Joined to each other and to a handful of posting rules: the planner needs no statistics.
    stage("incoming_document", DOCUMENT_COLUMNS, heads, analyse=False)
    stage("incoming_item", ITEM_COLUMNS, instalments, analyse=False)
    stage("incoming_leg", LEG_COLUMNS, legs, analyse=False)
    parameters = {
        "organization": organization.pk,
        "act": opened.id,
        "kind": posting.kind.value,
        "event": posting.event,
        "side": posting.side.value,
    }
    try:
        with connection.cursor() as cursor:
            for statement in POST_DOCUMENTS:
                cursor.execute(statement, parameters)
    except IntegrityError as error:
        raise refusal(error, documents) from error
    return recorded


# What the trail says of a document `d`, and of its items: written when it is recorded, compared by the check.
DOCUMENT_FIELDS = """
        'customer', d.customer_id, 'on', d.document_on, 'currency', d.currency, 'rate', d.rate,
        'amount', d.amount, 'net', d.net, 'tax', d.tax, 'base', d.base_amount, 'event', d.event,
        'reference', d.reference, 'product', d.product, 'memo', d.memo, 'salesperson', d.salesperson_id"""
DOCUMENT_CONTENT = f"jsonb_build_object({DOCUMENT_FIELDS})"

POST_DOCUMENTS = (
    """
    INSERT INTO ledger_document (organization_id, id, act_id, kind, event, number, customer_id, salesperson_id,
        document_on, currency, rate, amount, net, tax, base_amount, reference, product, memo)
    SELECT %(organization)s, id, %(act)s, %(kind)s, %(event)s, number, customer_id, salesperson_id,
        document_on, currency, rate, amount, net, tax, base_amount, reference, product, memo
    FROM incoming_document
    """,
    # A document without instalments is staged with its one item in its own row.
    """
    INSERT INTO incoming_item (id, document_id, line, due_on, effective_due_on, amount, base_amount)
    SELECT item_id, id, 1, due_on, effective_due_on, amount, base_amount
    FROM incoming_document WHERE item_id IS NOT NULL
    """,
    """
    INSERT INTO ledger_open_item (organization_id, id, act_id, document_id, line, account_id, customer_id,
        salesperson_id, side, currency, document_on, due_on, effective_due_on,
        amount, base_amount, open_amount, open_base)
    SELECT %(organization)s, i.id, %(act)s, d.id, i.line, coalesce(i.account_id, r.account_id), d.customer_id,
        d.salesperson_id, %(side)s, d.currency, d.document_on, i.due_on, i.effective_due_on,
        i.amount, i.base_amount, i.amount, i.base_amount
    FROM incoming_item i
    JOIN incoming_document d ON d.id = i.document_id
    JOIN ledger_posting_rule r ON r.organization_id = %(organization)s AND r.event = %(event)s AND r.on_item
    """,
    """
    INSERT INTO ledger_journal_entry (organization_id, id, act_id, event, effective_on, document_id)
    SELECT %(organization)s, entry_id, %(act)s, %(event)s, document_on, id
    FROM incoming_document WHERE base_amount <> 0
    """,
    """
    INSERT INTO ledger_journal_line (organization_id, entry_id, position, account_id, debit, credit, item_id)
    SELECT %(organization)s, entry_id, position, account_id,
           CASE side WHEN 1 THEN amount ELSE 0 END, CASE side WHEN -1 THEN amount ELSE 0 END, item_id
    FROM (
        SELECT d.entry_id, r.position * 100 + i.line AS position, coalesce(i.account_id, r.account_id) AS account_id,
               r.side, i.id AS item_id, CASE WHEN r.red THEN -i.base_amount ELSE i.base_amount END AS amount
        FROM incoming_item i
        JOIN incoming_document d ON d.id = i.document_id
        JOIN ledger_posting_rule r ON r.organization_id = %(organization)s AND r.event = %(event)s AND r.on_item
        UNION ALL
        SELECT d.entry_id, r.position * 100, r.account_id, r.side, NULL,
               CASE r.measure WHEN 'gross' THEN d.base_amount WHEN 'tax' THEN d.base_tax
                              ELSE d.base_amount - d.base_tax END * CASE WHEN r.red THEN -1 ELSE 1 END
        FROM incoming_document d
        JOIN ledger_posting_rule r ON r.organization_id = %(organization)s AND r.event = %(event)s AND NOT r.on_item
        UNION ALL
        SELECT entry_id, position, account_id, sign(debit)::smallint, NULL, abs(debit) FROM incoming_leg
    ) lines
    WHERE amount <> 0
    """,
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, event_id, %(act)s, 'recorded', %(kind)s, id, number,
        jsonb_build_object({DOCUMENT_FIELDS.replace("d.event", "%(event)s::text")}, 'items', items)
        || coalesce(legs.content, '{{}}')
    FROM incoming_document d
    LEFT JOIN (
        SELECT entry_id, jsonb_build_object('legs', jsonb_agg(
            jsonb_build_array(account_id, debit) ORDER BY position)) AS content
        FROM incoming_leg GROUP BY entry_id
    ) legs USING (entry_id)
    """,
)


def _accounts_named(documents: Sequence[NewDocument]) -> dict[str, UUID]:
    """The accounts that instalments and legs name by purpose; no query where none do."""
    legs = [leg.account for document in documents for leg in document.legs]
    purposes = {account for account in legs if isinstance(account, str)}
    purposes |= {part.account for document in documents for part in document.instalments if part.account}
    return accounts_by_purpose(purposes) if purposes else {}


def _salespeople_of(customer_ids: list[UUID]) -> dict[UUID, UUID | None]:
    """The salespeople of customers, all of which must exist."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.salesperson_id
            FROM unnest(%(wanted)s::uuid[]) WITH ORDINALITY wanted (id, position)
            JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = wanted.id
            ORDER BY wanted.position
            """,
            {
                "organization": current_organization_id(),
                # As text: thousands of values are dumped one by one in Python otherwise.
                "wanted": "{" + ",".join([customer_id.hex for customer_id in customer_ids]) + "}",
            },
        )
        found = cursor.fetchall()
    if len(found) != len(customer_ids):
        raise DocumentRefused(_("客户不存在，或不属于本组织。"), code="unknown_customer")
    return {customer_id: row[0] for customer_id, row in zip(customer_ids, found, strict=True)}


def refusal(error: IntegrityError, documents: Sequence[NewDocument]) -> HuikuanError:
    """The sentence a person reads for a constraint the ledger kept."""
    cause = error.__cause__
    name = getattr(getattr(cause, "diag", None), "constraint_name", None) or ""
    detail = getattr(getattr(cause, "diag", None), "message_detail", None) or ""
    if name == "document_number_is_unique":
        return DocumentRefused(_("单据号已存在，没有登记任何单据。") + f"({detail})", code="number_exists")
    if name == "period_is_open":
        return DocumentRefused(_("期间 %s 已关闭，不能登记。") % detail, code="period_closed")
    return DocumentRefused(_("单据不符合账簿的约束：%s") % (name or error))

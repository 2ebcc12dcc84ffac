"""The only writers of the ledger: each function is one business act on a set of documents."""

from huikuan.ledger.operations.accounts import AccountRefused, add_account, change_account
from huikuan.ledger.operations.allocations import (
    AllocationRefused,
    NewAllocation,
    allocate,
    reverse_allocations,
)
from huikuan.ledger.operations.books import close_period, open_books, reopen_period
from huikuan.ledger.operations.document_rows import DocumentRefused, Instalment, Leg, NewDocument
from huikuan.ledger.operations.documents import (
    RecordedDocument,
    record_advances,
    record_credit_notes,
    record_invoices,
    record_receipts,
)
from huikuan.ledger.operations.entries import (
    EntryLine,
    EntryRefused,
    NewEntry,
    accounts_by_purpose,
    post_entries,
)
from huikuan.ledger.operations.items import ChangeRefused, ItemFacts, change_items, move_to_account
from huikuan.ledger.operations.numbering import NumberingRefused, change_prefixes
from huikuan.ledger.operations.settlements import refund, void_documents, write_off

__all__ = [
    "AccountRefused",
    "AllocationRefused",
    "ChangeRefused",
    "DocumentRefused",
    "EntryLine",
    "EntryRefused",
    "Instalment",
    "ItemFacts",
    "Leg",
    "NewAllocation",
    "NewDocument",
    "NewEntry",
    "NumberingRefused",
    "RecordedDocument",
    "accounts_by_purpose",
    "add_account",
    "allocate",
    "change_account",
    "change_items",
    "change_prefixes",
    "close_period",
    "move_to_account",
    "open_books",
    "post_entries",
    "record_advances",
    "record_credit_notes",
    "record_invoices",
    "record_receipts",
    "refund",
    "reopen_period",
    "reverse_allocations",
    "void_documents",
    "write_off",
]

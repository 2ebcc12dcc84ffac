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
from huikuan.ledger.operations.rates import NewRate, RateRefused, RecordedRates, record_rates, remove_rates
from huikuan.ledger.operations.revaluations import (
    RevaluationRefused,
    Revalued,
    choose_reversing,
    revalue,
    undo_revaluation,
)
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
    "NewRate",
    "NumberingRefused",
    "RateRefused",
    "RecordedDocument",
    "RecordedRates",
    "RevaluationRefused",
    "Revalued",
    "accounts_by_purpose",
    "add_account",
    "allocate",
    "change_account",
    "change_items",
    "change_prefixes",
    "choose_reversing",
    "close_period",
    "move_to_account",
    "open_books",
    "post_entries",
    "record_advances",
    "record_credit_notes",
    "record_invoices",
    "record_rates",
    "record_receipts",
    "refund",
    "remove_rates",
    "reopen_period",
    "revalue",
    "reverse_allocations",
    "undo_revaluation",
    "void_documents",
    "write_off",
]

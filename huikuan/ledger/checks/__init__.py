"""What must hold of the ledger: the lists that `huikuan check` runs over it."""

from huikuan.ledger.checks.allocations import ALLOCATION_VALIDATIONS
from huikuan.ledger.checks.books import BOOK_VALIDATIONS
from huikuan.ledger.checks.documents import DOCUMENT_VALIDATIONS
from huikuan.ledger.checks.journal import JOURNAL_VALIDATIONS
from huikuan.ledger.checks.revaluations import REVALUATION_VALIDATIONS
from huikuan.ledger.checks.totals import TOTAL_VALIDATIONS

LEDGER_VALIDATIONS = (
    *DOCUMENT_VALIDATIONS,
    *ALLOCATION_VALIDATIONS,
    *JOURNAL_VALIDATIONS,
    *BOOK_VALIDATIONS,
    *REVALUATION_VALIDATIONS,
    *TOTAL_VALIDATIONS,
)

__all__ = ["LEDGER_VALIDATIONS"]

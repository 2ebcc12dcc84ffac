"""Which acts can be put up for approval, and where the page of a request is."""

from __future__ import annotations

from huikuan.approvals.registry import register, register_page
from huikuan.books.requests import KINDS as BOOKS_KINDS
from huikuan.cash.requests import KINDS as CASH_KINDS
from huikuan.collection.requests import KINDS as COLLECTION_KINDS
from huikuan.credit.assessment_requests import KINDS as ASSESSMENT_KINDS
from huikuan.credit.requests import KINDS as CREDIT_KINDS
from huikuan.risk.requests import KINDS as RISK_KINDS


def register_approvals() -> None:
    """Each package above approvals offers its kinds as a tuple `KINDS`, listed here.

    Those of the ledger come by way of the packages above it, which know what else an act means to them.
    """
    register(*BOOKS_KINDS, *CREDIT_KINDS, *ASSESSMENT_KINDS, *RISK_KINDS, *CASH_KINDS, *COLLECTION_KINDS)
    register_page("/o/{organization}/approvals/{request}/")

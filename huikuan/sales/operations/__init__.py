"""The only writers of sales: each function is one business act on a set."""

from huikuan.sales.errors import SalesRefused
from huikuan.sales.operations.credits import CreditLine, NewCredit, draft_credit_notes
from huikuan.sales.operations.drafts import NewInvoice, change_draft, draft_invoices, void_drafts
from huikuan.sales.operations.interest import Late, draft_late_interest
from huikuan.sales.operations.line_rows import NewLine
from huikuan.sales.operations.posting import PostedInvoice, post_invoices, reverse_invoices
from huikuan.sales.operations.products import ProductFacts, Saved, add_tax_rate, save_products

__all__ = [
    "CreditLine",
    "Late",
    "NewCredit",
    "NewInvoice",
    "NewLine",
    "PostedInvoice",
    "ProductFacts",
    "SalesRefused",
    "Saved",
    "add_tax_rate",
    "change_draft",
    "draft_credit_notes",
    "draft_invoices",
    "draft_late_interest",
    "post_invoices",
    "reverse_invoices",
    "save_products",
    "void_drafts",
]

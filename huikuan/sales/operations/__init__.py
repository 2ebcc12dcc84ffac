"""The only writers of sales: each function is one business act on a set."""

from huikuan.sales.errors import SalesRefused
from huikuan.sales.operations.billing import BillingRun, Per, bill_deliveries
from huikuan.sales.operations.contracts import (
    ContractChange,
    NewContract,
    cancel_contract,
    change_contract,
    sign_contracts,
)
from huikuan.sales.operations.credits import CreditLine, NewCredit, draft_credit_notes
from huikuan.sales.operations.deliveries import (
    NewDelivery,
    RecordedDelivery,
    record_deliveries,
    void_deliveries,
)
from huikuan.sales.operations.drafts import NewInvoice, change_draft, draft_invoices, void_drafts
from huikuan.sales.operations.interest import Late, draft_late_interest, state_late_days
from huikuan.sales.operations.line_rows import NewLine
from huikuan.sales.operations.orders import (
    LineChange,
    NewOrder,
    RecordedOrder,
    add_order_lines,
    change_order_lines,
    close_orders,
    create_orders,
)
from huikuan.sales.operations.plan_billing import PlanRun, bill_due
from huikuan.sales.operations.plan_events import confirm_milestone, report_delivery
from huikuan.sales.operations.posting import PostedInvoice, post_invoices, reverse_invoices
from huikuan.sales.operations.products import ProductFacts, Saved, add_tax_rate, save_products
from huikuan.sales.operations.retentions import release_retentions

__all__ = [
    "BillingRun",
    "ContractChange",
    "CreditLine",
    "Late",
    "LineChange",
    "NewContract",
    "NewCredit",
    "NewDelivery",
    "NewInvoice",
    "NewLine",
    "NewOrder",
    "Per",
    "PlanRun",
    "PostedInvoice",
    "ProductFacts",
    "RecordedDelivery",
    "RecordedOrder",
    "SalesRefused",
    "Saved",
    "add_order_lines",
    "add_tax_rate",
    "bill_deliveries",
    "bill_due",
    "cancel_contract",
    "change_contract",
    "change_draft",
    "change_order_lines",
    "close_orders",
    "confirm_milestone",
    "create_orders",
    "draft_credit_notes",
    "draft_invoices",
    "draft_late_interest",
    "post_invoices",
    "record_deliveries",
    "release_retentions",
    "report_delivery",
    "reverse_invoices",
    "save_products",
    "sign_contracts",
    "state_late_days",
    "void_deliveries",
    "void_drafts",
]

"""The only writers of bills and settlements: each function is one business act on a set."""

from huikuan.cash.operations.automatic import Posted, match_policies, post_all_sure, post_sure_matches
from huikuan.cash.operations.bank_accounts import (
    NewBankAccount,
    add_bank_account,
    change_bank_account,
    close_bank_account,
)
from huikuan.cash.operations.bank_reconciling import confirm_reconciliation
from huikuan.cash.operations.bill_moves import (
    Endorsement,
    collect_bills,
    discount_bills,
    endorse_bills,
    settle_matured_bills,
)
from huikuan.cash.operations.bills import NewBill, receive_bills, split_bill, withdraw_bills
from huikuan.cash.operations.choices import Choice
from huikuan.cash.operations.claims import ask_claim, confirm_claim, refuse_claim, withdraw_claim
from huikuan.cash.operations.contract_advances import (
    NewAdvance,
    apply_contract_advance,
    receive_contract_advances,
    refund_contract_advance,
)
from huikuan.cash.operations.differences import (
    Difference,
    NewReceipt,
    receive_with_differences,
    settle_difference,
)
from huikuan.cash.operations.dishonours import dishonour_bills
from huikuan.cash.operations.factoring import NewFactoring, factor_receivables, settle_factored
from huikuan.cash.operations.line_uses import ask_about, book_directly, leave_out, pool_lines
from huikuan.cash.operations.linking import link_recorded
from huikuan.cash.operations.match_policy import change_match_policy, remove_match_policy
from huikuan.cash.operations.matching import apply_matches
from huikuan.cash.operations.offsets import NewOffset, NewTransfer, offset_payables, transfer_debts
from huikuan.cash.operations.opening_bills import receive_opening_bills
from huikuan.cash.operations.policy import change_cash_policy
from huikuan.cash.operations.proposing import propose_matches
from huikuan.cash.operations.remittance import NewAdvice, record_advice
from huikuan.cash.operations.returns import bounce_receipt, refund_line, return_unidentified
from huikuan.cash.operations.statements import ImportedStatement, import_statement, import_statements
from huikuan.cash.operations.undoing import undo_uses
from huikuan.cash.operations.unidentified import NewUnidentified, claim_receipt, receive_unidentified
from huikuan.cash.operations.vat import NewVatDue, recognise_vat

__all__ = [
    "Choice",
    "Difference",
    "Endorsement",
    "ImportedStatement",
    "NewAdvance",
    "NewAdvice",
    "NewBankAccount",
    "NewBill",
    "NewFactoring",
    "NewOffset",
    "NewReceipt",
    "NewTransfer",
    "NewUnidentified",
    "NewVatDue",
    "Posted",
    "add_bank_account",
    "apply_contract_advance",
    "apply_matches",
    "ask_about",
    "ask_claim",
    "book_directly",
    "bounce_receipt",
    "change_bank_account",
    "change_cash_policy",
    "change_match_policy",
    "claim_receipt",
    "close_bank_account",
    "collect_bills",
    "confirm_claim",
    "confirm_reconciliation",
    "discount_bills",
    "dishonour_bills",
    "endorse_bills",
    "factor_receivables",
    "import_statement",
    "import_statements",
    "leave_out",
    "link_recorded",
    "match_policies",
    "offset_payables",
    "pool_lines",
    "post_all_sure",
    "post_sure_matches",
    "propose_matches",
    "receive_bills",
    "receive_contract_advances",
    "receive_opening_bills",
    "receive_unidentified",
    "receive_with_differences",
    "recognise_vat",
    "record_advice",
    "refund_contract_advance",
    "refund_line",
    "refuse_claim",
    "remove_match_policy",
    "return_unidentified",
    "settle_difference",
    "settle_factored",
    "settle_matured_bills",
    "split_bill",
    "transfer_debts",
    "undo_uses",
    "withdraw_bills",
    "withdraw_claim",
]

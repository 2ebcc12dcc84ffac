"""The only writers of the books: vouchers, their states, closing, and what was exported."""

from huikuan.books.operations.closing import (
    CloseRefused,
    close_history,
    close_month,
    reopen_month,
)
from huikuan.books.operations.exports import record_export
from huikuan.books.operations.making import Made, dissolve_vouchers, make_vouchers
from huikuan.books.operations.manual import (
    NewLine,
    NewVoucher,
    enter_opening_balances,
    enter_vouchers,
    reverse_voucher,
)
from huikuan.books.operations.policy import change_policy
from huikuan.books.operations.profit import ClosedProfit, close_profit
from huikuan.books.operations.refusals import VoucherRefused
from huikuan.books.operations.states import post_vouchers, return_vouchers, review_vouchers

__all__ = [
    "CloseRefused",
    "ClosedProfit",
    "Made",
    "NewLine",
    "NewVoucher",
    "VoucherRefused",
    "change_policy",
    "close_history",
    "close_month",
    "close_profit",
    "dissolve_vouchers",
    "enter_opening_balances",
    "enter_vouchers",
    "make_vouchers",
    "post_vouchers",
    "record_export",
    "reopen_month",
    "return_vouchers",
    "reverse_voucher",
    "review_vouchers",
]

from django.urls import path

from huikuan.web.books import (
    balances,
    closing,
    making,
    manual,
    opening,
    profit,
    statements,
    voucher,
    vouchers,
)
from huikuan.web.lists.views import list_urls

urlpatterns = [
    path("vouchers/", vouchers.vouchers, name="vouchers"),
    *list_urls(vouchers.VOUCHERS, "vouchers/"),
    path("vouchers/make/", making.make, name="vouchers-make"),
    path("vouchers/new/", manual.new, name="vouchers-new"),
    path("vouchers/opening/", opening.opening, name="vouchers-opening"),
    path("vouchers/export/", making.export, name="vouchers-export"),
    path("vouchers/<uuid:key>/", voucher.voucher, name="voucher"),
    path("vouchers/<uuid:key>/review/", voucher.review, name="voucher-review"),
    path("vouchers/<uuid:key>/return/", voucher.give_back, name="voucher-return"),
    path("vouchers/<uuid:key>/post/", voucher.post, name="voucher-post"),
    path("vouchers/<uuid:key>/dissolve/", voucher.dissolve, name="voucher-dissolve"),
    path("vouchers/<uuid:key>/reverse/", voucher.reverse, name="voucher-reverse"),
    path("trial-balance/", balances.trial, name="trial-balance"),
    path("accounts/<uuid:key>/", balances.account, name="account-ledger"),
    path("customers/", balances.customers, name="customer-balances"),
    path("customers/<uuid:key>/", balances.customer, name="customer-ledger"),
    path("balance-sheet/", statements.balance, name="balance-sheet"),
    path("income/", statements.income, name="income"),
    path("<slug:statement>/line/<slug:line>/", statements.line, name="statement-line"),
    path("profit/<str:month>/", profit.profit, name="profit"),
    path("close/<str:month>/", closing.close, name="close-month"),
]

from django.urls import path

from huikuan.web.cash import (
    advances,
    bill,
    bill_acts,
    bills,
    calendar,
    claim,
    claims,
    difference,
    factoring,
    hub,
    settling,
)
from huikuan.web.lists.views import list_urls

urlpatterns = [
    path("bills/", bills.bills, name="bills"),
    *list_urls(bills.BILLS, "bills/"),
    path("bills/new/", bill_acts.receive, name="bill-receive"),
    path("bills/calendar/", calendar.calendar, name="bill-calendar"),
    path("bills/<uuid:key>/", bill.bill, name="bill"),
    path("bills/<uuid:key>/<slug:act>/", bill_acts.act_on_bill, name="bill-act"),
    path("settlements/", hub.settlements, name="settlements"),
    path("settlements/retentions/", hub.release, name="settlements-release"),
    path("settlements/vat/", hub.fall_due, name="settlements-vat"),
    path("settlements/policy/", hub.policy, name="settlements-policy"),
    path("settlements/receipt/", settling.receipt, name="settlements-receipt"),
    path("settlements/offset/", settling.offset, name="settlements-offset"),
    path("settlements/transfer/", settling.transfer, name="settlements-transfer"),
    path("settlements/factoring/", factoring.factor, name="settlements-factoring"),
    path("settlements/factored/<uuid:key>/", factoring.end_loan, name="settlements-factored"),
    path("settlements/advances/new/", advances.receive, name="settlements-advance"),
    path("settlements/advances/<uuid:key>/", advances.use, name="settlements-advance-use"),
    path("claims/", claims.claims, name="claims"),
    path("claims/new/", claims.receive, name="claim-receive"),
    path("claims/<uuid:key>/", claim.claim, name="claim"),
    path("claims/asked/<uuid:key>/", claim.asked, name="claim-asked"),
    path("documents/<uuid:key>/difference/", difference.difference, name="document-difference"),
]

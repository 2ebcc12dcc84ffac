"""Addresses of credit."""

from __future__ import annotations

from django.urls import path

from huikuan.web.credit import (
    card_trials,
    cards,
    customers,
    fact_pages,
    gates,
    grades,
    holds,
    limits,
    portfolio,
    securities,
)
from huikuan.web.lists.views import list_urls

urlpatterns = [
    *list_urls(limits.LIMITS, "credit/limits/list/"),
    *list_urls(securities.SECURITIES, "credit/securities/list/"),
    path("credit/holds/", holds.holds, name="credit-holds"),
    path("credit/holds/recheck/", holds.recheck, name="credit-recheck"),
    path("credit/holds/<uuid:key>/", holds.hold, name="credit-hold"),
    path("credit/holds/<uuid:key>/ask/", holds.hold_ask, name="credit-hold-ask"),
    path("credit/holds/<uuid:key>/release/", holds.hold_release, name="credit-hold-release"),
    path("credit/limits/", limits.limits, name="credit-limits"),
    path("credit/limits/<uuid:key>/withdraw/", limits.limit_withdraw, name="credit-limit-withdraw"),
    path("credit/securities/", securities.securities, name="credit-securities"),
    path(
        "credit/securities/<uuid:key>/release/", securities.security_release, name="credit-security-release"
    ),
    path("credit/gates/", gates.gates, name="credit-gates"),
    path("credit/gates/new/", gates.gate_new, name="credit-gate-new"),
    path("credit/gates/setting/", gates.gate_setting, name="credit-gate-setting"),
    path("credit/gates/<slug:mark>/<int:place>/", gates.gate_change, name="credit-gate-change"),
    path("credit/gates/<slug:mark>/<int:place>/end/", gates.gate_end, name="credit-gate-end"),
    path("credit/customers/<uuid:key>/security/", securities.security_new, name="credit-security-new"),
    path("credit/customers/<uuid:key>/", customers.customer_credit, name="customer-credit"),
    path("credit/customers/<uuid:key>/limit/", customers.limit_set, name="customer-credit-limit"),
    path("credit/customers/<uuid:key>/stop/", customers.customer_stop, name="customer-credit-stop"),
    path("credit/customers/<uuid:key>/resume/", customers.customer_resume, name="customer-credit-resume"),
    path("credit/grades/", portfolio.grades, name="credit-grades"),
    path("credit/customers/<uuid:key>/grade/", grades.customer_grade, name="customer-grade"),
    path("credit/customers/<uuid:key>/grade/again/", grades.grade_again, name="customer-grade-again"),
    path("credit/customers/<uuid:key>/grade/review/", grades.grade_review, name="customer-grade-review"),
    path("credit/customers/<uuid:key>/grade/set/", grades.grade_set, name="customer-grade-set"),
    path("credit/customers/<uuid:key>/grade/end/", grades.grade_end, name="customer-grade-end"),
    path("credit/customers/<uuid:key>/grade/apply/", grades.grade_apply, name="customer-grade-apply"),
    path("credit/customers/<uuid:key>/facts/", fact_pages.customer_facts_page, name="customer-facts"),
    path("credit/cards/", cards.scorecards, name="scorecards"),
    path("credit/cards/new/", cards.scorecard_new, name="scorecard-new"),
    path("credit/cards/<uuid:key>/", cards.scorecard, name="scorecard"),
    path("credit/cards/<uuid:key>/edit/", cards.scorecard_edit, name="scorecard-edit"),
    path("credit/cards/<uuid:key>/preview/", cards.scorecard_preview, name="scorecard-preview"),
    path("credit/cards/<uuid:key>/compare/", card_trials.scorecard_compare, name="scorecard-compare"),
    path("credit/cards/<uuid:key>/activate/", cards.scorecard_activate, name="scorecard-activate"),
    path("credit/cards/<uuid:key>/retire/", cards.scorecard_retire, name="scorecard-retire"),
]

"""Addresses of the settings, below /o/<code>/settings/."""

from __future__ import annotations

from django.urls import path

from huikuan.web.settings import (
    approvals,
    chart,
    frame,
    mappings,
    numbering,
    organization,
    people,
    periods,
    rates,
    roles,
    terms,
    trail,
)

urlpatterns = [
    path("", frame.index, name="settings"),
    path("organization/", organization.organization, name="settings-organization"),
    path("accounts/", chart.accounts, name="settings-accounts"),
    path("accounts/new/", chart.account_add, name="settings-account-add"),
    path("accounts/<uuid:account>/", chart.account, name="settings-account"),
    path("periods/", periods.periods, name="settings-periods"),
    path("periods/<str:month>/", periods.period, name="settings-period"),
    path("rates/", rates.rates, name="settings-rates"),
    path("rates/new/", rates.rate_add, name="settings-rate-add"),
    path("rates/policy/", rates.policy, name="settings-revaluation-policy"),
    path("rates/<uuid:rate>/", rates.rate, name="settings-rate"),
    path("rates/<uuid:rate>/delete/", rates.rate_delete, name="settings-rate-delete"),
    path("terms/", terms.terms, name="settings-terms"),
    path("terms/new/", terms.term_add, name="settings-term-add"),
    path("terms/preview/", terms.term_preview, name="settings-term-preview"),
    path("terms/fields/", terms.term_fields, name="settings-term-fields"),
    path("terms/<uuid:term>/", terms.term, name="settings-term"),
    path("numbering/", numbering.numbering, name="settings-numbering"),
    path("users/", people.users, name="settings-users"),
    path("users/invite/", people.user_invite, name="settings-user-invite"),
    path("users/<uuid:member>/", people.user, name="settings-user"),
    path("users/<uuid:member>/active/", people.user_active, name="settings-user-active"),
    path("users/<uuid:member>/invitation/", people.user_invitation, name="settings-user-invitation"),
    path("approvals/", approvals.approvals, name="settings-approvals"),
    path("approvals/<slug:kind>/", approvals.policy, name="settings-approval"),
    path("roles/", roles.roles, name="settings-roles"),
    path("roles/new/", roles.role_add, name="settings-role-add"),
    path("roles/<uuid:role>/", roles.role, name="settings-role"),
    path("roles/<uuid:role>/reset/", roles.role_reset, name="settings-role-reset"),
    path("roles/<uuid:role>/delete/", roles.role_delete, name="settings-role-delete"),
    path("mappings/", mappings.mappings, name="settings-mappings"),
    path("mappings/<uuid:mapping>/", mappings.mapping, name="settings-mapping"),
    path("mappings/<uuid:mapping>/delete/", mappings.mapping_delete, name="settings-mapping-delete"),
    path("trail/", trail.trail, name="settings-trail"),
    path("trail/<uuid:act>/", trail.trail_act, name="settings-trail-act"),
]

"""Addresses of collection."""

from __future__ import annotations

from django.urls import path

from huikuan.web.collection import (
    case,
    cases,
    contacts,
    joint,
    limitation,
    plan_acts,
    plans,
    promises,
    settings,
    worklist,
)
from huikuan.web.lists.views import list_urls

urlpatterns = [
    path("collection/", worklist.worklist, name="collection"),
    path("collection/settings/", settings.collection_settings, name="collection-settings"),
    path("collection/limitation/", limitation.limitation, name="collection-limitation"),
    path("collection/promises/", promises.promises, name="collection-promises"),
    path("collection/promises/kept/", promises.kept, name="collection-kept"),
    path("collection/promises/<uuid:key>/", promises.promise, name="collection-promise"),
    path(
        "collection/promises/<uuid:key>/withdraw/",
        promises.promise_withdraw,
        name="collection-promise-withdraw",
    ),
    path("collection/contacts/<uuid:key>/", contacts.contact, name="collection-contact"),
    path(
        "collection/contacts/<uuid:key>/correct/", contacts.contact_correct, name="collection-contact-correct"
    ),
    path("collection/contacts/<uuid:key>/rule/", contacts.contact_rule, name="collection-contact-rule"),
    path("collection/plans/", plans.plans, name="collection-plans"),
    path("collection/plans/<uuid:key>/", plans.plan, name="collection-plan"),
    path("collection/plans/<uuid:key>/sign/", plan_acts.plan_sign, name="collection-plan-sign"),
    path("collection/plans/<uuid:key>/withdraw/", plan_acts.plan_withdraw, name="collection-plan-withdraw"),
    path("collection/plans/<uuid:key>/interest/", plan_acts.plan_interest, name="collection-plan-interest"),
    path("collection/<uuid:key>/plan/", plan_acts.plan_new, name="collection-plan-new"),
    path("collection/cases/", cases.cases, name="collection-cases"),
    path("collection/cases/<uuid:key>/", cases.case_file, name="collection-case-file"),
    path("collection/cases/<uuid:key>/approve/", cases.case_approve, name="collection-case-approve"),
    path("collection/cases/<uuid:key>/owner/", cases.case_owner, name="collection-case-owner"),
    path("collection/<uuid:key>/case/", cases.case_new, name="collection-case-new"),
    path("collection/<uuid:key>/hand-over/", joint.hand, name="collection-hand-over"),
    path("collection/<uuid:key>/ask/", joint.ask, name="collection-ask"),
    path("collection/asked/<uuid:key>/answer/", joint.answer, name="collection-answer"),
    path("collection/digest/", joint.digest, name="collection-digest"),
    path("collection/commission/", joint.commission_settings, name="collection-commission"),
    path("collection/<uuid:key>/", case.case, name="collection-case"),
    path("collection/<uuid:key>/outcome/", worklist.outcome, name="collection-outcome"),
    path("collection/<uuid:key>/assign/", settings.assign, name="collection-assign"),
    *list_urls(promises.PROMISES, "collection/promises/list/"),
    *list_urls(plans.PLANS, "collection/plans/list/"),
    *list_urls(cases.CASES, "collection/cases/list/"),
]

"""Addresses of collection."""

from __future__ import annotations

from django.urls import path

from huikuan.web.collection import (
    case,
    cases,
    contacts,
    effect,
    joint,
    letter,
    letter_batches,
    letter_new,
    letters,
    limitation,
    plan_acts,
    plans,
    promises,
    settings,
    table,
    templates,
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
    path("collection/table/", table.table, name="collection-table"),
    path("collection/rules/", table.rules, name="collection-rules"),
    path("collection/effect/", effect.effect, name="collection-effect"),
    path("collection/digest/", joint.digest, name="collection-digest"),
    path("collection/commission/", joint.commission_settings, name="collection-commission"),
    path("collection/letters/", letters.letters, name="collection-letters"),
    path("collection/letters/print/", letters.letters_print, name="collection-letters-print"),
    path("collection/letters/batches/", letter_batches.batches, name="collection-letter-batches"),
    path("collection/letters/batches/<uuid:key>/", letter_batches.batch, name="collection-letter-batch"),
    path(
        "collection/letters/batches/<uuid:key>/batch.pdf",
        letter_batches.batch_pdf,
        name="collection-letter-batch-pdf",
    ),
    path("collection/letters/<uuid:key>/", letter.letter, name="collection-letter"),
    path("collection/letters/<uuid:key>/letter.pdf", letter.letter_file, name="collection-letter-pdf"),
    path("collection/letters/<uuid:key>/drop/", letter.letter_drop, name="collection-letter-drop"),
    path("collection/letters/<uuid:key>/post/", letter.letter_post, name="collection-letter-post"),
    path(
        "collection/letters/<uuid:key>/delivered/",
        letter.letter_delivered,
        name="collection-letter-delivered",
    ),
    path(
        "collection/letters/<uuid:key>/returned/", letter.letter_returned, name="collection-letter-returned"
    ),
    path("collection/letterhead/", templates.letterhead, name="collection-letterhead"),
    path("collection/templates/", templates.templates, name="collection-templates"),
    path("collection/templates/new/", templates.template_new, name="collection-template-new"),
    path("collection/templates/preview/", templates.template_preview, name="collection-template-preview"),
    path(
        "collection/templates/<slug:code>/<slug:channel>/<slug:language>/",
        templates.template,
        name="collection-template",
    ),
    path(
        "collection/templates/<slug:code>/<slug:channel>/<slug:language>/retire/",
        templates.template_retire,
        name="collection-template-retire",
    ),
    path("collection/<uuid:key>/", case.case, name="collection-case"),
    path("collection/<uuid:key>/letter/", letter_new.letter_new, name="collection-letter-new"),
    path("collection/<uuid:key>/statement.pdf", letter_new.statement, name="collection-statement"),
    path("collection/<uuid:key>/outcome/", worklist.outcome, name="collection-outcome"),
    path("collection/<uuid:key>/assign/", settings.assign, name="collection-assign"),
    *list_urls(letters.LETTERS, "collection/letters/list/"),
    *list_urls(promises.PROMISES, "collection/promises/list/"),
    *list_urls(table.TABLE, "collection/table/list/"),
    *list_urls(plans.PLANS, "collection/plans/list/"),
    *list_urls(cases.CASES, "collection/cases/list/"),
]

"""Boxes of collection on other pages: promises of a customer, limitation of a document."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.collection.instalments import PlanState
from huikuan.collection.limitation import limitation_of_customer, limitations
from huikuan.collection.models import (
    CollectionAction,
    Contact,
    LegalCase,
    Pause,
    PaymentPromise,
    PlanInstalment,
    RepaymentPlan,
)
from huikuan.collection.policy_wording import MEANS
from huikuan.collection.queries import customers_seen, kept_of_customer
from huikuan.collection.rules import WARNED_DAYS, PromiseState
from huikuan.collection.stepping import TASKS, ActionState
from huikuan.collection.wording import CASE_KINDS, RESULTS, STAGES, word
from huikuan.customers.models import Customer
from huikuan.web.collection.words import (
    case_file_url,
    case_url,
    limitation_badge,
    plan_state,
    plan_url,
    promise_state,
)
from huikuan.web.ledger.addresses import document_url
from huikuan.web.lists import with_query
from huikuan.web.pages import Work
from huikuan.web.templatetags.dates import day as day_text
from huikuan.web.templatetags.money import percent

Row = dict[str, Any]
SHOWN = 4


def customer_of(work: Work, key: UUID) -> Customer:
    """The customer if the actor may see it."""
    found = customers_seen(work.actor).select_related("salesperson").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def promise_part(work: Work, customer: Customer) -> Row:
    """A customer's promises, open ones first, and how many were kept."""
    found = PaymentPromise.objects.filter(customer=customer).order_by("-promised_on", "-id")
    held = list(found.filter(state=PromiseState.OPEN.value)[:SHOWN])
    rows = held + list(found.exclude(state=PromiseState.OPEN.value)[: max(0, SHOWN - len(held))])
    rate = kept_of_customer(customer.pk, currency=work.organization.currency)
    code = work.organization.code
    kept = ""
    if rate is not None and rate.by_count is not None:
        kept = _("%(kept)d/%(ended)d 项兑现，%(rate)s") % {
            "kept": rate.kept,
            "ended": rate.ended,
            "rate": percent(rate.by_count, 0),
        }
    return {
        "url": with_query(
            reverse("collection-promises", args=[code]), {"state": "all", "customer": customer.code}
        ),
        "kept": kept,
        "rows": [
            {
                "url": reverse("collection-promise", args=[code, each.pk]),
                "on": each.promised_on,
                "amount": each.amount,
                "currency": each.currency,
                "paid": each.paid if each.state in ("partly", "open") and each.paid else None,
                "state": promise_state(each),
            }
            for each in rows
        ],
    }


def plan_part(work: Work, customer: Customer) -> Row:
    """A customer's repayment plans, the latest first, with the next instalment of those in force."""
    rows = list(RepaymentPlan.objects.filter(customer=customer).order_by("-id")[:SHOWN])
    due: dict[UUID, PlanInstalment] = {}
    parts = PlanInstalment.objects.filter(plan__in=rows, paid__lt=F("amount")).order_by("-position")
    for part in parts:
        due[part.plan_id] = part
    return {
        "url": with_query(
            reverse("collection-plans", args=[work.organization.code]),
            {"state": "all", "customer": customer.code},
        ),
        "rows": [
            {
                "url": plan_url(work, each.pk),
                "on": each.signed_on or each.made_on,
                "amount": each.total,
                "currency": each.currency,
                "state": plan_state(each),
                "next": {"due_on": due[each.pk].due_on, "left": due[each.pk].amount - due[each.pk].paid}
                if each.state == PlanState.OPEN and each.pk in due
                else None,
            }
            for each in rows
        ],
    }


def case_part(work: Work, customer: Customer) -> Row:
    """Cases at law against a customer, the latest first."""
    rows = LegalCase.objects.filter(customer=customer).order_by("-id")[:SHOWN]
    return {
        "url": with_query(
            reverse("collection-cases", args=[work.organization.code]),
            {"stage": "all", "customer": customer.code},
        ),
        "rows": [
            {
                "url": case_file_url(work, each.pk),
                "kind": word(CASE_KINDS, each.kind),
                "amount": each.claimed,
                "state": word(STAGES, each.stage),
                "next_on": each.next_on,
                "next_what": each.next_what,
            }
            for each in rows
        ],
    }


def collection_box(work: Work, customer: Customer) -> Row | None:
    """The box on a customer's page: promises, the last contact, limitation near; None for who may not see it."""
    if not work.actor.may("collection.read"):
        return None
    last = Contact.objects.filter(customer=customer).order_by("-made_at", "-id").first()
    limits = limitation_of_customer(customer.pk)
    near = [each for each in limits if (each.expires_on - work.today).days <= max(WARNED_DAYS)]
    return {
        **promise_part(work, customer),
        "plans": plan_part(work, customer)["rows"],
        "cases": case_part(work, customer)["rows"],
        "case_url": case_url(work, customer.pk),
        "may_write": work.actor.may("collection.write"),
        "letter_url": reverse("collection-letter-new", args=[work.organization.code, customer.pk])
        if work.actor.may("collection.write")
        else "",
        "last": f"{day_text(last.made_on)} {word(RESULTS, last.result)}" if last else "",
        "near": [
            {
                "number": each.number,
                "url": document_url(work, each.document_id),
                "on": each.expires_on,
                "state": limitation_badge(work, each),
            }
            for each in near[:SHOWN]
        ],
        "more": max(0, len(near) - SHOWN),
    }


def limitation_fact(work: Work, item_ids: Collection[UUID]) -> Row | None:
    """The earliest end of limitation among items, for a document's facts; None where nothing has one."""
    found = sorted(limitations(item_ids=item_ids).values(), key=lambda each: each.expires_on)
    if not found:
        return None
    first = found[0]
    fact: Row = {"label": _("诉讼时效届满"), "value": first.expires_on, "kind": "date"}
    if first.contact_id is not None and work.actor.may("collection.read"):
        fact["url"] = reverse("collection-contact", args=[work.organization.code, first.contact_id])
    return fact


def pause_of(work: Work, customer_id: UUID) -> Pause | None:
    """The pause that a customer is in."""
    found = Pause.objects.filter(customer_id=customer_id, item=None, ended_on=None, until_on__gte=work.today)
    return found.order_by("-until_on").first()


def task_of(customer_id: UUID) -> Row | None:
    """The call or visit that a policy asks for: the latest that nobody made."""
    found = (
        CollectionAction.objects.filter(
            customer_id=customer_id,
            state=ActionState.PLANNED.value,
            channel__in=[each.value for each in TASKS],
        )
        .select_related("step")
        .order_by("-on", "-pk")
        .first()
    )
    if found is None:
        return None
    return {
        "name": found.step.title,
        "channel": str(MEANS[found.channel]),
        "on": found.on,
        "script": found.step.script,
    }

"""A customer's answers to reminders: read where the customer is chased, recorded as a promise or whatever they say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.collection.queries import answers_to_record
from huikuan.collection.rules import Channel, Direction, Proof, Result
from huikuan.collection.said import Said, own_words, said_in
from huikuan.customers.models import Customer
from huikuan.messaging.models import Inbound
from huikuan.web.collection.words import case_url
from huikuan.web.pages import Work
from huikuan.web.templatetags.dates import day as day_text
from huikuan.web.templatetags.money import money

Row = dict[str, Any]
DAYS = 60
SHOWN = 5
EXCERPT = 400


def answers_part(work: Work, customer: Customer) -> list[Row]:
    """The latest answers that nobody recorded, each with what it seems to promise."""
    if not work.actor.may("collection.write"):
        return []
    since = timezone.now() - timedelta(days=DAYS)
    found = answers_to_record(customer.pk, since=since).order_by("-received_at", "-pk")[:SHOWN]
    return [
        {
            "at": each.received_at,
            "who": each.from_shown,
            "subject": each.subject,
            "text": own_words(each.text)[:EXCERPT],
            "seems": _seems(work, said(each)),
            "promise_url": case_url(work, customer.pk, mail=each.pk, result=Result.PROMISED.value),
            "url": case_url(work, customer.pk, mail=each.pk),
        }
        for each in found
    ]


def said(answer: Inbound) -> Said:
    """What an answer names, read with the day on which it came."""
    return said_in(answer.text, on=timezone.localtime(answer.received_at).date())


def _seems(work: Work, found: Said) -> str:
    values = {
        "day": day_text(found.day),
        "amount": money(found.amount, work.organization.currency) if found.amount else "",
    }
    if found.day and found.amount:
        return _("似乎答应 %(day)s 付 %(amount)s") % values
    return _("似乎答应 %(day)s 付款") % values if found.day else ""


def answer_asked(request: HttpRequest, work: Work, customer: Customer) -> Inbound | None:
    """The answer that the address or the form names; 404 for what is none of the customer's or was recorded."""
    named = (request.POST if request.method == "POST" else request.GET).get("mail", "")
    if not named or not work.actor.may("collection.write"):
        return None
    try:
        key = UUID(named)
    except ValueError as error:
        raise Http404 from error
    since = timezone.now() - timedelta(days=DAYS)
    found = answers_to_record(customer.pk, since=since).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def answer_as_typed(answer: Inbound) -> Row:
    """The form as the answer fills it; whoever records it looks it over."""
    found = said(answer)
    return {
        "channel": Channel.EMAIL.value,
        "direction": Direction.IN.value,
        "person": str(answer.message.person_id or ""),
        "made_at": timezone.localtime(answer.received_at),
        "text": f"{answer.subject}\n{own_words(answer.text)}".strip(),
        "proof": Proof.REPLY.value,
        "proof_on": timezone.localtime(answer.received_at).date(),
        "promised_on": found.day,
        "amount": found.amount,
    }

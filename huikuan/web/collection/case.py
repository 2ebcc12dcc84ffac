"""One customer to chase: what is owed and until when, whom to call, what was said, and what is said now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huikuan.audit.operations import act
from huikuan.collection.advice import advise
from huikuan.collection.effect_queries import best_effect
from huikuan.collection.joint_queries import commission_at_stake
from huikuan.collection.limitation import Limitation, limitations
from huikuan.collection.models import CallingHours
from huikuan.collection.operations import record_contact, record_promise
from huikuan.collection.planned import planned_items
from huikuan.collection.policy_queries import work_calendar
from huikuan.collection.queries import (
    collector_of,
    contacts_seen,
    promised_items,
    weights_in_force,
)
from huikuan.collection.rules import WARNED_DAYS, PromiseState, Result, follow_up
from huikuan.collection.wording import RESULTS, STEPS, word
from huikuan.collection.worklist import WorkLine, work_line
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Customer
from huikuan.disputes.queries import disputed_amounts
from huikuan.ledger.models import OpenItem, Side
from huikuan.risk.payments.outlook import uses_in_force
from huikuan.web.collection.answers import answer_as_typed, answer_asked, answers_part
from huikuan.web.collection.forms import ContactForm
from huikuan.web.collection.joint import joint_part
from huikuan.web.collection.parts import (
    case_part,
    customer_of,
    pause_of,
    plan_part,
    promise_part,
    task_of,
)
from huikuan.web.collection.reaching import clock_now, hours_text, told_text, warn_of_calls
from huikuan.web.collection.words import (
    advice_text,
    case_url,
    contact_rows,
    limitation_badge,
    list_url,
    reasons,
    signed,
)
from huikuan.web.collection.worklist import asked, lines_at
from huikuan.web.customers.lookup import reach_of
from huikuan.web.customers.queries import contacts_of
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.states import days_text, item_state
from huikuan.web.pages import Work, page
from huikuan.web.templatetags.dates import day as day_text

Row = dict[str, Any]
ITEMS = 200
CONTACTS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.read")
def case(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """A customer's page of the worklist; posting records a contact, and a promise with it."""
    customer = customer_of(work, key)
    people = contacts_of(customer)
    around = _around(request, work, key)
    mail = answer_asked(request, work, customer)
    if request.method == "POST":
        work.actor.require("collection.write")
        form = ContactForm(work, people, request.POST)
        if form.is_valid():
            try:
                _record(request, work, customer, form, mail.pk if mail else None)
            except HuikuanError as error:
                form.add_error(None, error.message)
            else:
                return redirect(around["next_url"] or around["list_url"])
    else:
        wanted = request.GET.get("result", "")
        initial = {"result": wanted} if wanted in RESULTS else {}
        form = ContactForm(work, people, initial=initial | (answer_as_typed(mail) if mail else {}))
    context = {
        "customer": customer,
        "form": form,
        "may_write": work.actor.may("collection.write"),
        "mail": mail,
        "answers": answers_part(work, customer),
        **_case(request, work, customer),
        **around,
        "breadcrumbs": [
            {"label": _("催收"), "url": around["list_url"]},
            {"label": customer.name},
        ],
    }
    return render(request, "collection/case.html", context, status=422 if form.errors else 200)


def _around(request: HttpRequest, work: Work, key: UUID) -> Row:
    """Where the list goes on, and back: the line before and behind the one that led here."""
    wanted, mark = asked(work, request.GET), request.GET.get("at", "")
    query: dict[str, object] = {"part": wanted.part, "q": wanted.text}
    around: Row = {"next_url": "", "previous_url": "", "list_url": list_url(work, **query)}
    if not mark:
        return around
    weights, clock = weights_in_force(), clock_now()
    for name, where in (("next_url", {"after": mark}), ("previous_url", {"before": mark})):
        lines = lines_at(wanted, weights, today=work.today, clock=clock, limit=1, **where)
        if lines and lines[0].customer_id != key:
            line = lines[0]
            around[name] = case_url(work, line.customer_id, **query, at=line.mark)
    return around


def _record(
    request: HttpRequest, work: Work, customer: Customer, form: ContactForm, mail_id: UUID | None
) -> None:
    items = chosen_items(request)
    told = replace(form.contact(customer.pk, items), mail_id=mail_id)
    with act("record_contacts", actor=work.actor):
        made = record_contact(told, actor=work.actor, today=work.today)
        promise = None
        if form.promises:
            new = form.promise(customer.pk, _to_promise(items), made=made)
            promise = record_promise(new, actor=work.actor, today=work.today)
    warn_of_calls(request, work, made)
    said = {"customer": customer.name, "result": word(RESULTS, made.result)}
    if promise is not None:
        said |= {"day": day_text(promise.promised_on), "amount": f"{promise.amount:,.2f}"}
        messages.success(request, _("已登记：%(customer)s 承诺 %(day)s 付 %(amount)s。") % said)
        return
    said |= {"day": day_text(made.next_on), "step": word(STEPS, made.next_step)}
    messages.success(request, _("已登记：%(customer)s %(result)s，%(day)s %(step)s。") % said)


def _to_promise(items: list[UUID]) -> list[UUID] | None:
    """The items without those that an open promise holds; None: whatever is overdue."""
    held = {key for key, promise in promised_items(items).items() if promise.state == PromiseState.OPEN}
    return [key for key in items if key not in held] or items or None


def chosen_items(request: HttpRequest) -> list[UUID]:
    """The items that were ticked; what is no id is none."""
    found = []
    for text in request.POST.getlist("item")[:ITEMS]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _case(request: HttpRequest, work: Work, customer: Customer) -> Row:
    weights = weights_in_force()
    line = work_line(customer.pk, weights, today=work.today, clock=clock_now())
    told = CallingHours.objects.filter(pk=customer.pk).first()
    items = list(
        OpenItem.objects.filter(customer=customer, side=Side.DEBIT, open_amount__gt=0)
        .select_related("document")
        .order_by("effective_due_on", "pk")[:ITEMS]
    )
    limits = limitations(item_ids=[item.pk for item in items])
    ticked = set(chosen_items(request)) if request.method == "POST" else None
    contacts = list(
        contacts_seen(work.actor).filter(customer=customer).order_by("-made_at", "-id")[:CONTACTS]
    )
    return {
        "line": line,
        "points": signed(line.points) if line else "",
        "facts": _facts(work, customer, line, limits),
        "reasons": reasons(work, line, line.explained(weights, today=work.today)) if line else [],
        "advice": _advice(work, line) if line else "",
        "reach_notes": [
            each for each in (told_text(work, told) if told else "", hours_text(line) if line else "") if each
        ],
        "items": item_rows(work, items, limits, ticked),
        "contacts": contact_rows(work, contacts),
        "task": task_of(customer.pk),
        **_paused(work, customer),
        "promises": promise_part(work, customer),
        "plans": plan_part(work, customer),
        "cases": case_part(work, customer),
        "joint": joint_part(work, customer),
        "reach": reach_of(work, customer) if contacts_of(customer) else None,
        "collector": collector_of(customer),
        "follow_ups": follow_ups(work),
        "actions": _actions(work, customer),
    }


def _advice(work: Work, line: WorkLine) -> str:
    """What predictions suggest for the customer, with what steps were found to bring."""
    if not uses_in_force().next_step:
        return ""
    advised = advise(line.standing(work.today), today=work.today)
    return advice_text(work, line, advised, best_effect(today=work.today)) if advised else ""


def follow_ups(work: Work) -> Row:
    """What follows each result where nothing else is chosen, as codes and words."""
    rows, calendar = {}, work_calendar()
    for code, label in RESULTS.items():
        step, day = follow_up(Result(code), on=work.today, calendar=calendar)
        rows[code] = {"label": str(label), "next": f"{day_text(day)} {word(STEPS, step)}"}
    return rows


def _facts(
    work: Work, customer: Customer, line: WorkLine | None, limits: dict[UUID, Limitation]
) -> list[Row]:
    """The figures beside the name."""
    nearest = min((each for each in limits.values()), key=lambda each: each.expires_on, default=None)
    near = nearest is not None and (nearest.expires_on - work.today).days <= max(WARNED_DAYS)
    rows: list[Row] = [
        {
            "label": _("逾期"),
            "value": line.overdue if line else Decimal(0),
            "note": _("最长 %s") % days_text((work.today - line.oldest_on).days) if line else "",
            "tone": "bad" if line else "",
            "icon": "alert-triangle",
        }
    ]
    if line and line.credit:
        rows.append(
            {
                "label": _("未核销贷项"),
                "value": line.credit,
                "note": _("催之前先看是不是已付"),
                "tone": "warn",
                "icon": "wallet",
            }
        )
    stake = commission_at_stake(customer.pk, today=work.today, currency=work.organization.currency)
    if stake is not None and stake.lost:
        note = _("到 %(day)s 没有付清，再少 %(amount)s") % {
            "day": day_text(stake.next_on),
            "amount": f"{stake.more:,.2f}",
        }
        rows.append(
            {
                "label": _("提成因逾期少得"),
                "value": stake.lost,
                "note": note if stake.more else "",
                "tone": "",
                "icon": "percentage",
            }
        )
    if nearest is not None:
        rows.append(
            {
                "label": _("最早的诉讼时效"),
                "text": day_text(nearest.expires_on),
                "note": limitation_badge(work, nearest)["label"] if near else nearest.number,
                "tone": "warn" if near else "",
                "icon": "gavel",
            }
        )
    return rows


def item_rows(
    work: Work, items: Sequence[OpenItem], limits: dict[UUID, Limitation], ticked: set[UUID] | None
) -> list[Row]:
    """What is owed, with a box each: ticked where it is overdue, undisputed, and in no open promise or plan."""
    keys = [item.pk for item in items]
    disputed, promised, planned = disputed_amounts(keys), promised_items(keys), planned_items(keys)
    rows = []
    for item in items:
        late = item.effective_due_on is not None and item.effective_due_on < work.today
        in_dispute, promise = disputed.get(item.pk, Decimal(0)), promised.get(item.pk)
        chased = late and in_dispute < item.open_amount and item.pk not in planned
        limit = limits.get(item.pk)
        rows.append(
            {
                "key": item.pk,
                "number": item.document.number,
                "url": document_url(work, item.document_id),
                "due_on": item.effective_due_on,
                "state": item_state(item, work.today),
                "amount": item.open_amount,
                "currency": item.currency,
                "code": item.currency if item.currency != work.organization.currency else "",
                "disputed": in_dispute,
                "planned": item.pk in planned,
                "promised_on": promise.promised_on
                if promise and promise.state == PromiseState.OPEN
                else None,
                "expires_on": limit.expires_on if limit else None,
                "near": limit is not None and (limit.expires_on - work.today).days <= max(WARNED_DAYS),
                "ticked": item.pk in ticked if ticked is not None else chased,
            }
        )
    return rows


def _paused(work: Work, customer: Customer) -> Row:
    found = pause_of(work, customer.pk)
    if found is None:
        return {"pause": None}
    return {
        "pause": found,
        "resume_url": reverse("collection-resume", args=[work.organization.code, found.pk]),
    }


def _actions(work: Work, customer: Customer) -> list[Row]:
    actions: list[Row] = []
    url = customer_url(work, customer.pk)
    if url:
        actions.append({"label": _("客户档案"), "url": url, "icon": "building"})
    if work.actor.may("collection.write"):
        letter = reverse("collection-letter-new", args=[work.organization.code, customer.pk])
        actions.append({"label": _("写信函"), "url": letter, "icon": "mail"})
        plan = reverse("collection-plan-new", args=[work.organization.code, customer.pk])
        actions.append({"label": _("还款计划"), "url": plan, "icon": "calendar-due"})
        suit = reverse("collection-case-new", args=[work.organization.code, customer.pk])
        actions.append({"label": _("提出案件"), "url": suit, "icon": "gavel"})
        pause = reverse("collection-pause", args=[work.organization.code, customer.pk])
        actions.append({"label": _("暂停催收"), "url": pause, "icon": "player-stop"})
        hours = reverse("collection-hours", args=[work.organization.code, customer.pk])
        actions.append({"label": _("可联系时间"), "url": hours, "icon": "clock"})
    if work.actor.may("collection.manage"):
        assign = reverse("collection-assign", args=[work.organization.code, customer.pk])
        actions.append({"label": _("分派"), "url": assign, "icon": "users"})
    return actions

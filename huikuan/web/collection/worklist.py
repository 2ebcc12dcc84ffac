"""The worklist: whom to chase next, and the outcome in two clicks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from huikuan.collection.advice import advise
from huikuan.collection.operations import NewContact, record_contact
from huikuan.collection.points import Weights
from huikuan.collection.policy_queries import work_calendar
from huikuan.collection.queries import customers_seen, desks_of, has_customers, weights_in_force
from huikuan.collection.reaching import Clock
from huikuan.collection.rules import Channel, Result, follow_up
from huikuan.collection.wording import RESULTS, STEPS, word
from huikuan.collection.worklist import (
    ALONE,
    BROKEN,
    MINE,
    PARTS,
    PROMISED,
    TEAM,
    UNASSIGNED,
    WorkFilter,
    WorkLine,
    work_counts,
    work_lines,
)
from huikuan.core.keyset import MarkUnknown
from huikuan.customers.models import Contact as ContactPerson
from huikuan.organizations.models import Scope
from huikuan.risk.payments.outlook import uses_in_force
from huikuan.web.collection.reaching import clock_now, closed_text, warn_of_calls
from huikuan.web.collection.words import advice_text, case_url, last_contact, list_url, reasons, signed
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.ledger.states import days_text
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible
from huikuan.web.templatetags.dates import day as day_text

Row = dict[str, Any]
PAGE = 25
QUICK = (
    Result.NOT_REACHED,
    Result.REACHED,
    Result.CALL_BACK,
    Result.PAID_SAYS,
    Result.DISPUTED,
    Result.REFUSED,
)
"""Outcomes of a call that need no further word."""


def asked(work: Work, parameters: QueryDict) -> WorkFilter:
    """The part of the worklist that an address asks for; a reader with customers of their own begins with the day."""
    desks = desks_of(work.actor, work.today)
    part = parameters.get("part", "")
    if part not in PARTS:
        part = MINE if work.actor.may("collection.write") and has_customers(desks) else TEAM
    return WorkFilter(part, parameters.get("q", "").strip()[:64], visible(work.actor), desks)


def lines_at(
    wanted: WorkFilter,
    weights: Weights,
    *,
    today: date,
    clock: Clock,
    after: str = "",
    before: str = "",
    limit: int = PAGE,
) -> list[WorkLine]:
    """Lines behind a mark or before one; a mark that is none begins anew."""
    try:
        return work_lines(wanted, weights, today=today, clock=clock, after=after, before=before, limit=limit)
    except MarkUnknown:
        return work_lines(wanted, weights, today=today, clock=clock, limit=limit)


@require_safe
@page("collection.read")
def worklist(request: HttpRequest, work: Work) -> HttpResponse:
    """One line per customer with something overdue, most points first."""
    wanted, weights, clock = asked(work, request.GET), weights_in_force(), clock_now()
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    found = lines_at(
        wanted, weights, today=work.today, clock=clock, after=after, before=before, limit=PAGE + 1
    )
    more = len(found) > PAGE
    lines = found[-PAGE:] if before and not after else found[:PAGE]
    context = {
        "part": wanted.part,
        "q": wanted.text,
        "tabs": _tabs(work, wanted, {}),
        "counts_url": with_query(
            reverse("collection-counts", args=[work.organization.code]), {"part": wanted.part}
        ),
        "rows": work_rows(work, lines, wanted, weights),
        "paging": _paging(work, wanted, lines, more=more, after=after, before=before),
        "actions": _actions(work),
        "closed": closed_text(clock),
        "empty": _empty(wanted),
        "quick": quick_outcomes(work) if work.actor.may("collection.write") else [],
        "breadcrumbs": [{"label": _("催收")}],
    }
    return render(request, "collection/worklist.html", context)


@require_safe
@page("collection.read")
def worklist_counts(request: HttpRequest, work: Work) -> HttpResponse:
    """The parts with how many customers are in each: they come behind the lines, which do not wait for them."""
    wanted = asked(work, request.GET)
    tabs = _tabs(work, wanted, work_counts(wanted, today=work.today))
    return render(request, "collection/parts.html", {"tabs": tabs})


def work_rows(work: Work, lines: Sequence[WorkLine], wanted: WorkFilter, weights: Weights) -> list[Row]:
    """The lines as collection/row.html shows them."""
    callable_ = set()
    if work.actor.may("customer.contact"):
        people = ContactPerson.objects.filter(customer_id__in=[line.customer_id for line in lines])
        callable_ = set(people.values_list("customer_id", flat=True))
    suggested = uses_in_force().next_step
    return [
        _row(work, line, wanted, weights, reach=line.customer_id in callable_, suggested=suggested)
        for line in lines
    ]


def _row(
    work: Work, line: WorkLine, wanted: WorkFilter, weights: Weights, *, reach: bool, suggested: bool
) -> Row:
    advised = advise(line.standing(work.today), today=work.today) if suggested else None
    place: dict[str, object] = {"part": wanted.part, "at": line.mark}
    if wanted.text:
        place["q"] = wanted.text
    address = [work.organization.code, line.customer_id]
    return {
        "key": line.customer_id,
        "points": signed(line.points),
        "name": line.name,
        "code": line.code,
        "who": line.collector or _("还没有人负责"),
        "url": case_url(work, line.customer_id, **place),
        "promise_url": case_url(work, line.customer_id, result="promised", **place),
        "outcome_url": reverse("collection-outcome", args=address),
        "customer_url": customer_url(work, line.customer_id),
        "overdue": line.overdue,
        "age": days_text((work.today - line.oldest_on).days),
        "items": line.items,
        "credit": line.credit,
        "advice": advice_text(work, line, advised) if advised else "",
        "reasons": reasons(work, line, line.explained(weights, today=work.today)),
        "last": last_contact(line),
        "next": f"{day_text(line.next_on)} {word(STEPS, line.next_step)}" if line.next_on else "",
        "next_late": line.next_on is not None and line.next_on < work.today,
        "letter_url": reverse("collection-letter-new", args=address)
        if work.actor.may("collection.write")
        else "",
        "reach": {
            "url": reverse("customer-phones", args=address),
            "plain_url": reverse("customer-contacts", args=address),
            "target": f"reach-{line.customer_id}",
        }
        if reach
        else None,
    }


def quick_outcomes(work: Work) -> list[Row]:
    """Outcomes that are recorded by one click, with what follows."""
    rows, calendar = [], work_calendar()
    for result in QUICK:
        step, day = follow_up(result, on=work.today, calendar=calendar)
        rows.append(
            {
                "code": result.value,
                "label": word(RESULTS, result),
                "next": _("%(day)s %(step)s") % {"day": day_text(day), "step": word(STEPS, step)},
            }
        )
    return rows


def _tabs(work: Work, wanted: WorkFilter, counts: Mapping[str, int]) -> list[Row]:
    labels = {
        MINE: _("我的今天"),
        TEAM: _("全部") if work.actor.scope == Scope.ALL else _("全部客户"),
        PROMISED: _("今天该付"),
        BROKEN: _("承诺未兑现"),
        UNASSIGNED: _("无人负责"),
        ALONE: _("不用催"),
    }
    if not uses_in_force().leave_alone:
        del labels[ALONE]
    if not wanted.memberships:
        del labels[MINE]
    if work.actor.scope == Scope.OWN:
        del labels[UNASSIGNED]
    return [
        {
            "label": label,
            "count": counts.get(part),
            "url": list_url(work, part=part),
            "active": wanted.part == part,
            "urgent": part == MINE,
        }
        for part, label in labels.items()
    ]


def _paging(
    work: Work, wanted: WorkFilter, lines: Sequence[WorkLine], *, more: bool, after: str, before: str
) -> Row:
    query: dict[str, object] = {"part": wanted.part}
    if wanted.text:
        query["q"] = wanted.text
    back = bool(before and not after)
    paging: Row = {}
    if lines and (after or (back and more)):
        paging["previous_url"] = list_url(work, **query, before=lines[0].mark)
    if lines and (back or more):
        paging["next_url"] = list_url(work, **query, after=lines[-1].mark)
    return paging


def _actions(work: Work) -> list[Row]:
    code = work.organization.code
    actions = [
        {"label": _("付款承诺"), "url": reverse("collection-promises", args=[code]), "icon": "calendar-due"},
        {
            "label": pgettext("several", "还款计划"),
            "url": reverse("collection-plans", args=[code]),
            "icon": "calendar",
        },
        {"label": _("表格"), "url": reverse("collection-table", args=[code]), "icon": "table"},
        {"label": _("案件"), "url": reverse("collection-cases", args=[code]), "icon": "scale"},
        {"label": _("周报"), "url": reverse("collection-digest", args=[code]), "icon": "report-money"},
        {"label": _("信函"), "url": reverse("collection-letters", args=[code]), "icon": "mail"},
        {"label": _("催收策略"), "url": reverse("collection-policies", args=[code]), "icon": "list-details"},
        {"label": _("诉讼时效"), "url": reverse("collection-limitation", args=[code]), "icon": "gavel"},
    ]
    if work.actor.may("collection.manage") and work.actor.scope == Scope.ALL:
        url = reverse("collection-settings", args=[code])
        actions.append({"label": _("评分设置"), "url": url, "icon": "settings"})
        shown = reverse("collection-effect", args=[code])
        actions.append({"label": _("效果"), "url": shown, "icon": "chart-bar"})
    return actions


def _empty(wanted: WorkFilter) -> Row:
    if wanted.text:
        return {"title": _("没有符合条件的客户"), "text": _("换一个条件，或清除筛选。"), "icon": "search"}
    if wanted.part == MINE:
        return {
            "title": _("今天的都做完了"),
            "text": _("约定了以后再联系的客户，到那一天会回到这里。"),
            "icon": "circle-check",
        }
    return {"title": _("没有要催收的客户"), "text": "", "icon": "circle-check"}


@require_POST
@page("collection.write")
def outcome(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """A call and what came of it, with the step that usually follows; back to the list."""
    customer = customers_seen(work.actor).filter(pk=key).first()
    if customer is None:
        raise Http404
    result = next((each for each in QUICK if each.value == request.POST.get("result")), None)
    wanted = asked(work, request.POST)
    if result is not None:
        step, day = follow_up(result, on=work.today, calendar=work_calendar())
        new = NewContact(
            customer_id=customer.pk,
            channel=Channel.PHONE,
            result=result,
            made_at=timezone.now(),
            next_step=step,
            next_on=day,
        )
        made = record_contact(new, actor=work.actor, today=work.today)
        said = {"customer": customer.name, "result": word(RESULTS, result)}
        said |= {"day": day_text(day), "step": word(STEPS, step)}
        messages.success(request, _("已登记：%(customer)s %(result)s，%(day)s %(step)s。") % said)
        warn_of_calls(request, work, made)
    query: dict[str, object] = {"part": wanted.part, "after": request.POST.get("after", "")}
    return redirect(list_url(work, **{name: value for name, value in query.items() if value}))

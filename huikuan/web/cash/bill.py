"""One bill: what it says, what happened to it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.cash.models import AcceptorClass, Bill, BillEvent, BillState
from huikuan.ledger.models import Allocation, JournalEntry, JournalLine
from huikuan.organizations.actors import actor_words
from huikuan.web.approvals.waiting import waiting_notices
from huikuan.web.cash.parts import address, bill_or_404, bills_crumb
from huikuan.web.cash.words import HAPPENED, ICONS, TONES, bill_state, kind_words, maturity, short_number
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.words import event_name
from huikuan.web.pages import Work, page

Row = dict[str, Any]


@require_safe
@page("ledger.read")
def bill(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """A bill with its events as a timeline, what its receipt settled, and its entries."""
    found = bill_or_404(work, key)
    events = list(BillEvent.objects.filter(bill=found).select_related("act").order_by("position"))
    state = bill_state(found)
    parts = list(Bill.objects.filter(parent=found).order_by("range_from"))
    context = {
        "bill": found,
        "title": short_number(found),
        "over": kind_words(found),
        "badge": state["label"],
        "badge_tone": state["tone"],
        "badge_detail": maturity(found, work.today),
        "actions": actions(work, found),
        "waiting": waiting_notices(work, found.pk),
        "facts": _facts(work, found),
        "sums": _sums(work, found, events),
        "events": _timeline(work, events),
        "parts_columns": _part_columns(),
        "parts_rows": [_part_row(work, part) for part in parts],
        "settled_columns": _settled_columns(),
        "settled_rows": _settled_rows(work, found),
        "entries": _entries(events),
        "currency": work.organization.currency,
        "breadcrumbs": [bills_crumb(work), {"label": short_number(found)}],
    }
    return render(request, "cash/bill.html", context)


def actions(work: Work, bill: Bill) -> list[Row]:
    """What may be done next; the likely one last, in colour."""
    if not work.actor.may("bill.write"):
        return []
    matured = bill.matures_on <= work.today
    offered: list[tuple[str, str, str]] = []
    if bill.state == BillState.HELD:
        if not matured:
            offered.append(("discount", _("贴现"), "discount"))
        offered.append(("dishonour", _("拒付"), "receipt-off"))
        if bill.range_to and not matured:
            offered.append(("split", _("拆分"), "copy"))
        if not bill.parent_id:
            offered.append(("withdraw", _("撤销收票"), "arrow-back-up"))
        if matured:
            offered.append(("collect", _("托收收款"), "cash"))
        else:
            offered.append(("endorse", _("背书"), "arrow-right"))
    elif bill.state in (BillState.ENDORSED, BillState.DISCOUNTED):
        offered.append(("dishonour", _("拒付追索"), "receipt-off"))
        if matured:
            offered.append(("settle", _("确认兑付"), "circle-check"))
    return [
        {
            "label": label,
            "url": address(work, "bill-act", bill.pk, name),
            "icon": icon,
            "primary": place == len(offered),
        }
        for place, (name, label, icon) in enumerate(offered, start=1)
    ]


def _facts(work: Work, bill: Bill) -> list[Row]:
    rows: list[Row] = [
        {"label": _("票据号"), "value": bill.number, "wide": True},
        {
            "label": _("交票客户"),
            "value": bill.customer.name,
            "url": customer_url(work, bill.customer_id),
            "hint": bill.customer.code,
            "wide": True,
        },
        {"label": _("承兑人"), "value": bill.acceptor, "hint": AcceptorClass(bill.acceptor_class).label},
        {"label": _("出票人"), "value": bill.drawer or None},
        {"label": _("出票日"), "value": bill.issued_on, "kind": "date"},
        {
            "label": _("到期日"),
            "value": bill.matures_on,
            "kind": "date",
            "hint": _("遇休息日顺延到 %s") % bill.pays_on if bill.pays_on != bill.matures_on else "",
        },
        {
            "label": _("收票单"),
            "value": bill.document.number,
            "url": document_url(work, bill.document_id),
        },
    ]
    if bill.range_to:
        rows.append({"label": _("子票区间"), "value": f"{bill.range_from}–{bill.range_to}"})
    if bill.parent_id:
        rows.append({"label": _("拆分自"), "value": _("原票"), "url": address(work, "bill", bill.parent_id)})
    if bill.memo:
        rows.append({"label": _("备注"), "value": bill.memo, "wide": True})
    return rows


def _sums(work: Work, bill: Bill, events: Sequence[BillEvent]) -> list[Row]:
    currency = work.organization.currency
    rows: list[Row] = [
        {"label": _("票面金额"), "value": bill.face, "kind": "money", "currency": currency, "strong": True}
    ]
    discounted = next((event for event in events if event.state == BillState.DISCOUNTED), None)
    if discounted is not None and discounted.rate is not None:
        rows += [
            {
                "label": _("贴现利息"),
                "value": discounted.interest,
                "kind": "money",
                "currency": currency,
                "hint": _("年利率 %s%%") % f"{(discounted.rate * 100).normalize():f}",
            },
            {"label": _("实收"), "value": discounted.amount, "kind": "money", "currency": currency},
        ]
    account = _("应收款项融资") if bill.account == "receivables_financing" else _("应收票据")
    if events and events[-1].booked:
        rows.append({"label": _("账面"), "value": account})
    elif bill.state in (BillState.ENDORSED, BillState.DISCOUNTED):
        rows.append({"label": _("账面"), "value": _("已终止确认")})
    return rows


def _timeline(work: Work, events: Sequence[BillEvent]) -> list[Row]:
    """The latest first, as other pages have it."""
    rows = []
    for event in reversed(events):
        said = [event.counterparty, event.memo]
        if event.state in (BillState.ENDORSED, BillState.DISCOUNTED):
            said.append(_("不终止确认，仍在账上") if event.booked else _("终止确认"))
        rows.append(
            {
                "title": HAPPENED[event.state],
                "on": event.effective_on,
                "at": event.act.recorded_at,
                "by": actor_words(event.act.actor_name),
                "note": " · ".join(text for text in said if text),
                "amount": event.amount or None,
                "currency": work.organization.currency,
                "icon": ICONS[event.state],
                "tone": TONES[event.state]
                if event.state in (BillState.DISHONOURED, BillState.COLLECTED, BillState.SETTLED)
                else "",
                "url": document_url(work, event.document_id),
            }
        )
    return rows


def _part_columns() -> list[Row]:
    return [
        {"label": _("子票区间"), "lead": True},
        {"label": _("票面金额"), "kind": "money", "figure": True},
        {"label": _("状态"), "kind": "badge"},
    ]


def _part_row(work: Work, part: Bill) -> Row:
    return {
        "url": address(work, "bill", part.pk),
        "cells": [f"{part.range_from}–{part.range_to}", part.face, bill_state(part)],
    }


def _settled_columns() -> list[Row]:
    return [
        {"label": _("单据"), "lead": True},
        {"label": _("核销日期"), "kind": "date"},
        {"label": _("金额"), "kind": "money", "figure": True},
        {"label": _("状态"), "kind": "badge"},
    ]


def _settled_rows(work: Work, bill: Bill) -> list[Row]:
    """What the receipt of the bill settled, with what a dishonour undid."""
    rows = list(
        Allocation.objects.filter(credit_item__document_id=bill.document_id)
        .select_related("debit_item__document")
        .order_by("effective_on", "pk")
    )
    undone = {row.reverses_id for row in rows if row.reverses_id}
    return [
        {
            "cells": [
                {
                    "value": row.debit_item.document.number,
                    "url": document_url(work, row.debit_item.document_id),
                },
                row.effective_on,
                row.amount,
                {"label": _("已反核销"), "tone": "plain"}
                if row.pk in undone
                else {"label": _("有效"), "tone": "good"},
            ]
        }
        for row in rows
        if not row.reverses_id
    ]


def _entries(events: Sequence[BillEvent]) -> list[Row]:
    """The entries that the events of the bill made."""
    by_entry = {event.entry_id for event in events if event.entry_id}
    by_document = {event.document_id for event in events if event.document_id}
    heads = list(JournalEntry.objects.filter(pk__in=by_entry).order_by("effective_on", "pk")) + list(
        JournalEntry.objects.filter(document_id__in=by_document).order_by("effective_on", "pk")
    )
    lines: dict[UUID, list[JournalLine]] = {head.pk: [] for head in heads}
    for line in (
        JournalLine.objects.filter(entry_id__in=list(lines))
        .select_related("account")
        .order_by("entry_id", "position")
    ):
        lines[line.entry_id].append(line)
    heads.sort(key=lambda head: (head.effective_on, head.pk))
    return [
        {"title": event_name(head.event), "on": head.effective_on, "lines": lines[head.pk]} for head in heads
    ]

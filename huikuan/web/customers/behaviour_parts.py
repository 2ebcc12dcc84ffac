"""How late a customer pays, as a tile and small bars."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huikuan.customers.models import Customer
from huikuan.reports.payment_behaviour import LAST, PaidDebt, PaymentBehaviour, payment_behaviour
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.states import days_text
from huikuan.web.pages import Work
from huikuan.web.templatetags.money import money

Row = dict[str, Any]

STEP, BAR = 10, 7
EDGE, LEAST_BAR = 3, 2
ROOM = 60
"""Height of the drawing, above and below the line of the due date together."""
LEAST_SCALE = 20
"""Days that fill the room at least, so that a day or two look like a day or two."""


def behaviour_context(work: Work, customer: Customer) -> Row:
    """Context of customers/behaviour.html."""
    found = payment_behaviour(customer.pk, today=work.today)
    return {
        "tile": tile(found),
        "behaviour": _drawing(work, found),
        "behaviour_url": behaviour_url(work, customer),
    }


def behaviour_url(work: Work, customer: Customer) -> str:
    """Where the tile and the bars come from."""
    return reverse("customer-payments", args=[work.organization.code, customer.pk])


def tile(found: PaymentBehaviour | None) -> Row:
    """The tile of the average; None while it is not known yet."""
    label = {"label": _("平均逾期天数"), "icon": "calendar-due", "tone": "", "note": ""}
    if found is None:
        return {**label, "value": "…"}
    average = found.average_days_late
    if average is None:
        return {**label, "value": "—", "note": _("还没有付清的应收")}
    count = ngettext("最近 %d 笔", "最近 %d 笔", len(found.debts)) % len(found.debts)
    if average < 0:
        return {
            **label,
            "value": days_words(f"{-average.normalize():f}"),
            "note": _("提前 · %s") % count,
            "tone": "good",
        }
    return {
        **label,
        "value": days_words(f"{average.normalize():f}"),
        "note": count,
        "tone": "bad" if average > 30 else "warn" if average > 7 else "",
    }


def days_words(number: str) -> str:
    """A number of days that need not be whole."""
    return _("%s 天") % number


def _drawing(work: Work, found: PaymentBehaviour) -> Row:
    """Bars from left to right in order of payment: late ones above the line, early ones below."""
    late = max([0, *(debt.days_late for debt in found.debts)])
    early = max([0, *(-debt.days_late for debt in found.debts)])
    scale = Decimal(ROOM) / max(late + early, LEAST_SCALE)
    line = ROOM - round(early * scale) if early else ROOM
    return {
        "bars": [_bar(work, debt, place, line, scale) for place, debt in enumerate(found.debts)],
        "width": LAST * STEP,
        "height": ROOM + EDGE,
        "line": line,
        "late_count": found.late_count,
        "count": len(found.debts),
    }


def _bar(work: Work, debt: PaidDebt, place: int, line: int, scale: Decimal) -> Row:
    days = debt.days_late
    height = max(LEAST_BAR, round(abs(days) * scale))
    number = f"{debt.number}-{debt.line}" if debt.line > 1 else debt.number
    amount = money(debt.amount, debt.currency)
    said = _("%(number)s · %(amount)s · 到期 %(due)s · 付清 %(paid)s · %(late)s") % {
        "number": number,
        "amount": amount,
        "due": debt.due_on.isoformat(),
        "paid": debt.paid_on.isoformat(),
        "late": late_words(days),
    }
    return {
        "url": document_url(work, debt.document_id),
        "said": said,
        "tone": "late" if days > 30 else "slow" if days > 0 else "prompt",
        "x": place * STEP + (STEP - BAR) // 2,
        "column": place * STEP,
        "y": line - height if days > 0 else line,
        "height": height,
    }


def late_words(days: int) -> str:
    """How late in words: on time, days late or days early."""
    if days == 0:
        return _("按期")
    return _("晚 %s") % days_text(days) if days > 0 else _("早 %s") % days_text(-days)

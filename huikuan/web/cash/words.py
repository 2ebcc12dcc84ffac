"""States of bills in words and colour, and what happened to them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.cash.models import Bill, BillKind, BillState
from huikuan.web.ledger.states import days_text

TONES: dict[str, str] = {
    BillState.HELD: "notice",
    BillState.SPLIT: "plain",
    BillState.ENDORSED: "plain",
    BillState.DISCOUNTED: "plain",
    BillState.COLLECTED: "good",
    BillState.SETTLED: "good",
    BillState.DISHONOURED: "bad",
    BillState.WITHDRAWN: "plain",
}
# What happened, as a title of the timeline.
HAPPENED: dict[str, str | Promise] = {
    BillState.HELD: _l("收票"),
    BillState.SPLIT: _l("拆分"),
    BillState.ENDORSED: _l("背书"),
    BillState.DISCOUNTED: _l("贴现"),
    BillState.COLLECTED: _l("托收收款"),
    BillState.SETTLED: _l("到期兑付"),
    BillState.DISHONOURED: _l("拒付"),
    BillState.WITHDRAWN: _l("撤销收票"),
}
ICONS: dict[str, str] = {
    BillState.HELD: "receipt",
    BillState.SPLIT: "copy",
    BillState.ENDORSED: "arrow-right",
    BillState.DISCOUNTED: "discount",
    BillState.COLLECTED: "cash",
    BillState.SETTLED: "circle-check",
    BillState.DISHONOURED: "receipt-off",
    BillState.WITHDRAWN: "arrow-back-up",
}
RUNNING = (BillState.HELD, BillState.ENDORSED, BillState.DISCOUNTED)


def bill_state(bill: Bill) -> dict[str, Any]:
    """A badge."""
    return {"label": BillState(bill.state).label, "tone": TONES[bill.state]}


def maturity(bill: Bill, today: date) -> str:
    """How far a bill is from being paid, while that matters."""
    if bill.state not in RUNNING:
        return ""
    days = (bill.pays_on - today).days
    if days < 0:
        return _("已过 %s") % days_text(-days)
    return _("还有 %s") % days_text(days) if days else _("今天到期")


def short_number(bill: Bill) -> str:
    """The end of the number, by which people tell bills apart."""
    return f"…{bill.number[-10:]}"


def kind_words(bill: Bill) -> str:
    """Its kind, with the sub-range of a part."""
    kind = str(BillKind(bill.kind).label)
    return f"{kind} · {bill.range_from}–{bill.range_to}" if bill.parent_id else kind

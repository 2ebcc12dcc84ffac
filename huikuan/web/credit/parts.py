"""The parts of the pages of credit, as their components take them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from huikuan.core.sentences import one_after_another
from huikuan.credit.components import registered_components
from huikuan.credit.exposure import ADVANCES, CREDITS, RECEIVABLE, RESERVED, component_titles
from huikuan.credit.models import Limit, LimitKind, LimitState, OrderHold, Security
from huikuan.credit.queries import Standing, standing_of
from huikuan.credit.rules import Action
from huikuan.credit.wording import reason_from, sentence
from huikuan.customers.models import Customer
from huikuan.reports.filters import RECEIVABLE as RECEIVABLE_CELL
from huikuan.reports.filters import UNALLOCATED
from huikuan.web.ledger.addresses import items_url
from huikuan.web.pages import Work
from huikuan.web.templatetags.money import money

Row = dict[str, Any]
TONES = {Action.BLOCK: "bad", Action.APPROVE: "warn", Action.WARN: "notice", Action.PASS: "good"}


def reasons_of(hold: OrderHold, currency: str) -> list[Row]:
    """Why an order waits: sentences with the colour of what follows from each."""
    found = (reason_from(each) for each in hold.reasons)
    return [{"text": sentence(each, currency), "tone": TONES[each.action]} for each in found]


def exposure_rows(work: Work, customer: Customer, standing: Standing) -> list[Row]:
    """What the customer owes by component, each leading to its rows, and the total."""
    titles = component_titles()
    rows = [
        {
            "label": titles[code],
            "value": amount,
            "kind": "money",
            "currency": work.organization.currency,
            "url": _component_url(work, customer, code),
        }
        for code, amount in standing.exposure.parts.items()
        if amount or code == RECEIVABLE
    ]
    used = standing.position().used
    rows.append(
        {
            "label": _("信用占用合计"),
            "value": used,
            "kind": "money",
            "currency": work.organization.currency,
            "strong": True,
        }
    )
    return rows


def _component_url(work: Work, customer: Customer, code: str) -> str:
    if not work.actor.may("ledger.read"):
        return ""
    if code == RECEIVABLE:
        return items_url(work, customer=customer.code, cell=RECEIVABLE_CELL)
    if code in (CREDITS, ADVANCES):
        return items_url(work, customer=customer.code, cell=UNALLOCATED)
    if code == RESERVED:
        return f"{reverse('customer-credit', args=[work.organization.code, customer.pk])}#reservations"
    part = next((each for each in registered_components() if each.code == code), None)
    if part is None or not part.page:
        return ""
    try:
        url = reverse(part.page, args=[work.organization.code])
    except NoReverseMatch:
        return ""
    return f"{url}?{part.query.format(code=quote(customer.code), id=customer.pk)}" if part.query else url


def credit_box(work: Work, customer: Customer) -> Row | None:
    """The box on a customer's page: limit, used, available, with a bar.

    None for who may not see it, and for a customer whose import was undone.
    """
    if not work.actor.may("credit.read") or customer.removed_act_id is not None:
        return None
    standing = standing_of(customer, day=work.today)
    return {**gauge_of(work, standing), "url": credit_url(work, customer.pk), "holds": standing.holds}


def gauge_of(work: Work, standing: Standing) -> Row:
    """How much of the limit is used, as components/progress.html takes it."""
    position = standing.position()
    currency = work.organization.currency
    limit, used, available = position.limit, position.used, position.available
    if limit is None and position.group_limit is not None:
        limit, used = position.group_limit, position.group_exposure
    share = None if not limit else max(used, Decimal(0)) / limit
    tone = "" if share is None else "bad" if share > 1 else "warn" if share > Decimal("0.9") else "good"
    return {
        "limit": limit,
        "used": used,
        "available": available,
        "over": available is not None and available < 0,
        "tone": tone,
        "value": str(min(used, limit)) if limit and used > 0 else "0",
        "max": str(limit or 1),
        "text": f"{money(used, currency)} / {money(limit, currency)}" if limit is not None else "",
        "group": position.group_limit,
        "group_used": position.group_exposure,
    }


def credit_url(work: Work, key: UUID) -> str:
    """Where a customer's credit is."""
    return reverse("customer-credit", args=[work.organization.code, key])


def hold_of_order(work: Work, order_id: UUID) -> Row | None:
    """What the page of an order says while it waits; None where it does not."""
    hold = OrderHold.objects.filter(record_id=order_id, state="open").first()
    if hold is None:
        return None
    address = [work.organization.code, hold.pk]
    may_read, may_ask = work.actor.may("credit.read"), work.actor.may("order.write")
    return {
        "reasons": reasons_of(hold, work.organization.currency),
        "forced": hold.forced,
        "asked_for": hold.asked_for,
        "asked_by": hold.asked_by,
        "url": reverse("credit-hold", args=address) if may_read else "",
        "ask_url": reverse("credit-hold-ask", args=address) if may_ask else "",
    }


def joined(reasons: Iterable[Row]) -> str:
    """All reasons in one line."""
    return one_after_another(each["text"] for each in reasons)


def limit_state(row: Limit, today: date) -> dict[str, str]:
    """Whether a limit counts, as a badge."""
    if row.state == LimitState.WITHDRAWN:
        return {"label": _("已撤回"), "tone": "plain"}
    if row.starts_on > today:
        return {"label": _("未生效"), "tone": "notice"}
    if row.ends_on is not None and row.ends_on < today:
        return {"label": _("已到期"), "tone": "plain"}
    return {"label": _("有效"), "tone": "good"}


def security_state(row: Security, today: date) -> dict[str, str]:
    """Whether a security counts, as a badge."""
    if row.released_on is not None and row.released_on <= today:
        return {"label": _("已解除"), "tone": "plain"}
    if row.expires_on < today:
        return {"label": _("已到期"), "tone": "bad"}
    if row.starts_on > today:
        return {"label": _("未生效"), "tone": "notice"}
    return {"label": _("有效"), "tone": "good"}


def limit_kind(row: Limit) -> str:
    """What kind of limit it is, and for what: the customer, its group, or one of its contracts."""
    label = str(LimitKind(row.kind).label)
    if row.contract_number:
        return _("%(kind)s（合同 %(contract)s）") % {"kind": label, "contract": row.contract_number}
    return _("%s（集团）") % label if row.whole_group else label

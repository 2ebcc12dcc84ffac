"""授信: a limit that an organization may want agreed to first, by bands of its amount."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.approvals.operations import Outcome, submit
from huikuan.approvals.registry import Description, Kind, Line, Link, Payload, Record, Result
from huikuan.credit.errors import CreditRefused
from huikuan.credit.exposure import base_currency, in_base
from huikuan.credit.models import LimitKind
from huikuan.credit.operations import NewLimit, set_limit
from huikuan.customers.models import Customer
from huikuan.organizations.actors import Actor

CREDIT_LIMIT = "credit_limit"


def ask_limit(new: NewLimit, *, actor: Actor, today: date) -> Outcome:
    """Set a limit, or a request for it where the organization's policy for its amount wants agreement."""
    customer = Customer.objects.filter(pk=new.customer_id).first()
    if customer is None:
        raise CreditRefused(_("客户不存在，或不属于本组织。"), code="unknown_customer")
    base = base_currency()
    currency = new.currency or base
    if not new.amount.is_finite() or new.amount < 0:
        raise CreditRefused(_("信用额度不能是负数，最多两位小数。"), code="limit_negative")
    amount = in_base({(new.customer_id, currency): new.amount}, base=base, day=today)[new.customer_id]
    return submit(
        CREDIT_LIMIT,
        payload={
            "customer": str(new.customer_id),
            "amount": f"{new.amount:f}",
            "secured": f"{new.secured:f}",
            "currency": currency,
            "kind": new.kind,
            "whole_group": new.whole_group,
            "from": new.starts_on.isoformat(),
            "until": new.ends_on.isoformat() if new.ends_on else None,
            "reason": new.reason.strip(),
            "contract": str(new.contract_id) if new.contract_id else None,
            "contract_number": new.contract_number,
        },
        amount=amount,
        reason=new.reason,
        record=Record("customer", new.customer_id, f"{customer.code} · {customer.name}"),
        actor=actor,
        today=today,
    )


def _limit_of(payload: Payload) -> NewLimit:
    return NewLimit(
        customer_id=UUID(payload["customer"]),
        amount=Decimal(payload["amount"]),
        secured=Decimal(payload["secured"]),
        currency=payload["currency"],
        kind=payload["kind"],
        whole_group=payload["whole_group"],
        starts_on=date.fromisoformat(payload["from"]),
        ends_on=date.fromisoformat(payload["until"]) if payload["until"] else None,
        reason=payload["reason"],
        contract_id=UUID(payload["contract"]) if payload.get("contract") else None,
        contract_number=payload.get("contract_number") or "",
    )


def _set(payload: Payload, actor: Actor, today: date) -> Result:
    limit = set_limit(_limit_of(payload), actor=actor, today=today)
    code = Customer.objects.values_list("code", flat=True).get(pk=limit.customer_id)
    return Result(code, _page(payload), {"limit": str(limit.pk), "customer": code})


def _describe(payload: Payload) -> Description:
    customer = Customer.objects.get(pk=payload["customer"])
    new = _limit_of(payload)
    lines: list[Line] = [
        Line(_("客户"), f"{customer.code} · {customer.name}"),
        Line(_("信用额度"), new.amount, "money", new.currency),
        Line(_("种类"), str(LimitKind(new.kind).label)),
        Line(_("开始日期"), new.starts_on, "date"),
    ]
    if new.contract_number:
        lines.append(Line(_("合同"), new.contract_number))
    if new.ends_on:
        lines.append(Line(_("结束日期"), new.ends_on, "date"))
    if new.secured:
        lines.append(Line(_("其中靠担保"), new.secured, "money", new.currency))
    return Description(
        _("设置集团信用额度") if new.whole_group else _("设置信用额度"), _in_order(lines), _page(payload)
    )


def _in_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The amount first: it is what is agreed to."""
    return tuple(sorted(lines, key=lambda line: line.kind != "money"))


def _page(payload: Payload) -> Link:
    return Link("customer-credit", (payload["customer"],))


KINDS = (
    Kind(
        CREDIT_LIMIT,
        gettext_lazy("设置信用额度"),
        "credit.write",
        execute=_set,
        describe=_describe,
        acting="credit.write",
        icon="shield-check",
    ),
)

"""Acts on bills that an organization may want agreed to first: 背书 and 贴现."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.approvals import duties
from huikuan.approvals.operations import Outcome, submit
from huikuan.approvals.registry import Description, EarlierAct, Kind, Line, Link, Payload, Record, Result
from huikuan.cash.models import Bill
from huikuan.cash.operations.bill_moves import Endorsement, discount_bills, endorse_bills
from huikuan.cash.operations.spreading import base_currency
from huikuan.organizations.actors import Actor

ENDORSEMENT = "bill_endorsement"
DISCOUNT = "bill_discount"


def ask_endorsement(
    bill: Bill,
    *,
    amount: Decimal | None,
    endorsee: str,
    on: date,
    actor: Actor,
    today: date,
    derecognise: bool | None = None,
) -> Outcome:
    """背书 of a bill, or of `amount` of it, which is split off first; or a request for it."""
    wanted = bill.face if amount is None else amount
    terms = {"amount": f"{wanted:f}", "endorsee": endorsee.strip()}
    return _ask(ENDORSEMENT, bill, wanted, terms, on, derecognise, actor, today)


def ask_discount(
    bill: Bill,
    *,
    bank: str,
    rate: Decimal,
    on: date,
    actor: Actor,
    today: date,
    derecognise: bool | None = None,
) -> Outcome:
    """贴现 of a bill at a yearly `rate` (a fraction), or a request for it."""
    terms = {"bank": bank.strip(), "rate": f"{rate:f}"}
    return _ask(DISCOUNT, bill, bill.face, terms, on, derecognise, actor, today)


def _ask(
    kind: str,
    bill: Bill,
    amount: Decimal,
    terms: dict[str, str],
    on: date,
    derecognise: bool | None,
    actor: Actor,
    today: date,
) -> Outcome:
    payload: dict[str, Any] = {
        "bill": str(bill.pk), "on": on.isoformat(), "derecognise": derecognise, **terms
    }  # fmt: skip
    return submit(
        kind,
        payload=payload,
        amount=amount,
        reason="",
        record=Record("bill", bill.pk, f"{bill.label} · {bill.customer.name}"),
        actor=actor,
        today=today,
    )


def _endorse(payload: Payload, actor: Actor, today: date) -> Result:
    [passed] = endorse_bills(
        [Endorsement(UUID(payload["bill"]), Decimal(payload["amount"]))],
        endorsee=payload["endorsee"],
        on=date.fromisoformat(payload["on"]),
        derecognise=payload["derecognise"],
        actor=actor,
        today=today,
    )
    return _done(passed)


def _discount(payload: Payload, actor: Actor, today: date) -> Result:
    [event] = discount_bills(
        [UUID(payload["bill"])],
        bank=payload["bank"],
        rate=Decimal(payload["rate"]),
        on=date.fromisoformat(payload["on"]),
        derecognise=payload["derecognise"],
        actor=actor,
        today=today,
    )
    return _done(event.bill)


def _done(bill: Bill) -> Result:
    return Result(bill.label, Link("bill", (str(bill.pk),)), {"bill": str(bill.pk)})


def _describe_endorsement(payload: Payload) -> Description:
    bill = _bill(payload)
    return Description(
        _("票据背书"),
        (
            Line(_("背书金额"), Decimal(payload["amount"]), "money", base_currency()),
            Line(_("被背书人"), payload["endorsee"]),
            *_of_bill(bill),
            Line(_("背书日期"), date.fromisoformat(payload["on"]), "date"),
        ),
        Link("bill", (str(bill.pk),)),
    )


def _describe_discount(payload: Payload) -> Description:
    bill = _bill(payload)
    return Description(
        _("票据贴现"),
        (
            Line(_("贴现银行"), payload["bank"]),
            Line(_("贴现年利率"), f"{(Decimal(payload['rate']) * 100).normalize():f}%"),
            *_of_bill(bill),
            Line(_("贴现日期"), date.fromisoformat(payload["on"]), "date"),
        ),
        Link("bill", (str(bill.pk),)),
    )


def _of_bill(bill: Bill) -> Sequence[Line]:
    return (
        Line(_("票据号"), bill.label),
        Line(_("票面金额"), bill.face, "money", base_currency()),
        Line(_("承兑人"), bill.acceptor),
        Line(_("到期日"), bill.matures_on, "date"),
        Line(_("交票客户"), bill.customer.name),
    )


def _bill(payload: Payload) -> Bill:
    return Bill.objects.select_related("customer", "act").get(pk=payload["bill"])


def _receiver(payload: Payload) -> Sequence[EarlierAct]:
    """Who received the bill does not agree to its being handed on."""
    act = _bill(payload).act
    return (EarlierAct(duties.RECORD_APPROVE, act.actor_id, act.actor_name),)


KINDS = (
    Kind(
        ENDORSEMENT,
        gettext_lazy("票据背书"),
        "bill.write",
        execute=_endorse,
        describe=_describe_endorsement,
        acting="bill.write",
        earlier=_receiver,
        icon="arrow-right",
    ),
    Kind(
        DISCOUNT,
        gettext_lazy("票据贴现"),
        "bill.write",
        execute=_discount,
        describe=_describe_discount,
        acting="bill.write",
        earlier=_receiver,
        icon="discount",
    ),
)

"""Proposing to charge for paying late, by the steps of policies; agreeing to it makes debit notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.collection.charging import ChargeState, Interest, Owed, interest_on
from huikuan.collection.claim_facts import letterhead_in_force
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import Charge, ChargeLine, CollectionAction, PolicyStep
from huikuan.collection.operations.locking import lock_customers
from huikuan.collection.operations.texts import said_why
from huikuan.collection.operations.trail import CHARGE, Told, record_events
from huikuan.collection.queries import charges_seen
from huikuan.collection.stepping import Effect
from huikuan.core.postgres.fields import new_id
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.exposure import base_currency
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import CHARGES_PROPOSED
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import MembershipRole, Organization, Scope
from huikuan.sales.late_days import CHARGED, free_days
from huikuan.sales.models import InvoiceKind
from huikuan.sales.operations import (
    Late,
    NewInvoice,
    NewLine,
    draft_invoices,
    draft_late_interest,
    post_invoices,
)
from huikuan.sales.operations.drafts import FEE_CHARGED
from huikuan.sales.rules import STATUTORY_DAILY_RATE
from huikuan.sales.shipped import USUAL_CODE

RECORD = "invoice.record"
ZERO = Decimal(0)
ONCE_DAYS = 30
"""How long a fee that was proposed is not proposed again for a step that fell away and came up anew."""


def propose_charges(
    actions: Sequence[CollectionAction],
    steps: Mapping[UUID, PolicyStep],
    *,
    opened: OpenAct,
    today: date,
) -> int:
    """What steps of a policy charge for paying late, as proposals for finance; returns how many.

    Interest by the rate of the letterhead, else the statutory one (《保障中小企业款项支付条例》 art. 15: 0.05 % a day),
    on the items of each action, for late days that neither a proposal nor a debit note has. Once for an action; of
    actions that share an item the first has its interest.
    """
    leads = [each for each in actions if each.lead_id is None and _charges(steps[each.step_id])]
    if not leads:
        return 0
    lock_customers({each.customer_id for each in leads})  # two steps agreed to at once see each other's days
    head = letterhead_in_force()
    rate = (head.interest_daily if head else None) or STATUTORY_DAILY_RATE
    owed, paid, base = _owed(leads, today), _fees_of_late(leads, today), base_currency()
    wanted: list[tuple[CollectionAction, Decimal, list[Interest]]] = []
    charged: set[UUID] = set()
    for each in leads:
        step = steps[each.step_id]
        found = owed[each.pk] if Effect.CHARGE_INTEREST in step.effects else []
        fresh = (row for row in found if row.item_id not in charged)
        due = (interest_on(row, daily_rate=rate, base_currency=base) for row in fresh)
        lines = [line for line in due if line]
        charged |= {line.item_id for line in lines}
        fee = ZERO if (each.customer_id, step.key) in paid else step.fee
        if fee or lines:
            wanted.append((each, fee, lines))
    if wanted:
        _write(wanted, rate, opened, today)
        _tell(wanted, base)
    return len(wanted)


def _charges(step: PolicyStep) -> bool:
    return step.fee > 0 or Effect.CHARGE_INTEREST in step.effects


def _owed(leads: Sequence[CollectionAction], today: date) -> dict[UUID, list[Owed]]:
    found: dict[UUID, list[Owed]] = defaultdict(list)
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "actions": [each.pk for each in leads],
        "until": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(OWED, values)
        for action, *row in cursor.fetchall():
            found[action].append(Owed(*row))
    return found


def _fees_of_late(leads: Sequence[CollectionAction], today: date) -> set[tuple[UUID, UUID]]:
    with connection.cursor() as cursor:
        cursor.execute(
            FEES,
            {
                "organization": current_organization_id(),
                "customers": [each.customer_id for each in leads],
                "today": today,
                "days": ONCE_DAYS,
            },
        )
        return set(cursor.fetchall())


def _write(
    wanted: Sequence[tuple[CollectionAction, Decimal, list[Interest]]],
    rate: Decimal,
    opened: OpenAct,
    today: date,
) -> None:
    charges, rows = [], []
    for each, fee, lines in wanted:
        charge = Charge(
            id=new_id(),
            organization_id=opened.organization_id,
            act_id=opened.id,
            action=each,
            customer_id=each.customer_id,
            on=today,
            fee=fee,
            amount=fee + sum((line.base for line in lines), ZERO),
        )
        charges.append(charge)
        rows += [
            ChargeLine(
                organization_id=opened.organization_id,
                charge=charge,
                item_id=line.item_id,
                number=line.number,
                currency=line.currency,
                principal=line.principal,
                daily_rate=rate,
                after_on=line.after_on,
                until_on=line.until_on,
                amount=line.amount,
            )
            for line in lines
        ]
    Charge.objects.bulk_create(charges, batch_size=1000)
    ChargeLine.objects.bulk_create(rows, batch_size=1000)
    record_events(
        [
            Told(
                "proposed",
                CHARGE,
                each.pk,
                {"customer": str(each.customer_id), "amount": f"{each.amount:.2f}", "fee": f"{each.fee:.2f}"},
            )
            for each in charges
        ],
        opened,
    )


def _tell(wanted: Sequence[tuple[CollectionAction, Decimal, list[Interest]]], currency: str) -> None:
    """Tell who decides: members who record invoices and see all customers."""
    held = MembershipRole.objects.filter(
        membership__active=True, membership__user__is_active=True, role__scope=Scope.ALL.value
    ).values_list("membership_id", "role__permissions")
    people = {member for member, permissions in held if {RECORD, "collection.read"} <= set(permissions)}
    total = sum((fee + sum((line.base for line in lines), ZERO) for _each, fee, lines in wanted), ZERO)
    code = Organization.objects.values_list("code", flat=True).get(pk=current_organization_id())
    send_notices(
        sorted(people),
        kind=CHARGES_PROPOSED,
        parameters={"count": len(wanted), "amount": f"{currency} {total:,.2f}"},
        path=reverse("collection-charges", args=[code]),
        now=transaction_time(),
    )


def charge_late(charge_id: UUID, *, actor: Actor, today: date, tax_code: str = USUAL_CODE) -> Charge:
    """计收: post the debit notes over what was proposed, interest and fee apart; from now on it is owed.

    Raises CollectionRefused where it was decided already or one of its documents was undone since, and what drafting
    and posting raise: days that somebody charged by hand meanwhile are not charged again.
    """
    actor.require(RECORD)
    with act("charge_late_payment", actor=actor):
        charge = _proposed(charge_id, actor)
        lines = list(
            ChargeLine.objects.filter(charge=charge)
            .select_related("item__document")
            .order_by("number", "after_on", "pk")
        )
        gone = next((line for line in lines if line.item.document.voided_by_id), None)
        if gone is not None:
            raise CollectionRefused(
                _("单据 %s 已冲销，请不计收这项提案。") % gone.number, code="item_is_undone"
            )
        drafts = (
            draft_late_interest(
                [
                    Late(
                        line.item_id,
                        line.until_on,
                        daily_rate=line.daily_rate,
                        principal=line.principal,
                        after=line.after_on,
                    )
                    for line in lines
                ],
                on=today,
                actor=actor,
                tax_code=tax_code,
            )
            if lines
            else []
        )
        currencies = list(dict.fromkeys(line.currency for line in lines))
        if charge.fee:
            drafts += _draft_fee(charge, actor=actor, today=today, tax_code=tax_code)
            charge.fee_invoice_id = drafts[-1]
        post_invoices(drafts, actor=actor, today=today)
        for line in lines:
            line.invoice_id = drafts[currencies.index(line.currency)]
        ChargeLine.objects.bulk_update(lines, ["invoice"])
        _decide(charge, ChargeState.CHARGED, "", actor, today)
    return charge


def _draft_fee(charge: Charge, *, actor: Actor, today: date, tax_code: str) -> list[UUID]:
    text = _("催收费用 · %s") % charge.action.step.name
    line = NewLine(quantity=Decimal(1), unit_price=charge.fee, description=text[:200], tax_code=tax_code)
    new = NewInvoice(
        customer_id=charge.customer_id,
        kind=InvoiceKind.DEBIT_NOTE.value,
        event=FEE_CHARGED,
        invoice_on=today,
        prices_include_tax=True,
        lines=[line],
    )
    return draft_invoices([new], actor=actor)


def refuse_charge(charge_id: UUID, *, reason: str, actor: Actor, today: date) -> Charge:
    """不计收: nothing is charged; a later step may propose the interest of these days again. Raises CollectionRefused."""
    actor.require(RECORD)
    said = said_why(reason)
    with act("refuse_charge", actor=actor, reason=said):
        charge = _proposed(charge_id, actor)
        _decide(charge, ChargeState.REFUSED, said, actor, today)
    return charge


def withdraw_charges(day: date) -> list[UUID]:
    """Take back proposals of actions whose items were released on a day: the step comes up again and proposes anew."""
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW, {"organization": current_organization_id(), "day": day})
        return [key for (key,) in cursor.fetchall()]


def _proposed(charge_id: UUID, actor: Actor) -> Charge:
    charge = (
        charges_seen(actor)
        .select_related("action__step")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=charge_id, state=ChargeState.PROPOSED.value)
        .first()
    )
    if charge is None:
        raise CollectionRefused(_("没有这项计收提案，或已经有人处理。"), code="unknown_charge")
    return charge


def _decide(charge: Charge, state: ChargeState, reason: str, actor: Actor, today: date) -> None:
    charge.state, charge.reason = state.value, reason
    charge.decided_by, charge.decided_on = actor.name[:100], today
    charge.save(update_fields=["state", "reason", "decided_by", "decided_on", "fee_invoice"])
    content = {
        "customer": str(charge.customer_id),
        "amount": f"{charge.amount:.2f}",
        "fee": f"{charge.fee:.2f}",
        "reason": reason,
    }
    record_event(action=state.value, record_kind=CHARGE, record_id=charge.pk, content=content)


# What an action is about, as it stood; interest and fees bear no interest. Days are taken by debit notes, and by
# proposals that wait or were charged; of those refused, and of what was undone, they are free again.
TAKEN = f"""
    {CHARGED}
    UNION ALL
    SELECT daterange(l.after_on + 1, l.until_on + 1)
    FROM collection_charge_line l
    JOIN collection_charge c ON c.organization_id = %(organization)s AND c.id = l.charge_id
    LEFT JOIN sales_invoice s ON s.organization_id = %(organization)s AND s.id = l.invoice_id
    WHERE l.organization_id = %(organization)s AND l.item_id = i.id
      AND (c.state = 'proposed' OR c.state = 'charged' AND s.state = 'posted')
"""
OWED = f"""
    SELECT t.action_id, t.item_id, d.number, t.currency, t.open_amount, t.open_base, lower(r) - 1, upper(r) - 1
    FROM collection_action_item t
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = t.item_id
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
    CROSS JOIN LATERAL {free_days(TAKEN)}
    WHERE t.organization_id = %(organization)s AND t.action_id = ANY(%(actions)s::uuid[])
      AND d.event NOT IN ('late_interest', 'fee_charged') AND t.open_amount > 0
    ORDER BY t.action_id, t.due_on, d.number, t.item_id, lower(r)
"""
WITHDRAW = """
    UPDATE collection_charge c SET state = 'withdrawn', decided_on = %(day)s
    WHERE c.organization_id = %(organization)s AND c.state = 'proposed' AND EXISTS (
        SELECT FROM collection_action_item t
        WHERE t.organization_id = %(organization)s AND t.action_id = c.action_id AND t.released_on = %(day)s)
    RETURNING c.id
"""
# Fees of a step that fell away: the same step does not ask for them a second time.
FEES = """
    SELECT c.customer_id, s.key
    FROM collection_charge c
    JOIN collection_action a ON a.organization_id = %(organization)s AND a.id = c.action_id
    JOIN collection_policy_step s ON s.organization_id = %(organization)s AND s.id = a.step_id
    WHERE c.organization_id = %(organization)s AND c.customer_id = ANY(%(customers)s::uuid[]) AND c.fee > 0
      AND c.state IN ('proposed', 'charged') AND c."on" > %(today)s::date - %(days)s AND EXISTS (
          SELECT FROM collection_action_item t
          WHERE t.organization_id = %(organization)s AND t.action_id = a.id AND t.released_on IS NOT NULL)
"""

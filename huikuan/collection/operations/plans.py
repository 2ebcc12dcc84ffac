"""Repayment plans: making one, putting it in force with the debtor's signature, interest, ending it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.collection.chased import Asked, OpenClaim, open_claims
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.instalments import BREACH_DAYS, Instalment, PlanState
from huikuan.collection.models import PlanInstalment, PlannedItem, PromisedItem, RepaymentPlan
from huikuan.collection.operations.contacts import NewContact, record_contact
from huikuan.collection.operations.locking import lock_customers
from huikuan.collection.operations.texts import said_why, short_text
from huikuan.collection.operations.trail import PLAN
from huikuan.collection.planned import planned_items
from huikuan.collection.queries import customers_seen, plans_seen
from huikuan.collection.rules import Channel, Direction, PromiseState, Proof, Result
from huikuan.core.money import amount_said, amount_text, quantize
from huikuan.core.postgres.fields import new_id
from huikuan.files.queries import files_of_record
from huikuan.ledger.models import OpenItem, Side
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

MOST_INSTALMENTS = 120
MOST_DAYS = 3660
MOST_BREACH_DAYS = 90
LONGEST_TERMS = 2000
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """A plan as it is made; it has no effect until it is signed. Amounts in the currency of the items.

    `item_ids`: what it is about; None: all that is overdue, undisputed and in no plan. `instalments` sum to what the
    items are open with on `made_on`, with `interest` added and `waived` taken away.
    """

    customer_id: UUID
    made_on: date
    instalments: Sequence[Instalment]
    item_ids: Sequence[UUID] | None = None
    interest: Decimal = ZERO
    waived: Decimal = ZERO
    breach_days: int = BREACH_DAYS
    breach_instalments: int = 0
    terms: str = ""


def make_plan(new: NewPlan, *, actor: Actor, today: date) -> RepaymentPlan:
    """拟定还款计划: instalments over chosen items; only once signed does it put off asking for them.

    Raises CollectionRefused for items that are settled, in a plan or an open promise, in two currencies; instalments
    that do not sum up, are not in order or lie before the plan; a waiver of all.
    """
    actor.require("collection.write")
    with act("make_plan", actor=actor) as opened:
        if not customers_seen(actor).filter(pk=new.customer_id).exists():
            raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
        lock_customers({new.customer_id})
        items = _about(new)
        _require_parts(new, items, today)
        plan = _plan(new, items, opened)
        plan.save(force_insert=True)
        PlanInstalment.objects.bulk_create(
            PlanInstalment(
                organization_id=plan.organization_id,
                plan_id=plan.pk,
                position=place,
                due_on=each.due_on,
                amount=quantize(each.amount, plan.currency),
            )
            for place, each in enumerate(new.instalments, start=1)
        )
        PlannedItem.objects.bulk_create(
            PlannedItem(
                organization_id=plan.organization_id,
                plan_id=plan.pk,
                item_id=each.item_id,
                open_amount=each.open_amount,
                paid_before=each.paid,
            )
            for each in items
        )
        _told("made", plan)
    return plan


def sign_plan(
    key: UUID, *, signed_on: date, signer: str, actor: Actor, today: date, now: datetime
) -> RepaymentPlan:
    """签署还款计划: from that day on it is in force; its items are no longer asked for, and limitation begins anew.

    The signed paper must be attached to the plan. Recorded as the debtor's agreement (Civil Code art. 195; of what is
    owed in instalments limitation runs from the last one's day, art. 189). To let go of a part needs the permission
    to manage collection. Raises CollectionRefused.
    """
    actor.require("collection.write")
    with act("sign_plan", actor=actor):
        plan = _plan_of(key, actor, (PlanState.DRAFT,))
        lock_customers({plan.customer_id})
        if plan.waived > 0:
            actor.require("collection.manage")
        if not plan.made_on <= signed_on <= today:
            raise CollectionRefused(_("签署日应在拟定当日至今天之间。"), code="day_out_of_range")
        if not files_of_record(PLAN, plan.pk):
            raise CollectionRefused(_("请先上传对方签字或盖章的还款计划。"), code="signature_missing")
        items = list(PlannedItem.objects.filter(plan=plan).values_list("item_id", flat=True))
        _require_free(items)
        plan.contact_id = _agreement(plan, items, signed_on, signer, actor, today, now)
        plan.state, plan.signed_on = PlanState.OPEN.value, signed_on
        plan.signer = short_text(signer, 100, _("签署人"))
        plan.save(update_fields=["state", "signed_on", "signer", "contact"])
        PlannedItem.objects.filter(plan=plan).update(live=True)
        _told("signed", plan)
    return plan


def add_interest(key: UUID, *, item_id: UUID, actor: Actor) -> RepaymentPlan:
    """关联违约金单: the debit note over a plan's agreed interest; what is paid of it counts for the plan.

    Raises CollectionRefused where it is not the customer's, in a plan already, or more than the agreed interest.
    """
    actor.require("collection.write")
    with act("add_plan_interest", actor=actor):
        plan = _plan_of(key, actor, (PlanState.OPEN,))
        lock_customers({plan.customer_id})
        item = OpenItem.objects.filter(
            pk=item_id, customer_id=plan.customer_id, side=Side.DEBIT, currency=plan.currency
        ).first()
        if item is None:
            raise CollectionRefused(_("没有这笔应收，或币种与计划不同。"), code="unknown_item")
        billed = PlannedItem.objects.filter(plan=plan, interest=True).values_list("item__amount", flat=True)
        if sum(billed, item.amount) > plan.interest:
            raise CollectionRefused(
                _("违约金单合计超过约定的 %s。") % amount_said(plan.interest, plan.currency),
                code="interest_exceeded",
            )
        _require_free([item.pk])
        if PlannedItem.objects.filter(plan=plan, item=item).exists():
            raise CollectionRefused(_("这笔应收已在计划里。"), code="item_is_planned")
        PlannedItem.objects.create(
            organization_id=plan.organization_id,
            plan_id=plan.pk,
            item_id=item.pk,
            open_amount=item.amount,
            paid_before=ZERO,
            interest=True,
            live=True,
        )
        _told("interest_added", plan)
    return plan


def withdraw_plan(key: UUID, *, reason: str, actor: Actor, today: date) -> RepaymentPlan:
    """终止还款计划: it holds its items no longer, and counts neither as kept nor as broken. Raises CollectionRefused."""
    actor.require("collection.write")
    said = said_why(reason)
    with act("withdraw_plan", actor=actor, reason=said):
        plan = _plan_of(key, actor, (PlanState.DRAFT, PlanState.OPEN))
        plan.state, plan.ended_on = PlanState.WITHDRAWN.value, today
        plan.ended_for, plan.ended_by = said, actor.name
        plan.save(update_fields=["state", "ended_on", "ended_for", "ended_by"])
        PlannedItem.objects.filter(plan=plan, live=True).update(live=False)
        _told("withdrawn", plan, reason=said)
    return plan


def _plan_of(key: UUID, actor: Actor, states: Sequence[PlanState]) -> RepaymentPlan:
    found = plans_seen(actor).select_for_update(of=("self",), no_key=True)
    plan = found.filter(pk=key, state__in=[each.value for each in states]).first()
    if plan is None:
        raise CollectionRefused(_("没有这份还款计划，或已经有了结果。"), code="unknown_plan")
    return plan


def _about(new: NewPlan) -> list[OpenClaim]:
    [found] = open_claims([Asked(new.customer_id, new.made_on, new.item_ids)])
    if new.item_ids is not None and len(found) < len(set(new.item_ids)):
        raise CollectionRefused(
            _("所选的单据中有的已经结清，或不属于这个客户，请刷新页面。"), code="item_not_open"
        )
    if not found:
        raise CollectionRefused(_("没有可以列入还款计划的逾期款项。"), code="nothing_to_plan")
    currencies = {each.currency for each in found}
    if len(currencies) > 1:
        raise CollectionRefused(
            _("一份还款计划只能是一种币种，所选的单据有 %s。") % "、".join(sorted(currencies)),
            code="several_currencies",
        )
    _require_free([each.item_id for each in found])
    return found


def _require_free(items: Sequence[UUID]) -> None:
    numbers = dict(OpenItem.objects.filter(pk__in=items).values_list("pk", "document__number"))
    for key in planned_items(items):
        raise CollectionRefused(_("%s 已在一份还款计划里。") % numbers[key], code="item_is_planned")
    held = PromisedItem.objects.filter(item_id__in=items, live=True, promise__state=PromiseState.OPEN.value)
    for number in held.values_list("item__document__number", flat=True)[:1]:
        raise CollectionRefused(
            _("%s 已有一项没有到期的付款承诺，请先撤回。") % number, code="item_is_promised"
        )


def _require_parts(new: NewPlan, items: Sequence[OpenClaim], today: date) -> None:
    days = [each.due_on for each in new.instalments]
    if new.made_on > today:
        raise CollectionRefused(_("拟定日期在今天之后。"), code="day_to_come")
    if not 1 <= len(days) <= MOST_INSTALMENTS or any(each.amount <= 0 for each in new.instalments):
        raise CollectionRefused(
            _("还款计划应有 1 到 %d 期，每期金额大于零。") % MOST_INSTALMENTS, code="instalments_out_of_range"
        )
    if days != sorted(set(days)) or not new.made_on <= days[0] or (days[-1] - days[0]).days > MOST_DAYS:
        raise CollectionRefused(
            _("各期的日子应由早到晚，不早于拟定当日，不超过十年。"), code="days_out_of_order"
        )
    if not 0 <= new.breach_days <= MOST_BREACH_DAYS or not 0 <= new.breach_instalments <= len(days):
        raise CollectionRefused(
            _("违约天数应在 0 到 %d 之间，期数不超过总期数。") % MOST_BREACH_DAYS, code="breach_out_of_range"
        )
    currency = items[0].currency
    claimed = sum((each.open_amount for each in items), ZERO)
    total = claimed + new.interest - new.waived
    if new.interest < 0 or not 0 <= new.waived < claimed:
        raise CollectionRefused(
            _("加收的违约金不能是负数，减免应小于所选单据的 %s。") % amount_said(claimed, currency),
            code="amounts_out_of_range",
        )
    agreed = sum((quantize(each.amount, currency) for each in new.instalments), ZERO)
    if agreed != total:
        raise CollectionRefused(
            _("各期合计 %(agreed)s，应为 %(total)s。")
            % {"agreed": amount_said(agreed, currency), "total": amount_said(total, currency)},
            code="instalments_do_not_sum_up",
        )


def _plan(new: NewPlan, items: Sequence[OpenClaim], opened: OpenAct) -> RepaymentPlan:
    currency = items[0].currency
    claimed = sum((each.open_amount for each in items), ZERO)
    interest, waived = quantize(new.interest, currency), quantize(new.waived, currency)
    return RepaymentPlan(
        id=new_id(),
        organization_id=opened.organization_id,
        act_id=opened.id,
        customer_id=new.customer_id,
        collector_id=opened.actor.membership_id,
        collector_name=opened.actor.name,
        made_on=new.made_on,
        currency=currency,
        claimed=claimed,
        interest=interest,
        waived=waived,
        total=claimed + interest - waived,
        breach_days=new.breach_days,
        breach_instalments=new.breach_instalments,
        terms=short_text(new.terms, LONGEST_TERMS, _("其他约定")),
    )


def _agreement(
    plan: RepaymentPlan,
    items: Sequence[UUID],
    signed_on: date,
    signer: str,
    actor: Actor,
    today: date,
    now: datetime,
) -> UUID:
    """The debtor's agreement as evidence, with what it is about as it stood on that day."""
    zone = ZoneInfo(Organization.objects.values_list("time_zone", flat=True).get(pk=plan.organization_id))
    noon = datetime.combine(signed_on, time(12), tzinfo=zone)
    [owed] = open_claims([Asked(plan.customer_id, signed_on, list(items))])
    contact = record_contact(
        NewContact(
            customer_id=plan.customer_id,
            channel=Channel.MEETING,
            direction=Direction.IN,
            result=Result.ACKNOWLEDGED,
            made_at=min(noon, now - timedelta(seconds=1)) if signed_on == today else noon,
            person_name=short_text(signer, 100, _("签署人")),
            text=_("签署还款计划，共 %s") % amount_said(plan.total, plan.currency),
            proof=Proof.SIGNED,
            proof_on=signed_on,
            item_ids=[each.item_id for each in owed],
        ),
        actor=actor,
        today=today,
    )
    key: UUID = contact.pk
    return key


def _told(action: str, plan: RepaymentPlan, **more: str) -> None:
    content = {
        "customer": str(plan.customer_id),
        "amount": amount_text(plan.total, plan.currency),
        "currency": plan.currency,
        **more,
    }
    record_event(action=action, record_kind=PLAN, record_id=plan.pk, content=content)

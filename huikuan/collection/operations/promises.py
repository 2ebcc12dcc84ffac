"""Recording what customers promise to pay, and withdrawing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.collection.chased import Asked, OpenClaim, open_claims
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import PaymentPromise, PromisedItem
from huikuan.collection.operations.locking import lock_customers
from huikuan.collection.operations.trail import PROMISE, Told, record_events
from huikuan.collection.planned import planned_items
from huikuan.collection.queries import customers_seen, promises_seen, setting_in_force
from huikuan.collection.rules import Channel, PromiseState
from huikuan.core.money import amount_said, amount_text, quantize
from huikuan.core.postgres.fields import new_id
from huikuan.credit.exposure import base_currency
from huikuan.organizations.actors import Actor

FARTHEST_DAYS = 366
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPromise:
    """A promise as it is recorded. `amount`: None for all that the items are open with.

    `item_ids`: what it is about; None: all that was overdue and undisputed on `made_on`, in the organization's
    currency where there is any. `collector_id` and `collector_name`: who obtained it; the actor where empty.
    """

    customer_id: UUID
    promised_on: date
    made_on: date
    amount: Decimal | None = None
    item_ids: Sequence[UUID] | None = None
    channel: Channel = Channel.PHONE
    promiser: str = ""
    contact_id: UUID | None = None
    collector_id: UUID | None = None
    collector_name: str = ""


def record_promise(new: NewPromise, *, actor: Actor, today: date) -> PaymentPromise:
    """登记承诺付款: see `record_promises`."""
    [made] = record_promises([new], actor=actor, today=today)
    return made


def record_promises(news: Sequence[NewPromise], *, actor: Actor, today: date) -> list[PaymentPromise]:
    """登记承诺付款: what customers promised to pay of chosen items, and by when.

    An item is in one open promise at a time; one that was kept gives its items free. Raises CollectionRefused for
    items that are promised already, in a plan, settled, in two currencies, an amount above what they are open with, a day
    before the promise or more than a year off; nothing is recorded then.
    """
    actor.require("collection.write")
    with act("record_promises", actor=actor) as opened:
        keys = {each.customer_id for each in news}
        if customers_seen(actor).filter(pk__in=keys).count() < len(keys):
            raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
        lock_customers(keys)
        base, grace = base_currency(), setting_in_force().grace_days
        claims = open_claims([Asked(each.customer_id, each.made_on, each.item_ids) for each in news])
        taken = _taken({each.item_id for found in claims for each in found})
        made: list[PaymentPromise] = []
        items: list[PromisedItem] = []
        for new, found in zip(news, claims, strict=True):
            about = _about(new, found, base, taken)
            _require_days(new, today)
            promise = _promise(new, about, opened, grace)
            made.append(promise)
            items += [_item(promise, each) for each in about]
        _free({each.item_id for each in items})
        PaymentPromise.objects.bulk_create(made, batch_size=1000)
        PromisedItem.objects.bulk_create(items, batch_size=2000)
        record_events([Told("promised", PROMISE, each.pk, _content(each)) for each in made], opened)
    return made


def withdraw_promise(key: UUID, *, reason: str, actor: Actor, today: date) -> PaymentPromise:
    """撤回承诺: it no longer counts, and its items are free for another. Raises CollectionRefused."""
    actor.require("collection.write")
    said = reason.replace("\x00", "").strip()
    if not said:
        raise CollectionRefused(_("请写明原因。"), code="reason_missing")
    if len(said) > LONGEST_REASON:
        raise CollectionRefused(
            _("%(label)s最多 %(count)d 个字。") % {"label": _("原因"), "count": LONGEST_REASON},
            code="text_too_long",
        )
    with act("withdraw_promise", actor=actor, reason=said):
        seen = promises_seen(actor).select_for_update(of=("self",), no_key=True)
        found = seen.filter(pk=key, state=PromiseState.OPEN.value).first()
        if found is None:
            raise CollectionRefused(_("没有这项承诺，或已经有了结果。"), code="unknown_promise")
        found.state, found.ended_for, found.ended_by = PromiseState.WITHDRAWN.value, said, actor.name
        found.judged_on = today
        found.save(update_fields=["state", "ended_for", "ended_by", "judged_on"])
        PromisedItem.objects.filter(promise=found, live=True).update(live=False)
        content = {**_content(found), "reason": said}
        record_event(action="withdrawn", record_kind=PROMISE, record_id=found.pk, content=content)
    return found


def _about(
    new: NewPromise, found: Sequence[OpenClaim], base: str, taken: Mapping[UUID, str]
) -> list[OpenClaim]:
    """The items a promise is about: open, in no other promise, and in one currency."""
    if new.item_ids is not None and len(found) < len(set(new.item_ids)):
        raise CollectionRefused(
            _("所选的单据中有的已经结清，或不属于这个客户，请刷新页面。"), code="item_not_open"
        )
    if new.item_ids is None:
        found = [each for each in found if each.item_id not in taken]
    elif held := [taken[each.item_id] for each in found if each.item_id in taken]:
        raise CollectionRefused(
            _("%s 已有一项没有到期的付款承诺，请先撤回。") % held[0], code="item_is_promised"
        )
    for key in planned_items([each.item_id for each in found]):
        number = next(each.number for each in found if each.item_id == key)
        raise CollectionRefused(_("%s 已在一份还款计划里。") % number, code="item_is_planned")
    if not found:
        raise CollectionRefused(_("没有可以承诺付款的逾期款项。"), code="nothing_to_promise")
    currencies = {each.currency for each in found}
    if len(currencies) > 1 and new.item_ids is None and base in currencies:
        return [each for each in found if each.currency == base]
    if len(currencies) > 1:
        raise CollectionRefused(
            _("一项承诺只能是一种币种，所选的单据有 %s。") % "、".join(sorted(currencies)),
            code="several_currencies",
        )
    return list(found)


def _require_days(new: NewPromise, today: date) -> None:
    if new.made_on > today:
        raise CollectionRefused(_("承诺日期在今天之后。"), code="day_to_come")
    if not new.made_on <= new.promised_on <= new.made_on + timedelta(days=FARTHEST_DAYS):
        raise CollectionRefused(_("付款日应在承诺当日之后，一年之内。"), code="promised_day_out_of_range")


def _promise(new: NewPromise, about: Sequence[OpenClaim], opened: OpenAct, grace: int) -> PaymentPromise:
    open_amount = sum((each.open_amount for each in about), Decimal(0))
    currency = about[0].currency
    amount = open_amount if new.amount is None else quantize(new.amount, currency)
    if not 0 < amount <= open_amount:
        raise CollectionRefused(
            _("承诺金额应大于零，不超过所选单据未核销的 %s。") % amount_said(open_amount, currency),
            code="promised_amount_out_of_range",
        )
    by_actor = new.collector_id is None and not new.collector_name
    return PaymentPromise(
        id=new_id(),
        organization_id=opened.organization_id,
        act_id=opened.id,
        customer_id=new.customer_id,
        contact_id=new.contact_id,
        channel=new.channel.value,
        promiser=" ".join(new.promiser.split())[:100],
        collector_id=opened.actor.membership_id if by_actor else new.collector_id,
        collector_name=opened.actor.name if by_actor else new.collector_name,
        made_on=new.made_on,
        promised_on=new.promised_on,
        grace_days=grace,
        currency=currency,
        amount=amount,
    )


def _item(promise: PaymentPromise, found: OpenClaim) -> PromisedItem:
    return PromisedItem(
        organization_id=promise.organization_id,
        promise_id=promise.pk,
        item_id=found.item_id,
        open_amount=found.open_amount,
        paid_before=found.paid,
    )


def _taken(items: set[UUID]) -> dict[UUID, str]:
    """The items that an open promise holds, with the numbers of their documents."""
    held = PromisedItem.objects.filter(item_id__in=items, live=True, promise__state=PromiseState.OPEN.value)
    return dict(held.values_list("item_id", "item__document__number"))


def _free(items: set[UUID]) -> None:
    """Take items from promises that were kept."""
    PromisedItem.objects.filter(item_id__in=items, live=True).update(live=False)


def _content(promise: PaymentPromise) -> dict[str, str]:
    return {
        "customer": str(promise.customer_id),
        "amount": amount_text(promise.amount, promise.currency),
        "currency": promise.currency,
        "on": promise.promised_on.isoformat(),
    }

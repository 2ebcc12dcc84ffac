"""Limits, the security they rest on, and customers on hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, Told, act, record_event, record_events
from huikuan.core.lengths import lengths_of, too_long
from huikuan.core.money import is_currency, quantize
from huikuan.credit.errors import CreditRefused
from huikuan.credit.exposure import base_currency, in_base
from huikuan.credit.models import (
    Limit,
    LimitKind,
    LimitState,
    ManualHold,
    Security,
)
from huikuan.credit.operations.reservations import lock_accounts
from huikuan.credit.rules import last_temporary_day
from huikuan.credit.terms import parties
from huikuan.organizations.actors import Actor

LENGTHS = lengths_of(Limit, "reason")
SECURITY_LENGTHS = lengths_of(Security, "description")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLimit:
    """A limit as it is asked for. `whole_group`: for the customer's group together, of which it is the head.

    `contract_id` with `contract_number`: for one contract of the customer, beside the customer's own limit.
    """

    customer_id: UUID
    amount: Decimal
    starts_on: date
    reason: str
    ends_on: date | None = None
    kind: str = LimitKind.PERMANENT.value
    whole_group: bool = False
    secured: Decimal = Decimal(0)
    currency: str = ""
    contract_id: UUID | None = None
    contract_number: str = ""


def set_limit(new: NewLimit, *, actor: Actor, today: date) -> Limit:
    """Give a customer (or a group) a limit from a day on; a permanent one ends the permanent one before it.

    Raises CreditRefused for a negative amount, a currency without a rate, days that do not fit, a part that rests
    on more security than there is.
    """
    return set_limits([new], actor=actor, today=today)[0]


def set_limits(news: Sequence[NewLimit], *, actor: Actor, today: date, reason: str = "") -> list[Limit]:
    """Give many customers limits in one act, all or none; each as `set_limit` does it.

    `reason` is that of the act, the reason of the first limit where it is empty. A customer gets one limit of a
    kind in a set.
    """
    actor.require("credit.write")
    if not news:
        return []
    base = base_currency()
    with act("set_credit_limit", actor=actor, reason=reason or news[0].reason) as opened:
        found = parties({new.customer_id for new in news})
        lock_accounts(found.values())
        for new in news:
            _require_sound(new, new.currency or base, base, today)
            if new.whole_group and found[new.customer_id].head != new.customer_id:
                raise CreditRefused(_("集团额度设在集团的主客户上，这位客户只是成员。"), code="not_the_head")
            if new.secured:
                _require_cover(new, new.currency or base, today)
        ended = _end_before(news)
        limits = Limit.objects.bulk_create(
            Limit(
                organization_id=opened.organization_id,
                act_id=opened.id,
                customer_id=new.customer_id,
                whole_group=new.whole_group,
                contract_id=new.contract_id,
                contract_number=new.contract_number,
                kind=new.kind,
                amount=new.amount,
                secured=new.secured,
                currency=new.currency or base,
                starts_on=new.starts_on,
                ends_on=new.ends_on,
                reason=new.reason.strip(),
                set_by=actor.name,
            )
            for new in news
        )
        _write_events("ended", ended, opened)
        _write_events("recorded", limits, opened, {key: party.code for key, party in found.items()})
    return limits


def _write_events(
    action: str, limits: Iterable[Limit], opened: OpenAct, codes: Mapping[UUID, str] | None = None
) -> None:
    record_events(
        (
            Told(
                action, "credit_limit", limit.pk, codes[limit.customer_id] if codes else "", content_of(limit)
            )
            for limit in limits
        ),
        opened=opened,
    )


def withdraw_limit(limit_id: UUID, *, actor: Actor, reason: str) -> Limit:
    """撤回: a limit counts no longer, from now on."""
    actor.require("credit.write")
    _require_reason(reason)
    with act("withdraw_credit_limit", actor=actor, reason=reason) as opened:
        limit = Limit.objects.filter(pk=limit_id).select_for_update(no_key=True).first()
        if limit is None or limit.state != LimitState.ACTIVE:
            raise CreditRefused(_("没有这个额度，或它已撤回。"), code="unknown_limit")
        lock_accounts(parties([limit.customer_id]).values())
        limit.state, limit.withdrawn_act_id = LimitState.WITHDRAWN, opened.id
        limit.save(update_fields=["state", "withdrawn_act"])
        record_event(
            action="withdrawn", record_kind="credit_limit", record_id=limit.pk, content=content_of(limit)
        )
    return limit


def content_of(limit: Limit) -> dict[str, object]:
    """What the trail says of a limit."""
    return {
        "customer": str(limit.customer_id),
        "whole_group": limit.whole_group,
        **({"contract": limit.contract_number} if limit.contract_id else {}),
        "kind": str(limit.kind),
        "amount": f"{limit.amount:.2f}",
        "secured": f"{limit.secured:.2f}",
        "currency": limit.currency,
        "from": limit.starts_on.isoformat(),
        "until": limit.ends_on.isoformat() if limit.ends_on else None,
        "state": str(limit.state),
    }


def _require_sound(new: NewLimit, currency: str, base: str, today: date) -> None:
    _require_reason(new.reason)
    if not is_currency(currency):
        raise CreditRefused(_("不认识的币种：%s") % currency, code="unknown_currency")
    if not new.amount.is_finite() or new.amount < 0 or new.amount != quantize(new.amount, currency):
        raise CreditRefused(_("信用额度不能是负数，最多两位小数。"), code="limit_negative")
    if not 0 <= new.secured <= new.amount:
        raise CreditRefused(_("靠担保的部分应在 0 和额度之间。"), code="secured_out_of_range")
    if new.kind not in LimitKind.values:
        raise CreditRefused(_("不认识的额度种类。"), code="unknown_kind")
    if new.contract_id is not None and (new.whole_group or new.secured or not new.contract_number):
        raise CreditRefused(
            _("合同额度只用于一份合同，不能同时是集团额度，也不能靠担保。"), code="contract_limit_alone"
        )
    if new.ends_on is not None and new.ends_on < max(new.starts_on, today):
        raise CreditRefused(_("额度的结束日期早于开始日期或今天。"), code="ends_too_early")
    if new.kind == LimitKind.TEMPORARY and (
        new.ends_on is None or new.ends_on > last_temporary_day(new.starts_on)
    ):
        raise CreditRefused(_("临时额度要有结束日期，最长 90 天。"), code="temporary_too_long")
    if currency != base:
        in_base(
            {(new.customer_id, currency): new.amount}, base=base, day=today
        )  # raises where there is no rate


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise CreditRefused(_("请写明原因。"), code="reason_missing")
    if len(reason.strip()) > LENGTHS["reason"]:
        raise CreditRefused(too_long(_("信用"), _("原因"), LENGTHS["reason"]), code="text_too_long")


def _require_cover(new: NewLimit, currency: str, today: date) -> None:
    """A part that rests on security needs security that is alive."""
    base = base_currency()
    known = list(
        Security.objects.filter(customer_id=new.customer_id, released_on__isnull=True, starts_on__lte=today)
    )
    standing = [row for row in known if row.expires_on >= max(today, new.starts_on)]
    expired = len(standing) < len(known)
    cover = {(row.pk, row.currency): row.amount * row.cover for row in standing}
    alive = sum(in_base(cover, base=base, day=today).values(), Decimal(0))
    needed = in_base({(new.customer_id, currency): new.secured}, base=base, day=today)[new.customer_id]
    if alive < needed:
        code = "security_expired" if expired else "security_missing"
        text = (
            _("担保已到期，有效的担保只有 %(cover)s，不足 %(needed)s。")
            if expired
            else _("有效的担保只有 %(cover)s，不足 %(needed)s。")
        )
        raise CreditRefused(text % {"cover": f"{alive:.2f}", "needed": f"{needed:.2f}"}, code=code)


def _end_before(news: Sequence[NewLimit]) -> list[Limit]:
    """End the permanent limits that would run beside new ones on the day before; returns them."""
    beside: defaultdict[tuple[UUID, bool, UUID | None, str], list[Limit]] = defaultdict(list)
    customers = {new.customer_id for new in news}
    for row in Limit.objects.filter(customer_id__in=customers, state=LimitState.ACTIVE).order_by(
        "starts_on", "pk"
    ):
        beside[row.customer_id, row.whole_group, row.contract_id, str(row.kind)].append(row)
    ended, seen = [], set()
    for new in news:
        subject = (new.customer_id, new.whole_group, new.contract_id, str(new.kind))
        for row in beside[subject]:
            if _begins_beside(row, new):
                raise _two_limits(row.starts_on)
        if subject in seen:
            raise _two_limits(new.starts_on)
        seen.add(subject)
        if new.kind != LimitKind.PERMANENT:
            continue
        for row in beside[subject]:
            if row.starts_on < new.starts_on and (row.ends_on is None or row.ends_on >= new.starts_on):
                row.ends_on = new.starts_on - timedelta(days=1)
                ended.append(row)
    if ended:
        Limit.objects.bulk_update(ended, ["ends_on"])
    return ended


def _begins_beside(row: Limit, new: NewLimit) -> bool:
    """Whether a limit of the same kind begins on the day of the new one, a permanent one also on one of its days."""
    if row.starts_on == new.starts_on:
        return True
    later = row.starts_on > new.starts_on and (new.ends_on is None or row.starts_on <= new.ends_on)
    return later and new.kind == LimitKind.PERMANENT


def _two_limits(starts_on: date) -> CreditRefused:
    return CreditRefused(_("从 %s 起已经有一个同类的额度，请先撤回它。") % starts_on, code="two_limits")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecurity:
    """Something that stands behind a customer's debt; `cover` is the share of the amount that counts."""

    customer_id: UUID
    kind: str
    description: str
    amount: Decimal
    starts_on: date
    expires_on: date
    cover: Decimal = Decimal(1)
    currency: str = ""


def record_security(new: NewSecurity, *, actor: Actor, today: date) -> Security:
    """登记担保: collateral, a guarantee, an insurance or a deposit, until it expires."""
    actor.require("credit.write")
    currency = new.currency or base_currency()
    parties([new.customer_id])
    if not new.amount.is_finite() or new.amount <= 0 or not 0 < new.cover <= 1:
        raise CreditRefused(
            _("担保的金额必须大于零，折扣率在 0 到 100% 之间。"), code="security_out_of_range"
        )
    if not is_currency(currency):
        raise CreditRefused(_("不认识的币种：%s") % currency, code="unknown_currency")
    if new.expires_on < new.starts_on or new.expires_on < today:
        raise CreditRefused(_("担保已到期，不能登记。"), code="security_expired")
    if len(new.description) > SECURITY_LENGTHS["description"]:
        raise CreditRefused(
            too_long(_("担保"), _("说明"), SECURITY_LENGTHS["description"]), code="text_too_long"
        )
    with act("record_security", actor=actor) as opened:
        row = Security.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            customer_id=new.customer_id,
            kind=new.kind,
            description=new.description.strip(),
            amount=new.amount,
            cover=new.cover,
            currency=currency,
            starts_on=new.starts_on,
            expires_on=new.expires_on,
        )
        record_event(
            action="recorded",
            record_kind="credit_security",
            record_id=row.pk,
            content={
                "customer": str(row.customer_id),
                "kind": row.kind,
                "amount": f"{row.amount:.2f}",
                "cover": f"{row.cover.normalize():f}",
                "until": row.expires_on.isoformat(),
            },
        )
    return row


def release_security(security_id: UUID, *, reason: str, actor: Actor, today: date) -> Security:
    """解除担保: it counts no longer from today on; limits that rest on it fall by themselves."""
    actor.require("credit.write")
    _require_reason(reason)
    with act("release_security", actor=actor, reason=reason):
        row = Security.objects.filter(pk=security_id).select_for_update(no_key=True).first()
        if row is None or row.released_on is not None:
            raise CreditRefused(_("没有这项担保，或它已解除。"), code="unknown_security")
        lock_accounts(parties([row.customer_id]).values())
        row.released_on = max(today, row.starts_on)
        row.save(update_fields=["released_on"])
        record_event(
            action="released",
            record_kind="credit_security",
            record_id=row.pk,
            content={"customer": str(row.customer_id), "released_on": row.released_on.isoformat()},
        )
    return row


def hold_customer(
    customer_id: UUID, *, reason: str, whole_group: bool = False, actor: Actor, today: date
) -> ManualHold:
    """冻结: nothing more is sold to this customer (or its group) on credit, until somebody ends it."""
    actor.require("credit.write")
    _require_reason(reason)
    with act("hold_customer", actor=actor, reason=reason) as opened:
        party = parties([customer_id])
        lock_accounts(party.values())
        row = ManualHold.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            customer_id=customer_id,
            whole_group=whole_group,
            reason=reason.strip(),
            set_by=actor.name,
            from_on=today,
        )
        record_event(
            action="held",
            record_kind="customer",
            record_id=customer_id,
            number=party[customer_id].code,
            content={"hold": str(row.pk), "whole_group": whole_group},
        )
    return row


def end_hold(hold_id: UUID, *, reason: str, actor: Actor, today: date) -> None:
    """解冻: the customer may order again from today on; orders that wait are looked at again, not let go."""
    actor.require("credit.write")
    _require_reason(reason)
    with act("end_customer_hold", actor=actor, reason=reason) as opened:
        row = (
            ManualHold.objects.filter(pk=hold_id, until_on__isnull=True)
            .select_for_update(no_key=True)
            .first()
        )
        if row is None:
            raise CreditRefused(_("没有这个冻结，或它已解除。"), code="unknown_hold")
        # A hold covers its last day: one that is ended today counted until yesterday, unless it began today.
        row.until_on = max(today - timedelta(days=1), row.from_on)
        row.ended_act_id = opened.id
        row.save(update_fields=["until_on", "ended_act"])
        record_event(
            action="unheld",
            record_kind="customer",
            record_id=row.customer_id,
            content={"hold": str(row.pk)},
        )

"""Limits, the security they rest on, and customers on hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
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
    """A limit as it is asked for. `whole_group`: for the customer's group together, of which it is the head."""

    customer_id: UUID
    amount: Decimal
    starts_on: date
    reason: str
    ends_on: date | None = None
    kind: str = LimitKind.PERMANENT.value
    whole_group: bool = False
    secured: Decimal = Decimal(0)
    currency: str = ""


def set_limit(new: NewLimit, *, actor: Actor, today: date) -> Limit:
    """Give a customer (or a group) a limit from a day on; a permanent one ends the permanent one before it.

    Raises CreditRefused for a negative amount, a currency without a rate, days that do not fit, a part that rests
    on more security than there is.
    """
    actor.require("credit.write")
    currency = new.currency or base_currency()
    with act("set_credit_limit", actor=actor, reason=new.reason) as opened:
        found = parties([new.customer_id])
        lock_accounts(found.values())
        _require_sound(new, currency, today)
        if new.whole_group and found[new.customer_id].head != new.customer_id:
            raise CreditRefused(_("集团额度设在集团的主客户上，这位客户只是成员。"), code="not_the_head")
        if new.secured:
            _require_cover(new, currency, today)
        if new.kind == LimitKind.PERMANENT:
            _end_before(new)
        try:
            limit = Limit.objects.create(
                organization_id=opened.organization_id,
                act_id=opened.id,
                customer_id=new.customer_id,
                whole_group=new.whole_group,
                kind=new.kind,
                amount=new.amount,
                secured=new.secured,
                currency=currency,
                starts_on=new.starts_on,
                ends_on=new.ends_on,
                reason=new.reason.strip(),
                set_by=actor.name,
            )
        except IntegrityError as error:
            if "one_limit_begins_on_a_day" in str(error) or "one_permanent_limit" in str(error):
                raise CreditRefused(
                    _("从 %s 起已经有一个同类的额度，请先撤回它。") % new.starts_on, code="two_limits"
                ) from error
            raise
        record_event(
            action="recorded",
            record_kind="credit_limit",
            record_id=limit.pk,
            number=found[new.customer_id].code,
            content=content_of(limit),
        )
    return limit


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
        "kind": str(limit.kind),
        "amount": f"{limit.amount:.2f}",
        "secured": f"{limit.secured:.2f}",
        "currency": limit.currency,
        "from": limit.starts_on.isoformat(),
        "until": limit.ends_on.isoformat() if limit.ends_on else None,
        "state": str(limit.state),
    }


def _require_sound(new: NewLimit, currency: str, today: date) -> None:
    _require_reason(new.reason)
    if not is_currency(currency):
        raise CreditRefused(_("不认识的币种：%s") % currency, code="unknown_currency")
    if not new.amount.is_finite() or new.amount < 0 or new.amount != quantize(new.amount, currency):
        raise CreditRefused(_("信用额度不能是负数，最多两位小数。"), code="limit_negative")
    if not 0 <= new.secured <= new.amount:
        raise CreditRefused(_("靠担保的部分应在 0 和额度之间。"), code="secured_out_of_range")
    if new.kind not in LimitKind.values:
        raise CreditRefused(_("不认识的额度种类。"), code="unknown_kind")
    if new.ends_on is not None and new.ends_on < max(new.starts_on, today):
        raise CreditRefused(_("额度的结束日期早于开始日期或今天。"), code="ends_too_early")
    if new.kind == LimitKind.TEMPORARY and (
        new.ends_on is None or new.ends_on > last_temporary_day(new.starts_on)
    ):
        raise CreditRefused(_("临时额度要有结束日期，最长 90 天。"), code="temporary_too_long")
    in_base({(new.customer_id, currency): new.amount}, base=base_currency(), day=today)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise CreditRefused(_("请写明原因。"), code="reason_missing")
    if len(reason.strip()) > LENGTHS["reason"]:
        raise CreditRefused(too_long(_("信用"), _("原因"), LENGTHS["reason"]), code="text_too_long")


def _require_cover(new: NewLimit, currency: str, today: date) -> None:
    """A part that rests on security needs security that is alive."""
    base = base_currency()
    rows = Security.objects.filter(
        customer_id=new.customer_id, released_on__isnull=True, starts_on__lte=today
    )
    alive, expired = Decimal(0), False
    for row in rows:
        if row.expires_on < max(today, new.starts_on):
            expired = True
            continue
        cover = {(row.customer_id, row.currency): row.amount * row.cover}
        alive += in_base(cover, base=base, day=today)[row.customer_id]
    needed = in_base({(new.customer_id, currency): new.secured}, base=base, day=today)[new.customer_id]
    if alive < needed:
        code = "security_expired" if expired else "security_missing"
        text = (
            _("担保已到期，有效的担保只有 %(cover)s，不足 %(needed)s。")
            if expired
            else _("有效的担保只有 %(cover)s，不足 %(needed)s。")
        )
        raise CreditRefused(text % {"cover": f"{alive:.2f}", "needed": f"{needed:.2f}"}, code=code)


def _end_before(new: NewLimit) -> None:
    """The permanent limit that would run beside the new one ends the day before it."""
    beside = Limit.objects.filter(
        customer_id=new.customer_id,
        whole_group=new.whole_group,
        kind=LimitKind.PERMANENT,
        state=LimitState.ACTIVE,
    )
    if new.ends_on is None:
        later = beside.filter(starts_on__gt=new.starts_on).first()
    else:
        later = beside.filter(starts_on__gt=new.starts_on, starts_on__lte=new.ends_on).first()
    if later is not None:
        raise CreditRefused(
            _("从 %s 起已经有一个同类的额度，请先撤回它。") % later.starts_on, code="two_limits"
        )
    for row in beside.filter(starts_on__lt=new.starts_on):
        if row.ends_on is None or row.ends_on >= new.starts_on:
            row.ends_on = new.starts_on - timedelta(days=1)
            row.save(update_fields=["ends_on"])
            record_event(
                action="ended", record_kind="credit_limit", record_id=row.pk, content=content_of(row)
            )


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

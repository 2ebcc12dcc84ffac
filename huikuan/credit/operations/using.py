"""What becomes of a reservation: used by deliveries, given back, or run out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.core.money import quantize
from huikuan.credit.errors import CreditRefused
from huikuan.credit.exposure import base_currency
from huikuan.credit.models import Reservation, ReservationState
from huikuan.credit.operations.reservation_rows import save_changes
from huikuan.credit.operations.reservations import lock_accounts
from huikuan.credit.terms import parties
from huikuan.organizations.actors import Actor

ZERO = Decimal(0)


def release(
    references: Collection[str],
    *,
    actor: Actor,
    reason: str = "",
    today: date | None = None,
    customer_id: UUID | None = None,
) -> int:
    """释放: what is not used of these reservations is free again; returns how many were live.

    `today` here and below: the day on which it is so, for who asks later; None: the day it is recorded. Doing it again
    does nothing. Raises CreditRefused where a reference was never reserved, or not for `customer_id`.
    """
    actor.require("order.write")
    with act("release_credit", actor=actor, reason=reason) as opened:
        known = Reservation.objects.filter(reference__in=list(references))
        if customer_id is not None:
            known = known.filter(customer_id=customer_id)
        unknown = set(references) - set(known.values_list("reference", flat=True))
        if unknown:
            raise CreditRefused(_("没有订单 %s 的预占。") % min(unknown), code="unknown_reservation")
        return release_known(references, opened=opened, today=today)


def release_known(references: Collection[str], *, opened: OpenAct, today: date | None) -> int:
    """Give back what is reserved for these references, inside an open act; those never reserved are left alone."""
    live = [row for row in _locked(references).values() if row.state == ReservationState.HELD]
    return _end(live, ReservationState.RELEASED, "released", opened, today)


def consume(reference: str, *, amount: Decimal, actor: Actor, today: date | None = None) -> Decimal:
    """使用: this much of a reservation (in the currency it was asked in) was delivered; returns what remains.

    What remains is in base currency. More than remains is refused, so that a delivery is counted once.
    """
    actor.require("order.write")
    if not amount.is_finite() or amount <= 0:
        raise CreditRefused(_("订单 %s 的金额必须大于零。") % reference, code="amount_not_positive")
    with act("consume_credit", actor=actor) as opened:
        row = _locked([reference]).get(reference)
        if row is None or row.state != ReservationState.HELD:
            raise CreditRefused(_("订单 %s 没有预占中的额度。") % reference, code="nothing_reserved")
        used = quantize(row.base_amount * amount / row.amount, base_currency())
        if used > row.remaining:
            raise CreditRefused(
                _("订单 %(reference)s 只剩 %(left)s 的预占。")
                % {"reference": reference, "left": f"{row.remaining:.2f}"},
                code="beyond_reservation",
            )
        left: Decimal = row.remaining - used
        _leave({row: left}, opened, today)
        return left


def keep_up(undelivered: Mapping[str, Decimal], *, actor: Actor, today: date | None = None) -> int:
    """Bring reservations to what is still undelivered of their orders, in the currency they were asked in.

    For whoever knows the orders: a delivery lowers it, a delivery that is taken back raises it again. References
    without a reservation are left alone; returns how many changed.
    """
    with act("consume_credit", actor=actor) as opened:
        base = base_currency()
        wanted: dict[Reservation, Decimal] = {}
        for reference, row in _locked(undelivered).items():
            if row.state not in (ReservationState.HELD, ReservationState.CONSUMED):
                continue
            left = quantize(row.base_amount * undelivered[reference] / row.amount, base)
            left = min(max(left, ZERO), row.base_amount)
            if left != row.remaining:
                wanted[row] = left
        _leave(wanted, opened, today)
        return len(wanted)


def expire_reservations(*, actor: Actor, today: date) -> int:
    """过期: reservations whose day has passed are over; returns how many. They count no longer since that day."""
    past = list(
        Reservation.objects.filter(state=ReservationState.HELD, expires_on__lt=today).values_list(
            "reference", flat=True
        )
    )
    if not past:
        return 0
    with act("expire_credit", actor=actor) as opened:
        rows = [
            row
            for row in _locked(past).values()
            if row.state == ReservationState.HELD and row.expires_on is not None and row.expires_on < today
        ]
        return _end(rows, ReservationState.EXPIRED, "expired", opened, today)


def _locked(references: Collection[str]) -> dict[str, Reservation]:
    """The last reservation of each reference, with the credit of their customers held."""
    of = Reservation.objects.filter(reference__in=list(references))
    customers = set(of.values_list("customer_id", flat=True))
    if not customers:
        return {}
    lock_accounts(parties(customers).values())
    return {row.reference: row for row in of.order_by("id")}


def _leave(wanted: Mapping[Reservation, Decimal], opened: OpenAct, today: date | None) -> None:
    """Set what remains; nothing left: used up."""
    for row, left in wanted.items():
        row.remaining, row.act_id = left, opened.id
        row.state = ReservationState.HELD if left else ReservationState.CONSUMED
    save_changes(list(wanted), "consumed", opened, today)


def _end(
    rows: list[Reservation], state: ReservationState, word: str, opened: OpenAct, today: date | None
) -> int:
    for row in rows:
        row.state, row.remaining, row.act_id = state, ZERO, opened.id
    save_changes(rows, word, opened, today)
    return len(rows)

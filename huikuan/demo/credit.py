"""The demo company gives credit: limits for its customers, and orders of the last days that wait for a release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from uuid import UUID

from huikuan.credit.exposure import exposures
from huikuan.credit.models import OrderHold
from huikuan.credit.operations import NewLimit, ask_release, change_setting, set_limits
from huikuan.credit.rules import total
from huikuan.customers.models import Customer
from huikuan.organizations.actors import Actor
from huikuan.sales.models import Product
from huikuan.sales.operations import NewLine, NewOrder, create_orders

STEP = Decimal(50_000)
ROOM = Decimal("1.5")
TIGHT = Decimal("0.8")
EVERY = 12  # one customer in so many has outgrown its limit
ARGUMENTS = ("客户项目验收款本周到账，已发来付款回单", "老客户，账期内一向按时付款")
REASON = "年度授信评审"


def give_credit(staff: Mapping[str, Actor], *, today: date) -> None:
    """Limits with room above what is owed, but for some; orders are looked at from now on, and three of them wait."""
    controller = staff["credit_controller"]
    customers = list(Customer.objects.order_by("code").values_list("pk", flat=True))
    owed = exposures(customers, day=today)
    limits = []
    for position, key in enumerate(customers, start=1):
        used = total(owed[key].parts)
        limits.append(
            NewLimit(
                customer_id=key,
                amount=_outgrown(used) if position % EVERY == 0 else _roomy(used),
                starts_on=today.replace(month=1, day=1),
                reason=REASON,
            )
        )
    set_limits(limits, actor=controller, today=today)
    change_setting(checks_orders=True, actor=controller)
    _order_too_much(customers, {key: total(each.parts) for key, each in owed.items()}, staff, today)


def _roomy(used: Decimal) -> Decimal:
    """Well above what is used, one step at least."""
    return max((used * ROOM / STEP).to_integral_value(rounding=ROUND_CEILING), Decimal(1)) * STEP


def _outgrown(used: Decimal) -> Decimal:
    """Below what is used."""
    return max((used * TIGHT / STEP).to_integral_value(rounding=ROUND_FLOOR), Decimal(0)) * STEP


def _order_too_much(
    customers: list[UUID], owed: Mapping[UUID, Decimal], staff: Mapping[str, Actor], today: date
) -> None:
    """Those with the tightest limits order again; for two of them the salesperson says why."""
    product = Product.objects.exclude(price=None).order_by("-price", "code").first()
    if product is None:
        return
    tight = sorted(customers[EVERY - 1 :: EVERY], key=lambda key: -owed[key])[:3]
    seller = staff["sales_manager"]
    create_orders(
        [
            NewOrder(
                customer_id=key,
                ordered_on=today - timedelta(days=1),
                lines=[
                    NewLine(
                        quantity=Decimal(3 + position),
                        unit_price=product.price or ROOM,
                        product_id=product.pk,
                    )
                ],
            )
            for position, key in enumerate(tight)
        ],
        actor=seller,
        today=today,
    )
    waiting = OrderHold.objects.filter(state="open", forced=False).order_by("pk")
    for hold, argument in zip(waiting, ARGUMENTS, strict=False):
        ask_release(hold.pk, argument=argument, actor=seller)

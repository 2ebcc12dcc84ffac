"""The demo company gives credit: limits for its customers, and orders of the last days that wait for a release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from uuid import UUID

from huikuan.core.dates import add_months
from huikuan.credit.exposure import exposures
from huikuan.credit.models import OrderHold, SecurityKind
from huikuan.credit.operations import (
    NewLimit,
    NewSecurity,
    ask_release,
    change_setting,
    hold_customer,
    record_security,
    set_limits,
)
from huikuan.credit.rules import total
from huikuan.customers.models import Customer
from huikuan.organizations.actors import Actor
from huikuan.sales.models import Product
from huikuan.sales.operations import NewLine, NewOrder, create_orders

STEP = Decimal(50_000)
ROOM = Decimal("1.5")
TIGHT = Decimal("0.8")
HALF_YEARS = 4
EVERY = 12  # one customer in so many has outgrown its limit
ARGUMENTS = ("客户项目验收款本周到账，已发来付款回单", "老客户，账期内一向按时付款")
REASON = "年度授信评审"
STOP_REASON = "两次承诺付款均未兑现，财务与销售商定先款后货"
# Kind, what it is, share of the limit, share that counts, months until it expires.
SECURITIES = (
    (SecurityKind.INSURANCE, "中国信保短期出口信用保险", Decimal("0.8"), Decimal("0.9"), 9),
    (SecurityKind.GUARANTEE, "母公司连带责任保证", Decimal("0.5"), Decimal("1"), 20),
    (SecurityKind.COLLATERAL, "北仑厂房二押", Decimal("0.6"), Decimal("0.6"), 31),
    (SecurityKind.DEPOSIT, "履约保证金", Decimal("0.1"), Decimal("1"), 2),
)


def give_credit(staff: Mapping[str, Actor], *, today: date) -> None:
    """Limits with room above what is owed, but for some; orders are looked at from now on, and three of them wait."""
    controller = staff["credit_controller"]
    customers = list(Customer.objects.order_by("code").values_list("pk", flat=True))
    _give_credit_before(customers, controller, today)
    owed = exposures(customers, day=today)
    most = _most_owed(customers, today.replace(month=1, day=1), today)
    limits = []
    for position, key in enumerate(customers, start=1):
        spent = total(owed[key].parts) if position % EVERY == 0 else max(total(owed[key].parts), most[key])
        limits.append(
            NewLimit(
                customer_id=key,
                amount=_outgrown(spent) if position % EVERY == 0 else _roomy(spent),
                starts_on=today.replace(month=1, day=1),
                reason=REASON,
            )
        )
    set_limits(limits, actor=controller, today=today)
    change_setting(checks_orders=True, actor=controller)
    used = {key: total(each.parts) for key, each in owed.items()}
    _order_too_much(customers, used, staff, today)
    _secure(customers, used, controller, today)


def _give_credit_before(customers: list[UUID], controller: Actor, today: date) -> None:
    """What was agreed at the reviews of earlier half-years: room above what was owed until the next, but for some."""
    this_year = today.replace(month=1, day=1)
    for months in range(-6 * HALF_YEARS, 0, 6):
        start = add_months(this_year, months)
        most = _most_owed(customers, start, add_months(start, 6))
        limits = [
            NewLimit(
                customer_id=key,
                amount=_outgrown(most[key]) if position % EVERY == 0 else _roomy(most[key]),
                starts_on=start,
                reason=REASON,
            )
            for position, key in enumerate(customers, start=1)
        ]
        set_limits(limits, actor=controller, today=today)


def _most_owed(customers: list[UUID], since: date, until: date) -> dict[UUID, Decimal]:
    """The most that customers owed in the middle of a half-year of these days."""
    days = [day for each in (3, 9) if (day := add_months(since, each)) < until]
    found = [exposures(customers, day=day, past=True) for day in days]
    return {key: max((total(each[key].parts) for each in found), default=Decimal(0)) for key in customers}


def _secure(customers: list[UUID], owed: Mapping[UUID, Decimal], controller: Actor, today: date) -> None:
    """Something stands behind the debts of those who owe most; one customer gets nothing more on credit."""
    roomy = [key for position, key in enumerate(customers, start=1) if position % EVERY]
    largest = sorted(roomy, key=lambda key: -owed[key])
    for (kind, description, share, cover, months), key in zip(SECURITIES, largest, strict=False):
        record_security(
            NewSecurity(
                customer_id=key,
                kind=kind.value,
                description=description,
                amount=max(_roomy(owed[key]) * share, STEP),
                starts_on=add_months(today, -3),
                expires_on=add_months(today, months),
                cover=cover,
            ),
            actor=controller,
            today=today,
        )
    for key in largest[len(SECURITIES) + 5 :][:1]:
        hold_customer(key, reason=STOP_REASON, actor=controller, today=today)


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

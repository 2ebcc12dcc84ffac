"""Who is told that an order waits, that somebody asks for it, or that it may go ahead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.urls import reverse

from huikuan.approvals.queries import transaction_time
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.hold_queries import who_may_release
from huikuan.credit.models import OrderHold
from huikuan.customers.models import Customer
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import ORDER_HELD, ORDER_RELEASED, ORDERS_HELD, RELEASE_ASKED
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

TOLD_ONE_BY_ONE = 5


def tell_held(holds: Sequence[OrderHold], *, actor: Actor) -> None:
    """Orders wait: those who may release them and those who sell them are told, of many in one notice."""
    if not holds:
        return
    releasers = set(who_may_release())
    of: dict[UUID, list[OrderHold]] = {}
    for hold in holds:
        sellers = {UUID(each) for each in hold.sellers}
        for member in (releasers | sellers) - {actor.membership_id}:
            of.setdefault(member, []).append(hold)
    for member, theirs in of.items():
        if len(theirs) > TOLD_ONE_BY_ONE:
            _send([member], ORDERS_HELD, {"count": len(theirs)}, _address("credit-holds"))
        else:
            for hold in theirs:
                _tell([member], ORDER_HELD, hold, actor)


def tell_asked(hold: OrderHold, *, actor: Actor) -> None:
    """The salesperson asks: those who may release it are told."""
    sellers = {UUID(each) for each in hold.sellers}
    _tell(
        set(who_may_release()) - sellers - {actor.membership_id}, RELEASE_ASKED, hold, actor, hold.asked_for
    )


def tell_released(holds: Iterable[OrderHold], *, actor: Actor) -> None:
    """Orders may go ahead: those who sell them are told."""
    for hold in holds:
        sellers = {UUID(each) for each in hold.sellers} - {actor.membership_id}
        _tell(sellers, ORDER_RELEASED, hold, actor, hold.ended_for)


def _tell(people: Iterable[UUID], kind: str, hold: OrderHold, actor: Actor, excerpt: str = "") -> None:
    customer = Customer.everyone.values_list("name", flat=True).get(pk=hold.customer_id)
    said = {
        "author": actor.name,
        "record": hold.reference,
        "customer": customer,
        "excerpt": excerpt[:200],
    }
    _send(people, kind, said, _address("credit-hold", hold.pk))


def _send(people: Iterable[UUID], kind: str, parameters: Mapping[str, object], path: str) -> None:
    send_notices(people, kind=kind, parameters=parameters, path=path, now=transaction_time())


def _address(name: str, *keys: UUID) -> str:
    code = Organization.objects.values_list("code", flat=True).get(pk=current_organization_id())
    return reverse(name, args=[code, *keys])

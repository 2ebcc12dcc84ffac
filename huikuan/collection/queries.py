"""Reads of collection: contacts, promises and their kept rate, who collects from whom, and how it is ranked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Least

from huikuan.approvals.queries import delegations_now
from huikuan.collection.models import (
    Assignment,
    Charge,
    CollectionSetting,
    Contact,
    LegalCase,
    PaymentPromise,
    PromisedItem,
    RepaymentPlan,
    Ruling,
)
from huikuan.collection.points import FULL_AMOUNT, SHIPPED, Signal, Weights
from huikuan.collection.rules import GRACE_DAYS, Channel, Direction, PromiseState, kept_rate
from huikuan.customers.models import Customer
from huikuan.customers.queries import visible_salespeople
from huikuan.messaging.models import Inbound
from huikuan.messaging.rules import InboundKind
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import MembershipRole
from huikuan.risk.payments.outlook import uses_in_force

WRITE = "collection.write"
WRITTEN_BY_MACHINES = (
    r"^\s*(auto(matic)?.?(reply|response)|out of (the )?office|自动(回复|答复)|自動(回覆|回復))"
)
ENDED = (PromiseState.KEPT, PromiseState.PARTLY, PromiseState.BROKEN)


@dataclass(frozen=True, slots=True)
class Setting:
    """How collection works here: the weights of the worklist and the grace days of promises."""

    weights: Weights
    grace_days: int


def setting_in_force() -> Setting:
    """As the organization decided it last; as shipped where it did not, or where a later version added a signal."""
    row = CollectionSetting.objects.order_by("-id").first()
    if row is None:
        return Setting(Weights(SHIPPED, FULL_AMOUNT), GRACE_DAYS)
    decided = {signal: int(row.points.get(signal.value, shipped)) for signal, shipped in SHIPPED.items()}
    return Setting(Weights(decided, row.full_amount), row.grace_days)


def weights_in_force() -> Weights:
    """What the worklist ranks by: the points decided, without those of predictions that may not take part in it."""
    weights, uses = setting_in_force().weights, uses_in_force()
    unused = {
        signal
        for signal, used in ((Signal.UNLIKELY, uses.worklist), (Signal.ALONE, uses.leave_alone))
        if not used
    }
    points = {signal: 0 if signal in unused else most for signal, most in weights.points.items()}
    return Weights(points, weights.full_amount)


def customers_seen(actor: Actor) -> QuerySet[Customer]:
    """The customers whom the actor sees."""
    people = visible_salespeople(actor)
    return Customer.objects.all() if people is None else Customer.objects.filter(salesperson_id__in=people)


def contacts_seen(actor: Actor, *, superseded: bool = False) -> QuerySet[Contact]:
    """The contacts with customers whom the actor sees, without those that were corrected."""
    found = Contact.objects.select_related("customer")
    people = visible_salespeople(actor)
    if people is not None:
        found = found.filter(customer__salesperson_id__in=people)
    return (
        found if superseded else found.filter(~Exists(Contact.objects.filter(supersedes_id=OuterRef("pk"))))
    )


def answers_to_record(customer_id: UUID, *, since: datetime) -> QuerySet[Inbound]:
    """A customer's answers to what policies sent, since a moment, that nobody recorded; none that a machine wrote."""
    return Inbound.objects.filter(
        ~Exists(Contact.objects.filter(mail_id=OuterRef("pk"))),
        ~Q(subject__iregex=WRITTEN_BY_MACHINES),
        customer_id=customer_id,
        kind=InboundKind.REPLY,
        message__about_kind="collection_action",
        received_at__gte=since,
    ).select_related("message")


def calls_on(customer_id: UUID, day: date) -> int:
    """How often a customer was called on a day, answered or not."""
    made = Contact.objects.filter(
        ~Exists(Contact.objects.filter(supersedes_id=OuterRef("pk"))),
        customer_id=customer_id,
        made_on=day,
        channel=Channel.PHONE.value,
        direction=Direction.OUT.value,
    )
    return made.count()


def promises_seen(actor: Actor) -> QuerySet[PaymentPromise]:
    """The promises of customers whom the actor sees."""
    found = PaymentPromise.objects.select_related("customer")
    people = visible_salespeople(actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def charges_seen(actor: Actor) -> QuerySet[Charge]:
    """What is proposed to be charged to customers whom the actor sees."""
    found = Charge.objects.select_related("customer")
    people = visible_salespeople(actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def plans_seen(actor: Actor) -> QuerySet[RepaymentPlan]:
    """The repayment plans of customers whom the actor sees."""
    found = RepaymentPlan.objects.select_related("customer")
    people = visible_salespeople(actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def cases_seen(actor: Actor) -> QuerySet[LegalCase]:
    """The cases at law against customers whom the actor sees."""
    found = LegalCase.objects.select_related("customer")
    people = visible_salespeople(actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def ruling_of(contact_id: UUID) -> Ruling | None:
    """What legal decided of a contact last."""
    return Ruling.objects.filter(contact_id=contact_id).order_by("-id").first()


def interruption_of(contact: Contact) -> tuple[date, bool] | None:
    """The day on which a contact interrupts limitation, and whether by agreement; None: it does not."""
    ruling = ruling_of(contact.pk)
    if ruling is not None:
        return (ruling.on_day, ruling.agreement) if ruling.on_day else None
    return (contact.interrupts_on, contact.agreement) if contact.interrupts_on else None


def promised_items(item_ids: Collection[UUID]) -> dict[UUID, PaymentPromise]:
    """The promise that holds each item, where one does."""
    rows = PromisedItem.objects.filter(item_id__in=item_ids, live=True).select_related("promise")
    return {row.item_id: row.promise for row in rows}


def collectors() -> list[tuple[UUID, str]]:
    """The members who may collect, by name."""
    rows = MembershipRole.objects.filter(
        membership__active=True, membership__user__is_active=True
    ).values_list("membership_id", "membership__user__name", "role__permissions")
    found = {key: name for key, name, permissions in rows if WRITE in permissions}
    return sorted(found.items(), key=lambda each: (each[1], each[0]))


def collector_of(customer: Customer) -> tuple[UUID | None, str, bool]:
    """Who collects from a customer: membership, name, and whether chosen by hand; else the salesperson."""
    chosen = (
        Assignment.objects.filter(customer=customer, ends_on=None).select_related("collector__user").first()
    )
    if chosen is not None:
        return chosen.collector_id, chosen.collector.user.name, True
    person = customer.salesperson
    return (person.membership_id, person.name, False) if person is not None else (None, "", False)


def desks_of(actor: Actor, today: date) -> list[UUID]:
    """Whose work the actor does today: the own, and that of whom the actor stands in for (delegations of approvals)."""
    if actor.membership_id is None:
        return []
    away = delegations_now(today).filter(deputy_id=actor.membership_id).values_list("member_id", flat=True)
    return [actor.membership_id, *dict.fromkeys(away)]


def has_customers(desks: Collection[UUID]) -> bool:
    """Whether any customer is collected from at these desks: by choice, or as the salesperson."""
    return bool(desks) and (
        Assignment.objects.filter(collector_id__in=desks, ends_on=None).exists()
        or Customer.objects.filter(salesperson__membership_id__in=desks).exists()
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """How many promises ended and were kept, and the same in amounts of one currency."""

    key: UUID | None
    name: str
    ended: int
    kept: int
    amount: Decimal
    paid: Decimal

    @property
    def by_count(self) -> Decimal | None:
        """The share of promises that were kept in full; None without any."""
        return kept_rate(Decimal(self.kept), Decimal(self.ended))

    @property
    def by_amount(self) -> Decimal | None:
        """The share of what was promised that was paid in time, no promise counting for more than its amount."""
        return kept_rate(self.paid, self.amount)


def kept_by_customer(found: QuerySet[PaymentPromise], *, currency: str) -> list[Kept]:
    """The kept rate of each customer; amounts of promises in `currency`."""
    return _kept(found, "customer_id", "customer__name", currency)


def kept_by_collector(found: QuerySet[PaymentPromise], *, currency: str) -> list[Kept]:
    """The kept rate of each who obtained promises."""
    return _kept(found, "collector_id", "collector_name", currency)


def kept_of_customer(customer_id: UUID, *, currency: str) -> Kept | None:
    """The kept rate of one customer; None where no promise ended."""
    found = kept_by_customer(PaymentPromise.objects.filter(customer_id=customer_id), currency=currency)
    return found[0] if found else None


def _kept(found: QuerySet[PaymentPromise], key: str, name: str, currency: str) -> list[Kept]:
    ours = Q(currency=currency)
    rows: Any = (
        found.filter(state__in=[state.value for state in ENDED])
        .order_by()
        .values(key, name)
        .annotate(
            ended=Count("pk"),
            kept=Count("pk", filter=Q(state=PromiseState.KEPT.value)),
            sum_amount=Sum("amount", filter=ours, default=Decimal(0)),
            sum_paid=Sum(Least(F("paid"), F("amount")), filter=ours, default=Decimal(0)),
        )
        .order_by("-ended", name)
    )
    return [
        Kept(row[key], row[name], row["ended"], row["kept"], row["sum_amount"], row["sum_paid"])
        for row in rows
    ]

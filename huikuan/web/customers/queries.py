"""Finding customers, and everything about one of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Case, DecimalField, Exists, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import RawSQL

from huikuan.core.keyset import Key
from huikuan.core.names import folded
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Contact, Customer, CustomerName, Salesperson
from huikuan.ledger.models import CustomerTotal, OpenItem, Side
from huikuan.web.lists.declaration import Total
from huikuan.web.lists.querysets import Order

_AMOUNT: DecimalField[object, object] = DecimalField(max_digits=24, decimal_places=4)


@dataclass(frozen=True)
class CustomerFilter:
    """Which customers: by words of a name, code or initials, by region, by salesperson."""

    text: str = ""
    region: str = ""
    salesperson_id: UUID | None = None


def customers_found(wanted: CustomerFilter, visible: Collection[UUID] | None) -> QuerySet[Customer]:
    """The customers that match, of the salespeople in `visible` (None: all)."""
    found = visible_customers(visible)
    if wanted.text:
        found = found.filter(_called(wanted.text))
    if wanted.region:
        found = found.filter(region=wanted.region)
    if wanted.salesperson_id:
        found = found.filter(salesperson_id=wanted.salesperson_id)
    return found


def visible_customers(visible: Collection[UUID] | None, *, removed: bool = False) -> QuerySet[Customer]:
    """All customers of the salespeople in `visible` (None: all); `removed`: also those no list shows any more."""
    found = (Customer.everyone if removed else Customer.objects).select_related("salesperson")
    return found if visible is None else found.filter(salesperson_id__in=visible)


def _called(text: str) -> Q:
    """By a part of the name, the start of the code, the pinyin initials, or another name."""
    words = folded(text)
    other = CustomerName.objects.filter(customer_id=OuterRef("pk"), name__icontains=words)
    match = Q(name__icontains=words) | Q(code__istartswith=words) | Q(uscc__iexact=words) | Q(Exists(other))
    if words.isascii():
        match |= Q(initials__contains=words) | Q(sort_key__contains=words)
    return match


def orders() -> dict[str, Order]:
    """The orders of a list of customers; those by amounts walk the kept totals, so `found` need not be summed."""
    name = Key("sort_key", str)

    def by_total(column: str) -> Order:
        return Order((Key("total_to_sort_by", Decimal),), lambda found: _with_total(found, column))

    return {
        "name": Order((name,)),
        "code": Order((Key("code", str),)),
        "region": Order((Key("region", str), name)),
        "balance": by_total("receivable"),
        "overdue": by_total("overdue"),
    }


def _with_total(found: QuerySet[Customer], column: str) -> QuerySet[Customer]:
    """Joined to the kept totals by key. They carry no foreign key, so the ORM has no name for this join."""
    table = CustomerTotal._meta.db_table
    joined = found.extra(
        tables=[table],
        where=[
            f"{table}.organization_id = customers_customer.organization_id AND {table}.id = customers_customer.id"
        ],
    )
    ordered: QuerySet[Customer] = joined.annotate(
        total_to_sort_by=RawSQL(f"{table}.{column}", (), output_field=_AMOUNT)
    )
    return ordered


def totals(found: QuerySet[Customer], today: date, *, with_amounts: bool) -> Total:
    """How many customers, and what they owe together in the organization's currency."""
    count = found.order_by().count()
    if not with_amounts:
        return Total(count)
    items = OpenItem.objects.filter(
        customer_id__in=found.order_by().values("pk"), open_amount__gt=0, document_on__lte=today
    )
    owed = Q(side=Side.DEBIT)
    sums = items.aggregate(
        balance=Sum("open_base", filter=owed, default=Decimal(0)),
        overdue=Sum("open_base", filter=owed & Q(effective_due_on__lt=today), default=Decimal(0)),
        unallocated=Sum("open_base", filter=Q(side=Side.CREDIT), default=Decimal(0)),
    )
    return Total(count, {**sums, "unallocated": -sums["unallocated"]})


def regions() -> list[str]:
    """Regions that customers have; the index is entered once for each, however many customers there are."""
    with connection.cursor() as cursor:
        cursor.execute(REGIONS, {"organization": current_organization_id()})
        return [region for (region,) in cursor.fetchall()]


REGIONS = """
    WITH RECURSIVE found AS (
        (SELECT region FROM customers_customer
         WHERE organization_id = %(organization)s AND region > '' ORDER BY region LIMIT 1)
        UNION ALL
        SELECT (SELECT k.region FROM customers_customer k
                WHERE k.organization_id = %(organization)s AND k.region > found.region ORDER BY k.region LIMIT 1)
        FROM found WHERE found.region IS NOT NULL
    )
    SELECT region FROM found WHERE region IS NOT NULL
"""


def salespeople(visible: Collection[UUID] | None) -> list[Salesperson]:
    """Salespeople to choose among."""
    people = Salesperson.objects.order_by("name")
    return list(people if visible is None else people.filter(pk__in=visible))


def group_members(customer: Customer, visible: Collection[UUID] | None) -> list[Customer]:
    """The other companies of the customer's group that may be seen, its head first."""
    head = customer.parent_id or customer.pk
    family = visible_customers(visible).filter(Q(pk=head) | Q(parent_id=head)).exclude(pk=customer.pk)
    is_head = Case(When(pk=head, then=Value(0)), default=Value(1))
    return list(family.order_by(is_head, "sort_key")[:100])


def other_names(customer: Customer) -> list[CustomerName]:
    """Former names, spellings seen in files and names of payers."""
    return list(CustomerName.objects.filter(customer=customer).order_by("kind", "name")[:100])


def contacts_of(customer: Customer) -> list[Contact]:
    """The people to call."""
    return list(Contact.objects.filter(customer=customer).order_by("name")[:100])

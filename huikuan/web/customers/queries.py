"""Finding customers, and everything about one of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from huikuan.core.names import folded
from huikuan.customers.models import Contact, Customer, CustomerName, Salesperson
from huikuan.ledger.models import OpenItem, Side

_AMOUNT: DecimalField[object, object] = DecimalField(max_digits=19, decimal_places=4)


@dataclass(frozen=True)
class CustomerFilter:
    """Which customers: by words of a name, code or initials, by region, by salesperson."""

    text: str = ""
    region: str = ""
    salesperson_id: UUID | None = None


SORTS: dict[str, tuple[str, ...]] = {
    "name": ("sort_key", "pk"),
    "code": ("code",),
    "region": ("region", "sort_key", "pk"),
    "balance": ("balance_to_sort_by", "sort_key", "pk"),
    "overdue": ("overdue_to_sort_by", "sort_key", "pk"),
}
DEFAULT_SORT = "name"


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


def visible_customers(visible: Collection[UUID] | None) -> QuerySet[Customer]:
    """All customers of the salespeople in `visible` (None: all)."""
    found = Customer.objects.select_related("salesperson")
    return found if visible is None else found.filter(salesperson_id__in=visible)


def _called(text: str) -> Q:
    """By a part of the name, the start of the code, the pinyin initials, or another name."""
    words = folded(text)
    other = CustomerName.objects.filter(customer_id=OuterRef("pk"), name__icontains=words)
    match = Q(name__icontains=words) | Q(code__istartswith=words) | Q(uscc__iexact=words) | Q(Exists(other))
    if words.isascii():
        match |= Q(initials__contains=words) | Q(sort_key__contains=words)
    return match


def in_order(found: QuerySet[Customer], sort: str, today: date) -> QuerySet[Customer]:
    """The customers sorted by a key of SORTS, "-" before it: descending. Balances are summed only for that."""
    descending, key = sort.startswith("-"), sort.removeprefix("-")
    fields = SORTS.get(key) or SORTS[DEFAULT_SORT]
    if key == "balance":
        found = found.annotate(balance_to_sort_by=_open_of_customer(today))
    elif key == "overdue":
        found = found.annotate(overdue_to_sort_by=_open_of_customer(today, effective_due_on__lt=today))
    first = F(fields[0]).desc() if descending else F(fields[0]).asc()
    return found.order_by(first, *fields[1:])


def _open_of_customer(today: date, **conditions: object) -> Coalesce:
    items = OpenItem.objects.filter(
        customer_id=OuterRef("pk"), side=Side.DEBIT, open_amount__gt=0, document_on__lte=today, **conditions
    )
    total = items.order_by().values("customer_id").annotate(total=Sum("open_base")).values("total")
    return Coalesce(Subquery(total, output_field=_AMOUNT), Value(0), output_field=_AMOUNT)


def regions() -> list[str]:
    """Regions that customers have."""
    return list(
        Customer.objects.exclude(region="").order_by("region").values_list("region", flat=True).distinct()
    )


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

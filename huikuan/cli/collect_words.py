"""What the commands of collection share: customers and documents by their codes, and how an answer is told."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from django.utils.translation import gettext as _

from huikuan.cli.runtime import Format, emit, messages
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.queries import customers_seen
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem, Side
from huikuan.organizations.actors import Actor

CustomerOption = Annotated[str, typer.Option("--customer", help="客户编码", metavar="CODE")]
DocumentsOption = Annotated[
    list[str] | None,
    typer.Option("--document", help="应收单号，可以多次；默认全部逾期", metavar="NO"),
]


def collection_customer(code: str, who: Actor) -> Customer:
    """The customer called `code`. Raises CollectionRefused where the actor does not see it."""
    found = customers_seen(who).filter(code=code.strip()).first()
    if found is None:
        raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
    return found


def collection_items(customer: Customer, numbers: list[str] | None) -> list[Any] | None:
    """The open items of documents by their numbers; None where none is named. Raises CollectionRefused."""
    if not numbers:
        return None
    found = OpenItem.objects.filter(
        customer=customer,
        side=Side.DEBIT,
        open_amount__gt=0,
        document__number__in=numbers,
        document__voided_by=None,
    )
    rows = list(found.values_list("pk", "document__number"))
    missing = sorted(set(numbers) - {number for _key, number in rows})
    if missing:
        raise CollectionRefused(_("没有未结清的应收单 %s。") % missing[0], code="unknown_item")
    return [key for key, _number in rows]


def code_of(codes: Any, text: str) -> Any:
    """The member of an enumeration. Raises CollectionRefused naming what there is."""
    try:
        return codes(text)
    except ValueError:
        offered = "、".join(each.value for each in codes if each.value)
        message = _("没有 %(code)s，可以是 %(offered)s。") % {"code": text, "offered": offered}
        raise CollectionRefused(message, code="unknown_code") from None


def tell(data: Any, said: str, format: Format) -> None:
    """The answer: as JSON, or a sentence."""
    if format == Format.JSON:
        emit(data)
    else:
        messages.print(said)

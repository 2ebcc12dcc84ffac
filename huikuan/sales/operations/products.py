"""Products and rates of VAT: opened, changed, never removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.models import Event
from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.core.lengths import first_too_long, lengths_of, too_long
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.core.sentences import enumerated
from huikuan.organizations.actors import Actor
from huikuan.sales.errors import SalesRefused, constraint_refusal
from huikuan.sales.models import Product, TaxRate
from huikuan.sales.queries import tax_rates
from huikuan.sales.shipped import TAX_RATES, USUAL_CODE

LENGTHS = lengths_of(Product, "code", "name", "category", "unit")


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What is said about a product, known by its code. None: nothing is said; an empty text clears the field."""

    code: str
    name: str | None = None
    category: str | None = None
    unit: str | None = None
    tax_code: str | None = None
    price: Decimal | None = None
    active: bool | None = None

    def said(self) -> dict[str, Any]:
        """The fields something is said about, without the code."""
        return {key: value for key, value in asdict(self).items() if value is not None and key != "code"}


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a set of products."""

    created: int
    changed: int
    unchanged: int


def save_products(facts: Sequence[ProductFacts], *, actor: Actor) -> Saved:
    """Open the products that are new and change the others, by their codes; all of them or none."""
    actor.require("product.write")
    for fact in facts:
        _require_sound(fact)
    _require_known_rates({fact.tax_code for fact in facts if fact.tax_code is not None})
    if len({fact.code for fact in facts}) < len(facts):
        raise SalesRefused(_("同一产品编码出现了两次。"), code="product_twice")
    with act("save_products", actor=actor) as opened:
        codes = [fact.code for fact in facts]
        known = {
            product.code: product
            for product in Product.objects.filter(code__in=codes).order_by("pk").select_for_update()
        }
        fresh = [_opened(fact) for fact in facts if fact.code not in known]
        try:
            Product.objects.bulk_create(fresh, batch_size=2000)
        except IntegrityError as error:
            raise constraint_refusal(error) from error
        changes = [
            (known[fact.code], _differences(known[fact.code], fact)) for fact in facts if fact.code in known
        ]
        changed = [(product, said) for product, said in changes if said]
        for product, said in changed:
            for name, value in said.items():
                setattr(product, name, value)
        if changed:
            fields = sorted({name for _product, said in changed for name in said})
            Product.objects.bulk_update([product for product, _said in changed], fields, batch_size=1000)
        by_code = {fact.code: fact.said() for fact in facts}
        _write_down("created", [(product, by_code[product.code]) for product in fresh], opened)
        _write_down("changed", changed, opened)
    return Saved(len(fresh), len(changed), len(changes) - len(changed))


def _opened(fact: ProductFacts) -> Product:
    values = {"name": fact.code, "tax_code": USUAL_CODE, **fact.said()}
    return Product(organization_id=current_organization_id(), code=fact.code, **values)


def _differences(product: Product, fact: ProductFacts) -> dict[str, Any]:
    return {name: value for name, value in fact.said().items() if getattr(product, name) != value}


def _require_sound(fact: ProductFacts) -> None:
    if not fact.code.strip():
        raise SalesRefused(_("产品要有编码。"), code="product_code_missing")
    if fact.price is not None and (not fact.price.is_finite() or fact.price < 0):
        raise SalesRefused(_("产品 %s 的单价不能为负。") % fact.code[:64], code="product_price_negative")
    labels = {"code": _("产品编码"), "name": _("名称"), "category": _("类别"), "unit": _("单位")}
    name = first_too_long(asdict(fact), LENGTHS)
    if name:
        message = too_long(_("产品 %s") % fact.code[:64], labels[name], LENGTHS[name])
        raise SalesRefused(message, code="text_too_long")


def _require_known_rates(codes: set[str]) -> None:
    unknown = codes - tax_rates().keys()
    if unknown:
        raise SalesRefused(_("不认识的税率：%s") % enumerated(sorted(unknown)), code="unknown_tax_rate")


def _write_down(action: str, products: Sequence[tuple[Product, dict[str, Any]]], opened: OpenAct) -> None:
    Event.objects.bulk_create(
        [
            Event(
                organization_id=opened.organization_id,
                id=uuid7(),
                act_id=opened.id,
                action=action,
                record_kind="product",
                record_id=product.pk,
                number=product.code,
                content={
                    name: str(value) if isinstance(value, Decimal) else value for name, value in said.items()
                },
            )
            for product, said in products
        ],
        batch_size=2000,
    )


def add_tax_rate(*, code: str, name: str, rate: Decimal, actor: Actor) -> UUID:
    """Add a rate of VAT of the organization's own beside the shipped ones."""
    actor.require("organization.write")
    if not rate.is_finite() or not 0 <= rate < 1:
        raise SalesRefused(_("税率应在 0 到 1 之间，13% 写作 0.13。"), code="tax_rate_out_of_range")
    if not code.strip() or len(code) > 10 or len(name) > 40:
        raise SalesRefused(
            _("税率要有不超过 10 个字符的代码和不超过 40 个字符的名称。"), code="tax_rate_unnamed"
        )
    organization_id = current_organization_id()
    with act("add_tax_rate", actor=actor):
        # The shipped ones become rows with the first that is added.
        TaxRate.objects.bulk_create(
            [
                TaxRate(
                    organization_id=organization_id,
                    code=each.code,
                    name=each.name,
                    rate=each.rate,
                    position=position,
                )
                for position, each in enumerate(TAX_RATES)
            ],
            ignore_conflicts=True,
        )
        added = TaxRate(
            organization_id=organization_id, code=code, name=name or code, rate=rate, position=100
        )
        try:
            added.save(force_insert=True)
        except IntegrityError as error:
            raise constraint_refusal(error) from error
        content = {"name": added.name, "rate": str(rate)}
        record_event(
            action="created", record_kind="tax_rate", record_id=added.pk, number=code, content=content
        )
    key: UUID = added.pk
    return key

"""What lines of orders and invoices say, checked and computed, as the rows that are staged for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.core.money import UnusableAmount
from huikuan.sales.errors import SalesRefused, line_refusal
from huikuan.sales.models import Product
from huikuan.sales.queries import tax_rates
from huikuan.sales.rules import LineAmounts, UnusableLine, line_amounts
from huikuan.sales.shipped import USUAL_CODE, Rate

ZERO = Decimal(0)
MOST_LINES = 2_000
LONGEST_DESCRIPTION, LONGEST_UNIT = 200, 20
QUANTITY_UNIT = Decimal("0.000001")
LARGEST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line as it is entered: a product, or a text of its own.

    What is empty is taken from the product: description, unit, rate of tax. `net` and `tax`, where they are
    stated by a file or another system, must be what the line comes to.
    """

    quantity: Decimal
    unit_price: Decimal
    product_id: UUID | None = None
    description: str = ""
    unit: str = ""
    tax_code: str = ""
    discount_percent: Decimal = ZERO
    discount_amount: Decimal = ZERO
    net: Decimal | None = None
    tax: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ComputedLine:
    """A line with everything it says, in the order of LINE_COLUMNS."""

    position: int
    product_id: UUID | None
    description: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    discount_amount: Decimal
    tax_code: str
    tax_rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


LINE_COLUMNS = (
    ("position", "smallint"),
    ("product_id", "uuid"),
    ("description", "text"),
    ("unit", "text"),
    ("quantity", "numeric"),
    ("unit_price", "numeric"),
    ("discount_percent", "numeric"),
    ("discount_amount", "numeric"),
    ("tax_code", "text"),
    ("tax_rate", "numeric"),
    ("net", "numeric"),
    ("tax", "numeric"),
    ("gross", "numeric"),
)
LINE_NAMES = ", ".join(name for name, _kind in LINE_COLUMNS)


@dataclass(frozen=True)
class Known:
    """The products and rates that lines may name."""

    products: Mapping[UUID, Product]
    rates: Mapping[str, Rate]


def known_for(lines: Sequence[NewLine]) -> Known:
    """The products that `lines` name, and all rates."""
    wanted = {line.product_id for line in lines if line.product_id is not None}
    products = {product.pk: product for product in Product.objects.filter(pk__in=wanted)} if wanted else {}
    return Known(products, tax_rates())


def computed_lines(
    lines: Sequence[NewLine],
    *,
    currency: str,
    prices_include_tax: bool,
    known: Known,
    place: str = "",
    first: int = 1,
) -> list[ComputedLine]:
    """The lines with what they come to; or SalesRefused, which names the line."""
    if not lines:
        raise SalesRefused(_("至少要有一行。"), code="no_lines")
    if len(lines) > MOST_LINES:
        raise SalesRefused(_("一张单据不能超过 %d 行。") % MOST_LINES, code="too_many_lines")
    return [
        _computed(line, position, currency, prices_include_tax, known, place)
        for position, line in enumerate(lines, start=first)
    ]


def _computed(
    line: NewLine, position: int, currency: str, inclusive: bool, known: Known, place: str
) -> ComputedLine:
    where = (f"{place} " if place else "") + _("第 %d 行") % position
    product = None
    if line.product_id is not None:
        product = known.products.get(line.product_id)
        if product is None:
            raise SalesRefused(_("%s：没有这个产品。") % where, code="unknown_product")
    description = line.description.strip() or (product.name if product else "")
    unit = line.unit.strip() or (product.unit if product else "")
    code = line.tax_code or (product.tax_code if product else USUAL_CODE)
    if not description:
        raise SalesRefused(_("%s：要有产品或说明。") % where, code="line_without_text")
    if len(description) > LONGEST_DESCRIPTION or len(unit) > LONGEST_UNIT:
        raise SalesRefused(_("%s：说明或单位太长。") % where, code="text_too_long")
    if code not in known.rates:
        raise SalesRefused(
            _("%(line)s：不认识的税率 %(code)s。") % {"line": where, "code": code}, code="unknown_tax_rate"
        )
    rate = known.rates[code].rate
    _require_storable(where, line)
    try:
        amounts = line_amounts(
            line.quantity,
            line.unit_price,
            rate,
            currency=currency,
            prices_include_tax=inclusive,
            discount_percent=line.discount_percent,
            discount_amount=line.discount_amount,
        )
    except UnusableLine as error:
        raise line_refusal(where, error) from error
    except UnusableAmount as error:
        raise SalesRefused(_("%s：金额太大。") % where, code="amount_too_large") from error
    _require_stated(where, line, amounts)
    return ComputedLine(
        position,
        line.product_id,
        description,
        unit,
        line.quantity,
        line.unit_price,
        line.discount_percent,
        line.discount_amount,
        code,
        rate,
        amounts.net,
        amounts.tax,
        amounts.gross,
    )


def _require_storable(where: str, line: NewLine) -> None:
    """Quantities and prices have at most six decimals; beyond that they would change when they are stored."""
    for value in (line.quantity, line.unit_price):
        if not value.is_finite():
            raise SalesRefused(_("%s：数量和单价要是数字。") % where, code="not_a_number")
        if abs(value) >= LARGEST or value != value.quantize(QUANTITY_UNIT):
            raise SalesRefused(_("%s：数量和单价最多六位小数。") % where, code="too_precise")


def _require_stated(where: str, line: NewLine, amounts: LineAmounts) -> None:
    for stated, found in ((line.net, amounts.net), (line.tax, amounts.tax)):
        if stated is not None and stated != found:
            raise SalesRefused(
                _("%(line)s：所填金额或税额与计算结果不符（不含税 %(net)s，税额 %(tax)s）。")
                % {"line": where, "net": amounts.net, "tax": amounts.tax},
                code="tax_does_not_add_up",
            )


def sums(lines: Sequence[ComputedLine]) -> tuple[Decimal, Decimal, Decimal]:
    """(amount, net, tax) of lines."""
    net = sum((line.net for line in lines), ZERO)
    tax = sum((line.tax for line in lines), ZERO)
    return net + tax, net, tax


def row_of(line: ComputedLine) -> tuple[object, ...]:
    """The values of LINE_COLUMNS."""
    return (
        line.position,
        line.product_id,
        line.description,
        line.unit,
        line.quantity,
        line.unit_price,
        line.discount_percent,
        line.discount_amount,
        line.tax_code,
        line.tax_rate,
        line.net,
        line.tax,
        line.gross,
    )

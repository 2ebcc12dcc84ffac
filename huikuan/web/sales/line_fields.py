"""Lines as they are typed into a form: any number of rows, each field repeated once per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.money import is_currency
from huikuan.sales.models import Product, SoldLine
from huikuan.sales.operations import NewLine
from huikuan.sales.operations.line_rows import MOST_LINES, ComputedLine, computed_lines, known_for
from huikuan.sales.queries import tax_rates
from huikuan.sales.shipped import USUAL_CODE
from huikuan.web.sales.words import price_text, quantity_text

NAMES = ("product", "text", "quantity", "unit", "price", "discount", "tax")
PRODUCTS_OFFERED = 500


@dataclass(frozen=True)
class TypedLine:
    """One row as it stands in the form, with what is wrong with it and what it comes to."""

    index: int
    product: str = ""
    text: str = ""
    quantity: str = ""
    unit: str = ""
    price: str = ""
    discount: str = ""
    tax: str = USUAL_CODE
    error: str = ""
    computed: ComputedLine | None = None

    @property
    def empty(self) -> bool:
        return not any((self.product, self.text, self.quantity, self.price))


@dataclass(frozen=True)
class TypedLines:
    """The rows of a form; `lines` are what they say, where nothing is wrong."""

    rows: list[TypedLine]
    lines: list[NewLine] = field(default_factory=list)
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    by_rate: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)

    @property
    def wrong(self) -> bool:
        return any(row.error for row in self.rows)

    @property
    def amount(self) -> Decimal:
        return self.net + self.tax


def blank(count: int = 1) -> TypedLines:
    """A form with empty rows."""
    return TypedLines([TypedLine(index) for index in range(count)])


def typed_again(lines: Sequence[SoldLine]) -> TypedLines:
    """The rows of lines that are there, to be changed."""
    return TypedLines(
        [
            TypedLine(
                index,
                line.product.code if line.product else "",
                line.description,
                quantity_text(line.quantity).replace(",", ""),
                line.unit,
                price_text(line.unit_price).replace(",", ""),
                _discount_text(line),
                line.tax_code,
            )
            for index, line in enumerate(lines)
        ]
    )


def _discount_text(line: SoldLine) -> str:
    if line.discount_percent:
        return f"{quantity_text(line.discount_percent)}%"
    return price_text(line.discount_amount).replace(",", "") if line.discount_amount else ""


def rows_of(data: QueryDict) -> list[TypedLine]:
    """The rows of a posted form, with the changes that its buttons ask for: a row more, one less, one filled."""
    columns = {name: data.getlist(f"line_{name}") for name in NAMES}
    count = min(max((len(values) for values in columns.values()), default=0), MOST_LINES)

    def value(name: str, index: int) -> str:
        values = columns[name]
        return values[index].strip()[:200] if index < len(values) else ""

    rows = []
    for index in range(count):
        product, text, quantity, unit, price, discount, tax = (value(name, index) for name in NAMES)
        rows.append(TypedLine(index, product, text, quantity, unit, price, discount, tax))
    removed, filled = data.get("remove", ""), data.get("filled", "")
    if removed.isdigit():
        rows = [row for row in rows if row.index != int(removed)] or [TypedLine(0)]
    if filled.isdigit():
        rows = [_filled(row) if row.index == int(filled) else row for row in rows]
    if "add" in data or not rows:
        rows.append(TypedLine(len(rows)))
    return [replace(row, index=index) for index, row in enumerate(rows)]


def _filled(row: TypedLine) -> TypedLine:
    """A row with what its product says."""
    product = Product.objects.filter(code=row.product).first()
    if product is None:
        return row
    return replace(
        row,
        text=product.name,
        unit=product.unit,
        tax=product.tax_code,
        quantity=row.quantity or "1",
        price=row.price if product.price is None else price_text(product.price).replace(",", ""),
    )


def read_lines(rows: Sequence[TypedLine], *, currency: str, prices_include_tax: bool) -> TypedLines:
    """What the rows say and come to; each wrong one with the reason beside it. Empty rows are left out."""
    codes = {row.product for row in rows if row.product}
    products = {product.code: product for product in Product.objects.filter(code__in=codes)} if codes else {}
    kept = [row for row in rows if not row.empty]
    new: dict[int, NewLine] = {}
    errors: dict[int, str] = {}
    for row in kept:
        try:
            new[row.index] = _new_line(row, products)
        except _Wrong as wrong:
            errors[row.index] = str(wrong)
    known = known_for(list(new.values()))
    computed: dict[int, ComputedLine] = {}
    code = currency if is_currency(currency) else "CNY"
    for index, line in new.items():
        try:
            [computed[index]] = computed_lines(
                [line], currency=code, prices_include_tax=prices_include_tax, known=known
            )
        except HuikuanError as error:
            errors[index] = error.message.partition("：")[2] or error.message
    names = {rate.code: rate.name for rate in tax_rates().values()}
    return TypedLines(
        [replace(row, error=errors.get(row.index, ""), computed=computed.get(row.index)) for row in rows],
        list(new.values()) if not errors else [],
        sum((line.net for line in computed.values()), Decimal(0)),
        sum((line.tax for line in computed.values()), Decimal(0)),
        _by_rate(list(computed.values()), names),
    )


def _by_rate(lines: Sequence[ComputedLine], names: dict[str, str]) -> list[tuple[str, Decimal, Decimal]]:
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for line in lines:
        net, tax = sums.get(line.tax_code, (Decimal(0), Decimal(0)))
        sums[line.tax_code] = (net + line.net, tax + line.tax)
    return [(names[code], net, tax) for code, (net, tax) in sums.items()]


class _Wrong(ValueError):
    """A row that cannot be read; the message is for people."""


def _new_line(row: TypedLine, products: dict[str, Product]) -> NewLine:
    product = products.get(row.product)
    if row.product and product is None:
        raise _Wrong(_("没有这个产品：%s") % row.product)
    percent = row.discount.endswith(("%", "％"))
    discount = _number(row.discount.rstrip("%％ "), _("折扣")) if row.discount else Decimal(0)
    return NewLine(
        quantity=_number(row.quantity, _("数量")),
        unit_price=_number(row.price, _("单价")),
        product_id=product.pk if product else None,
        description=row.text,
        unit=row.unit[:20],
        tax_code=row.tax,
        discount_percent=discount if percent else Decimal(0),
        discount_amount=Decimal(0) if percent else discount,
    )


def _number(text: str, label: str) -> Decimal:
    plain = text.replace(",", "").strip()
    if not plain:
        raise _Wrong(_("请填写%s") % label)
    try:
        value = Decimal(plain)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not plain.isascii() or "e" in plain.lower():
        raise _Wrong(_("%s不是数字") % label)
    return value


def lines_context(typed: TypedLines, *, currency: str) -> dict[str, Any]:
    """Context of sales/lines.html and sales/sums.html."""
    products = Product.objects.filter(active=True).order_by("code").values_list("code", "name")
    return {
        "typed": typed,
        "currency": currency,
        "rates": list(tax_rates().values()),
        "products": list(products[:PRODUCTS_OFFERED]),
    }

"""Importing products: new ones are opened, known ones brought up to date."""

from __future__ import annotations

from huikuan.core.said import said as _
from huikuan.integrations.operations.run import Rows
from huikuan.sales.models import Product
from huikuan.sales.operations import ProductFacts, save_products
from huikuan.sales.queries import tax_rates
from huikuan.sales.rules import tax_code_of

UNIT_LENGTH, CATEGORY_LENGTH = 20, 60


def import_products(rows: Rows) -> None:
    """Import the live rows of a chunk. A product is known by its code."""
    rates = tax_rates()
    seen: dict[str, int] = rows.run.memory.setdefault("product codes", {})
    facts: dict[int, ProductFacts] = {}
    for index in list(rows.live):
        fact = _facts(rows, index)
        if fact.tax_code is not None and fact.tax_code not in rates:
            rows.reject(index, "tax_rate", "tax_rate_unknown", _("不认识的税率 %s") % fact.tax_code)
            continue
        if fact.price is not None and fact.price < 0:
            rows.reject(index, "price", "price_negative", _("单价不能为负"))
            continue
        if fact.code in seen:
            message = _("产品 %(code)s 在第 %(row)d 行已经出现过") % {
                "code": fact.code,
                "row": seen[fact.code],
            }
            # The first row counts: taken twice, it would depend on the order which of them stands.
            rows.reject(index, "product_code", "product_twice", message)
            continue
        seen[fact.code] = rows.chunk.line[index]
        facts[index] = fact
    saved = save_products(list(facts.values()), actor=rows.run.actor)
    rows.run.imported += saved.created + saved.changed
    rows.run.unchanged += saved.unchanged


def _facts(rows: Rows, index: int) -> ProductFacts:
    columns = rows.columns
    tax = columns["tax_rate"][index]
    category, unit = columns["category"][index], columns["unit"][index]
    return ProductFacts(
        code=columns["product_code"][index],
        name=columns["product_name"][index],
        category=category[:CATEGORY_LENGTH] if category else None,
        unit=unit[:UNIT_LENGTH] if unit else None,
        tax_code=tax_code_of(tax) if tax else None,
        price=columns["price"][index],
    )


def products_called(rows: Rows) -> dict[str, Product]:
    """The products that the live rows name by code; those met before in this run are not asked for again."""
    known: dict[str, Product] = rows.run.memory.setdefault("products", {})
    column = rows.columns["product_code"]
    missing = {column[index] for index in rows.live if column[index]} - known.keys()
    if missing:
        known |= {product.code: product for product in Product.objects.filter(code__in=missing)}
    return known

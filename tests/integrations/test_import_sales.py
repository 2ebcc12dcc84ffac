"""Importing products, orders and deliveries: what is taken, refused with its reason, and recognised again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.models import Batch
from huikuan.integrations.operations import ImportRefused, undo_batch
from huikuan.sales.models import Delivery, Order, OrderLine, Product
from huikuan.tables.kind_of_file import kind_of_file
from tests.conftest import TODAY
from tests.ledger.checking import assert_nothing_broken

pytestmark = pytest.mark.django_db

PRODUCTS = """产品编码,产品名称,类别,单位,税率,单价
P1,数控车削件,机加工,件,13%,100
P2,安装服务,服务,次,6,2000.5
"""
ORDERS = """订单号,客户编码,客户名称,下单日期,产品编码,数量,单价,折扣额,税率,业务员
XS-1,C1,宁波甲,2026-05-01,P1,10,100,,,韩雪
XS-1,C1,宁波甲,2026-05-01,P2,1,2000.5,0.5,6%,韩雪
XS-2,C2,宁波乙,2026-05-02,P1,3,90,,,
"""
DELIVERIES = """发货单号,订单号,产品编码,数量,签收日期
FH-1,XS-1,P1,4,2026-05-10
FH-1,XS-1,P2,1,2026-05-10
FH-2,XS-2,P1,3,2026-05-11
"""


def codes(report: Any) -> list[tuple[int, str]]:
    return [(problem.row, problem.code) for problem in report.problems]


def test_products_orders_and_deliveries(imports: Any, company: Any) -> None:
    assert imports("products", PRODUCTS).imported == 2
    report = imports("orders", ORDERS)
    assert (report.imported, report.customers_created, codes(report)) == (3, 2, [])
    assert imports("deliveries", DELIVERIES).imported == 3
    with tenant(company.id):
        order = Order.objects.get(number="XS-1")
        assert (order.net, order.tax, order.salesperson.name) == (3000, 250, "韩雪")
        lines = OrderLine.objects.filter(order=order).order_by("position")
        assert [(line.description, line.unit, line.delivered) for line in lines] == [
            ("数控车削件", "件", 4),
            ("安装服务", "次", 1),
        ]
        assert Delivery.objects.count() == 2
        assert_nothing_broken(company)


def test_the_same_files_twice_change_nothing(imports: Any, company: Any) -> None:
    files = {"products": PRODUCTS, "orders": ORDERS, "deliveries": DELIVERIES}
    for kind, text in files.items():
        imports(kind, text)
    for kind, text in files.items():
        again = imports(kind, text)
        assert (again.imported, again.unchanged, again.rejected) == (0, again.read, 0), kind
    with tenant(company.id):
        assert (Product.objects.count(), OrderLine.objects.count(), Delivery.objects.count()) == (2, 3, 2)


def test_a_dry_run_takes_nothing_in(imports: Any, company: Any) -> None:
    assert imports("products", PRODUCTS, dry_run=True).imported == 2
    with tenant(company.id):
        assert not Product.objects.exists()


def test_a_changed_product_is_brought_up_to_date(imports: Any, company: Any) -> None:
    imports("products", PRODUCTS)
    report = imports("products", PRODUCTS.replace("13%,100", "9%,120"))
    assert (report.imported, report.unchanged) == (1, 1)
    with tenant(company.id):
        found = Product.objects.get(code="P1")
        assert (found.tax_code, found.price) == ("9", 120)


def test_bad_products(imports: Any) -> None:
    text = PRODUCTS + "P3,丙,,,17%,1\nP4,丁,,,13%,-1\nP1,再来,,,13%,1\n"
    report = imports("products", text)
    assert codes(report) == [(4, "tax_rate_unknown"), (5, "price_negative"), (6, "product_twice")]
    assert report.imported == 2


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("XS-9,C1,甲,2026-05-01,P9,1,100,,,", "product_unknown"),
        ("XS-9,C1,甲,2026-05-01,P1,-1,100,,,", "line_quantity_not_positive"),
        ("XS-9,C1,甲,2026-05-01,P1,1,100,100.01,,", "line_discount_amount_beyond_price"),
        ("XS-9,C1,甲,2026-05-01,P1,1,100,,17%,", "unknown_tax_rate"),
        ("XS-9,C1,甲,2026-05-01,P1,1,,,,", "price_missing"),
        ("XS-9,C1,甲,2026-05-01,P1,一,100,,,", "amount_unreadable"),
    ],
)
def test_an_order_with_a_bad_row_is_not_taken(imports: Any, company: Any, row: str, code: str) -> None:
    imports("products", PRODUCTS)
    report = imports("orders", ORDERS + "XS-9,C1,甲,2026-05-01,P1,1,100,,,\n" + row + "\n")
    assert sorted(codes(report)) == [(5, "order_incomplete"), (6, code)]
    assert (report.imported, report.rejected) == (3, 2)
    with tenant(company.id):
        assert not Order.objects.filter(number="XS-9").exists()


def test_rows_of_one_number_agree(imports: Any, company: Any) -> None:
    imports("products", PRODUCTS)
    report = imports("orders", ORDERS + "XS-2,C1,宁波甲,2026-05-02,P1,1,90,,,\n")
    assert codes(report) == [(4, "order_incomplete"), (5, "order_incomplete")]
    taken = imports("orders", ORDERS.splitlines()[0] + "\nXS-1,C2,宁波乙,2026-05-01,P1,7,100,,,\n")
    assert codes(taken) == [(2, "order_incomplete")]


def test_an_order_that_goes_on_in_the_next_chunk(
    imports: Any, company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huikuan.integrations.operations.batches.CHUNK_ROWS", 1)
    imports("products", PRODUCTS)
    assert imports("orders", ORDERS).imported == 3
    assert imports("deliveries", DELIVERIES).imported == 3
    with tenant(company.id):
        assert OrderLine.objects.filter(order__number="XS-1").count() == 2
        assert sorted(Delivery.objects.values_list("number", flat=True)) == ["FH-1", "FH-1-2", "FH-2"]
        assert_nothing_broken(company)


def test_bad_deliveries(imports: Any, company: Any) -> None:
    imports("products", PRODUCTS)
    imports("orders", ORDERS)
    text = (
        DELIVERIES
        + "FH-3,XS-1,P1,6.5,2026-05-12\nFH-3,XS-8,P1,1,2026-05-12\nFH-3,XS-2,P2,1,2026-05-12\n"
        + "FH-3,XS-1,P1,-1,2026-05-12\nFH-3,XS-1,P1,1,2026-04-30\nFH-3,XS-1,P1,1,2027-04-30\n"
    )
    report = imports("deliveries", text)
    assert codes(report) == [
        (5, "beyond_order"),
        (6, "order_unknown"),
        (7, "line_unknown"),
        (8, "quantity_not_positive"),
        (9, "before_order"),
        (10, "delivery_in_future"),
    ]
    assert report.imported == 3
    with tenant(company.id):
        assert OrderLine.objects.get(order__number="XS-1", position=1).delivered == Decimal(4)


def test_files_are_told_apart_by_their_headers(tmp_path: Path) -> None:
    kinds = ["customers", "invoices", "receipts", "allocations", "products", "orders", "deliveries"]
    for kind, text in (("products", PRODUCTS), ("orders", ORDERS), ("deliveries", DELIVERIES)):
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        assert kind_of_file(path, kinds) == (kind, True)


def test_such_an_import_is_not_undone_as_a_whole(imports: Any, company: Any, actor: Any) -> None:
    imports("products", PRODUCTS)
    with tenant(company.id), pytest.raises(ImportRefused) as refused:
        undo_batch(Batch.objects.get().pk, actor=actor, today=TODAY)
    assert refused.value.code == "not_undoable"

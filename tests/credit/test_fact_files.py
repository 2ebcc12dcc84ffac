"""Facts from a file: what can be recorded is, what cannot is named by its row."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from huikuan.credit.fact_text import UnreadableFact, code_named, read_value
from huikuan.credit.operations import complete_cards
from huikuan.credit.operations.fact_files import import_facts
from huikuan.credit.scorecards import Assessment, CustomerFact
from huikuan.tables import TableError
from tests.trade import Books

D = Decimal


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("debt_ratio", "65%", "0.65"),
        ("debt_ratio", "0.65", "0.65"),
        ("net_assets", "1,200 万", "12000000"),
        ("net_assets", "３亿", "300000000"),
        ("dishonest", "是", "1"),
        ("abnormal", "No", "0"),
        ("tax_rating", "a", "5"),
        ("ownership", "民营", "2"),
        ("ownership", "5", "5"),
        ("litigation", "3", "3"),
    ],
)
def test_values_read_as_people_write_them(code: str, text: str, value: str) -> None:
    assert read_value(code, text) == D(value)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("debt_ratio", "高"),
        ("dishonest", "也许"),
        ("tax_rating", "E"),
        ("litigation", "5%"),
        ("net_assets", "NaN"),
    ],
)
def test_what_cannot_be_read_is_refused(code: str, text: str) -> None:
    with pytest.raises(UnreadableFact):
        read_value(code, text)


def test_facts_are_known_by_code_and_by_title() -> None:
    assert code_named("资产负债率") == "debt_ratio"
    assert code_named("DEBT_RATIO") == "debt_ratio"
    assert code_named("按时付款比例") is None  # ours to compute, not to enter


@pytest.mark.django_db
def test_rows_that_cannot_be_used_are_named_and_the_others_recorded(books: Books, tmp_path: Path) -> None:
    complete_cards(actor=books.actor)
    books.customer("K1", name="甲公司")
    books.customer("K2", name="乙公司")
    file = tmp_path / "资料.csv"
    file.write_text(
        "客户编码,客户名称,资料,数值,资料日期,来源\n"
        "K1,,资产负债率,55%,2025-12-31,年报\n"
        ",乙公司,净资产,3000万,2025-12-31,\n"
        "K1,,没有的,1,2025-12-31,年报\n"
        "K9,,净资产,1,2025-12-31,年报\n"
        "K2,,失信被执行人,也许,2025-12-31,年报\n"
        "K2,,流动比率,-1,2025-12-31,年报\n"
        "K2,,流动比率,1.5,2027-12-31,年报\n",
        encoding="utf-8",
    )
    done = import_facts(file, actor=books.actor, today=books.today)
    assert (done.recorded, done.customers) == (2, 2)
    assert [line for line, _reason in done.refused] == [4, 5, 6, 7, 8]
    assert done.refused[0][1] == "没有名为“没有的”的信用资料。"
    assert done.refused[1][1] == "没有客户 K9。"
    found = {(row.code, row.value.normalize(), row.source) for row in CustomerFact.objects.all()}
    assert found == {("debt_ratio", D("0.55"), "年报"), ("net_assets", D("3E7"), "资料.csv")}
    assert Assessment.objects.count() == 1  # net assets alone are no item of the card


@pytest.mark.django_db
def test_a_file_without_its_columns_is_refused(books: Books, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("客户编码,数值\nK1,1\n", encoding="utf-8")
    with pytest.raises(TableError):
        import_facts(file, actor=books.actor, today=books.today)

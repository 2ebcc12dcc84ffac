"""Numbers in free text: whole, without separators, run together, tails, ranges; other digits are not taken for them."""

from datetime import date

import pytest

from huikuan.cash.matching.references import References
from tests.cash.matching.trade import Desk, key, on


def references() -> References:
    made = Desk()
    for number in range(10, 20):
        made.item(f"YS2025-{number:05d}", "100")
    made.item("YS2025-00020", "100", customer="B")
    made.item(
        "YS2025-00031", "100", also=(("contract", "HT-2025-088"), ("tax_invoice", "25332000000012345678"))
    )
    return References.of(made.items)


def named(text: str, customer: str = "A") -> list[str]:
    found = references()
    scan = found.scan(text, on("2025-11-03"))
    return [f"{each.target.number} {each.quality}" for each in found.mentions(scan, key(customer))]


@pytest.mark.parametrize(
    "text",
    [
        "货款YS2025-00012",
        "货款 ＹＳ２０２５－０００１２ 谢谢",
        "ys202500012",
        "YS 2025 00012",
        "付YS/2025/00012款",
        "YS2025-0O012",
    ],
)
def test_a_whole_number_is_found_however_it_is_written(text: str) -> None:
    assert named(text) == ["YS2025-00012 whole"]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("2025-00012~15", [12, 13, 14, 15]),
        ("2025-00012至00014", [12, 13, 14]),
        ("00012-00014", [12, 13, 14]),
        ("YS2025-00012/13/15", [12, 13, 15]),
        ("0012/0013/0015", [12, 13, 15]),
        ("0012、0013", [12, 13]),
        ("YS202500012YS202500013", [12, 13]),
        ("尾号0017", [17]),
    ],
)
def test_ranges_lists_and_tails_name_each_of_them(text: str, last: list[int]) -> None:
    assert [each.split()[0] for each in named(text)] == [f"YS2025-{number:05d}" for number in last]


@pytest.mark.parametrize(
    "text",
    [
        "付2025年11月货款",
        "20251012",
        "2025",
        "金额 1,000.13",
        "支付 100013.00元",
        "账号6222021234567890128",
        "12",
        "00021~00025",
        "00015~00012",
    ],
)
def test_days_amounts_and_account_numbers_name_nothing(text: str) -> None:
    names = [
        each for each in named(text) if not each.endswith("00015 tail") and not each.endswith("00012 tail")
    ]
    assert names == []


def test_tax_invoices_and_contracts_name_the_items_behind_them() -> None:
    assert named("发票25332000000012345678") == ["25332000000012345678 whole"]
    assert named("合同HT2025088进度款") == ["HT-2025-088 whole"]


def test_a_number_of_another_customer_is_seen_but_not_this_ones() -> None:
    found = references()
    scan = found.scan("YS2025-00020", on("2025-11-03"))
    assert [each.target.customer_id for each in scan.whole] == [key("B")]
    assert found.mentions(scan, key("A")) == []


def test_a_tail_that_two_documents_end_with_names_neither() -> None:
    made = Desk()
    made.item("YS2024-00012", "100")
    made.item("YS2025-00012", "100")
    found = References.of(made.items)
    assert found.mentions(found.scan("00012", on("2025-11-03")), key("A")) == []
    [only] = found.mentions(found.scan("2025-00012", on("2025-11-03")), key("A"))
    assert only.target.number == "YS2025-00012"


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("付2025年10月货款", [(2025, 10)]),
        ("9-10月", [(2025, 9), (2025, 10)]),
        ("12月份货款", [(2024, 12)]),
        ("11月-1月", [(2025, 11), (2025, 12), (2026, 1)]),
        ("25年8月", [(2025, 8)]),
        ("货款13月", []),
    ],
)
def test_months_are_the_last_ones_before_the_booking(text: str, months: list[tuple[int, int]]) -> None:
    scan = references().scan(text, on("2025-11-03"))
    assert list(scan.months) == [date(year, month, 1) for year, month in months]


def test_and_others_is_noticed() -> None:
    assert references().scan("00012等3张", on("2025-11-03")).incomplete

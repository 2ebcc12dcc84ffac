"""A line whose money is in the books already is that money, not new one."""

from __future__ import annotations

from huikuan.cash.matching.facts import Recorded
from tests.cash.matching.trade import Desk, cents, key, on


def desk(*records: tuple[str, str, str], **values: str) -> Desk:
    made = Desk()
    made.customer("A", "宁波海翔机械有限公司")
    made.customer("B", "宁波海翔机电有限公司")
    made.item("I1", "100.00")
    made.options["recorded"] = tuple(
        Recorded(key(number), number, key("A"), cents(amount), "CNY", on(day), **values)
        for number, amount, day in records
    )
    return made


def answers(made: Desk) -> list[tuple[str, object]]:
    return [(each.tier, each.options[0].recorded if each.options else None) for each in made.match()]


def test_the_payer_on_the_day_is_enough() -> None:
    made = desk(("R1", "100.00", "2025-11-03"))
    made.line("100.00", "宁波海翔机械有限公司", "货款 I1")
    assert answers(made) == [("sure", key("R1"))]


def test_days_later_it_is_a_question() -> None:
    made = desk(("R1", "100.00", "2025-10-30"))
    made.line("100.00", "宁波海翔机械有限公司")
    assert answers(made) == [("likely", key("R1"))]


def test_the_banks_number_is_enough_days_later() -> None:
    made = desk(("R1", "100.00", "2025-10-30"), reference="T77")
    made.line("100.00", "谁", reference="T77")
    assert answers(made) == [("sure", key("R1"))]


def test_another_amount_day_or_payer_is_other_money() -> None:
    made = desk(("R1", "100.00", "2025-10-20"), ("R2", "99.00", "2025-11-03"))
    made.line("100.00", "宁波海翔机械有限公司", "I1")
    made.line("99.00", "宁波海翔机电有限公司")
    assert [recorded for _tier, recorded in answers(made)] == [None, None]


def test_one_record_is_one_line_and_the_next_is_new_money() -> None:
    made = desk(("R1", "100.00", "2025-11-03"))
    made.line("100.00", "宁波海翔机械有限公司", "I1")
    made.line("100.00", "宁波海翔机械有限公司", "I1")
    first, second = answers(made)
    assert first == ("sure", key("R1"))
    assert second[1] is None

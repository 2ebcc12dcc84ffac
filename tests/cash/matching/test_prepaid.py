"""Money for an order or a contract that is not invoiced yet."""

from __future__ import annotations

import pytest

from huikuan.cash.matching.facts import Agreement
from tests.cash.matching.trade import Desk, cents, codes, key

A = "宁波海翔机械有限公司"


def desk(*items: str, customer: str = "A", kind: str = "contract", amount: str = "90000") -> Desk:
    made = Desk()
    made.customer("A", A)
    made.customer("B", "上海远东轴承有限公司")
    for place, text in enumerate(items):
        made.item(f"YS2025-{place:05d}", text)
    made.options["agreements"] = (Agreement(kind, "HT2025-018", key(customer), cents(amount), "CNY"),)
    return made


@pytest.mark.parametrize(
    ("amount", "name", "text", "tier", "advance"),
    [
        ("30000", A, "合同HT2025-018预付款", "likely", "HT2025-018"),
        ("30000", A, "HT2025018", "likely", "HT2025-018"),
        ("30000", "", "HT2025-018 定金", "likely", "HT2025-018"),
        ("90000.01", A, "HT2025-018 定金", "weak", "HT2025-018"),
        ("30000", "上海远东轴承有限公司", "HT2025-018 定金", "weak", "HT2025-018"),
        ("30000", A, "HT2025-019 定金", "weak", ""),
    ],
)
def test_what_is_named_is_offered_as_an_advance(
    amount: str, name: str, text: str, tier: str, advance: str
) -> None:
    made = desk("500")
    made.line(amount, name, text)
    [proposal] = made.match()
    assert (proposal.tier, proposal.options[0].advance) == (tier, advance)
    if advance:
        assert "advance_contract" in codes(proposal.options[0])


def test_an_amount_alone_is_not_sure_where_a_contract_is_named() -> None:
    made = desk("1000.37", "500")
    made.line("1000.37", A, "HT2025-018")
    [proposal] = made.match()
    assert (proposal.tier, [each.number for each in proposal.options[0].items]) == (
        "likely",
        ["YS2025-00000"],
    )
    assert "names_agreement" in codes(proposal.options[0])
    assert [option.advance for option in proposal.options] == ["", "HT2025-018"]


def test_with_the_word_the_advance_comes_before_an_amount() -> None:
    made = desk("1000.37", "500")
    made.line("1000.37", A, "HT2025-018 预付")
    [proposal] = made.match()
    assert [(option.tier, option.advance) for option in proposal.options[:2]] == [
        ("likely", "HT2025-018"),
        ("weak", ""),
    ]


def test_an_invoice_that_is_named_is_sure_all_the_same() -> None:
    made = desk("1000.37", "500")
    made.line("1000.37", A, "YS2025-00000 HT2025-018")
    [proposal] = made.match()
    assert (proposal.tier, proposal.options[0].advance) == ("sure", "")

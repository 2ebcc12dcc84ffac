"""Who paid: equality proves, similarity only hints; sister companies stay apart."""

import pytest

from huikuan.cash.matching.payers import HINT, PROVEN, STRONG, Payers, Recognised
from tests.cash.matching.trade import Desk, key

ACCOUNT, OTHER = b"account", b"other"


def payers() -> Payers:
    made = Desk()
    made.customer("A", "宁波海翔机械有限公司", names=[("former", "宁波市海翔机械厂", None)])
    made.customer("B", "宁波海翔机电有限公司")
    made.customer("C", "海翔（上海）机械有限公司", names=[("payer", "上海代付科技有限公司", None)])
    made.customer("D", "宁波海翔机械有限公司上海分公司", parent="A")
    made.customer("E", "苏州永联钢铁股份有限公司", names=[("payer", "李建国", ACCOUNT)])
    made.customer("F", "广州廣達貿易有限公司")
    made.customer("G", "Acme Trading Co., Ltd.")
    made.customer("H", "同名贸易有限公司")
    made.customer("I", "同名贸易有限公司")
    return Payers(made.customers)


def recognise(name: str, account: bytes | None = None, text: str = "") -> Recognised:
    made = Desk()
    return payers().of(made.line("1", name, text, account=account))


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("宁波海翔机械有限公司", "A", "name_exact"),
        ("宁波市海翔机械厂", "A", "name_former"),
        ("宁波海翔机械有限责任公司", "A", "name_normalised"),
        (" 宁波海翔机械 有限公司 ", "A", "name_normalised"),
        ("宁波海翔机械有限公司(基本户)", "A", "name_exact"),
        ("宁波海翔机电有限公司", "B", "name_exact"),
        ("海翔(上海)机械有限公司", "C", "name_exact"),
        ("海翔上海机械有限公司", "C", "name_normalised"),
        ("上海代付科技有限公司", "C", "alias"),
        ("宁波海翔机械有限公司上海分公司", "D", "name_exact"),
        ("广州广达贸易有限公司", "F", "name_normalised"),
        ("ＡＣＭＥ TRADING CO LTD", "G", "name_normalised"),
    ],
)
def test_spellings_of_one_name_prove_the_payer(name: str, code: str, reason: str) -> None:
    proven = recognise(name).proven
    assert proven is not None and proven.customer_id == key(code)
    assert reason in {each.code for each in proven.reasons}


@pytest.mark.parametrize(
    "name",
    [
        "宁波海翔机床有限公司",
        "宁波海翔机械股份有限公司",
        "宁波海翔机械有限公司北京分公司",
        "上海海翔机械有限公司",
        "海翔（苏州）机械有限公司",
        "同名贸易有限公司",
        "李建国",
        "宁波海翔",
        "",
    ],
)
def test_nearly_the_same_proves_nobody(name: str) -> None:
    assert recognise(name).proven is None


def test_an_account_seen_before_proves_also_a_persons_payment() -> None:
    proven = recognise("李建国", ACCOUNT).proven
    assert proven is not None and proven.customer_id == key("E")
    [named_only] = recognise("李建国", OTHER).payers
    assert (named_only.customer_id, named_only.strength) == (key("E"), STRONG)


def test_an_account_of_one_and_the_name_of_another_are_a_conflict() -> None:
    found = recognise("宁波海翔机电有限公司", ACCOUNT)
    assert found.proven is None
    assert {each.customer_id for each in found.payers} == {key("B"), key("E")}
    assert all("payer_conflict" in {reason.code for reason in each.reasons} for each in found.payers)


def test_a_name_cut_by_the_bank_is_believed_but_not_proven() -> None:
    [cut] = recognise("苏州永联钢铁股份有").payers
    assert (cut.customer_id, cut.strength) == (key("E"), STRONG)
    assert {each.strength for each in recognise("宁波海翔机").payers} == {HINT}


def test_a_typing_error_is_a_hint_at_everyone_who_is_as_similar() -> None:
    found = recognise("宁波海翔机戒有限公司")
    assert {each.strength for each in found.payers} == {HINT}
    assert {key("A"), key("B")} <= {each.customer_id for each in found.payers}


def test_a_name_in_the_text_speaks_where_the_payer_is_nobody_known() -> None:
    [named] = recognise("王小明", OTHER, "代宁波海翔机电有限公司付货款").payers
    assert (named.customer_id, named.strength) == (key("B"), STRONG)
    assert recognise("宁波海翔机械有限公司", None, "宁波海翔机电有限公司").proven is not None


def test_who_says_to_pay_for_another_customer_is_not_proven() -> None:
    found = recognise("宁波海翔机械有限公司", None, "代宁波海翔机电有限公司付货款")
    assert found.proven is None
    assert [each.customer_id for each in found.payers] == [key("B"), key("A")]


def test_a_payment_platform_is_nobody_even_where_it_was_learned() -> None:
    made = Desk()
    made.customer("A", "宁波海翔机械有限公司", names=[("payer", "支付宝（中国）网络技术有限公司", ACCOUNT)])
    line = made.line("1", "支付宝(中国)网络技术有限公司", account=ACCOUNT)
    [hint] = Payers(made.customers).of(line).payers
    assert hint.strength == HINT


def test_strengths_are_in_order() -> None:
    assert PROVEN > STRONG > HINT

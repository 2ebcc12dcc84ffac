"""What a line is for: one rule of the trade after the other."""

import pytest

from huikuan.cash.matching.facts import Discount, Limits, PastReceipt
from tests.cash.matching.trade import Desk, codes, desk, key, on, told

A = "宁波海翔机械有限公司"
B = "宁波海翔机电有限公司"


def one(made: Desk, amount: str, name: str = A, text: str = "", **values: object) -> str:
    made.line(amount, name, text, **values)
    return made.said()[-1]


@pytest.mark.parametrize(
    ("amount", "text", "said"),
    [
        ("1000.00", "YS2025-00001", "sure YS2025-00001=1000.00"),
        ("3500.37", "YS2025-00001/2", "sure YS2025-00001=1000.00 YS2025-00002=2500.37"),
        ("985.00", "YS2025-00001", "sure YS2025-00001=1000.00 fee=15.00"),
        ("999.30", "YS2025-00001", "sure YS2025-00001=1000.00 short=0.70"),
        ("1000.02", "YS2025-00001", "sure YS2025-00001=1000.00 over=0.02"),
        ("1200.00", "YS2025-00001", "sure YS2025-00001=1000.00 left=200.00"),
        ("600.00", "YS2025-00001", "likely YS2025-00001=600.00"),
        ("950.00", "YS2025-00001", "likely YS2025-00001=950.00"),
        ("1000.00", "尾号001", "sure YS2025-00001=1000.00"),
        ("1000.00", "", "sure YS2025-00001=1000.00"),
        ("4499.48", "", "sure YS2025-00001=1000.00 YS2025-00003=999.11 YS2025-00002=2500.37"),
        ("985.00", "", "likely YS2025-00001=1000.00 fee=15.00"),
        ("777.77", "", "weak YS2025-00001=777.77"),
        ("1999.11", "00001等", "likely YS2025-00001=1000.00 YS2025-00003=999.11"),
    ],
)
def test_one_line(amount: str, text: str, said: str) -> None:
    found = one(desk("1000.00", "2500.37", "999.11"), amount, A, text)
    assert sorted(found.split()) == sorted(said.split())


def test_two_equal_items_are_both_shown_and_neither_is_sure() -> None:
    made = desk("1000", "1000", "333.33")
    made.line("1000", A)
    [proposal] = made.match()
    assert (
        proposal.tier == "likely" and proposal.proven
    )  # month after month: the earlier one is more probable
    assert [[each.number for each in option.items] for option in proposal.options[:2]] == [
        ["YS2025-00001"],
        ["YS2025-00002"],
    ]
    assert "several" in codes(proposal.options[0])


def test_equal_items_of_one_month_are_only_suggested() -> None:
    made = Desk()
    made.customer("A", A)
    for number in ("YS1", "YS2"):
        made.item(f"{number}000", "1000", issued="2025-09-10")
    assert one(made, "1000", A) == "weak YS1000=1000.00"


def test_the_number_decides_between_equal_items() -> None:
    assert one(desk("1000", "1000"), "1000", A, "YS2025-00002") == "sure YS2025-00002=1000.00"


def test_a_month_that_is_named_comes_first() -> None:
    made = Desk()
    made.customer("A", A)
    for month in (8, 9, 10):
        made.item(f"R{month}", "5000", issued=f"2025-{month:02d}-01", due=f"2025-{month:02d}-25")
    assert one(made, "5000", A, "9月租金") == "likely R9=5000.00"
    assert one(made, "5000", A, "租金") == "likely R8=5000.00"


def test_an_invoice_of_somebody_else_is_a_conflict() -> None:
    made = desk("1000")
    made.customer("B", B)
    made.item("YS2025-00009", "1000", customer="B")
    made.line("1000", A, "YS2025-00009")
    [proposal] = made.match()
    assert told(proposal) == "likely YS2025-00001=1000.00"
    assert proposal.options[1].customer_id == key("B") and proposal.options[1].tier == "weak"
    assert all("other_customer" in codes(each) for each in proposal.options)


def test_a_strangers_payment_is_believed_for_the_exact_amount_of_a_whole_number_only() -> None:
    assert one(desk("1000"), "1000", "王小明", "YS2025-00001") == "sure YS2025-00001=1000.00"
    assert one(desk("1000"), "985", "王小明", "YS2025-00001") == "likely YS2025-00001=1000.00 fee=15.00"
    assert one(desk("1000"), "1000", "王小明", "00001") == "none left=1000.00"
    assert one(desk("1000"), "1000", "王小明") == "none left=1000.00"


def test_a_typing_error_in_the_name_needs_the_number() -> None:
    made = desk("1000")
    assert one(made, "1000", "宁波海祥机械有限公司") == "weak YS2025-00001=1000.00"
    assert one(desk("1000"), "1000", "宁波海祥机械有限公司", "YS2025-00001") == "sure YS2025-00001=1000.00"


def test_the_head_of_a_group_pays_for_a_member_whose_invoice_it_names() -> None:
    made = desk("1000")
    made.customer("M", "宁波海翔销售有限公司", parent="A")
    made.item("YS2025-00088", "400", customer="M")
    made.line("400", A, "YS2025-00088")
    made.line("1400", A, "YS2025-00001 YS2025-00088")
    first, second = made.match()
    assert told(first) == "sure YS2025-00088=400.00" and first.customer_id == key("M")
    assert "group_payer" in codes(first.options[0])
    assert second.tier != "sure"


def test_of_two_members_that_fit_neither_is_sure() -> None:
    made = desk("1000")
    made.customer("M", "宁波海翔销售有限公司", parent="A")
    made.item("YS2025-00088", "1000", customer="M")
    assert one(made, "1000", A) == "likely YS2025-00001=1000.00"


def test_a_credit_note_makes_up_the_difference() -> None:
    made = desk("1000")
    made.item("HZ2025-00001", "120", side=-1, kind="credit_note")
    assert one(made, "880", A, "YS2025-00001") == "sure YS2025-00001=1000.00 -HZ2025-00001=120.00"
    made.lines.clear()
    assert one(made, "880", A) == "likely YS2025-00001=1000.00 -HZ2025-00001=120.00"


def test_an_agreed_discount_in_time_is_sure_and_a_late_one_is_not() -> None:
    def paid(day: str) -> str:
        made = Desk()
        made.customer("A", A, discounts=(Discount(200, 10),))
        made.item("YS2025-00001", "113000", net="100000", issued="2025-10-01", due="2025-11-01")
        return one(made, "111000", A, "YS2025-00001", on=day)

    assert paid("2025-10-10") == "sure YS2025-00001=113000.00 discount=2000.00"
    assert paid("2025-10-20").startswith("likely")
    assert paid("2026-01-20") == "likely YS2025-00001=113000.00 discount=2000.00"


def test_a_discount_that_could_be_a_fee_is_not_sure() -> None:
    made = Desk()
    made.customer("A", A)
    made.item("YS2025-00001", "1000", issued="2025-10-20", due="2025-12-01")
    made.line("980", A, "YS2025-00001")
    [proposal] = made.match()
    assert proposal.tier == "likely"
    assert {next(iter(each.differences)) for each in proposal.options if each.differences} == {
        "fee",
        "discount",
    }


def test_a_retention_that_is_not_due_is_not_expected() -> None:
    made = Desk()
    made.customer("A", A)
    made.item("YS2025-00001", "107350", position=1)
    made.item("YS2025-00001", "5650", position=2, held=True, due=None)
    assert one(made, "107350", A, "YS2025-00001") == "sure YS2025-00001=107350.00"


def test_an_instalment_of_the_invoice_named() -> None:
    made = Desk()
    made.customer("A", A)
    made.item("YS2025-00001", "300", position=1, due="2025-10-01")
    made.item("YS2025-00001", "600", position=2, due="2025-11-01")
    assert one(made, "600", A, "YS2025-00001") == "sure YS2025-00001=600.00"


def test_a_contract_is_named() -> None:
    made = Desk()
    made.customer("A", A)
    made.item("YS2025-00001", "300", also=(("contract", "HT-2025-088"),))
    made.item("YS2025-00002", "700", also=(("contract", "HT-2025-088"),))
    made.item("YS2025-00003", "300")
    assert one(made, "300", A, "HT2025-088进度款") == "sure YS2025-00001=300.00"
    made.lines.clear()
    assert one(made, "1000", A, "合同HT2025-088") == "sure YS2025-00001=300.00 YS2025-00002=700.00"


def test_two_lines_make_one_invoice() -> None:
    made = desk("1000", "77.77")
    made.line("400", A, "YS2025-00001第一笔")
    made.line("600", A, "YS2025-00001第二笔", on="2025-11-04")
    first, second = made.match()
    assert [told(first), told(second)] == ["sure YS2025-00001=1000.00"] * 2
    assert first.options[0].companions == (second.line_id,)
    assert second.options[0].companions == (first.line_id,)


def test_the_same_payment_twice_settles_once() -> None:
    made = desk("1000", "1000.01")
    made.line("1000", A, "YS2025-00001")
    made.line("1000", A, "YS2025-00001")
    assert made.said() == ["sure YS2025-00001=1000.00", "likely left=1000.00"]
    unnamed = desk("1000")
    unnamed.line("1000", A)
    unnamed.line("1000", A)
    assert unnamed.tiers() == ["sure", "weak"]


def test_equal_money_a_day_later_is_not_sure_of_the_next_equal_item() -> None:
    made = desk("1000", "1000")
    made.line("1000", A, "YS2025-00001")
    made.line("1000", A, "", on="2025-11-04")
    assert made.said() == ["sure YS2025-00001=1000.00", "likely YS2025-00002=1000.00"]


def test_money_for_an_invoice_settled_long_ago_is_not_taken_for_another() -> None:
    made = desk("1000")
    made.options["settled"] = {"YS202500999": key("A")}
    made.line("1000", A, "YS2025-00999")
    [proposal] = made.match()
    assert told(proposal) == "likely left=1000.00"
    assert "settled_already" in codes(proposal.options[0])


def test_the_only_item_of_the_amount_comes_before_a_part_of_the_one_named() -> None:
    assert one(desk("1000", "650.25"), "650.25", A, "YS2025-00001") == "likely YS2025-00002=650.25"


def test_an_item_that_another_line_names_is_not_sure_by_its_amount() -> None:
    made = desk("1000", "500")
    made.line("1000", A, "")
    made.line("900", A, "YS2025-00001")
    assert made.tiers() == ["likely", "likely"]


def test_of_too_many_items_one_that_fits_is_likely_and_not_proven() -> None:
    made = Desk()
    made.customer("A", A)
    for place in range(60):
        made.item(
            f"YS2025-{place:05d}", f"{1000 + place * 37}.{place:02d}", issued=f"2025-0{1 + place % 9}-01"
        )
    made.line("2850.50", A)
    [proposal] = made.match()
    assert told(proposal) == "likely YS2025-00050=2850.50" and not proposal.proven
    assert "not_proven" in codes(proposal.options[0])


def test_an_invoice_issued_after_the_money_needs_a_look() -> None:
    made = Desk()
    made.customer("A", A)
    made.item("YS2025-00001", "1000", issued="2025-11-20", due="2025-12-20")
    assert one(made, "1000", A).startswith("likely")


def test_what_the_payer_advises_wins() -> None:
    made = desk("1000", "1000", "500")
    made.advice("1500", ("YS2025-00002", "1000"), ("YS2025-00003", "500"), customer="A")
    assert one(made, "1500", A) == "sure YS2025-00002=1000.00 YS2025-00003=500.00"


def test_an_advice_that_does_not_add_up_is_not_sure() -> None:
    made = desk("1000", "500")
    made.advice("1500", ("YS2025-00001", "1000"), ("YS2025-09999", "500"), customer="A")
    assert one(made, "1500", A) == "likely YS2025-00001=1000.00 left=500.00"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("", "结息", "interest"),
        ("", "账户管理费", "fee"),
        ("国家税务总局宁波市税务局", "留抵退税", "transfer"),
        ("苏州某供应商有限公司", "供应商退款", "transfer"),
        ("回款测试有限公司", "资金归集", "transfer"),
        ("某某信托", "", "transfer"),
    ],
)
def test_unrelated_money_is_nobodys(name: str, text: str, kind: str) -> None:
    made = desk("1000")
    made.options["own_names"] = ("回款测试有限公司",)
    assert one(made, "1000", name, text, kind=kind) == "none left=1000.00"


def test_currencies_do_not_mix() -> None:
    assert one(desk("1000"), "1000", A, "YS2025-00001", currency="USD").startswith("weak left")


def test_tolerances_are_of_the_amount_whatever_its_decimals() -> None:
    limits = Limits(fee=10_000, short=1_000)
    assert limits.of("USD") is limits
    assert (limits.of("JPY").fee, limits.of("JPY").short) == (100, 10)
    assert limits.of("KWD").fee == 100_000


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("none", "weak YS2025-00001=100.00 YS2025-00002=50.00"),
        ("oldest", "sure YS2025-00001=100.00 YS2025-00002=50.00"),
        ("contract", "sure YS2025-00001=100.00 YS2025-00003=50.00"),
        ("statement", "sure YS2025-00002=150.00"),
        ("interest", "sure YS2025-00004=7.00 YS2025-00001=100.00 YS2025-00002=43.00"),
    ],
)
def test_the_policy_says_where_money_goes_that_names_nothing(order: str, said: str) -> None:
    made = Desk(options={"order": order})
    made.customer("A", A)
    contract = (("contract", "HT-1"),)
    made.item("YS2025-00001", "100", issued="2025-08-20", due="2025-10-01", also=contract)
    made.item("YS2025-00002", "200", issued="2025-07-20", due="2025-10-02")
    made.item("YS2025-00003", "300", issued="2025-09-20", due="2025-10-03", also=contract)
    made.item("YS2025-00004", "7", issued="2025-10-20", due="2025-10-20", interest=True)
    assert one(made, "150", A) == said


def test_a_bounced_payment_points_at_its_receipt() -> None:
    made = desk("1000")
    made.receipts.append(
        PastReceipt(key("SK1"), "SK1", key("A"), 100000, "CNY", on("2025-10-20"), A, b"account")
    )
    made.line("-1000", A, "退票", kind="return")
    made.line("-1000", B, "退票", kind="return")
    made.line("-1000", A, "采购付款")
    first, second, third = made.match()
    assert first.options[0].returns == key("SK1") and first.tier == "likely"
    assert told(first) == "likely left=-1000.00"
    assert (second.tier, third.tier, third.options) == ("none", "none", ())


@pytest.mark.parametrize(
    ("amount", "text", "said"),
    [
        ("1000.00", "YS1", "likely YS1=1000.00"),
        ("1000.00", "", "likely YS1=1000.00"),
        ("700.00", "YS1", "sure YS1=700.00"),
        ("700.01", "YS1", "likely YS1=700.01"),
        ("1500.00", "YS1 YS2", "likely YS1=1000.00 YS2=500.00"),
        ("1200.00", "YS1 YS2", "sure YS1=700.00 YS2=500.00"),
        ("500.00", "YS2", "sure YS2=500.00"),
    ],
)
def test_what_is_in_dispute_is_not_settled_without_a_look(amount: str, text: str, said: str) -> None:
    made = Desk()
    made.customer("A", A)
    made.item("YS2025-00001", "1000.00", disputed=30_000)
    made.item("YS2025-00002", "500.00")
    assert one(made, amount, A, text.replace("YS", "YS2025-0000")).replace("YS2025-0000", "YS") == said

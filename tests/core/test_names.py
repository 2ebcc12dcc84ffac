"""Sort keys, search texts and the bare form of company names."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, pinyin

from huikuan.core import names
from huikuan.core.names import folded, normalise_company_name, pinyin_initials, pinyin_key, search_text


@pytest.mark.parametrize(
    ("text", "key", "initials"),
    [
        ("宁波海翔机械", "ning bo hai xiang ji xie", "nbhxjx"),
        ("重庆长安", "chong qing chang an", "cqca"),
        ("厦门国贸", "xia men guo mao", "xmgm"),
        ("绿源女装", "lv yuan nv zhuang", "lynz"),
        ("ＡＢＣ机械（12厂）", "abc ji xie 12 chang", "abcjx12c"),
        ("Acme Trading Co., Ltd.", "acme trading co ltd", "acmetradingcoltd"),
        ("Müller", "muller", "muller"),
        ("", "", ""),
        ("——", "", ""),
    ],
)
def test_pinyin(text: str, key: str, initials: str) -> None:
    assert pinyin_key(text) == key
    assert pinyin_initials(text) == initials


def test_names_sort_as_a_dictionary_sorts_them() -> None:
    in_order = ["安徽安科", "北京北方", "西安标准", "先锋电子", "中国船舶"]
    assert sorted(sorted(in_order), key=pinyin_key) == in_order
    assert sorted(in_order) != in_order


@pytest.mark.parametrize("query", ["宁波海翔", "海翔机械", "haixiang", "nbhxjx", "c0012", "hxjx", "寧波海翔"])
def test_a_customer_is_found_by_name_pinyin_initials_code_and_former_name(query: str) -> None:
    assert folded(query) in search_text("宁波海翔机械有限公司", "寧波海翔重工", "C0012")


def test_search_text_says_nothing_twice() -> None:
    assert search_text("海翔", "海翔", "", " ") == "海翔 haixiang hx"


def test_accents_may_be_left_out() -> None:
    assert "muller gmbh" in search_text("Müller GmbH")


@pytest.mark.parametrize(
    "spelling",
    [
        "宁波海翔机械有限公司",
        "宁波海翔机械有限责任公司",
        "宁波海翔机械股份有限公司",
        "宁波海翔机械公司",
        "宁波海翔机械",
        "寧波海翔機械有限公司",
        " 宁波 海翔机械 有限公司 ",
        "宁波海翔机械有限公司。",
    ],
)
def test_spellings_of_one_chinese_company_meet(spelling: str) -> None:
    assert normalise_company_name(spelling) == "宁波海翔机械"


@pytest.mark.parametrize(
    "spelling",
    ["Acme Corp", "ACME CORPORATION", "Acme, Inc.", "Acme Co., Ltd.", "Acme Co.Ltd", "acme", "Acme L.L.C."],
)
def test_spellings_of_one_western_company_meet(spelling: str) -> None:
    assert normalise_company_name(spelling) == "acme"


def test_brackets_may_be_of_any_kind_but_their_words_count() -> None:
    forms = {
        normalise_company_name(f"海翔{bracketed}有限公司")
        for bracketed in ("(宁波)", "（宁波）", "【宁波】", " [宁波]")
    }
    assert forms == {"海翔宁波"}
    assert normalise_company_name("海翔(上海)有限公司") not in forms


def test_a_branch_is_not_its_company() -> None:
    assert normalise_company_name("海翔有限公司宁波分公司") == "海翔有限公司宁波分公司"
    assert normalise_company_name("海翔集团有限公司") != normalise_company_name("海翔有限公司")


@pytest.mark.parametrize("name", ["有限公司", "Limited", "Co., Ltd."])
def test_a_name_of_nothing_but_its_legal_form_is_kept(name: str) -> None:
    assert normalise_company_name(name)


def test_every_simplified_character_reads_like_its_traditional_one() -> None:
    table = names._TRADITIONAL_TO_SIMPLIFIED
    assert len(table) % 2 == 0
    readings = [set(pinyin(character, style=Style.NORMAL, heteronym=True)[0]) for character in table]
    pairs = zip(table[::2], table[1::2], readings[::2], readings[1::2], strict=True)
    assert [a + b for a, b, of_a, of_b in pairs if a == b or not of_a & of_b] == []
    assert len(set(table[::2])) == len(table) // 2, "a traditional character stands twice"
    assert not set(table[::2]) & set(table[1::2]), "a simplified character would be changed again"


@given(st.text(max_size=40))
def test_any_text_has_keys_and_a_stable_bare_form(text: str) -> None:
    assert pinyin_key(text) == pinyin_key(text).strip()
    assert " " not in pinyin_initials(text)
    search_text(text)
    assert normalise_company_name(f" {text} ") == normalise_company_name(text)


def test_keys_of_many_names_are_quick() -> None:
    pinyin_key("热身")  # the dictionaries are loaded on first use
    places, brands = (
        ["宁波", "重庆", "厦门", "成都", "长沙", "上海", "广州", "西安"],
        ["海翔", "华泰", "腾龙", "盛达", "宏远", "瑞丰"],
    )
    made = [
        f"{place}{brand}{chr(0x5000 + n)}机械有限公司"
        for n in range(100)
        for place in places
        for brand in brands
    ]
    started = time.perf_counter()
    for name in made:
        pinyin_key(name)
        pinyin_initials(name)
    rate = len(made) / (time.perf_counter() - started)
    assert rate > 5_000, f"{rate:.0f} names/s: 300,000 a minute are needed"

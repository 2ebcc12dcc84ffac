"""Unified social credit codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.customers.rules import explain_uscc, is_valid_uscc, normalise_uscc, uscc_check_digit

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize(("first17", "digit"), [("91350100M000100Y4", "3"), ("91310000MA1K00018", "0")])
def test_check_digits(first17: str, digit: str) -> None:
    assert uscc_check_digit(first17) == digit
    assert is_valid_uscc(first17 + digit)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("91350100M000100Y43", None),
        ("91350100M000100Y4Z", "alphabet"),
        ("91350100M000100Y44", "check_digit"),
        ("91350100M000100Y4", "length"),
        ("91350100M000100Y433", "length"),
        ("", "length"),
        ("91350100M000100y43", "alphabet"),
        ("91350100MO00100Y43", "alphabet"),
        ("９1350100M000100Y43", "alphabet"),
    ],
)
def test_the_reason_why_a_code_is_wrong(code: str, why: str | None) -> None:
    assert explain_uscc(code) == why
    assert is_valid_uscc(code) is (why is None)


def test_codes_are_brought_into_form() -> None:
    assert normalise_uscc(" 9135 0100-m000100y43\n") == "91350100M000100Y43"
    assert normalise_uscc("\uff19\uff1135") == "9135"


@pytest.mark.parametrize("first17", ["", "91350100M000100Y43", "91350100MO00100Y4"])
def test_a_check_digit_needs_seventeen_permitted_characters(first17: str) -> None:
    with pytest.raises(ValueError, match="seventeen"):
        uscc_check_digit(first17)


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_noticed(first17: str, at: int, other: str) -> None:
    code = first17 + uscc_check_digit(first17)
    assert is_valid_uscc(code)
    changed = code[:at] + other + code[at + 1 :]
    assert is_valid_uscc(changed) is (changed == code)

"""Every reason that the matching can give has words, and its words find their values."""

import re
from pathlib import Path

import pytest

import huikuan.cash.matching
from huikuan.cash.matching.options import Reason
from huikuan.cash.matching.unrelated import _KINDS, _WORDS
from huikuan.cash.reason_words import NAMED_WORDS, UNRELATED_WORDS, WORDS, sentence, words_of

SOURCE = "\n".join(
    path.read_text(encoding="utf-8") for path in Path(huikuan.cash.matching.__path__[0]).glob("*.py")
)
CODES = set(re.findall(r'Reason\(\s*"([a-z_]+)"', SOURCE))
SHAPES = ("single", "all", "month", "due_month", "oldest", "subset")


def test_every_code_has_words() -> None:
    assert {"account_seen", "only_one", "bank_fee", "settled_already"} <= CODES
    assert CODES - set(WORDS) == set()
    assert {f"amount_{shape}" for shape in SHAPES} <= set(WORDS)
    assert set(re.findall(r'return "(named|[a-z_]+)", [0-9]{3}', SOURCE)) <= set(SHAPES)
    assert {name for name, _pattern in _WORDS} | set(_KINDS.values()) | {"own", "office"} <= set(
        UNRELATED_WORDS
    )


@pytest.mark.parametrize("kind", sorted(NAMED_WORDS))
def test_named_documents_in_words(kind: str) -> None:
    values = {"number": "YS1", "text": "01"}
    assert words_of(Reason(f"named_{kind}_whole", values)).endswith("YS1")
    assert words_of(Reason(f"named_{kind}_tail", values)).endswith("（只写了尾号 01）")


def test_values_are_filled_in() -> None:
    reasons = [
        Reason("name_similar", {"name": "甲公司", "percent": "91"}),
        Reason("unrelated", {"what": "tax"}),
        Reason("policy_order", {"order": "oldest"}),
        Reason("something_new"),
        Reason("bank_fee"),
    ]
    assert sentence(reasons) == (
        "户名与 甲公司 相似 91%；与应收无关：税款或退税；按约定的顺序冲抵：先到期先冲；something_new；差额像是银行手续费"
    )

"""Accounts that keep the standard's names are named in the reader's language."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from huikuan.demo.books import ACCOUNTS
from huikuan.ledger.account_names import STANDARD_NAMES, account_name
from huikuan.ledger.chart import chart_of


@pytest.mark.parametrize("small", [False, True])
def test_every_account_of_new_books_has_an_english_name(small: bool) -> None:
    with override("en"):
        names = {each.name: account_name(each.name) for each in chart_of(small=small)}
    assert {name for name, shown in names.items() if not shown.isascii()} == set()


def test_the_accounts_of_the_demo_are_standard_ones() -> None:
    assert {name for _code, name in ACCOUNTS} <= STANDARD_NAMES


def test_names_stay_chinese_for_chinese_readers_and_own_names_stay_as_they_are() -> None:
    with override("zh-hans"):
        assert account_name("应收账款") == "应收账款"
    with override("en"):
        assert account_name("应收账款") == "Accounts receivable"
        assert account_name("应收账款—华东") == "应收账款—华东"

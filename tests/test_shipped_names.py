"""What the product ships with a Chinese name is called in the reader's language until the organization renames it."""

from django.utils.translation import override

from huikuan.collection.shipped_policy import NAME, STEPS, shown_name
from huikuan.core.sentences import version_words
from huikuan.credit.scorecards import Scorecard
from huikuan.credit.shipped_card import SHIPPED_NAME
from huikuan.web.sales.words import tax_invoice_kind


def test_a_shipped_policy_and_its_steps_are_named_in_the_readers_language() -> None:
    with override("en"):
        assert shown_name(NAME) == "Standard collection policy"
        assert all(shown_name(step.name).isascii() for step in STEPS)
        assert shown_name("华东策略") == "华东策略"
    with override("zh-hans"):
        assert shown_name(NAME) == NAME


def test_the_shipped_card_is_named_in_the_readers_language() -> None:
    with override("en"):
        assert Scorecard(name=SHIPPED_NAME).title == "General scorecard"
        assert Scorecard(name="经销商评分卡").title == "经销商评分卡"


def test_versions_are_counted_in_words() -> None:
    with override("en"):
        assert version_words(3) == "Version 3"
    with override("zh-hans"):
        assert version_words(3) == "第 3 版"


def test_kinds_of_tax_invoices_are_translated_and_unknown_ones_shown_as_the_original_says() -> None:
    with override("en"):
        assert tax_invoice_kind("增值税专用发票") == "Special VAT invoice"
        assert tax_invoice_kind("电子发票(普通发票)") == tax_invoice_kind("电子发票（普通发票）")
        assert tax_invoice_kind("机动车销售统一发票") == "机动车销售统一发票"

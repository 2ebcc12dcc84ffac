"""What is wrong with a row is read in the reader's language, whoever imported the file in whichever."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from huikuan.core.postgres.tenancy import tenant
from huikuan.core.said import Said, as_kept, said, said_again
from huikuan.integrations.models import Batch, Problem
from huikuan.integrations.operations import correct_rows
from huikuan.integrations.queries import problem_rows, title_of
from tests.conftest import TODAY

HEADER = "客户编码,收款日期,收款金额,流水号\n"
PAID = "客户编码,发票号,开票日期,含税金额,回款金额\n"


@pytest.mark.django_db
def test_problems_are_said_in_the_readers_language(imports: Any, company: Any, actor: Any) -> None:
    with override("zh-hans"):
        report = imports("receipts", f"{HEADER}C1,2030-01-05,50,a\nC1,2026-01-05,伍仟元,b\n")
    with tenant(company.id), override("en"):
        rows, _count = problem_rows(Batch.objects.get(pk=report.batch_id))
        sentences = [problem.sentence for row in rows for problem in row.problems]
        assert sentences == [
            "The receipt date 2030-01-05 is later than today",
            "The amount “伍仟元” cannot be read",
        ]
    with override("zh-hans"), tenant(company.id):
        assert [each.sentence for each in Problem.objects.order_by("row")] == [
            "收款日期 2030-01-05 晚于今天",
            "看不懂金额“伍仟元”",
        ]


@pytest.mark.django_db
def test_a_field_without_a_column_is_named_and_found_in_the_readers_language(
    imports: Any, company: Any, actor: Any
) -> None:
    with override("zh-hans"):
        batch_id = imports("invoices", PAID + "C1,F1,2026-01-05,50,20\n").batch_id
    with tenant(company.id):
        batch, problem = Batch.objects.get(pk=batch_id), Problem.objects.get()
        with override("en"):
            [row], _count = problem_rows(batch)
            assert row.bad == {problem.field} == {"paid_on"}
            assert title_of(batch, problem) == "Payment date"
    with override("zh-hans"):
        correct_rows(batch_id, {problem.pk: {"amount": "60"}}, organization=company, actor=actor, today=TODAY)
    with tenant(company.id), override("en"):
        [left] = Problem.objects.all()
        assert (left.field, left.sentence) == ("paid_on", problem.sentence)


def test_a_sentence_is_said_again_with_what_it_was_filled_in_with() -> None:
    whole = said("核销金额 %(amount)s 超过单据 %(number)s 的未核销余额 %(left)s")
    filled = whole % {"amount": Decimal("2.50"), "number": "YS1", "left": 1}
    kept = as_kept(filled)
    assert kept["filling"] == {"amount": "2.50", "number": "YS1", "left": 1}
    assert said_again(kept) == str(filled)
    with override("en"):
        assert "2.50" in said_again(kept) and "核销" not in said_again(kept)


def test_what_was_not_kept_or_does_not_fit_is_not_said_again() -> None:
    assert as_kept("plain") == {} and said_again({}) == ""
    assert as_kept(Said("说", "说").upper()) == {}
    assert said_again({"words": "有 %(count)d 行", "filling": {"other": 1}}) == ""
    assert said_again({"words": "100%", "filling": None}) == "100%"

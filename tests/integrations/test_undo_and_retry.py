"""After an import: undo it, accept what was set aside, correct what was rejected."""

from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.models import Batch, Problem, State
from huikuan.integrations.operations import ImportRefused, accept_rows, correct_rows, undo_batch
from huikuan.ledger.models import Allocation, Document, JournalLine, OpenItem
from huikuan.ledger.operations.settlements import SettlementRefused
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db

PAID = "客户编码,发票号,开票日期,到期日,含税金额,付款日期\n"


def test_an_undone_import_leaves_no_balance_and_frees_its_numbers(
    imports: Any, company: Any, actor: Any
) -> None:
    text = PAID + "C1,F1,2026-01-01,2026-02-01,100,2026-02-10\nC1,F2,2026-01-01,2026-02-01,70,"
    report = imports("invoices", text)
    with tenant(company.id):
        undo_batch(report.batch_id, actor=actor, today=TODAY)
        assert Batch.objects.get().state == State.UNDONE
        assert not OpenItem.objects.filter(open_amount__gt=0).exists()
        lines = JournalLine.objects.values_list("account__code", "debit", "credit")
        for code in {line[0] for line in lines}:
            assert sum(debit - credit for account, debit, credit in lines if account == code) == 0
    assert imports("invoices", text).imported == 2
    with tenant(company.id):
        assert Document.objects.filter(number="F1", voided_by=None).count() == 1


def test_an_import_something_rests_on_is_not_undone(imports: Any, company: Any, actor: Any) -> None:
    first = imports("invoices", "客户编码,发票号,开票日期,含税金额\nC1,F1,2026-01-01,100")
    imports("receipts", "客户编码,收款单号,收款日期,金额\nC1,R1,2026-01-05,100")
    imports("allocations", "发票号,收款单号,金额,核销日期\nF1,R1,100,2026-01-05")
    with tenant(company.id), pytest.raises(SettlementRefused) as refusal:
        undo_batch(first.batch_id, actor=actor, today=TODAY)
    assert refusal.value.code == "rests_on_it"
    with tenant(company.id):
        assert OpenItem.objects.get(document__number="F1").open_amount == 0


def test_an_import_of_allocations_is_undone_by_reversing_them(imports: Any, company: Any, actor: Any) -> None:
    imports("invoices", "客户编码,发票号,开票日期,含税金额\nC1,F1,2026-01-01,100")
    imports("receipts", "客户编码,收款单号,收款日期,金额\nC1,R1,2026-01-05,100")
    report = imports("allocations", "发票号,收款单号,金额,核销日期\nF1,R1,60,2026-01-05")
    assert report.imported == 1
    with tenant(company.id):
        assert undo_batch(report.batch_id, actor=actor, today=TODAY) == 1
        assert OpenItem.objects.get(document__number="F1").open_amount == 100
        assert Allocation.objects.count() == 2
    assert imports("allocations", "发票号,收款单号,金额,核销日期\nF1,R1,60,2026-01-05").imported == 1


def test_a_row_set_aside_is_accepted_once(imports: Any, company: Any, actor: Any) -> None:
    batch = imports(
        "invoices", PAID + "C1,,2026-01-01,2026-02-01,50,\nC1,,2026-01-01,2026-02-01,50,"
    ).batch_id
    with tenant(company.id):
        waiting = list(Problem.objects.values_list("pk", flat=True))
    settled = accept_rows(batch, waiting, organization=company, actor=actor, today=TODAY)
    assert (settled.imported, settled.left) == (1, 0)
    with pytest.raises(ImportRefused):
        accept_rows(batch, waiting, organization=company, actor=actor, today=TODAY)
    with tenant(company.id):
        assert Document.objects.count() == 2


def test_a_rejected_row_is_not_accepted_as_it_is(imports: Any, company: Any, actor: Any) -> None:
    batch = imports("invoices", PAID + "C1,F1,2026-02-30,2026-03-01,50,").batch_id
    with tenant(company.id):
        waiting = list(Problem.objects.values_list("pk", flat=True))
    with pytest.raises(ImportRefused) as refusal:
        accept_rows(batch, waiting, organization=company, actor=actor, today=TODAY)
    assert refusal.value.code == "nothing_waiting"
    with tenant(company.id):
        assert Problem.objects.get().status == Problem.Status.REJECTED


def test_a_rejected_row_is_corrected_and_imported(imports: Any, company: Any, actor: Any) -> None:
    text = PAID + "C1,F1,2026-02-30,2026-03-01,50,\nC1,F2,2026-02-03,2026-03-01,60,"
    batch = imports("invoices", text).batch_id
    with tenant(company.id):
        problem = Problem.objects.get()
    corrected = {problem.pk: {"document_on": "2026-02-28"}}
    settled = correct_rows(batch, corrected, organization=company, actor=actor, today=TODAY)
    assert (settled.imported, settled.left) == (1, 0)
    with tenant(company.id):
        document = Document.objects.get(number="F1")
        assert (str(document.document_on), document.amount) == ("2026-02-28", 50)


def test_what_is_still_wrong_stays_with_its_row(imports: Any, company: Any, actor: Any) -> None:
    text = PAID + "C1,F1,2026-01-03,2026-03-01,40,\nC1,F2,2026-02-30,2026-03-01,50,"
    batch = imports("invoices", text).batch_id
    with tenant(company.id):
        problem = Problem.objects.get()
    corrected = {problem.pk: {"document_on": "2026-02-31"}}
    settled = correct_rows(batch, corrected, organization=company, actor=actor, today=TODAY)
    assert (settled.imported, settled.left) == (0, 1)
    with tenant(company.id):
        left = Problem.objects.get()
        assert (left.batch_id, left.row, left.column) == (batch, problem.row, "开票日期")
        assert left.values["document_on"] == "2026-02-31"


def test_over_allocations_in_a_file_are_rejected_row_by_row(imports: Any) -> None:
    imports("invoices", "客户编码,发票号,开票日期,含税金额\nC1,F1,2026-01-01,100\nC2,F2,2026-01-01,100")
    imports("receipts", "客户编码,收款单号,收款日期,金额\nC1,R1,2026-01-05,80")
    report = imports(
        "allocations",
        "发票号,收款单号,金额,核销日期\nF1,R1,50,2026-01-05\nF1,R1,40,2026-01-05\nF2,R1,10,2026-01-06\n"
        "F9,R1,10,2026-01-06\nF1,R1,10,2025-12-31\nF1,R1,30,2026-01-07",
    )
    found = [(problem.row, problem.code) for problem in report.problems]
    assert found == [
        (3, "beyond_receipt"),
        (4, "other_customer"),
        (5, "unknown_invoice"),
        (6, "before_document"),
    ]
    assert report.imported == 2

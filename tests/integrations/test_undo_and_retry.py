"""After an import: undo it, accept what was set aside, correct what was rejected."""

from typing import Any

import pytest
from django.utils import timezone

from huikuan.audit.checks import broken_rows
from huikuan.audit.models import Event
from huikuan.cli.check import VALIDATIONS
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from huikuan.customers.search import customers_found
from huikuan.integrations.models import Batch, Problem, State
from huikuan.integrations.operations import ImportRefused, accept_rows, correct_rows, undo_batch
from huikuan.ledger.models import Allocation, Document, JournalLine, OpenItem
from huikuan.ledger.operations.settlements import SettlementRefused
from huikuan.notices.operations import remove_note, write_note
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


CUSTOMERS = "客户编码,客户名称,统一社会信用代码,地区,上级客户编码\n"
HEAD = "C1,宁波海翔机械有限公司,,华东,"
MEMBER = "C2,宁波海翔机械第二公司,,,C1"


def broken(company: Any) -> list[Any]:
    found = broken_rows(VALIDATIONS, organization=company, now=timezone.now())
    return [row for rows in found.values() for row in rows]


def test_an_import_of_customers_is_undone_and_can_come_again(imports: Any, company: Any, actor: Any) -> None:
    text = CUSTOMERS + HEAD + "\n" + MEMBER
    report = imports("customers", text)
    with tenant(company.id):
        before = {each.code: each.pk for each in Customer.objects.all()}
        assert customers_found("宁波", salespeople=None)
        assert undo_batch(report.batch_id, actor=actor, today=TODAY) == 2
        assert not Customer.objects.exists()
        for words in ("宁波", "nbh", "C1", "宁波海翔机械"):
            assert customers_found(words, salespeople=None) == [], words
        removed = Event.objects.filter(action="removed", record_kind="customer")
        assert sorted(removed.values_list("number", flat=True)) == ["C1", "C2"]
        assert Event.objects.get(action="undone").act_id == removed[0].act_id, "one act"
        assert Batch.objects.get().state == State.UNDONE
        with pytest.raises(ImportRefused):
            undo_batch(report.batch_id, actor=actor, today=TODAY)
    again = imports("customers", CUSTOMERS + "C1,海翔机械,,,\n" + MEMBER)
    assert again.customers_created == 2
    with tenant(company.id):
        assert {each.code: each.pk for each in Customer.objects.all()} == before
        head = Customer.objects.get(code="C1")
        assert (head.name, head.region) == ("海翔机械", "华东"), "as it was known, and what is said now"
        assert [each.code for each in customers_found("海翔机械", salespeople=None)][:1] == ["C1"]
        assert broken(company) == []
        assert undo_batch(again.batch_id, actor=actor, today=TODAY) == 2


def test_a_tax_number_is_free_again(imports: Any, company: Any, actor: Any) -> None:
    number = "91350100M000100Y43"
    report = imports("customers", CUSTOMERS + f"C1,甲公司,{number},,")
    assert report.imported == 1
    with tenant(company.id):
        undo_batch(report.batch_id, actor=actor, today=TODAY)
    assert imports("customers", CUSTOMERS + f"K1,甲公司,{number},,").imported == 1


def test_invoices_for_a_removed_customer_take_it_up_again(imports: Any, company: Any, actor: Any) -> None:
    report = imports("customers", CUSTOMERS + HEAD)
    with tenant(company.id):
        undo_batch(report.batch_id, actor=actor, today=TODAY)
    first = imports("invoices", "客户编码,发票号,开票日期,含税金额\nC1,F1,2026-01-01,100")
    assert first.customers_created == 1
    with tenant(company.id):
        assert Customer.objects.get().name == "宁波海翔机械有限公司"


def test_customers_something_rests_on_stay(imports: Any, company: Any, actor: Any) -> None:
    report = imports("customers", CUSTOMERS + HEAD)

    def refused() -> str:
        with tenant(company.id), pytest.raises(ImportRefused) as refusal:
            undo_batch(report.batch_id, actor=actor, today=TODAY)
        with tenant(company.id):
            assert Customer.objects.filter(code="C1").exists()
            assert Batch.objects.get(pk=report.batch_id).state == State.DONE
        assert refusal.value.code == "rests_on_it" and "C1" in refusal.value.message
        return str(refusal.value.message)

    invoices = imports("invoices", "客户编码,发票号,开票日期,含税金额\nC1,F1,2026-01-01,100")
    assert "单据" in refused()
    with tenant(company.id):
        undo_batch(invoices.batch_id, actor=actor, today=TODAY)
        key = Customer.objects.get().pk
        note = write_note(
            record_kind="customer", record_id=key, text="月底付款", actor=actor, now=timezone.now(),
            label="客户", path="/", may_see=lambda reader: True,
        )  # fmt: skip
    assert "备注" in refused()
    with tenant(company.id):
        remove_note(first=note.first, actor=actor, now=timezone.now())
    joined = imports("customers", CUSTOMERS + MEMBER)
    assert "下级" in refused()
    with tenant(company.id):
        undo_batch(joined.batch_id, actor=actor, today=TODAY)
        assert undo_batch(report.batch_id, actor=actor, today=TODAY) == 1, "its documents are all reversed"
        assert not Customer.objects.exists()
        assert broken(company) == []


def test_an_import_that_changed_other_customers_is_not_undone(imports: Any, company: Any, actor: Any) -> None:
    first = imports("customers", CUSTOMERS + HEAD)
    second = imports("customers", CUSTOMERS + "C1,海翔,,,\nC9,另一家,,,")
    for report, code in ((second, "changed_others"), (first, "rests_on_it")):
        with tenant(company.id), pytest.raises(ImportRefused) as refusal:
            undo_batch(report.batch_id, actor=actor, today=TODAY)
        assert refusal.value.code == code
    with tenant(company.id):
        assert Customer.objects.count() == 2

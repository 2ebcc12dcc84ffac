"""Importing customers: new ones, changed ones, groups, contacts."""

from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Contact, Customer, CustomerChange, CustomerName
from huikuan.integrations.models import Problem
from huikuan.integrations.operations import accept_rows
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db


def test_customers_are_created_with_group_salesperson_and_terms(imports: Any, company: Any) -> None:
    report = imports(
        "customers",
        "客户编码,客户名称,统一社会信用代码,地区,规模,业务员,付款条件,上级客户编码,联系人,联系电话\n"
        "C2,宁波海翔机械有限公司,91350100M000100Y43,宁波,中型,王芳,月结30天,C1,李雷,13800138000\n"
        "C1,海翔集团,,宁波,大型,王芳,,,,",
    )
    assert (report.imported, report.customers_created) == (2, 2)
    with tenant(company.id):
        child = Customer.objects.select_related("parent", "salesperson", "term").get(code="C2")
        assert (child.parent.code, child.salesperson.name, child.size) == ("C1", "王芳", "medium")
        assert child.initials == "nbhxjxyxgs"
        assert child.term.rule["kind"] == "period_months"
        contact = Contact.objects.get()
        assert contact.phone == "+8613800138000"
        assert "13800138000" not in contact.phone_encrypted


def test_a_wrong_credit_code_is_rejected_with_the_reason(imports: Any) -> None:
    report = imports("customers", "客户编码,客户名称,统一社会信用代码\nC1,甲,91350100M000100Y4Z")
    assert [(item.code, item.column) for item in report.problems] == [("uscc_invalid", "统一社会信用代码")]


def test_a_changed_name_is_kept_as_former_and_dimensions_as_history(imports: Any, company: Any) -> None:
    imports("customers", "客户编码,客户名称,地区\nC1,旧名,宁波\nC2,乙,杭州")
    report = imports("customers", "客户编码,客户名称,地区\nC1,新名,上海\nC2,乙,杭州")
    assert (report.imported, report.unchanged) == (1, 1)
    with tenant(company.id):
        assert CustomerName.objects.get().name == "旧名"
        change = CustomerChange.objects.get()
        assert (change.customer.code, change.region) == ("C1", "宁波")


def test_former_names_are_separated_by_either_semicolon_or_by_the_enumeration_mark(
    imports: Any, company: Any
) -> None:
    imports("customers", "客户编码,客户名称,曾用名\nC1,甲,乙；丙、丁;戊")
    with tenant(company.id):
        assert set(CustomerName.objects.values_list("name", flat=True)) == {"乙", "丙", "丁", "戊"}


GROUPS = "客户编码,客户名称,上级客户编码\n"


def _parents(company: Any) -> dict[str, str | None]:
    with tenant(company.id):
        return dict(Customer.objects.order_by("code").values_list("code", "parent__code"))


def test_a_group_deeper_than_one_level_is_set_aside(imports: Any, company: Any) -> None:
    text = GROUPS + "C3,丙,C2\nC2,乙,C1\nC1,甲,"
    report = imports("customers", text)
    assert (report.read, report.imported, report.set_aside, report.customers_created) == (3, 2, 1, 3)
    [problem] = report.problems
    assert (problem.row, problem.column, problem.code) == (2, "上级客户编码", "group_too_deep")
    assert problem.values["customer_code"] == "C3"
    assert _parents(company) == {"C1": None, "C2": "C1", "C3": None}
    again = imports("customers", text)
    assert (again.imported, again.unchanged, again.set_aside) == (0, 2, 1)


def test_accepted_a_member_of_a_member_joins_the_head_of_the_group(
    imports: Any, company: Any, actor: Any
) -> None:
    report = imports("customers", GROUPS + "C4,丁,C3\nC3,丙,C2\nC2,乙,C1\nC1,甲,")
    assert report.set_aside == 2
    with tenant(company.id):
        waiting = list(Problem.objects.values_list("pk", flat=True))
    settled = accept_rows(report.batch_id, waiting, organization=company, actor=actor, today=TODAY)
    assert settled.left == 0
    parents = _parents(company)
    assert (parents["C2"], parents["C3"]) == ("C1", "C1")
    assert imports("customers", GROUPS + "C5,戊,C2", accept=["group_too_deep"]).set_aside == 0
    assert _parents(company)["C5"] == "C1"


def test_who_has_members_in_the_books_joins_no_group(imports: Any, company: Any) -> None:
    imports("customers", GROUPS + "C2,乙,\nC3,丙,C2")
    report = imports("customers", GROUPS + "C1,甲,\nC2,乙,C1")
    assert [(item.row, item.code) for item in report.problems] == [(3, "customer_has_members")]
    assert (report.imported, report.unchanged, report.rejected) == (1, 0, 1)
    assert _parents(company) == {"C1": None, "C2": None, "C3": "C2"}


def test_a_circle_of_customers_is_rejected(imports: Any, company: Any) -> None:
    report = imports("customers", GROUPS + "C1,甲,C2\nC2,乙,C1")
    assert [item.code for item in report.problems] == ["group_circular", "group_circular"]
    assert _parents(company) == {"C1": None, "C2": None}


def test_a_dry_run_tells_of_groups_too_deep(imports: Any, company: Any) -> None:
    report = imports("customers", GROUPS + "C3,丙,C2\nC2,乙,C1\nC1,甲,", dry_run=True)
    assert [item.code for item in report.problems] == ["group_too_deep"]
    assert _parents(company) == {}

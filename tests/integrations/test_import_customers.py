"""Importing customers: new ones, changed ones, groups, contacts."""

from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Contact, Customer, CustomerChange, CustomerName

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

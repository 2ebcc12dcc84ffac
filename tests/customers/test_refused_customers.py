"""What no customer may be: longer than its column, or a member of a member."""

from __future__ import annotations

from typing import Any

import pytest

from huikuan.customers.models import Contact, Customer, CustomerName
from huikuan.customers.operations import (
    ContactFacts,
    CustomerFacts,
    CustomerRefused,
    add_contacts,
    add_names,
    change_customers,
    create_customers,
)
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db

TOO_LONG = [("code", 65), ("name", 201), ("region", 61), ("sector", 61), ("segment", 61)]


@pytest.mark.parametrize(("field", "length"), TOO_LONG)
def test_a_text_too_long_is_refused_by_name(books: Any, field: str, length: int) -> None:
    facts = {"code": "C1", field: "字" * length}
    with pytest.raises(CustomerRefused) as refused:
        create_customers([CustomerFacts(code="C0"), CustomerFacts(**facts)], actor=books.actor)
    assert refused.value.code == "text_too_long"
    assert str(length - 1) in str(refused.value)
    assert not Customer.objects.exists()
    create_customers([CustomerFacts(**{**facts, field: "字" * (length - 1)})], actor=books.actor)


@pytest.mark.parametrize(("field", "length"), TOO_LONG[1:])
def test_a_change_too_long_is_refused_by_name(books: Any, field: str, length: int) -> None:
    customer = books.customer("C1")
    with pytest.raises(CustomerRefused) as refused:
        _change(books, customer, **{field: "字" * length})
    assert refused.value.code == "text_too_long"
    assert "C1" in str(refused.value)


def test_other_names_and_contacts_too_long_are_refused_by_name(books: Any) -> None:
    customer = books.customer("C1")
    with pytest.raises(CustomerRefused) as refused:
        add_names([(customer.pk, "短名"), (customer.pk, "字" * 201)], kind=CustomerName.Kind.FORMER)
    assert refused.value.code == "text_too_long"
    for values in ({"name": "字" * 101}, {"name": "李雷", "position": "字" * 61}):
        with pytest.raises(CustomerRefused) as refused:
            add_contacts([ContactFacts(customer_id=customer.pk, **values)], actor=books.actor)
        assert refused.value.code == "text_too_long"
    assert not CustomerName.objects.exists() and not Contact.objects.exists()


def test_a_member_leads_no_members(books: Any) -> None:
    [head] = create_customers([CustomerFacts(code="H")], actor=books.actor)
    [member] = create_customers([CustomerFacts(code="M", parent_id=head.pk)], actor=books.actor)
    with pytest.raises(CustomerRefused) as refused:
        create_customers([CustomerFacts(code="X", parent_id=member.pk)], actor=books.actor)
    assert refused.value.code == "group_too_deep"
    assert "X" in str(refused.value) and "M" in str(refused.value)
    other = books.customer("X")
    with pytest.raises(CustomerRefused):
        _change(books, other, parent_id=member.pk)
    assert not Customer.objects.filter(parent=member).exists()


def test_a_head_of_members_joins_no_group_unless_they_leave_with_it(books: Any) -> None:
    [head, top] = create_customers([CustomerFacts(code="H"), CustomerFacts(code="T")], actor=books.actor)
    [member] = create_customers([CustomerFacts(code="M", parent_id=head.pk)], actor=books.actor)
    with pytest.raises(CustomerRefused) as refused:
        _change(books, head, parent_id=top.pk)
    assert refused.value.code == "group_too_deep"
    head, top, member = (Customer.objects.get(code=code) for code in "HTM")
    changes = [(each, CustomerFacts(code=each.code, parent_id=top.pk)) for each in (head, member)]
    assert change_customers(changes, actor=books.actor, effective_on=TODAY) == 2


def _change(books: Any, customer: Customer, **facts: Any) -> int:
    said = CustomerFacts(code=customer.code, **facts)
    return change_customers([(customer, said)], actor=books.actor, effective_on=TODAY)

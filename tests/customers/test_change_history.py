"""The history of customers is part of the trail: only the act that is being recorded adds to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from huikuan.audit.models import Act
from huikuan.customers.models import CustomerChange
from huikuan.customers.operations import CustomerFacts, change_customers, create_customers
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db

ADD_CHANGE = """
    INSERT INTO customers_customer_change
        (organization_id, id, customer_id, act_id, effective_on, parent_id, salesperson_id, region, segment)
    VALUES (%s, %s, %s, %s, %s, NULL, NULL, '华北', '')
"""


def _refused_by(organization_id: UUID, customer_id: UUID, act_id: UUID) -> str:
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ADD_CHANGE, [organization_id, uuid4(), customer_id, act_id, TODAY])
    return str(refused.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


@pytest.mark.raw_sql
def test_nobody_adds_to_the_history_of_a_customer_outside_an_act(books: Any) -> None:
    [customer] = create_customers([CustomerFacts(code="C1", region="华东")], actor=books.actor)
    change_customers(
        [(customer, CustomerFacts(code="C1", region="华南"))], actor=books.actor, effective_on=TODAY
    )
    assert CustomerChange.objects.get().region == "华东"
    recorded = Act.objects.order_by("-recorded_at").values_list("pk", flat=True)[0]
    for act_id in (recorded, uuid4()):
        assert _refused_by(books.organization.pk, customer.pk, act_id) == "rows_join_only_an_open_act"
    assert CustomerChange.objects.count() == 1

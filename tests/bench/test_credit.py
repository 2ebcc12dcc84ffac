"""What is measured reserves: one reservation for every order that was asked for."""

from uuid import uuid4

import pytest

from huikuan.bench.company import build_company
from huikuan.bench.credit import CLIENTS, PER_CLIENT, measure_credit
from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.models import Reservation

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def test_every_order_is_reserved() -> None:
    company = build_company(code=f"b{uuid4().hex[:12]}", items=120, customers=30, allocated=False)
    found = measure_credit(company)
    assert found.detail["reserved_per_s"] > 0
    assert found.detail["p50_ms"] <= found.detail["p95_ms"]
    with tenant(company.organization.pk):
        assert Reservation.objects.filter(state="held").count() == 1 + 30 + CLIENTS * PER_CLIENT

"""The watch over a model: what came due since it was made, beside what it said; whoever chooses models is told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from huikuan.core.postgres.tenancy import tenant
from huikuan.notices.models import Notice
from huikuan.risk.payments.models import PaymentModel
from huikuan.risk.payments.operations import train_model, watch_model
from tests.conftest import TODAY
from tests.risk.payments.conftest import Company, Row, trade
from tests.risk.payments.test_predicting import DAY
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db

LATER = DAY + timedelta(days=150)


def turned(rows: list[Row]) -> list[Row]:
    """From the day on which the model was made, everybody pays otherwise: the slow at once, the quick late."""
    return [
        row._replace(paid=row.due + timedelta(days=25 if (row.paid - row.due).days < 5 else 0))
        if row.paid and row.issued > DAY
        else row
        for row in rows
    ]


def test_a_model_that_still_holds_is_left_in_peace(company: Company, actor: Any) -> None:
    organization = company(trade())
    member(organization, "finance_manager")
    with tenant(organization.id):
        made = train_model(until=DAY, actor=actor, today=TODAY)
        assert (
            watch_model(actor=actor, today=DAY + timedelta(days=40)) is None
        )  # hardly anything has come due
        watch = watch_model(actor=actor, today=LATER)
        assert watch is not None
        assert (watch["version"], watch["state"]) == (made.number, "fine")
        due = sum(row.issued > DAY and row.due <= LATER - timedelta(days=5) for row in trade())
        assert watch["found"]["debts"] == due
        assert not Notice.objects.exists()


def test_a_model_that_no_longer_holds_is_told_of_once(company: Company, actor: Any) -> None:
    organization = company(turned(trade()))
    person = member(organization, "finance_manager")
    with tenant(organization.id):
        first = train_model(until=DAY - timedelta(days=300), actor=actor, today=TODAY)
        train_model(until=DAY, actor=actor, today=TODAY)
        for _monday in range(2):
            watch = watch_model(actor=actor, today=LATER)
            assert watch is not None
            assert (watch["version"], watch["state"]) == (2, "worse")
        [notice] = Notice.objects.filter(kind="model_worse")
        assert notice.path == reverse("payment-model", args=[organization.code])
    client = signed_in(person)
    page = client.get(reverse("payment-model", args=[organization.code])).content.decode()
    assert "没有比简单估计好" in page
    back = reverse("payment-model-use", args=[organization.code, first.pk])
    assert page.count(back) == 2  # among the versions, and beside the finding
    assert client.post(back).status_code == 302
    with tenant(organization.id):
        assert PaymentModel.objects.get(in_use=True) == first

"""Forecast and payment model: from the weeks to the items, the figures, versions; facts on document and customer."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import load_workbook

from huikuan.core.postgres.tenancy import tenant
from huikuan.risk.payments.models import PaymentModel, PaymentPrediction
from huikuan.risk.payments.operations import predict_all, train_model
from huikuan.risk.payments.queries import foretold_weeks
from tests.risk.payments.conftest import Row, company, cut, trade
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db

__all__ = ["company"]


def soon(rows: list[Row], today: date) -> list[Row]:
    """The same trade, ending today."""
    shift = today - max(row.issued for row in rows)
    return cut(
        [
            row._replace(
                issued=row.issued + shift, due=row.due + shift, paid=row.paid + shift if row.paid else None
            )
            for row in rows
        ],
        today,
    )


def test_from_the_weeks_to_what_makes_them(company: Any, actor: Any) -> None:
    today = timezone.localdate()
    organization = company(soon(trade(300), today))
    person = member(organization, "finance_manager")
    client = signed_in(person)
    code = organization.code
    assert "还没有预测" in client.get(reverse("cash-forecast", args=[code])).content.decode()
    assert "还没有付款模型" in client.get(reverse("payment-model", args=[code])).content.decode()
    with tenant(organization.id):
        train_model(until=today - timedelta(days=1), actor=actor, today=today)
        second = train_model(until=today, actor=actor, today=today)
        first = PaymentModel.objects.get(number=1)
        assert predict_all(actor=actor, today=today) > 10
        said = PaymentPrediction.objects.select_related("item").first()
        assert said is not None
    page = client.get(reverse("cash-forecast", args=[code])).content.decode()
    assert "情景与现在的预计" not in page
    scenario = {"customer": str(said.customer_id), "weeks": "2", "rate": "5"}
    tried = client.get(reverse("cash-forecast", args=[code]), scenario).content.decode()
    assert "情景与现在的预计" in tried
    assert f"file.xlsx?customer={said.customer_id}&amp;weeks=2&amp;rate=5" in tried
    wrong = client.get(reverse("cash-forecast", args=[code]), {"weeks": "many", "customer": "x"})
    assert wrong.status_code == 200
    assert "情景与现在的预计" not in wrong.content.decode()
    week = today - timedelta(days=today.weekday())
    address = reverse("cash-forecast-week", args=[code, week.isoformat()])
    assert address in page
    with tenant(organization.id):
        foretold = foretold_weeks()[0].expected
    items = client.get(address).content.decode()
    assert "这周付的可能" in items
    assert f"{foretold:,.2f}" in page
    assert f"{foretold:,.2f}" in items[items.index("<tfoot") :]
    data = client.get(reverse("cash-forecast-file", args=[code, "json"]), scenario).json()
    assert Decimal(data["weeks"][0]["expected"]) == foretold
    assert sum(Decimal(each["weeks"][0]) for each in data["lines"]) == foretold
    assert len(data["scenario"]) == 26
    content = client.get(reverse("cash-forecast-file", args=[code, "xlsx"])).content
    lines = load_workbook(io.BytesIO(content)).get_sheet_by_name("明细").to_python()
    assert lines[-1][7] == pytest.approx(float(foretold))
    assert client.get(reverse("cash-forecast-file", args=[code, "pdf"])).status_code == 404
    assert client.get(reverse("cash-forecast-week", args=[code, "never"])).status_code == 404
    assert "下一周" in items and "上一周" not in items
    last = client.get(reverse("cash-forecast-week", args=[code, "2099-01-05"])).content.decode()
    assert "上一周" in last and "下一周" not in last
    model = client.get(reverse("payment-model", args=[code])).content.decode()
    assert "模型卡" in model
    assert second.digest[:16] in model
    shown = client.get(reverse("document", args=[code, said.item.document_id])).content.decode()
    assert "预计付款" in shown
    assert "预计最晚的付款" in client.get(reverse("customer", args=[code, said.customer_id])).content.decode()
    done = client.post(reverse("payment-model-use", args=[code, first.pk]))
    assert done.status_code == 302
    with tenant(organization.id):
        assert PaymentModel.objects.get(in_use=True) == first


def test_pages_say_that_a_model_is_being_trained(company: Any) -> None:
    organization = company(soon(trade(30), timezone.localdate()))
    client, code = signed_in(member(organization, "finance_manager")), organization.code
    assert client.post(reverse("payment-model-train", args=[code])).status_code == 302
    for name in ("cash-forecast", "payment-model"):
        assert "正在训练付款模型" in client.get(reverse(name, args=[code])).content.decode()
    again = client.post(reverse("payment-model-train", args=[code]), follow=True)
    assert "已经有一次训练在排队" in again.content.decode()

"""What the worker does of payment models: trained, predicted, looked back; losses of a day; a new month; each by the job itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.moments import moment
from huikuan.risk import jobs
from huikuan.risk.in_force import forecast_on
from huikuan.risk.models import ItemLossForecast, LossForecast
from huikuan.risk.operations import RiskRefused
from huikuan.risk.payments.models import ForetoldWeek, PaymentModel, PaymentPrediction
from huikuan.risk.payments.operations import train_model
from huikuan.risk.payments.queries import being_trained, latest_backtest
from tests.risk.payments.conftest import Company, cut, trade
from tests.web.people import member

pytestmark = pytest.mark.django_db

DAY = date(2025, 6, 30)


def test_training_predicting_looking_back_and_losses(company: Company) -> None:
    """Rows of a trade that ended a year ago, so that the worker's own clock finds some debts open."""
    today = timezone.localdate()
    shift = today - max(row.issued for row in trade(300))
    rows = [
        row._replace(
            issued=row.issued + shift, due=row.due + shift, paid=row.paid + shift if row.paid else None
        )
        for row in trade(300)
    ]
    organization = company(cut(rows, today))
    person = member(organization, "finance_manager")
    asked: dict[str, Any] = {"organization_id": str(organization.id), "user_id": str(person.pk)}
    month_end = today.replace(day=1) - timedelta(days=1)
    with pytest.raises(RiskRefused, match="还没有用"):
        jobs.losses(**asked, as_of=month_end.isoformat())
    jobs.ask_training(organization.id, person.pk, most_debts=250)
    with tenant(organization.id):
        assert being_trained()
    jobs.train(**asked, most_debts=250)
    waiting = ProcrastinateJob.objects.filter(
        task_name="risk.look_back", args__organization_id=str(organization.id)
    )
    jobs.look_back(**waiting.get().args)
    with tenant(organization.id):
        model = PaymentModel.objects.get(in_use=True)
        assert model.card["learned"]["debts"] <= 250
        assert model.until_on == today - timedelta(days=1)
        assert PaymentPrediction.objects.count() == sum(row.paid is None or row.paid > today for row in rows)
        assert ForetoldWeek.objects.filter(looked_back=True).count() == jobs.LOOKED_BACK_WEEKS
        oldest = PaymentModel.objects.get(in_use=False)
        earliest = ForetoldWeek.objects.order_by("made_on").first()
        assert earliest is not None
        assert oldest.until_on == earliest.made_on
    day = oldest.until_on
    jobs.losses(**asked, as_of=day.isoformat())
    with tenant(organization.id):
        found = ItemLossForecast.objects.filter(forecast__as_of=day)
        assert found.count() == sum(
            row.issued <= day and (row.paid is None or row.paid > day) for row in rows
        )
        [forecast] = LossForecast.objects.filter(as_of=day)
        assert forecast.model_id == oldest.pk
        assert all(0 <= row.p_lost <= 1 for row in found)
        assert max(row.p_lost for row in found) > min(row.p_lost for row in found)
        known_at = moment(day).known_at
    jobs.losses(**asked, as_of=day.isoformat())
    with tenant(organization.id):
        again = forecast_on(day)
        assert again is not None
        assert again.pk != forecast.pk
        assert forecast_on(day, known_at) == forecast
        said = [
            set(ItemLossForecast.objects.filter(forecast=each).values_list("item_id", "p_lost"))
            for each in (forecast, again)
        ]
        assert said[0] == said[1]


def test_the_first_night_of_a_month(company: Company, actor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known by then is learned, said of what is open, and tried on the past by a job of its own."""
    organization = company(cut(trade(60), DAY))
    night = datetime(2025, 7, 1, jobs.AT_HOUR, 35, tzinfo=UTC)
    monkeypatch.setattr(jobs, "in_each_organization", lambda _at, work, _failed: work(organization, night))
    trying = ProcrastinateJob.objects.filter(
        task_name="risk.backtest", args__organization_id=str(organization.id)
    )
    jobs.foresee_payments(0)
    with tenant(organization.id):
        assert not PaymentModel.objects.exists()
        train_model(until=DAY - timedelta(days=30), actor=actor, today=DAY)
    assert not trying.exists()
    jobs.foresee_payments(0)
    with tenant(organization.id):
        assert PaymentModel.objects.get(in_use=True).until_on == DAY
        assert {row.as_of_on for row in PaymentPrediction.objects.all()} == {night.date()}
        assert ItemLossForecast.objects.filter(forecast__as_of=DAY).exists()
    jobs.try_on_the_past(**trying.get().args)
    with tenant(organization.id):
        made = latest_backtest()
        assert made is not None
        assert made.result["trials"]

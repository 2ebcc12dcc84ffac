"""The page of backtests: asked for, made by the worker, shown beside a clerk's guesses; too little history is said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from huikuan.core.postgres.tenancy import tenant
from huikuan.risk import jobs
from huikuan.risk.payments.operations import backtest
from huikuan.risk.payments.queries import latest_backtest
from huikuan.web.risk.calibration import joined
from tests.risk.payments.conftest import company, trade
from tests.web.people import member, signed_in
from tests.web.reading import running
from tests.web.test_forecast_pages import soon

pytestmark = pytest.mark.django_db

__all__ = ["company"]


def test_trials_are_asked_for_and_shown(company: Any) -> None:
    organization = company(soon(trade(500), timezone.localdate()))
    client, code = signed_in(member(organization, "finance_manager")), organization.code
    address = reverse("payment-model-backtest", args=[code])
    assert address in client.get(reverse("payment-model", args=[code])).content.decode()
    assert "还没有回测" in client.get(address).content.decode()
    run = reverse("payment-model-backtest-run", args=[code])
    assert client.post(run).status_code == 302
    assert "正在过去的几个时点" in client.get(address).content.decode()
    assert "已经有一次回测在排队" in client.post(run, follow=True).content.decode()
    waiting = ProcrastinateJob.objects.get(
        task_name="risk.backtest", args__organization_id=str(organization.id)
    )
    jobs.try_on_the_past(**waiting.args)
    with tenant(organization.id):
        made = latest_backtest()
    assert made is not None
    trials = made.result["trials"]
    assert len(trials) == 3
    assert any(each["method"] == "hazard" for each in trials)
    shown = running(client.get(address).content.decode())
    for each in trials:
        assert f"{each['from']}–{each['until'][5:]}" in shown
        assert f"{each['at_issue']['date']['mae']:.1f}" in shown
    assert "周现金误差" in shown
    assert "calibration-chart" in shown
    assert "nan" not in shown.lower().replace("finance", "")
    reader = signed_in(member(organization, "auditor"))
    assert run not in reader.get(address).content.decode()


def test_a_point_of_the_plot_is_more_than_chance() -> None:
    bands = [
        (0.02, 0.0, 400),
        (0.15, 0.5, 4),
        (0.25, 0.25, 16),
        (0.5, 0.6, 20),
        (0.95, 1.0, 300),
        (0.99, 0.5, 2),
    ]
    assert joined(bands) == [
        (0.02, 0.0, 400),
        (pytest.approx(0.365), pytest.approx(0.45), 40),
        (pytest.approx((0.95 * 300 + 0.99 * 2) / 302), pytest.approx(301 / 302), 302),
    ]
    assert joined([(0.3, 1.0, 2)]) == [(0.3, 1.0, 2)]
    assert joined([]) == []


def test_too_little_history_is_said(company: Any, actor: Any) -> None:
    today = timezone.localdate()
    organization = company(soon(trade(4), today))
    with tenant(organization.id):
        backtest(until=today - timedelta(days=1), actor=actor, today=today)
    client = signed_in(member(organization, "finance_manager"))
    page = client.get(reverse("payment-model-backtest", args=[organization.code])).content.decode()
    assert "付款历史太少，无法回测" in page

"""A pivot that takes long in a real browser: begun, watched, cancelled while it reads; another one to its end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections
from procrastinate.contrib.django import app

from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.models import PivotRun, RunState
from huikuan.reports.operations import pivot_runs
from huikuan.reports.pivots.cells import cells_behind
from huikuan.reports.queues import PIVOTS
from tests.browser.test_workbench import PASSWORD, person
from tests.conftest import TODAY
from tests.trade import Books

pytestmark = pytest.mark.browser


@contextmanager
def worker() -> Iterator[None]:
    """A worker that takes what waits in the queue of heavy pivots, and ends."""

    def work() -> None:
        try:
            with app.replace_connector(app.connector.get_worker_connector()) as own:
                own.run_worker(queues=[PIVOTS], wait=False, install_signal_handlers=False)
        finally:
            connections.close_all()

    thread = Thread(target=work)
    thread.start()
    yield
    thread.join(30)
    assert not thread.is_alive()


def test_cancelled_and_then_to_its_end(
    visit: Callable[..., Any], own_organization: Any, actor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = own_organization
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.customer("C1", name="宁波海翔机械有限公司", region="华东")
        books.invoice("F1", "2026-02-03", "30000.00", customer="C1")
    seconds = [60.0]

    def slowly(apart: Any, at: Any) -> Any:
        if at.organization_id == organization.pk:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(%s)", [seconds[0]])
        return cells_behind(apart, at)

    monkeypatch.setattr(pivot_runs, "cells_behind", slowly)
    window = visit()
    window.sign_in(person(organization, "finance_manager", "沈经理"), PASSWORD)
    page = window.page
    window.open(
        f"/o/{organization.code}/reports/pivot/?from=2026-01-01&to=2026-06-30&by=region&measures=receivable"
    )
    page.get_by_role("button", name="在后台计算").click()
    page.get_by_text("正在等待后台任务开始").wait_for()
    began = time.monotonic()
    with worker():
        page.get_by_text("第 2 步，共 3 步").wait_for()
        page.get_by_text(re.compile("已用 .*一步最多 10 分 0 秒")).wait_for()
        page.get_by_role("button", name="取消").click()
        page.get_by_text("已取消，没有结果。").wait_for()
    assert time.monotonic() - began < 45, "the statement was stopped, not waited for"
    with tenant(organization.pk):
        assert PivotRun.objects.get().state == RunState.CANCELLED

    seconds[0] = 3.0
    page.get_by_role("button", name="重新计算").click()
    page.get_by_text("正在等待后台任务开始").wait_for()
    with worker():
        page.get_by_text("第 2 步，共 3 步").wait_for()
        page.get_by_text("这是在后台算好的").wait_for()
    page.get_by_role("row", name=re.compile("华东")).get_by_text("30,000.00").first.wait_for()
    assert window.overflow() <= 0
    window.open(f"/o/{organization.code}/notices/")
    page.get_by_role("button", name=re.compile("透视表算好了：应收余额，按地区")).first.click()
    page.get_by_text("这是在后台算好的").wait_for()
    page.get_by_role("row", name=re.compile("华东")).get_by_role("link", name="30,000.00").last.click()
    page.get_by_text("F1").first.wait_for()

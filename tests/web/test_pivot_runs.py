"""Pivots behind the page: offered where a page cannot, watched, cancelled, opened, and taken as files."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from huikuan.audit.models import Event
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Salesperson
from huikuan.reports.models import PivotRun, RunState
from huikuan.reports.operations import make_run
from huikuan.reports.pivots import cells
from tests.web.people import member, signed_in
from tests.web.test_pivot_pages import DAYS, clerk, company, page, url

__all__ = ["clerk", "company"]
pytestmark = pytest.mark.django_db(transaction=True)
WORDS = {**DAYS, "by": "region", "column": "quarter", "measures": "sold"}


def ask(client: Any, html: str) -> Any:
    """Press the button that has the pivot made behind the page."""
    return client.post(unescape(re.search(r'action="([^"]+/run\?[^"]*)"', html)[1]))  # type: ignore[index]


def run_in(company: Any) -> PivotRun:
    with tenant(company.pk):
        return PivotRun.objects.latest("asked_at")


def test_what_is_too_large_for_a_page_is_offered_watched_and_opened(
    company: Any, clerk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "MOST_CELLS", 5)
    html = page(clerk, url(company, "pivot/"), WORDS)
    assert "超过 5 的上限" in html
    assert "可以交给后台计算" in html
    answer = ask(clerk, html)
    run = run_in(company)
    assert answer["Location"] == url(company, f"pivot/runs/{run.pk}")
    [job] = ProcrastinateJob.objects.filter(queue_name="pivots", args__run_id=str(run.pk))
    assert (job.task_name, job.status) == ("reports.make_pivot", "todo")

    waiting = page(clerk, clerk.get(answer["Location"])["Location"])
    assert "正在等待后台任务开始" in waiting and "<table" not in waiting
    again = page(clerk, url(company, "pivot/"), WORDS)
    assert "正在等待后台任务开始" in again, "the same question shows the run under way"
    assert "正在等待后台任务开始" in page(clerk, url(company, f"pivot/runs/{run.pk}/progress"))

    monkeypatch.setattr(cells, "MOST_CELLS", 1_000_000)
    assert make_run(company, run.pk) == RunState.DONE
    done = clerk.get(url(company, f"pivot/runs/{run.pk}/progress"), headers={"HX-Request": "true"})
    assert (done.status_code, done["HX-Redirect"]) == (204, url(company, f"pivot/runs/{run.pk}"))
    html = page(clerk, clerk.get(done["HX-Redirect"])["Location"])
    assert "这是在后台算好的" in html and "500.00" in html
    export = unescape(re.search(r'href="([^"]+file\.csv[^"]*)"', html)[1])  # type: ignore[index]
    assert f"run={run.pk}" in export
    assert "500.00" in clerk.get(export).content.decode("utf-8-sig")
    with tenant(company.pk):
        assert Event.objects.filter(action="exported", number="pivot").count() == 1
    assert "透视表算好了：赊销额，按地区、季度" in page(clerk, f"/o/{company.code}/notices/")


def test_cancelled_before_it_begins(company: Any, clerk: Any) -> None:
    answer = ask(clerk, page(clerk, url(company, "pivot/"), WORDS))
    run = run_in(company)
    html = page(clerk, clerk.get(answer["Location"])["Location"])
    cancel = unescape(re.search(r'action="([^"]+/cancel)"', html)[1])  # type: ignore[index]
    assert clerk.post(cancel).status_code == 302
    assert make_run(company, run.pk) == RunState.CANCELLED
    html = page(clerk, clerk.get(answer["Location"])["Location"])
    assert "已取消，没有结果" in html and "重新计算" in html
    assert "在后台算过的" in page(clerk, url(company, "pivot/"), WORDS)


def test_only_its_member_opens_it_and_only_while_the_same_customers_are_seen(
    company: Any, clerk: Any
) -> None:
    answer = ask(clerk, page(clerk, url(company, "pivot/"), WORDS))
    run = run_in(company)
    make_run(company, run.pk)
    other = signed_in(member(company, "finance_manager"))
    for rest in ("", "/progress"):
        assert other.get(answer["Location"] + rest).status_code == 404
    assert other.post(answer["Location"] + "/cancel").status_code == 404
    assert other.get(url(company, "pivot/"), {**WORDS, "run": run.pk}).status_code == 404
    assert other.get(url(company, "pivot/file.csv"), {**WORDS, "run": run.pk}).status_code == 404
    assert clerk.get(url(company, "pivot/"), {**WORDS, "run": "x"}).status_code == 404
    with tenant(company.pk):
        assert Salesperson.objects.count() == 0
        PivotRun.objects.update(reach="other")
    html = page(clerk, clerk.get(answer["Location"])["Location"])
    assert "您能看的客户变了" in html and "<table" not in html
    assert clerk.get(url(company, "pivot/file.csv"), {**WORDS, "run": run.pk}).status_code == 404


def test_other_reports_are_not_made_behind_the_page(company: Any, clerk: Any) -> None:
    assert clerk.post(url(company, "aging/run")).status_code == 404

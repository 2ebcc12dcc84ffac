"""Pivots behind the page: made, kept as they were known, cancelled in the middle of a statement, bounded, and sent."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.queries import visible_salespeople
from huikuan.files.models import AttachedFile
from huikuan.files.storage import content
from huikuan.notices.models import Notice
from huikuan.organizations.models import Membership
from huikuan.reports.asking import Question, QuestionRefused
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.guards import ReportTooLarge
from huikuan.reports.models import PivotRun, ReportSchedule, RunState, Stage
from huikuan.reports.operations import (
    NewPivot,
    NewSchedule,
    RunRefused,
    ask_run,
    cancel_run,
    forget_runs,
    make_run,
    make_schedule,
    save_pivot,
    send_scheduled,
    send_scheduled_pivot,
)
from huikuan.reports.operations import pivot_runs as running
from huikuan.reports.pivots import behind, cells
from huikuan.reports.pivots.behind import kept_answer, run_for, run_named, runs_of, state_of, still_seen
from huikuan.reports.pivots.cells import cells_behind
from huikuan.reports.pivots.keeping import packed, unpacked
from huikuan.reports.pivots.saved import report_name, with_cells
from huikuan.reports.runs import result_digest
from tests.conftest import TODAY, make_organization
from tests.reports.example import record_until_june
from tests.reports.pivots.test_saved import who
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = {"from": "2026-01-01", "to": "2026-06-30"}
WORDS = {**DAYS, "by": "region,customer", "measures": "receivable,sold,overdue_rate", "column": "month"}


@pytest.fixture
def company(actor: Any) -> Any:
    organization = make_organization(actor)
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.customer("C1", name="甲公司", region="华东")
        books.customer("C2", name="乙公司", region="华南")
        record_until_june(books)
        books.invoice("E1", "2026-03-01", "500.00", customer="C2")
    return organization


def question(name: str = "pivot", words: dict[str, str] = WORDS, of: Any = None) -> Question:
    reach = visible_salespeople(of) if of else None
    return asked(
        report_named(name), words, today=TODAY, zone=ZoneInfo("Asia/Shanghai"), salesperson_ids=reach
    )


def asked_for(company: Any, maker: Any, words: dict[str, str] = WORDS, name: str = "pivot") -> PivotRun:
    with tenant(company.pk):
        run, is_new = ask_run(
            report_named(name), question(name, words, maker), actor=maker, now=timezone.now()
        )
    assert is_new
    return run


def fresh(company: Any, run: PivotRun) -> PivotRun:
    with tenant(company.pk):
        return PivotRun.objects.get(pk=run.pk)


def slow(_apart: Any, _at: Any) -> Any:
    """A statement that takes longer than anybody waits for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(60) /* a heavy pivot */")
    raise AssertionError("it was not stopped")


def sleeping() -> int:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
            " AND query LIKE %s AND pid <> pg_backend_pid()",
            ["%pg_sleep(60) /* a heavy%"],
        )
        return int(cursor.fetchone()[0])


def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def test_what_is_kept_is_what_a_page_would_say(company: Any) -> None:
    maker = who(company, "finance_manager")
    run = asked_for(company, maker)
    assert make_run(company, run.pk) == RunState.DONE
    run = fresh(company, run)
    assert (run.state, run.said) == (RunState.DONE, "")
    assert run.started_at and run.ended_at and run.started_at < run.ended_at
    with tenant(company.pk):
        report = report_named("pivot")
        live = answer(report, question())
        kept = kept_answer(run, report, question())
        assert kept.known_at == live.known_at
        assert kept.question.known_at and kept.question.known_at.utcoffset() == timedelta(hours=8)
        assert result_digest(kept) == result_digest(live)
        assert [row.values for row in kept.rows] == [row.values for row in live.rows]
        assert kept.total == live.total and len(kept.rows) > 3
        # In another order without reading anew.
        again = kept_answer(run, report, question(words={**WORDS, "sort": "receivable"}))
        tops = [row.values["receivable"] for row in again.rows if not row.level]
        assert tops == sorted(tops) and len(tops) > 1
        [notice] = Notice.objects.filter(recipient_id=maker.membership_id, kind="pivot_ready")
        assert notice.path == f"/o/{company.code}/reports/pivot/runs/{run.pk}"
        assert notice.parameters["name"] == "应收余额、赊销额、逾期率，按地区、客户、月份"


def test_every_digit_of_the_cells_comes_back(company: Any) -> None:
    found: list[Any] = []

    def read(apart: Any, at: Any) -> Any:
        found.append(cells_behind(apart, at))
        return found[0]

    with tenant(company.pk):
        answer(with_cells(report_named("pivot"), read), question(words={**WORDS, "compare": "previous"}))
    assert unpacked(packed(found[0])) == found[0]
    assert found[0].sums


def test_what_is_recorded_later_is_not_in_it(company: Any, actor: Any) -> None:
    maker = who(company, "finance_manager")
    run = asked_for(company, maker)
    make_run(company, run.pk)
    with tenant(company.pk):
        before = answer(report_named("pivot"), question()).total
        Books(organization=company, actor=actor, today=TODAY).invoice(
            "LATE", "2026-05-05", "777.00", customer="C9"
        )
        kept = kept_answer(fresh(company, run), report_named("pivot"), question())
        now = answer(report_named("pivot"), question()).total
        assert kept.total and before and now
        assert kept.total.values == before.values
        assert now.values["receivable"] - kept.total.values["receivable"] == 777
        # And the day of its knowledge leads to figures that agree.
        then = answer(report_named("pivot"), kept.question)
        assert then.total and then.total.values == before.values


def test_cancelled_in_the_middle_of_a_statement(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "cells_behind", slow)
    maker = who(company, "finance_manager")
    run = asked_for(company, maker)
    ended: list[RunState] = []

    def work() -> None:
        try:
            ended.append(make_run(company, run.pk))
        finally:
            connection.close()

    worker = Thread(target=work)
    worker.start()
    until(lambda: sleeping() == 1)
    until(lambda: fresh(company, run).stage == Stage.READING)
    assert fresh(company, run).state == RunState.RUNNING
    started = time.monotonic()
    with tenant(company.pk):
        assert cancel_run(run.pk, actor=maker, now=timezone.now())
        assert not cancel_run(run.pk, actor=maker, now=timezone.now()), "once"
    worker.join(20)
    assert not worker.is_alive()
    assert time.monotonic() - started < 15
    assert ended == [RunState.CANCELLED]
    assert sleeping() == 0
    with tenant(company.pk):
        assert not Notice.objects.filter(recipient_id=maker.membership_id).exists()
        assert PivotRun.objects.get().cells is None


def test_ended_with_the_worker(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "cells_behind", slow)
    maker = who(company, "finance_manager")
    run = asked_for(company, maker)
    assert make_run(company, run.pk, stopping=lambda: sleeping() > 0) == RunState.FAILED
    assert "中断" in fresh(company, run).said
    assert sleeping() == 0


def test_stopped_by_its_own_limit_of_time(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "cells_behind", slow)
    maker = who(company, "finance_manager")
    run = asked_for(company, maker)
    assert make_run(company, run.pk, seconds=1) == RunState.FAILED
    run = fresh(company, run)
    assert run.said.startswith("这张报表 1 秒内没有算完") and run.cells is None
    with tenant(company.pk):
        [notice] = Notice.objects.filter(recipient_id=maker.membership_id)
        assert (notice.kind, notice.parameters["why"]) == ("pivot_failed", run.said)


def test_ten_million_cells_are_a_clear_sentence(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = who(company, "finance_manager")
    monkeypatch.setattr(cells, "MOST_POSSIBLE", 20)
    run = asked_for(company, maker)
    assert make_run(company, run.pk) == RunState.FAILED
    assert "超过 20 的上限" in fresh(company, run).said


def test_few_cells_of_many_possible_ones(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_CELLS", 100)
    words = {**DAYS, "by": "customer,product,salesperson", "column": "month", "measures": "receivable"}
    maker = who(company, "finance_manager")
    with tenant(company.pk), pytest.raises(ReportTooLarge, match="超过 100"):
        answer(report_named("pivot"), question(words=words))
    run = asked_for(company, maker, words)
    assert make_run(company, run.pk) == RunState.DONE
    monkeypatch.setattr(cells, "MOST_CELLS", 3)
    run = asked_for(company, maker, words)
    assert make_run(company, run.pk) == RunState.FAILED
    assert "没有保留一部分" in fresh(company, run).said


def test_not_twice_and_not_too_many(company: Any) -> None:
    maker = who(company, "finance_manager")
    run = asked_for(company, maker)
    now = timezone.now()
    report = report_named
    with tenant(company.pk):
        same, is_new = ask_run(
            report("pivot"), question(words={**WORDS, "chart": "bar", "sort": "-sold"}), actor=maker, now=now
        )
        assert (same.pk, is_new) == (run.pk, False)
        for by in ("region", "segment"):
            ask_run(report("pivot"), question(words={**WORDS, "by": by}), actor=maker, now=now)
        with pytest.raises(RunRefused, match="3 张"):
            ask_run(report("pivot"), question(words={**WORDS, "by": "team"}), actor=maker, now=now)
        with pytest.raises(QuestionRefused):
            ask_run(report("pivot"), question(words={**WORDS, "by": "month"}), actor=maker, now=now)
        assert len(runs_of(maker)) == 3
    other = who(company, "finance_manager")
    with tenant(company.pk):
        assert runs_of(other) == [] and run_named(other, run.pk) is None
        assert not cancel_run(run.pk, actor=other, now=now), "another's"


def test_only_for_whom_it_was_made(company: Any) -> None:
    maker = who(company, "finance_manager")
    run = asked_for(company, maker)
    assert still_seen(run, None)
    assert not still_seen(run, frozenset())
    with tenant(company.pk):
        Membership.objects.filter(pk=maker.membership_id).update(active=False)
    assert make_run(company, run.pk) == RunState.FAILED
    assert "已停用" in fresh(company, run).said


def test_a_lost_worker_does_not_keep_one_waiting(company: Any) -> None:
    maker = who(company, "finance_manager")
    run = asked_for(company, maker)
    now = timezone.now()
    with tenant(company.pk):
        PivotRun.objects.update(state=RunState.RUNNING, started_at=now, seen_at=now)
        [run] = PivotRun.objects.all()
        assert state_of(run, now) == RunState.RUNNING
        later = now + timedelta(minutes=2)
        assert state_of(run, later) == RunState.FAILED
        again, is_new = ask_run(report_named("pivot"), question(of=maker), actor=maker, now=later)
        assert is_new and again.pk != run.pk


def test_what_no_page_could_do_is_shown_again_for_a_day(company: Any) -> None:
    maker = who(company, "finance_manager")
    run = asked_for(company, maker)
    report = report_named

    def found(after: timedelta = timedelta()) -> Any:
        with tenant(company.pk):
            return run_for(maker, report("pivot"), question(), now=timezone.now() + after)

    assert found().pk == run.pk, "under way"
    make_run(company, run.pk)
    assert found() is None, "a page can do it"
    with tenant(company.pk):
        PivotRun.objects.update(started_at=timezone.now() - timedelta(seconds=behind.ON_PAGE + 5))
    assert found().pk == run.pk
    assert found(timedelta(days=2)) is None
    with tenant(company.pk):
        assert forget_runs(now=timezone.now() + timedelta(days=29)) == 0
        assert forget_runs(now=timezone.now() + timedelta(days=31)) == 1


def test_a_scheduled_one_that_takes_too_long_is_made_behind_and_sent(
    company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = who(company, "finance_manager")
    with tenant(company.pk):
        saved = save_pivot(
            NewPivot("地区月报", {"by": "region", "measures": "receivable"}), actor=maker, today=TODAY
        )
    name = report_name(saved.pk)
    schedule = _scheduled(company, maker, name)
    now = datetime(2026, 7, 1, 2, tzinfo=UTC)
    later: list[Any] = []
    monkeypatch.setattr(cells, "MOST_CELLS", 0)  # nothing is small enough for a page
    assert send_scheduled(company, now=now, later=lambda *what: later.append(what)) == 0
    with tenant(company.pk):
        assert "转到后台" in ReportSchedule.objects.get().last_said
    assert [(what[0].pk, what[1]) for what in later] == [(company.pk, schedule.pk)]
    assert send_scheduled(company, now=now, later=lambda *what: later.append(what)) == 0
    assert len(later) == 1, "handed on once for its day"
    monkeypatch.setattr(cells, "MOST_CELLS", 1_000_000)
    assert send_scheduled_pivot(company, schedule.pk, now=later[0][2]) == 1
    with tenant(company.pk):
        assert ReportSchedule.objects.get().last_said == ""
        [file] = AttachedFile.objects.filter(record_id=schedule.pk)
        data = json.loads(content(company.pk, file.sha256, name=file.name))
    assert [row["name"] for row in data["rows"]] == ["华东", "华南"]


def _scheduled(company: Any, maker: Any, name: str) -> ReportSchedule:
    with tenant(company.pk):
        new = NewSchedule(
            report=name,
            words={},
            form="json",
            every="day",
            on=1,
            at=clock(8),
            channel="email",
            recipients=["cfo@example.com"],
        )
        return make_schedule(new, actor=maker, today=TODAY)

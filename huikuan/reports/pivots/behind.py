"""Pivots that are made behind the page: which one belongs to a question, where it stands, and what it answers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.organizations.actors import Actor
from huikuan.reports.asking import Question, Report, Result
from huikuan.reports.catalogue import answer
from huikuan.reports.models import PivotRun, RunState
from huikuan.reports.moments import moment
from huikuan.reports.pivots.cells import cells_behind
from huikuan.reports.pivots.keeping import unpacked
from huikuan.reports.pivots.saved import is_pivot, with_cells
from huikuan.reports.runs import question_digest

ON_PAGE = 20
"""How many seconds one statement of a pivot may take while somebody looks at an empty page."""
BEHIND = 600
"""How many seconds one statement of a pivot may take where nobody waits for it."""
SILENT = timedelta(minutes=1)
"""A run of which the worker said nothing for so long is taken for lost."""
FRESH = timedelta(days=1)
"""For so long what was made behind the page is shown instead of trying again what a page cannot."""
ACTIVE = (RunState.WAITING, RunState.RUNNING)
SHOWN_ONLY = ("sort", "chart")


def digest_of(report: Report, question: Question) -> str:
    """A short name of what decides the cells: everything asked, but neither the order nor the picture."""
    options = {name: value for name, value in question.options.items() if name != "chart"}
    plain = replace(
        question, sort=report.sort, options={**options, **({"chart": ""} if report.options else {})}
    )
    known = question.known_at.isoformat() if question.known_at else ""
    return hashlib.sha256(f"{question_digest(report, plain)} {known}".encode()).hexdigest()


def reach_digest(salesperson_ids: frozenset[UUID] | None) -> str:
    """A short name of whose customers a member sees; empty for all."""
    if salesperson_ids is None:
        return ""
    return hashlib.sha256(" ".join(sorted(map(str, salesperson_ids))).encode()).hexdigest()


def state_of(run: PivotRun, now: datetime) -> RunState:
    """Where a run stands: one of which the worker is gone has failed."""
    lost = run.state == RunState.RUNNING and run.seen_at is not None and now - run.seen_at > SILENT
    return RunState.FAILED if lost else RunState(run.state)


def why_failed(run: PivotRun) -> str:
    """Why there is no answer."""
    return run.said or _("后台任务中断了，没有算完。请重新计算。")


def runs_of(actor: Actor, *, report: str = "") -> list[PivotRun]:
    """The last runs of a member, of one report or all, without their cells."""
    if actor.membership_id is None:
        return []
    found = PivotRun.objects.filter(membership_id=actor.membership_id).defer("cells").order_by("-asked_at")
    return list((found.filter(report=report) if report else found)[:5])


def run_named(actor: Actor, key: UUID) -> PivotRun | None:
    """A member's own run."""
    if actor.membership_id is None:
        return None
    return PivotRun.objects.filter(pk=key, membership_id=actor.membership_id).defer("cells").first()


def run_for(actor: Actor, report: Report, question: Question, *, now: datetime) -> PivotRun | None:
    """The run that a question without a run of its own is answered by: one under way, or one that no page could do."""
    if actor.membership_id is None:
        return None
    found = PivotRun.objects.filter(
        membership_id=actor.membership_id, report=report.name, question=digest_of(report, question)
    )
    run = found.defer("cells").order_by("-asked_at").first()
    if run is None:
        return None
    if state_of(run, now) in ACTIVE:
        return run
    if run.state != RunState.DONE or run.started_at is None or run.ended_at is None:
        return None
    slow = run.ended_at - run.started_at > timedelta(seconds=ON_PAGE)
    return run if slow and now - run.ended_at < FRESH else None


def answer_patiently(report: Report, question: Question) -> Result:
    """Ask a report where nobody waits for it; a pivot may be larger and take longer than on a page. Raises as `answer`."""
    if not is_pivot(report):
        return answer(report, question)
    return answer(with_cells(report, cells_behind), question, seconds=BEHIND)


def still_seen(run: PivotRun, salesperson_ids: frozenset[UUID] | None) -> bool:
    """Whether the member still sees whom the run is of; if not, its answer is not shown."""
    return run.reach == reach_digest(salesperson_ids)


def kept_answer(run: PivotRun, report: Report, question: Question) -> Result:
    """What a finished run answered, in the order asked for now; as known when it was made."""
    cells = unpacked(bytes(run.cells or b""))
    known_at = moment(question.as_of, run.known_at).known_at  # in the time zone of the organization
    return answer(with_cells(report, lambda _asked, _at: cells), replace(question, known_at=known_at))

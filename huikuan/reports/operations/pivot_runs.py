"""Pivots that take longer than a page may are made by the worker: asked for, watched, cancelled, kept, announced."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id, tenant
from huikuan.core.sentences import enumerated
from huikuan.customers.queries import visible_salespeople
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import PIVOT_FAILED, PIVOT_READY
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Membership, Organization
from huikuan.organizations.queries import actor_of
from huikuan.reports.asking import Question, Report, meant
from huikuan.reports.catalogue import answer, asked, report_named, require_open
from huikuan.reports.models import PivotRun, RunState, Stage
from huikuan.reports.moments import Moment
from huikuan.reports.pivots.asked import Asked, taken_apart
from huikuan.reports.pivots.behind import ACTIVE, BEHIND, digest_of, reach_digest, state_of
from huikuan.reports.pivots.cells import Cells, cells_behind
from huikuan.reports.pivots.keeping import packed
from huikuan.reports.pivots.report import PIVOT
from huikuan.reports.pivots.saved import with_cells
from huikuan.reports.questions import dimension_label, parameters_of

logger = logging.getLogger(__name__)

MOST_ACTIVE = 3
KEPT_FOR = timedelta(days=30)
LOOKS_EVERY = 0.5
"""Seconds between two looks at whether a run was cancelled."""


class RunRefused(HuikuanError):
    """A pivot is not made behind the page as asked."""

    code = "run_refused"


def ask_run(report: Report, question: Question, *, actor: Actor, now: datetime) -> tuple[PivotRun, bool]:
    """A member has a pivot made; the same one under way is not made twice. The run, and whether it is new.

    Raises RunRefused, and what the question itself is refused for.
    """
    actor.require("report.read")
    require_open(report, actor)
    if actor.membership_id is None:
        raise RunRefused(_("只有本组织的成员才能在后台计算透视表。"), code="no_member")
    apart = taken_apart(meant(report, question))
    digest = digest_of(report, question)
    active = [
        run
        for run in PivotRun.objects.filter(membership_id=actor.membership_id, state__in=ACTIVE).defer("cells")
        if state_of(run, now) in ACTIVE
    ]
    for run in active:
        if (run.report, run.question) == (report.name, digest):
            return run, False
    if len(active) >= MOST_ACTIVE:
        raise RunRefused(
            _("您已有 %d 张透视表在后台计算，请等其中一张算完，或者取消一张。") % MOST_ACTIVE,
            code="too_many_runs",
        )
    made = PivotRun.objects.create(
        organization_id=current_organization_id(),
        membership_id=actor.membership_id,
        report=report.name,
        title=_title(report, apart)[:200],
        words=parameters_of(report, question),
        question=digest,
        reach=reach_digest(question.salesperson_ids),
        language=translation.get_language() or "zh-hans",
        asked_at=now,
    )
    return made, True


def _title(report: Report, apart: Asked) -> str:
    if report.name != PIVOT.name:
        return str(report.title)
    measures = enumerated(each.label for each in apart.measures)
    dimensions = (*apart.question.by, *((apart.column,) if apart.column else ()))
    if not dimensions:
        return measures
    by = enumerated(dimension_label(name) for name in dimensions)
    return _("%(measures)s，按%(by)s") % {"measures": measures, "by": by}


def cancel_run(key: UUID, *, actor: Actor, now: datetime) -> bool:
    """A member's own run ends without an answer; the worker stops its statement. Whether there was one to end."""
    if actor.membership_id is None:
        return False
    own = PivotRun.objects.filter(pk=key, membership_id=actor.membership_id, state__in=ACTIVE)
    return bool(own.update(state=RunState.CANCELLED, ended_at=now))


def forget_runs(*, now: datetime) -> int:
    """Remove what was asked for long ago; returns how many."""
    return PivotRun.objects.filter(asked_at__lt=now - KEPT_FOR).delete()[0]


class _Watch:
    """Beside a run: writes how far it is, and stops its statement when it was cancelled or the worker ends."""

    def __init__(self, organization: Organization, key: UUID, stopping: Callable[[], bool]) -> None:
        self.stage, self.rows = Stage.COUNTING, None
        self.ended_early = False
        self._organization, self._key, self._stopping = organization, key, stopping
        self._working: psycopg.Connection = connection.connection
        self._end = Event()
        self._thread = Thread(target=self._look, name=f"pivot {key}", daemon=True)

    stage: Stage
    rows: int | None

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing is stopped once this is left: the next statement of the connection is another's."""
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        try:
            while not self._end.wait(LOOKS_EVERY):
                if self._still_wanted():
                    continue
                self.ended_early = True
                self._working.cancel_safe(timeout=5)
        except Exception:
            logger.exception("pivot %s is not watched any more", self._key)
        finally:
            connection.close()  # of this thread

    def _still_wanted(self) -> bool:
        if self._stopping():
            return False
        with tenant(self._organization.pk):
            running = PivotRun.objects.filter(pk=self._key, state=RunState.RUNNING)
            return bool(running.update(stage=self.stage, rows=self.rows, seen_at=timezone.now()))


def make_run(
    organization: Organization,
    key: UUID,
    *,
    stopping: Callable[[], bool] = lambda: False,
    seconds: int = BEHIND,
) -> RunState:
    """Make the pivot of a run, outside any transaction; keep its cells and tell its member. How it ended.

    `stopping`: whether the worker is about to end. `seconds`: how long one statement may take.
    """
    with tenant(organization.pk):
        run = PivotRun.objects.select_for_update().defer("cells").get(pk=key)
        if run.state != RunState.WAITING:
            return RunState(run.state)
        run.state, run.stage = RunState.RUNNING, Stage.COUNTING
        run.started_at = run.seen_at = timezone.now()
        run.save(update_fields=["state", "stage", "started_at", "seen_at"])
    cells: list[tuple[bytes, Moment]] = []
    said = ""
    with translation.override(run.language):
        try:
            cells.append(_read(organization, run, stopping, seconds))
        except HuikuanError as error:
            said = error.message
        except Exception:
            logger.exception("pivot %s was not made", key)
            said = _("系统出错了，没有算完。")
        with tenant(organization.pk):
            return _ended(organization, run, cells, said)


def _read(
    organization: Organization, run: PivotRun, stopping: Callable[[], bool], seconds: int
) -> tuple[bytes, Moment]:
    kept: list[tuple[bytes, Moment]] = []
    with tenant(organization.pk, snapshot=True), _Watch(organization, run.pk, stopping) as watch:

        def read(apart: Asked, at: Moment) -> Cells:
            watch.stage = Stage.READING
            cells = cells_behind(apart, at)
            watch.stage, watch.rows = Stage.ADDING, len(cells.sums)
            kept.append((packed(cells), at))
            return cells

        actor = _actor(run)
        report = report_named(run.report)
        require_open(report, actor)
        zone = ZoneInfo(organization.time_zone)
        question = asked(
            report,
            run.words,
            today=timezone.localdate(timezone=zone),
            zone=zone,
            salesperson_ids=visible_salespeople(actor),
        )
        if reach_digest(question.salesperson_ids) != run.reach:
            raise RunRefused(_("您能看的客户变了，请重新计算。"), code="reach_changed")
        try:
            answer(with_cells(report, read), question, seconds=seconds)
        except HuikuanError:
            if watch.ended_early:
                raise RunRefused(_("后台任务中断了，没有算完。请重新计算。"), code="interrupted") from None
            raise
    return kept[0]


def _actor(run: PivotRun) -> Actor:
    member = Membership.objects.select_related("user").filter(pk=run.membership_id, active=True).first()
    actor = actor_of(member.user) if member and member.user.is_active else None
    if actor is None:
        raise RunRefused(_("要这张透视表的用户已停用。"), code="maker_gone")
    return actor


def _ended(
    organization: Organization, run: PivotRun, cells: list[tuple[bytes, Moment]], said: str
) -> RunState:
    """Write how it ended, unless somebody cancelled it meanwhile."""
    locked = PivotRun.objects.select_for_update().defer("cells").get(pk=run.pk)
    if locked.state != RunState.RUNNING:
        return RunState(locked.state)
    now = timezone.now()
    state = RunState.DONE if cells else RunState.FAILED
    kept, known_at = (cells[0][0], cells[0][1].known_at or now) if cells else (None, None)
    PivotRun.objects.filter(pk=run.pk).update(
        state=state, ended_at=now, seen_at=now, cells=kept, known_at=known_at, said=said[:500]
    )
    send_notices(
        [run.membership_id],
        kind=PIVOT_READY if cells else PIVOT_FAILED,
        parameters={"name": run.title, "why": said},
        path=run_path(organization, run),
        now=now,
    )
    return state


def run_path(organization: Organization, run: PivotRun) -> str:
    """The page that shows a run."""
    return reverse("pivot-run", args=[organization.code, run.pk])

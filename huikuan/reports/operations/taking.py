"""What reports write: into the trail, who took one away; for each member, what was answered last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huikuan.audit.operations import act, record_event
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor
from huikuan.reports.asking import Question, Report, Result
from huikuan.reports.models import ReportRun
from huikuan.reports.output.as_json import table_data
from huikuan.reports.questions import parameters_of
from huikuan.reports.runs import SAME_SITTING, question_digest, question_words


def record_taking(*, actor: Actor, report: Report, result: Result, form: str) -> None:
    """A report leaves the system as a file: who took it, what was asked, and how many rows it has."""
    question: Question = result.question
    record_file(
        actor=actor,
        name=report.name,
        form=form,
        rows=sum(len(table.rows) for table in result.tables),
        asked=parameters_of(report, question),
        known_at=result.known_at.isoformat() if result.known_at else None,
    )


def record_file(*, actor: Actor, name: str, form: str, rows: int, **more: Any) -> None:
    """Figures leave the system as a file that is no report of the catalogue; `more`: what was asked."""
    with act("export", actor=actor):
        record_event(
            action="exported",
            record_kind="report",
            record_id=current_organization_id(),
            number=name,
            content={"form": form, "rows": rows, **more},
        )


def remember_run(*, actor: Actor, report: Report, result: Result, digest: str, now: datetime) -> None:
    """A member asked a question: what was answered is kept, and what was answered the time before beside it.

    `digest`: `runs.result_digest` of the answer. No act: it changes nothing of the business and is for the member alone.
    """
    if actor.membership_id is None or result.question.known_at is not None:
        return
    table = result.tables[0] if result.tables else None
    totals = table_data(table)["total"] if table else None
    kept = {
        "words": question_words(report, result.question),
        "ran_at": now,
        "known_at": result.known_at,
        "digest": digest,
        "totals": totals or {},
    }
    run, is_new = ReportRun.objects.get_or_create(
        organization_id=current_organization_id(),
        membership_id=actor.membership_id,
        report=report.name,
        question=question_digest(report, result.question),
        defaults=kept,
    )
    if is_new:
        return
    if now - run.ran_at >= SAME_SITTING:
        for name in ("ran_at", "known_at", "digest", "totals"):
            setattr(run, f"before_{name}", getattr(run, name))
    for name, value in kept.items():
        setattr(run, name, value)
    run.save()

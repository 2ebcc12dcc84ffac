"""When a member last asked a question, and what was answered then."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from huikuan.organizations.actors import Actor
from huikuan.reports.asking import Question, Report, Result, Row
from huikuan.reports.models import ReportRun
from huikuan.reports.output.values import currency_of, plain
from huikuan.reports.questions import parameters_of

SAME_SITTING = timedelta(minutes=30)
"""Asking again within this time is the same time: one looks at a report more than once while working on it."""
MOST_ROWS = 20_000
"""Of longer tables only the total and the number of rows are compared."""


class Earlier(NamedTuple):
    """What a member knew when the question was asked the time before: moments (aware), digest and total row."""

    ran_at: datetime
    known_at: datetime
    digest: str
    totals: dict[str, Any]


def question_words(report: Report, question: Question) -> dict[str, str]:
    """The words that make a question the same one: all but when it was known, and in which order it is shown."""
    words = parameters_of(report, question)
    return {name: value for name, value in words.items() if name not in ("known_at", "sort")}


def question_digest(report: Report, question: Question) -> str:
    """A short name of a question."""
    return _digest([report.name, sorted(question_words(report, question).items())])


def result_digest(result: Result) -> str:
    """A short name of an answer; equal figures have the same, whenever they were known and in whatever language."""
    long = sum(len(table.rows) for table in result.tables) > MOST_ROWS
    return _digest(
        [
            [len(table.rows)]
            + [_figures(table, row) for row in (*(() if long else table.rows), table.total) if row]
            for table in result.tables
        ]
    )


def _figures(table: Result, row: Row) -> list[Any]:
    """What a row is of, and its figures: names and remarks are words, which tongues and spellings change."""
    currency = currency_of(table, row)
    return [
        row.key,
        *(
            plain(column, row.values.get(column.name), currency)
            for column in table.columns
            if not column.is_text
        ),
    ]


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()


def earlier_run(actor: Actor, report: Report, question: Question, *, now: datetime) -> Earlier | None:
    """The time before this one; None where the member never asked, or the books said nothing then."""
    if actor.membership_id is None:
        return None
    run = ReportRun.objects.filter(
        membership_id=actor.membership_id, report=report.name, question=question_digest(report, question)
    ).first()
    if run is None:
        return None
    if now - run.ran_at >= SAME_SITTING:
        return None if run.known_at is None else Earlier(run.ran_at, run.known_at, run.digest, run.totals)
    if run.before_ran_at is None or run.before_known_at is None:
        return None
    return Earlier(run.before_ran_at, run.before_known_at, run.before_digest, run.before_totals)

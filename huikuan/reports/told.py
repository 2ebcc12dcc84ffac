"""What was recorded between two knowledge dates that a report counts and no posting says, as the trail tells it.

Promises made, judged anew or withdrawn; disputes opened, ended or open again; statements sent and answered; balances an
auditor asked customers to confirm. With the late postings it explains why a report says something else now.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from huikuan.collection.wording import STATES as PROMISE_STATES
from huikuan.disputes.models import DisputeState
from huikuan.reports.asking import Question, Told
from huikuan.reports.filters import condition
from huikuan.reports.late import MOST
from huikuan.reports.moments import Moment
from huikuan.reports.state import with_sql

KINDS = ("payment_promise", "dispute", "customer_statement", "confirmation_request")


def told_of_promises(question: Question, later: Moment, after: datetime) -> list[Told]:
    """What became of promises for days of the period (of all where none is asked), at most MOST and one, the first recorded first."""
    return [
        Told(recorded_at, by, on, _promise_words(on, action, content), key, name, amount, currency)
        for recorded_at, by, on, action, content, key, name, amount, currency in read_told(
            PROMISES, question, later, after
        )
    ]


def _promise_words(on: date, action: str, content: Mapping[str, Any]) -> str:
    said = _("承诺 %s 付款") % on.isoformat()
    if action == "promised":
        return _("登记：%s") % said
    state = "withdrawn" if action == "withdrawn" else content["state"]
    before = content.get("before", "open")
    if before == state:
        return _("%(record)s：已付改为 %(paid)s") % {"record": said, "paid": content["paid"]}
    return _changed(said, PROMISE_STATES[before], PROMISE_STATES[state])


def told_of_disputes(question: Question, later: Moment, after: datetime) -> list[Told]:
    """What became of disputes opened in the period (of all where none is asked), at most MOST and one, the first recorded first."""
    found = []
    for recorded_at, by, on, action, content, number, key, name, amount, currency in read_told(
        DISPUTES, question, later, after
    ):
        said = pgettext("record", "争议 %s") % number
        ended = DisputeState(content["state"]).label if action == "dispute_ended" else ""
        if action == "dispute_opened":
            what = _("登记：%s") % said
        elif ended:
            what = _changed(said, DisputeState.OPEN.label, ended)
        else:
            what = _("%s 重新打开") % said
        found.append(Told(recorded_at, by, on, what, key, name, amount, currency))
    return found


def told_of_statements(question: Question, later: Moment, after: datetime) -> list[Told]:
    """What became of statements up to the very day, at most MOST and one, the first recorded first."""
    words = {
        "drafted": _("起草对账单 %s"),
        "sent": _("发出对账单 %s"),
        "confirmed": _("对账单 %s 答复相符"),
        "differed": _("对账单 %s 答复不符"),
        "withdrawn": _("作废对账单 %s"),
    }
    return [
        Told(recorded_at, by, on, words[action] % number, key, name, amount, currency)
        for recorded_at, by, on, action, _content, number, key, name, amount, currency in read_told(
            STATEMENTS, question, later, after
        )
    ]


def told_of_requests(question: Question, later: Moment, after: datetime) -> list[Told]:
    """Requests to confirm the balances of the very day, a line for each currency, at most MOST and one."""
    return [
        Told(recorded_at, by, on, _("出具询证函 %s") % number, key, name, Decimal(amount), currency)
        for recorded_at, by, on, _action, content, number, key, name in read_told(
            REQUESTS, question, later, after
        )
        for currency, amount in content["balances"].items()
    ]


def _changed(record: str, before: Any, now: Any) -> str:
    return _("%(record)s：%(before)s → %(now)s") % {"record": record, "before": before, "now": now}


def read_told(
    sql: str, question: Question, later: Moment, after: datetime, *, kinds: Collection[str] = KINDS
) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement over `late`, the events of records of these kinds that were recorded in between.

    Each tells moment, actor, day, action and content first. `{terms}` stands for what the question is narrowed to, of `m`.
    """
    only = condition(later, question.item_filter, question.salesperson_ids)
    if "document_id" in only.columns:
        return  # of no single document
    terms = only.sql + (" AND m.customer_id = ANY(%(customers)s::uuid[])" if only.few_customers else "")
    parameters = {
        **later.parameters,
        **only.parameters,
        "since": question.since,
        "day": question.as_of.isoformat(),
        "after": after,
        "most": MOST + 1,
        "kinds": list(kinds),
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{with_sql(later)}, {LATE} {sql.format(terms=terms)}", parameters)
        # JSON comes as text.
        for *first, content, place in ((*row[:4], json.loads(row[4]), row[5:]) for row in cursor.fetchall()):
            yield (*first, content, *place)


LATE = """
    late AS MATERIALIZED (
        SELECT a.recorded_at, a.actor_name, e.id, e.action, e.content, e.number, e.record_id, e.record_kind
        FROM audit_act a
        JOIN audit_event e ON e.organization_id = %(organization)s AND e.act_id = a.id
        WHERE a.organization_id = %(organization)s AND a.recorded_at > %(after)s AND a.recorded_at <= %(known_at)s
          AND e.record_kind = ANY(%(kinds)s)
    )
"""
# What ended before the organization went live is known from its own date, whenever it was recorded.
PROMISES = """
    SELECT m.recorded_at, m.actor_name, m.promised_on, m.action, m.content, m.customer_id, m.name, m.amount, m.currency
    FROM (
        SELECT late.*, q.promised_on, q.customer_id, q.amount, q.currency, k.name, k.salesperson_id
        FROM late
        JOIN collection_promise q ON q.organization_id = %(organization)s AND q.id = late.record_id
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = q.customer_id
        WHERE late.action IN ('promised', 'judged', 'withdrawn') AND (%(since)s::date IS NULL OR q.promised_on BETWEEN %(since)s AND %(as_of)s)
          AND CASE late.action WHEN 'promised' THEN q.made_on ELSE q.promised_on + q.grace_days END >= %(live_on)s
    ) m
    WHERE {terms} ORDER BY m.recorded_at, m.id LIMIT %(most)s
"""
DISPUTES = """
    SELECT m.recorded_at, m.actor_name, m.opened_on, m.action, m.content, m.number, m.customer_id, m.name, m.claim,
           m.currency
    FROM (
        SELECT late.*, q.opened_on, q.amount AS claim, k.name, i.document_id, i.customer_id, i.salesperson_id, i.currency
        FROM late
        JOIN disputes_dispute q ON q.organization_id = %(organization)s AND q.id = late.record_id
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = q.item_id
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = q.customer_id
        WHERE late.action LIKE 'dispute_%%' AND (%(since)s::date IS NULL OR q.opened_on BETWEEN %(since)s AND %(as_of)s)
          AND coalesce((late.content->>'on')::date, q.opened_on) >= %(live_on)s
    ) m
    WHERE {terms} ORDER BY m.recorded_at, m.id LIMIT %(most)s
"""
STATEMENTS = """
    SELECT m.recorded_at, m.actor_name, m.ends_on, m.action, m.content, m.number, m.customer_id, m.name, m.closing,
           m.currency
    FROM (
        SELECT late.*, s.ends_on, s.customer_id, s.closing, s.currency, k.name, k.salesperson_id
        FROM late
        JOIN statements_statement s ON s.organization_id = %(organization)s AND s.id = late.record_id
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = s.customer_id
        WHERE late.action IN ('drafted', 'sent', 'confirmed', 'differed', 'withdrawn') AND s.ends_on = %(as_of)s
    ) m
    WHERE {terms} ORDER BY m.recorded_at, m.id LIMIT %(most)s
"""
REQUESTS = """
    SELECT m.recorded_at, m.actor_name, %(as_of)s::date, m.action, m.content, m.number, m.customer_id, m.name
    FROM (
        SELECT late.*, k.id AS customer_id, k.name, k.salesperson_id
        FROM late
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = late.record_id
        WHERE late.action = 'printed' AND late.content->>'until' = %(day)s
    ) m
    WHERE {terms} ORDER BY m.recorded_at, m.id LIMIT %(most)s
"""

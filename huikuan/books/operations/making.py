"""Making vouchers of what happened, and taking them apart again while they are not reviewed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import act
from huikuan.books.models import Source, State
from huikuan.books.operations.choosing import choose_vouchers
from huikuan.books.operations.refusals import VoucherRefused, hold_months_open, refusal
from huikuan.books.queries.policy import policy
from huikuan.books.rules.words import EVENT_WORDS, OTHER_EVENT
from huikuan.core.dates import add_months
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor


@dataclass(frozen=True, slots=True)
class Made:
    """How many vouchers were made, of how many entries."""

    vouchers: int
    entries: int


# What tells the entries of one voucher from those of another, within a word and a month.
GROUP_KEYS = {
    Source.ENTRY: "e.id::text",
    Source.DAY: "e.effective_on::text",
    Source.KIND: "e.event",
}


def make_vouchers(
    *,
    actor: Actor,
    month: date | None = None,
    entry_ids: Sequence[UUID] | None = None,
    until: date | None = None,
    grouping: str = "",
) -> Made:
    """编制凭证: put entries that stand in no voucher yet into new ones, to be reviewed and posted.

    The entries are those of `month`, those named, or all up to `until`; closed months are left out, and refused
    where `month` is one. `grouping`: one voucher for each entry, for each day or for each kind of business of
    the month (a value of Source; default: the organization's policy). A handful of statements for any number.
    """
    actor.require("voucher.prepare")
    chosen = policy()
    how = Source(grouping or chosen.grouping)
    if how not in GROUP_KEYS:
        raise VoucherRefused(_("凭证可以逐笔、按日或按业务汇总编制。"), code="unknown_grouping")
    if month is not None:
        hold_months_open([month.replace(day=1)])
    with act("make_vouchers", actor=actor) as opened:
        parameters = {
            "organization": opened.organization_id,
            "act": opened.id,
            "since": month.replace(day=1) if month else date.min,
            "before": add_months(month.replace(day=1), 1) if month else date.max,
            "until": until or date.max,
            "only_some": entry_ids is not None,
            "words": json.dumps(dict(chosen.words)),
            "events": json.dumps(dict(EVENT_WORDS)),
            "other": OTHER_EVENT,
            "source": how.value,
            "actor": actor.user_id,
            "actor_name": actor.name,
        }
        return _write(how, entry_ids or (), parameters)


def _write(how: Source, entry_ids: Sequence[UUID], parameters: dict[str, Any]) -> Made:
    stage("wanted_entry", (("id", "uuid"),), ((key,) for key in entry_ids))
    stage("planned_entry", PLANNED_ENTRY, ())
    stage("worded_entry", WORDED_ENTRY, ())
    stage("planned_voucher", PLANNED_VOUCHER, ())
    try:
        with connection.cursor() as cursor:
            cursor.execute(HOLD_OPEN_MONTHS, parameters)
            cursor.execute(PLAN_ENTRIES.format(key=GROUP_KEYS[how]), parameters)
            cursor.execute("ANALYZE planned_entry")
            cursor.execute(CHOOSE_WORDS, parameters)
            cursor.execute(PLAN_VOUCHERS, parameters)
            made = cursor.rowcount
            cursor.execute("ANALYZE worded_entry, planned_voucher")
            cursor.execute(WRITE_VOUCHERS, parameters)
            cursor.execute(WRITE_LINKS, parameters)
            entries = cursor.rowcount
            cursor.execute(RECORD_MADE, parameters)
    except IntegrityError as error:
        raise refusal(error) from error
    return Made(vouchers=made, entries=entries)


PLANNED_ENTRY = (
    ("entry_id", "uuid"),
    ("effective_on", "date"),
    ("month", "date"),
    ("event", "text"),
    ("key", "text"),
    ("subject", "text"),
)
WORDED_ENTRY = (
    ("entry_id", "uuid"),
    ("effective_on", "date"),
    ("month", "date"),
    ("key", "text"),
    ("word", "text"),
    ("event", "text"),
    ("subject", "text"),
    ("amount", "numeric"),
)
PLANNED_VOUCHER = (
    ("id", "uuid"),
    ("word", "text"),
    ("month", "date"),
    ("key", "text"),
    ("voucher_on", "date"),
    ("summary", "text"),
    ("amount", "numeric"),
    ("entries", "integer"),
)

HOLD_OPEN_MONTHS = """
    SELECT month FROM ledger_period
    WHERE organization_id = %(organization)s AND closed_at IS NULL
      AND month >= date_trunc('month', %(since)s::date) AND month < %(before)s
    ORDER BY month FOR SHARE
"""

# The subject is what a summary says after the event: who, and the number people know it by; a memo may name the event itself.
PLAN_ENTRIES = """
    INSERT INTO planned_entry (entry_id, effective_on, month, event, key, subject)
    SELECT e.id, e.effective_on, p.month, e.event, {key},
           CASE WHEN e.memo <> '' THEN e.memo
                WHEN d.id IS NOT NULL
                THEN concat_ws(' ', c.name, CASE WHEN d.kind = 'reversal' THEN d.reference ELSE d.number END)
                ELSE concat_ws(' ', c.name, settled.number) END
    FROM ledger_journal_entry e
    JOIN ledger_period p ON p.organization_id = e.organization_id AND p.closed_at IS NULL
        AND p.month = date_trunc('month', e.effective_on)::date
    LEFT JOIN ledger_document d ON d.organization_id = e.organization_id AND d.id = e.document_id
    LEFT JOIN ledger_allocation a ON a.organization_id = e.organization_id AND a.id = e.allocation_id
    LEFT JOIN ledger_open_item i ON i.organization_id = a.organization_id AND i.id = a.debit_item_id
    LEFT JOIN ledger_document settled ON settled.organization_id = i.organization_id AND settled.id = i.document_id
    LEFT JOIN customers_customer c ON c.organization_id = e.organization_id
        AND c.id = coalesce(d.customer_id, i.customer_id)
    LEFT JOIN books_voucher_entry x ON x.organization_id = e.organization_id AND x.entry_id = e.id
    WHERE e.organization_id = %(organization)s AND x.entry_id IS NULL
      AND e.effective_on >= %(since)s AND e.effective_on < %(before)s AND e.effective_on <= %(until)s
      AND (NOT %(only_some)s OR e.id IN (SELECT id FROM wanted_entry))
"""

# Cash and bank lines decide the word: on the debit side money came in, on the credit side it went out; red ink
# stays on the side of what it takes back.
CHOOSE_WORDS = """
    INSERT INTO worded_entry
    SELECT p.entry_id, p.effective_on, p.month, p.key,
           %(words)s::jsonb ->> CASE WHEN l.flow > 0 THEN 'in' WHEN l.flow < 0 THEN 'out' ELSE 'other' END,
           CASE WHEN p.event <> 'manual' THEN coalesce(%(events)s::jsonb ->> p.event, %(other)s) END,
           p.subject, l.amount
    FROM planned_entry p
    JOIN (
        SELECT n.entry_id, sum(n.debit) AS amount,
               sum(CASE WHEN k.id IS NULL THEN 0 WHEN n.debit <> 0 THEN 1 ELSE -1 END) AS flow
        FROM planned_entry p
        JOIN ledger_journal_line n ON n.organization_id = %(organization)s AND n.entry_id = p.entry_id
        LEFT JOIN ledger_account k ON k.organization_id = n.organization_id AND k.id = n.account_id
            AND (k.purpose = 'bank' OR k.code ~ '^(1001|1002|1012)')
        GROUP BY n.entry_id
    ) l ON l.entry_id = p.entry_id
"""

PLAN_VOUCHERS = """
    INSERT INTO planned_voucher
    SELECT uuidv7(), word, month, key, voucher_on, left(summary, 200), amount, entries
    FROM (
        SELECT word, month, key, max(effective_on) AS voucher_on, sum(amount) AS amount, count(*) AS entries,
               CASE %(source)s
                   WHEN 'entry' THEN min(CASE WHEN starts_with(subject, event) THEN subject
                                            ELSE concat_ws(' ', event, nullif(subject, '')) END)
                   WHEN 'day' THEN to_char(max(effective_on), 'MM"月"DD"日" ')
                       || string_agg(DISTINCT event, '、') || ' ' || count(*) || ' 笔'
                   ELSE to_char(month, 'YYYY"年"MM"月" ') || min(event) || ' ' || count(*) || ' 笔' END AS summary,
               min(entry_id::text) AS first
        FROM worded_entry
        GROUP BY word, month, key
        ORDER BY month, voucher_on, first
    ) voucher
"""

WRITE_VOUCHERS = """
    INSERT INTO books_voucher (organization_id, id, act_id, word, month, voucher_on, attachments, summary, source,
        state, amount, entry_count, prepared_by, prepared_by_name, reviewed_by_name, posted_by_name)
    SELECT %(organization)s, id, %(act)s, word, month, voucher_on, 0, summary, %(source)s,
        'prepared', amount, entries, %(actor)s::uuid, %(actor_name)s, '', ''
    FROM planned_voucher
"""

WRITE_LINKS = """
    INSERT INTO books_voucher_entry (organization_id, entry_id, voucher_id)
    SELECT %(organization)s::uuid, p.entry_id, v.id
    FROM planned_voucher v
    JOIN worded_entry p ON p.month = v.month AND p.word = v.word AND p.key = v.key
"""

# What the trail says of a voucher `v`: written when it is made, compared by the check.
VOUCHER_CONTENT = """jsonb_build_object('word', v.word, 'on', v.voucher_on, 'summary', v.summary,
        'source', v.source, 'amount', v.amount, 'attachments', v.attachments)"""

RECORD_MADE = f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'recorded', 'voucher', v.id, v.word, {VOUCHER_CONTENT}
    FROM planned_voucher n
    JOIN books_voucher v ON v.organization_id = %(organization)s AND v.id = n.id
"""


def dissolve_vouchers(
    *, actor: Actor, voucher_ids: Sequence[UUID] | None = None, month: date | None = None, reason: str = ""
) -> int:
    """作废未审核的凭证: take vouchers that are only prepared apart; their entries can be put into others.

    Vouchers entered by hand go altogether. Returns how many were dissolved.
    """
    actor.require("voucher.prepare")
    with act("dissolve_vouchers", actor=actor, reason=reason) as opened:
        found = choose_vouchers(ids=voucher_ids, month=month, state=State.PREPARED)
        if found:
            _delete({"organization": current_organization_id(), "act": opened.id})
        return found


def _delete(parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in DISSOLVE:
            cursor.execute(statement, parameters)


DISSOLVE = (
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'removed', 'voucher', v.id, v.word, {VOUCHER_CONTENT}
    FROM chosen_voucher n
    JOIN books_voucher v ON v.organization_id = %(organization)s AND v.id = n.id
    """,
    """
    DELETE FROM books_voucher_entry x USING chosen_voucher n
    WHERE x.organization_id = %(organization)s AND x.voucher_id = n.id
    """,
    """
    DELETE FROM books_voucher_line x USING chosen_voucher n
    WHERE x.organization_id = %(organization)s AND x.voucher_id = n.id
    """,
    """
    DELETE FROM books_voucher v USING chosen_voucher n
    WHERE v.organization_id = %(organization)s AND v.id = n.id
    """,
)

"""Everything that happened with a customer, by the day it counts, read page by page from the latest.

Each kind is a branch of one statement that reads no more of its rows than a page holds; the branches are merged.
Entries of a day follow their ids, which grow with time. Allocations of one act and one credit document are one entry.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.keyset import Key, MarkUnknown, read_mark, write_mark
from huikuan.core.postgres.tenancy import current_organization_id

PAGE = 25
LEDGER_KINDS = ("document", "money", "settlement", "import")
KINDS = (
    "document",
    "money",
    "settlement",
    "contact",
    "promise",
    "message",
    "note",
    "file",
    "change",
    "import",
)
_KEYS = (Key("day", date), Key("key", UUID))


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `what` says it more closely within its kind; `target` is the record it is about.

    `count` is how many debts an allocation settled, or documents an import recorded; `at` the moment it was recorded.
    """

    kind: str
    day: date
    key: UUID
    what: str
    target: UUID | None
    number: str
    amount: Decimal | None
    currency: str
    count: int
    said: str
    at: datetime | None
    by: str
    origin: str
    content: dict[str, Any] = field(default_factory=dict)


_NAMES = tuple(each.name for each in fields(Entry))


@dataclass(frozen=True, slots=True)
class Page:
    """Entries from the latest to the earliest; `earlier` is the mark of the page before them, "" at the end."""

    entries: tuple[Entry, ...]
    earlier: str


def timeline(
    customer_id: UUID,
    *,
    kinds: Collection[str],
    with_documents: bool,
    time_zone: str,
    before: str = "",
    size: int = PAGE,
) -> Page:
    """The entries of these kinds before a mark of an earlier page; a mark that is none begins anew.

    `with_documents`: whether the reader may see the customer's documents, and so notes and files on them;
    without, kinds of the ledger have no entries. `time_zone`: in which moments become days.
    """
    branches = [
        sql for kind, sql in BRANCHES if kind in kinds and (with_documents or kind not in LEDGER_KINDS)
    ]
    if not branches:
        return Page((), "")
    day, key = _mark(before)
    parameters: dict[str, Any] = {
        "organization": current_organization_id(),
        "customer": customer_id,
        "zone": time_zone,
        "day": day,
        "key": key,
        "more": size + 1,
        "with_documents": with_documents,
    }
    with connection.cursor() as cursor:
        cursor.execute(_statement(branches), parameters)
        entries = [_entry(row) for row in cursor.fetchall()]
    more = len(entries) > size
    entries = entries[:size]
    return Page(tuple(entries), write_mark((entries[-1].day, entries[-1].key)) if more else "")


def _entry(row: Sequence[Any]) -> Entry:
    values = dict(zip(_NAMES, row, strict=True))
    return Entry(**{**values, "content": json.loads(values["content"])})


def _mark(text: str) -> tuple[date, UUID]:
    try:
        day, key = read_mark(text, _KEYS) if text else (date.max, UUID(int=2**128 - 1))
    except MarkUnknown:
        return date.max, UUID(int=2**128 - 1)
    return day, key


def _statement(branches: Sequence[str]) -> str:
    merged = " UNION ALL ".join(
        f"(SELECT * FROM ({branch}) b WHERE (b.day, b.key) < (%(day)s, %(key)s::uuid)"
        " ORDER BY b.day DESC, b.key DESC LIMIT %(more)s)"
        for branch in branches
    )
    return f"""
        WITH documents AS (
            SELECT organization_id, id, act_id FROM ledger_document
            WHERE organization_id = %(organization)s AND customer_id = %(customer)s AND %(with_documents)s
        ), merged AS (
            SELECT * FROM ({merged}) every ORDER BY day DESC, key DESC LIMIT %(more)s
        )
        SELECT m.kind, m.day, m.key, m.what, m.target, m.number, m.amount, m.currency, m.count,
               coalesce(nullif(m.said, ''), a.reason, ''), coalesce(m.at, a.recorded_at),
               coalesce(m.by, a.actor_name, ''), coalesce(b.file_name, ''), m.content
        FROM merged m
        LEFT JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = m.act_id
        LEFT JOIN integrations_batch b ON b.organization_id = %(organization)s AND b.id = a.origin_id
        ORDER BY m.day DESC, m.key DESC
    """


_DOCUMENT = """
    SELECT '{kind}' AS kind, d.document_on AS day, d.id AS key, d.kind::text AS what, d.id AS target,
           d.number::text AS number, d.amount AS amount, d.currency::text AS currency, 1 AS count,
           d.memo::text AS said, d.act_id AS act_id, NULL::timestamptz AS at, NULL::text AS by,
           '{{}}'::jsonb AS content
    FROM ledger_document d
    WHERE d.organization_id = %(organization)s AND d.customer_id = %(customer)s AND d.kind {which}
"""

# An allocation belongs to the customers of both its documents; a group's payment shows on the member it settles.
_SETTLEMENT = """
    SELECT 'settlement', a.effective_on, (array_agg(a.id ORDER BY a.id DESC))[1],
           CASE WHEN a.reverses_id IS NULL THEN 'allocated' ELSE 'unallocated' END,
           CASE WHEN count(DISTINCT di.document_id) = 1 THEN (array_agg(di.document_id))[1] ELSE ci.document_id END,
           '', sum(a.amount), c.currency::text, count(DISTINCT di.document_id)::int, '', a.act_id,
           NULL::timestamptz, NULL::text,
           jsonb_build_object('credit_kind', c.kind, 'credit_number', c.number,
                              'debit_kind', min(d.kind), 'debit_number', min(d.number))
    FROM (
        SELECT id FROM (
            SELECT x.id FROM documents o
            JOIN ledger_open_item i ON i.organization_id = o.organization_id AND i.document_id = o.id
            JOIN ledger_allocation x ON x.organization_id = i.organization_id AND x.credit_item_id = i.id
            WHERE i.side = -1
            UNION
            SELECT x.id FROM documents o
            JOIN ledger_open_item i ON i.organization_id = o.organization_id AND i.document_id = o.id
            JOIN ledger_allocation x ON x.organization_id = i.organization_id AND x.debit_item_id = i.id
            WHERE i.side = 1
        ) both_sides
    ) own
    JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.id = own.id
    JOIN ledger_open_item ci ON ci.organization_id = a.organization_id AND ci.id = a.credit_item_id
    JOIN ledger_open_item di ON di.organization_id = a.organization_id AND di.id = a.debit_item_id
    JOIN ledger_document c ON c.organization_id = a.organization_id AND c.id = ci.document_id
    JOIN ledger_document d ON d.organization_id = a.organization_id AND d.id = di.document_id
    GROUP BY a.effective_on, a.act_id, (a.reverses_id IS NULL), ci.document_id, c.kind, c.number, c.currency
"""

_OF_CUSTOMER_OR_DOCUMENT = """(
    (r.record_kind = 'customer' AND r.record_id = %(customer)s)
    OR (r.record_kind = 'document' AND r.record_id IN (SELECT id FROM documents))
)"""

_NUMBER_OF_DOCUMENT = """(
    SELECT d.number FROM ledger_document d
    WHERE r.record_kind = 'document' AND d.organization_id = r.organization_id AND d.id = r.record_id
)"""

_NOTE = f"""
    SELECT 'note', (r.written_at AT TIME ZONE %(zone)s)::date, r.id, r.record_kind::text, r.record_id,
           coalesce({_NUMBER_OF_DOCUMENT}, '')::text, NULL::numeric, '', 1, r.text, NULL::uuid, r.written_at,
           r.author_name::text, jsonb_build_object('first', r.first)
    FROM notices_note r
    WHERE r.organization_id = %(organization)s AND NOT r.removed AND {_OF_CUSTOMER_OR_DOCUMENT}
      AND NOT EXISTS (
          SELECT FROM notices_note l WHERE l.organization_id = r.organization_id AND l.replaces_id = r.id
      )
"""

_FILE = f"""
    SELECT 'file', (r.uploaded_at AT TIME ZONE %(zone)s)::date, r.id, 'attached', r.record_id,
           coalesce({_NUMBER_OF_DOCUMENT}, '')::text, NULL::numeric, '', 1, r.note::text, NULL::uuid, r.uploaded_at,
           r.uploaded_by_name::text,
           jsonb_build_object('name', r.name, 'file', CASE WHEN r.removed_at IS NULL THEN r.id END)
    FROM files_attached_file r
    WHERE r.organization_id = %(organization)s AND {_OF_CUSTOMER_OR_DOCUMENT}
    UNION ALL
    SELECT 'file', (r.removed_at AT TIME ZONE %(zone)s)::date, r.removed_act_id, 'removed', r.record_id,
           coalesce({_NUMBER_OF_DOCUMENT}, '')::text, NULL::numeric, '', 1, r.removed_reason::text, NULL::uuid,
           r.removed_at, r.removed_by_name::text, jsonb_build_object('name', r.name)
    FROM files_attached_file r
    WHERE r.organization_id = %(organization)s AND r.removed_at IS NOT NULL AND {_OF_CUSTOMER_OR_DOCUMENT}
"""

_CONTACT = """
    SELECT 'contact', r.made_on, r.id, r.channel::text, r.id, r.result::text, nullif(r.claimed, 0), '', 1, r.text::text,
           NULL::uuid, r.made_at, r.member_name::text,
           jsonb_build_object('person', r.person_name, 'next_step', r.next_step, 'next_on', r.next_on)
    FROM collection_contact r
    WHERE r.organization_id = %(organization)s AND r.customer_id = %(customer)s AND NOT EXISTS (
        SELECT FROM collection_contact n WHERE n.organization_id = r.organization_id AND n.supersedes_id = r.id)
"""

_PROMISE = """
    SELECT 'promise', p.made_on, p.id, p.state::text, p.id, '', p.amount, p.currency::text, 1, p.ended_for::text,
           p.act_id, NULL::timestamptz, p.collector_name::text,
           jsonb_build_object('on', p.promised_on, 'promiser', p.promiser, 'paid', p.paid::text)
    FROM collection_promise p
    WHERE p.organization_id = %(organization)s AND p.customer_id = %(customer)s
"""

_MESSAGE = """
    SELECT 'message', (m.queued_at AT TIME ZONE %(zone)s)::date, m.id, m.state::text, m.id, m.channel::text,
           NULL::numeric, '', 1, m.subject::text, NULL::uuid, coalesce(m.settled_at, m.queued_at), '',
           jsonb_build_object('to', m.address_shown, 'reason', m.reason, 'bounced', m.bounced_at IS NOT NULL)
    FROM messaging_message m
    WHERE m.organization_id = %(organization)s AND m.customer_id = %(customer)s
    UNION ALL
    SELECT 'message', (i.received_at AT TIME ZONE %(zone)s)::date, i.id, i.kind::text, i.message_id, 'inbound',
           NULL::numeric, '', 1, coalesce(nullif(i.subject, '') || E'\\n', '') || i.text, NULL::uuid, i.received_at, '',
           jsonb_build_object('to', i.from_shown, 'reason', '', 'bounced', false)
    FROM messaging_inbound i
    WHERE i.organization_id = %(organization)s AND i.customer_id = %(customer)s
"""

_CHANGE = """
    SELECT 'change', (a.recorded_at AT TIME ZONE %(zone)s)::date, e.id, e.action::text, e.record_id, '',
           NULL::numeric, '', 1, '', e.act_id, NULL::timestamptz, NULL::text, e.content
    FROM audit_event e
    JOIN audit_act a ON a.organization_id = e.organization_id AND a.id = e.act_id
    WHERE e.organization_id = %(organization)s AND e.record_id = %(customer)s AND e.record_kind = 'customer'
      AND e.action IN ('created', 'changed')
"""

_IMPORT = """
    SELECT 'import', (b.started_at AT TIME ZONE %(zone)s)::date, b.id, b.kind::text, b.id, b.file_name::text,
           NULL::numeric, '', count(*)::int, '', NULL::uuid, b.started_at, b.actor_name::text, '{}'::jsonb
    FROM documents o
    JOIN audit_act a ON a.organization_id = o.organization_id AND a.id = o.act_id
    JOIN integrations_batch b ON b.organization_id = a.organization_id AND b.id = a.origin_id
    GROUP BY b.organization_id, b.id
"""

# The first branch names the columns; where it is left out another one is wrapped with these names.
_COLUMNS = "kind, day, key, what, target, number, amount, currency, count, said, act_id, at, by, content"


def _named(branch: str) -> str:
    return f"SELECT * FROM ({branch}) AS branch ({_COLUMNS})"


BRANCHES: tuple[tuple[str, str], ...] = (
    ("document", _DOCUMENT.format(kind="document", which="NOT IN ('receipt', 'advance', 'refund')")),
    ("money", _DOCUMENT.format(kind="money", which="IN ('receipt', 'advance', 'refund')")),
    ("settlement", _named(_SETTLEMENT)),
    ("contact", _named(_CONTACT)),
    ("promise", _named(_PROMISE)),
    ("message", _named(_MESSAGE)),
    ("note", _named(_NOTE)),
    ("file", _named(_FILE)),
    ("change", _named(_CHANGE)),
    ("import", _named(_IMPORT)),
)

"""Reviewing, returning and posting vouchers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.books.models import State
from huikuan.books.operations.choosing import choose_vouchers
from huikuan.books.operations.making import VOUCHER_CONTENT
from huikuan.books.operations.refusals import VoucherRefused, refusal
from huikuan.books.queries.policy import policy
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.operations import EntryLine, NewEntry, post_entries
from huikuan.organizations.actors import Actor

MANUAL_EVENT = "manual"


def review_vouchers(
    *, actor: Actor, voucher_ids: Sequence[UUID] | None = None, month: date | None = None
) -> int:
    """审核凭证: say that these vouchers are right: the named ones, or all prepared ones of a month.

    Where the organization keeps duties apart, nobody reviews what they prepared themselves. Returns how many.
    """
    actor.require("voucher.review")
    with act("review_vouchers", actor=actor) as opened:
        found = choose_vouchers(ids=voucher_ids, month=month, state=State.PREPARED)
        parameters = _parameters(opened, actor)
        if policy().separate_duties:
            _refuse_own(parameters)
        _run((REVIEW, RECORD_STATE), parameters | {"action": "reviewed"})
        return found


def return_vouchers(
    *, actor: Actor, reason: str, voucher_ids: Sequence[UUID] | None = None, month: date | None = None
) -> int:
    """弃审: give reviewed vouchers back to who prepared them, with the reason. Returns how many."""
    actor.require("voucher.review")
    if not reason.strip():
        raise VoucherRefused(_("退回凭证必须写明原因。"), code="reason_missing")
    with act("return_vouchers", actor=actor, reason=reason) as opened:
        found = choose_vouchers(ids=voucher_ids, month=month, state=State.REVIEWED)
        _run((RETURN, RECORD_STATE), _parameters(opened, actor) | {"action": "returned"})
        return found


def post_vouchers(
    *, actor: Actor, voucher_ids: Sequence[UUID] | None = None, month: date | None = None
) -> int:
    """记账: enter reviewed vouchers in the books. Each gets the next number of its word and month.

    Numbers come from counter rows that stay locked until the end: who fails takes no number along, so that
    there is never a gap. A voucher entered by hand becomes an entry now. Returns how many were posted.
    """
    actor.require("voucher.post")
    with act("post_vouchers", actor=actor) as opened:
        found = choose_vouchers(ids=voucher_ids, month=month, state=State.REVIEWED)
        parameters = _parameters(opened, actor)
        try:
            _post_written_lines(parameters, opened)
            _run((POST, RECORD_POSTED), parameters)
        except IntegrityError as error:
            raise refusal(error) from error
        return found


def _parameters(opened: OpenAct, actor: Actor) -> dict[str, Any]:
    return {
        "organization": current_organization_id(),
        "act": opened.id,
        "actor": actor.user_id,
        "actor_name": actor.name,
    }


def _run(statements: Sequence[str], parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)


def _refuse_own(parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(OWN_VOUCHERS, parameters)
        own = int(cursor.fetchone()[0])
    if own:
        raise VoucherRefused(
            _("其中 %d 张是您自己编制的；按本组织的规定，编制人不能审核自己的凭证。") % own,
            code="own_voucher",
        )


def _post_written_lines(parameters: dict[str, Any], opened: OpenAct) -> None:
    """Make an entry of each chosen voucher that was entered by hand."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN_LINES, parameters)
        rows = cursor.fetchall()
    if not rows:
        return
    heads: dict[UUID, tuple[date, str, str]] = {}
    lines: dict[UUID, list[EntryLine]] = {}
    for voucher, on, summary, source, account, debit, credit in rows:
        heads[voucher] = (on, summary, source)
        lines.setdefault(voucher, []).append(EntryLine(account, debit, credit))
    entries = post_entries(
        [
            NewEntry(
                "opening_balance" if source == "opening" else MANUAL_EVENT, on, tuple(lines[voucher]), summary
            )
            for voucher, (on, summary, source) in heads.items()
        ],
        opened=opened,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            LINK_WRITTEN, parameters | {"vouchers": list(heads), "entries": entries, "count": len(entries)}
        )
        cursor.execute(COUNT_WRITTEN, parameters | {"vouchers": list(heads)})


# The local operator has no user; then the name tells.
OWN_VOUCHERS = """
    SELECT count(*)
    FROM chosen_voucher n
    JOIN books_voucher v ON v.organization_id = %(organization)s AND v.id = n.id
    WHERE v.prepared_by = %(actor)s::uuid
       OR v.prepared_by IS NULL AND %(actor)s::uuid IS NULL AND v.prepared_by_name = %(actor_name)s
"""

REVIEW = """
    UPDATE books_voucher v
    SET state = 'reviewed', reviewed_act_id = %(act)s, reviewed_by = %(actor)s::uuid, reviewed_by_name = %(actor_name)s
    FROM chosen_voucher n
    WHERE v.organization_id = %(organization)s AND v.id = n.id
"""

RETURN = """
    UPDATE books_voucher v
    SET state = 'prepared', reviewed_act_id = NULL, reviewed_by = NULL, reviewed_by_name = ''
    FROM chosen_voucher n
    WHERE v.organization_id = %(organization)s AND v.id = n.id
"""

RECORD_STATE = """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, %(action)s, 'voucher', n.id, v.word, jsonb_build_object('by', %(actor_name)s::text)
    FROM chosen_voucher n
    JOIN books_voucher v ON v.organization_id = %(organization)s AND v.id = n.id
"""

WRITTEN_LINES = """
    SELECT v.id, v.voucher_on, v.summary, v.source, l.account_id, l.debit, l.credit
    FROM chosen_voucher n
    JOIN books_voucher v ON v.organization_id = %(organization)s AND v.id = n.id
    JOIN books_voucher_line l ON l.organization_id = v.organization_id AND l.voucher_id = v.id
    ORDER BY v.id, l.position
"""

LINK_WRITTEN = """
    INSERT INTO books_voucher_entry (organization_id, voucher_id, entry_id)
    SELECT %(organization)s::uuid, pair.voucher, pair.entry
    FROM unnest(%(vouchers)s::uuid[], %(entries)s::uuid[]) pair (voucher, entry)
"""

COUNT_WRITTEN = """
    UPDATE books_voucher SET entry_count = 1
    WHERE organization_id = %(organization)s AND id = ANY(%(vouchers)s::uuid[])
"""

# Counters in key order, so that two posters of several words wait for each other and do not lock up.
POST = """
    WITH counted AS (
        SELECT v.month, v.word, count(*) AS vouchers
        FROM chosen_voucher n
        JOIN books_voucher v ON v.organization_id = %(organization)s AND v.id = n.id
        GROUP BY v.month, v.word
    ), given AS (
        INSERT INTO books_voucher_counter AS counter (organization_id, id, word, month, last)
        SELECT %(organization)s, uuidv7(), word, month, vouchers FROM counted ORDER BY month, word
        ON CONFLICT (organization_id, month, word) DO UPDATE SET last = counter.last + EXCLUDED.last
        RETURNING month, word, last
    ), numbered AS (
        SELECT v.id, g.last - c.vouchers
               + row_number() OVER (PARTITION BY v.month, v.word ORDER BY v.voucher_on, v.id) AS number
        FROM chosen_voucher n
        JOIN books_voucher v ON v.organization_id = %(organization)s AND v.id = n.id
        JOIN counted c ON c.month = v.month AND c.word = v.word
        JOIN given g ON g.month = v.month AND g.word = v.word
    )
    UPDATE books_voucher v
    SET state = 'posted', number = numbered.number, posted_act_id = %(act)s, posted_by_name = %(actor_name)s
    FROM numbered
    WHERE v.organization_id = %(organization)s AND v.id = numbered.id
"""

RECORD_POSTED = f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'posted', 'voucher', v.id,
        v.word || '-' || lpad(v.number::text, greatest(4, length(v.number::text)), '0'),
        {VOUCHER_CONTENT} || jsonb_build_object('number', v.number)
    FROM chosen_voucher n
    JOIN books_voucher v ON v.organization_id = %(organization)s AND v.id = n.id
"""

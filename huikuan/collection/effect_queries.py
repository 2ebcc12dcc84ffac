"""What came of contacts, by whom and how; what was paid after them. What is told here is no proof: see `effects`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from huikuan.collection.chased import PAYING
from huikuan.core.postgres.tenancy import current_organization_id

WINDOWS = (7, 14, 30)
ANSWERED_DAYS = 7
BY_CHANNEL, BY_PERSON = "channel", "person"
_KEYS = {BY_CHANNEL: "k.channel", BY_PERSON: "k.member_name"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the contacts of a kind. `watched` and `paid` by the windows of 7, 14 and 30 days.

    `reached`: somebody was spoken to, or it was delivered. `answered`: a reply, or the customer came back within
    seven days. `watched`: contacts whose window is over; `paid`: those of them after which something of what was
    claimed was paid within it. `claimed` in the organization's currency.
    """

    key: str
    contacts: int
    reached: int
    answered: int
    promised: int
    claimed: Decimal
    watched: tuple[int, ...]
    paid: tuple[int, ...]

    def rate(self, place: int) -> float | None:
        """The share that paid within a window; None where none is over."""
        return self.paid[place] / self.watched[place] if self.watched[place] else None


def outcomes(by: str, *, starts_on: date, ends_on: date, today: date) -> list[Outcome]:
    """The contacts of ours from a day up to and with another, by channel or person, the most first; one statement."""
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "from": starts_on,
        "to": ends_on,
        "today": today,
        "answered": ANSWERED_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(OUTCOMES.replace("{key}", _KEYS[by]), values)
        return [
            Outcome(
                key, contacts, reached, answered, promised, claimed, tuple(windows[:3]), tuple(windows[3:])
            )
            for key, contacts, reached, answered, promised, claimed, *windows in cursor.fetchall()
        ]


OUTCOMES = f"""
    WITH made AS (
        SELECT {{key}} AS key, k.id, k.customer_id, k.made_on, k.made_at, k.result, k.proof, k.claimed
        FROM collection_contact k
        WHERE k.organization_id = %(organization)s AND k.direction = 'out' AND k.made_on BETWEEN %(from)s AND %(to)s
          AND NOT EXISTS (
              SELECT FROM collection_contact n
              WHERE n.organization_id = %(organization)s AND n.supersedes_id = k.id)
    ),
    money AS (
        SELECT m.id, min(a.effective_on) AS paid_on
        FROM made m
        JOIN collection_claim c ON c.organization_id = %(organization)s AND c.contact_id = m.id
        JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.debit_item_id = c.item_id
        JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = o.document_id
        WHERE d.kind IN {PAYING} AND a.reverses_id IS NULL AND a.effective_on > m.made_on
          AND a.effective_on <= m.made_on + {WINDOWS[-1]}
        GROUP BY m.id
    )
    SELECT m.key, count(*)::int,
           count(*) FILTER (WHERE m.result NOT IN ('not_reached', 'sent')
               OR m.proof IN ('reply', 'delivered', 'signed'))::int,
           count(*) FILTER (WHERE m.proof = 'reply' OR EXISTS (
               SELECT FROM collection_contact r
               WHERE r.organization_id = %(organization)s AND r.customer_id = m.customer_id AND r.direction = 'in'
                 AND r.made_at > m.made_at AND r.made_on <= m.made_on + %(answered)s))::int,
           count(*) FILTER (WHERE m.result = 'promised')::int,
           coalesce(sum(m.claimed), 0),
           {", ".join(f"count(*) FILTER (WHERE m.made_on + {days} <= %(today)s)::int" for days in WINDOWS)},
           {
    ", ".join(
        f"count(*) FILTER (WHERE m.made_on + {days} <= %(today)s AND p.paid_on <= m.made_on + {days})::int"
        for days in WINDOWS
    )
}
    FROM made m LEFT JOIN money p ON p.id = m.id
    GROUP BY m.key
    ORDER BY count(*) DESC, m.key
"""

"""自动匹配: what the matching thinks of money that waits is worked out anew and kept beside the lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from uuid_utils.compat import uuid7

from huikuan.cash.matching.composing import Proposed
from huikuan.cash.matching.matcher import match
from huikuan.cash.matching.options import to_json
from huikuan.cash.matching_queries import matching_facts, waiting_lines
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor

PROPOSAL_COLUMNS = (
    ("id", "uuid"),
    ("line_id", "uuid"),
    ("tier", "text"),
    ("customer_id", "uuid"),
    ("options", "jsonb"),
    ("proven", "boolean"),
)

# Proposals are derived: the same question answered again replaces the answer. In the order of lines, so that two
# runs at once wait for each other instead of blocking each other.
WRITE = """
    INSERT INTO cash_proposal AS kept (organization_id, id, line_id, tier, customer_id, options, proven, made_at)
    SELECT %(organization)s, p.id, p.line_id, p.tier, p.customer_id, p.options, p.proven, now()
    FROM incoming_proposal p
    ORDER BY p.line_id
    ON CONFLICT (organization_id, line_id) DO UPDATE
    SET tier = excluded.tier, customer_id = excluded.customer_id, options = excluded.options,
        proven = excluded.proven, made_at = excluded.made_at
    WHERE kept.organization_id = %(organization)s
"""


@dataclass(frozen=True, slots=True)
class Proposing:
    """What came of a run: the proposals in the order of their lines."""

    proposals: tuple[Proposed, ...]

    @property
    def tiers(self) -> dict[str, int]:
        """How many lines there are of each tier."""
        return dict(Counter(each.tier for each in self.proposals))


def propose_matches(*, line_ids: Collection[UUID] | None = None, actor: Actor, today: date) -> Proposing:
    """提出匹配建议: who paid and what for, of these lines or of all that wait; nothing is booked.

    Lines used up, booked after `today`, or paid out (unless they bounced) are left alone. One run is sure of an
    item for one line only; the next run sees what became of it.
    """
    actor.require("receipt.record")
    lines = waiting_lines(line_ids, today=today)
    if not lines:
        return Proposing(())
    found = match(matching_facts(lines), lines)
    _keep(found)
    return Proposing(tuple(found))


def _keep(proposals: Iterable[Proposed]) -> None:
    stage(
        "incoming_proposal",
        PROPOSAL_COLUMNS,
        (
            (
                uuid7(),
                each.line_id,
                each.tier,
                each.customer_id,
                json.dumps([to_json(option) for option in each.options], ensure_ascii=False),
                each.proven,
            )
            for each in proposals
        ),
        analyse=False,
    )
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {"organization": current_organization_id()})

"""Who is left alone at a step, so that its effect can be seen: pure, the same whenever it is asked."""

from __future__ import annotations

import hashlib
from uuid import UUID

MOST_PERCENT = 50


def held_out(customer_id: UUID, step_id: UUID, percent: int) -> bool:
    """Whether a customer belongs to the `percent` of a hundred who are not nudged at a step.

    A hash of both decides: which customers are held out at one step says nothing of another one, the answer never
    changes, and who is held out at 5 % is held out at 10 % as well. 0 holds nobody out, 100 everybody.
    """
    digest = hashlib.blake2b(customer_id.bytes, key=step_id.bytes, digest_size=8).digest()
    return int.from_bytes(digest) % 10_000 < percent * 100

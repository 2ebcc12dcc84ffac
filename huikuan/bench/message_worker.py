"""Sends what is due in an organization, in a process of its own that may be killed at any moment.

python -m huikuan.bench.message_worker ORGANIZATION_ID SECONDS_AHEAD NAME
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID


def main(organization_id: UUID, ahead: timedelta, name: str) -> None:
    """Settings come from the environment, like those of every command; the clock goes `ahead` of the machine's."""
    import django

    django.setup()
    from huikuan.messaging.sending import send_due

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    send_due(organization_id, clock=lambda: datetime.now(UTC) + ahead, worker=name)


if __name__ == "__main__":
    main(UUID(sys.argv[1]), timedelta(seconds=float(sys.argv[2])), sys.argv[3])

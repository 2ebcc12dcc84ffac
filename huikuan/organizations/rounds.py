"""Jobs go through the organizations one after the other, each at its own time of day."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from huikuan.core.errors import HuikuanError
from huikuan.organizations.models import Organization

logger = logging.getLogger(__name__)


def in_each_organization(
    timestamp: int, work: Callable[[Organization, datetime], object], failed: str, *, from_hour: int = 0
) -> None:
    """Do the work in every organization in which it is `from_hour` o'clock or later; it opens its own transactions.

    `timestamp`: the minute for which the job runs, in seconds since 1970; the work is told it in the organization's
    time zone. An organization in which it fails is logged as `failed` (with its code in place of %s) and does not hold
    up the others.
    """
    now = datetime.fromtimestamp(timestamp, tz=UTC)
    for organization in Organization.objects.all():
        local = now.astimezone(ZoneInfo(organization.time_zone))
        if local.hour < from_hour:
            continue
        try:
            work(organization, local)
        except HuikuanError as error:
            logger.warning(f"{failed}: %s", organization.code, error.message)
        except Exception:
            logger.exception(failed, organization.code)

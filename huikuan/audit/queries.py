"""Reads of the trail."""

from __future__ import annotations

from datetime import datetime, time

from huikuan.audit.models import Act


def acted_today(kind: str, now: datetime) -> bool:
    """Whether an act of a kind was recorded since midnight of `now`, in the time zone it is in."""
    began = datetime.combine(now.date(), time(), tzinfo=now.tzinfo)
    return Act.objects.filter(kind=kind, recorded_at__gte=began).exists()

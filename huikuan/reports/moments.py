"""As of which day, and as known when, a report is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.models import Organization


@dataclass(frozen=True)
class Moment:
    """What counts: documents and allocations dated up to `as_of`, as they were known at `known_at`.

    `known_at` is in the organization's time zone; None while nothing was ever recorded. `all_known`: nothing
    that is recorded by now was unknown then. `all_settled`: no allocation or revaluation is left out, so that the open
    amounts kept in the items are those of the moment. `all_dated`: no document is left out for its date.
    """

    organization_id: UUID
    currency: str
    as_of: date
    known_at: datetime | None
    live_on: date
    all_known: bool
    all_settled: bool
    all_dated: bool

    @property
    def is_now(self) -> bool:
        """Whether everything recorded counts, so that what is open now was open then."""
        return self.all_known and self.all_settled and self.all_dated

    @property
    def parameters(self) -> dict[str, Any]:
        """The values that the SQL of `huikuan.reports.state` names."""
        return {
            "organization": self.organization_id,
            "as_of": self.as_of,
            "known_at": self.known_at,
            "known_on": self.known_at.date() if self.known_at else None,
            "live_on": self.live_on,
        }


def moment(as_of: date, known_at: datetime | None = None) -> Moment:
    """The moment of a report in the current organization; without `known_at`, at the last tick of its clock."""
    organization = Organization.objects.get(pk=current_organization_id())
    with connection.cursor() as cursor:
        cursor.execute(LAST_KNOWN, {"organization": organization.pk, "as_of": as_of})
        ticked_at, last_settled_on, all_dated = cursor.fetchone()
    zone = ZoneInfo(organization.time_zone)
    live_on = organization.live_on or date.min
    shown = (known_at or ticked_at) and (known_at or ticked_at).astimezone(zone)
    all_known = known_at is None or (
        # Before the organization went live rows are known from their own dates, the last of them on its eve.
        ticked_at is not None
        and shown >= ticked_at
        and (organization.live_on is None or shown.date() >= live_on - timedelta(days=1))
    )
    return Moment(
        organization_id=organization.pk,
        currency=organization.currency,
        as_of=as_of,
        known_at=shown,
        live_on=live_on,
        all_known=all_known,
        all_settled=all_known and (last_settled_on is None or last_settled_on <= as_of),
        all_dated=all_dated,
    )


LAST_KNOWN = """
    SELECT (SELECT ticked_at FROM audit_clock WHERE organization_id = %(organization)s),
           greatest(
               (SELECT max(effective_on) FROM ledger_allocation WHERE organization_id = %(organization)s),
               (SELECT max(effective_on) FROM ledger_revaluation WHERE organization_id = %(organization)s)
           ),
           NOT EXISTS (
               SELECT 1 FROM ledger_document WHERE organization_id = %(organization)s AND document_on > %(as_of)s
           )
"""

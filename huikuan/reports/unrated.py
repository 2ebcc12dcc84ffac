"""Promises in a currency that had no rate when they were made: counted, but worth nothing in base currency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.core.postgres.tenancy import current_organization_id


def unrated_remarks(since: date, until: date) -> Sequence[Any]:
    """What a report on promises for days of a period says where amounts are left out for want of a rate."""
    parameters: dict[str, Any] = {"organization": current_organization_id(), "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(UNRATED, parameters)
        return [
            _(
                "%(currency)s 没有当时的汇率，这期间有 %(count)d 笔付款承诺只计笔数，金额没有计入；请补录汇率。"
            )
            % {"currency": currency, "count": count}
            for currency, count in cursor.fetchall()
        ]


UNRATED = """
    SELECT q.currency, count(*)
    FROM collection_promise q
    JOIN organizations_organization o ON o.id = q.organization_id AND o.currency <> q.currency
    WHERE q.organization_id = %(organization)s AND q.promised_on BETWEEN %(since)s AND %(until)s AND NOT EXISTS (
        SELECT FROM ledger_rate r
        WHERE r.organization_id = %(organization)s AND r.currency = q.currency AND r.rated_on <= q.made_on)
    GROUP BY q.currency ORDER BY q.currency
"""

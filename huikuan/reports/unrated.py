"""Promises in a currency that had no rate when they were made: counted, but worth nothing in base currency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.reports.answers_known import promises_known_sql, rates_known_sql
from huikuan.reports.moments import Moment


def unrated_remarks(at: Moment, since: date) -> Sequence[Any]:
    """What a report on promises for days up to the moment's says where amounts are left out for want of a rate."""
    with connection.cursor() as cursor:
        cursor.execute(
            UNRATED.format(promises=promises_known_sql(at), rates=rates_known_sql(at)),
            {**at.parameters, "since": since},
        )
        return [
            _(
                "%(currency)s 没有当时的汇率，这期间有 %(count)d 笔付款承诺只计笔数，金额没有计入；请补录汇率。"
            )
            % {"currency": currency, "count": count}
            for currency, count in cursor.fetchall()
        ]


UNRATED = """
    SELECT q.currency, count(*)
    FROM {promises} q
    JOIN organizations_organization o ON o.id = q.organization_id AND o.currency <> q.currency
    WHERE q.organization_id = %(organization)s AND q.promised_on BETWEEN %(since)s AND %(as_of)s AND NOT EXISTS (
        SELECT FROM ({rates}) r WHERE r.currency = q.currency AND r.rated_on <= q.made_on)
    GROUP BY q.currency ORDER BY q.currency
"""

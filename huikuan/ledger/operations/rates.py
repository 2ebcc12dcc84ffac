"""Rates of foreign currencies: recording and removing them, and the rate of a document's date."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import act
from huikuan.core.errors import HuikuanError
from huikuan.core.lengths import first_too_long, lengths_of
from huikuan.core.money import is_currency
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.currencies import Rate
from huikuan.ledger.operations.document_rows import RATE_UNIT, NewDocument
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

RATE_LIMIT = Decimal(10) ** 10
LENGTHS = lengths_of(Rate, "source")


class RateRefused(HuikuanError):
    """A rate cannot be recorded or removed as given; none of the set was. `field`: what is wrong with it."""

    code = "rate_refused"

    def __init__(self, message: str, *, code: str, field: str = "") -> None:
        super().__init__(message, code=code)
        self.field = field


@dataclass(frozen=True, slots=True)
class NewRate:
    """From `rated_on` one unit of `currency` is worth `rate` of the base currency; `source`: who says so."""

    currency: str
    rated_on: date
    rate: Decimal
    source: str = ""


@dataclass(frozen=True, slots=True)
class RecordedRates:
    """How many rates are new, replace another of their day, or were known already."""

    added: int
    changed: int
    unchanged: int


def record_rates(rates: Sequence[NewRate], *, actor: Actor) -> RecordedRates:
    """Record rates; one that the table has for the currency and day is replaced where it differs.

    Documents keep the rate they were recorded at: a rate only tells those recorded after it. Of several of one
    currency and day the last one counts.
    """
    actor.require("ledger.revalue")
    base_currency = Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id())
    wanted = {(new.currency, new.rated_on): checked_rate(new, base_currency) for new in rates}
    if not wanted:
        return RecordedRates(0, 0, 0)
    with act("record_rates", actor=actor) as opened:
        stage(
            "incoming_rate",
            (("currency", "text"), ("rated_on", "date"), ("rate", "numeric"), ("source", "text")),
            ((new.currency, new.rated_on, new.rate, new.source) for new in wanted.values()),
        )
        parameters = {"organization": current_organization_id(), "act": opened.id}
        with connection.cursor() as cursor:
            cursor.execute(CHANGE_RATES, parameters)
            changed = int(cursor.rowcount)
            cursor.execute(ADD_RATES, parameters)
            added = int(cursor.rowcount)
    return RecordedRates(added, changed, len(wanted) - added - changed)


def checked_rate(new: NewRate, base_currency: str) -> NewRate:
    """The rate as it is stored, with eight decimals; or RateRefused."""
    if not is_currency(new.currency):
        raise RateRefused(_("不认识的币种：%s") % new.currency, code="currency_unknown", field="currency")
    if new.currency == base_currency:
        raise RateRefused(
            _("%s 是本位币，不需要汇率。") % new.currency, code="currency_is_base", field="currency"
        )
    rate = new.rate.quantize(RATE_UNIT) if new.rate.is_finite() and abs(new.rate) < RATE_LIMIT else Decimal(0)
    if rate <= 0:
        raise RateRefused(_("汇率必须是大于零的数字。"), code="rate_not_positive", field="rate")
    if first_too_long({"source": new.source}, LENGTHS):
        raise RateRefused(
            _("汇率来源不能超过 %d 个字。") % LENGTHS["source"], code="text_too_long", field="source"
        )
    return replace(new, rate=rate)


def remove_rates(rate_ids: Iterable[UUID], *, actor: Actor) -> int:
    """Take rates out of the table; what was recorded at them stays. Returns how many went."""
    actor.require("ledger.revalue")
    with act("remove_rates", actor=actor) as opened, connection.cursor() as cursor:
        cursor.execute(
            REMOVE_RATES,
            {"organization": current_organization_id(), "act": opened.id, "ids": list(rate_ids)},
        )
        return int(cursor.rowcount)


def rates_on(days: Collection[tuple[str, date]]) -> dict[tuple[str, date], Decimal]:
    """The latest rate on or before each day, by (currency, day); those without any are left out. One query."""
    if not days:
        return {}
    currencies, dates = zip(*days, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            LATEST_RATES,
            {
                "organization": current_organization_id(),
                "currencies": list(currencies),
                "days": list(dates),
            },
        )
        return {(currency, day): rate for currency, day, rate in cursor.fetchall()}


def with_rates(documents: Sequence[NewDocument], base_currency: str) -> Sequence[NewDocument]:
    """The documents, those in a foreign currency without a rate with the one of their date where there is one."""
    lacking = {
        (document.currency, document.document_on)
        for document in documents
        if document.rate is None and document.currency and document.currency != base_currency
    }
    if not lacking:
        return documents
    found = rates_on(lacking)
    return [
        document
        if document.rate is not None
        else replace(document, rate=found.get((document.currency, document.document_on)))
        for document in documents
    ]


# What the trail says of a rate `r`: written when it is recorded, compared by the check.
RATE_CONTENT = "jsonb_build_object('on', r.rated_on, 'rate', r.rate, 'source', r.source)"

_RECORDED = f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, '{{action}}', 'rate', r.id, r.currency, {RATE_CONTENT} FROM rate r
"""

CHANGE_RATES = f"""
    WITH rate AS (
        UPDATE ledger_rate r SET rate = n.rate, source = n.source
        FROM incoming_rate n
        WHERE r.organization_id = %(organization)s AND r.currency = n.currency AND r.rated_on = n.rated_on
          AND (r.rate <> n.rate OR n.source <> '' AND r.source <> n.source)
        RETURNING r.id, r.currency, r.rated_on, r.rate, r.source
    )
    {_RECORDED.format(action="changed")}
"""
ADD_RATES = f"""
    WITH rate AS (
        INSERT INTO ledger_rate (organization_id, id, currency, rated_on, rate, source)
        SELECT %(organization)s, uuidv7(), currency, rated_on, rate, source FROM incoming_rate
        ORDER BY currency, rated_on
        ON CONFLICT (organization_id, currency, rated_on) DO NOTHING
        RETURNING id, currency, rated_on, rate, source
    )
    {_RECORDED.format(action="recorded")}
"""
REMOVE_RATES = f"""
    WITH rate AS (
        DELETE FROM ledger_rate WHERE organization_id = %(organization)s AND id = ANY(%(ids)s::uuid[])
        RETURNING id, currency, rated_on, rate, source
    )
    {_RECORDED.format(action="removed")}
"""
LATEST_RATES = """
    SELECT asked.currency, asked.day, latest.rate
    FROM unnest(%(currencies)s::text[], %(days)s::date[]) asked (currency, day)
    CROSS JOIN LATERAL (
        SELECT r.rate FROM ledger_rate r
        WHERE r.organization_id = %(organization)s AND r.currency = asked.currency AND r.rated_on <= asked.day
        ORDER BY r.rated_on DESC LIMIT 1
    ) latest
"""

"""Importing rates of foreign currencies: from which day one unit is worth how much of the base currency."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from huikuan.core.said import said as _
from huikuan.integrations.operations.run import Rows
from huikuan.ledger.operations import NewRate, RateRefused, record_rates
from huikuan.ledger.operations.rates import checked_rate


def import_rates(rows: Rows) -> None:
    """Import the live rows of a chunk; one that the table has already counts as unchanged."""
    columns = rows.columns
    rates: dict[int, NewRate] = {}
    for index in list(rows.live):
        on = columns["rated_on"][index]
        rate = _number(columns["rate"][index])
        if rate is None:
            rows.reject(index, "rate", "rate_unreadable", _("汇率不是数字"))
            continue
        if on > rows.run.today:
            rows.reject(index, "rated_on", "rated_in_future", _("汇率日期 %s 晚于今天") % on)
            continue
        new = NewRate(columns["currency"][index], on, rate, columns["source"][index] or "")
        try:
            rates[index] = checked_rate(new, rows.run.base_currency)
        except RateRefused as error:
            rows.reject(index, error.field, error.code, error.message)
    recorded = record_rates(list(rates.values()), actor=rows.run.actor)
    taken = recorded.added + recorded.changed
    rows.run.imported += taken
    rows.run.unchanged += len(rates) - taken


def _number(text: str) -> Decimal | None:
    """A rate as it is written: plain digits with a point, or with one comma in its place."""
    plain = text.replace(" ", "")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None

"""Document numbers: `{prefix}{yyyyMM}{6 digits}` per type and month, from counter rows that are locked.

Prefixes are the organization's (`Organization.number_prefixes`), else those of NUMBER_PREFIX.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Kind
from huikuan.organizations.models import Organization

NUMBER_PREFIX = {
    Kind.INVOICE: "YS",
    Kind.DEBIT_NOTE: "YT",
    Kind.CREDIT_NOTE: "HC",
    Kind.RECEIPT: "SK",
    Kind.ADVANCE: "YK",
    Kind.REFUND: "TK",
    Kind.WRITE_OFF: "HZ",
    Kind.REVERSAL: "CX",
    Kind.RECOVERY: "HS",
    Kind.BILL: "PJ",
    Kind.DISHONOUR: "JF",
    Kind.DISCOUNT: "ZK",
    Kind.DIFFERENCE: "WC",
    Kind.OFFSET: "CD",
    Kind.TRANSFER_OUT: "ZC",
    Kind.TRANSFER_IN: "ZR",
    Kind.FACTORING: "BL",
}
OWN_PATTERN = re.compile(r"([A-Z]{2})([12][0-9]{3})(0[1-9]|1[0-2])([0-9]{6,12})")
"""A number that a counter gives, or could give; the check reads it too."""


def prefix_of(kind: Kind | str) -> str:
    """What new numbers of a kind begin with in the current organization."""
    chosen = Organization.objects.values_list("number_prefixes", flat=True).get(pk=current_organization_id())
    return str(chosen.get(Kind(kind).value) or NUMBER_PREFIX[Kind(kind)])


def number_documents(wanted: Sequence[tuple[str, date]], *, kind: Kind) -> list[str]:
    """The given numbers, and where one is empty the next of the kind and the month of its date."""
    return numbered(prefix_of(kind), wanted)


def numbered(prefix: str, wanted: Sequence[tuple[str, date]]) -> list[str]:
    """The given numbers, and where one is empty the next of the prefix and the month of its date.

    A given number that looks like the counter's own moves the counter past it; else the counter would
    arrive there one day, and every further document of the month would be refused.
    """
    counts = Counter(on.replace(day=1) for number, on in wanted if not number)
    highest: dict[date, int] = {}
    for number, _ in wanted:
        own = OWN_PATTERN.fullmatch(number)
        if own and own[1] == prefix:
            month = date(int(own[2]), int(own[3]), 1)
            highest[month] = max(highest.get(month, 0), int(own[4]))
    given = {
        month: take_numbers(prefix, month, counts[month], beyond=highest.get(month, 0))
        for month in sorted({*counts, *highest})
    }
    return [number or next(given[on.replace(day=1)]) for number, on in wanted]


def take_numbers(prefix: str, month: date, count: int, *, beyond: int = 0) -> Iterator[str]:
    """The next `count` numbers after `beyond`; the counter row stays locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO ledger_number_counter AS counter (organization_id, id, prefix, month, last)
            VALUES (%(organization)s, uuidv7(), %(prefix)s, %(month)s, %(beyond)s + %(count)s)
            ON CONFLICT (organization_id, prefix, month)
            DO UPDATE SET last = greatest(counter.last, %(beyond)s) + %(count)s
            RETURNING last
            """,
            {
                "organization": current_organization_id(),
                "prefix": prefix,
                "month": month,
                "count": count,
                "beyond": beyond,
            },
        )
        last = int(cursor.fetchone()[0])
    head = f"{prefix}{month:%Y%m}"
    return (f"{head}{value:06d}" for value in range(last - count + 1, last + 1))

"""Money that stands in the books before its line comes: registered by hand, or imported from another program.

It is the line's money when amount, account and about the day agree, and the bank's number or the payer with them;
posting such a line as well would count the money twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from huikuan.cash.matching.composing import Proposed
from huikuan.cash.matching.facts import LIKELY, SURE, Line, Recorded, to_decimal
from huikuan.cash.matching.ledger import Ledger
from huikuan.cash.matching.names import bare_name
from huikuan.cash.matching.options import Option, Reason
from huikuan.cash.matching.payers import STRONG
from huikuan.cash.matching.subjects import Seen

WITHIN = timedelta(days=5)
AT_ONCE = timedelta(days=1)


def already_recorded(
    incoming: Sequence[Seen], records: Sequence[Recorded], ledger: Ledger
) -> Iterator[Proposed]:
    """The lines whose money is recorded, each record for one line: equal numbers first, then the nearest days."""
    by_amount: dict[tuple[int, str, object], list[Recorded]] = defaultdict(list)
    for record in records:
        by_amount[record.amount, record.currency, record.bank].append(record)
    pairs = [
        (
            not _same_number(seen.line, record),
            abs(seen.line.booked_on - record.on),
            place,
            record.number,
            seen,
            record,
        )
        for place, seen in enumerate(incoming)
        for record in by_amount.get((seen.line.amount, seen.line.currency, seen.line.bank), ())
        if _same_money(seen, record, ledger)
    ]
    lines, taken = set(), set()
    for other_number, apart, _place, _number, seen, record in sorted(pairs, key=lambda pair: pair[:4]):
        if seen.line.id in lines or record.id in taken:
            continue
        lines.add(seen.line.id)
        taken.add(record.id)
        sure = not other_number or (apart <= AT_ONCE and _named(seen, record, ledger))
        yield _proposed(seen.line, record, SURE if sure else LIKELY)


def _same_money(seen: Seen, record: Recorded, ledger: Ledger) -> bool:
    if abs(seen.line.booked_on - record.on) > WITHIN:
        return False
    if _same_number(seen.line, record) or _named(seen, record, ledger):
        return True
    # Nobody is known to have paid, and nothing speaks against it: a question worth asking on the very day.
    return not seen.recognised.payers and not seen.line.counterparty and seen.line.booked_on == record.on


def _same_number(line: Line, record: Recorded) -> bool:
    return bool(record.reference) and record.reference == line.reference


def _named(seen: Seen, record: Recorded, ledger: Ledger) -> bool:
    """Whether the payer of the line is the customer of the record, one of its group, or the payer noted there."""
    if record.payer and bare_name(record.payer) == bare_name(seen.line.counterparty):
        return True
    if record.customer_id is None:
        return False
    family = {record.customer_id, *ledger.family(record.customer_id)}
    return any(payer.customer_id in family for payer in seen.recognised.payers if payer.strength >= STRONG)


def _proposed(line: Line, record: Recorded, tier: str) -> Proposed:
    option = Option(
        customer_id=record.customer_id,
        tier=tier,
        score=1,
        unapplied=to_decimal(line.amount, line.currency),
        reasons=(Reason("already_recorded", {"number": record.number, "on": record.on.isoformat()}),),
        recorded=record.id,
    )
    return Proposed(line.id, tier, record.customer_id, (option,))

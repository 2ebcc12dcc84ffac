"""Remittance advices: what the payer says wins over guesses, once it is clear which money it speaks of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

from huikuan.cash.matching.composing import Candidate, judged
from huikuan.cash.matching.facts import Advice, AdviceLine, Facts, Item, Line
from huikuan.cash.matching.fits import BY_NUMBER, CERTAIN, GOOD, Fit, Part
from huikuan.cash.matching.ledger import Ledger
from huikuan.cash.matching.options import Reason
from huikuan.cash.matching.payers import PROVEN, STRONG
from huikuan.cash.matching.references import References
from huikuan.cash.matching.subjects import Seen, Subject


def advised(
    facts: Facts, incoming: Sequence[Seen], ledger: Ledger, references: References
) -> Iterator[tuple[Seen, Candidate]]:
    """Lines that exactly one advice speaks of, with what it says; each line and each advice once."""
    items = {item.id: item for item in facts.items} if facts.advices else {}
    alike = Counter((each.customer_id, each.amount, each.currency) for each in facts.advices)
    spoken: set[UUID] = set()
    for advice in sorted(facts.advices, key=lambda each: (each.paid_on is None, each.paid_on, each.id)):
        about = [
            seen
            for seen in incoming
            if seen.line.id not in spoken and _speaks_of(advice, seen, facts.limits.advice_days, ledger)
        ]
        if len(about) != 1 or alike[(advice.customer_id, advice.amount, advice.currency)] > 1:
            continue
        seen = about[0]
        fit, customer_id = _fit(advice, seen.line, items, ledger, references)
        if fit is None or customer_id is None:
            continue
        spoken.add(seen.line.id)
        yield seen, judged(_subject(advice, seen, customer_id, ledger), fit)


def _speaks_of(advice: Advice, seen: Seen, days: int, ledger: Ledger) -> bool:
    line = seen.line
    if advice.amount != line.amount or advice.currency != line.currency:
        return False
    if advice.paid_on is not None and abs((line.booked_on - advice.paid_on).days) > days:
        return False
    payers = {each.customer_id for each in seen.recognised.payers}
    if advice.customer_id is None or not payers:
        return True
    return advice.customer_id in payers or bool(payers & set(ledger.family(advice.customer_id)))


def _subject(advice: Advice, seen: Seen, customer_id: UUID, ledger: Ledger) -> Subject:
    """Whose money it is: the customer who sent the advice or whose items it names, if that agrees with the payer."""
    strength = seen.recognised.strength_of(customer_id)
    reasons = tuple(
        reason
        for payer in seen.recognised.payers
        if payer.customer_id == customer_id
        for reason in payer.reasons
    )
    certain = seen.recognised.proven
    if certain is not None and certain.customer_id in ledger.family(customer_id):
        strength, reasons = PROVEN, (*certain.reasons, Reason("group_payer"))
    if advice.customer_id is not None and strength:
        strength = max(strength, STRONG)
    return Subject(customer_id, strength, (*reasons, Reason("advice_from")))


def _fit(
    advice: Advice, line: Line, items: dict[UUID, Item], ledger: Ledger, references: References
) -> tuple[Fit | None, UUID | None]:
    debits: list[Part] = []
    credits: list[Part] = []
    complete = True
    for each in advice.lines:
        item = _item(each, advice, line, items, references)
        if item is None or item.currency != line.currency or abs(each.amount) > ledger.left(item):
            complete = False
        elif each.amount > 0 and item.side > 0:
            debits.append((item, each.amount))
        elif each.amount < 0 and item.side < 0:
            credits.append((item, -each.amount))
        else:
            complete = False
    customers = {item.customer_id for item, _amount in (*debits, *credits)}
    rest = line.amount + sum(amount for _item, amount in credits) - sum(amount for _item, amount in debits)
    if not debits or len(customers) != 1 or rest < 0 or len({item.id for item, _ in debits}) < len(debits):
        return None, None
    certain = complete and not rest and all(item.document_on <= line.booked_on for item, _ in debits)
    reason = Reason("advice", {"count": str(len(advice.lines))})
    fit = Fit(
        items=tuple(debits),
        credits=tuple(credits),
        unapplied=rest,
        level=CERTAIN if certain else GOOD,
        named=BY_NUMBER,
        exact=not rest,
        rank=1100 if certain else 915,
        reasons=(reason,) if complete else (reason, Reason("advice_in_part")),
    )
    return fit, customers.pop()


def _item(
    each: AdviceLine, advice: Advice, line: Line, items: dict[UUID, Item], references: References
) -> Item | None:
    """The item that a line of the advice was recognised as, or the only one its reference names."""
    if each.item_id is not None:
        return items.get(each.item_id)
    scan = references.scan(each.reference, line.booked_on)
    mentions = list(scan.whole)
    if not mentions and advice.customer_id is not None:
        mentions = references.mentions(scan, advice.customer_id)
    named = {item.id: item for mention in mentions for item in mention.target.items}
    return next(iter(named.values())) if len(named) == 1 else None

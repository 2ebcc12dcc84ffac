"""The matching of a set of lines with a ledger: what is recorded already and advices first, then what is named exactly, what is named, the rest.

What a sure option settles is gone for the lines that come after it, so that no two lines of a run are sure of
the same item. Lines are taken by day, position and key: the same set gives the same answer in any order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from rapidfuzz.distance import Levenshtein

from huikuan.cash.matching.advices import advised
from huikuan.cash.matching.companions import together
from huikuan.cash.matching.composing import Candidate, Proposed, judged, nothing, option_of, proposed
from huikuan.cash.matching.facts import LIKELY, SURE, TIERS, WEAK, Agreement, Facts, Item, Line
from huikuan.cash.matching.fits import BY_NUMBER, BY_TAIL, CERTAIN, GOOD, GUESS, UNNAMED, Fit, lowered
from huikuan.cash.matching.ledger import Ledger
from huikuan.cash.matching.named import Money, named_fits, named_items
from huikuan.cash.matching.names import bare_name
from huikuan.cash.matching.options import Reason
from huikuan.cash.matching.pairing import paired
from huikuan.cash.matching.payers import PROVEN, STRONG, Payers
from huikuan.cash.matching.prepaid import agreements_named, by_number, with_advances
from huikuan.cash.matching.recorded import already_recorded
from huikuan.cash.matching.references import References, bare_number
from huikuan.cash.matching.returns import bounced
from huikuan.cash.matching.subjects import OTHER, Seen, Subject, subjects_of
from huikuan.cash.matching.unnamed import Purse, unnamed_fits
from huikuan.cash.matching.unrelated import unrelated

EQUAL_WITHIN = timedelta(days=5)
FAMILY_SEARCHED = 8
MISWRITTEN = 2  # wrong characters in a number


def match(facts: Facts, lines: Iterable[Line]) -> list[Proposed]:
    """What each line is thought to be, in the order of day, position and key."""
    facts = replace(
        facts,
        customers=tuple(sorted(facts.customers, key=lambda each: each.id)),
        items=tuple(sorted(facts.items, key=lambda each: each.id)),
    )
    return _Run(facts, sorted(lines, key=lambda line: (line.booked_on, line.position, line.id))).proposals()


class _Run:
    def __init__(self, facts: Facts, lines: Sequence[Line]) -> None:
        self.facts = facts
        self.lines = lines
        self.ledger = Ledger(facts.customers, facts.items)
        self.references = References.of(facts.items, facts.settled.items())
        self.payers = Payers(facts.customers)
        self.own = {bare_name(name) for name in facts.own_names if name}
        self.discounts = {
            each.id: tuple((cut.points, cut.days) for cut in each.discounts)
            for each in facts.customers
            if each.discounts
        }
        self.amounts: dict[tuple[int, str], Counter[UUID]] = defaultdict(Counter)
        for item in facts.items:
            if item.side > 0:
                self.amounts[item.amount, item.currency][item.customer_id] += 1
        self.answers: dict[UUID, Proposed] = {}
        self.agreed: dict[UUID, tuple[Agreement, ...]] = {}
        self.spoken_for: set[UUID] = set()
        self.aside = replace(facts.limits, half=facts.limits.aside)
        self.claims: dict[UUID, set[UUID]] = defaultdict(set)
        self.sure_days: dict[tuple[UUID, int], list[date]] = defaultdict(list)

    def proposals(self) -> list[Proposed]:
        incoming = [self._seen(line) for line in self.lines if line.amount > 0]
        known = by_number(self.facts.agreements)
        self.agreed = {seen.line.id: agreements_named(seen, known) for seen in incoming}
        for line in self.lines:
            if line.amount < 0:
                self.answers[line.id] = bounced(line, self.facts.receipts)
        for each in already_recorded(incoming, self.facts.recorded, self.ledger):
            self.answers[each.line_id] = each
        incoming = [seen for seen in incoming if seen.line.id not in self.answers]
        self._by_advice(incoming)
        waiting = [seen for seen in incoming if seen.line.id not in self.answers]
        subjects = {
            seen.line.id: subjects_of(seen, self.references, self.ledger)
            for seen in waiting
            if seen.scan.tokens or seen.recognised.payers
        }
        self._claim(waiting, subjects)
        named = [seen for seen in waiting if any(each.mentions for each in subjects.get(seen.line.id, ()))]
        for seen in named:
            self._settle(seen, subjects[seen.line.id], exactly=True)
        self._together(named, subjects)
        for seen in named:
            if seen.line.id not in self.answers:
                self._settle(seen, subjects[seen.line.id])
        for seen in waiting:
            if seen.line.id not in self.answers:
                self._settle(seen, subjects.get(seen.line.id, []))
        self._pair([seen for seen in waiting if not any(s.mentions for s in subjects.get(seen.line.id, ()))])
        for seen in waiting:
            answer = self.answers[seen.line.id]
            self.answers[seen.line.id] = with_advances(answer, seen, self.agreed[seen.line.id])
        return [self.answers[line.id] for line in self.lines]

    def _seen(self, line: Line) -> Seen:
        return Seen(
            line,
            self.payers.of(line),
            self.references.scan(f"{line.text} {line.reference}", line.booked_on),
            unrelated(line, self.own),
        )

    def _by_advice(self, incoming: Sequence[Seen]) -> None:
        for seen, candidate in advised(self.facts, incoming, self.ledger, self.references):
            if candidate.tier == SURE:
                self._take(seen, candidate)
            self.answers[seen.line.id] = proposed(
                seen.line, [candidate], shown=self.facts.limits.shown, proven=True
            )

    def _claim(self, waiting: Sequence[Seen], subjects: dict[UUID, list[Subject]]) -> None:
        """Note which lines name which items: another line is not sure of them by its amount alone."""
        for seen in waiting:
            for subject in subjects.get(seen.line.id, ()):
                for mention in subject.mentions:
                    if mention.target.kind in ("invoice", "tax_invoice"):
                        for item in mention.target.items:
                            self.claims[item.id].add(seen.line.id)

    def _together(self, named: Sequence[Seen], subjects: dict[UUID, list[Subject]]) -> None:
        """Several lines that name the same documents and make their amount together."""
        open_lines = [seen for seen in named if seen.line.id not in self.answers]
        for group in together(open_lines, subjects, self.ledger):
            candidates = [judged(part.subject, part.fit) for part in group]
            if any(each.tier != SURE for each in candidates) or any(part.seen.unrelated for part in group):
                continue
            if not self.ledger.has(group[0].fit):
                continue
            self._take(group[0].seen, candidates[0])
            for part, candidate in zip(group, candidates, strict=True):
                line = part.seen.line
                self.answers[line.id] = proposed(
                    line, [candidate], shown=self.facts.limits.shown, proven=True
                )

    def _pair(self, unnamed: Sequence[Seen]) -> None:
        """Lines of one payer that say nothing, and for which nothing was found alone: together they may pay an item."""
        groups: dict[tuple[UUID, str], list[Seen]] = defaultdict(list)
        for seen in unnamed:
            payer = seen.recognised.proven
            loose = self.answers[seen.line.id].tier == WEAK and not (
                seen.unrelated or seen.scan.settled or self.agreed[seen.line.id]
            )
            if payer is not None and loose:
                groups[payer.customer_id, seen.line.currency].append(seen)
        for (customer_id, currency), lines in groups.items():
            payer = lines[0].recognised.proven
            assert payer is not None
            subject = Subject(customer_id, payer.strength, payer.reasons)
            items = self.ledger.debits(customer_id, currency)
            for group in paired(lines, subject, items, self.facts.limits):
                for part in group:
                    answer = self.answers[part.seen.line.id]
                    best = option_of(part.seen.line, judged(part.subject, part.fit))
                    options = (best, *answer.options)[: self.facts.limits.shown]
                    self.answers[part.seen.line.id] = replace(answer, tier=best.tier, options=options)

    def _settle(self, seen: Seen, subjects: Sequence[Subject], *, exactly: bool = False) -> None:
        """Propose for one line; `exactly`: only if that is sure and nothing is left over or missing."""
        candidates: list[Candidate] = []
        proven = True
        for subject in subjects:
            fits, complete = self._fits(seen, subject, named_only=exactly)
            proven = proven and complete
            candidates += [self._checked(seen, judged(subject, fit)) for fit in fits]
        if not exactly:
            candidates += self._for_family(seen, subjects, candidates)
        if seen.unrelated is not None:
            kept = [each for each in candidates if each.fit.named == BY_NUMBER and each.fit.exact]
            if not kept and not (seen.recognised.proven and seen.line.kind == "transfer"):
                if not exactly:
                    self.answers[seen.line.id] = nothing(seen.line, seen.unrelated)
                return
            candidates = [self._capped(each, seen.unrelated) for each in kept or candidates]
        candidates = self._rivals(candidates)
        best = max(candidates, key=lambda each: each.score, default=None)
        if exactly and (best is None or best.tier != SURE or not best.fit.exact):
            return
        if best is not None and best.tier == SURE:
            self._take(seen, best)
        elif best is not None and best.tier == LIKELY:
            self.spoken_for.update(item.id for item, _amount in best.fit.items)
        if best is None and not exactly:
            self.answers[seen.line.id] = nothing(seen.line, Reason("unknown_payer"))
            return
        self.answers[seen.line.id] = proposed(
            seen.line, candidates, shown=self.facts.limits.shown, proven=proven
        )

    def _rivals(self, candidates: list[Candidate]) -> list[Candidate]:
        """Two sure answers that differ are none."""
        sure = {(each.subject.customer_id, each.fit.key) for each in candidates if each.tier == SURE}
        if len(sure) < 2:
            return candidates
        best = max(each.score for each in candidates)
        exact = {
            (each.subject.customer_id, each.fit.key)
            for each in candidates
            if each.tier == SURE and each.score > best - 15
        }
        if len(exact) == 1:
            return [
                each if each.tier != SURE or each.score > best - 15 else replace(each, tier=LIKELY)
                for each in candidates
            ]
        return [replace(each, tier=LIKELY) if each.tier == SURE else each for each in candidates]

    def _fits(self, seen: Seen, subject: Subject, *, named_only: bool) -> tuple[list[Fit], bool]:
        line = seen.line
        customers = (subject.customer_id, *subject.members)
        debits = [item for key in customers for item in self.ledger.debits(key, line.currency)]
        credits = [item for key in customers for item in self.ledger.credits(key, line.currency)]
        money = self._money(seen, subject.customer_id)
        named = named_items(subject.mentions, debits, credits)
        fits = [self._late(fit, line) for fit in named_fits(money, named, debits, credits)]
        gone = self._gone(seen, subject)
        if gone is not None:
            fits = [lowered(fit, GOOD, gone) for fit in fits]
        if named_only or subject.strength in (OTHER,) or any(fit.level == CERTAIN for fit in fits):
            return fits, True
        if subject.strength < STRONG and not seen.recognised.payers:
            return fits, True
        purse = Purse(tuple(debits), tuple(credits), seen.scan.months, self.spoken_for)
        order = self.facts.orders.get(subject.customer_id, self.facts.order)
        found = unnamed_fits(money, purse, order)
        others = [self._late(fit, line) for fit in found.fits]
        if fits or gone:
            by_number = gone is not None or any(fit.named == BY_NUMBER for fit in fits)
            others = [_beside(fit, by_number, gone) for fit in others]
        if gone is not None:
            fits.append(Fit(unapplied=line.amount, level=GOOD, rank=850, reasons=(gone,)))
        fits = [lowered(fit, GUESS) if fit.named == BY_TAIL and not fit.exact else fit for fit in fits]
        return [*fits, *others], found.proven

    def _money(self, seen: Seen, customer_id: UUID) -> Money:
        line = seen.line
        alike = self.amounts[line.amount, line.currency]
        return Money(
            line.amount,
            line.booked_on,
            self.facts.limits.of(line.currency),
            self.discounts.get(customer_id, ()),
            seen.scan.incomplete,
            alike.total() - alike[customer_id] if alike else 0,
            max(1, len(self.facts.items)),
        )

    def _gone(self, seen: Seen, subject: Subject) -> Reason | None:
        """Whether a document that the line names is settled already: by an earlier line, or before."""
        for number in seen.scan.settled:
            if self.references.settled[number] == subject.customer_id:
                return Reason("settled_already", {"number": number})
        for mention in subject.mentions:
            if mention.target.kind in ("invoice", "tax_invoice") and not any(
                self.ledger.left(item) for item in mention.target.items
            ):
                return Reason("settled_already", {"number": mention.target.number})
        return None

    def _late(self, fit: Fit, line: Line) -> Fit:
        """An invoice issued after the money came is not settled without a look."""
        if fit.level == CERTAIN and any(item.document_on > line.booked_on for item, _amount in fit.items):
            return lowered(fit, GOOD, Reason("issued_later"))
        return fit

    def _checked(self, seen: Seen, candidate: Candidate) -> Candidate:
        """Not sure by its amount alone where other lines name the items, or an equal line was just settled."""
        if candidate.tier != SURE or candidate.fit.named != UNNAMED:
            return candidate
        for agreed in self.agreed[seen.line.id]:
            return self._capped(candidate, Reason("names_agreement", {"number": agreed.number}))
        for item, _amount in candidate.fit.items:
            if self._claimed(item, seen.line.id):
                return self._capped(candidate, Reason("contested", {"number": item.number}))
        for day in self.sure_days[(candidate.subject.customer_id, seen.line.amount)]:
            if abs(seen.line.booked_on - day) <= EQUAL_WITHIN:
                return self._capped(candidate, Reason("equal_line", {"on": day.isoformat()}))
        return candidate

    def _claimed(self, item: Item, line_id: UUID) -> bool:
        return any(
            other != line_id and (other not in self.answers or self.answers[other].tier != SURE)
            for other in self.claims.get(item.id, ())
        )

    def _capped(self, candidate: Candidate, reason: Reason) -> Candidate:
        fit = replace(candidate.fit, reasons=(*candidate.fit.reasons, reason))
        return replace(candidate, fit=fit, tier=min(candidate.tier, LIKELY, key=TIERS.index))

    def _for_family(
        self, seen: Seen, subjects: Sequence[Subject], candidates: list[Candidate]
    ) -> list[Candidate]:
        """A payer of a group may mean a member's items; where both fit, neither is sure."""
        payer = seen.recognised.proven
        if payer is None or any(each.mentions for each in subjects) or seen.unrelated:
            return []
        reason = Reason("group_payer", dict(payer.reasons[0].values))
        found: list[Candidate] = []
        for member in self.ledger.family(payer.customer_id)[:FAMILY_SEARCHED]:
            subject = Subject(member, STRONG, (*payer.reasons, reason))
            debits = self.ledger.debits(member, seen.line.currency)
            due = sum(item.amount for item in debits)
            if seen.line.amount > due or not debits:
                continue
            money = replace(self._money(seen, member), limits=self.aside.of(seen.line.currency))
            fits = unnamed_fits(money, Purse(debits, (), seen.scan.months), "none").fits
            found += [judged(subject, fit) for fit in fits if fit.exact]
        if any(each.fit.level == CERTAIN for each in found):
            candidates[:] = [
                self._capped(each, Reason("group_fits_too")) if each.tier == SURE else each
                for each in candidates
            ]
        return found

    def _take(self, seen: Seen, candidate: Candidate) -> None:
        self.ledger.reserve(candidate.fit)
        if candidate.subject.strength >= PROVEN:
            self.sure_days[(candidate.subject.customer_id, seen.line.amount)].append(seen.line.booked_on)


def _beside(fit: Fit, by_number: bool, gone: Reason | None) -> Fit:
    """An explanation by amount where the text names something else: the number may be wrong, the amount chance.

    The only item that has the amount comes before a part of what is named; before a payment made twice only where
    the numbers are nearly the same.
    """
    alone = fit.level == CERTAIN and fit.exact and len(fit.items) == 1
    if alone and gone is not None:
        written, meant = bare_number(gone.values["number"]), bare_number(fit.items[0][0].number)
        alone = Levenshtein.distance(written, meant) <= MISWRITTEN
    level = GUESS if by_number and not fit.exact else GOOD
    return replace(lowered(fit, level), rank=945 if alone else fit.rank - 300)

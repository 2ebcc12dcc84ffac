"""Who paid: an account seen before, a name, a spelling of it, an alias; similar names are only a hint.

Companies of nearly the same name are different companies: nothing but equality of the bare name, in the same
legal form, proves a payer.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from rapidfuzz import fuzz, process

from huikuan.cash.matching.facts import CURRENT, FORMER, PAYER, VARIANT, Customer, Line
from huikuan.cash.matching.names import (
    bare_name,
    forms_agree,
    is_conduit,
    is_person,
    may_be_cut,
    names_in,
    payer_name,
)
from huikuan.cash.matching.options import Reason

PROVEN, STRONG, HINT = 3, 2, 1
SIMILAR_FROM = 78
SIMILAR_MARGIN = 6
_ON_BEHALF = re.compile(r"代|替|受.{0,20}委托")
_REASON_OF_KIND = {CURRENT: "name_exact", FORMER: "name_former", VARIANT: "name_variant", PAYER: "alias"}


@dataclass(frozen=True, slots=True)
class Payer:
    """A customer that may have paid, how strongly it is believed, and why."""

    customer_id: UUID
    strength: int
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who may have paid, the most probable first. `proven`: there is exactly one and it is certain.

    `known_name`: the name on the line is one of a customer, so that it cannot be a spelling of another.
    """

    payers: tuple[Payer, ...] = ()
    known_name: bool = False

    @property
    def proven(self) -> Payer | None:
        """The payer, where it is certain."""
        if len(self.payers) == 1 and self.payers[0].strength == PROVEN:
            return self.payers[0]
        return None

    def strength_of(self, customer_id: UUID) -> int:
        """How strongly a customer is believed to have paid; 0 where nothing speaks for it."""
        return max((each.strength for each in self.payers if each.customer_id == customer_id), default=0)


@dataclass(frozen=True, slots=True)
class _Named:
    customer_id: UUID
    kind: str
    name: str
    account: bytes | None


class Payers:
    """All customers by account, name and bare name."""

    def __init__(self, customers: Iterable[Customer]) -> None:
        self._by_account: dict[bytes, list[_Named]] = {}
        self._by_name: dict[str, list[_Named]] = {}
        self._by_bare: dict[str, list[_Named]] = {}
        self._seen: dict[tuple[str, bytes | None], Recognised] = {}
        for customer in customers:
            self._add(_Named(customer.id, CURRENT, customer.name, None))
            for known in customer.names:
                self._add(_Named(customer.id, known.kind, known.name, known.account))
        self._sorted = sorted(self._by_name)
        self._bares = sorted(self._by_bare)

    def _add(self, named: _Named) -> None:
        if named.account is not None:
            self._by_account.setdefault(named.account, []).append(named)
        if named.name:
            self._by_name.setdefault(payer_name(named.name), []).append(named)
            self._by_bare.setdefault(bare_name(named.name), []).append(named)

    def of(self, line: Line) -> Recognised:
        """Who may have paid this line."""
        if not line.counterparty and line.account is None:
            return self._by_text(line.text)
        key = (line.counterparty, line.account)
        found = self._seen.get(key)
        if found is None:
            found = self._recognise(line.counterparty, line.account)
            if is_conduit(line.counterparty):
                found = Recognised(tuple(replace(each, strength=HINT) for each in found.payers))
            self._seen[key] = found
        if not found.payers or max(each.strength for each in found.payers) == HINT:
            named = self._by_text(line.text)
            if named.payers:
                return Recognised((*named.payers, *_without(found.payers, named.payers)), found.known_name)
        elif found.proven is not None and _ON_BEHALF.search(line.text):
            return self._on_behalf(found, line.text)
        return found

    def _on_behalf(self, found: Recognised, text: str) -> Recognised:
        """A customer that says it pays for another customer: which of them is a question."""
        others = _without(self._by_text(text).payers, found.payers)
        if not others:
            return found
        reason = Reason("payer_conflict")
        both = (*others, *found.payers)
        return Recognised(
            tuple(
                Payer(each.customer_id, min(each.strength, STRONG), (*each.reasons, reason)) for each in both
            ),
            True,
        )

    def _recognise(self, name: str, account: bytes | None) -> Recognised:
        by_account = self._with_account(name, account)
        by_name = self._with_name(name, account) if name else []
        both = {each.customer_id for each in by_account} & {each.customer_id for each in by_name}
        if both:
            # Account and name agree: what else bears either of them is not meant.
            return Recognised(
                tuple(_merged(each for each in (*by_account, *by_name) if each.customer_id in both)), True
            )
        if by_account and by_name and max(each.strength for each in by_name) > HINT:
            reason = Reason("payer_conflict")
            return Recognised(
                tuple(
                    Payer(each.customer_id, min(each.strength, STRONG), (*each.reasons, reason))
                    for each in (*by_name, *by_account)
                ),
                True,
            )
        found = by_account or by_name
        return Recognised(
            tuple(_ambiguous(found)), bool(by_account) or any(each.strength > HINT for each in by_name)
        )

    def _with_account(self, name: str, account: bytes | None) -> list[Payer]:
        if account is None:
            return []
        return _merged(
            Payer(each.customer_id, PROVEN, (Reason("account_seen", {"name": each.name or name}),))
            for each in self._by_account.get(account, ())
        )

    def _with_name(self, name: str, account: bytes | None) -> list[Payer]:
        exact = self._by_name.get(payer_name(name), ())
        if exact:
            return _merged(_payer_by_name(each, account) for each in exact)
        bare = bare_name(name)
        spelled = [each for each in self._by_bare.get(bare, ()) if len(bare) > 1]
        if spelled:
            return _merged(_payer_by_spelling(each, name, account) for each in spelled)
        return self._cut_short(name) or self._similar(bare)

    def _cut_short(self, name: str) -> list[Payer]:
        if not may_be_cut(name):
            return []
        start = payer_name(name)
        place = bisect_left(self._sorted, start)
        longer: dict[UUID, str] = {}
        while place < len(self._sorted) and self._sorted[place].startswith(start) and len(longer) < 4:
            longer.update({each.customer_id: each.name for each in self._by_name[self._sorted[place]]})
            place += 1
        strength = STRONG if len(longer) == 1 else HINT
        return [
            Payer(key, strength, (Reason("name_truncated", {"name": full}),)) for key, full in longer.items()
        ]

    def _similar(self, bare: str) -> list[Payer]:
        if len(bare) < 4:
            return []
        close = process.extract(bare, self._bares, scorer=fuzz.ratio, score_cutoff=SIMILAR_FROM, limit=5)
        best = max((score for _name, score, _place in close), default=0.0)
        return _merged(
            Payer(
                each.customer_id,
                HINT,
                (Reason("name_similar", {"name": each.name, "percent": f"{score:.0f}"}),),
            )
            for similar, score, _place in sorted(close, key=lambda hit: (-hit[1], hit[0]))
            if score >= best - SIMILAR_MARGIN
            for each in self._by_bare[similar]
            if not is_person(each.name)
        )

    def _by_text(self, text: str) -> Recognised:
        found: list[Payer] = []
        for name in names_in(text):
            for each in self._by_bare.get(bare_name(name), ()):
                if forms_agree(name, each.name) and not is_person(each.name):
                    reason = Reason("name_in_text", {"name": each.name})
                    found.append(Payer(each.customer_id, STRONG, (reason,)))
        return Recognised(tuple(_ambiguous(_merged(found))), bool(found))


def _payer_by_name(named: _Named, account: bytes | None) -> Payer:
    return _careful(named, account, _REASON_OF_KIND.get(named.kind, "name_variant"))


def _payer_by_spelling(named: _Named, name: str, account: bytes | None) -> Payer:
    if not forms_agree(name, named.name):
        return Payer(named.customer_id, STRONG, (Reason("name_form_differs", {"name": named.name}),))
    return _careful(named, account, "alias" if named.kind == PAYER else "name_normalised")


def _careful(named: _Named, account: bytes | None, code: str) -> Payer:
    """A person's name proves nothing without the account: others are called the same."""
    if is_person(named.name) and (named.account is None or named.account != account):
        return Payer(named.customer_id, STRONG, (Reason("name_of_person", {"name": named.name}),))
    return Payer(named.customer_id, PROVEN, (Reason(code, {"name": named.name}),))


def _merged(payers: Iterable[Payer]) -> list[Payer]:
    """One payer per customer, the strongest reasons first."""
    by_customer: dict[UUID, list[Payer]] = {}
    for each in payers:
        by_customer.setdefault(each.customer_id, []).append(each)
    merged = []
    for key, found in by_customer.items():
        found.sort(key=lambda each: -each.strength)
        reasons = dict.fromkeys(reason.code for each in found for reason in each.reasons)
        first = {code: _first(found, code) for code in reasons}
        merged.append(Payer(key, found[0].strength, tuple(first.values())))
    return sorted(merged, key=lambda each: (-each.strength, each.customer_id))


def _first(payers: Sequence[Payer], code: str) -> Reason:
    return next(reason for each in payers for reason in each.reasons if reason.code == code)


def _ambiguous(payers: Sequence[Payer]) -> list[Payer]:
    """Several customers share what recognised them: none of them is certain."""
    if len(payers) < 2:
        return list(payers)
    reason = Reason("payer_ambiguous", {"count": str(len(payers))})
    return [Payer(each.customer_id, min(each.strength, STRONG), (*each.reasons, reason)) for each in payers]


def _without(payers: Sequence[Payer], others: Sequence[Payer]) -> tuple[Payer, ...]:
    keys = {each.customer_id for each in others}
    return tuple(each for each in payers if each.customer_id not in keys)

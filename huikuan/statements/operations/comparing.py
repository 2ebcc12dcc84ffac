"""双边核对: keeping a customer's list, comparing it with ours, keeping what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.collection.queries import customers_seen
from huikuan.core.money import amount_text, is_currency, quantize
from huikuan.core.postgres.fields import new_id
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.core.sentences import enumerated
from huikuan.files import storage
from huikuan.files.models import AttachedFile
from huikuan.files.operations import attach_file
from huikuan.organizations.actors import Actor
from huikuan.statements.errors import ListRefused, StatementRefused
from huikuan.statements.models import Difference, Reconciliation, Statement
from huikuan.statements.operations.drafting import last_known
from huikuan.statements.operations.trail import RECONCILIATION
from huikuan.statements.our_side import OurSide, our_side
from huikuan.statements.rules import Comparison, Finding, Kind, Line, Mode, compare, likelier_turned, turned
from huikuan.statements.their_list import Asked, LeftOut, TheirList, read_list

OPENING = "opening"
"""The kind of a difference between opening balances."""
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReconciliation:
    """What is to be compared. `turned`: debits are owed, as in our books; None: whichever fits better.

    `leave_unreadable`: rows that cannot be read are left out by name, instead of refusing the list.
    """

    customer_id: UUID
    currency: str
    mode: Mode
    starts_on: date
    ends_on: date
    asked: Asked = field(default_factory=Asked)
    turned: bool | None = None
    leave_unreadable: bool = False
    statement_id: UUID | None = None


def keep_list(customer_id: UUID, *, name: str, content: bytes, actor: Actor, now: datetime) -> AttachedFile:
    """Keep a customer's list as a file, to be compared. Raises StatementRefused, files.FileRefused."""
    actor.require("reconciliation.write")
    with act("keep_customer_list", actor=actor):
        customer = customers_seen(actor).filter(pk=customer_id).first()
        if customer is None:
            raise StatementRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
        return attach_file(
            record_kind=RECONCILIATION,
            record_id=new_id(),
            name=name,
            content=content,
            actor=actor,
            now=now,
            number=customer.code,
        )


def compare_list(file: AttachedFile, new: NewReconciliation, *, actor: Actor, today: date) -> Reconciliation:
    """核对: compare a kept list with ours and keep what came out, whole or not at all.

    Ours and all differences together are theirs. Lines outside the period, subtotals and the like are no part of it
    and are named. Raises StatementRefused, ListRefused and tables.TableError.
    """
    actor.require("reconciliation.write")
    if not is_currency(new.currency):
        raise StatementRefused(_("不认识的币种：%s") % new.currency[:10], code="unknown_currency")
    if new.starts_on > new.ends_on or new.ends_on > today:
        raise StatementRefused(
            _("核对期间不对：起始日在截止日之后，或截止日还没有到。"), code="period_turned_round"
        )
    with act("compare_list", actor=actor) as opened:
        if not customers_seen(actor).filter(pk=new.customer_id).exists():
            raise StatementRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
        path = storage.place(current_organization_id(), file.sha256)
        theirs = read_list(path, new.asked, currency=new.currency, leave_unreadable=new.leave_unreadable)
        _require_decimals(theirs.lines, new.currency)
        known_at = last_known()
        ours = our_side(
            new.customer_id, new.currency, mode=new.mode, starts_on=new.starts_on, ends_on=new.ends_on
        )
        made = _Made(new, ours, theirs)
        return _kept(made, file, known_at, opened, today)


class _Made:
    """A comparison with what stands around it."""

    def __init__(self, new: NewReconciliation, ours: OurSide, theirs: TheirList) -> None:
        self.new, self.ours, self.theirs = new, ours, theirs
        inside, outside = _of_period(theirs.lines, new)
        self.left_out = (*theirs.left_out, *outside)
        if not inside:
            raise ListRefused(_("表里没有一行在核对的期间内。"), code="list_empty")
        self.turned = likelier_turned(ours.lines, inside) if new.turned is None else new.turned
        self.found: Comparison = compare(ours.lines, turned(inside) if self.turned else inside, mode=new.mode)
        self.opening = ours.opening if new.mode is Mode.MOVEMENTS else ZERO
        said = theirs.opening.turned(self.turned) if theirs.opening and new.mode is Mode.MOVEMENTS else None
        self.assumed = said is None and new.mode is Mode.MOVEMENTS
        self.opening_theirs = self.opening if said is None else quantize(said, new.currency)
        self.closing_said = theirs.closing.turned(self.turned) if theirs.closing else None

    @property
    def total(self) -> Decimal:
        return self.opening + self.found.ours

    @property
    def total_theirs(self) -> Decimal:
        return self.opening_theirs + self.found.theirs


def _of_period(lines: Sequence[Line], new: NewReconciliation) -> tuple[list[Line], list[LeftOut]]:
    inside, outside = [], []
    for each in lines:
        early = new.mode is Mode.MOVEMENTS and each.on is not None and each.on < new.starts_on
        late = each.on is not None and each.on > new.ends_on
        if early or late:
            outside.append(LeftOut(int(each.key), "earlier" if early else "later", "", _words(each)))
        else:
            inside.append(each)
    return inside, outside


def _words(line: Line) -> str:
    return " ".join(
        each for each in (line.on.isoformat() if line.on else "", line.number, line.text) if each
    )[:200]


def _require_decimals(lines: Sequence[Line], currency: str) -> None:
    """Amounts finer than the currency were computed, not booked; compared as they are, none would ever agree."""
    wrong = [
        each.key
        for each in lines
        for amount in (each.amount, each.open)
        if amount is not None and quantize(amount, currency) != amount
    ]
    if wrong:
        raise ListRefused(
            _("第 %s 行的金额小数位超过币种的最小单位，请更正后再传。") % enumerated(wrong[:20]),
            code="rows_unreadable",
        )


def _kept(
    made: _Made, file: AttachedFile, known_at: datetime, opened: OpenAct, today: date
) -> Reconciliation:
    new, found = made.new, made.found
    statement = None
    if new.statement_id is not None:
        wanted = Statement.objects.filter(pk=new.statement_id, customer_id=new.customer_id)
        statement = wanted.filter(currency=new.currency).defer("content").first()
    differences = found.differences
    opening = made.opening_theirs - made.opening
    row = Reconciliation.objects.create(
        id=new_id(),
        organization_id=opened.organization_id,
        act_id=opened.id,
        customer_id=new.customer_id,
        statement=statement,
        file=file,
        currency=new.currency,
        mode=new.mode.value,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        opening=made.opening,
        opening_theirs=made.opening_theirs,
        ours=made.total,
        theirs=made.total_theirs,
        differences=len(differences) + bool(opening),
        same=found.counts[Kind.SAME],
        asked=_asked(made),
        left_out=[
            {"line": each.line, "why": each.why, "said": each.said, "text": each.text}
            for each in sorted(made.left_out, key=lambda each: each.line)
        ],
        findings=[_data(each, made.ours, new.currency) for each in found.findings],
        known_at=known_at,
        made_on=today,
        made_by_name=opened.actor.name[:100],
    )
    row.refresh_from_db(fields=["digest"])
    _keep_differences(row, made, opening, opened)
    record_event(
        action="compared",
        record_kind=RECONCILIATION,
        record_id=row.pk,
        content={
            "customer": str(row.customer_id),
            "file": file.sha256,
            "ours": amount_text(row.ours, row.currency),
            "theirs": amount_text(row.theirs, row.currency),
            "differences": row.differences,
            "digest": row.digest,
        },
    )
    return row


def _asked(made: _Made) -> dict[str, Any]:
    layout = made.theirs.layout
    return {
        "turned": made.turned,
        "columns": {
            name: layout.columns[place]
            for name, place in layout.mapping.items()
            if place < len(layout.columns)
        },
        "sheet": layout.sheet or "",
        "opening_assumed": made.assumed,
        "closing_said": None if made.closing_said is None else f"{made.closing_said:f}",
        "notices": list(made.theirs.notices),
    }


def _data(found: Finding, ours: OurSide, currency: str) -> dict[str, Any]:
    """A finding as it is kept; amounts as text."""
    return {
        "kind": found.kind.value,
        "also": [each.value for each in found.also],
        "difference": amount_text(found.difference, currency),
        "ours": [
            {**_line(each, currency), "document": each.key, "kind": ours.kinds.get(each.key, "")}
            for each in found.ours
        ],
        "theirs": [
            {**_line(each, currency), "line": int(each.key), "text": each.text} for each in found.theirs
        ],
    }


def _line(line: Line, currency: str) -> dict[str, Any]:
    return {
        "on": line.on.isoformat() if line.on else None,
        "number": line.number,
        "amount": None if line.amount is None else amount_text(line.amount, currency),
        "open": None if line.open is None else amount_text(line.open, currency),
    }


def _keep_differences(row: Reconciliation, made: _Made, opening: Decimal, opened: OpenAct) -> None:
    rows = []
    if opening:
        rows.append(_difference(row, -1, OPENING, "", opening, None, opened))
    for position, each in enumerate(made.found.findings):
        if each.kind is not Kind.SAME:
            line = (*each.ours, *each.theirs)[0]
            item = _item(each, made.ours.items)
            rows.append(
                _difference(row, position, each.kind.value, line.number[:64], each.difference, item, opened)
            )
    Difference.objects.bulk_create(rows, batch_size=1000)


def _item(found: Finding, items: Mapping[str, UUID]) -> UUID | None:
    return next((items[each.key] for each in found.ours if each.key in items), None)


def _difference(
    row: Reconciliation,
    position: int,
    kind: str,
    number: str,
    amount: Decimal,
    item_id: UUID | None,
    opened: OpenAct,
) -> Difference:
    return Difference(
        organization_id=opened.organization_id,
        act_id=opened.id,
        reconciliation=row,
        statement=row.statement,
        position=position,
        kind=kind,
        number=number,
        amount=amount,
        item_id=item_id,
    )

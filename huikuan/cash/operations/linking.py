"""Lines whose money stands in the books already, registered by hand or imported before the statement came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.cash.banking import LineUse, StatementLine, UseKind
from huikuan.cash.errors import LineRefused
from huikuan.cash.models import UnidentifiedReceipt
from huikuan.cash.operations.line_uses import (
    MEMO,
    in_base_words,
    left_of,
    locked_lines,
    new_use,
    require_unused,
    write_uses,
)
from huikuan.cash.operations.spreading import base_currency
from huikuan.cash.queries import standing_uses
from huikuan.core.money import convert
from huikuan.ledger.models import Document, JournalLine, Kind
from huikuan.organizations.actors import Actor

ZERO = Decimal(0)
CAME_IN = (Kind.RECEIPT, Kind.ADVANCE)
WENT_OUT = (Kind.REFUND,)
LINKED = {"linked": True}


@dataclass(frozen=True, slots=True)
class Link:
    """A line with the document, or the money in the pool, that it turned out to be."""

    line: StatementLine
    record_id: UUID
    values: dict[str, Any]


def link_recorded(
    *, line_id: UUID, record_id: UUID, memo: str = "", actor: Actor, today: date
) -> list[LineUse]:
    """对上已登记的收款: the line is the money of a receipt, an advance, a refund or 待认领款 in the books; no entry is made.

    The amounts are equal, and the entry moved the account of the line's bank account. Undoing frees the line and
    leaves the document. Raises LineRefused otherwise, and where another line is that document's money.
    """
    actor.require("receipt.record")
    with act("link_recorded", actor=actor) as opened:
        line = locked_lines([line_id])[line_id]
        uses = link_lines([Link(line, record_id, {"memo": memo.strip()[:MEMO]})], today=today, opened=opened)
        write_uses(uses)
    return uses


def link_lines(links: Sequence[Link], *, today: date, opened: OpenAct) -> list[LineUse]:
    """The uses that say so, to be written, inside an open act over locked lines."""
    if not links:
        return []
    keys = {link.record_id for link in links}
    if len(keys) < len(links):
        raise LineRefused(_("一笔登记过的款项只能对上一笔流水。"), code="linked_already")
    pooled = {
        row.pk: row
        for row in UnidentifiedReceipt.objects.filter(pk__in=keys)
        .order_by("pk")
        .select_for_update(no_key=True)
    }
    documents = {
        row.pk: row
        for row in Document.objects.filter(pk__in=keys - pooled.keys(), voided_by=None)
        .order_by("pk")
        .select_for_update(no_key=True)
    }
    if len(pooled) + len(documents) < len(keys):
        raise LineRefused(_("收款单不存在或已经冲销。"), code="unknown_receipt")
    _refuse_linked(keys)
    moved = moved_on_accounts(
        [documents[key].pk for key in documents], [row.entry_id for row in pooled.values()]
    )
    uses, base = [], base_currency()
    for link in links:
        line, left = link.line, left_of(link.line)
        require_unused(line, today)
        signed = left if line.amount > 0 else -left
        account = line.bank_account.account_id
        row, document = pooled.get(link.record_id), documents.get(link.record_id)
        if row is not None:
            worth = convert(row.amount, row.rate, base)
            if (row.currency or base) != line.bank_account.currency:
                raise LineRefused(_("单据 %s 不是这个账户的收付款。") % row.number, code="not_its_money")
            _require_same(line, row.amount, signed, moved.get((row.entry_id, account), ZERO), worth)
            values = {"unidentified_id": row.pk, "entry_id": row.entry_id}
            uses.append(_use(link, UseKind.POOL, left, opened, values, in_base_words(line, worth)))
            continue
        assert document is not None
        kinds, kind = (CAME_IN, UseKind.RECEIPT) if line.amount > 0 else (WENT_OUT, UseKind.REFUND)
        if document.kind not in kinds or document.currency != line.bank_account.currency:
            raise LineRefused(_("单据 %s 不是这个账户的收付款。") % document.number, code="not_its_money")
        amount, base = document.amount, document.base_amount
        if line.amount < 0:
            amount, base = -amount, -base
        _require_same(line, amount, signed, moved.get((document.pk, account), ZERO), base)
        uses.append(_use(link, kind, left, opened, {"document_id": document.pk}))
    return uses


def moved_on_accounts(
    document_ids: Sequence[UUID], entry_ids: Sequence[UUID]
) -> dict[tuple[UUID, UUID], Decimal]:
    """Debit less credit that documents, and entries, made on each account: by (document or entry, account)."""
    net = Sum(F("debit") - F("credit"))
    found: dict[tuple[UUID, UUID], Decimal] = {}
    for field, keys in (("entry__document_id", document_ids), ("entry_id", entry_ids)):
        rows: QuerySet[Any, Any] = (
            JournalLine.objects.filter(**{f"{field}__in": keys})
            .values_list(field, "account_id")
            .annotate(net=net)
        )
        found |= {(key, account): amount for key, account, amount in rows}
    return found


def linked_keys(keys: set[UUID]) -> set[UUID]:
    """Those of documents and of money in the pool that a line is the money of already."""
    uses = standing_uses()
    found = set(uses.filter(document_id__in=keys).values_list("document_id", flat=True))
    return found | set(uses.filter(unidentified_id__in=keys).values_list("unidentified_id", flat=True))


def _refuse_linked(keys: set[UUID]) -> None:
    if linked_keys(keys):
        raise LineRefused(_("这笔款项已经对上另一笔流水。"), code="linked_already")


def _require_same(
    line: StatementLine, amount: Decimal, signed: Decimal, moved: Decimal, expected: Decimal
) -> None:
    if amount != signed:
        raise LineRefused(
            _("金额不同：流水是 %(line)s，登记的是 %(recorded)s。")
            % {"line": f"{signed:.2f}", "recorded": f"{amount:.2f}"},
            code="amount_differs",
        )
    if moved != expected:
        raise LineRefused(
            _("这笔款项没有记在账户 %s 的科目上，不能对上它的流水。") % line.bank_account.name,
            code="other_account",
        )


def _use(
    link: Link,
    kind: UseKind,
    amount: Decimal,
    opened: OpenAct,
    values: dict[str, Any],
    more: Mapping[str, str] | None = None,
) -> LineUse:
    settled_with = {**LINKED, **(more or {})}
    return new_use(link.line, kind, amount, opened, settled_with=settled_with, **values, **link.values)

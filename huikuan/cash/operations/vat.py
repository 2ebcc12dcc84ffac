"""纳税时点: output VAT that was put off becomes due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _

from huikuan.audit.operations import Told, act, record_events
from huikuan.cash.errors import SettlingRefused
from huikuan.cash.models import VatDue
from huikuan.cash.operations.bill_events import entry_of
from huikuan.cash.operations.offsets import require_day
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Document
from huikuan.ledger.operations import accounts_by_purpose, post_entries
from huikuan.organizations.actors import Actor


@dataclass(frozen=True, slots=True)
class NewVatDue:
    """VAT of an invoice that falls due; without `amount`, all that has not yet."""

    document_id: UUID
    amount: Decimal | None = None


def recognise_vat(falling: Sequence[NewVatDue], *, on: date, actor: Actor, today: date) -> list[VatDue]:
    """税款到期 (财会〔2016〕22号). D 待转销项税额 | C 应交增值税(销项税额). Never more than the invoice says."""
    actor.require("settlement.write")
    require_day(on, today)
    ids = [new.document_id for new in falling]
    if len(set(ids)) != len(ids):
        raise SettlingRefused(_("同一张发票不能一次确认两遍。"), code="document_twice")
    with act("recognise_vat", actor=actor) as opened:
        documents = {
            document.pk: document
            for document in Document.objects.filter(pk__in=ids, event="sale_deferred_vat", voided_by=None)
            .order_by("pk")
            .select_for_update(no_key=True)
        }
        earlier = dict(
            VatDue.objects.filter(document_id__in=ids)
            .values_list("document_id")
            .annotate(total=Sum("amount"))
            .values_list("document_id", "total")
        )
        amounts = [_amount(new, documents, earlier, on) for new in falling]
        accounts = accounts_by_purpose({"deferred_vat", "output_vat"})
        entries = post_entries(
            [
                entry_of(
                    accounts, "vat_due", on, documents[key].number, deferred_vat=amount, output_vat=-amount
                )
                for key, amount in zip(ids, amounts, strict=True)
            ],
            opened=opened,
        )
        rows = [
            VatDue(
                organization_id=current_organization_id(),
                act_id=opened.id,
                document_id=key,
                due_on=on,
                amount=amount,
                entry_id=entry_id,
            )
            for key, amount, entry_id in zip(ids, amounts, entries, strict=True)
        ]
        VatDue.objects.bulk_create(rows)
        record_events(
            (
                Told(
                    "vat_due",
                    "invoice",
                    row.document_id,
                    documents[row.document_id].number,
                    {"amount": f"{row.amount:.2f}", "on": on.isoformat(), "entry": str(row.entry_id)},
                )
                for row in rows
            ),
            opened=opened,
        )
    return rows


def _amount(
    new: NewVatDue, documents: dict[UUID, Document], earlier: dict[UUID, Decimal], on: date
) -> Decimal:
    document = documents.get(new.document_id)
    if document is None:
        raise SettlingRefused(_("发票不存在、已冲销，或税款不是待转销项税额。"), code="unknown_document")
    left = document.tax - earlier.get(new.document_id, Decimal(0))
    amount = left if new.amount is None else new.amount
    if not amount.is_finite() or not 0 < amount <= left:
        raise SettlingRefused(
            _("发票 %(number)s 还有 %(left)s 税款未到期，不能确认 %(amount)s。")
            % {"number": document.number, "left": f"{left:.2f}", "amount": amount},
            code="beyond_balance",
        )
    if on < document.document_on:
        raise SettlingRefused(
            _("纳税日期不能早于发票日期 %s。") % document.document_on, code="before_document"
        )
    if document.rate != 1:
        raise SettlingRefused(_("外币发票的税款请用手工凭证确认。"), code="foreign_currency")
    return amount

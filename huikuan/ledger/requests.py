"""Acts of the ledger that an organization may want agreed to first: 坏账核销, 退款, 冲销, and reopening a period.

Pages and commands call `ask_…`, which does the act at once where no policy asks for agreement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.approvals import duties
from huikuan.approvals.operations import Outcome, submit
from huikuan.approvals.registry import Description, EarlierAct, Kind, Line, Link, Payload, Record, Result
from huikuan.core.money import quantize
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Document, OpenItem, Period
from huikuan.ledger.operations import RecordedDocument, refund, reopen_period, void_documents, write_off
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

WRITE_OFF = "write_off"
REFUND = "refund"
VOID = "void"
REOPEN_PERIOD = "reopen_period"


def ask_write_off(
    document: Document, *, amount: Decimal | None, on: date, reason: str, actor: Actor, today: date
) -> Outcome:
    """坏账核销 of what is open of an invoice (or `amount` of it), or a request for it."""
    return _ask_settlement(WRITE_OFF, document, amount, on, reason, actor, today)


def ask_refund(
    document: Document, *, amount: Decimal | None, on: date, reason: str, actor: Actor, today: date
) -> Outcome:
    """退款 of what is open of a receipt, advance or credit note (or `amount` of it), or a request for it."""
    return _ask_settlement(REFUND, document, amount, on, reason, actor, today)


def ask_void(document: Document, *, reason: str, actor: Actor, today: date) -> Outcome:
    """冲销 of a document on its own date, or a request for it."""
    return submit(
        VOID,
        payload={"document": str(document.pk), "reason": reason.strip()},
        amount=document.base_amount,
        reason=reason,
        record=record_of(document),
        actor=actor,
        today=today,
    )


def ask_reopen_period(period: Period, *, reason: str, actor: Actor, today: date) -> Outcome:
    """Open a closed month again, or a request for it."""
    month = f"{period.month:%Y-%m}"
    return submit(
        REOPEN_PERIOD,
        payload={"month": month, "reason": reason.strip()},
        amount=None,
        reason=reason,
        record=Record("period", period.pk, month),
        actor=actor,
        today=today,
    )


def record_of(document: Document) -> Record:
    """The document as requests speak of it: its number and customer."""
    return Record("document", document.pk, f"{document.number} · {document.customer.name}")


def _ask_settlement(
    kind: str,
    document: Document,
    amount: Decimal | None,
    on: date,
    reason: str,
    actor: Actor,
    today: date,
) -> Outcome:
    left = _left(document.pk)
    wanted = left.amount if amount is None else amount
    return submit(
        kind,
        # The amount as it was asked for: what is open may change until all have agreed.
        payload={
            "document": str(document.pk),
            "amount": f"{wanted:f}",
            "on": on.isoformat(),
            "reason": reason.strip(),
        },
        amount=left.in_base(wanted),
        reason=reason,
        record=record_of(document),
        actor=actor,
        today=today,
    )


@dataclass(frozen=True)
class _Left:
    """What is open of a document, in its currency and in the base currency."""

    amount: Decimal
    base: Decimal

    def in_base(self, amount: Decimal) -> Decimal:
        if not self.amount or amount >= self.amount:
            return self.base
        return quantize(self.base * amount / self.amount, _base_currency())


def _left(document_id: UUID) -> _Left:
    zero = Decimal(0)
    sums = OpenItem.objects.filter(document_id=document_id).aggregate(
        amount=Sum("open_amount", default=zero), base=Sum("open_base", default=zero)
    )
    return _Left(sums["amount"], sums["base"])


def _base_currency() -> str:
    return Organization.objects.get(pk=current_organization_id()).currency


def _document(payload: Payload) -> Document:
    return Document.objects.select_related("customer", "act").get(pk=payload["document"])


def _recorded(recorded: RecordedDocument) -> Result:
    return Result(recorded.number, Link("document", (str(recorded.id),)), {"number": recorded.number})


def _write_off(payload: Payload, actor: Actor, today: date) -> Result:
    return _recorded(write_off(**_settlement(payload), actor=actor, today=today))


def _refund(payload: Payload, actor: Actor, today: date) -> Result:
    return _recorded(refund(**_settlement(payload), actor=actor, today=today))


def _settlement(payload: Payload) -> dict[str, Any]:
    return {
        "document_id": UUID(payload["document"]),
        "amount": Decimal(payload["amount"]),
        "effective_on": date.fromisoformat(payload["on"]),
        "reason": payload["reason"],
    }


def _void(payload: Payload, actor: Actor, today: date) -> Result:
    document_id = UUID(payload["document"])
    void_documents([document_id], actor=actor, reason=payload["reason"], today=today)
    return void_result(payload)


def void_result(payload: Payload) -> Result:
    """The reversal that undid the document of a request."""
    reversal = Document.objects.get(pk=payload["document"]).voided_by
    assert reversal is not None
    return Result(reversal.number, Link("document", (str(reversal.pk),)), {"number": reversal.number})


def _reopen(payload: Payload, actor: Actor, today: date) -> Result:
    month = payload["month"]
    reopen_period(month=date.fromisoformat(f"{month}-01"), actor=actor, reason=payload["reason"])
    return Result(month, Link("settings-period", (month,)), {"month": month})


def _describe_settlement(payload: Payload, title: str, amount_label: str, on_label: str) -> Description:
    document = _document(payload)
    currency = document.currency
    return Description(
        title,
        (
            Line(amount_label, Decimal(payload["amount"]), "money", currency),
            *_of_document(document),
            Line(_("现在未核销"), _left(document.pk).amount, "money", currency),
            Line(on_label, date.fromisoformat(payload["on"]), "date"),
        ),
        Link("document", (str(document.pk),)),
    )


def _of_document(document: Document) -> Sequence[Line]:
    return (
        Line(_("客户"), document.customer.name),
        Line(_("单据"), document.number),
        Line(_("单据日期"), document.document_on, "date"),
        Line(_("单据金额"), document.amount, "money", document.currency),
    )


def _describe_write_off(payload: Payload) -> Description:
    return _describe_settlement(payload, _("坏账核销"), _("核销金额"), _("核销日期"))


def _describe_refund(payload: Payload) -> Description:
    return _describe_settlement(payload, _("退款"), _("退款金额"), _("退款日期"))


def _describe_void(payload: Payload) -> Description:
    document = _document(payload)
    return Description(_("冲销单据"), _of_document(document), Link("document", (str(document.pk),)))


def _describe_reopen(payload: Payload) -> Description:
    month = payload["month"]
    return Description(_("重开期间"), (Line(_("月份"), month),), Link("settings-period", (month,)))


def _recorder(payload: Payload) -> Sequence[EarlierAct]:
    """Who recorded the document does not agree to what becomes of it."""
    act = _document(payload).act
    return (EarlierAct(duties.RECORD_APPROVE, act.actor_id, act.actor_name),)


KINDS = (
    Kind(
        WRITE_OFF,
        gettext_lazy("坏账核销"),
        "write_off.request",
        execute=_write_off,
        describe=_describe_write_off,
        acting="write_off.record",
        alone=duties.WRITE_OFF,
        earlier=_recorder,
        icon="ban",
    ),
    Kind(
        REFUND,
        gettext_lazy("退款"),
        "receipt.record",
        execute=_refund,
        describe=_describe_refund,
        acting="receipt.record",
        alone=duties.REFUND,
        earlier=_recorder,
        icon="receipt-refund",
    ),
    Kind(
        VOID,
        gettext_lazy("冲销单据"),
        "import.run",
        execute=_void,
        describe=_describe_void,
        acting="import.run",
        alone=duties.VOID,
        earlier=_recorder,
        icon="arrow-back-up",
    ),
    Kind(
        REOPEN_PERIOD,
        gettext_lazy("重开期间"),
        "period.close",
        execute=_reopen,
        describe=_describe_reopen,
        acting="period.close",
        alone=duties.REOPEN,
        icon="calendar",
    ),
)

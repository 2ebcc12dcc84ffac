"""手工凭证 as an act that an organization may want agreed to; and 重开期间, which takes 结转损益 back too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from uuid_utils.compat import uuid7

from huikuan.approvals.operations import Outcome, submit
from huikuan.approvals.registry import Description, Kind, Line, Link, Payload, Record, Result
from huikuan.books.operations.closing import reopen_month
from huikuan.books.operations.manual import NewLine, NewVoucher, enter_vouchers
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Account
from huikuan.ledger.requests import REOPEN_PERIOD
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization
from huikuan.sales.requests import KINDS as LEDGER_KINDS

MANUAL_VOUCHER = "manual_voucher"
ZERO = Decimal(0)


def ask_voucher(voucher: NewVoucher, *, actor: Actor, today: date) -> Outcome:
    """手工凭证, prepared at once, or a request for it. Review and posting follow as for any voucher."""
    summary = voucher.summary or next((line.summary for line in voucher.lines if line.summary), "")
    return submit(
        MANUAL_VOUCHER,
        payload={
            "on": voucher.voucher_on.isoformat(),
            "summary": voucher.summary,
            "word": voucher.word,
            "attachments": voucher.attachments,
            "lines": [
                {
                    "account": str(line.account_id),
                    "debit": f"{line.debit:f}",
                    "credit": f"{line.credit:f}",
                    "summary": line.summary,
                    "customer": str(line.customer_id) if line.customer_id else None,
                }
                for line in voucher.lines
            ],
        },
        amount=sum((abs(line.debit) for line in voucher.lines), ZERO),
        reason=summary,
        record=Record("voucher", uuid7(), summary),
        actor=actor,
        today=today,
    )


def _enter(payload: Payload, actor: Actor, today: date) -> Result:
    [key] = enter_vouchers([_voucher(payload)], actor=actor, today=today)
    return Result(payload["on"], Link("voucher", (str(key),)), {"voucher": str(key)})


def _voucher(payload: Payload) -> NewVoucher:
    return NewVoucher(
        voucher_on=date.fromisoformat(payload["on"]),
        summary=payload["summary"],
        word=payload["word"],
        attachments=payload["attachments"],
        lines=tuple(_line(line) for line in payload["lines"]),
    )


def _line(line: dict[str, Any]) -> NewLine:
    return NewLine(
        account_id=UUID(line["account"]),
        debit=Decimal(line["debit"]),
        credit=Decimal(line["credit"]),
        summary=line["summary"],
        customer_id=UUID(line["customer"]) if line["customer"] else None,
    )


def _describe(payload: Payload) -> Description:
    """The voucher line by line, each with its side: 借 and 贷 as bookkeepers write them."""
    voucher = _voucher(payload)
    currency = Organization.objects.get(pk=current_organization_id()).currency
    names = {account.pk: str(account) for account in Account.objects.all()}
    lines = [
        Line(
            (_("借 %s") if line.debit else _("贷 %s")) % names.get(line.account_id, ""),
            line.debit or line.credit,
            "money",
            currency,
        )
        for line in voucher.lines
    ]
    head = [
        Line(_("凭证日期"), voucher.voucher_on, "date"),
        Line(_("附单据"), str(voucher.attachments)),
    ]
    return Description(_("手工凭证"), (*head, *lines))


def knowing_profit(kind: Kind) -> Kind:
    """A kind of the ledger; a month that is opened again gets its profit back."""
    if kind.code != REOPEN_PERIOD:
        return kind

    def execute(payload: Payload, actor: Actor, today: date) -> Result:
        month = payload["month"]
        reopen_month(month=date.fromisoformat(f"{month}-01"), actor=actor, reason=payload["reason"])
        return Result(month, Link("settings-period", (month,)), {"month": month})

    return replace(kind, execute=execute)


KINDS = (
    *(knowing_profit(kind) for kind in LEDGER_KINDS),
    Kind(
        MANUAL_VOUCHER,
        gettext_lazy("手工凭证"),
        "voucher.prepare",
        execute=_enter,
        describe=_describe,
        acting="voucher.prepare",
        icon="file-invoice",
    ),
)

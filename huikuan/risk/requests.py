"""Acts of risk that an organization may want agreed to first: 坏账准备 posted, and 已核销坏账收回."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.approvals import duties
from huikuan.approvals.operations import Outcome, submit
from huikuan.approvals.registry import Description, EarlierAct, Kind, Line, Link, Payload, Record, Result
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Document
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization
from huikuan.risk.operations import RiskRefused, post_provision, recover

PROVISION = "provision"
RECOVERY = "recovery"


def ask_provision(*, as_of: date, charge: Decimal, actor: Actor, today: date) -> Outcome:
    """Bring the allowance to what is required as of a day, or a request for it.

    `charge` is what was agreed to (negative: taken back): where the books have moved since and another amount would
    be booked, nothing is.
    """
    day = as_of.isoformat()
    return submit(
        PROVISION,
        payload={"as_of": day, "charge": f"{charge:f}"},
        amount=abs(charge),
        reason="",
        record=Record("provision", current_organization_id(), day),
        actor=actor,
        today=today,
    )


def ask_recovery(
    document: Document, *, amount: Decimal, on: date, memo: str, actor: Actor, today: date
) -> Outcome:
    """What was given up by a write-off is owed again, or a request for it."""
    return submit(
        RECOVERY,
        payload={
            "write_off": str(document.pk),
            "amount": f"{amount:f}",
            "on": on.isoformat(),
            "memo": memo.strip(),
        },
        amount=amount,
        reason=memo,
        record=Record("document", document.pk, f"{document.number} · {document.customer.name}"),
        actor=actor,
        today=today,
    )


def _provide(payload: Payload, actor: Actor, today: date) -> Result:
    with transaction.atomic():
        made = post_provision(as_of=date.fromisoformat(payload["as_of"]), actor=actor, today=today)
        if made.charge != Decimal(payload["charge"]):
            raise RiskRefused(
                _("确认之后数字有变化：应计提的金额现在是 %s。请回到上一页重新查看。") % f"{made.charge:.2f}",
                code="charge_changed",
            )
    return Result(
        payload["as_of"],
        Link("provision", (str(made.pk),)),
        {"provision": str(made.pk), "charge": payload["charge"]},
    )


def _recover(payload: Payload, actor: Actor, today: date) -> Result:
    made = recover(
        write_off_id=UUID(payload["write_off"]),
        amount=Decimal(payload["amount"]),
        on=date.fromisoformat(payload["on"]),
        memo=payload["memo"],
        actor=actor,
        today=today,
    )
    return Result(made.number, Link("document", (str(made.id),)), {"number": made.number})


def _describe_provision(payload: Payload) -> Description:
    charge = Decimal(payload["charge"])
    label = _("转回金额") if charge < 0 else _("计提金额")
    return Description(
        _("转回坏账准备") if charge < 0 else _("计提坏账准备"),
        (
            Line(label, abs(charge), "money", _base_currency()),
            Line(_("截至"), date.fromisoformat(payload["as_of"]), "date"),
        ),
        Link("provisions"),
    )


def _describe_recovery(payload: Payload) -> Description:
    document = _write_off(payload)
    return Description(
        _("坏账收回"),
        (
            Line(_("收回金额"), Decimal(payload["amount"]), "money", _base_currency()),
            Line(_("客户"), document.customer.name),
            Line(_("坏账核销单"), document.number),
            Line(_("核销金额"), document.amount, "money", document.currency),
            Line(_("收回日期"), date.fromisoformat(payload["on"]), "date"),
        ),
        Link("bad-debt", (str(document.pk),)),
    )


def _write_off(payload: Payload) -> Document:
    return Document.objects.select_related("customer", "act").get(pk=payload["write_off"])


def _writer(payload: Payload) -> Sequence[EarlierAct]:
    """Who wrote the debt off does not agree to what becomes of it."""
    act = _write_off(payload).act
    return (EarlierAct(duties.RECORD_APPROVE, act.actor_id, act.actor_name),)


def _base_currency() -> str:
    return Organization.objects.get(pk=current_organization_id()).currency


KINDS = (
    Kind(
        PROVISION,
        gettext_lazy("计提坏账准备"),
        "provision.write",
        execute=_provide,
        describe=_describe_provision,
        acting="provision.write",
        icon="percentage",
    ),
    Kind(
        RECOVERY,
        gettext_lazy("坏账收回"),
        "write_off.record",
        execute=_recover,
        describe=_describe_recovery,
        acting="write_off.record",
        earlier=_writer,
        icon="cash",
    ),
)

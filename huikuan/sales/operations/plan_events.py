"""What happens of a plan: a milestone, once, with what shows it; and quantities delivered."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.organizations.actors import Actor
from huikuan.sales.contracts import Contract, ContractState, PlanEvent, PlanLine, Trigger
from huikuan.sales.errors import SalesRefused, constraint_refusal
from huikuan.sales.operations.contracts import locked_contract

LONGEST_NOTE = 500


def confirm_milestone(
    contract_id: UUID, *, milestone: str, happened_on: date, note: str, actor: Actor, today: date
) -> UUID:
    """里程碑达成: what the plan makes depend on it is billed from its day on. A second time is refused."""
    actor.require("order.write")
    with act("confirm_milestone", actor=actor) as opened:
        contract = _open_contract(contract_id)
        _require_sound(contract, happened_on, note, today)
        lines = PlanLine.objects.filter(contract=contract, milestone=milestone, ended_act=None)
        if not milestone or not lines.exists():
            raise SalesRefused(_("收款计划里没有这个里程碑：%s") % milestone[:60], code="unknown_milestone")
        former = PlanEvent.objects.filter(contract=contract, milestone=milestone).first()
        if former is not None:
            raise _already(former)
        return _written(contract, opened, happened_on, note, milestone=milestone)


def report_delivery(
    line_id: UUID, *, quantity: Decimal, happened_on: date, note: str, actor: Actor, today: date
) -> UUID:
    """按数量交付: so much more of a line was delivered; its share of the line is billed. Never above the plan."""
    actor.require("order.write")
    with act("report_delivery", actor=actor) as opened:
        line = PlanLine.objects.filter(pk=line_id, ended_act=None, trigger=Trigger.QUANTITY).first()
        if line is None:
            raise SalesRefused(_("收款计划里没有这一行。"), code="unknown_plan_line")
        contract = _open_contract(line.contract_id)
        _require_sound(contract, happened_on, note, today)
        if not quantity.is_finite() or quantity <= 0 or quantity != quantity.quantize(Decimal("0.000001")):
            raise SalesRefused(_("数量必须大于零，最多六位小数。"), code="quantity_unusable")
        former = PlanEvent.objects.filter(line=line).values_list("quantity", flat=True)
        delivered = sum((each for each in former if each is not None), Decimal(0))
        if line.quantity is not None and delivered + quantity > line.quantity:
            raise SalesRefused(
                _("交付数量超过计划：计划 %(planned)s，已交付 %(delivered)s。")
                % {"planned": f"{line.quantity.normalize():f}", "delivered": f"{delivered.normalize():f}"},
                code="beyond_plan",
            )
        return _written(contract, opened, happened_on, note, line=line, quantity=quantity)


def _open_contract(contract_id: UUID) -> Contract:
    contract = locked_contract(contract_id)
    if contract.state != ContractState.ACTIVE:
        raise SalesRefused(_("合同 %s 已经终止。") % contract.number, code="contract_ended")
    return contract


def _require_sound(contract: Contract, happened_on: date, note: str, today: date) -> None:
    if happened_on > today:
        raise SalesRefused(_("日期不能晚于今天。"), code="in_future")
    if happened_on < contract.signed_on:
        raise SalesRefused(_("日期不能早于合同签订日 %s。") % contract.signed_on, code="before_contract")
    if not note.strip():
        raise SalesRefused(_("请写明依据，例如验收单号。"), code="evidence_missing")
    if len(note) > LONGEST_NOTE:
        raise SalesRefused(_("依据最多 %d 个字。") % LONGEST_NOTE, code="text_too_long")


def _already(former: PlanEvent) -> SalesRefused:
    return SalesRefused(
        _("里程碑「%(name)s」已于 %(on)s 由 %(who)s 确认，没有重复确认。")
        % {"name": former.milestone, "on": former.happened_on.isoformat(), "who": former.by_name},
        code="milestone_twice",
    )


def _written(
    contract: Contract,
    opened: OpenAct,
    happened_on: date,
    note: str,
    *,
    milestone: str = "",
    line: PlanLine | None = None,
    quantity: Decimal | None = None,
) -> UUID:
    event = PlanEvent(
        organization_id=opened.organization_id,
        contract=contract,
        milestone=milestone,
        line=line,
        happened_on=happened_on,
        quantity=quantity,
        note=note.strip(),
        by_name=opened.actor.name,
        act_id=opened.id,
    )
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError as error:
        raise constraint_refusal(error) from error
    record_event(
        action="milestone" if milestone else "delivered",
        record_kind="contract",
        record_id=contract.pk,
        number=contract.number,
        content={
            "milestone": milestone,
            "line": line.name if line else "",
            "on": happened_on.isoformat(),
            "quantity": str(quantity) if quantity is not None else None,
            "note": event.note,
        },
    )
    key: UUID = event.pk
    return key

"""Lines of statements become receipts that settle items: confirmed by a person, or sure enough without one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.approvals.duties import RECORD_ALLOCATE, enforced_duties, refuse_duty
from huikuan.audit.models import Act
from huikuan.audit.operations import OpenAct, act
from huikuan.cash.banking import LineUse, StatementLine, UseKind
from huikuan.cash.errors import LineRefused
from huikuan.cash.matching.options import DIFFERENCES, Option, Reason
from huikuan.cash.operations.choices import Choice, open_disputes, require_reasons
from huikuan.cash.operations.differences import (
    Difference,
    DifferenceDocuments,
    NewDifference,
    post_differences,
)
from huikuan.cash.operations.line_advances import LineAdvance, post_line_advances
from huikuan.cash.operations.line_uses import (
    MEMO,
    left_of,
    locked_lines,
    new_use,
    require_unused,
    write_uses,
)
from huikuan.cash.operations.linking import Link, link_lines
from huikuan.cash.operations.payers import Payer, learn_payers
from huikuan.cash.operations.remittance import note_advices
from huikuan.cash.operations.spreading import base_currency
from huikuan.cash.proposals import DISPUTED
from huikuan.core.money import convert
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations import DocumentRefused, Leg, NewAllocation, NewDocument
from huikuan.ledger.operations.allocations import post_allocations
from huikuan.ledger.operations.documents import ACCOUNT_RECEIPT, RecordedDocument, post_documents
from huikuan.ledger.operations.rates import rates_on
from huikuan.organizations.actors import Actor

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(slots=True)
class _Settlement:
    """A choice on its lines: how much of each, and the documents made of it."""

    choice: Choice
    customer_id: UUID
    parts: list[tuple[StatementLine, Decimal]]
    difference: Difference
    receipts: list[RecordedDocument] = field(default_factory=list)
    extra: DifferenceDocuments = field(default_factory=DifferenceDocuments)

    @property
    def on(self) -> date:
        return max(line.booked_on for line, _amount in self.parts)


def apply_matches(choices: Sequence[Choice], *, actor: Actor, today: date) -> list[LineUse]:
    """核销银行流水: lines become receipts of their payers and settle what was chosen, in one act, or none does.

    D the bank account | C 应收账款 for each line, at its day's rate; differences and credits settle with them, by
    allocations. What is not applied stays open on the receipt. Money that stands in the books already is only
    linked to its line (`option.recorded`). Raises LineRefused where a line is used by now,
    AllocationRefused where an item is no longer open as far as that.
    """
    if not choices:
        return []
    actor.require("receipt.record")
    if any(choice.option.items for choice in choices):
        actor.require("allocation.write")
    if any(any(choice.option.differences.values()) for choice in choices):
        actor.require("settlement.write")
    if any(choice.short_reason == DISPUTED for choice in choices):
        actor.require("dispute.write")
    with act("apply_matches", actor=actor) as opened:
        lines = locked_lines(key for choice in choices for key in choice.line_ids)
        _refuse_recorder(lines.values(), actor)
        linked = link_lines(
            [_link(choice, lines) for choice in choices if choice.option.recorded],
            today=today,
            opened=opened,
        )
        confirmed = [
            Payer(choice.option.customer_id, lines[choice.line_id])
            for choice in choices
            if choice.option.recorded and choice.option.customer_id and not choice.automatic
        ]
        choices = [choice for choice in choices if not choice.option.recorded]
        settlements = _settlements(choices, lines, today)
        items = _items(choices)
        require_reasons(choices, items)
        _post_advances(settlements, opened)
        _post_receipts(settlements, opened)
        _post_differences(settlements, opened)
        post_allocations(
            [new for each in settlements for new in _allocations(each, items)], today=today, opened=opened
        )
        open_disputes(choices, today=today, opened=opened)
        uses = [*linked, *(use for each in settlements for use in _uses(each, opened))]
        write_uses(uses)
        note_advices(_reread(uses))
        learn_payers(
            [
                *(
                    Payer(each.customer_id, line)
                    for each in settlements
                    if not each.choice.automatic
                    for line, _amount in each.parts
                ),
                *confirmed,
            ]
        )
    return uses


def _reread(uses: Sequence[LineUse]) -> list[LineUse]:
    """Those uses that follow an advice, with their lines and documents."""
    advised = [use.pk for use in uses if any(reason["code"] == "advice" for reason in use.reasons)]
    return list(LineUse.objects.filter(pk__in=advised).select_related("line", "document")) if advised else []


def _link(choice: Choice, lines: Mapping[UUID, StatementLine]) -> Link:
    """What the use of a line says whose money stands in the books already."""
    option = choice.option
    assert option.recorded is not None
    return Link(
        lines[choice.line_id],
        option.recorded,
        {
            "tier": option.tier,
            "automatic": choice.automatic,
            "reasons": [reason_json(reason) for reason in (*option.payer_reasons, *option.reasons)],
            "memo": choice.memo.strip()[:MEMO],
        },
    )


def _refuse_recorder(lines: Iterable[StatementLine], actor: Actor) -> None:
    """Where the organization insists on it, who brought the money in does not settle with it."""
    enforced = enforced_duties()
    if RECORD_ALLOCATE not in enforced:
        return
    recorders = Act.objects.filter(pk__in={line.act_id for line in lines}).values_list("actor_id", flat=True)
    for recorder in recorders:
        refuse_duty(RECORD_ALLOCATE, actor=actor, earlier_user=recorder, enforced=enforced)


def _settlements(
    choices: Sequence[Choice], lines: Mapping[UUID, StatementLine], today: date
) -> list[_Settlement]:
    left = {key: left_of(line) for key, line in lines.items()}
    found = []
    for choice in choices:
        if choice.option.customer_id is None:
            raise LineRefused(_("请先选择付款的客户。"), code="payer_unknown")
        parts = []
        for key in dict.fromkeys(choice.line_ids):
            line = lines[key]
            require_unused(line, today)
            amount = choice.amount if key == choice.line_id and choice.amount is not None else left[key]
            _require_part(line, amount, left[key])
            left[key] -= amount
            parts.append((line, amount))
        if len({(line.bank_account.currency) for line, _amount in parts}) > 1:
            raise LineRefused(_("不同币种的流水不能合并核销。"), code="other_currency")
        difference = Difference(**{name: choice.option.differences.get(name, ZERO) for name in DIFFERENCES})
        _require_adds_up(choice.option, sum((amount for _line, amount in parts), ZERO), difference)
        found.append(_Settlement(choice, choice.option.customer_id, parts, difference))
    return found


def _require_part(line: StatementLine, amount: Decimal, left: Decimal) -> None:
    if line.amount < 0:
        raise LineRefused(_("付出的款项不能登记为收款，请登记为退款或退票。"), code="money_went_out")
    if not amount.is_finite() or not 0 < amount <= left:
        raise LineRefused(
            _("这笔流水只剩 %(left)s 未处理，不能处理 %(amount)s。")
            % {"left": f"{left:.2f}", "amount": f"{amount:.2f}"},
            code="beyond_line",
        )


def _require_adds_up(option: Option, money: Decimal, difference: Difference) -> None:
    settled = [*option.items, *option.credits]
    if option.advance and (settled or difference != Difference()):
        raise LineRefused(_("登记为预收的款项不能同时核销应收，请分开处理。"), code="advance_settles")
    if any(not each.amount.is_finite() or each.amount <= 0 for each in settled) or option.unapplied < 0:
        raise LineRefused(_("核销金额必须大于零。"), code="not_positive")
    gives = money + sum((each.amount for each in option.credits), ZERO) + difference.settles - difference.over
    takes = sum((each.amount for each in option.items), ZERO) + option.unapplied
    if gives != takes:
        raise LineRefused(
            _("到账与冲减合计 %(gives)s，核销与未用合计 %(takes)s，两边不相等。")
            % {"gives": f"{gives:.2f}", "takes": f"{takes:.2f}"},
            code="does_not_add_up",
        )


def _items(choices: Sequence[Choice]) -> dict[UUID, OpenItem]:
    keys = {each.item_id for choice in choices for each in (*choice.option.items, *choice.option.credits)}
    found = {item.pk: item for item in OpenItem.objects.filter(pk__in=keys)}
    if len(found) != len(keys):
        raise LineRefused(_("要核销的单据不存在，或不属于本组织。"), code="unknown_item")
    return found


def _post_advances(settlements: Sequence[_Settlement], opened: OpenAct) -> None:
    """The money of choices that are advances on orders or contracts; nothing is settled with it yet."""
    prepaid = [each for each in settlements if each.choice.option.advance]
    parts = [(each, line, amount) for each in prepaid for line, amount in each.parts]
    made = post_line_advances(
        [
            LineAdvance(
                each.customer_id,
                each.choice.option.advance,
                amount,
                line.bank_account.currency,
                line.booked_on,
                line.bank_account.account_id,
                _memo(line),
            )
            for each, line, amount in parts
        ],
        opened=opened,
    )
    for (each, _line, _amount), document in zip(parts, made, strict=True):
        each.receipts.append(document)


def _post_receipts(settlements: Sequence[_Settlement], opened: OpenAct) -> None:
    base = base_currency()
    parts = [
        (each, line, amount)
        for each in settlements
        if not each.choice.option.advance
        for line, amount in each.parts
    ]
    foreign = {
        (line.bank_account.currency, line.booked_on)
        for _each, line, _amount in parts
        if line.bank_account.currency != base
    }
    rates = rates_on(foreign)
    missing = sorted(foreign - rates.keys())
    if missing:
        raise DocumentRefused(
            _("没有 %(currency)s 在 %(on)s 的汇率，请先维护汇率。")
            % {"currency": missing[0][0], "on": missing[0][1].isoformat()},
            code="rate_missing",
        )
    made = post_documents(
        [
            _receipt(each, line, amount, rates.get((line.bank_account.currency, line.booked_on), ONE), base)
            for each, line, amount in parts
        ],
        posting=ACCOUNT_RECEIPT,
        opened=opened,
    )
    for (each, _line, _amount), document in zip(parts, made, strict=True):
        each.receipts.append(document)


def _receipt(
    each: _Settlement, line: StatementLine, amount: Decimal, rate: Decimal, base: str
) -> NewDocument:
    return NewDocument(
        customer_id=each.customer_id,
        document_on=line.booked_on,
        amount=amount,
        currency=line.bank_account.currency,
        rate=rate,
        due_on=line.booked_on,
        legs=(Leg(line.bank_account.account_id, convert(amount, rate, base)),),
        reference=line.reference,
        memo=_memo(line),
    )


def _memo(line: StatementLine) -> str:
    return " ".join(text for text in (line.counterparty, line.text) if text)[:MEMO]


def _post_differences(settlements: Sequence[_Settlement], opened: OpenAct) -> None:
    differing = [each for each in settlements if each.difference.settles or each.difference.over]
    made = post_differences(
        [
            NewDifference(
                each.customer_id,
                each.on,
                each.difference,
                currency=each.parts[0][0].bank_account.currency,
                reference=each.receipts[0].number,
                memo=each.choice.memo[:MEMO],
            )
            for each in differing
        ],
        opened=opened,
    )
    for each, extra in zip(differing, made, strict=True):
        each.extra = extra


def _allocations(each: _Settlement, items: Mapping[UUID, OpenItem]) -> list[NewAllocation]:
    """Credits first, then what was short, then the money: what is not applied is left of the last receipt."""
    option = each.choice.option
    receipts = [
        (receipt.item_ids[0], amount, line.booked_on)
        for receipt, (line, amount) in zip(each.receipts, each.parts, strict=True)
    ]
    planned: list[NewAllocation] = []
    over = each.difference.over
    if each.extra.gain is not None:
        for place, (key, amount, on) in enumerate(receipts):
            part = min(over, amount)
            if part:
                planned.append(NewAllocation(each.extra.gain.item_ids[0], key, part, max(each.on, on)))
                receipts[place] = (key, amount - part, on)
                over -= part
    sources = [
        *(
            (settled.item_id, settled.amount, items[settled.item_id].document_on)
            for settled in option.credits
        ),
        *((document.item_ids[0], amount, each.on) for document, amount in each.extra.credits),
        *receipts,
    ]
    places = iter(sources)
    key, left, on = next(places)
    for settled in option.items:
        wanted = settled.amount
        while wanted:
            if not left:
                key, left, on = next(places)
                continue
            part = min(wanted, left)
            day = max(on, each.on, items[settled.item_id].document_on)
            planned.append(NewAllocation(settled.item_id, key, part, day))
            wanted -= part
            left -= part
    return planned


def _uses(each: _Settlement, opened: OpenAct) -> list[LineUse]:
    option, choice = each.choice.option, each.choice
    credits = {settled.item_id for settled in option.credits}
    extra: dict[str, Any] = {
        "documents": [
            str(document.id)
            for document in (*(made for made, _amount in each.extra.credits), each.extra.gain)
            if document is not None
        ],
        "credits": sorted(str(key) for key in credits),
        "items": [str(settled.item_id) for settled in option.items],
        "lines": [str(line.pk) for line, _amount in each.parts] if len(each.parts) > 1 else [],
        "place": choice.place,
        "short_reason": choice.short_reason,
        "advance": option.advance,
    }
    return [
        new_use(
            line,
            UseKind.RECEIPT,
            amount,
            opened,
            document_id=receipt.id,
            tier=option.tier,
            automatic=choice.automatic,
            reasons=[reason_json(reason) for reason in (*option.payer_reasons, *option.reasons)],
            settled_with={name: value for name, value in extra.items() if value not in (None, "", [])},
            memo=choice.memo.strip()[:MEMO],
        )
        for (line, amount), receipt in zip(each.parts, each.receipts, strict=True)
    ]


def reason_json(reason: Reason) -> dict[str, str]:
    """A reason as proposals and uses keep it."""
    return {"code": reason.code, **reason.values}

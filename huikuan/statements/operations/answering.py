"""What customers answer: confirmed, or differing with what differs; and a difference that becomes a dispute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, Told, act, record_event, record_events
from huikuan.core.money import UnusableAmount, amount_text, quantize
from huikuan.core.postgres.fields import new_id
from huikuan.customers.queries import visible_salespeople
from huikuan.disputes.models import Dispute
from huikuan.disputes.operations import NewDispute, post_disputes
from huikuan.disputes.queries import disputed_amounts
from huikuan.files.models import AttachedFile
from huikuan.files.operations import attach_file
from huikuan.ledger.models import OpenItem, Side
from huikuan.organizations.actors import Actor
from huikuan.statements.errors import StatementRefused
from huikuan.statements.models import Difference, Statement, StatementAnswer, StatementState
from huikuan.statements.operations.drafting import locked, saved
from huikuan.statements.operations.evidence import keep_agreements
from huikuan.statements.operations.trail import RECONCILIATION, STATEMENT
from huikuan.statements.rules import DIFFERENT, Kind

LONGEST_NOTE, LONGEST_PERSON, LONGEST_ITEM = 1000, 100, 500
MOST_DIFFERENCES = 200
REASONS: Mapping[str, str] = {
    Kind.MISSING_THERE: "paper.invoice",
    Kind.AMOUNT: "invoice.amount",
    Kind.NET: "invoice.amount",
    Kind.SIGN: "invoice.amount",
    Kind.DUPLICATE_HERE: "invoice.twice",
}
"""Why customers dispute what differs so, where nobody says another reason."""
OTHERWISE = "paper.statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDifference:
    """What a customer says differs: the number of our document where it names one, and theirs less ours."""

    kind: str
    number: str = ""
    amount: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnswer:
    """What a customer answered. `theirs`: the balance in its books; `file`: name and content of the signed copy."""

    agrees: bool
    on: date
    person: str
    theirs: Decimal | None = None
    note: str = ""
    file: tuple[str, bytes] | None = None
    differences: Sequence[NewDifference] = ()


def record_answer(key: UUID, new: NewAnswer, *, actor: Actor, today: date, now: datetime) -> StatementAnswer:
    """登记答复: what one customer answered; see `record_answers`."""
    [answer] = record_answers({key: new}, actor=actor, today=today, now=now)
    return answer


def record_answers(
    news: Mapping[UUID, NewAnswer], *, actor: Actor, today: date, now: datetime
) -> list[StatementAnswer]:
    """登记答复: customers agree, or say what differs. What once agreed stays so.

    One that differed can agree later, when what differed is cleared up. What customers agree to owe is kept as
    evidence for limitation, see `keep_agreements`. Raises StatementRefused, files.FileRefused.
    """
    actor.require("reconciliation.write")
    with act("record_statement_answer", actor=actor) as opened:
        rows = locked(list(news), actor)
        made = [_answer(row, news[row.pk], opened, today, now) for row in rows]
        StatementAnswer.objects.bulk_create(made, batch_size=500)
        saved(rows, ("state", "answered_on", "answered_by"))
        for row in rows:
            if news[row.pk].differences:
                _keep_differences(row, news[row.pk].differences, opened)
        pairs = list(zip(rows, made, strict=True))
        record_events([_told(row, each, len(news[row.pk].differences)) for row, each in pairs], opened=opened)
        keep_agreements([pair for pair in pairs if pair[1].agrees], opened=opened, today=today, now=now)
    return made


def _answer(row: Statement, new: NewAnswer, opened: OpenAct, today: date, now: datetime) -> StatementAnswer:
    """The answer to a statement, which takes its state; not saved yet."""
    person, note = _line(new.person, LONGEST_PERSON, _("确认人")), _line(new.note, LONGEST_NOTE, _("说明"))
    if not person:
        raise StatementRefused(_("请填写客户方是谁答复的。"), code="person_missing")
    if row.state not in (StatementState.SENT, StatementState.DIFFERING):
        raise StatementRefused(_("这张对账单还没有发送，或已经相符、作废。"), code="statement_moved_on")
    assert row.sent_on is not None
    if not row.sent_on <= new.on <= today:
        raise StatementRefused(_("答复日期应在发送日至今天之间。"), code="day_out_of_range")
    _require_said(new, note, row)
    row.state = (StatementState.CONFIRMED if new.agrees else StatementState.DIFFERING).value
    row.answered_on, row.answered_by = new.on, person
    return StatementAnswer(
        id=new_id(),
        organization_id=opened.organization_id,
        act_id=opened.id,
        statement=row,
        agrees=new.agrees,
        on=new.on,
        person=person,
        theirs=new.theirs,
        note=note,
        file=_signed_copy(row, new, opened, now),
        recorded_by_name=opened.actor.name[:100],
    )


def _signed_copy(row: Statement, new: NewAnswer, opened: OpenAct, now: datetime) -> AttachedFile | None:
    if new.file is None:
        return None
    return attach_file(
        record_kind=STATEMENT,
        record_id=row.pk,
        name=new.file[0],
        content=new.file[1],
        actor=opened.actor,
        now=now,
        note=_("客户答复"),
        number=row.number,
    )


def _told(row: Statement, answer: StatementAnswer, differences: int) -> Told:
    return Told(
        "confirmed" if answer.agrees else "differed",
        STATEMENT,
        row.pk,
        row.number,
        {
            "on": answer.on.isoformat(),
            "person": answer.person,
            "note": answer.note,
            "theirs": None if answer.theirs is None else amount_text(answer.theirs, row.currency),
            "file": str(answer.file_id) if answer.file_id else None,
            "differences": differences,
        },
    )


def _require_said(new: NewAnswer, note: str, row: Statement) -> None:
    if new.agrees and (new.differences or new.theirs not in (None, row.closing)):
        raise StatementRefused(_("答复为相符时不能有差异。"), code="agrees_yet_differs")
    if not new.agrees and not (note or new.differences or new.theirs is not None):
        raise StatementRefused(_("请写明差异：客户账面余额、不符的单据或原因。"), code="difference_missing")
    if not new.agrees and new.theirs == row.closing and not new.differences and not note:
        raise StatementRefused(_("客户账面余额与期末余额相同，应登记为相符。"), code="differs_in_nothing")
    if len(new.differences) > MOST_DIFFERENCES:
        raise StatementRefused(
            _("差异最多 %d 条，更多的请用双边核对。") % MOST_DIFFERENCES, code="too_many_differences"
        )
    for each in new.differences:
        if each.kind not in DIFFERENT:
            raise StatementRefused(_("没有这种差异：%s") % each.kind[:40], code="unknown_kind")
    for amount in (new.theirs, *(each.amount for each in new.differences)):
        if amount is not None and not _usable(amount, row.currency):
            raise StatementRefused(_("差异金额的小数位超过币种的最小单位。"), code="amount_wrong")


def _usable(amount: Decimal, currency: str) -> bool:
    try:
        return amount == quantize(amount, currency)
    except UnusableAmount:
        return False


def _line(text: str, longest: int, label: str) -> str:
    said = " ".join(text.replace("\x00", "").split())
    if len(said) > longest:
        raise StatementRefused(
            _("%(label)s最多 %(count)d 个字。") % {"label": label, "count": longest}, code="text_too_long"
        )
    return said


def _keep_differences(row: Statement, wanted: Sequence[NewDifference], opened: OpenAct) -> None:
    items = _items_by_number(row, {each.number.strip() for each in wanted})
    Difference.objects.bulk_create(
        Difference(
            organization_id=opened.organization_id,
            act_id=opened.id,
            statement=row,
            position=position,
            kind=each.kind,
            number=each.number.strip()[:64],
            amount=each.amount,
            note=_line(each.note, LONGEST_ITEM, _("说明")),
            item_id=items.get(each.number.strip()),
        )
        for position, each in enumerate(wanted)
    )


def _items_by_number(row: Statement, numbers: set[str]) -> dict[str, UUID]:
    """The debit item that is most open of each document of a statement's customer and currency, by number."""
    rows = (
        OpenItem.objects.filter(
            customer_id=row.customer_id,
            currency=row.currency,
            side=Side.DEBIT,
            document__number__in=numbers - {""},
            document__voided_by=None,
        )
        .order_by("open_amount", "-line")
        .values_list("document__number", "pk")
    )
    return dict(rows)


def dispute_difference(key: UUID, *, reason: str = "", actor: Actor, today: date) -> Dispute:
    """转争议: what differs of a document that is owed becomes a dispute about that much of it. Raises StatementRefused.

    `reason`: a code of `disputes.rules.REASONS`; empty: as the kind of difference suggests.
    """
    actor.require("dispute.write")
    with act("dispute_difference", actor=actor) as opened:
        found = (
            Difference.objects.select_related("item", "statement", "reconciliation")
            .filter(pk=key)
            .select_for_update(no_key=True, of=("self",))
            .first()
        )
        if found is None or not _seen(found, actor):
            raise StatementRefused(_("这条差异不存在，或不归您负责。"), code="unknown_difference")
        if found.dispute_id is not None:
            raise StatementRefused(_("这条差异已经转为争议。"), code="already_disputed")
        if found.item is None or not found.item.open_amount:
            raise StatementRefused(
                _("这条差异没有对应的未结应收，不能转为争议；请补记或更正单据。"), code="nothing_to_dispute"
            )
        left = found.item.open_amount - disputed_amounts([found.item.pk]).get(found.item.pk, Decimal(0))
        amount = min(abs(found.amount), left) if found.amount else left
        new = NewDispute(
            item_id=found.item.pk,
            reason=reason or REASONS.get(found.kind, OTHERWISE),
            amount=amount or None,
            text=_about(found),
        )
        [made] = post_disputes([new], today=today, opened=opened)
        found.dispute = made
        found.save(update_fields=["dispute"])
        record_event(
            action="disputed",
            record_kind=RECONCILIATION if found.reconciliation_id else STATEMENT,
            record_id=found.reconciliation_id or found.statement_id,
            number=found.number,
            content={"difference": str(found.pk), "dispute": made.number},
        )
    return made


def _seen(found: Difference, actor: Actor) -> bool:
    people = visible_salespeople(actor)
    of = found.reconciliation or found.statement
    return of is not None and (people is None or of.customer.salesperson_id in people)


def _about(found: Difference) -> str:
    number = found.statement.number if found.statement is not None else ""
    return " ".join(each for each in (_("对账差异"), number, found.number, found.note) if each)[:1000]

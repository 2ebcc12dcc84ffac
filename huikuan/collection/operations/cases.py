"""Cases at law: proposing them, leading them from stage to stage, fees, next dates and reminders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.collection.chased import Asked, OpenClaim, open_claims
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import CaseEvent, CaseItem, LegalCase
from huikuan.collection.operations.contacts import NewContact, record_contact
from huikuan.collection.operations.locking import lock_customers
from huikuan.collection.operations.texts import LONGEST_REASON, short_text
from huikuan.collection.operations.trail import CASE, Told, record_events
from huikuan.collection.our_people import LEGAL
from huikuan.collection.queries import cases_seen, customers_seen
from huikuan.collection.rules import Channel, Proof, Result
from huikuan.collection.stages import REMINDED_DAYS, CaseKind, EventKind, Stage, next_stages
from huikuan.core.money import amount_text, quantize
from huikuan.core.postgres.fields import new_id
from huikuan.credit.exposure import base_currency
from huikuan.ledger.models import OpenItem
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import CASE_DATE
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

CHANGING = [
    "stage", "court", "court_number", "lawyer", "fees", "next_on", "next_what", "filed_on", "closed_on", "outcome"
]  # fmt: skip
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case as it is prepared. `item_ids`: what is claimed; None: all that is overdue and undisputed.

    `source`: the action of a collection run that asks for it, if one does.
    """

    customer_id: UUID
    kind: CaseKind
    reason: str = ""
    item_ids: Sequence[UUID] | None = None
    source: UUID | None = None
    court: str = ""
    lawyer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStep:
    """What happened in a case: the stage it came to (None: none), a fee, words; and what is next, on which day.

    `proof`, `proof_on`: of a letter's delivery, which makes it a demand that interrupts limitation.
    """

    on: date
    stage: Stage | None = None
    text: str = ""
    fee: Decimal | None = None
    next_on: date | None = None
    next_what: str = ""
    court: str | None = None
    court_number: str | None = None
    lawyer: str | None = None
    proof: Proof = Proof.NONE
    proof_on: date | None = None


def propose_case(new: NewCase, *, actor: Actor, today: date) -> LegalCase:
    """提出案件: see `propose_cases`. Raises CollectionRefused where nothing is left to claim."""
    made = propose_cases([new], actor=actor, today=today)
    if not made:
        raise CollectionRefused(
            _("没有可以列入案件的逾期款项，或已在同类的未结案件里。"), code="nothing_to_claim"
        )
    return made[0]


def propose_cases(news: Sequence[NewCase], *, actor: Actor, today: date) -> list[LegalCase]:
    """提出案件: prepared with what is claimed frozen as of today; nothing leaves the house before it was approved.

    Items in an open case of the same kind are left out, and so is a case without any other: asking again makes
    nothing. What runs call for a lawyer's letter or a suit. Raises CollectionRefused for a customer the actor does
    not see.
    """
    actor.require("collection.write")
    with act("propose_cases", actor=actor) as opened:
        keys = {each.customer_id for each in news}
        if customers_seen(actor).filter(pk__in=keys).count() < len(keys):
            raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
        lock_customers(keys)
        claims = open_claims([Asked(each.customer_id, today, each.item_ids) for each in news])
        taken = set(
            CaseItem.objects.filter(case__customer_id__in=keys)
            .exclude(case__stage=Stage.CLOSED.value)
            .values_list("item_id", "case__kind")
        )
        made: list[LegalCase] = []
        items: list[CaseItem] = []
        for new, found in zip(news, claims, strict=True):
            left = [each for each in found if (each.item_id, new.kind.value) not in taken]
            if not left:
                continue
            taken |= {(each.item_id, new.kind.value) for each in left}
            case = _case(new, left, opened, today)
            made.append(case)
            items += [_item(case, each) for each in left]
        LegalCase.objects.bulk_create(made, batch_size=500)
        CaseItem.objects.bulk_create(items, batch_size=2000)
        CaseEvent.objects.bulk_create([_first(case, opened, today) for case in made], batch_size=500)
        record_events([Told("proposed", CASE, case.pk, _content(case)) for case in made], opened)
    return made


def approve_case(key: UUID, *, actor: Actor, today: date) -> LegalCase:
    """批准案件: it may leave the house. Where the organization asks for agreement, it comes here by an approval."""
    actor.require(LEGAL)
    return lead_case(key, CaseStep(on=today, stage=Stage.APPROVED), actor=actor, today=today, approving=True)


def lead_case(key: UUID, step: CaseStep, *, actor: Actor, today: date, approving: bool = False) -> LegalCase:
    """推进案件: a stage, a fee, words, the next date. Filing interrupts limitation; a letter is kept as a contact.

    Raises CollectionRefused for a stage that may not follow, a day to come or before the case, a next date in the
    past, nothing said at all. `approving` is for `approve_case` alone.
    """
    actor.require(LEGAL)
    with act("lead_case", actor=actor) as opened:
        found = cases_seen(actor).select_for_update(of=("self",), no_key=True)
        case = found.filter(pk=key).exclude(stage=Stage.CLOSED.value).first()
        if case is None:
            raise CollectionRefused(_("没有这个案件，或已经结案。"), code="unknown_case")
        _require(case, step, today, approving)
        said = short_text(step.text, 2000, _("说明"))
        events = _events(case, step, said, opened)
        if step.stage is not None:
            _come_to(case, step, said, actor, today)
        _change(case, step)
        case.save(update_fields=CHANGING)
        CaseEvent.objects.bulk_create(events)
        content = _content(case) | {"text": said}
        record_event(action="led", record_kind=CASE, record_id=case.pk, content=content)
    return case


def take_case(key: UUID, *, owner_id: UUID, name: str, actor: Actor) -> LegalCase:
    """交办案件: who leads it, and is reminded of its dates."""
    actor.require(LEGAL)
    with act("take_case", actor=actor):
        case = cases_seen(actor).select_for_update(of=("self",), no_key=True).filter(pk=key).first()
        if case is None:
            raise CollectionRefused(_("没有这个案件，或已经结案。"), code="unknown_case")
        case.owner_id, case.owner_name = owner_id, name
        case.save(update_fields=["owner", "owner_name"])
        record_event(action="assigned", record_kind=CASE, record_id=case.pk, content={"owner": name})
    return case


def remind_cases(*, actor: Actor, day: date) -> int:
    """Tell whoever leads a case of its next date, once, some days before; returns how many were told."""
    actor.require("collection.write")
    with act("remind_cases", actor=actor) as opened:
        due = LegalCase.objects.filter(next_on__lte=day + timedelta(days=REMINDED_DAYS), owner__isnull=False)
        due = due.exclude(stage=Stage.CLOSED.value).exclude(reminded_on=F("next_on"))
        cases = list(
            due.select_related("customer").order_by("pk").select_for_update(of=("self",), no_key=True)
        )
        code = Organization.objects.values_list("code", flat=True).get(pk=opened.organization_id)
        now = transaction_time()
        for case in cases:
            assert case.owner_id is not None and case.next_on is not None
            parameters = {
                "customer": case.customer.name,
                "what": case.next_what,
                "day": case.next_on.isoformat(),
            }
            path = reverse("collection-case-file", args=[code, case.pk])
            send_notices([case.owner_id], kind=CASE_DATE, parameters=parameters, path=path, now=now)
        LegalCase.objects.filter(pk__in=[case.pk for case in cases]).update(reminded_on=F("next_on"))
    return len(cases)


def _require(case: LegalCase, step: CaseStep, today: date, approving: bool) -> None:
    stages = next_stages(CaseKind(case.kind), Stage(case.stage))
    if step.stage is not None and step.stage not in stages:
        raise CollectionRefused(_("案件现在不能到这一步，请刷新页面。"), code="stage_out_of_order")
    if step.stage == Stage.APPROVED and not approving:
        raise CollectionRefused(_("案件要经批准才能继续。"), code="approval_missing")
    if not case.prepared_on <= step.on <= today:
        raise CollectionRefused(_("日期应在案件提出当日至今天之间。"), code="day_out_of_range")
    if (step.next_on is None) != (not step.next_what.strip()):
        raise CollectionRefused(_("请填写下一个日期和要做什么。"), code="next_date_incomplete")
    if step.next_on is not None and step.next_on < today:
        raise CollectionRefused(_("下一个日期不能早于今天。"), code="next_date_passed")
    if step.fee is not None and step.fee <= 0:
        raise CollectionRefused(_("费用应大于零。"), code="fee_out_of_range")
    if step.stage is None and step.fee is None and not step.text.strip() and step.next_on is None:
        raise CollectionRefused(_("请写明发生了什么。"), code="nothing_said")


def _events(case: LegalCase, step: CaseStep, said: str, opened: OpenAct) -> list[CaseEvent]:
    def event(kind: EventKind, text: str, stage: str = "", amount: Decimal | None = None) -> CaseEvent:
        return CaseEvent(
            organization_id=opened.organization_id,
            act_id=opened.id,
            case_id=case.pk,
            kind=kind.value,
            stage=stage,
            on=step.on,
            text=text,
            amount=amount,
            by_name=opened.actor.name,
        )

    events = []
    if step.stage is not None:
        events.append(event(EventKind.STAGE, said, step.stage.value))
    if step.fee is not None:
        text = said if step.stage is None else ""
        events.append(event(EventKind.FEE, text, amount=quantize(step.fee, base_currency())))
    if not events and said:
        events.append(event(EventKind.NOTE, said))
    return events


def _come_to(case: LegalCase, step: CaseStep, said: str, actor: Actor, today: date) -> None:
    assert step.stage is not None
    case.stage = step.stage.value
    if step.stage == Stage.FILED:
        case.filed_on = step.on
    elif step.stage == Stage.CLOSED:
        case.closed_on, case.outcome = step.on, short_text(said, LONGEST_REASON, _("说明"))
        case.next_on, case.next_what = None, ""
    elif step.stage == Stage.LETTER_SENT:
        _record_letter(case, step, actor, today)


def _record_letter(case: LegalCase, step: CaseStep, actor: Actor, today: date) -> None:
    """A lawyer's letter is a demand: kept as a contact with what of its items is open."""
    claimed = CaseItem.objects.filter(case=case).values("item_id")
    items = OpenItem.objects.filter(pk__in=claimed, open_amount__gt=0).values_list("pk", flat=True)
    zone = ZoneInfo(Organization.objects.values_list("time_zone", flat=True).get(pk=case.organization_id))
    at = datetime.combine(step.on, time(0, 1), tzinfo=zone)
    record_contact(
        NewContact(
            customer_id=case.customer_id,
            channel=Channel.LETTER,
            result=Result.SENT,
            made_at=at,
            text=_("律师函"),
            proof=step.proof,
            proof_on=step.proof_on,
            item_ids=list(items),
        ),
        actor=actor,
        today=today,
    )


def _change(case: LegalCase, step: CaseStep) -> None:
    """What a step says of the case besides its stage; None leaves it as it is."""
    for name, most in (("court", 100), ("court_number", 60), ("lawyer", 100)):
        value = getattr(step, name)
        if value is not None:
            setattr(case, name, short_text(value, most, _("说明")))
    if step.fee is not None:
        case.fees += quantize(step.fee, base_currency())
    if step.next_on is not None and case.stage != Stage.CLOSED.value:
        case.next_on, case.next_what = step.next_on, short_text(step.next_what, 100, _("下一步"))
    elif case.next_on is not None and case.next_on <= step.on:
        case.next_on, case.next_what = None, ""


def _case(new: NewCase, left: Sequence[OpenClaim], opened: OpenAct, today: date) -> LegalCase:
    return LegalCase(
        id=new_id(),
        organization_id=opened.organization_id,
        act_id=opened.id,
        customer_id=new.customer_id,
        kind=new.kind.value,
        owner_id=opened.actor.membership_id,
        owner_name=opened.actor.name,
        source=new.source,
        reason=short_text(new.reason, LONGEST_REASON, _("原因")),
        claimed=sum((each.open_base for each in left), ZERO),
        prepared_on=today,
        court=short_text(new.court, 100, _("法院")),
        lawyer=short_text(new.lawyer, 100, _("律师")),
    )


def _item(case: LegalCase, found: OpenClaim) -> CaseItem:
    return CaseItem(
        organization_id=case.organization_id,
        case_id=case.pk,
        item_id=found.item_id,
        number=found.number,
        due_on=found.due_on,
        currency=found.currency,
        open_amount=found.open_amount,
        open_base=found.open_base,
    )


def _first(case: LegalCase, opened: OpenAct, today: date) -> CaseEvent:
    return CaseEvent(
        organization_id=case.organization_id,
        act_id=opened.id,
        case_id=case.pk,
        kind=EventKind.STAGE.value,
        stage=Stage.PREPARED.value,
        on=today,
        text=case.reason,
        by_name=opened.actor.name,
    )


def _content(case: LegalCase) -> dict[str, str]:
    return {
        "customer": str(case.customer_id),
        "kind": case.kind,
        "stage": case.stage,
        "claimed": amount_text(case.claimed, base_currency()),
    }

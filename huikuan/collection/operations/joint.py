"""Joint work on a customer: handing it over, questions and their answers, feedback; terms of commission."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.collection.commission import CommissionTerms, in_order
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.joint_queries import colleagues, commission_terms, hands_of
from huikuan.collection.models import Ask, CommissionSetting, HandOver
from huikuan.collection.operations.locking import lock_customers
from huikuan.collection.operations.texts import said_why, short_text
from huikuan.collection.operations.trail import ASK, COMMISSION, HAND_OVER
from huikuan.collection.queries import customers_seen
from huikuan.collection.sharing import AskKind, Hands
from huikuan.customers.models import Customer
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import ANSWERED, ASKED, FEEDBACK, HANDED_OVER
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

LONGEST_TEXT, LONGEST_ANSWER = 1000, 2000
MOST_FACTORS = 12


def hand_over(
    customer_id: UUID, *, hands: Hands, to_id: UUID | None, reason: str, actor: Actor, today: date
) -> HandOver:
    """移交: from today on others lead the collection from a customer; the clock of their predecessors stops.

    `to_id`: who of them takes it on, and is told. Raises CollectionRefused where they have it already.
    """
    actor.require("collection.write")
    said = said_why(reason)
    with act("hand_over_customer", actor=actor, reason=said) as opened:
        customer = _customer(customer_id, actor)
        lock_customers({customer_id})
        people = dict(colleagues())
        if to_id is not None and to_id not in people:
            raise CollectionRefused(_("没有这位同事。"), code="unknown_member")
        current = HandOver.objects.filter(customer_id=customer_id).order_by("-id").first()
        if hands_of([customer_id]).get(customer_id, Hands.SALES) == hands and (
            current is None or current.to_id == to_id
        ):
            raise CollectionRefused(_("这位客户已经由他们负责。"), code="handed_over_already")
        made = HandOver.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            customer=customer,
            hands=hands.value,
            to_id=to_id,
            to_name=people.get(to_id, "") if to_id else "",
            on=today,
            reason=said,
            by_name=actor.name,
        )
        content = {"customer": str(customer_id), "hands": hands.value, "to": made.to_name, "reason": said}
        record_event(action="handed_over", record_kind=HAND_OVER, record_id=made.pk, content=content)
        if to_id is not None and to_id != actor.membership_id:
            _tell(to_id, HANDED_OVER, customer, opened, reason=said)
    return made


def ask_colleague(
    customer_id: UUID,
    *,
    to_id: UUID,
    text: str,
    due_on: date | None,
    actor: Actor,
    today: date,
    kind: AskKind = AskKind.QUESTION,
) -> Ask:
    """提问 or 反馈: about a customer, to one of us, who is told. A question has a day by which it is answered."""
    actor.require("collection.write")
    said = short_text(text, LONGEST_TEXT, _("内容"))
    if not said:
        raise CollectionRefused(_("请先写点什么。"), code="nothing_said")
    if kind == AskKind.QUESTION and (due_on is None or due_on < today):
        raise CollectionRefused(_("请填写答复的期限，不早于今天。"), code="deadline_missing")
    with act("ask_colleague", actor=actor) as opened:
        customer = _customer(customer_id, actor)
        people = dict(colleagues())
        if to_id not in people:
            raise CollectionRefused(_("没有这位同事。"), code="unknown_member")
        made = Ask.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            customer=customer,
            kind=kind.value,
            text=said,
            asker_id=actor.membership_id,
            asker_name=actor.name,
            to_id=to_id,
            to_name=people[to_id],
            asked_on=today,
            due_on=due_on if kind == AskKind.QUESTION else None,
        )
        content = {"customer": str(customer_id), "to": made.to_name, "text": said}
        record_event(action=f"{kind.value}_put", record_kind=ASK, record_id=made.pk, content=content)
        told = ASKED if kind == AskKind.QUESTION else FEEDBACK
        day = due_on.isoformat() if due_on else ""
        _tell(to_id, told, customer, opened, text=said[:200], day=day)
    return made


def answer_colleague(key: UUID, *, text: str, actor: Actor, today: date) -> Ask:
    """答复: by who was asked, or who manages collection; whoever asked is told. Raises CollectionRefused."""
    actor.require("collection.write")
    said = short_text(text, LONGEST_ANSWER, _("答复"))
    if not said:
        raise CollectionRefused(_("请先写点什么。"), code="nothing_said")
    with act("answer_colleague", actor=actor) as opened:
        found = Ask.objects.select_related("customer").select_for_update(of=("self",), no_key=True)
        asked = found.filter(pk=key, kind=AskKind.QUESTION.value, answered_on=None).first()
        if asked is None or not (asked.to_id == actor.membership_id or actor.may("collection.manage")):
            raise CollectionRefused(_("没有等您答复的这个问题，请刷新页面。"), code="unknown_question")
        asked.answer, asked.answered_on = said, today
        asked.save(update_fields=["answer", "answered_on"])
        record_event(action="answered", record_kind=ASK, record_id=asked.pk, content={"text": said})
        if asked.asker_id and asked.asker_id != actor.membership_id:
            _tell(asked.asker_id, ANSWERED, asked.customer, opened, text=said[:200])
    return asked


def save_commission(terms: CommissionTerms, *, actor: Actor) -> bool:
    """Reckon commission by these terms from now on; whether that is something new. Raises CollectionRefused."""
    actor.require("collection.manage")
    if not 0 <= terms.rate <= 1 or not in_order(terms.factors) or len(terms.factors) > MOST_FACTORS:
        raise CollectionRefused(
            _("提成比例和系数应在 0 到 1 之间，系数从准时（0 天）起随天数递减。"),
            code="commission_out_of_range",
        )
    with act("change_commission", actor=actor) as opened:
        if commission_terms() == terms:
            return False
        factors = [[each.days, str(each.share)] for each in terms.factors]
        row = CommissionSetting.objects.create(
            organization_id=opened.organization_id, act_id=opened.id, rate=terms.rate, factors=factors
        )
        content = {"rate": str(terms.rate), "factors": factors}
        record_event(action="changed", record_kind=COMMISSION, record_id=row.pk, content=content)
    return True


def _customer(key: UUID, actor: Actor) -> Customer:
    found = customers_seen(actor).filter(pk=key).first()
    if found is None:
        raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
    return found


def _tell(to: UUID, kind: str, customer: Customer, opened: OpenAct, **more: str) -> None:
    code = Organization.objects.values_list("code", flat=True).get(pk=opened.organization_id)
    send_notices(
        [to],
        kind=kind,
        parameters={"author": opened.actor.name, "customer": customer.name, **more},
        path=f"{reverse('collection-case', args=[code, customer.pk])}#joint",
        now=transaction_time(),
    )

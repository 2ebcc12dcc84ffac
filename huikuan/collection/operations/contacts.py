"""Recording contacts as evidence, correcting them, and what legal decides of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.approvals.duties import INTERRUPTION, refuse_duty
from huikuan.audit.models import Act
from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.collection.chased import Asked, OpenClaim, open_claims
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import Claim, Contact, Ruling
from huikuan.collection.operations.locking import lock_customers
from huikuan.collection.operations.trail import CONTACT, Told, record_events
from huikuan.collection.queries import contacts_seen, customers_seen
from huikuan.collection.rules import (
    SPOKEN,
    Channel,
    Direction,
    NextStep,
    Proof,
    Result,
    digest,
    interruption,
    is_web_address,
)
from huikuan.core.postgres.fields import new_id
from huikuan.customers.models import Contact as ContactPerson
from huikuan.messaging.models import Inbound
from huikuan.messaging.rules import InboundKind
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

LONGEST_TEXT = 4000
LONGEST_BASIS = 1000
EARLIEST_DAYS = 3660
"""How far back a contact may be recorded, in days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """A contact as it is recorded. `item_ids`: what was claimed; None: all that was overdue on its day.

    `recording`: the address of a recording kept elsewhere. `mail_id`: the customer's answer (`messaging.models.Inbound`)
    that it records. `claims`: what a message or letter that went out claimed, frozen as it says; then `item_ids` plays no part.
    """

    customer_id: UUID
    channel: Channel
    result: Result
    made_at: datetime
    direction: Direction = Direction.OUT
    person_id: UUID | None = None
    person_name: str = ""
    text: str = ""
    next_step: NextStep | None = None
    next_on: date | None = None
    proof: Proof = Proof.NONE
    proof_on: date | None = None
    recording: str = ""
    mail_id: UUID | None = None
    item_ids: Sequence[UUID] | None = None
    claims: Sequence[OpenClaim] | None = None


def record_contact(new: NewContact, *, actor: Actor, today: date) -> Contact:
    """登记联系: see `record_contacts`."""
    [made] = record_contacts([new], actor=actor, today=today)
    return made


def record_contacts(news: Sequence[NewContact], *, actor: Actor, today: date) -> list[Contact]:
    """登记联系: that customers were spoken or written to, with what was claimed as it stood on that day.

    Raises CollectionRefused for a customer or item the actor does not see, a day to come, a text too long, a next
    step without its day; nothing is recorded then.
    """
    actor.require("collection.write")
    with act("record_contacts", actor=actor) as opened:
        _require_customers({each.customer_id for each in news}, actor)
        return post_contacts(news, opened=opened, today=today)


def correct_contact(key: UUID, new: NewContact, *, actor: Actor, today: date) -> Contact:
    """更正联系记录: another row takes the place of this one, which stays as it was.

    Raises CollectionRefused where it is unknown, corrected already, or of another customer.
    """
    actor.require("collection.write")
    with act("correct_contact", actor=actor) as opened:
        old = contacts_seen(actor).filter(pk=key, customer_id=new.customer_id).first()
        if old is None:
            raise CollectionRefused(_("没有这条联系记录，或已经更正过。"), code="unknown_contact")
        lock_customers({new.customer_id})  # the second of two who correct it finds it corrected
        if Contact.objects.filter(supersedes_id=key).exists():
            raise CollectionRefused(_("没有这条联系记录，或已经更正过。"), code="unknown_contact")
        [made] = post_contacts([new], opened=opened, today=today, supersedes=key)
    return made


def rule_on_limitation(
    key: UUID,
    *,
    interrupts: bool,
    basis: str,
    actor: Actor,
    today: date,
    on_day: date | None = None,
    agreement: bool = False,
) -> Ruling:
    """认定时效: whether a contact interrupts limitation, decided by somebody other than who recorded it.

    `on_day`: from when on (default: the day of its proof, else of the contact). Raises CollectionRefused.
    """
    actor.require("collection.rule")
    said = _text(basis, LONGEST_BASIS, _("依据"))
    if not said:
        raise CollectionRefused(_("请写明依据。"), code="basis_missing")
    with act("rule_on_limitation", actor=actor, reason=said) as opened:
        contact = contacts_seen(actor).filter(pk=key).first()
        if contact is None:
            raise CollectionRefused(_("没有这条联系记录，或已经更正过。"), code="unknown_contact")
        recorder = Act.objects.values_list("actor_id", flat=True).get(pk=contact.act_id)
        refuse_duty(INTERRUPTION, actor=actor, earlier_user=recorder)
        day = (on_day or contact.proof_on or contact.made_on) if interrupts else None
        if day is not None and not contact.made_on <= day <= today:
            raise CollectionRefused(_("中断日应在联系当日至今天之间。"), code="day_out_of_range")
        ruling = Ruling.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            contact=contact,
            interrupts=interrupts,
            on_day=day,
            agreement=agreement and interrupts,
            basis=said,
            ruled_on=today,
            ruled_by=actor.name,
        )
        content = {"customer": str(contact.customer_id), "interrupts": interrupts, "on": day, "basis": said}
        record_event(action="ruled", record_kind=CONTACT, record_id=contact.pk, content=content)
    return ruling


def post_contacts(
    news: Sequence[NewContact], *, opened: OpenAct, today: date, supersedes: UUID | None = None
) -> list[Contact]:
    """Contacts that another act brings about, inside it: no permission is asked. Raises CollectionRefused."""
    zone = ZoneInfo(Organization.objects.values_list("time_zone", flat=True).get(pk=opened.organization_id))
    people = _people(news)
    _require_mails(news)
    days = [each.made_at.astimezone(zone).date() for each in news]
    claims = _claimed(news, days)
    made, claimed = [], []
    for new, day, found in zip(news, days, claims, strict=True):
        _require(new, day, found, today)
        contact = _contact(new, day, people, opened)
        contact.supersedes_id = supersedes
        contact.claimed = sum((each.open_base for each in found), Decimal(0))
        rows = [_claim(contact, each) for each in found]
        contact.digest = digest(recorded(contact, rows))
        made.append(contact)
        claimed += rows
    Contact.objects.bulk_create(made, batch_size=1000)
    Claim.objects.bulk_create(claimed, batch_size=2000)
    record_events([_told(each, supersedes) for each in made], opened)
    _finish_tasks(made)
    return made


def _finish_tasks(made: Sequence[Contact]) -> None:
    """Calls and visits that a policy asked for are done by the contact that was made."""
    spoken = [each.pk for each in made if each.channel in SPOKEN]
    if spoken:
        with connection.cursor() as cursor:
            cursor.execute(FINISH, {"organization": made[0].organization_id, "contacts": spoken})


FINISH = """
    UPDATE collection_action a SET state = 'done', contact_id = k.id, ended_on = k.made_on
    FROM collection_contact k
    WHERE k.organization_id = %(organization)s AND k.id = ANY(%(contacts)s::uuid[])
      AND a.organization_id = %(organization)s AND a.customer_id = k.customer_id AND a.state = 'planned'
      AND a.channel = CASE k.channel WHEN 'phone' THEN 'phone' ELSE 'visit' END AND a."on" <= k.made_on
"""


def _claimed(news: Sequence[NewContact], days: Sequence[date]) -> list[Sequence[OpenClaim]]:
    """What each claimed: as it was sent, else as it stood in the books on its day."""
    found: list[Sequence[OpenClaim]] = [each.claims or () for each in news]
    places = [place for place, each in enumerate(news) if each.claims is None]
    asked = [Asked(news[place].customer_id, days[place], news[place].item_ids) for place in places]
    for place, rows in zip(places, open_claims(asked), strict=True):
        found[place] = rows
    return found


def _contact(new: NewContact, day: date, people: dict[UUID, str], opened: OpenAct) -> Contact:
    breaks = interruption(
        channel=new.channel,
        direction=new.direction,
        result=new.result,
        proof=new.proof,
        on=day,
        proved_on=new.proof_on,
    )
    return Contact(
        id=new_id(),
        organization_id=opened.organization_id,
        act_id=opened.id,
        customer_id=new.customer_id,
        person_id=new.person_id,
        person_name=people[new.person_id] if new.person_id else " ".join(new.person_name.split()),
        member_id=opened.actor.membership_id,
        member_name=opened.actor.name,
        channel=new.channel.value,
        direction=new.direction.value,
        result=new.result.value,
        made_at=new.made_at,
        made_on=day,
        text=_text(new.text, LONGEST_TEXT, _("说明")),
        next_step=new.next_step.value if new.next_step else "",
        next_on=new.next_on if new.next_step else None,
        proof=new.proof.value,
        proof_on=new.proof_on,
        recording=new.recording.strip(),
        mail_id=new.mail_id,
        interrupts_on=breaks.on if breaks else None,
        agreement=bool(breaks and breaks.agreement),
    )


def _claim(contact: Contact, found: OpenClaim) -> Claim:
    return Claim(
        organization_id=contact.organization_id,
        contact_id=contact.pk,
        item_id=found.item_id,
        number=found.number,
        due_on=found.due_on,
        currency=found.currency,
        open_amount=found.open_amount,
        open_base=found.open_base,
    )


def recorded(contact: Contact, claims: Sequence[Claim]) -> dict[str, Any]:
    """What the digest of a contact covers, as JSON: amounts to four decimals, the moment in seconds since 1970."""
    more = {"recording": contact.recording} if contact.recording else {}
    more |= {"mail": str(contact.mail_id)} if contact.mail_id else {}
    return {
        **more,
        "customer": str(contact.customer_id),
        "person": contact.person_name,
        "member": contact.member_name,
        "channel": contact.channel,
        "direction": contact.direction,
        "result": contact.result,
        "made_at": f"{contact.made_at.timestamp():.6f}",
        "text": contact.text,
        "next": [contact.next_step, _iso(contact.next_on)],
        "proof": [contact.proof, _iso(contact.proof_on)],
        "supersedes": str(contact.supersedes_id or ""),
        "claims": sorted(
            [each.number, _iso(each.due_on), each.currency, f"{each.open_amount:.4f}", str(each.item_id)]
            for each in claims
        ),
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _told(contact: Contact, supersedes: UUID | None) -> Told:
    content = {
        "customer": str(contact.customer_id),
        "channel": contact.channel,
        "result": contact.result,
        "claimed": f"{contact.claimed:.2f}",
        "digest": contact.digest,
    }
    if supersedes:
        content["supersedes"] = str(supersedes)
    return Told("corrected" if supersedes else "recorded", CONTACT, contact.pk, content)


def _require(new: NewContact, day: date, found: Sequence[OpenClaim], today: date) -> None:
    if day > today:
        raise CollectionRefused(_("联系时间在今天之后。"), code="day_to_come")
    if day < today - timedelta(days=EARLIEST_DAYS):
        raise CollectionRefused(_("联系时间太早，请检查年份。"), code="day_too_early")
    if new.next_step and (new.next_on is None or new.next_on < day):
        raise CollectionRefused(_("请填写下一步的日期，不早于联系当日。"), code="next_day_missing")
    if new.proof_on is not None and (new.proof == Proof.NONE or not day <= new.proof_on <= today):
        raise CollectionRefused(
            _("送达日应在联系当日至今天之间，并说明有什么证明。"), code="proof_day_out_of_range"
        )
    if new.recording and not is_web_address(new.recording.strip()):
        raise CollectionRefused(
            _("录音的链接应以 http:// 或 https:// 开头，最多 500 个字。"), code="recording_unusable"
        )
    if len(new.person_name) > 100:
        raise CollectionRefused(_("联系人姓名最多 100 个字。"), code="text_too_long")
    if new.claims is None and new.item_ids is not None and len(found) < len(set(new.item_ids)):
        raise CollectionRefused(
            _("所选的单据中有的已经结清，或不属于这个客户，请刷新页面。"), code="item_not_open"
        )


def _text(text: str, most: int, label: str) -> str:
    said = text.replace("\x00", "").strip()
    if len(said) > most:
        raise CollectionRefused(
            _("%(label)s最多 %(count)d 个字。") % {"label": label, "count": most}, code="text_too_long"
        )
    return said


def _require_customers(keys: Collection[UUID], actor: Actor) -> None:
    if customers_seen(actor).filter(pk__in=keys).count() < len(keys):
        raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")


def _require_mails(news: Sequence[NewContact]) -> None:
    wanted = {each.mail_id: each.customer_id for each in news if each.mail_id}
    if not wanted:
        return
    found = Inbound.objects.filter(pk__in=wanted, kind=InboundKind.REPLY).values_list("pk", "customer_id")
    if dict(found) != wanted:
        raise CollectionRefused(_("这封回信不属于这个客户，请刷新页面。"), code="unknown_mail")
    if Contact.objects.filter(mail_id__in=wanted).exists():
        raise CollectionRefused(_("这封回信已经登记过。"), code="mail_recorded")


def _people(news: Sequence[NewContact]) -> dict[UUID, str]:
    wanted = {each.person_id: each.customer_id for each in news if each.person_id}
    found = {row.pk: row for row in ContactPerson.objects.filter(pk__in=wanted)}
    if any(key not in found or found[key].customer_id != customer for key, customer in wanted.items()):
        raise CollectionRefused(_("联系人不属于这个客户，请刷新页面。"), code="unknown_person")
    return {key: row.name for key, row in found.items()}

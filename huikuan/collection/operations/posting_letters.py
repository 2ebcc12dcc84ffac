"""Posting letters, and recording that they arrived or came back: each is a contact, with its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act
from huikuan.collection.couriers import Courier, is_tracking_number, tidied
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.letter_queries import claims_of, letters_seen
from huikuan.collection.models import Letter, LetterState
from huikuan.collection.operations.contacts import NewContact, correct_contact, record_contacts
from huikuan.collection.operations.letters import locked_letters, noon, plain_note, told_letter
from huikuan.collection.operations.trail import record_events
from huikuan.collection.policy_queries import work_calendar
from huikuan.collection.rules import Channel, NextStep, Proof, Result, follow_up
from huikuan.organizations.actors import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """That a letter was given to a courier."""

    letter_id: UUID
    courier: Courier
    tracking: str
    posted_on: date


def post_letters(posted: Sequence[Posted], *, actor: Actor, today: date, now: datetime) -> list[Letter]:
    """寄出: printed letters were given to a courier; each becomes a contact that freezes what the letter claims.

    Raises CollectionRefused for a letter that is not printed or was posted before, a day out of range, a number that
    cannot be the courier's.
    """
    actor.require("collection.manage")
    by_key = {each.letter_id: each for each in posted}
    calendar = work_calendar()
    with act("post_letters", actor=actor) as opened:
        found = locked_letters(list(by_key), actor, LetterState.PRINTED)
        claims = claims_of(found)
        news = []
        for each in found:
            given = by_key[each.pk]
            each.tracking, each.courier = _tracking(given), given.courier.value
            if each.printed_on is None or not each.printed_on <= given.posted_on <= today:
                raise CollectionRefused(_("寄出日应在打印日至今天之间。"), code="day_out_of_range")
            each.posted_on, each.state = given.posted_on, LetterState.POSTED
            step, on = follow_up(Result.SENT, on=given.posted_on, calendar=calendar)
            news.append(
                NewContact(
                    customer_id=each.customer_id,
                    channel=Channel.LETTER,
                    result=Result.SENT,
                    made_at=noon(given.posted_on, now),
                    person_name=str(each.content.get("to", {}).get("name", ""))[:100],
                    text=_said(each),
                    next_step=step,
                    next_on=on,
                    claims=claims[each.pk],
                )
            )
        for each, contact in zip(found, record_contacts(news, actor=actor, today=today), strict=True):
            each.contact = contact
        Letter.objects.bulk_update(
            found, ["state", "courier", "tracking", "posted_on", "contact"], batch_size=500
        )
        record_events(
            [
                told_letter("mailed", each, {"courier": each.courier, "tracking": each.tracking})
                for each in found
            ],
            opened,
        )
    return found


def record_delivery(
    key: UUID, *, delivered_on: date, signed: bool, note: str = "", actor: Actor, today: date
) -> Letter:
    """送达: a posted letter arrived; its contact gets the proof, and limitation begins anew on that day.

    `signed`: the debtor signed or stamped; else the courier's proof of delivery. Raises CollectionRefused.
    """
    actor.require("collection.write")
    proof = Proof.SIGNED if signed else Proof.DELIVERED
    return _ended(key, LetterState.DELIVERED, delivered_on, plain_note(note), proof, actor=actor, today=today)


def record_return(key: UUID, *, returned_on: date, reason: str, actor: Actor, today: date) -> Letter:
    """退回: a posted letter came back; its contact says so and proves nothing. Raises CollectionRefused."""
    actor.require("collection.write")
    said = plain_note(reason)
    if not said:
        raise CollectionRefused(_("请写明原因。"), code="reason_missing")
    return _ended(key, LetterState.RETURNED, returned_on, said, Proof.NONE, actor=actor, today=today)


def _ended(
    key: UUID, state: LetterState, on: date, note: str, proof: Proof, *, actor: Actor, today: date
) -> Letter:
    with act("record_letter_outcome", actor=actor) as opened:
        letter = (
            letters_seen(actor)
            .filter(pk=key, state=LetterState.POSTED)
            .select_for_update(no_key=True, of=("self",))
            .first()
        )
        if letter is None or letter.contact is None or letter.posted_on is None:
            raise CollectionRefused(_("这封信函没有寄出，或结果已经登记过。"), code="letter_moved_on")
        if not letter.posted_on <= on <= today:
            raise CollectionRefused(_("送达或退回日应在寄出日至今天之间。"), code="day_out_of_range")
        letter.state, letter.ended_on, letter.ended_note = state, on, note
        returned = state == LetterState.RETURNED
        new = NewContact(
            customer_id=letter.customer_id,
            channel=Channel.LETTER,
            result=Result.NOT_REACHED if returned else Result.SENT,
            made_at=letter.contact.made_at,
            person_name=letter.contact.person_name,
            text=_said(letter),
            next_step=NextStep.VISIT if returned else NextStep.CALL,
            next_on=follow_up(Result.SENT, on=on, calendar=work_calendar())[1],
            proof=proof,
            proof_on=on if proof else None,
            claims=claims_of([letter])[letter.pk],
        )
        letter.contact = correct_contact(letter.contact_id, new, actor=actor, today=today)
        letter.save(update_fields=["state", "ended_on", "ended_note", "contact"])
        record_events(
            [
                told_letter(
                    "returned" if returned else "arrived", letter, {"on": on.isoformat(), "note": note}
                )
            ],
            opened,
        )
    return letter


def _tracking(given: Posted) -> str:
    number = tidied(given.tracking)
    if not is_tracking_number(given.courier, number):
        raise CollectionRefused(
            _("“%s”不是这家快递的单号，请核对（EMS 和挂号信为 13 位）。") % given.tracking[:40],
            code="tracking_number",
        )
    return number


def _said(letter: Letter) -> str:
    """What the contact says of a letter: its number, title, courier and outcome."""
    parts = [letter.number, letter.title, letter.courier.upper(), letter.tracking, letter.ended_note]
    return " ".join(each for each in parts if each)

"""What the demo company writes to those who owe: the mailbox it sends from, its letterhead, letters on their way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from huikuan.cash.banking import BankAccount
from huikuan.collection.couriers import Courier, s10_check_digit
from huikuan.collection.models import Letter
from huikuan.collection.operations import (
    NewLetter,
    Posted,
    ask_letters,
    post_letters,
    print_letters,
    record_delivery,
    save_letterhead,
)
from huikuan.collection.operations.templates import NewLetterhead
from huikuan.messaging.operations.senders import SenderData, save_sender
from huikuan.messaging.rules import MessageChannel
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

POSTED = 3


def set_up_sending(organization: Organization, manager: Actor) -> None:
    """A mailbox in test mode, so that nothing leaves the demo, and what stands on letters."""
    save_sender(
        SenderData(
            code="mail",
            name="应收组邮箱",
            channel=MessageChannel.EMAIL,
            provider="smtp",
            settings={"host": "smtp.example", "security": "starttls", "user": "ar@demo.example"},
            secrets={"password": "none"},
            from_address="ar@demo.example",
            from_name=organization.name,
        ),
        actor=manager,
    )
    save_letterhead(
        NewLetterhead(
            english_name="Ningbo Lanzheng Machinery Co., Ltd.",
            address="宁波市北仑区灵江路 88 号",
            english_address="88 Lingjiang Road, Beilun, Ningbo",
            postcode="315800",
            phone="0574-8600 0000",
            email="ar@demo.example",
            sender="财务部应收组",
            account_id=BankAccount.objects.order_by("code").values_list("pk", flat=True).first(),
        ),
        actor=manager,
    )


def write_letters(customers: Sequence[UUID], manager: Actor, *, today: date, now: datetime) -> None:
    """Some are posted, one of them delivered; the others wait to be printed."""
    letters = ask_letters(
        [NewLetter(customer_id=key, template="dunning_1") for key in customers],
        actor=manager,
        today=today,
    )
    going = [letter.pk for letter in letters[:POSTED]]
    if not going or print_letters(going, actor=manager, today=today, now=now) is None:
        return
    printed = Letter.objects.filter(pk__in=going, state="printed").order_by("pk")
    posted = [
        Posted(letter_id=letter.pk, courier=Courier.EMS, tracking=_tracking(place), posted_on=today)
        for place, letter in enumerate(printed, start=1)
    ]
    for letter in post_letters(posted, actor=manager, today=today, now=now)[:1]:
        record_delivery(letter.pk, delivered_on=today, signed=True, actor=manager, today=today)


def _tracking(place: int) -> str:
    serial = f"{10_480_000 + place:08d}"
    return f"EE{serial}{s10_check_digit(serial)}CN"

"""A customer's answer to a reminder stands where the customer is chased, and becomes a promise as it says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import Contact, PaymentPromise
from huikuan.collection.operations import NewContact, record_contact
from huikuan.collection.rules import Channel, Result
from huikuan.messaging.channels.imap import Mail, MailboxRead
from huikuan.messaging.models import Inbound
from huikuan.messaging.operations import record_mails
from huikuan.messaging.rules import InboundKind
from tests.collection.test_charging import broken
from tests.collection.test_hearing import sent
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db


def came(books: Any, sender: Any, uid: int, text: str, subject: str = "回复") -> None:
    at = timezone.now() - timedelta(hours=1)
    back = Mail(
        uid=uid, kind=InboundKind.REPLY, number=f"<{uid}@b.example>", about=("<1@a.example>",),
        sender="a@buyer.example", subject=subject, text=text, status="", received_at=at, automatic=False,
    )  # fmt: skip
    record_mails(sender.pk, MailboxRead(7, uid, (back,)), actor=books.actor, now=at)


def fields_of(page: str, *names: str) -> list[str]:
    """The values that inputs of a page begin with."""
    found = []
    for name in names:
        tag = next(each for each in page.split("<input") if f'name="{name}"' in each.split(">")[0])
        found.append(tag.split('value="')[1].split('"')[0])
    return found


def test_an_answer_becomes_a_promise(books: Any) -> None:
    action, message, sender = sent(books)
    day = (timezone.localdate() + timedelta(days=9)).isoformat()
    came(books, sender, 1, f"{day} 先付 900.00 元。\n\n> 引用的原文：请于 2026-06-01 前付 9,999.00 元")
    came(books, sender, 2, "我不在办公室", subject="自动回复：催款")
    collector = signed_in(member(books.organization, "collector"))
    url = reverse("collection-case", args=[books.organization.code, action.customer_id])
    page = collector.get(url).content.decode()
    answer = Inbound.objects.get(uid=1)
    assert "客户的回信" in page and f"似乎答应 {day} 付 900.00" in page and "引用的原文" not in page
    assert page.count("登记为承诺") == 1  # nobody wrote the other one
    asked = f"{url}?mail={answer.pk}&result=promised"
    assert asked.replace("&", "&amp;") in page
    form = collector.get(asked).content.decode()
    assert fields_of(form, "mail", "promised_on", "amount") == [str(answer.pk), day, "900.00"]
    assert "先付 900.00 元" in form
    values = {
        "mail": str(answer.pk), "result": "promised", "promised_on": day, "amount": "900", "channel": "email",
        "direction": "in", "person": str(message.person_id), "text": "先付 900", "proof": "reply",
        "proof_on": timezone.localdate().isoformat(), "item": [str(key) for key in items_of(books)],
    }  # fmt: skip
    assert collector.post(asked, values).status_code == 302
    contact, promise = Contact.objects.get(mail=answer), PaymentPromise.objects.get()
    assert (contact.direction, contact.result, contact.agreement) == ("in", "promised", True)
    assert (promise.promised_on.isoformat(), promise.amount) == (day, 900)
    assert "客户的回信" not in collector.get(url).content.decode()
    assert collector.get(asked).status_code == 404 == collector.post(asked, values).status_code
    assert broken(books) == set()
    again = NewContact(
        customer_id=action.customer_id, channel=Channel.EMAIL, result=Result.REACHED, made_at=timezone.now(),
        mail_id=answer.pk,
    )  # fmt: skip
    with pytest.raises(CollectionRefused) as refused:
        record_contact(again, actor=books.actor, today=timezone.localdate())
    assert refused.value.code == "mail_recorded"


def test_only_the_customers_own_answers_are_recorded(books: Any) -> None:
    action, _message, sender = sent(books)
    came(books, sender, 1, "下周五付款。")
    answer = Inbound.objects.get()
    other = NewContact(
        customer_id=books.customer("C2").pk, channel=Channel.EMAIL, result=Result.REACHED,
        made_at=timezone.now(), mail_id=answer.pk,
    )  # fmt: skip
    with pytest.raises(CollectionRefused) as refused:
        record_contact(other, actor=books.actor, today=timezone.localdate())
    assert refused.value.code == "unknown_mail"
    url = reverse("collection-case", args=[books.organization.code, books.customer("C2").pk])
    reader: Client = signed_in(member(books.organization, "collector"))
    assert reader.get(f"{url}?mail={answer.pk}").status_code == 404
    assert reader.get(f"{url}?mail=x").status_code == 404
    own = reverse("collection-case", args=[books.organization.code, action.customer_id])
    assert "客户的回信" not in signed_in(member(books.organization, "auditor")).get(own).content.decode()


def items_of(books: Any) -> list[Any]:
    return [books.item(number).pk for number in ("A", "B")]

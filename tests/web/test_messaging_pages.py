"""Messages, their tries and the senders as pages show them."""

from __future__ import annotations

from datetime import time
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huikuan.audit.models import Event
from huikuan.audit.operations import act
from huikuan.bench.mail_server import MailServer
from huikuan.core.postgres.tenancy import tenant
from huikuan.messaging.models import Message, OptOut, Sender
from huikuan.messaging.operations import SenderData, queue_messages, save_sender
from huikuan.messaging.rules import MessageChannel, NewMessage
from huikuan.messaging.unsubscribing import unsubscribe_address, unsubscribe_token
from tests.trade import Books
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db


def queue(books: Books, customer_id: UUID | None, **changes: Any) -> Message:
    values: dict[str, Any] = {
        "key": "k",
        "channel": MessageChannel.EMAIL,
        "customer_id": customer_id,
        "person_id": None,
        "membership_id": None,
        "address": "zhang@example.com",
        "language": "zh-hans",
        "subject": "付款<b>提醒</b>",
        "text": "请付款。\n<script>alert(1)</script>",
    }
    with act("test", actor=books.actor) as opened:
        found = queue_messages(act=opened, messages=[NewMessage(**{**values, **changes})])
    return Message.objects.get(pk=next(iter(found.values())))


def sender(books: Books, **changes: Any) -> Sender:
    values: dict[str, Any] = {
        "code": "mail",
        "name": "催收邮箱",
        "channel": MessageChannel.EMAIL,
        "provider": "smtp",
        "settings": {"host": "127.0.0.1", "port": 9, "security": "none", "timeout": 2},
        "secrets": {"password": "geheim-1"},
        "from_address": "ar@example.com",
        "quiet_from": time(8),
    }
    return save_sender(SenderData(**{**values, **changes}), actor=books.actor)


def at(books: Books, name: str, *values: Any) -> str:
    return reverse(name, args=[books.organization.code, *values])


def finance(books: Books) -> Client:
    return signed_in(member(books.organization, "finance_manager"))


def test_list_and_page_show_what_is_masked_and_escaped(books: Books) -> None:
    customer = books.customer("C1")
    message = queue(books, customer.pk)
    client = finance(books)
    listed = client.get(at(books, "messages"), {"customer": customer.code}).content.decode()
    shown = client.get(at(books, "message", message.pk)).content.decode()
    for page in (listed, shown):
        assert "z***@example.com" in page and "zhang@" not in page
        assert "付款&lt;b&gt;提醒" in page and "<script>alert" not in page
    assert client.get(at(books, "messages"), {"state": "sent"}).content.decode().count("z***") == 0
    assert "邮件 · 待发送" in client.get(at(books, "customer-timeline", customer.pk)).content.decode()


def test_a_salesperson_sees_messages_to_own_customers_only(books: Books) -> None:
    user, salesperson = seller(books.organization)
    mine, theirs = books.customer("MINE", salesperson=salesperson), books.customer("THEIRS")
    own, other = (
        queue(books, mine.pk, key="1", subject="我的"),
        queue(books, theirs.pk, key="2", subject="别的"),
    )
    client = signed_in(user)
    listed = client.get(at(books, "messages")).content.decode()
    assert "我的" in listed and "别的" not in listed
    assert client.get(at(books, "message", own.pk)).status_code == 200
    assert client.get(at(books, "message", other.pk)).status_code == 404
    assert client.get(at(books, "message-settle", own.pk)).status_code == 403


def test_a_person_settles_a_message(books: Books) -> None:
    message = queue(books, None)
    Message.objects.filter(pk=message.pk).update(state="failed", reason="given_up", settled_at=timezone.now())
    client, url = finance(books), at(books, "message-settle", message.pk)
    assert client.post(url, {"decision": "again", "reason": ""}).status_code == 422
    assert client.post(url, {"decision": "arrived", "reason": "电话问过"}).status_code == 302
    message.refresh_from_db()
    assert message.state == "sent"
    assert client.post(url, {"decision": "again", "reason": "x"}).status_code == 409
    assert "电话问过" in client.get(at(books, "message", message.pk)).content.decode()


def test_a_queued_message_is_cancelled(books: Books) -> None:
    message = queue(books, None)
    client, url = finance(books), at(books, "message-cancel", message.pk)
    assert client.post(url, {"reason": "客户已付"}).status_code == 302
    message.refresh_from_db()
    assert (message.state, message.reason, message.said) == ("cancelled", "person", "客户已付")
    for page in (at(books, "messages"), at(books, "message", message.pk)):
        for language, said in (("zh-hans", "未发送：人工决定"), ("en", "Not sent: Decided by a person")):
            assert said in client.get(page, headers={"accept-language": language}).content.decode()
    assert client.post(url, {"reason": "x"}).status_code == 422


def test_senders_keep_their_secrets(books: Books) -> None:
    found = sender(books)
    assert "geheim-1" not in found.secrets_encrypted
    client, url = finance(books), at(books, "settings-sender", found.pk)
    page = client.get(url).content.decode()
    assert "geheim-1" not in page and "测试模式" in page
    posted = {
        "name": "催收邮箱",
        "from_address": "ar@example.com",
        "host": "smtp.example.com",
        "security": "tls",
        "password": "",
        "rate_per_minute": "30",
        "daily_cap": "500",
        "quiet_from": "20:00",
        "quiet_until": "08:00",
        "standard": "on",
        "active": "on",
    }
    assert client.post(url, posted).status_code == 302
    found = Sender.objects.get()
    assert (found.settings["host"], found.secrets, found.test_mode) == (
        "smtp.example.com",
        {"password": "geheim-1"},
        False,
    )
    trail = str(list(Event.objects.filter(record_id=found.pk).values_list("content", flat=True)))
    assert "geheim" not in trail
    assert client.post(url, {**posted, "rate_per_minute": "0"}).status_code == 422


def test_another_standard_sender_takes_over(books: Books) -> None:
    first = sender(books)
    client = finance(books)
    posted = {
        "code": "mail2",
        "name": "第二个",
        "from_address": "b@example.com",
        "host": "h",
        "security": "starttls",
        "rate_per_minute": "1",
        "daily_cap": "1",
        "quiet_from": "20:00",
        "quiet_until": "08:00",
        "test_mode": "on",
        "standard": "on",
        "active": "on",
    }
    url = at(books, "settings-sender-add", "smtp")
    assert client.post(url, posted).status_code == 302
    first.refresh_from_db()
    assert (first.standard, Sender.objects.get(code="mail2").standard) == (False, True)
    assert "已经有发送账号" in client.post(url, posted).content.decode()
    assert "测试模式：邮件" in client.get(at(books, "messages")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_one_writes_to_oneself_even_in_test_mode(books: Books) -> None:
    server = MailServer()
    server.moody.steady = True
    try:
        with tenant(books.organization.pk):
            settings = {"host": "127.0.0.1", "port": server.port, "security": "none", "timeout": 3}
            found = sender(books, settings=settings)
        client = finance(books)
        said = client.post(at(books, "settings-sender-try", found.pk), follow=True).content.decode()
        assert "已发出" in said and sum(server.moody.taken.values()) == 1
    finally:
        server.die()
    said = client.post(at(books, "settings-sender-try", found.pk), follow=True).content.decode()
    assert "没有发出：连不上服务器" in said
    with tenant(books.organization.pk):
        assert Event.objects.filter(record_id=found.pk, action="tried").count() == 2


def test_an_administrator_cancels_a_message_and_reads_what_became_of_it(books: Books) -> None:
    message = queue(books, books.customer("C1").pk)
    client = signed_in(member(books.organization, "administrator"))
    answer = client.post(at(books, "message-cancel", message.pk), {"reason": "发错了"}, follow=True)
    assert answer.status_code == 200 and answer.redirect_chain
    page = answer.content.decode()
    assert "客户C1" in page and "/customers/" not in page


def test_a_reader_unsubscribes_without_signing_in(books: Books, settings: Any) -> None:
    settings.PUBLIC_URL = "https://ar.example.com/"
    message = queue(books, None)
    address = unsubscribe_address(message)
    assert address == f"https://ar.example.com/unsubscribe/{unsubscribe_token(message)}/"
    client, url = Client(enforce_csrf_checks=True), address.removeprefix("https://ar.example.com")
    assert "退订付款提醒" in client.get(url).content.decode()
    assert not OptOut.objects.exists()  # opening the link alone does nothing
    for _time in range(2):
        assert "已退订" in client.post(url, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert OptOut.objects.filter(kind="unsubscribed").count() == 1
    assert client.get(url[:-3] + "/").status_code == 404
    manager = finance(books)
    assert "z***@example.com" in manager.get(at(books, "messages-stopped")).content.decode()
    manager.post(at(books, "messages-stopped-lift", OptOut.objects.get().pk))
    assert OptOut.objects.get().lifted_at is not None

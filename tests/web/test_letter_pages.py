"""Letters and templates in the browser: written, printed, posted, delivered; templates with their preview."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from huikuan.audit.models import Event
from huikuan.collection.models import Letter, LetterBatch, Letterhead, MailingAddress, MessageTemplate
from tests.collection.printed import text_of
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def pdf(answer: Any) -> str:
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    assert "sandbox" in answer["Content-Security-Policy"]
    return text_of(answer.content, 0)


@pytest.fixture
def owing(books: Any) -> Any:
    user, salesperson = seller(books.organization)
    mine = books.customer("C1", name="<b>华东机械</b>", salesperson=salesperson)
    other = books.customer("C2", name="南方电气")
    today = date.today()
    for code in ("C1", "C2"):
        due = (today - timedelta(days=40)).isoformat()
        books.invoice(f"F-{code}", (today - timedelta(days=99)).isoformat(), "1409.5", due=due, customer=code)
    manager = signed_in(member(books.organization, "finance_manager", name="钱经理"))
    return books, f"/o/{books.organization.code}/collection/", manager, signed_in(user), mine, other


def test_a_letter_from_the_customer_to_its_delivery(owing: Any) -> None:
    books, home, manager, sales, mine, other = owing
    new = f"{home}{mine.pk}/letter/"
    page = text(sales, new)
    assert "催款函（第一次）" in page and "F-C1" in page and "<b>华东机械" not in page
    values = {
        "template": "dunning_1",
        "language": "zh-hans",
        "address": "上海市祖冲之路",
        "recipient": "王建国",
        "item": str(books.item("F-C1").pk),
    }
    shown = pdf(sales.post(new, {**values, "preview": "1"}))
    assert "人民币壹仟肆佰零玖元伍角整" in shown and "<b>华东机械</b>" in shown
    assert not Letter.objects.exists()
    assert sales.post(new, values).status_code == 302
    assert MailingAddress.objects.get().recipient == "王建国"
    assert sales.get(f"{home}{other.pk}/letter/").status_code == 404
    manager.post(f"{home}{other.pk}/letter/", {"template": "dunning_2", "language": "en"})
    letter = Letter.objects.get(customer=mine)
    assert "F-C1" in pdf(sales.get(f"{home}letters/{letter.pk}/letter.pdf"))
    assert sales.post(f"{home}letters/print/").status_code == 403
    assert "南方电气" not in text(sales, f"{home}letters/")
    assert "打印 2 封" in text(manager, f"{home}letters/")
    answer = manager.post(f"{home}letters/print/")
    batch = LetterBatch.objects.get()
    assert answer["Location"] == f"{home}letters/batches/{batch.pk}/"
    assert "CK" in text(manager, answer["Location"])
    assert text_of(manager.get(f"{answer['Location']}batch.pdf").content, 1)
    given = {
        "courier": "ems",
        "posted_on": date.today().isoformat(),
        f"tracking-{letter.pk}": "EA473124828CN",
    }
    assert manager.post(answer["Location"], given).status_code == 422
    given[f"tracking-{letter.pk}"] = "EA 473124829 CN"
    assert manager.post(answer["Location"], given).status_code == 302
    page = text(sales, f"{home}letters/{letter.pk}/")
    assert "EA473124829CN" in page and "已寄出" in page and "F-C1" in page
    assert "祖冲之路" in pdf(sales.get(f"{home}letters/{letter.pk}/letter.pdf"))
    url = f"{home}letters/{letter.pk}/delivered/"
    assert sales.post(url, {"delivered_on": date.today().isoformat(), "signed": "yes"}).status_code == 302
    letter.refresh_from_db()
    assert letter.contact is not None and letter.contact.interrupts_on == date.today()
    assert "对方签字或盖章" in text(sales, f"{home}contacts/{letter.contact_id}/")
    unseen = Letter.objects.get(customer=other)
    assert sales.get(f"{home}letters/{unseen.pk}/").status_code == 404
    post = {"courier": "hand", "posted_on": date.today().isoformat()}
    assert manager.post(f"{home}letters/{unseen.pk}/post/", post).status_code == 302
    back = {"returned_on": date.today().isoformat(), "reason": "查无此人"}
    assert manager.post(f"{home}letters/{unseen.pk}/returned/", back).status_code == 302
    assert "查无此人" in text(manager, f"{home}letters/{unseen.pk}/")


def test_a_statement_is_taken_and_written_down(owing: Any) -> None:
    _books, home, _manager, sales, mine, other = owing
    period = {"statement_from": "2000-01-01", "statement_until": date.today().isoformat(), "language": "en"}
    shown = pdf(sales.post(f"{home}{mine.pk}/statement.pdf", period))
    assert "Statementofaccount" in shown and "1,409.50" in shown
    assert Event.objects.filter(record_id=mine.pk, action="exported").count() == 1
    assert sales.post(f"{home}{other.pk}/statement.pdf", period).status_code == 404
    turned = {**period, "statement_until": "1999-01-01"}
    assert sales.post(f"{home}{mine.pk}/statement.pdf", turned).status_code == 302


def test_a_template_is_written_with_its_preview(owing: Any) -> None:
    _books, home, manager, sales, _mine, _other = owing
    assert "催款函（第一次）" in text(sales, f"{home}templates/")
    assert sales.get(f"{home}templates/overdue/email/zh-hans/").status_code == 403
    url = f"{home}templates/overdue/email/zh-hans/"
    page = text(manager, url)
    assert 'data-insert="{customer}"' in page and "1,409.50" in page
    values = {
        "code": "x",
        "channel": "email",
        "language": "zh-hans",
        "name": "提醒",
        "subject": "给 {customer}",
    }
    preview = f"{home}templates/preview/"
    said = manager.post(
        preview, {**values, "text": "共 {total}\n\n{items}", "customer": "C1"}
    ).content.decode()
    assert "&lt;b&gt;华东机械" in said and "<table" in said and "style=" not in said
    wrong = manager.post(preview, {**values, "text": "{nothing}", "customer": "C1"}).content.decode()
    assert "{nothing}" in wrong and "notice-bad" in wrong
    assert manager.post(url, {**values, "text": "{nothing}"}).status_code == 422
    assert manager.post(url, {**values, "text": "好 {total}"}).status_code == 302
    made = MessageTemplate.objects.get()
    assert (made.code, made.written_by) == ("overdue", "钱经理")
    assert manager.post(f"{url}retire/").status_code == 302
    sms = {"code": "own", "channel": "sms", "language": "zh-hans", "name": "短信", "text": "贵司有欠款"}
    refused = manager.post(f"{home}templates/new/", sms)
    assert refused.status_code == 422 and "欠款" in refused.content.decode()
    assert manager.post(f"{home}templates/new/", {**sms, "text": "贵司账单已出"}).status_code == 302


def test_the_letterhead(owing: Any) -> None:
    _books, home, manager, _sales, _mine, _other = owing
    values = {"sender": "财务部", "phone": "0512-1", "deadline_days": "10", "interest_percent": "0.05"}
    assert manager.post(f"{home}letterhead/", values).status_code == 302
    made = Letterhead.objects.get()
    assert (made.deadline_days, f"{made.interest_daily.normalize()}") == (10, "0.0005")
    assert 'value="0.05"' in text(manager, f"{home}letterhead/")
    assert manager.post(f"{home}letterhead/", {**values, "deadline_days": "0"}).status_code == 422

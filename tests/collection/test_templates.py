"""Templates: what may stand in them, what they say, and that nothing in a name becomes markup or a field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from huikuan.collection.claim_facts import ClaimFacts, claim_facts
from huikuan.collection.errors import (
    SmsWordForbidden,
    TemplateFieldUnknown,
    TemplateRefused,
    TextTooLong,
)
from huikuan.collection.models import Claim, MessageTemplate
from huikuan.collection.operations import (
    NewContact,
    NewLetterhead,
    NewPromise,
    NewTemplate,
    record_contacts,
    record_promise,
    retire_template,
    save_letterhead,
    save_template,
)
from huikuan.collection.rules import Channel, Result
from huikuan.collection.template_fields import FIELDS, LANGUAGES, TemplateChannel
from huikuan.collection.templates import (
    SHIPPED,
    Template,
    check_template,
    chosen_template,
    rendered,
    templates_in_force,
    words_of,
)
from huikuan.disputes.operations import NewDispute, open_dispute

D = Decimal
DAY = date(2026, 11, 21)


def test_shipped_templates_stand_in_every_language_and_pass_their_own_check() -> None:
    keys = {(code, channel) for code, channel, _language in SHIPPED}
    assert {
        ("dunning_1", "letter"),
        ("lawyer_cover", "letter"),
        ("notice", "sms"),
        ("reminder", "email"),
    } <= keys
    for code, channel in keys:
        assert {language for one, other, language in SHIPPED if (one, other) == (code, channel)} == set(
            LANGUAGES
        )
    for each in SHIPPED.values():
        check_template(each.channel, each.subject, each.text)
    assert words_of("en").keys() == words_of("zh-hans").keys() == words_of("zh-hant").keys()


@pytest.mark.parametrize(
    ("channel", "text", "error", "said"),
    [
        ("email", "共 {totel}", TemplateFieldUnknown, "{totel}"),
        ("email", "{customer.__class__}", TemplateFieldUnknown, "customer.__class__"),
        ("email", "{} 或 {customer}", TemplateFieldUnknown, "{}"),
        ("email", "一个 { 没有关上", TemplateFieldUnknown, "没有关上"),
        ("email", "   ", TemplateRefused, ""),
        ("email", "长" * 20_001, TextTooLong, "20000"),
        ("letter", "x" * 1_000_000, TextTooLong, "20000"),
        ("sms", "贵司有欠款", SmsWordForbidden, "欠款"),
        ("sms", "将委托律师处理", SmsWordForbidden, "律师"),
        ("sms", "Your account is OVERDUE", SmsWordForbidden, "overdue"),
        ("sms", "【某公司】账单已出", SmsWordForbidden, "【"),
        ("sms", "合计 ¥100", SmsWordForbidden, "¥"),
        ("sms", "请看 https://a.example/1", SmsWordForbidden, "网址"),
        ("sms", "请看 huikuan.cn/x", SmsWordForbidden, "网址"),
        ("sms", "合计 {total}", TemplateFieldUnknown, "{total}"),
        ("sms", "账" * 501, TextTooLong, "500"),
    ],
)
def test_what_cannot_be_a_template(channel: str, text: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as refused:
        check_template(channel, "主题", text)
    assert said in str(refused.value)


def test_courtesy_is_no_court() -> None:
    check_template("sms", "", "A courtesy note: your statement is ready.")


def owing(books: Any) -> Any:
    books.customer("C1", name="甲<b>&\n{total}公司")
    books.invoice("A<1>", "2026-05-01", "1000", due="2026-06-30")
    books.invoice("B", "2026-05-01", "500.5", due="2026-12-31")
    books.invoice("C", "2026-05-01", "200", due="2026-07-31")
    books.invoice("P", "2026-05-01", "300", due="2026-07-31")
    books.invoice("D", "2026-12-01", "70", due="2026-12-31")
    books.rate("USD", "2026-05-01", "7.1")
    books.invoice("U", "2026-05-02", "100", due="2026-08-31", currency="USD")
    for item, amount in (("C", "50"), ("B", "0.5")):
        new = NewDispute(item_id=books.item(item).pk, amount=D(amount), reason="price")
        open_dispute(new, actor=books.actor, today=DAY)
    promise = NewPromise(
        customer_id=books.customer().pk,
        promised_on=date(2026, 12, 1),
        made_on=DAY,
        item_ids=[books.item("P").pk],
    )
    record_promise(promise, actor=books.actor, today=DAY)
    head = NewLetterhead(phone="010-1", sender="财务部", deadline_days=5, interest_daily=D("0.0005"))
    assert save_letterhead(head, actor=books.actor)
    assert not save_letterhead(head, actor=books.actor)
    return claim_facts([books.customer().pk, books.customer("C9").pk], day=DAY)


def template(text: str, channel: str = "email") -> Template:
    return Template("x", channel, "zh-hans", "x", "给 {customer}", text)


@pytest.mark.django_db
def test_facts_and_what_a_template_says_of_them(books: Any) -> None:
    found = owing(books)
    assert found[books.customer("C9").pk].lines == ()
    facts = found[books.customer().pk]
    assert [(each.number, each.open_amount) for each in facts.lines] == [
        ("A<1>", D(1000)),
        ("C", D(150)),
        ("U", D(100)),
        ("B", D(500)),
    ]
    assert facts.base_total == D(1000) + 150 + 710 + 500
    assert facts.overdue_only().base_total == D(1860)
    # 1000 x 0.05 % x 144 days + 150 x 0.05 % x 113 days, each rounded
    assert facts.interest() == {"CNY": D("80.48"), "USD": D("4.10")}
    text = "{count}|{total}|{overdue}|{not_due}|{oldest_number}|{days}|{deadline}|{next_due}|{words}|{sender}{phone}"
    said = rendered(template(text), facts, language="zh-hans").text.split("|")
    assert said == [
        "4",
        "1,650.00 元、USD 100.00",
        "1,150.00 元、USD 100.00",
        "500.00 元",
        "A<1>",
        "144",
        "2026年11月26日",
        "2026年12月31日",
        "人民币壹仟壹佰伍拾元整、美元壹佰元整",
        "财务部010-1",
    ]
    english = rendered(template("{overdue} {today} {words}"), facts, language="en").text
    assert english.startswith(
        "CNY 1,150.00 and USD 100.00 21 November 2026 Renminbi one thousand one hundred"
    )


@pytest.mark.django_db
def test_what_stands_in_names_stays_text(books: Any) -> None:
    facts = owing(books)[books.customer().pk]
    said = rendered(template("致 {customer}：<i>\n\n{items}"), facts, language="zh-hans")
    assert said.subject == "给 甲<b>& {total}公司"
    assert said.text.startswith(
        "致 甲<b>& {total}公司：<i>\n\nA<1>，2026年6月30日到期，未付 1,000.00 元，逾期 144 天"
    )
    assert said.html.startswith("<p>致 甲&lt;b&gt;&amp; {total}公司：&lt;i&gt;</p>\n<table")
    assert "A&lt;1&gt;" in said.html and "<b>" not in said.html and "A<1>" not in said.html


@pytest.mark.django_db
def test_every_shipped_template_says_something_without_a_field_left(books: Any) -> None:
    facts = replace(owing(books)[books.customer().pk], customer="甲公司")
    for each in SHIPPED.values():
        said = rendered(each, facts, language=each.language)
        assert said.text and "{" not in said.text + said.subject + said.html
        assert bool(said.html) == (each.channel != TemplateChannel.SMS)


@pytest.mark.django_db
def test_a_text_message_is_refused_where_names_make_it_too_long(books: Any) -> None:
    facts = replace(owing(books)[books.customer().pk], customer="甲【乙】¥" * 100, company="短")
    said = rendered(template("{customer}，您好", "sms"), facts, language="zh-hans")
    assert said.text == "甲乙" * 100 + "，您好"
    with pytest.raises(TextTooLong):
        rendered(template("{customer}" * 4, "sms"), facts, language="zh-hans")


@pytest.mark.django_db
def test_versions_are_only_added_and_the_last_is_in_force(books: Any) -> None:
    def save(text: str, **values: Any) -> MessageTemplate | None:
        given = {
            "code": "overdue",
            "channel": TemplateChannel.IM,
            "language": "en",
            "name": "N",
            "text": text,
        }
        return save_template(NewTemplate(**{**given, **values}), actor=books.actor)

    key = ("overdue", "im", "en")
    assert save("One {total}") and save("Two {total}\r\n") and save("Two {total}") is None
    assert templates_in_force()[key].text == "Two {total}"
    assert MessageTemplate.objects.filter(code="overdue").count() == 2
    retire_template(code="overdue", channel=TemplateChannel.IM, language="en", actor=books.actor)
    assert templates_in_force()[key] == SHIPPED[key]
    with pytest.raises(TemplateRefused):
        retire_template(code="overdue", channel=TemplateChannel.IM, language="en", actor=books.actor)
    with pytest.raises(TemplateFieldUnknown):
        save("{amount}")
    with pytest.raises(TemplateRefused):
        save("x", code="Überfällig")
    assert save("Own", code="own_one") is not None
    in_force = templates_in_force()
    assert chosen_template(in_force, "own_one", "wecom", "zh-hans") == in_force["own_one", "im", "en"]
    assert chosen_template(in_force, "overdue", "dingtalk", "zh-hant") == SHIPPED["overdue", "im", "zh-hant"]
    assert chosen_template(in_force, "unknown", "email", "en") is None


def test_every_field_has_a_value() -> None:
    facts = ClaimFacts(None, "", "甲", DAY, "CNY", "乙")  # type: ignore[arg-type]
    for name in FIELDS:
        rendered(template("{" + name + "}"), facts, language="zh-hans")


@pytest.mark.django_db
def test_a_contact_freezes_what_was_written(books: Any) -> None:
    facts = owing(books)[books.customer().pk].overdue_only()
    made_at = datetime(2026, 11, 21, 10, tzinfo=UTC)
    new = NewContact(
        customer_id=facts.customer_id,
        channel=Channel.EMAIL,
        result=Result.SENT,
        made_at=made_at,
        claims=facts.claims(),
    )
    other = replace(new, claims=None, item_ids=[books.item("B").pk])
    written, chosen = record_contacts([new, other], actor=books.actor, today=DAY)
    assert written.claimed == facts.base_total
    assert dict(Claim.objects.filter(contact=written).values_list("number", "open_amount")) == {
        "A<1>": D(1000),
        "C": D(150),
        "U": D(100),
    }
    assert chosen.claimed == D("500.5")

"""Letters: numbered without gaps, claiming what is open when they are printed, evidence once they arrive."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from pypdf import PdfReader

from huikuan.audit.checks import broken_rows
from huikuan.collection.checks import COLLECTION_VALIDATIONS
from huikuan.collection.couriers import Courier
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.letter_queries import batch_file
from huikuan.collection.limitation import limitations
from huikuan.collection.models import (
    Claim,
    Contact,
    Letter,
    LetterBatch,
    LetterCounter,
    LetterItem,
    LetterState,
)
from huikuan.collection.operations import (
    NewLetter,
    NewLetterhead,
    NewPromise,
    Posted,
    ask_letters,
    drop_letters,
    post_letters,
    print_letters,
    record_delivery,
    record_promise,
    record_return,
    save_address,
    save_letterhead,
)
from huikuan.collection.rules import digest
from huikuan.core.postgres.fields import new_id
from tests.collection.printed import text_of

pytestmark = pytest.mark.django_db
D = Decimal
DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
TRACKING = "EA473124829CN"


def ask(books: Any, *codes: str, **values: Any) -> list[Letter]:
    news = [
        NewLetter(customer_id=books.customer(code).pk, **{"template": "dunning_1", **values})
        for code in codes
    ]
    return ask_letters(news, actor=books.actor, today=DAY)


def print_all(books: Any, keys: Any = None) -> LetterBatch | None:
    return print_letters(keys, actor=books.actor, today=DAY, now=NOW)


def owing(books: Any, *codes: str) -> None:
    for code in codes:
        books.invoice(f"YS-{code}", "2026-05-01", "1409.50", due="2026-06-30", customer=code)


def again(letter: Letter) -> Letter:
    return Letter.objects.select_related("batch__file", "contact").get(pk=letter.pk)


def test_a_batch_says_what_is_open_when_it_is_printed(books: Any) -> None:
    books.customer("C1", name="甲*公司* #panic() <b>&")
    owing(books, "C1", "C2", "C3", "C4")
    books.invoice("LATER", "2026-11-01", "77", due="2026-12-31", customer="C1")
    save_letterhead(
        NewLetterhead(phone="0512-1", sender="财务部", interest_daily=D("0.0005")), actor=books.actor
    )
    save_address(
        books.customer("C1").pk,
        address="上海市祖冲之路887弄",
        recipient="王建国",
        postcode="201203",
        actor=books.actor,
    )
    one, two, three, four = ask(books, "C1", "C2", "C3", "C4")
    books.receipt("R", "2026-11-20", "1409.50", customer="C2")
    books.allocate("R", "YS-C2", "1409.50", "2026-11-20")
    promise = NewPromise(customer_id=books.customer("C3").pk, promised_on=date(2026, 12, 1), made_on=DAY)
    record_promise(promise, actor=books.actor, today=DAY)
    batch = print_all(books)
    assert batch is not None and (batch.letters, batch.pages) == (2, 2)
    one, two, three, four = (again(each) for each in (one, two, three, four))
    assert [each.state for each in (one, two, three, four)] == ["printed", "dropped", "dropped", "printed"]
    assert [one.number, two.number, four.number] == ["CK2026-000001", "", "CK2026-000002"]
    assert one.claimed == D("1409.50") and one.digest == digest(one.content)
    assert LetterItem.objects.get(letter=one).interest == D("101.48")  # 1409.50 x 0.05 % x 144 days
    content = batch_file(one)
    assert [each.title for each in PdfReader(io.BytesIO(content)).outline] == [
        "0:CK2026-000001 甲*公司* #panic() <b>&",
        "1:CK2026-000002 客户C4",
    ]
    text = text_of(content, one.first_page)
    for said in (
        "催款函",
        "甲*公司*#panic()<b>&",
        "人民币壹仟肆佰零玖元伍角整",
        "1,409.50",
        "101.48",
        "上海市祖冲之路887弄",
        "王建国",
        "YS-C1",
        "回执",
        "第1页，共1页",
    ):
        assert said in text, said
    assert "LATER" not in text
    assert print_all(books) is None
    with pytest.raises(CollectionRefused):
        print_all(books, [two.pk])


def test_arrived_letters_interrupt_limitation_on_the_day_of_delivery(books: Any) -> None:
    owing(books, "C1", "C2")
    one, two = ask(books, "C1", "C2")
    print_all(books)
    item = books.item("YS-C1").pk

    def post(letter: Letter, **values: Any) -> None:
        given = {"courier": Courier.EMS, "tracking": TRACKING, "posted_on": DAY, **values}
        post_letters([Posted(letter_id=letter.pk, **given)], actor=books.actor, today=DAY, now=NOW)

    for wrong in (
        {"tracking": "EA473124828CN"},
        {"posted_on": date(2026, 11, 20)},
        {"posted_on": date(2026, 11, 22)},
    ):
        with pytest.raises(CollectionRefused):
            post(one, **wrong)
    post(one)
    post(two, courier=Courier.HAND, tracking="")
    with pytest.raises(CollectionRefused):
        post(one)
    posted = again(one)
    assert posted.contact is not None and posted.contact.interrupts_on is None
    assert limitations(item_ids=[item])[item].expires_on == date(2029, 6, 30)
    later = date(2026, 11, 25)
    with pytest.raises(CollectionRefused):
        record_delivery(one.pk, delivered_on=date(2026, 11, 20), signed=True, actor=books.actor, today=later)
    # money that came after the letter was posted changes nothing of what it claimed
    books.receipt("R", "2026-11-21", "1000")
    books.allocate("R", "YS-C1", "1000", "2026-11-21")
    done = record_delivery(
        one.pk, delivered_on=date(2026, 11, 23), signed=False, actor=books.actor, today=later
    )
    assert done.contact is not None
    assert (done.contact.proof, done.contact.interrupts_on) == ("delivered", date(2026, 11, 23))
    assert done.contact.claimed == done.claimed == D("1409.50")
    assert Claim.objects.get(contact=done.contact).open_amount == D("1409.50")
    assert limitations(item_ids=[item])[item].expires_on == date(2029, 11, 23)
    back = record_return(two.pk, returned_on=later, reason="查无此人", actor=books.actor, today=later)
    assert back.contact is not None and (back.contact.result, back.contact.interrupts_on) == (
        "not_reached",
        None,
    )
    assert "查无此人" in back.contact.text
    with pytest.raises(CollectionRefused):
        record_delivery(two.pk, delivered_on=later, signed=True, actor=books.actor, today=later)
    assert Contact.objects.count() == 4


def test_what_asked_for_a_letter_gets_one(books: Any) -> None:
    owing(books, "C1")
    key = books.customer("C1").pk
    new = NewLetter(customer_id=key, template="dunning_1", about_kind="collection_action", about_id=key)
    assert len(ask_letters([new], actor=books.actor, today=DAY)) == 1
    assert ask_letters([new], actor=books.actor, today=DAY) == []
    for wrong in ({"template": "nothing"}, {"language": "fr"}, {"statement": (DAY, date(2026, 1, 1))}):
        with pytest.raises(CollectionRefused):
            ask_letters([replace(new, **wrong)], actor=books.actor, today=DAY)  # type: ignore[arg-type]
    [letter] = Letter.objects.all()
    assert drop_letters([letter.pk], reason="客户来电已付", actor=books.actor, today=DAY) == 1
    assert print_all(books) is None


def test_a_printed_letter_stays_as_it_was_printed(books: Any) -> None:
    owing(books, "C1")
    [letter] = ask(books, "C1")
    print_all(books)
    for change in (
        {"claimed": D(1)},
        {"number": "CK2026-000009"},
        {"content": {}},
        {"state": LetterState.ASKED},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Letter.objects.filter(pk=letter.pk).update(**change)


def test_long_lists_go_on_over_pages_with_their_head(books: Any) -> None:
    books.customer("C1", name="超长名称有限公司" * 25)
    for number in range(70):
        books.invoice(f"YS{number:020d}", "2026-05-01", "1234567890.12", due="2026-06-30")
    ask(books, "C1", template="dunning_3", language="zh-hant")
    batch = print_all(books)
    assert batch is not None and batch.pages >= 3
    content = batch_file(again(Letter.objects.get()))
    for page in range(2):
        assert "單據號碼" in text_of(content, page)
        assert f"第{page + 1}頁，共{batch.pages}頁" in text_of(content, page)
    whole = "".join(text_of(content, page) for page in range(batch.pages))
    assert f"YS{69:020d}" in whole and "86,419,752,308.40" in whole


def test_a_statement_goes_with_a_letter(books: Any) -> None:
    owing(books, "C1")
    period = (date(2026, 5, 1), date(2026, 10, 31))
    ask(books, "C1", template="statement", statement=period, language="en")
    ask(books, "C2", template="statement", statement=period)
    batch = print_all(books)
    assert batch is not None and (batch.letters, batch.pages) == (1, 2)
    letter = again(Letter.objects.get(state="printed"))
    text = text_of(batch_file(letter), 0) + text_of(batch_file(letter), 1)
    for said in (
        "Statementofaccount",
        "Openingbalance",
        "1,409.50",
        "Renminbionethousandfourhundredandnineand50/100",
        "for1May2026to31October2026.",
    ):
        assert said in text, said
    assert letter.claimed == 0 and not LetterItem.objects.exists()


@pytest.mark.raw_sql
def test_checks_find_gaps_and_amounts_that_differ(books: Any) -> None:
    def broken() -> set[str]:
        found = broken_rows(COLLECTION_VALIDATIONS, organization=books.organization, now=NOW)
        return {name for name, rows in found.items() if rows}

    owing(books, "C1")
    [letter] = ask(books, "C1")
    print_all(books)
    assert broken() == set()
    extra = LetterItem.objects.get(letter=letter)
    books.invoice("X", "2026-05-01", "5")
    extra.pk, extra.item_id = new_id(), books.item("X").pk
    LetterItem.objects.bulk_create([extra])
    LetterCounter.objects.update(last=2)
    assert broken() == {"letter_claims_what_its_rows_say", "letter_numbers_have_no_gaps"}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_numbers_of_tax_invoices_stand_on_one_line(books: Any, language: str) -> None:
    save_letterhead(NewLetterhead(interest_daily=D("0.0005")), actor=books.actor)
    number = "25312000000000000252"
    books.invoice(number, "2026-05-01", "247646.26", due="2026-06-10")
    for place in range(40):  # the total makes its column wider than they do
        books.invoice(f"YS{place}", "2026-05-01", "999571.37", due="2026-07-10")
    ask(books, "C1", language=language)
    print_all(books)
    page = PdfReader(io.BytesIO(batch_file(again(Letter.objects.get())))).pages[0]
    lines = page.extract_text().replace("\u200b", "").splitlines()
    assert any(number in line and "2026-06-10" in line for line in lines), lines

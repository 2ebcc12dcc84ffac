"""Promises and disputes as known at a time: reports on them come out again, and what was recorded since explains the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.collection.models import PaymentPromise
from huikuan.collection.operations import NewPromise, judge_promises, record_promise, withdraw_promise
from huikuan.core.postgres.tenancy import tenant
from huikuan.disputes.models import Dispute, DisputeState
from huikuan.disputes.operations import NewDispute, open_dispute, resolve_dispute
from huikuan.reports.asking import Question, Result, Told
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.kpi.targets import COMPANY
from huikuan.reports.moments import moment
from huikuan.reports.operations import set_target
from huikuan.reports.output.forms import FORMS
from huikuan.reports.output.heading import Heading
from tests.conftest import TODAY, make_organization
from tests.trade import Books, day
from tests.web.people import member, signed_in

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
JUNE = {"from": "2026-06-01", "to": "2026-06-30"}
MADE = day("2026-06-01")
PIVOT = {
    **JUNE,
    "by": "customer",
    "measures": "promises,promised,promise_kept,disputes,disputed,open_disputes",
}
QUESTIONS: tuple[tuple[str, dict[str, str]], ...] = (
    *(("promises", {**JUNE, "key": key}) for key in ("collector", "customer", "month")),
    *(("disputes", {**JUNE, "key": key}) for key in ("reason", "customer", "owner")),
    ("kpi", {**JUNE, "by": "customer"}),
    ("kpi", {"from": "2026-04-01", "to": "2026-06-30", "months": "3"}),
    ("pivot", PIVOT),
    *(("expected-cash", {"as_of": "2026-06-30", "row": row}) for row in ("week", "debt")),
)


def ask(name: str, **words: str) -> tuple[Question, Result]:
    report = report_named(name)
    question = asked(report, words, today=date(2026, 7, 31), zone=ZoneInfo("Asia/Shanghai"))
    return question, answer(report, question)


def written(name: str, **words: str) -> bytes:
    """As JSON, which has every figure, and as the CSV that people read."""
    heading, report, result = Heading("c", "公司", "小王", NOON), report_named(name), ask(name, **words)[1]
    return b"".join(FORMS[form].write(report, result, heading) for form in ("json", "csv"))


def promise(books: Books, number: str, on: str, amount: str | None = None) -> PaymentPromise:
    item = books.item(number)
    new = NewPromise(
        customer_id=item.customer_id,
        made_on=MADE,
        promised_on=day(on),
        amount=Decimal(amount) if amount else None,
        item_ids=[item.pk],
    )
    return record_promise(new, actor=books.actor, today=books.today)


def dispute(books: Books, number: str, amount: str, on: str, reason: str = "quality") -> Dispute:
    new = NewDispute(books.item(number).pk, reason, Decimal(amount))
    return open_dispute(new, actor=books.actor, today=day(on))


def resolve(books: Books, found: Dispute, state: DisputeState, on: str) -> None:
    resolve_dispute(found.pk, state=state, outcome="已核实", actor=books.actor, today=day(on))


def pay(books: Books, number: str, debit: str, amount: str, on: str, customer: str = "C1") -> None:
    books.receipt(number, on, amount, customer=customer)
    books.allocate(number, debit, amount, on)


def judge(books: Books, on: str) -> None:
    judge_promises(actor=books.actor, day=day(on))


def story(books: Books) -> Any:
    """What is recorded, step by step; between two of them reports are asked."""
    books.rate("USD", "2026-04-01", "7")
    for number, amount, customer in (
        ("A", "1000", "C1"),
        ("B", "500", "C1"),
        ("C", "300", "C2"),
        ("D", "80", "C2"),
    ):
        books.invoice(number, "2026-04-01", amount, due="2026-05-01", customer=customer)
    books.invoice("U", "2026-04-01", "100", due="2026-05-01", currency="USD", rate=Decimal(7))
    first, second = promise(books, "A", "2026-06-10"), promise(books, "B", "2026-06-12", "400")
    promise(books, "U", "2026-06-15")
    minor = dispute(books, "C", "50", "2026-06-02")
    yield
    pay(books, "R1", "A", "1000", "2026-06-05")
    judge(books, "2026-06-05")
    dispute(books, "D", "80", "2026-06-04", "quantity")
    yield
    judge(books, "2026-06-20")  # nothing was paid of B
    resolve(books, minor, DisputeState.REJECTED, "2026-06-18")
    yield
    pay(books, "LATE-R2", "B", "100", "2026-06-11")
    judge(books, "2026-06-21")
    yield
    pay(books, "LATE-R3", "B", "60", "2026-06-12")  # more of it, and still in part only
    judge(books, "2026-06-22")
    yield
    pay(books, "LATE-R4", "D", "80", "2026-06-19", "C2")  # its dispute ends with it
    books.rate("USD", "2026-05-01", "6.9")
    set_target("promise_kept", Decimal("0.8"), whose=COMPANY, starts_on=MADE, actor=books.actor, now=NOON)
    yield
    books.unallocate("LATE-R4", "D", "2026-06-20")  # and is open again
    books.unallocate("R1", "A", "2026-06-08")
    judge(books, "2026-06-22")
    books.rate("USD", "2026-05-01", "6.8")
    yield
    third = promise(books, "C", "2026-06-25")
    dispute(books, "A", "10", "2026-06-30")
    withdraw_promise(third.pk, reason="改期", actor=books.actor, today=day("2026-06-23"))
    assert first.pk != second.pk
    yield


@pytest.mark.django_db
def test_every_old_report_comes_out_again_byte_for_byte(books: Books) -> None:
    kept: list[tuple[datetime, list[bytes]]] = []
    for _step in story(books):
        known_at = moment(TODAY).known_at
        assert known_at is not None
        kept.append((known_at, [written(name, **words) for name, words in QUESTIONS]))
    assert len(kept) == 8
    for place, (known_at, answers) in enumerate(kept):
        for (name, words), content in zip(QUESTIONS, answers, strict=True):
            again = written(name, **words, known_at=known_at.isoformat())
            assert again.decode() == content.decode(), (place, name, words)
    for place, (name, words) in enumerate(QUESTIONS[:6]):
        assert len({answers[place] for _known, answers in kept}) > 4, (name, words, "it does change")


@pytest.mark.django_db
def test_outcomes_are_those_of_the_money_known_then(books: Books) -> None:
    steps = story(books)
    moments = [moment(TODAY).known_at for _step in steps]

    def outcome(known_at: datetime | None) -> list[int]:
        words = JUNE | ({"known_at": known_at.isoformat()} if known_at else {})
        total = ask("promises", **words)[1].total
        return (
            []
            if total is None
            else [int(total.values[name]) for name in ("made", "kept", "partly", "broken", "paid")]
        )

    assert [outcome(each) for each in moments] == [
        [3, 0, 0, 0, 0],
        [3, 1, 0, 0, 1000],
        [3, 1, 0, 2, 1000],
        [3, 1, 1, 1, 1100],
        [3, 1, 1, 1, 1160],
        [3, 1, 1, 1, 1160],
        [3, 0, 1, 2, 160],
        [4, 0, 1, 2, 160],
    ]
    assert outcome(None) == outcome(moments[-1])

    def open_disputes(known_at: datetime | None) -> tuple[int, int]:
        total = ask("disputes", **JUNE, known_at=known_at.isoformat())[1].total if known_at else None
        assert total is not None
        return total.values["opened"], total.values["still_open"]

    assert [open_disputes(each) for each in moments] == [
        (1, 1), (2, 2), (2, 1), (2, 1), (2, 1), (2, 0), (2, 1), (3, 2)
    ]  # fmt: skip


def since(name: str, after: datetime, **words: str) -> list[Told]:
    report = report_named(name)
    question, _result = ask(name, **words)
    later = moment(question.as_of)
    return [each for telling in report.told for each in telling(question, later, after)]


@pytest.mark.django_db
def test_what_was_recorded_since_is_listed(books: Books) -> None:
    moments = [moment(TODAY).known_at for _step in story(books)]
    assert moments[4] is not None and moments[-1] is not None
    assert [each.what for each in since("promises", moments[4], **JUNE)] == [
        "承诺 2026-06-10 付款：已兑现 → 未兑现",
        "登记：承诺 2026-06-25 付款",
        "承诺 2026-06-25 付款：待兑现 → 已撤回",
    ]
    assert moments[3] is not None
    [paid] = [each for each in since("promises", moments[3], **JUNE) if "已付" in each.what]
    assert (paid.what, paid.amount, paid.currency) == ("承诺 2026-06-12 付款：已付改为 160.00", 400, "CNY")
    number = Dispute.objects.get(reason="quantity").number
    added = Dispute.objects.get(amount=10).number
    assert [each.what for each in since("disputes", moments[4], **JUNE)] == [
        f"争议 {number}：处理中 → 已解决",
        f"争议 {number} 重新打开",
        f"登记：争议 {added}",
    ]
    assert len(since("pivot", moments[4], **PIVOT)) == 6
    assert since("pivot", moments[4], **PIVOT | {"measures": "receivable"}) == []
    assert [each.customer for each in since("kpi", moments[4], **JUNE, customer="C2")] == ["客户C2"] * 2
    for name in ("promises", "disputes", "kpi"):
        assert since(name, moments[-1], **JUNE) == []
    assert len(since("expected-cash", moments[4], as_of="2026-06-30")) == 6
    of_may = {"from": "2026-05-01", "to": "2026-05-31"}
    assert since("promises", moments[0] or NOON, **of_may) == []


@pytest.mark.django_db
def test_history_is_known_from_its_own_dates(db: None, actor: Any) -> None:
    organization = make_organization(actor, live_on=day("2026-07-01"))
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        for _step in story(books):
            pass

        def known(name: str, on: str, *columns: str) -> list[int]:
            total = ask(name, **JUNE, known_at=f"{on}T12:00:00+08:00")[1].total
            return [int(total.values[each]) for each in columns] if total else []

        assert known("promises", "2026-05-31", "made") == []
        assert known("promises", "2026-06-13", "made", "judged") == [4, 0]
        # the grace of the first ended on 13 June, that of the second on the 15th, of the third on the 18th
        assert known("promises", "2026-06-14", "judged", "broken") == [1, 1]
        assert known("promises", "2026-06-30", "judged", "broken", "partly") == [3, 2, 1]
        assert known("disputes", "2026-06-03", "opened", "still_open") == [1, 1]
        assert known("disputes", "2026-06-17", "opened", "still_open") == [2, 2]
        assert known("disputes", "2026-06-18", "opened", "still_open") == [2, 1]


@pytest.mark.django_db(transaction=True)
def test_the_page_lists_them_and_no_postings(actor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    organization = make_organization(actor)
    moments = []
    with tenant(organization.pk):
        for _step in story(Books(organization=organization, actor=actor, today=TODAY)):
            moments.append(moment(TODAY).known_at)
    client = signed_in(member(organization, "finance_manager"))
    words = {**JUNE, "before": moments[4].isoformat()}
    page = client.get(f"/o/{organization.code}/reports/promises/changes", words).content.decode()
    assert "待兑现 → 已撤回" in page and "LATE-R4" not in page
    assert "每类只列出最早的" not in page
    monkeypatch.setattr("huikuan.reports.told.MOST", 1)
    monkeypatch.setattr("huikuan.web.reports.changes.MOST", 1)
    cut = client.get(f"/o/{organization.code}/reports/promises/changes", words).content.decode()
    assert "每类只列出最早的 1 条" in cut and len(cut) < len(page)
    monkeypatch.undo()
    page = client.get(f"/o/{organization.code}/reports/kpi/changes", words).content.decode()
    assert "待兑现 → 已撤回" in page and "LATE-R4" in page
    assert (
        "不随知悉时间倒回"
        not in client.get(
            f"/o/{organization.code}/reports/promises/", {**JUNE, "known_at": moments[4].isoformat()}
        ).content.decode()
    )

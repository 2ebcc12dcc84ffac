"""Provisions as they were known: whatever is recorded afterwards, the old report comes out again byte for byte."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given

from huikuan.audit.operations import act
from huikuan.credit.ledger_facts import knowledge
from huikuan.ledger.models import Allocation, Document, OpenItem
from huikuan.ledger.operations import (
    EntryLine,
    ItemFacts,
    NewEntry,
    accounts_by_purpose,
    change_items,
    post_entries,
    void_documents,
)
from huikuan.reports.asking import Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.moments import moment
from huikuan.reports.output.forms import FORMS
from huikuan.reports.output.heading import Heading
from huikuan.risk.in_force import NoMatrix, assessments_on, matrix_on
from huikuan.risk.models import Assessment, ItemLossForecast, LossForecast, PaymentModel, Provision
from huikuan.risk.operations import assess, end_assessment, post_provision, recover, set_matrix
from huikuan.risk.owed import owed_parameters, owed_sql
from huikuan.risk.roll_rates import FIRST_DAYS
from huikuan.risk.rolling import rolled
from huikuan.risk.rules import BUCKETS, STARTING_RATES
from tests.reports.plain import PlainState
from tests.reports.test_aging_properties import HISTORIES, SETTINGS
from tests.reports.trader import FIRST, company
from tests.trade import Books, day
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db

MONTH_END = day("2026-06-30")
REPORTS: dict[str, dict[str, str]] = {
    "provisions": {"as_of": "2026-06-30"},
    "expected-losses": {"as_of": "2026-06-30", "row": "item"},
    "roll-rates": {"from": "2025-07-01", "to": "2026-06-30"},
}
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def ask(name: str, **words: str) -> Result:
    report = report_named(name)
    zone = ZoneInfo("Asia/Shanghai")
    return answer(report, asked(report, REPORTS[name] | words, today=date(2026, 11, 21), zone=zone))


def written(name: str, known_at: datetime | None = None) -> dict[str, bytes]:
    """A report in every form; its head says until when it knows."""
    found = ask(name, known_at=known_at.isoformat()) if known_at else ask(name)
    heading = Heading("c", "公司", "小王", NOON)
    return {form: FORMS[form].write(report_named(name), found, heading) for form in FORMS}


def known_now() -> datetime:
    found = moment(MONTH_END).known_at
    assert found is not None
    return found


@pytest.fixture
def portfolio(books: Books) -> Books:
    """Debts of several ages, one of them written off, one customer judged by itself and one no longer."""
    books.invoice("NEW", "2026-06-20", "1000.00", due="2026-07-20")
    books.invoice("OLD", "2026-01-10", "900.00", due="2026-02-10")
    books.invoice("GONE", "2025-12-01", "200.00")
    books.invoice("X1", "2026-02-01", "500.00", customer="X")
    books.invoice("Y1", "2026-03-01", "300.00", customer="Y")
    books.receipt("R1", "2026-04-10", "250.00")
    books.allocate("R1", "OLD", "250.00", "2026-04-10")
    books.write_off("GONE", "2026-05-10")
    books.receipt("R2", "2026-06-25", "80.00")
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor)
    judge(books, "X", "2026-04-01")
    judge(books, "Y", "2026-03-05")
    foretell(books, 1, 0.25)
    return books


def judge(books: Books, code: str, on: str) -> None:
    customer = books.customer(code).pk
    assess(customer_id=customer, rate=Decimal("0.8"), reason="涉诉", from_on=day(on), actor=books.actor)


def foretell(books: Books, version: int, p_lost: float) -> None:
    """Of every debt the same, by a version of the model."""
    with act("foresee_losses", actor=books.actor) as opened:
        model = PaymentModel.objects.create(
            organization=books.organization,
            act_id=opened.id,
            number=version,
            method="history",
            until_on=MONTH_END,
            trained_at=NOON,
            content=b"",
            digest="0" * 64,
            card={},
        )
        made = LossForecast.objects.create(
            organization=books.organization, act_id=opened.id, model=model, as_of=MONTH_END
        )
        ItemLossForecast.objects.bulk_create(
            ItemLossForecast(organization=books.organization, forecast=made, item=item, p_lost=p_lost)
            for item in OpenItem.objects.filter(side=1)
        )


def invoice(books: Books) -> None:
    books.invoice("LATE", "2026-06-01", "7777.00", due="2026-06-05")


def payment(books: Books) -> None:
    books.receipt("PAID", "2026-04-20", "400.00")
    books.allocate("PAID", "OLD", "400.00", "2026-04-20")


def undoing(books: Books) -> None:
    made = Document.objects.get(number="NEW")
    void_documents([made.pk], actor=books.actor, reason="开错", today=day("2026-06-29"))


def allocation(books: Books) -> None:
    books.allocate("R2", "OLD", "80.00", "2026-06-25")


def unallocation(books: Books) -> None:
    books.unallocate("R1", "OLD", "2026-06-10")


def bad_debt(books: Books) -> None:
    books.write_off("OLD", "2026-06-28", "100.00")


def recovery(books: Books) -> None:
    source = Document.objects.get(kind="write_off", amount=200)
    recover(
        write_off_id=source.pk,
        amount=Decimal("50.00"),
        on=day("2026-06-20"),
        actor=books.actor,
        today=books.today,
    )


def due_date(books: Books) -> None:
    item = books.item("OLD")
    change_items(
        [ItemFacts(item.pk, day("2026-06-15"), day("2026-06-15"), None)], actor=books.actor, reason="展期"
    )


def rates(books: Books) -> None:
    changed = {**STARTING_RATES, "not_due": Decimal("0.3"), "91-180": Decimal("0.9")}
    set_matrix(rates=changed, effective_on=day("2026-06-01"), actor=books.actor)


def judgement(books: Books) -> None:
    judge(books, "C1", "2026-06-01")


def end_of_judgement(books: Books) -> None:
    row = Assessment.objects.get(customer=books.customer("Y"))
    end_assessment(assessment_id=row.pk, until_on=day("2026-06-30"), reason="和解", actor=books.actor)


def forecast(books: Books) -> None:
    foretell(books, 2, 0.5)


def provision(books: Books) -> None:
    post_provision(as_of=MONTH_END, actor=books.actor, today=books.today)


def voucher(books: Books) -> None:
    accounts = accounts_by_purpose(["opening", "allowance"])
    lines = (
        EntryLine(accounts["opening"], debit=Decimal("60.00")),
        EntryLine(accounts["allowance"], credit=Decimal("60.00")),
    )
    with act("opening", actor=books.actor) as opened:
        post_entries([NewEntry("opening", day("2026-03-31"), lines)], opened=opened)


LATE: tuple[Callable[[Books], None], ...] = (
    invoice, undoing, payment, allocation, unallocation, bad_debt, recovery, due_date, rates, judgement, end_of_judgement,
    provision, voucher, forecast,
)  # fmt: skip
UNSEEN: dict[str, tuple[Callable[[Books], None], ...]] = {
    "provisions": (forecast,),
    "expected-losses": (provision, voucher),
    "roll-rates": (provision, voucher, forecast),
}
"""What changes nothing of a report."""


@pytest.mark.parametrize("late", LATE)
def test_an_old_report_comes_out_again_and_the_new_one_has_the_late_posting(
    portfolio: Books, late: Callable[[Books], None]
) -> None:
    known_at = known_now()
    before = {name: written(name) for name in REPORTS}
    figures = {name: _figures(ask(name)) for name in REPORTS}
    late(portfolio)
    assert known_now() > known_at
    for name in REPORTS:
        assert written(name, known_at) == before[name], name
        assert (_figures(ask(name)) == figures[name]) == (late in UNSEEN[name]), name
        assert _figures(ask(name, known_at=known_now().isoformat())) == _figures(ask(name)), name


def _figures(result: Result) -> list[Any]:
    return [(row.key, dict(row.values)) for table in result.tables for row in table.rows]


def test_all_of_it_at_once(portfolio: Books) -> None:
    known_at = known_now()
    before = {name: written(name) for name in REPORTS}
    for late in (invoice, payment, bad_debt, recovery, rates, end_of_judgement, provision):
        late(portfolio)
    assert {name: written(name, known_at) for name in REPORTS} == before


def test_what_was_recorded_since_is_listed(portfolio: Books) -> None:
    """What no late posting says: each once, on the reports that are computed by it, and nothing of later days."""
    known_at, before = known_now(), ask("provisions").parts[0].rows
    for late in (rates, judgement, end_of_judgement, provision, voucher, forecast):
        late(portfolio)
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-07-01"), actor=portfolio.actor)
    judge(portfolio, "Z", "2026-07-01")
    grounds = [
        ("设定坏账计提比例，自 2026-06-01 起", "", None),
        ("单项计提 80%，自 2026-06-01 起", "客户C1", None),
        ("结束单项计提，自 2026-06-30 起", "客户Y", None),
    ]
    charge = Provision.objects.get().charge
    entries = [("计提坏账准备 2026-06", "", charge), ("坏账准备的分录", "", Decimal(60))]
    asked_again = [("付款模型第 2 版计算损失", "", None)]
    assert listed("provisions", known_at) == grounds + entries
    assert listed("expected-losses", known_at) == grounds + asked_again
    assert listed("roll-rates", known_at) == grounds
    assert listed("provisions", known_now()) == []
    then, now = (
        next(row.values["amount"] for row in rows if row.values["name"] == "账面余额")
        for rows in (before, ask("provisions").parts[0].rows)
    )
    assert now - then == charge + 60
    client = signed_in(member(portfolio.organization, "finance_manager"))
    words = {"as_of": "2026-06-30", "before": known_at.isoformat()}
    answered = client.get(f"/o/{portfolio.organization.code}/reports/provisions/changes", words)
    page = re.sub(r"<[^>]+>", "", answered.content.decode())
    for what, customer, _amount in grounds + entries:
        assert what in page and customer in page
    assert "None" not in page


def listed(name: str, after: datetime) -> list[tuple[str, str, Decimal | None]]:
    report = report_named(name)
    question = ask(name).question
    return [
        (each.what, each.customer, each.amount)
        for telling in report.told
        for each in telling(question, moment(question.as_of), after)
    ]


def test_nothing_is_in_force_before_it_was_recorded(books: Books) -> None:
    books.invoice("I1", "2026-06-01", "1.00")
    before = known_now()
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor)
    with pytest.raises(NoMatrix):
        matrix_on(MONTH_END, before)
    assert matrix_on(MONTH_END).effective_on == day("2026-01-01")


def test_what_began_before_the_organization_went_live_is_known_from_its_own_day(
    books: Books, organization: Any
) -> None:
    """Rates, a judgement and its end are told like documents of that time."""
    organization.live_on = day("2026-05-01")
    organization.save(update_fields=["live_on"])
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor)
    judge(books, "X", "2026-02-01")
    row = Assessment.objects.get()
    end_assessment(assessment_id=row.pk, until_on=day("2026-03-01"), reason="和解", actor=books.actor)
    april = day("2026-04-30")

    def judged(on: str) -> int:
        return len(assessments_on(april, datetime.fromisoformat(f"{on}T12:00:00+08:00")))

    assert matrix_on(april, datetime.fromisoformat("2026-01-01T12:00:00+08:00")).effective_on == day(
        "2026-01-01"
    )
    assert [judged("2026-01-31"), judged("2026-02-01"), judged("2026-02-28"), judged("2026-03-01")] == [
        0, 1, 1, 0,
    ]  # fmt: skip


@SETTINGS
@given(**HISTORIES)
def test_what_is_owed_of_each_debt_is_what_the_definitions_say(
    actor: Any, seed: int, acts: int, as_of: date, known: int, live_on: date | None
) -> None:
    with company(actor, seed, acts, live_on) as trader:
        known_at = trader.moments[known % len(trader.moments)]
        expected = {
            item.pk: (item.effective_due_on, base)
            for item, _amount, base in PlainState(trader.organization, as_of, known_at).items()
            if item.side == 1 and base
        }
        at = knowledge(as_of, known_at)
        sql = f"SELECT item_id, effective_due_on, sum(base) FROM ({owed_sql(at)}) o GROUP BY 1, 2 HAVING sum(base) <> 0"
        with connection.cursor() as cursor:
            cursor.execute(sql, owed_parameters(at))
            assert {key: (due, base) for key, due, base in cursor.fetchall()} == expected


Moves = dict[tuple[date, str], tuple[Decimal, Decimal]]


def plain_moves(state: PlainState, since: date) -> Moves:
    """What entered each bucket and what of it entered the next, debt by debt from the definitions."""
    allocations = [row for row in Allocation.objects.all() if state.known(row, row.effective_on)]
    found: Moves = {}
    for item in map(state.as_known, OpenItem.objects.filter(side=1, document__kind="invoice")):
        due_on = item.effective_due_on
        if due_on is None or not state.known(item, item.document_on):
            continue

        def left(on: date, item: OpenItem = item) -> Decimal:
            paid = (
                row.debit_base
                for row in allocations
                if row.debit_item_id == item.pk and row.effective_on < on
            )
            return item.base_amount - sum(paid, Decimal(0))

        for bucket, first, following in zip(BUCKETS, (None, *FIRST_DAYS), FIRST_DAYS, strict=False):
            next_on = due_on + timedelta(days=following)
            if not (since <= next_on <= state.as_of and item.document_on < next_on):
                continue
            entered = item.base_amount if first is None else left(due_on + timedelta(days=first))
            key = (next_on.replace(day=1), bucket)
            before = found.get(key, (Decimal(0), Decimal(0)))
            found[key] = (before[0] + entered, before[1] + left(next_on))
    return found


@SETTINGS
@given(**HISTORIES)
def test_what_rolled_is_what_the_definitions_say(
    actor: Any, seed: int, acts: int, as_of: date, known: int, live_on: date | None
) -> None:
    with company(actor, seed, acts, live_on) as trader:
        known_at = trader.moments[known % len(trader.moments)]
        state = PlainState(trader.organization, as_of, known_at)
        assert rolled(FIRST, as_of, known_at).moves == plain_moves(state, FIRST)

"""Two times: an old report comes out again byte for byte, and what changed since is the late postings, no more, no less."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer, Salesperson
from huikuan.customers.operations import CustomerFacts, change_customers
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations import ItemFacts, change_items
from huikuan.organizations.models import Membership
from huikuan.organizations.queries import actor_of
from huikuan.reports.asking import Question, Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.late import late_postings
from huikuan.reports.moved import moved_customers
from huikuan.reports.operations import NewPivot, remember_run, save_pivot
from huikuan.reports.output.forms import FORMS
from huikuan.reports.output.heading import Heading
from huikuan.reports.pivots.saved import report_name
from huikuan.reports.runs import earlier_run, result_digest
from tests.conftest import TODAY, make_organization
from tests.reports.example import record_july, record_until_june
from tests.trade import Books
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

REPORT = report_named("aging")
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def ask(organization: Any, **words: str) -> tuple[Question, Result]:
    words.setdefault("as_of", "2026-06-30")
    with tenant(organization.pk, snapshot=True):
        question = asked(REPORT, words, today=date(2026, 7, 31), zone=ZoneInfo("Asia/Shanghai"))
        return question, answer(REPORT, question)


def written(result: Result) -> dict[str, bytes]:
    heading = Heading("c", "公司", "小王", NOON)
    return {form: FORMS[form].write(REPORT, result, heading) for form in FORMS}


@pytest.fixture
def organization(actor: Any) -> Any:
    organization = make_organization(actor)
    with tenant(organization.pk):
        record_until_june(Books(organization=organization, actor=actor, today=TODAY))
    return organization


def test_an_old_report_comes_out_again_and_the_late_postings_explain_the_new_one(
    organization: Any, actor: Any
) -> None:
    _question, old = ask(organization)
    kept = written(old)
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.customer("C9", name="丙")
        books.customers["C1"] = Customer.objects.get(code="C1")
        record_july(books)  # of July: explains nothing of June
        books.invoice("LATE-1", "2026-06-01", "100.00", due="2026-07-01")
        books.invoice("LATE-2", "2026-05-01", "7.00", customer="C9")
        books.receipt("LATE-3", "2026-06-29", "40.00")
        books.allocate("LATE-3", "LATE-1", "40.00", "2026-06-29")
        books.receipt("LATE-4", "2026-06-28", "5.00")
        books.allocate("LATE-4", "LATE-1", "5.00", "2026-07-02")  # counts in July only

    assert old.known_at is not None
    _again, then = ask(organization, known_at=old.known_at.isoformat())
    assert written(then) == kept

    question, new = ask(organization)
    with tenant(organization.pk, snapshot=True):
        late = late_postings(question, after=old.known_at, until=None)
    said = {(row.kind, row.number, row.other, f"{row.effect:.2f}") for row in late.rows}
    assert said == {
        ("invoice", "LATE-1", "", "100.00"),
        ("invoice", "LATE-2", "", "7.00"),
        ("receipt", "LATE-3", "", "-40.00"),
        ("receipt", "LATE-4", "", "-5.00"),
        ("allocation", "LATE-3", "LATE-1", "0.00"),
    }
    assert (late.count, len(late.rows)) == (5, 5)
    assert old.total is not None
    assert new.total is not None
    assert late.effect == new.total.values["net"] - old.total.values["net"] == Decimal("62.00")

    of_one, _answer = ask(organization, customer="C9")
    with tenant(organization.pk, snapshot=True):
        assert [row.number for row in late_postings(of_one, after=old.known_at, until=None).rows] == [
            "LATE-2"
        ]
        assert late_postings(question, after=new.known_at, until=None).rows == ()  # type: ignore[arg-type]


def test_the_time_before_is_not_the_same_sitting(organization: Any, actor: Any) -> None:
    user = member(organization, "finance_manager")
    question, first = ask(organization)

    def run(result: Result, now: datetime) -> None:
        with tenant(organization.pk):
            digest = result_digest(result)
            remember_run(actor=actor_of(user), report=REPORT, result=result, digest=digest, now=now)  # type: ignore[arg-type]

    def before(now: datetime) -> Any:
        with tenant(organization.pk):
            found = actor_of(user)
            assert found is not None
            return earlier_run(found, REPORT, question, now=now)

    assert before(NOON) is None
    run(first, NOON)
    assert before(NOON + timedelta(minutes=5)) is None
    with tenant(organization.pk):
        Books(organization=organization, actor=actor, today=TODAY).invoice(
            "X", "2026-06-01", "1.00", customer="C7"
        )
    _question, second = ask(organization)
    run(second, NOON + timedelta(hours=2))
    for minutes in (0, 20):
        earlier = before(NOON + timedelta(hours=2, minutes=minutes))
        assert earlier.ran_at == NOON
        assert earlier.digest == result_digest(first) != result_digest(second)
        assert earlier.totals["net"] == "39500.00"
    with tenant(organization.pk):
        assert Membership.objects.filter(user=user).count() == 1


def test_the_page_says_what_changed(organization: Any, actor: Any) -> None:
    from huikuan.reports.models import ReportRun

    client = signed_in(member(organization, "finance_manager"))
    address = f"/o/{organization.code}/reports/aging/"
    assert "您上次" not in client.get(address, {"as_of": "2026-06-30"}).content.decode()
    with tenant(organization.pk):
        ReportRun.objects.update(ran_at=NOON - timedelta(days=200))
    assert "看到的一样" in client.get(address, {"as_of": "2026-06-30"}).content.decode()
    with tenant(organization.pk):
        ReportRun.objects.update(ran_at=NOON - timedelta(days=200))
        Books(organization=organization, actor=actor, today=TODAY).invoice(
            "LATE", "2026-06-01", "12.34", due="2026-07-01", customer="C8"
        )
    page = client.get(address, {"as_of": "2026-06-30"}).content.decode()
    start = page.index(f"{address}changes")
    changes = client.get(page[start : page.index('"', start)].replace("&amp;", "&"))
    assert changes.status_code == 200
    assert "LATE" in changes.content.decode()
    assert "12.34" in changes.content.decode()


def test_another_salesperson_is_no_other_due_date(organization: Any, actor: Any) -> None:
    question, old = ask(organization)
    assert old.known_at is not None
    with tenant(organization.pk):
        seller = Salesperson.objects.create(organization_id=organization.pk, code="S1", name="小王")
        first, second = OpenItem.objects.filter(side=1, document_on__lt=question.as_of).order_by("pk")[:2]
        kept = ItemFacts(first.pk, first.due_on, first.effective_due_on, seller.pk)
        moved = ItemFacts(second.pk, date(2026, 9, 1), date(2026, 9, 1), seller.pk)
        change_items([kept, moved], actor=actor, reason="交接")
    with tenant(organization.pk, snapshot=True):
        rows = late_postings(question, after=old.known_at, until=None).rows
        assert [(row.kind, row.document_id) for row in rows] == [("due_date", second.document_id)]


def test_a_saved_pivots_own_filters_narrow_what_is_listed(organization: Any, actor: Any) -> None:
    user = member(organization, "finance_manager")
    _question, old = ask(organization)
    with tenant(organization.pk):
        maker = actor_of(user)
        assert maker is not None
        new = NewPivot("华南", {"by": "customer", "measures": "receivable", "region": "华南"})
        saved = save_pivot(new, actor=maker, today=TODAY)
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.customer("C8", name="丙", region="华南")
        books.customer("C9", name="丁", region="华北")
        books.invoice("SOUTH", "2026-06-01", "100.00", customer="C8")
        books.invoice("NORTH", "2026-06-01", "7.00", customer="C9")
    address = f"/o/{organization.code}/reports/{report_name(saved.pk)}/changes"
    assert old.known_at is not None
    page = signed_in(user).get(address, {"to": "2026-06-30", "before": old.known_at.isoformat()})
    html = page.content.decode()
    assert "SOUTH" in html and "NORTH" not in html
    assert "共 1 笔" in html


def test_a_customer_that_moved_is_a_line_of_its_own_kind(organization: Any, actor: Any) -> None:
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.customer("C2", name="乙公司", region="华东")
        books.customer("C3", name="丙公司", region="华东")
        books.invoice("E1", "2026-05-01", "500.00", customer="C2")
        books.receipt("E2", "2026-05-02", "20.00", customer="C2")
    _question, old = ask(organization, by="region")
    assert old.known_at is not None
    with tenant(organization.pk):
        moving = list(Customer.objects.filter(code__in=["C2", "C3"]))
        changes = [(each, CustomerFacts(code=each.code, name=each.name, region="华南")) for each in moving]
        change_customers(changes, actor=actor, effective_on=date(2026, 6, 1))
        [one, _two] = moving
        later = CustomerFacts(code=one.code, name=one.name, region="华西")
        change_customers([(one, later)], actor=actor, effective_on=date(2026, 7, 1))  # of July

    def said(**words: str) -> list[tuple[str, str, str, str, Decimal]]:
        question, _new = ask(organization, **words)
        with tenant(organization.pk, snapshot=True):
            found = moved_customers(question, after=old.known_at, until=None)  # type: ignore[arg-type]
            return [(each.customer, each.field, each.before, each.now, each.owed) for each in found]

    moved = [("乙公司", "region", "华东", "华南", Decimal("480.00"))]
    assert said(by="region") == moved, "who owes nothing moved nothing"
    assert said(by="customer", region="华南") == moved
    assert said(by="customer") == [], "no row of it is of a region"
    _question, new = ask(organization, by="region")
    then, now = ({row.key[0]: row.values["net"] for row in each.rows} for each in (old, new))
    assert now["华南"] - then.get("华南", 0) == 480 == then["华东"] - now.get("华东", 0)
    client = signed_in(member(organization, "finance_manager"))
    words = {"as_of": "2026-06-30", "by": "region", "before": old.known_at.isoformat()}
    html = client.get(f"/o/{organization.code}/reports/aging/changes", words).content.decode()
    assert "地区：华东 → 华南" in html and "480.00" in html

"""Two times: an old report comes out again byte for byte, and what changed since is the late postings, no more, no less."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Salesperson
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations import ItemFacts, change_items
from huikuan.organizations.models import Membership
from huikuan.organizations.queries import actor_of
from huikuan.reports.asking import Question, Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.late import late_postings
from huikuan.reports.operations import remember_run
from huikuan.reports.output.forms import FORMS
from huikuan.reports.output.heading import Heading
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
    return {form: FORMS[form].write(REPORT, result, heading) for form in ("json", "csv", "pdf")}


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
        from huikuan.customers.models import Customer

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

"""The catalogue of reports and every report on its page: figures lead to their items, files are written down."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from huikuan.audit.models import Event
from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.catalogue import reports
from tests.conftest import TODAY, make_organization
from tests.reports.example import JUNE, record_until_june
from tests.trade import Books
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def company(django_db_setup: Any, django_db_blocker: Any) -> Any:
    """The example of the trade, and one customer more with a name that tries to run; kept for all tests here."""
    from huikuan.organizations.actors import local_operator

    with django_db_blocker.unblock():
        actor = local_operator()
        organization = make_organization(actor)
        with tenant(organization.pk):
            record_until_june(Books(organization=organization, actor=actor, today=TODAY))
        yield organization


@pytest.fixture
def clerk(company: Any) -> Any:
    return signed_in(member(company, "finance_manager"))


NEEDS_MORE = {"provisions", "expected-losses"}
"""Reports that refuse, in words, where the company has not decided what they need."""


def url(company: Any, rest: str = "") -> str:
    return f"/o/{company.code}/reports/{rest}"


def test_the_catalogue_lists_every_report(company: Any, clerk: Any) -> None:
    page = clerk.get(url(company)).content.decode()
    for report in reports().values():
        assert url(company, f"{report.name}/") in page


@pytest.mark.parametrize("name", list(reports()))
def test_every_report_answers_in_every_form(company: Any, clerk: Any, name: str) -> None:
    words = {"as_of": "2026-06-30", "from": "2026-01-01", "to": "2026-06-30"}
    page = clerk.get(url(company, f"{name}/"), words)
    assert page.status_code == 200
    if "notice" in page.content.decode() and name in NEEDS_MORE:
        return
    for form, start in (("csv", b"\xef\xbb\xbf"), ("json", b"{"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        answer = clerk.get(url(company, f"{name}/file.{form}"), words)
        assert answer.status_code == 200, form
        assert answer.content.startswith(start)


@pytest.mark.parametrize("name", list(reports()))
def test_what_cannot_be_asked_is_said(company: Any, clerk: Any, name: str) -> None:
    report = reports()[name]
    words = {"from": "2026-07-01", "to": "2026-06-30"} if report.period else {"as_of": "2026-06-31"}
    page = clerk.get(url(company, f"{name}/"), words)
    assert page.status_code == 200
    assert ("写反了" if report.period else "2026-06-31") in page.content.decode()
    assert clerk.get(url(company, f"{name}/file.csv"), words).status_code == 409


@pytest.mark.parametrize("name", list(reports()))
def test_a_salesperson_sees_nothing_of_others(company: Any, name: str) -> None:
    user, _seller = seller(company, code=f"S-{name}")
    answer = signed_in(user).get(
        url(company, f"{name}/file.json"), {"as_of": "2026-06-30", "to": "2026-06-30"}
    )
    if reports()[name].whole:
        assert answer.status_code == 403
        return
    assert answer.status_code == 200
    assert "客户C1" not in answer.content.decode()


def test_a_cell_leads_to_its_items(company: Any, clerk: Any) -> None:
    page = clerk.get(url(company, "aging/"), {"as_of": "2026-06-30"}).content.decode()
    found = re.search(rf'href="(/o/{company.code}/items/?\?[^"]+)"', page)
    assert found
    link = found[1].replace("&amp;", "&")
    asked = parse_qs(urlsplit(link).query)
    assert asked["as_of"] == ["2026-06-30"]
    assert clerk.get(link).status_code == 200


def test_json_of_the_page_and_the_trail(company: Any, clerk: Any) -> None:
    answer = clerk.get(
        url(company, "aging/file.json"), {"as_of": "2026-06-30", "by": "region", "by2": "customer"}
    )
    data = json.loads(answer.content)
    assert data["by"] == ["region", "customer"]
    assert {name: data["total"][name] for name in JUNE} == JUNE
    with tenant(company.pk):
        event = Event.objects.filter(action="exported", number="aging").latest("id")
    assert event.content["form"] == "json"
    assert event.content["asked"] == {"as_of": "2026-06-30", "by": "region,customer"}


def test_the_figures_of_a_picture(company: Any, clerk: Any) -> None:
    answer = clerk.get(url(company, "aging/chart/aging.csv"), {"as_of": "2026-06-30"})
    assert answer.status_code == 200
    assert "17000" in answer.content.decode()
    assert clerk.get(url(company, "aging/chart/none.csv")).status_code == 404
    assert clerk.get(url(company, "none/")).status_code == 404


def test_empty_books_lead_to_the_import(actor: Any) -> None:
    empty = make_organization(actor)
    finance = signed_in(member(empty, "finance_manager"))
    page = finance.get(url(empty, "aging/")).content.decode()
    assert "账里还没有单据" in page and f"/o/{empty.code}/import/?kind=invoices" in page
    assert "data-chart=" not in page


def test_figures_of_the_whole_company_are_not_said_to_be_by_customer(company: Any, clerk: Any) -> None:
    page = clerk.get(url(company, "kpi/")).content.decode()
    assert '<option value="" selected>整个公司</option>' in page

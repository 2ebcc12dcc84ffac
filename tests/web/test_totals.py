"""One number, everywhere the same: tiles, charts, aging cells and the items behind them; each within one's scope."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huikuan.ledger.models import Document
from tests.trade import Books
from tests.web.people import member, seller, signed_in

AMOUNT = re.compile(r"[−-]?[\d,]+\.\d\d")


@pytest.fixture
def trade(books: Books, organization: Any) -> tuple[Client, Client, Books]:
    """Two salespeople's customers with debts of all ages, credits and a foreign currency; finance and one seller."""
    user, mine = seller(organization, code="S1")
    _other, theirs = seller(organization, code="S2")
    books.today = timezone.localdate()
    for code, salesperson in (("C1", mine), ("C2", theirs), ("C3", None)):
        books.customer(code, salesperson=salesperson, region="华东" if code == "C1" else "")
    days = (0, 3, 15, 40, 70, 120, 200, 400)
    for code, factor in (("C1", 1), ("C2", 10), ("C3", 100)):
        for number, ago in enumerate(days):
            due = (books.today - timezone.timedelta(days=ago - 2)).isoformat()
            books.invoice(
                f"{code}-{number}", "2025-01-05", f"{(number + 1) * factor}.01", due=due, customer=code
            )
        books.receipt(f"{code}-R", books.today.isoformat(), f"{5 * factor}.50", customer=code)
    books.invoice(
        "C1-USD", "2026-01-05", "7", due="2026-02-05", customer="C1", currency="USD", rate=Decimal("7.1")
    )
    return signed_in(member(organization, "finance_manager")), signed_in(user), books


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("−", "-"))


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def total_of(client: Client, address: str) -> Decimal:
    """The total line of a list; where it comes behind the rows, it is asked for."""
    html = page(client, address)
    behind = re.search(r'<tfoot[^>]* hx-get="([^"]+)"', html)
    if behind:
        html = page(client, unescape(behind[1]))
    if "<tfoot" not in html:
        return Decimal(0)
    foot = html[html.index("<tfoot") : html.index("</tfoot>")]
    return amount(AMOUNT.findall(foot)[-1])


def tiles(html: str) -> Iterator[tuple[str, str, Decimal]]:
    """(label, address, amount) of each tile."""
    pattern = r'class="tile-link" href="([^"]+)">([^<]+)</a>.*?class="tile-value[^"]*">([^<]+)<'
    for href, label, figure in re.findall(pattern, html, re.S):
        yield label, unescape(href), amount(figure)


@pytest.mark.parametrize("who", ["finance", "seller"])
def test_every_tile_equals_the_rows_behind_it(trade: tuple[Client, Client, Books], who: str) -> None:
    finance, own, books = trade
    client = finance if who == "finance" else own
    found = {
        label: (figure, total_of(client, url))
        for label, url, figure in tiles(page(client, f"/o/{books.organization.code}/"))
    }
    assert set(found) == {"应收余额", "逾期", "本周到期", "本月回款"}
    for label, (figure, behind) in found.items():
        assert figure == behind, label
    assert found["应收余额"][0] > 0
    assert found["逾期"][0] > 0
    assert found["本月回款"][0] == (Decimal("555") + Decimal("1.5") if who == "finance" else Decimal("5.50"))


def test_the_aging_equals_the_dashboard_and_each_cell_its_items(trade: tuple[Client, Client, Books]) -> None:
    finance, _own, books = trade
    base = f"/o/{books.organization.code}"
    html = page(finance, f"{base}/aging/")
    cells = [
        (unescape(href), amount(text))
        for href, text in re.findall(
            r'<td class="num"[^>]*><a class="cell-link" href="([^"]+)">(?:<[^>]+>)?([^<]+)<', html
        )
    ]
    assert len(cells) > 20
    for href, figure in cells:
        assert total_of(finance, href) == figure, href
    dashboard = {label: figure for label, _url, figure in tiles(page(finance, f"{base}/"))}
    foot = html[html.index("<tfoot>") : html.index("</tfoot>")]
    *_buckets, gross, unallocated, net = (
        amount(text) for text in AMOUNT.findall(re.sub("<[^>]+>", " ", foot))
    )
    assert gross == dashboard["应收余额"]
    assert gross + unallocated == net


@pytest.mark.parametrize("by", ["group", "salesperson", "region", "none"])
def test_every_way_of_cutting_has_the_same_total(trade: tuple[Client, Client, Books], by: str) -> None:
    finance, _own, books = trade
    address = f"/o/{books.organization.code}/aging/"
    assert total_of(finance, f"{address}?by={by}") == total_of(finance, address)


def test_rows_without_a_salesperson_lead_to_their_items(trade: tuple[Client, Client, Books]) -> None:
    finance, _own, books = trade
    html = page(finance, f"/o/{books.organization.code}/aging/?by=salesperson")
    [address] = [
        unescape(href) for href in re.findall(r'href="([^"]*salesperson=-&amp;cell=net[^"]*)"', html)
    ]
    listed = page(finance, address)
    assert "C3-1" in listed
    assert "C2-1" not in listed


def test_by_currency_each_row_keeps_its_own(trade: tuple[Client, Client, Books]) -> None:
    finance, _own, books = trade
    html = page(finance, f"/o/{books.organization.code}/aging/?by=currency")
    assert "USD" in html
    assert "7.00" in html
    assert "<tfoot>" not in html


def test_a_salesperson_sees_own_rows_and_totals_only(trade: tuple[Client, Client, Books]) -> None:
    _finance, own, books = trade
    base = f"/o/{books.organization.code}"
    owed = sum(Decimal(f"{number}.01") for number in range(1, 9)) + Decimal("7") * Decimal("7.1")
    addresses = (
        "/customers/",
        "/items/",
        "/documents/",
        "/aging/",
        "/",
        "/items/?customer=C2",
        "/search?q=C2-1",
    )
    for address in addresses:
        html = own.get(f"{base}{address}", follow=True).content.decode()
        assert "客户C2" not in html, address
        assert "客户C3" not in html, address
    assert total_of(own, f"{base}/items/?cell=receivable") == owed
    assert total_of(own, f"{base}/items/?customer=C2") == 0
    assert 'data-count="1"' in page(own, f"{base}/customers/total")
    csv = own.get(f"{base}/aging/file.csv").content.decode("utf-8-sig")
    assert "C1" in csv
    assert "C2" not in csv


def test_an_unbound_salesperson_sees_nothing(trade: tuple[Client, Client, Books]) -> None:
    _finance, _own, books = trade
    nobody = signed_in(member(books.organization, "salesperson"))
    assert total_of(nobody, f"/o/{books.organization.code}/items/") == 0
    assert "客户C" not in page(nobody, f"/o/{books.organization.code}/customers/")


def test_a_sales_manager_sees_the_team(books: Books, organization: Any) -> None:
    _user, mine = seller(organization, team="华东", code="S1")
    _other, theirs = seller(organization, team="华南", code="S2")
    books.customer("C1", salesperson=mine)
    books.customer("C2", salesperson=theirs)
    manager = signed_in(member(organization, "sales_manager", team="华东"))
    html = page(manager, f"/o/{organization.code}/customers/")
    assert "客户C1" in html
    assert "客户C2" not in html


def test_the_items_as_of_a_day_and_as_known_then(books: Books, organization: Any) -> None:
    client = signed_in(member(organization, "auditor"))
    books.invoice("YS1", "2026-01-05", "100", due="2026-02-05")
    books.receipt("SK1", "2026-03-01", "40")
    books.allocate("SK1", "YS1", "40", "2026-03-01")
    base = f"/o/{organization.code}/items/?cell=receivable"
    assert total_of(client, f"{base}&as_of=2026-02-28") == 100
    assert total_of(client, f"{base}&as_of=2026-03-01") == 60
    assert total_of(client, f"{base}&as_of=2026-03-01&known_at=2020-01-01T00:00") == 0, (
        "nothing was recorded then"
    )


def test_odd_addresses_are_answered_in_words(books: Books, organization: Any) -> None:
    client = signed_in(member(organization, "auditor"))
    base = f"/o/{organization.code}"
    odd = {
        f"{base}/items/?cell=nonsense": 409,
        f"{base}/items/?bounds=30,20&cell=1-30": 409,
        f"{base}/items/?due_from=yesterday": 409,
        f"{base}/items/?after=nonsense": 200,
        f"{base}/items/?before=bnVsbA&sort=amount&cols=x,,y&view=nonsense": 200,
        f"{base}/items/?as_of=yesterday&sort=nonsense": 200,
        f"{base}/aging/?bounds=30,20": 200,
        f"{base}/aging/?bounds=x&by=nonsense&basis=nonsense&as_of=0&known_at=0&page=-1&sort=x": 200,
        f"{base}/aging/?as_of=0001-01-01": 200,
        f"{base}/aging/?as_of=9999-12-31": 200,
        f"{base}/customers/?page=99999&sort=x&region=x&salesperson=x&q=%00%27": 200,
        f"{base}/documents/?kind=x&since=x&page=x": 200,
        f"{base}/documents/?after=WyJ4IiwieSJd&q=%00": 200,
        f"{base}/documents/total?kind=x&since=x&cols=%00&sort=%FF": 200,
        f"{base}/aging/file.exe": 404,
    }
    for address, status in odd.items():
        assert client.get(address).status_code == status, address


def test_lists_cost_the_same_for_many_rows(books: Books, organization: Any) -> None:
    client = signed_in(member(organization, "finance_manager"))

    def costs() -> dict[str, int]:
        found = {}
        for address in ("customers/", "items/", "documents/", "aging/", ""):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/o/{organization.code}/{address}").status_code == 200
            found[address] = len(queries)
        return found

    books.invoice("YS", "2026-01-05", "10", customer="C")
    few = costs()
    for number in range(25):
        books.invoice(f"YS{number}", "2026-01-05", "10", customer=f"C{number}")
    assert costs() == few
    assert max(few.values()) <= 50


def test_items_continue_page_by_page_and_back(books: Books, organization: Any) -> None:
    client = signed_in(member(organization, "finance_manager"))
    for number in range(120):
        books.invoice(f"YS{number:03}", "2026-01-05", "10", due=f"2026-{number % 9 + 1:02}-10")
    address, seen = f"/o/{organization.code}/items/?sort=due", []
    html = page(client, address)
    while True:
        seen.append(re.findall(r">(YS\d{3})<", html))
        follow = re.search(r'rel="next" href="([^"]+)"', html)
        if not follow:
            break
        html = page(client, unescape(follow[1]).replace("?", "?", 1))
    assert [len(rows) for rows in seen] == [50, 50, 20]
    assert len({row for rows in seen for row in rows}) == 120
    back = re.search(r'rel="prev" href="([^"]+)"', html)
    assert back
    assert re.findall(r">(YS\d{3})<", page(client, unescape(back[1]))) == seen[1]
    assert Document.objects.count() == 120


def test_what_a_salesperson_collected_is_the_total_of_the_documents_behind_it(
    trade: tuple[Client, Client, Books],
) -> None:
    finance, _own, books = trade
    html = page(finance, f"/o/{books.organization.code}/dashboard/collected/")
    chart = json.loads(unescape(re.search(r'data-chart="([^"]*)"', html)[1]))  # type: ignore[index]
    points = [point for point in chart["series"][0]["points"] if point["url"]]
    assert len(points) == 2
    for point in points:
        assert total_of(finance, point["url"]) == Decimal(point["value"]) > 0


def test_weeks_and_months_lead_to_their_items(trade: tuple[Client, Client, Books]) -> None:
    finance, _own, books = trade
    html = page(finance, f"/o/{books.organization.code}/")
    charts = [json.loads(unescape(each)) for each in re.findall(r'data-chart="([^"]*)"', html)]
    points = [
        point
        for chart in charts
        for series in chart["series"]
        for point in series["points"]
        if point.get("url") and "customers/" not in point["url"] and Decimal(point["value"] or 0)
    ]
    assert len(points) > 12
    for point in points:
        assert total_of(finance, point["url"]) == Decimal(point["value"]), point

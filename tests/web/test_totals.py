"""One number, everywhere the same: tiles, charts, aging cells and the items behind them; each within one's scope."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
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
            due = (books.today - timedelta(days=ago - 2)).isoformat()
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


def charts(client: Client, address: str) -> dict[str, Any]:
    """The data of the charts of a page by their names."""
    html = page(client, address)
    found = re.findall(r'id="([a-z]+)-chart" data-chart="([^"]*)"', html)
    return {name: json.loads(unescape(data)) for name, data in found}


def marks(chart: dict[str, Any]) -> Iterator[tuple[str, Decimal, str]]:
    """(series, value, address) of every mark that is drawn."""
    for series in chart["series"]:
        for point in series["points"]:
            if Decimal(point["value"] or 0):
                yield series["name"], Decimal(point["value"]), point.get("url", "")


@pytest.mark.parametrize("who", ["finance", "seller"])
def test_every_mark_of_every_chart_leads_to_rows_with_its_total(
    trade: tuple[Client, Client, Books], who: str
) -> None:
    finance, own, books = trade
    client = finance if who == "finance" else own
    last_month = (books.today.replace(day=1) - timedelta(days=1)).replace(day=1)
    for code in ("C1", "C2", "C3"):
        books.receipt(f"{code}-R0", last_month.isoformat(), "3", customer=code)
        books.allocate(f"{code}-R", f"{code}-2", "2.25", books.today.isoformat())
    base = f"/o/{books.organization.code}"
    shown = charts(client, f"{base}/") | charts(client, f"{base}/dashboard/collected/")
    assert set(shown) >= {"aging", "trend", "weeks", "debtors", "collected"} - (
        {"trend"} if who == "seller" else set()
    )
    followed: dict[str, int] = {}
    for name, chart in shown.items():
        for series, value, url in marks(chart):
            assert url, (name, series)
            behind = totals_of(client, url)
            if series == "累计占比":
                value, behind = value / 100, {round(each / owed(client, base), 3) for each in behind}
            assert value in behind, (name, series, url)
            followed[series] = followed.get(series, 0) + 1
    needed = {
        "应收",
        "应收余额",
        "累计占比",
        "当周到期，已结清",
        "当周到期，未结清",
        "当周回款",
        "本月",
        "上月同期",
    }
    assert needed <= set(followed)
    assert followed["累计占比"] == (3 if who == "finance" else 1)


def owed(client: Client, base: str) -> Decimal:
    return next(figure for label, _url, figure in tiles(page(client, f"{base}/")) if label == "应收余额")


def totals_of(client: Client, address: str) -> set[Decimal]:
    """The sums of the total line; more than one where a list adds up what is settled beside what is open."""
    html = page(client, address)
    html = page(client, unescape(re.search(r'<tfoot[^>]* hx-get="([^"]+)"', html)[1]))  # type: ignore[index]
    return {amount(text) for text in AMOUNT.findall(re.sub("<[^>]+>", " ", html))} or {Decimal(0)}


def test_what_fell_due_is_found_settled_or_not(trade: tuple[Client, Client, Books]) -> None:
    finance, own, books = trade
    books.allocate("C1-R", "C1-2", "2.25", books.today.isoformat())
    day = (books.today - timedelta(days=13)).isoformat()
    address = f"/o/{books.organization.code}/due/?due_from={day}&due_until={day}"
    assert totals_of(own, address) == {Decimal("3.01"), Decimal("2.25"), Decimal("0.76")}
    assert totals_of(own, f"{address}&part=settled") == totals_of(own, address)
    assert totals_of(finance, f"{address}&part=open&customer=C3") == {Decimal("300.01"), Decimal(0)}
    assert "C3-2" not in page(own, address)
    assert "C3-2" not in page(finance, f"{address}&part=settled")


def test_the_largest_debtors_are_those_of_the_day(trade: tuple[Client, Client, Books]) -> None:
    finance, own, books = trade
    address = f"/o/{books.organization.code}/items/?cell=receivable&largest=1"
    listed = page(finance, address)
    assert "C3-1" in listed
    assert "C2-1" not in listed
    assert "欠款最多的 1 个客户" in listed
    assert "C1-1" in page(own, address)
    books.invoice("LATE", books.today.isoformat(), "99999", customer="C1")
    before = (books.today - timedelta(days=1)).isoformat()
    assert "LATE" in page(finance, address)
    assert "C3-1" in page(finance, f"{address}&as_of={before}")

"""Lists as people use them: files equal the list, everybody in their own scope; saved views; many rows at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client

from huikuan.audit.models import Act, Event
from huikuan.customers.models import Customer, CustomerChange, Salesperson
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import DefaultView, SavedView
from tests.trade import Books
from tests.web.people import member, seller, signed_in


@pytest.fixture
def clerk(organization: Any) -> Client:
    return signed_in(member(organization, "ar_accountant", name="林会计"))


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def body(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def base(books: Books) -> str:
    return f"/o/{books.organization.code}"


def shown(client: Client, address: str) -> list[str]:
    """The leading texts of a list's rows, over all its pages."""
    found: list[str] = []
    html = text(client.get(address))
    while True:
        table = html[html.index("<tbody>") : html.index("</tbody>")] if "<tbody>" in html else ""
        found += [
            unescape(name) for name in re.findall(r"cell-lead[^>]*>(?:<span[^>]*>)?<a[^>]*>([^<]+)<", table)
        ]
        follow = re.search(r'rel="next" href="([^"]+)"', html)
        if not follow:
            return found
        html = text(client.get(unescape(follow[1])))


def fill(books: Books, count: int, prefix: str = "C", **values: Any) -> None:
    for number in range(count):
        books.customer(f"{prefix}{number:03}", sort_key=f"{prefix}{number:03}", **values)


def test_a_file_is_exactly_the_filtered_list(books: Books, clerk: Client) -> None:
    fill(books, 120, region="华东")
    fill(books, 30, "D", region="华南")
    books.invoice("YS1", "2026-01-05", "1234.50", customer="C007")
    listed = shown(clerk, f"{base(books)}/customers/?region=华东&sort=-code&cols=name,balance")
    assert len(listed) == 120
    asked = {"form": "csv", "query": "region=华东&sort=-code&cols=name,balance"}
    head, *rows = rows_of(body(clerk.post(f"{base(books)}/customers/file", asked)))
    assert head == ["客户", "客户代码", "应收余额"]
    assert [row[0] for row in rows] == listed
    assert [row[2] for row in rows if row[1] == "C007"] == ["1234.50"]
    event = Event.objects.get(action="exported")
    assert event.act.actor_name == "林会计"
    assert event.number == "customers"
    assert event.content["rows"] == 120
    assert event.content["columns"] == ["name", "balance"]
    assert event.content["asked"]["region"] == "华东"


def test_a_workbook_has_numbers_days_and_no_formulas(books: Books, clerk: Client) -> None:
    from python_calamine import CalamineWorkbook

    books.customer("=1+1", name="@evil")
    books.invoice("YS1", "2026-01-05", "1234.50", due="2026-02-01", customer="=1+1")
    content = body(clerk.post(f"{base(books)}/items/file", {"form": "xlsx", "query": ""}))
    [head, row] = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    found = dict(zip(head, row, strict=True))
    assert found["客户"] == "@evil"
    assert found["客户代码"] == "=1+1"
    assert found["未核销"] == 1234.5
    assert found["到期日"] == date(2026, 2, 1)
    assert not isinstance(found["到期日"], datetime)
    plain = rows_of(body(clerk.post(f"{base(books)}/items/file", {"form": "csv", "query": ""})))
    assert "'=1+1" in plain[1]
    assert "'@evil" in plain[1]


def test_a_file_in_frames_says_how_far_it_is_and_that_it_is_whole(books: Books, clerk: Client) -> None:
    fill(books, 3)
    address = f"{base(books)}/customers/file"
    plain = body(clerk.post(address, {"form": "csv"}))
    framed = body(clerk.post(address, {"form": "csv"}, headers={"X-Progress": "1"}))
    words, content = [], b""
    while framed:
        line, _end, framed = framed.partition(b"\n")
        word, number = line.decode().split(" ")
        words.append((word, int(number)))
        if word == "bytes":
            content += framed[: int(number)]
            framed = framed[int(number) :]
    assert content == plain
    assert words[0] == ("total", 3)
    assert words[-1] == ("done", 3)


def test_chosen_rows_only(books: Books, clerk: Client) -> None:
    fill(books, 4)
    chosen = [str(books.customers[code].pk) for code in ("C001", "C003")]
    answer = clerk.post(f"{base(books)}/customers/file", {"form": "csv", "query": "", "key": [*chosen, "x"]})
    assert [row[1] for row in rows_of(body(answer))[1:]] == ["C001", "C003"]
    assert clerk.post(f"{base(books)}/customers/file", {"form": "exe"}).status_code == 404


def test_a_salesperson_takes_and_counts_own_rows_only(books: Books, organization: Any) -> None:
    user, mine = seller(organization, code="S1")
    _other, theirs = seller(organization, code="S2")
    books.customer("C1", salesperson=mine)
    books.customer("C2", salesperson=theirs)
    for code in ("C1", "C2"):
        books.invoice(f"YS-{code}", "2026-01-05", "10", customer=code)
    own = signed_in(user)
    for name in ("customers", "items", "due", "documents"):
        address = f"{base(books)}/{name}/"
        taken = body(own.post(f"{address}file", {"form": "csv", "query": ""})).decode()
        assert "C1" in taken, name
        assert "C2" not in taken, name
        their = {"form": "csv", "query": "", "key": str(books.customers["C2"].pk)}
        assert "C2" not in body(own.post(f"{address}file", their)).decode()
        assert 'data-count="1"' in text(own.get(f"{address}total")), name
        assert "客户C2" not in text(own.get(address)), name


# Saved views


def save(client: Client, books: Books, name: str, query: str, **more: str) -> Any:
    asked = {"do": "save", "name": name, "query": query, **more}
    return client.post(f"{base(books)}/customers/views", asked)


def test_a_view_keeps_filters_order_and_columns(books: Books, clerk: Client) -> None:
    fill(books, 2, region="华东")
    fill(books, 2, "D", region="华南")
    answer = save(clerk, books, " 华东 客户 ", "region=华东&sort=-name&cols=name,region&after=x&view=y")
    view = SavedView.objects.get()
    assert view.name == "华东 客户"
    address = answer["Location"]
    assert address == f"{base(books)}/customers/?view={view.pk}"
    assert shown(clerk, address) == ["客户C001", "客户C000"]
    html = text(clerk.get(address))
    assert re.search(r'aria-current="page">华东 客户', html)
    assert "应收余额</" not in html[html.index("<thead") : html.index("</thead>")]

    clerk.post(f"{base(books)}/customers/views", {"do": "update", "view": view.pk, "query": "region=华南"})
    assert shown(clerk, address) == ["客户D000", "客户D001"]
    clerk.post(f"{base(books)}/customers/views", {"do": "rename", "view": view.pk, "name": "华南"})
    assert SavedView.objects.get().name == "华南"
    clerk.post(f"{base(books)}/customers/views", {"do": "delete", "view": view.pk})
    assert not SavedView.objects.exists()


def test_orders_to_choose_from_leave_the_usual_one_unsaid(books: Books, clerk: Client) -> None:
    fill(books, 2)
    plain = text(clerk.get(f"{base(books)}/customers/"))
    assert re.findall(r'<option value="([^"]*)" selected>客户，正序<', plain) == [""]
    assert '<option value="-balance">应收余额，从大到小<' in plain
    turned = text(clerk.get(f"{base(books)}/customers/?sort=-balance"))
    assert '<option value="-balance" selected>应收余额，从大到小<' in turned


def test_a_list_opens_with_the_view_chosen_for_it(books: Books, clerk: Client) -> None:
    fill(books, 2, region="华东")
    fill(books, 1, "D")
    save(clerk, books, "华东", "region=华东")
    view = SavedView.objects.get()
    clerk.post(f"{base(books)}/customers/views", {"do": "open", "view": view.pk})
    address = f"{base(books)}/customers/"
    assert len(shown(clerk, address)) == 2
    assert len(shown(clerk, f"{address}?view=all")) == 3
    assert len(shown(clerk, f"{address}?q=D000")) == 1
    clerk.post(f"{base(books)}/customers/views", {"do": "open-all", "view": view.pk})
    assert not DefaultView.objects.exists()
    assert len(shown(clerk, address)) == 3


def test_a_view_saved_today_is_of_the_day_it_is_opened(books: Books, clerk: Client) -> None:
    from django.utils import timezone

    views = f"{base(books)}/items/views"
    today = timezone.localdate().isoformat()
    clerk.post(views, {"do": "save", "name": "今天", "query": f"cell=overdue&as_of={today}"})
    clerk.post(views, {"do": "save", "name": "那天", "query": "cell=overdue&as_of=2026-01-31"})
    assert SavedView.objects.get(name="今天").query == "cell=overdue"
    assert "as_of=2026-01-31" in SavedView.objects.get(name="那天").query


def test_views_of_others_are_seen_only_when_shared(books: Books, clerk: Client, organization: Any) -> None:
    fill(books, 1)
    save(clerk, books, "我的", "q=C")
    save(clerk, books, "大家的", "q=C", shared="on")
    mine, shared = SavedView.objects.order_by("pk")
    other = signed_in(member(organization, "collector"))
    html = text(other.get(f"{base(books)}/customers/"))
    assert "大家的" in html
    assert "我的" not in html
    assert "这个视图不存在" in text(other.get(f"{base(books)}/customers/?view={mine.pk}"))
    for view in (mine, shared):
        for do in ("delete", "rename", "update"):
            other.post(
                f"{base(books)}/customers/views", {"do": do, "view": view.pk, "name": "x", "query": ""}
            )
    other.post(f"{base(books)}/customers/views", {"do": "open", "view": mine.pk})
    assert [view.name for view in SavedView.objects.order_by("pk")] == ["我的", "大家的"]
    assert not DefaultView.objects.exists()
    save(other, books, "不许", "q=C", shared="on")
    assert not SavedView.objects.filter(name="不许").exists()


def test_a_view_no_longer_shared_opens_no_list_of_others(
    books: Books, clerk: Client, organization: Any
) -> None:
    save(clerk, books, "大家的", "q=C", shared="on")
    view = SavedView.objects.get()
    other = signed_in(member(organization, "collector"))
    other.post(f"{base(books)}/customers/views", {"do": "open", "view": view.pk})
    assert DefaultView.objects.count() == 1
    clerk.post(f"{base(books)}/customers/views", {"do": "rename", "view": view.pk, "name": "大家的"})
    assert not DefaultView.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 61])
def test_a_view_needs_a_name_of_its_own(books: Books, clerk: Client, name: str) -> None:
    save(clerk, books, "名", "q=C")
    save(clerk, books, name, "q=C")
    save(clerk, books, "名", "q=D")
    assert SavedView.objects.count() == 1
    assert "同名" in text(clerk.get(f"{base(books)}/customers/"))


# Many rows at once


def test_customers_get_another_salesperson_in_one_act(books: Books, clerk: Client) -> None:
    fill(books, 60, region="华东")
    fill(books, 2, "D", region="华南")
    person = Salesperson.objects.create(organization_id=books.organization.pk, code="S9", name="新人")
    address = f"{base(books)}/customers/act/salesperson"
    asked = {"all": "1", "query": "region=华东"}
    assert "将更改所选的 60 行" in text(clerk.post(address, asked))
    assert not Customer.objects.filter(salesperson=person).exists(), "only asked so far"
    acts = Act.objects.count()
    answer = clerk.post(address, {**asked, "confirmed": "1", "salesperson": str(person.pk)})
    assert answer.status_code == 302
    assert Customer.objects.filter(salesperson=person, region="华东").count() == 60
    assert Customer.objects.filter(salesperson=person).count() == 60
    assert Act.objects.count() == acts + 1
    assert CustomerChange.objects.count() == 60
    assert "已更改 60 个客户" in text(clerk.get(answer["Location"]))


def test_region_and_segment_of_chosen_customers(books: Books, clerk: Client) -> None:
    fill(books, 3)
    key = str(books.customers["C001"].pk)
    for field, value in (("region", "西南"), ("segment", "重点")):
        address = f"{base(books)}/customers/act/{field}"
        clerk.post(address, {"key": key, "query": "", "confirmed": "1", field: value})
    assert list(Customer.objects.filter(region="西南", segment="重点").values_list("code", flat=True)) == [
        "C001"
    ]


def test_acts_need_their_permission_and_a_choice(books: Books, clerk: Client, organization: Any) -> None:
    fill(books, 1)
    address = f"{base(books)}/customers/act/region"
    collector = signed_in(member(organization, "collector"))
    assert "act/region" not in text(collector.get(f"{base(books)}/customers/"))
    asked = {"all": "1", "query": "", "confirmed": "1", "region": "西南"}
    assert collector.post(address, asked).status_code == 403
    assert clerk.post(address, {"query": "", "confirmed": "1", "region": "西南"}).status_code == 302
    assert (
        clerk.post(address, {"key": "nonsense", "query": "", "confirmed": "1", "region": "西南"}).status_code
        == 302
    )
    assert not Customer.objects.filter(region="西南").exists()


def test_an_act_reaches_no_row_out_of_scope(books: Books, organization: Any) -> None:
    from huikuan.organizations.models import Role

    Role.objects.filter(code="salesperson").update(permissions=["customer.read", "customer.write"])
    user, mine = seller(organization, code="S1")
    books.customer("C1", salesperson=mine)
    theirs = books.customer("C2")
    own = signed_in(user)
    address = f"{base(books)}/customers/act/region"
    for choice in ({"all": "1"}, {"key": str(theirs.pk)}):
        own.post(address, {**choice, "query": "", "confirmed": "1", "region": "西南"})
    assert list(Customer.objects.filter(region="西南").values_list("code", flat=True)) == ["C1"]


def test_the_due_date_of_many_items_changes_with_a_reason(books: Books, clerk: Client) -> None:
    for number in range(3):
        books.invoice(f"YS{number}", "2026-01-05", "10", due="2026-02-05")
    books.receipt("SK1", "2026-01-06", "5")
    address = f"{base(books)}/items/act/due"
    asked = {"all": "1", "query": "", "confirmed": "1", "due_on": "2026-09-30"}
    assert "field-error" in text(clerk.post(address, asked)), "without a reason nothing is changed"
    assert not OpenItem.objects.filter(due_on=date(2026, 9, 30)).exists()
    assert clerk.post(address, {**asked, "reason": "展期协议"}).status_code == 302
    items = OpenItem.objects.filter(side=1)
    assert {(item.due_on, item.effective_due_on) for item in items} == {
        (date(2026, 9, 30), date(2026, 9, 30))
    }
    assert not OpenItem.objects.filter(side=-1, due_on=date(2026, 9, 30)).exists()
    assert Act.objects.filter(kind="change_items", reason="展期协议").count() == 1


# Odd addresses


@pytest.mark.parametrize("name", ["customers", "items", "due", "documents", "import"])
@pytest.mark.parametrize(
    "query",
    [
        "sort=x",
        "sort=-",
        "cols=x,,",
        "after=x",
        "before=x",
        "after=WyJ4Il0&before=WyJ4Il0",
        "view=x",
        "view=01990000-0000-7000-8000-000000000000",
        "q=%00&cols=%00&sort=%00",
        "q=%F0%28",
        "after=" + "A" * 3000,
    ],
)
def test_odd_addresses_are_answered(books: Books, clerk: Client, name: str, query: str) -> None:
    books.invoice("YS1", "2026-01-05", "10")
    html = text(clerk.get(f"{base(books)}/{name}/?{query}"))
    if "after=" in query or "before=" in query:
        assert "已回到第一页" in html


def test_a_page_behind_the_last_row_is_the_first(books: Books, clerk: Client) -> None:
    fill(books, 60)
    html = text(clerk.get(f"{base(books)}/customers/"))
    [follow] = re.findall(r'rel="next" href="([^"]+)"', html)
    Customer.objects.filter(code__gte="C010").update(region="x")
    assert shown(clerk, f"{unescape(follow)}&q=C00")[:1] == ["客户C000"]


def _names(columns: Iterable[Any]) -> list[str]:
    return [column.key for column in columns]


def test_every_list_is_declared_soundly() -> None:
    from huikuan.web.customers.listing import CUSTOMERS
    from huikuan.web.imports.history import HISTORY
    from huikuan.web.ledger.due import DUE
    from huikuan.web.ledger.items import ITEMS
    from huikuan.web.ledger.register import DOCUMENTS

    for each in (CUSTOMERS, ITEMS, DUE, DOCUMENTS, HISTORY):
        keys = _names(each.columns)
        assert len(set(keys)) == len(keys), each.name
        assert each.default_sort.removeprefix("-") in {column.sort for column in each.columns}
        assert sum(column.lead for column in each.columns) == 1, each.name
        assert not each.measure or each.measure in keys

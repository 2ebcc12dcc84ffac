"""The examples of the trade to the digit, wherever they are read: on the page, as JSON and in the workbook."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from huikuan.audit.operations import act
from huikuan.collection.models import PaymentPromise
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import local_operator
from huikuan.risk.operations import set_matrix
from tests.conftest import TODAY, make_organization
from tests.reports.example import JUNE, record_july, record_until_june
from tests.reports.kpi.quarter import record_quarter
from tests.reports.standard.test_expected_cash import RATES, record_habit
from tests.trade import Books
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

JULY = {
    "not_due": "9999.00",
    "1-30": "10000.00",
    "31-60": "21000.00",
    "61-90": "3000.00",
    "91-180": "0.00",
    "181-365": "0.00",
    ">365": "7000.00",
    "gross": "50999.00",
    "unallocated": "-9500.00",
    "net": "41499.00",
}
QUARTER = {
    "dso": "45.51",
    "count_back_dso": "45.00",
    "best_dso": "33.37",
    "add": "12.13",
    "cei": "0.8750",
    "collection_rate": "0.6512",
    "due_collection_rate": "0.8140",
    "on_time_rate": "0.7750",
    "turnover": "2.094",
    "turnover_days": "42.98",
    "overdue_rate": "0.2667",
}
FURTHER = {
    "bad_debt_ratio": "0.0050",
    "days_late": "10.00",
    "days_late_floored": "11.67",
    "promise_kept": "0.7000",
    "promised_kept": "0.7000",
}


def record_further(books: Books) -> None:
    """Sales of 890 thousand with 4.45 written off; paid 10 days late, 5 early, 20 late; ten promises, seven kept."""
    paid = (("A", "100", "2026-02-10"), ("B", "200", "2026-01-26"), ("C", "300", "2026-02-20"))
    for number, amount, on in paid:
        books.invoice(number, "2026-01-05", f"{amount}000.00", due="2026-01-31")
        books.receipt(f"R{number}", on, f"{amount}000.00")
        books.allocate(f"R{number}", number, f"{amount}000.00", on)
    books.invoice("D", "2026-01-05", "290000.00", due="2026-06-30")
    books.write_off("D", "2026-03-15", "4450.00")
    with act("test", actor=books.actor) as made:
        for place in range(10):
            PaymentPromise.objects.create(
                organization_id=books.organization.pk,
                act_id=made.id,
                customer=books.customer("C1"),
                channel="phone",
                collector_name="小李",
                made_on=date(2026, 3, 1),
                promised_on=date(2026, 3, 2 + place),
                grace_days=3,
                currency="CNY",
                amount=Decimal(100),
                paid=Decimal(100 if place < 7 else 20),
                state="kept" if place < 7 else "broken",
                judged_on=date(2026, 3, 20),
            )


def record_debtors(books: Books) -> None:
    for place, amount in enumerate((200, 100, 80, 40, 30)):
        books.invoice(f"I{place}", "2026-05-01", f"{amount}.00", customer=f"C{place}")


def record_rolling(books: Books) -> None:
    """10,000 due on 31 January: 12 % are left the day after, of that 30 %, 50 % and 60 %, then nothing is paid."""
    books.invoice("I", "2026-01-01", "10000.00", due="2026-01-31")
    paid = (("2026-01-31", 8800), ("2026-02-20", 840), ("2026-03-20", 180), ("2026-04-20", 72))
    for place, (on, amount) in enumerate(paid):
        books.receipt(f"R{place}", on, f"{amount}.00")
        books.allocate(f"R{place}", "I", f"{amount}.00", on)


def record_expected(books: Books) -> None:
    """Money that came ten days late; 100,000 due on 20 July, of what is not due 0.864 % lost."""
    record_habit(books)
    set_matrix(rates=RATES, effective_on=date(2026, 1, 1), actor=books.actor)
    books.invoice("I", "2026-06-01", "100000.00", due="2026-07-20")


def record_aging(books: Books) -> None:
    record_until_june(books)
    record_july(books)


@pytest.fixture(scope="module")
def told(django_db_setup: Any, django_db_blocker: Any) -> Any:
    """Each example as a company of its own: (organization, signed-in finance manager) by name."""
    found = {}
    with django_db_blocker.unblock():
        for record in (
            record_aging, record_quarter, record_further, record_debtors, record_rolling, record_expected,
        ):  # fmt: skip
            organization = make_organization(local_operator())
            with tenant(organization.pk):
                record(Books(organization=organization, actor=local_operator(), today=TODAY))
            found[record.__name__] = (organization, signed_in(member(organization, "finance_manager")))
        yield found


Cells = dict[str, str | None]


def texts(html: str) -> list[str]:
    """The cells of a part of a page as a reader sees them."""
    cells = re.findall(r"<t[dh][ >].*?</t[dh]>", html, re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", cell)).strip() for cell in cells]


def digits(text: Any) -> Decimal | None:
    """The number that a cell shows; a share as a fraction. A dash or nothing is a nought where amounts are."""
    cleaned = str(text).replace(",", "").replace("−", "-").replace("¥", "").strip()
    found = re.fullmatch(r"(-?[\d.]+)\s*(%?)", cleaned)
    if not found:
        return None
    return Decimal(found[1]) / (100 if found[2] else 1)


def everywhere(told: Any, example: str, name: str, words: dict[str, str], table: int = 0) -> Any:
    """The same table three times, by name of form: its columns and its rows, each with the total behind them."""
    organization, client = told[example]
    address = f"/o/{organization.code}/reports/{name}/"
    data = json.loads(client.get(f"{address}file.json", words).content)
    part = [data, *data["parts"]][table]
    names = [column["name"] for column in part["columns"]]
    labels = [column["label"] for column in part["columns"]]
    lines = [*part["rows"], *([part["total"]] if part["total"] else [])]

    page = client.get(address, words).content.decode()
    html = re.findall(r"<table.*?</table>", page, re.S)
    shown = next(each for each in html if all(label in texts(each) or label in each for label in labels[:3]))
    wide = len(names)
    cells = texts(shown)[-wide * len(lines) :]
    on_page = [
        dict(zip(names, cells[wide * place : wide * (place + 1)], strict=True)) for place in range(len(lines))
    ]

    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"{address}file.xlsx", words).content))
    sheet = [
        row for number in range(len(book.sheet_names)) for row in book.get_sheet_by_index(number).to_python()
    ]
    head = next(place for place, row in enumerate(sheet) if [str(cell) for cell in row[:wide]] == labels)
    in_book = [dict(zip(names, row[:wide], strict=True)) for row in sheet[head + 1 : head + 1 + len(lines)]]
    return {"json": lines, "page": on_page, "xlsx": in_book}


def agree(found: Any, line: int, wanted: dict[str, str]) -> None:
    for form, lines in found.items():
        for name, value in wanted.items():
            said = digits(lines[line][name])
            places = Decimal(1).scaleb(Decimal(value).as_tuple().exponent)  # type: ignore[arg-type]
            assert (said or Decimal(0)).quantize(places) == Decimal(value), (form, name, lines[line][name])
            assert said is not None or Decimal(value) == 0, (form, name)


@pytest.mark.parametrize(("as_of", "wanted"), [("2026-06-30", JUNE), ("2026-07-31", JULY)])
def test_aging_by_due_date(told: Any, as_of: str, wanted: dict[str, str]) -> None:
    agree(everywhere(told, "record_aging", "aging", {"as_of": as_of}), -1, wanted)
    agree(everywhere(told, "record_aging", "aging", {"as_of": as_of}), 0, wanted)


@pytest.mark.parametrize(
    ("as_of", "wanted"),
    [
        ("2026-06-30", {"<=1y": "36000.00", "1-2y": "7000.00", "gross": "43000.00"}),
        ("2026-07-31", {"<=1y": "43999.00", "1-2y": "7000.00", "gross": "50999.00"}),
    ],
)
def test_aging_by_document_date(told: Any, as_of: str, wanted: dict[str, str]) -> None:
    agree(everywhere(told, "record_aging", "aging", {"as_of": as_of, "basis": "document"}), -1, wanted)


@pytest.mark.parametrize(("example", "wanted"), [("record_quarter", QUARTER), ("record_further", FURTHER)])
def test_key_figures(told: Any, example: str, wanted: dict[str, str]) -> None:
    words = {"from": "2026-01-01", "to": "2026-03-31", "months": "1"}
    agree(everywhere(told, example, "kpi", words), -1, wanted)
    agree(everywhere(told, example, "kpi", {**words, "by": "customer"}), 0, wanted)


def test_concentration(told: Any) -> None:
    found = everywhere(told, "record_debtors", "concentration", {"as_of": "2026-06-30"}, table=1)
    agree(found, 0, {"top_3": "0.8444", "hhi": "2908.64"})


@pytest.mark.parametrize(
    ("forward", "wanted"),
    [
        ("100", ("0.00864", "0.072", "0.24", "0.48", "0.80")),
        ("110", ("0.009504", "0.0792", "0.264", "0.528", "0.88")),
    ],
)
def test_roll_rates(told: Any, forward: str, wanted: tuple[str, ...]) -> None:
    words = {"from": "2025-12-01", "to": "2026-11-20", "final": "80", "forward": forward}
    found = everywhere(told, "record_rolling", "roll-rates", words, table=1)
    rolls = ("0.12", "0.30", "0.50", "0.60", "1.00")
    for line, (rate, roll) in enumerate(zip(wanted, rolls, strict=True)):
        agree(found, line, {"loss_rate": rate, "roll": roll})


def test_expected_cash(told: Any) -> None:
    found = everywhere(told, "record_expected", "expected-cash", {"as_of": "2026-06-30", "row": "debt"})
    agree(found, 0, {"amount": "100000.00", "rate": "0.00864", "days_late": "10", "expected": "99136.00"})
    for form, lines in found.items():
        assert str(lines[0]["expected_on"]).startswith("2026-07-30"), form

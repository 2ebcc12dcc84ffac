"""The pages of the books: from a month's entries to the closed month, and every number to its rows."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from huikuan.audit.models import Event
from huikuan.books.models import State, Voucher
from huikuan.books.operations import change_policy, make_vouchers, post_vouchers, review_vouchers
from huikuan.books.queries.statements import UNCLOSED, balance_sheet, income_statement
from huikuan.books.rules.presentation import BALANCE_SHEET, INCOME_STATEMENT
from huikuan.ledger.models import Account, Period
from huikuan.web.books.line_titles import TITLES
from tests.trade import Books
from tests.web.people import member, signed_in


@pytest.fixture
def finance(organization: Any, books: Books) -> Client:
    books.invoice("YS1", "2026-05-03", "113000", tax="13000")
    books.invoice("YS2", "2026-05-10", "1130", tax="130", customer="C2")
    books.receipt("SK1", "2026-05-21", "60000")
    books.receipt("SK2", "2026-05-22", "2000", customer="C2")
    books.allocate("SK1", "YS1", "60000", "2026-05-21")
    return signed_in(member(organization, "finance_manager"))


def address(organization: Any, name: str, *values: Any) -> str:
    return reverse(name, args=[organization.code, *values])


def text(client: Client, url: str, **parameters: str) -> str:
    response = client.get(url, parameters)
    assert response.status_code == 200, response.content.decode()[:500]
    return response.content.decode()


def posted(books: Books) -> None:
    make_vouchers(actor=books.actor)
    review_vouchers(actor=books.actor)
    post_vouchers(actor=books.actor)


def amounts(page: str) -> list[str]:
    return re.findall(r"[−-]?[\d,]+\.\d\d", re.sub(r"<[^>]+>", " ", page))


def test_a_month_is_made_reviewed_posted_and_closed(organization: Any, finance: Client, books: Books) -> None:
    vouchers = address(organization, "vouchers")
    assert "还没有凭证" in text(finance, vouchers)
    made = finance.post(
        address(organization, "vouchers-make"), {"month": "2026-05", "grouping": "entry"}, follow=True
    )
    assert "已编制 4 张凭证" in made.content.decode()
    close = address(organization, "close-month", "2026-05")
    assert "本期的凭证都已审核、记账" in text(finance, close)
    assert finance.post(close, {"reason": "急"}).status_code == 200
    assert Period.objects.get().closed_at is None

    first = Voucher.objects.order_by("voucher_on").first()
    assert first is not None
    page = address(organization, "voucher", first.pk)
    assert "审核" in text(finance, page) and "赊销 客户C1 YS1" in text(finance, page)
    assert finance.post(address(organization, "voucher-review", first.pk)).status_code == 302
    assert finance.post(address(organization, "voucher-post", first.pk)).status_code == 302
    shown = text(finance, page)
    assert "壹拾壹万叁仟元整" in shown and "记账凭证" in shown
    assert finance.post(address(organization, "voucher-post", first.pk)).status_code == 409

    everything = {"all": "1", "confirmed": "1"}
    for act in ("review", "post"):
        done = finance.post(address(organization, "vouchers-act", act), everything, follow=True)
        assert "3 张凭证" in done.content.decode()
    assert sorted(voucher.number or 0 for voucher in Voucher.objects.all()) == [1, 2, 3, 4]

    refused = finance.post(close, {})
    assert "写明原因" in refused.content.decode()
    assert finance.post(close, {"reason": "六月核销"}).status_code == 302
    assert Period.objects.get().closed_at is not None


def test_a_returned_voucher_says_why(organization: Any, finance: Client, books: Books) -> None:
    make_vouchers(actor=books.actor)
    review_vouchers(actor=books.actor)
    voucher = Voucher.objects.first()
    assert voucher is not None
    url = address(organization, "voucher-return", voucher.pk)
    assert finance.post(url, {"reason": ""}).status_code == 200
    assert finance.post(url, {"reason": "摘要不清"}).status_code == 302
    voucher.refresh_from_db()
    assert voucher.state == State.PREPARED
    assert finance.post(address(organization, "voucher-dissolve", voucher.pk)).status_code == 302
    assert not Voucher.objects.filter(pk=voucher.pk).exists()


def test_who_prepared_does_not_review(organization: Any, finance: Client, books: Books) -> None:
    change_policy(words={}, separate_duties=True, grouping="entry", actor=books.actor)
    finance.post(address(organization, "vouchers-make"), {"month": "2026-05", "grouping": "kind"})
    voucher = Voucher.objects.first()
    assert voucher is not None
    refused = finance.post(address(organization, "voucher-review", voucher.pk))
    assert refused.status_code == 409 and "编制人" in refused.content.decode()


def lines(*rows: tuple[str, str, str, str, str]) -> dict[str, str]:
    accounts = {account.code: str(account.pk) for account in Account.objects.all()}
    data = {"line-TOTAL_FORMS": "6", "line-INITIAL_FORMS": "0"}
    for place, (summary, code, customer, debit, credit) in enumerate(rows):
        values = {
            "summary": summary,
            "account": accounts[code],
            "customer": customer,
            "debit": debit,
            "credit": credit,
        }
        data |= {f"line-{place}-{name}": value for name, value in values.items()}
    return data


def test_a_voucher_by_hand(organization: Any, finance: Client) -> None:
    url = address(organization, "vouchers-new")
    assert "1122" not in text(finance, url), "accounts of customers are not offered"
    head = {"on": "2026-05-20", "word": "记", "attachments": "2"}
    wrong = finance.post(url, head | lines(("房租", "6711", "", "8,000", ""), ("", "1002", "", "", "7000")))
    assert "借贷不平" in wrong.content.decode() and "相差 1000" in wrong.content.decode()
    assert 'value="8,000"' in wrong.content.decode(), "what was written stays"
    more = finance.post(url, head | lines(("房租", "6711", "", "8000", "")) | {"more": "1"})
    assert 'name="line-9-debit"' in more.content.decode()
    unknown = finance.post(
        url, head | lines(("房租", "6711", "NOBODY", "8000", ""), ("", "1002", "", "", "8000"))
    )
    assert "NOBODY" in unknown.content.decode() and not Voucher.objects.exists()
    made = finance.post(url, head | lines(("房租", "6711", "C1", "8,000", ""), ("", "1002", "", "", "8000")))
    voucher = Voucher.objects.get()
    assert made.headers["Location"] == address(organization, "voucher", voucher.pk)
    assert (voucher.summary, voucher.attachments, voucher.amount) == ("房租", 2, 8000)
    assert "客户C1" in text(finance, address(organization, "voucher", voucher.pk))

    assert "记（未编号）" in text(finance, address(organization, "voucher", voucher.pk))
    assert "有 1 张手工凭证还没有记账" in text(finance, address(organization, "income"), month="2026-05")
    assert "手工凭证" not in text(finance, address(organization, "income"), month="2026-04"), (
        "of a later month"
    )
    for name in ("voucher-review", "voucher-post"):
        finance.post(address(organization, name, voucher.pk))
    assert "记-0001" in text(finance, address(organization, "voucher", voucher.pk))
    assert "手工凭证" not in text(finance, address(organization, "income"), month="2026-05")
    red = finance.post(
        address(organization, "voucher-reverse", voucher.pk), {"on": "2026-05-31", "reason": "重复"}
    )
    assert red.status_code == 302
    assert "−8,000.00" in text(finance, red.headers["Location"])
    assert "已被红字冲销" in text(finance, address(organization, "voucher", voucher.pk))


def test_numbers_lead_to_rows_with_the_same_total(organization: Any, finance: Client, books: Books) -> None:
    posted(books)
    sheet = text(finance, address(organization, "balance-sheet"), month="2026-05")
    found = re.search(r'href="([^"]+line/receivables/[^"]+)">([\d,.]+)<', sheet)
    assert found is not None and found[2] == "53,000.00"
    behind = text(finance, found[1].replace("&amp;", "&"))
    assert "53,000.00" in behind and "客户C1" in behind and "客户C2" not in behind
    credit = re.search(r'href="([^"]+line/advances_received/[^"]+)">([\d,.]+)<', sheet)
    assert credit is not None and credit[2] == "870.00"
    customer = re.search(r'data-href="([^"]+books/customers/[^"]+)"', behind)
    assert customer is not None
    lines_of = text(finance, customer[1].replace("&amp;", "&"))
    assert amounts(lines_of)[-1] == "53,000.00"
    assert "记-0001" in lines_of

    trial = text(finance, address(organization, "trial-balance"), since="2026-05", until="2026-05")
    account = re.search(r'data-href="([^"]+books/accounts/[^"]+)"[^>]*>.*?银行存款', trial, re.DOTALL)
    assert account is not None
    assert "62,000.00" in text(finance, account[1].replace("&amp;", "&"))
    income = text(finance, address(organization, "income"), month="2026-05")
    assert "101,000.00" in income and "净利润" in income
    assert "870.00" in text(finance, address(organization, "customer-balances"), month="2026-05")


def test_export_is_a_file_and_is_written_down(organization: Any, finance: Client, books: Books) -> None:
    url = address(organization, "vouchers-export")
    nothing = finance.post(url, {"month": "2026-05", "form": "csv"})
    assert "没有已记账" in nothing.content.decode()
    posted(books)
    taken = finance.post(url, {"month": "2026-05", "form": "csv"})
    assert taken.headers["Content-Disposition"].endswith('2026-05-csv.csv"')
    assert "113000.00" in taken.content.decode("utf-8-sig")
    assert Event.objects.filter(action="exported", record_kind="vouchers").count() == 1


def test_other_organizations_vouchers_do_not_exist(organization: Any, finance: Client, books: Books) -> None:
    from uuid import uuid4

    for name in ("voucher", "account-ledger", "customer-ledger", "voucher-reverse"):
        assert finance.get(address(organization, name, uuid4())).status_code == 404
    assert finance.get(address(organization, "close-month", "2026-13")).status_code == 404
    assert finance.get(address(organization, "statement-line", "balance-sheet", "nothing")).status_code == 404
    assert finance.get(address(organization, "statement-line", "nothing", "cash")).status_code == 404


def test_profit_is_moved_from_its_page(organization: Any, finance: Client, books: Books) -> None:
    page = address(organization, "profit", "2026-05")
    assert "本年利润" in text(finance, page)
    answer = finance.post(page)
    assert answer.status_code == 302 and "/vouchers/" in answer["Location"]
    assert books.entries("profit_closing") == ["D6001 101000.00", "C4103 101000.00"]
    assert "不用结转" in text(finance, page)
    early = finance.post(address(organization, "profit", f"{books.today:%Y-%m}"))
    assert early.status_code == 422 and "还没有过完" in early.content.decode()


def test_opening_balances_become_one_voucher(organization: Any, finance: Client, books: Books) -> None:
    page = address(organization, "vouchers-opening")
    assert page in text(finance, address(organization, "vouchers"))
    assert "短期借款" in text(finance, page) and ">应收账款 " not in text(finance, page)
    bank, loans = (Account.objects.get(code=code).pk for code in ("1002", "2001"))
    assert "还没有填写余额" in finance.post(page, {"on": "2026-05-01"}).content.decode()
    written = {"on": "2026-05-01", f"debit-{bank}": "5,000.00", f"credit-{loans}": "3000"}
    answer = finance.post(page, written)
    voucher = Voucher.objects.get(source="opening")
    assert answer["Location"] == address(organization, "voucher", voucher.pk)
    assert "2,000.00" in text(finance, answer["Location"])  # to the opening-balance account
    assert "已经录入过" in text(finance, page)
    assert page not in text(finance, address(organization, "vouchers"))


def test_every_line_of_the_statements_has_a_title_to_translate(organization: Any, finance: Client) -> None:
    shown = {line.title for line in (*BALANCE_SHEET, *INCOME_STATEMENT, UNCLOSED)}
    for read in (balance_sheet, income_statement):
        shown |= {line.title for line in read(month=date(2026, 5, 1)).lines}
    assert shown == set(TITLES)

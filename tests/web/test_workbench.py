"""The workbench: the queue, accepting and undoing, settling by hand, what goes back, questions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from huikuan.audit.operations import act
from huikuan.cash.banking import BankAccount, LineUse, StatementLine
from huikuan.cash.queries import unclaimed_receipts, waiting_lines
from huikuan.ledger.models import Document, OpenItem
from huikuan.ledger.operations import Leg, NewDocument
from huikuan.ledger.operations.documents import ACCOUNT_RECEIPT, post_documents
from huikuan.notices.models import Notice
from tests.cash.lines import bank_account, line, option, propose, used
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(organization: Any, books: Any) -> Client:
    return signed_in(member(organization, "ar_accountant", name="李会计"))


def address(books: Any, path: str = "") -> str:
    return f"/o/{books.organization.code}/bank/workbench/{path}"


def seen(client: Client, books: Any, **query: str) -> str:
    response = client.get(address(books), query)
    assert response.status_code == 200
    return str(response.content.decode())


def post(client: Client, books: Any, path: str, **values: Any) -> str:
    """What htmx puts in place."""
    response = client.post(address(books, path), values, headers={"HX-Request": "true"})
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def two_lines(books: Any) -> tuple[StatementLine, StatementLine]:
    books.invoice("I1", "2026-01-05", "100.00")
    books.invoice("I2", "2026-01-06", "250.00")
    first, second = (
        line(books, "2026-02-01", "100.00", "甲公司"),
        line(books, "2026-02-02", "250.00", "乙公司"),
    )
    propose(first, option(books, ("I1", "100.00"), tier="likely"), tier="likely")
    propose(second, option(books, ("I2", "250.00"), tier="likely"), tier="likely")
    return first, second


def test_a_queue_is_worked_off_and_every_step_undone(client: Client, books: Any) -> None:
    first, second = two_lines(books)
    shown = seen(client, books)
    assert "甲公司" in shown and "I1" in shown and "350.00" in shown
    after = post(client, books, f"{first.pk}/accept/", place="0", tab="review")
    assert books.open("I1") == 0
    assert "乙公司" in after and "250.00" in after and "data-bench-undo" in after
    done = post(client, books, f"{second.pk}/accept/", place="0", tab="review")
    assert "没有待处理的流水" in done
    keys = list(LineUse.objects.values_list("pk", flat=True))
    back = post(client, books, "undo/", use=[str(key) for key in keys], tab="review")
    assert "已撤销" in back
    assert (books.open("I1"), books.open("I2"), waiting_lines().count()) == (100, 250, 2)
    assert_nothing_broken(books.organization)


def test_without_scripts_it_leads_to_the_next_line(client: Client, books: Any) -> None:
    first, second = two_lines(books)
    response = client.post(address(books, f"{first.pk}/accept/"), {"place": "0", "tab": "review"})
    assert response.status_code == 302 and str(second.pk) in response["Location"]


def test_what_is_stale_says_so_and_is_looked_at_anew(client: Client, books: Any) -> None:
    first, _second = two_lines(books)
    books.receipt("R1", "2026-01-20", "60.00")
    books.allocate("R1", "I1", "60.00", "2026-01-20")
    assert "已有变动" in seen(client, books, line=str(first.pk))
    answer = post(client, books, f"{first.pk}/accept/", place="0", tab="review")
    assert "核销金额超过" in answer
    assert used(first.pk) == 0
    assert "请先选择" in post(client, books, f"{first.pk}/accept/", tab="review")


def test_a_short_payment_asks_why(client: Client, books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = line(books, "2026-02-01", "80.00")
    propose(row, option(books, ("I1", "80.00"), tier="likely"), tier="likely")
    assert "data-bench-asks" in seen(client, books)
    assert "请说明差额的原因" in post(client, books, f"{row.pk}/accept/", place="0")
    post(client, books, f"{row.pk}/accept/", place="0", short_reason="retention")
    assert books.open("I1") == 20


def test_other_ways_a_line_goes(client: Client, books: Any) -> None:
    fee, wages = line(books, "2026-02-01", "-12.00", kind="fee"), line(books, "2026-02-01", "-500.00")
    unknown = line(books, "2026-02-01", "70.00", "某人")
    assert "某人" in seen(client, books, tab="none")
    assert "−500.00" in seen(client, books, tab="out", line=str(wages.pk))
    assert "没有代码为 9999" in post(client, books, f"{fee.pk}/book/", account="9999")
    post(client, books, f"{fee.pk}/book/", memo="管理费")
    post(client, books, f"{wages.pk}/leave-out/")
    post(client, books, f"{unknown.pk}/pool/")
    assert not waiting_lines().exists()
    assert unclaimed_receipts().count() == 1
    assert_nothing_broken(books.organization)


def by_hand(client: Client, books: Any, row: StatementLine, customer: str = "C1", **values: Any) -> Any:
    return client.post(address(books, f"{row.pk}/by-hand/?customer={customer}"), values)


def test_a_line_is_split_by_hand_between_customers(client: Client, books: Any) -> None:
    books.invoice("I1", "2026-01-05", "60.00")
    books.invoice("I2", "2026-01-05", "50.00", customer="C2")
    books.credit_note("R1", "2026-01-10", "5.00", customer="C2")
    row = line(books, "2026-02-01", "104.00", "某人")
    first, second, credit = (books.item(number).pk for number in ("I1", "I2", "R1"))
    found = client.get(address(books, f"{row.pk}/by-hand/?q=客户C2"))
    assert "customer=C2" in found.content.decode()
    beyond = by_hand(
        client, books, row, what="settle", item=str(first), part="50", **{f"item-{first}": "60.00"}
    )
    assert beyond.status_code == 422 and "请减少核销金额" in beyond.content.decode()
    part = by_hand(
        client, books, row, what="settle", item=str(first), part="60", **{f"item-{first}": "60.00"}
    )
    assert part.status_code == 302 and "by-hand" in part["Location"]
    rest = by_hand(
        client,
        books,
        row,
        "C2",
        what="settle",
        item=str(second),
        credit=str(credit),
        fee="1.00",
        **{f"item-{second}": "50.00", f"credit-{credit}": "5.00"},
    )
    assert rest.status_code == 302 and "by-hand" not in rest["Location"]
    assert (books.open("I1"), books.open("I2"), books.open("R1"), used(row.pk)) == (0, 0, 0, 104)
    assert_nothing_broken(books.organization)


def test_lines_of_one_payer_are_combined_by_hand(client: Client, books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    first, second = line(books, "2026-02-01", "60.00", "甲"), line(books, "2026-02-02", "40.00", "甲")
    item = books.item("I1").pk
    values = {"what": "settle", "item": str(item), f"item-{item}": "100.00", "companion": str(second.pk)}
    assert str(second.pk) in client.get(address(books, f"{first.pk}/by-hand/?customer=C1")).content.decode()
    assert by_hand(client, books, first, **values).status_code == 302
    assert (books.open("I1"), waiting_lines().count()) == (0, 0)


def test_money_that_went_out_is_a_refund_or_a_bounce(client: Client, books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    paid = line(books, "2026-02-01", "100.00")
    propose(paid, option(books, ("I1", "100.00")))
    post(client, books, f"{paid.pk}/accept/", place="0")
    receipt = Document.objects.get(kind="receipt")
    back = line(books, "2026-02-10", "-100.00", kind="return")
    shown = client.get(address(books, f"{back.pk}/by-hand/?customer=C1")).content.decode()
    assert receipt.number in shown
    refused = by_hand(client, books, back, what="refund")
    assert refused.status_code == 422 and "没有足够的未用款项" in refused.content.decode()
    assert by_hand(client, books, back, what="bounce", document=str(receipt.pk)).status_code == 302
    assert books.open("I1") == 100
    assert OpenItem.objects.filter(open_amount__gt=0).count() == 1
    assert_nothing_broken(books.organization)


def test_a_bounce_that_was_proposed_is_accepted(client: Client, books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    paid = line(books, "2026-02-01", "100.00")
    propose(paid, option(books, ("I1", "100.00")))
    post(client, books, f"{paid.pk}/accept/", place="0")
    back = line(books, "2026-02-10", "-100.00", kind="return")
    receipt = Document.objects.get(kind="receipt").pk
    propose(back, option(books, tier="likely", returns=receipt, unapplied="-100.00"), tier="likely")
    assert "按原账龄恢复" in seen(client, books)
    post(client, books, f"{back.pk}/accept/", place="0")
    assert books.open("I1") == 100


def test_a_salesperson_is_asked_and_sees_that_line_alone(
    organization: Any, client: Client, books: Any
) -> None:
    user, _salesperson = seller(organization)
    row, other = line(books, "2026-02-01", "70.00", "某人"), line(books, "2026-02-01", "80.00", "别人")
    assert "已询问" in post(
        client, books, f"{row.pk}/ask/", whom=user.name, text="是您的客户吗？", tab="none"
    )
    assert StatementLine.objects.get(pk=row.pk).waits_for_id == user.pk
    notice = Notice.objects.get(recipient__user=user)
    reader = signed_in(user)
    shown = reader.get(notice.path.split("#")[0])
    assert shown.status_code == 200 and "是您的客户吗" in shown.content.decode()
    assert reader.get(f"/o/{organization.code}/claims/asked/{other.pk}/").status_code == 404
    assert reader.get(address(books)).status_code == 403
    assert "某人" in seen(client, books, tab="asked")
    assert "请选择要问的同事" in post(client, books, f"{other.pk}/ask/", whom="nobody", text="?", tab="none")


def test_matching_by_the_button_settles_what_is_sure(client: Client, books: Any) -> None:
    books.customer("C1", name="上海宏远机械有限公司")
    books.invoice("FP-2026-0001", "2026-01-05", "100.00")
    row = line(books, "2026-02-01", "100.00", "上海宏远机械有限公司", text="货款 FP-2026-0001")
    answer = client.post(address(books, "match/"), follow=True)
    assert "自动核销 1 笔" in answer.content.decode()
    assert (used(row.pk), books.open("FP-2026-0001")) == (100, 0)


def test_who_only_reads_finds_no_buttons(organization: Any, books: Any) -> None:
    first, _second = two_lines(books)
    reader = signed_in(member(organization, "auditor"))
    shown = seen(reader, books)
    assert "甲公司" in shown and "data-bench-leave" not in shown and "确认并下一笔" not in shown
    assert reader.post(address(books, f"{first.pk}/accept/"), {"place": "0"}).status_code == 403


def test_the_page_of_a_line_leads_to_it_among_what_waits(client: Client, books: Any) -> None:
    first, _second = two_lines(books)
    nobody = line(books, "2026-02-03", "7.00", "丙")
    page = client.get(f"/o/{books.organization.code}/bank/lines/{nobody.pk}/").content.decode()
    assert f"/bank/workbench/?line={nobody.pk}" in page
    shown = client.get(address(books), {"line": str(nobody.pk)})
    assert (shown.context["tab"], shown.context["line"]["key"]) == ("none", nobody.pk)
    post(client, books, f"{first.pk}/accept/", place="0", tab="review")
    page = client.get(f"/o/{books.organization.code}/bank/lines/{first.pk}/").content.decode()
    assert "/bank/workbench/?line=" not in page


def test_a_receipt_recorded_by_hand_is_found_and_linked(books: Books) -> None:
    bank_account(books)
    account = BankAccount.objects.get(code="ICBC").account_id
    books.customer("C1", name="宁波海翔机械有限公司")
    [near, far] = post_by_hand(
        books, account, ("SK-NEAR", "2026-02-01", "100.00"), ("SK-FAR", "2026-02-20", "104.00")
    )
    row = line(books, "2026-02-04", "100.00", "不认识的人")
    client = signed_in(member(books.organization, "ar_accountant"))
    base = f"/o/{books.organization.code}/bank/workbench/{row.pk}/recorded/"
    shown = client.get(base).content.decode()
    assert near.number in shown and far.number in shown
    assert str(near.pk) in shown.split("金额不同")[0]
    assert near.number not in client.get(base, {"q": "SK-FAR"}).content.decode()
    assert far.number in client.get(base, {"q": "海翔"}).content.decode()
    refused = client.post(base, {"record": str(far.pk)})
    assert (refused.status_code, "金额不同" in refused.content.decode()) == (422, True)
    assert client.post(base, {"record": "x"}).status_code == 404
    assert client.post(base, {"record": str(near.pk)}).status_code == 302
    use = LineUse.objects.get()
    assert (use.document_id, use.settled_with["linked"]) == (near.pk, True)
    later = line(books, "2026-02-05", "100.00")
    other = f"/o/{books.organization.code}/bank/workbench/{later.pk}/recorded/"
    assert near.number not in client.get(other).content.decode(), "a line stands for it already"


def post_by_hand(books: Books, account: Any, *receipts: tuple[str, str, str]) -> list[Document]:
    """Receipts recorded on an account of the chart before their lines came."""
    with act("record_receipt", actor=books.actor) as opened:
        made = post_documents(
            [
                NewDocument(
                    customer_id=books.customer("C1").pk,
                    number=number,
                    document_on=day(on),
                    amount=Decimal(amount),
                    due_on=day(on),
                    legs=(Leg(account, Decimal(amount)),),
                )
                for number, on, amount in receipts
            ],
            posting=ACCOUNT_RECEIPT,
            opened=opened,
        )
    return [Document.objects.get(pk=each.id) for each in made]

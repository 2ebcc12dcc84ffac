"""Lines become receipts that settle what was chosen, with differences and credits; all of an act or nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from huikuan.approvals.operations import change_settings
from huikuan.audit.models import Act
from huikuan.cash.banking import LineUse
from huikuan.cash.operations import Choice, apply_matches, undo_uses
from huikuan.cash.proposals import MatchPolicy
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import CustomerName
from huikuan.disputes.models import Dispute
from huikuan.disputes.operations import NewDispute, open_dispute
from huikuan.ledger.models import Document, JournalLine, OpenItem
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import User
from huikuan.organizations.permissions import PERMISSIONS
from tests.cash.lines import line, option, used
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books

pytestmark = pytest.mark.django_db


def apply(books: Books, *choices: Choice, actor: Any = None) -> list[LineUse]:
    return apply_matches(choices, actor=actor or books.actor, today=books.today)


def refused(books: Books, *choices: Choice, actor: Any = None) -> str:
    """The code with which it is refused; nothing was changed."""
    before = (Document.objects.count(), Act.objects.count(), LineUse.objects.count())
    with pytest.raises(HuikuanError) as caught, transaction.atomic():
        apply(books, *choices, actor=actor)
    assert (Document.objects.count(), Act.objects.count(), LineUse.objects.count()) == before
    return caught.value.code


def balance(name: str) -> Decimal:
    """Debit less credit on an account by its purpose or name."""
    rows = JournalLine.objects.filter(account__name=name) | JournalLine.objects.filter(account__purpose=name)
    return sum((row.debit - row.credit for row in rows), Decimal(0))


def test_a_line_settles_its_invoice_through_the_account_of_the_bank(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = line(books, "2026-02-01", "100.00", "客户C1", account="6222")
    [use] = apply(books, Choice(row.pk, option(books, ("I1", "100.00")), place=0))
    assert books.open("I1") == 0
    assert (balance("ICBC"), balance("bank")) == (100, 0)
    assert (used(row.pk), use.kind, use.tier, use.automatic) == (100, "receipt", "sure", False)
    assert use.reasons == [{"code": "number_in_text", "number": "I1"}]
    assert use.settled_with["place"] == 0
    assert_nothing_broken(books.organization)
    assert refused(books, Choice(row.pk, option(books, ("I1", "100.00")))) == "line_is_used"


@pytest.mark.parametrize(
    ("amount", "parts", "account", "posted"),
    [
        ("95.00", {"fee": "5.00"}, "financial_expense", 5),
        ("99.00", {"short": "1.00"}, "other_expense", 1),
        ("98.00", {"discount": "2.00"}, "revenue", -98),
        ("100.50", {"over": "0.50"}, "other_income", Decimal("-0.50")),
    ],
)
def test_a_difference_settles_with_the_money(
    books: Books, amount: str, parts: dict[str, str], account: str, posted: Decimal
) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = line(books, "2026-02-01", amount)
    apply(books, Choice(row.pk, option(books, ("I1", "100.00"), **parts)))
    assert books.open("I1") == 0
    assert not OpenItem.objects.filter(open_amount__gt=0).exists()
    assert balance(account) == posted
    assert_nothing_broken(books.organization)


def test_credit_notes_and_advances_are_used_up_with_the_money(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    books.credit_note("R1", "2026-01-10", "30.00")
    books.advance("A1", "2026-01-12", "20.00")
    row = line(books, "2026-02-01", "50.00")
    apply(
        books,
        Choice(row.pk, option(books, ("I1", "100.00"), credits=[("R1", "30.00"), ("A1", "20.00")])),
    )
    assert (books.open("I1"), books.open("R1"), books.open("A1")) == (0, 0, 0)
    assert_nothing_broken(books.organization)


def test_several_lines_settle_one_invoice_in_one_act(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    first, second = line(books, "2026-02-01", "60.00"), line(books, "2026-02-03", "39.00")
    choice = Choice(first.pk, option(books, ("I1", "100.00"), companions=[second.pk], fee="1.00"))
    uses = apply(books, choice)
    assert (len(uses), books.open("I1")) == (2, 0)
    assert {use.act_id for use in uses} == {uses[0].act_id}
    assert_nothing_broken(books.organization)


def test_a_line_is_split_between_two_customers(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "60.00")
    books.invoice("I2", "2026-01-05", "50.00", customer="C2")
    row = line(books, "2026-02-01", "110.00")
    both = [
        Choice(row.pk, option(books, ("I1", "60.00")), amount=Decimal("60.00")),
        Choice(row.pk, option(books, ("I2", "50.00"), customer="C2"), amount=Decimal("50.00")),
    ]
    assert refused(books, both[0], replace(both[1], amount=Decimal("50.01"))) == "beyond_line"
    apply(books, *both)
    assert (used(row.pk), books.open("I1"), books.open("I2")) == (110, 0, 0)
    assert_nothing_broken(books.organization)


def test_one_member_of_a_group_pays_for_another(books: Books) -> None:
    head = books.customer("HEAD")
    books.customer("CHILD", parent=head)
    books.invoice("I1", "2026-01-05", "60.00", customer="CHILD")
    books.invoice("OTHER", "2026-01-05", "60.00", customer="C9")
    row = line(books, "2026-02-01", "60.00")
    assert refused(books, Choice(row.pk, option(books, ("OTHER", "60.00"), customer="HEAD"))) == (
        "other_customer"
    )
    apply(books, Choice(row.pk, option(books, ("I1", "60.00"), customer="HEAD")))
    assert books.open("I1") == 0
    assert_nothing_broken(books.organization)


def test_what_is_paid_too_much_stays_unapplied(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "60.00")
    row = line(books, "2026-02-01", "100.00")
    apply(books, Choice(row.pk, option(books, ("I1", "60.00"), unapplied="40.00")))
    assert OpenItem.objects.get(side=-1).open_amount == 40
    assert_nothing_broken(books.organization)


def test_foreign_money_is_posted_at_the_rate_of_its_day(books: Books) -> None:
    books.invoice("F1", "2026-01-05", "100.00", currency="USD", rate=Decimal("7.10"))
    row = line(books, "2026-02-01", "100.00", bank="USD", currency="USD")
    choice = Choice(row.pk, option(books, ("F1", "100.00")))
    assert refused(books, choice) == "rate_missing"
    books.rate("USD", "2026-01-31", "7.00")
    apply(books, choice)
    assert (books.open("F1"), balance("USD"), balance("financial_expense")) == (0, 700, 10)
    assert_nothing_broken(books.organization)


def test_an_invoice_later_than_the_money_is_settled_from_its_own_day(books: Books) -> None:
    books.invoice("I1", "2026-02-05", "60.00")
    row = line(books, "2026-02-01", "60.00")
    apply(books, Choice(row.pk, option(books, ("I1", "60.00"))))
    assert books.open("I1") == 0
    assert_nothing_broken(books.organization)


def test_what_cannot_be_is_refused_and_nothing_is_half_done(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row, late = line(books, "2026-02-01", "100.00"), line(books, "2026-12-01", "100.00")
    out = line(books, "2026-02-01", "-100.00")
    whole = option(books, ("I1", "100.00"))
    assert refused(books, Choice(row.pk, option(books, ("I1", "99.99")))) == "does_not_add_up"
    assert refused(books, Choice(row.pk, replace(whole, customer_id=None))) == "payer_unknown"
    assert refused(books, Choice(late.pk, whole)) == "in_future"
    assert refused(books, Choice(out.pk, whole)) == "money_went_out"
    assert refused(books, Choice(row.pk, option(books, ("I1", "110.01"), fee="10.01"))) == "beyond_debit"
    big = option(books, ("I1", "100.00"), fee="100.01", unapplied="100.01")
    assert refused(books, Choice(row.pk, big)) == "above_tolerance"
    other = line(books, "2026-02-01", "100.00")
    assert refused(books, Choice(row.pk, whole), Choice(other.pk, whole)) == "beyond_debit"


def test_a_short_payment_asks_for_a_reason_unless_an_order_is_agreed(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row, second = line(books, "2026-02-01", "60.00"), line(books, "2026-02-02", "10.00")
    choice = Choice(row.pk, option(books, ("I1", "60.00")))
    assert refused(books, choice) == "reason_missing"
    assert refused(books, replace(choice, short_reason="whim")) == "unknown_reason"
    [use] = apply(books, replace(choice, short_reason="dispute"))
    assert use.settled_with["short_reason"] == "dispute"
    MatchPolicy.objects.create(
        organization_id=books.organization.pk, customer_id=books.customer().pk, order="oldest"
    )
    apply(books, Choice(second.pk, option(books, ("I1", "10.00"))))
    assert books.open("I1") == 30


def test_who_pays_is_learned_from_what_people_confirm(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    for number, automatic in (("1", False), ("2", False), ("3", True)):
        row = line(books, "2026-02-01", "20.00", f"付款人{number}", account=f"622{number}")
        settles = option(books, ("I1", "20.00"))
        apply(books, Choice(row.pk, settles, short_reason="instalment", automatic=automatic))
    again = line(books, "2026-02-01", "20.00", "付款人1", account="6221")
    apply(books, Choice(again.pk, option(books, ("I1", "20.00")), short_reason="instalment"))
    learned = CustomerName.objects.filter(kind="payer").order_by("name")
    assert [(row.name, row.account) for row in learned] == [("付款人1", "6221"), ("付款人2", "6222")]


def person(*lacking: str) -> Actor:
    """Somebody who may do all but this."""
    user = User.objects.create_user(name="P", password=None, email=f"{uuid4().hex}@x.example")
    return Actor("P", frozenset(PERMISSIONS) - set(lacking), "all", user_id=user.pk)


@pytest.mark.parametrize("lacking", ["receipt.record", "allocation.write"])
def test_settling_needs_both_permissions(books: Books, lacking: str) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = line(books, "2026-02-01", "100.00")
    choice = Choice(row.pk, option(books, ("I1", "100.00")))
    assert refused(books, choice, actor=person(lacking)) == "not_permitted"


def test_giving_up_a_difference_needs_its_own_permission(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = line(books, "2026-02-01", "99.00")
    choice = Choice(row.pk, option(books, ("I1", "100.00"), fee="1.00"))
    assert refused(books, choice, actor=person("settlement.write")) == "not_permitted"


def test_who_brought_the_money_in_does_not_settle_with_it_where_the_organization_insists(
    books: Books,
) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    cashier = person("audit.read")
    as_cashier = Books(books.organization, cashier, books.today, books.customers)
    row = line(as_cashier, "2026-02-01", "100.00")
    choice = Choice(row.pk, option(books, ("I1", "100.00")))
    change_settings(duties=["record_allocate"], remind_after_days=2, actor=books.actor)
    assert refused(books, choice, actor=cashier) == "duty_refused"
    apply(books, choice, actor=person())
    assert books.open("I1") == 0


def test_a_receipt_typed_by_hand_is_allocated_by_somebody_else_where_the_organization_insists(
    books: Books,
) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    cashier = person()
    as_cashier = Books(books.organization, cashier, books.today, books.customers)
    as_cashier.receipt("R1", "2026-02-01", "100.00")
    change_settings(duties=["record_allocate"], remind_after_days=2, actor=books.actor)
    with pytest.raises(HuikuanError) as caught:
        as_cashier.allocate("R1", "I1", "100.00", "2026-02-01")
    assert caught.value.code == "duty_refused"
    Books(books.organization, person(), books.today, books.customers).allocate(
        "R1", "I1", "100.00", "2026-02-01"
    )
    assert books.open("I1") == 0


def test_many_lines_take_no_more_statements_than_a_few(books: Books) -> None:
    def statements(count: int) -> int:
        choices = []
        for number in range(count):
            name = f"I{count}-{number}"
            books.invoice(name, "2026-01-05", "100.00")
            row = line(books, "2026-02-01", "99.00")
            choices.append(Choice(row.pk, option(books, (name, "100.00"), fee="1.00")))
        with CaptureQueriesContext(
            connection,
        ) as found:
            apply(books, *choices)
        return len(found)

    assert statements(3) == statements(12)


def test_less_because_of_a_dispute_opens_one_for_what_is_missing(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = line(books, "2026-02-01", "70.00", "客户C1")
    choice = Choice(
        row.pk,
        option(books, ("I1", "70.00")),
        short_reason="dispute",
        dispute_reason="quality.damage",
        memo="三箱破损",
    )
    [use] = apply(books, choice)
    dispute = Dispute.objects.get()
    assert (dispute.item_id, dispute.amount, dispute.reason, dispute.text, dispute.act_id) == (
        books.item("I1").pk,
        Decimal("30.00"),
        "quality.damage",
        "三箱破损",
        use.act_id,
    )
    assert_nothing_broken(books.organization)
    undo_uses([use.pk], actor=books.actor, today=books.today)
    dispute.refresh_from_db()
    assert (dispute.state, books.open("I1")) == ("withdrawn", 100)
    assert_nothing_broken(books.organization)


def test_what_is_in_dispute_already_is_not_disputed_again(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    new = NewDispute(books.item("I1").pk, "price", Decimal("20.00"))
    open_dispute(new, actor=books.actor, today=books.today)
    row = line(books, "2026-02-01", "70.00", "客户C1")
    apply(books, Choice(row.pk, option(books, ("I1", "70.00")), short_reason="dispute"))
    assert sorted(Dispute.objects.values_list("amount", flat=True)) == [10, 20]


def test_who_may_not_open_disputes_gives_another_reason(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = line(books, "2026-02-01", "70.00", "客户C1")
    actor = Actor(name="会计", permissions=frozenset({"receipt.record", "allocation.write"}), scope="all")
    disputed = Choice(row.pk, option(books, ("I1", "70.00")), short_reason="dispute")
    assert refused(books, disputed, actor=actor) == "not_permitted"
    apply(books, replace(disputed, short_reason="instalment"), actor=actor)

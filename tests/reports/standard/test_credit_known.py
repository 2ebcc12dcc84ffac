"""信用占用表 as known at a time: whatever is recorded or changed afterwards, the old report comes out again byte for byte."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.administration.operations import save_term
from huikuan.cash.models import Bill
from huikuan.cash.operations import (
    Endorsement,
    collect_bills,
    discount_bills,
    endorse_bills,
)
from huikuan.credit.models import Limit, OrderHold, Security
from huikuan.credit.operations import change_setting, release, release_hold, release_security, withdraw_limit
from huikuan.customers.models import PaymentTerm
from huikuan.customers.operations import CustomerFacts, change_customers, create_customers
from huikuan.customers.rules import TermRule
from huikuan.ledger.currencies import Rate
from huikuan.ledger.operations import remove_rates
from huikuan.reports.asking import Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.late import late_postings
from huikuan.reports.moments import moment
from huikuan.reports.output.forms import FORMS
from huikuan.reports.output.heading import Heading
from huikuan.sales.contracts import Contract
from huikuan.sales.models import Delivery, Invoice, OrderLine
from huikuan.sales.operations import (
    ContractChange,
    LineChange,
    RecordedOrder,
    add_order_lines,
    cancel_contract,
    change_contract,
    change_order_lines,
    close_orders,
    reverse_invoices,
    void_deliveries,
)
from tests.cash.bills import dishonour, receive
from tests.credit.giving import Giving
from tests.ledger.checking import assert_nothing_broken
from tests.sales.agreeing import bill, plan_line, sign
from tests.sales.selling import Selling, line
from tests.trade import Books, day
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db

YEAR_END, SUMMER = date(2026, 12, 31), date(2026, 6, 30)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MAY = "2026-05-01"


def ask(as_of: date = YEAR_END, **words: str) -> Result:
    report = report_named("credit-use")
    words = {"as_of": as_of.isoformat(), **words}
    return answer(report, asked(report, words, today=YEAR_END, zone=ZoneInfo("Asia/Shanghai")))


def told(known_at: datetime | None = None) -> dict[date, Result]:
    """The report of both days."""
    words = {"known_at": known_at.isoformat()} if known_at else {}
    return {as_of: ask(as_of, **words) for as_of in (YEAR_END, SUMMER)}


def written(found: dict[date, Result], *forms: str) -> dict[tuple[date, str], bytes]:
    """Reports as files; their heads say until when they know."""
    heading = Heading("c", "公司", "小王", NOON)
    return {
        (as_of, form): FORMS[form].write(report_named("credit-use"), result, heading)
        for as_of, result in found.items()
        for form in forms
    }


def known_now() -> datetime:
    found = moment(YEAR_END).known_at
    assert found is not None
    return found


def figures(result: Result) -> list[Any]:
    return [(row.key, dict(row.values)) for row in result.rows]


@dataclass
class Company:
    """A company with something in every part of exposure, and what may become of it later."""

    books: Books
    selling: Selling
    giving: Giving
    orders: dict[str, RecordedOrder]
    bills: dict[str, Bill]
    contract: Contract

    def line(self, order: str, place: int = 0) -> OrderLine:
        return OrderLine.objects.get(pk=self.orders[order].line_ids[place])

    @property
    def who(self) -> dict[str, Any]:
        return {"actor": self.books.actor, "today": self.books.today}


@pytest.fixture
def company(books: Books) -> Company:
    selling, giving = Selling(books), Giving(books)
    books.rate("USD", "2026-01-05", "7.1")
    term = PaymentTerm.objects.create(
        organization_id=books.organization.pk,
        code="PRE",
        name="款到发货",
        rule={"kind": "prepaid", "base_event": "order"},
    )
    [books.customers["P"]] = create_customers(
        [CustomerFacts(code="P", name="预付的客户", term_id=term.pk)], actor=books.actor
    )
    books.invoice("I1", "2026-03-01", "900.00", due="2027-03-01")
    books.receipt("R1", "2026-03-20", "200.00")
    books.advance("V1", "2026-03-21", "50.00", customer="C2")
    orders = {
        "plain": selling.order(line("10", "100"), line("3", "33.33"), on=MAY),
        "dollars": selling.order(line("7", "10"), on=MAY, customer="C3", currency="USD"),
        "prepaid": selling.order(line("5", "20"), on=MAY, customer="P"),
        "ending": selling.order(line("2", "50"), on=MAY),
        "planned": selling.order(line("10", "100"), on=MAY),
    }
    selling.deliver(orders["plain"], "4", on="2026-05-10")
    contract = sign(
        books,
        plan_line("date", "40%", name="预付款", bill_on="2026-05-01"),
        plan_line("date", "60%", name="尾款", bill_on="2026-06-20"),
        amount="1130.00",
        on=MAY,
        order_id=orders["planned"].id,
    )
    giving.limit("100000", on="2026-01-01")
    giving.limit("100", customer="C2")
    giving.limit("5000", customer="C3")
    change_setting(checks_orders=True, actor=books.actor)
    orders["reserved"] = selling.order(line("8", "40"), on=MAY)
    orders["held"] = selling.order(line("9", "90"), on=MAY, customer="C2")
    giving.reserve("SO-OUT", "70")
    [held] = OrderHold.objects.all()
    assert held.reference == orders["held"].number
    bills = {
        name: receive(books, face, number=f"{place:030d}", acceptor=acceptor, **values)
        for place, (name, face, acceptor, values) in enumerate(
            (
                ("kept", "500.00", "某某机械有限公司", {}),
                ("passed", "300.00", "某某机械有限公司", {"range_from": 1, "range_to": 30000}),
                ("discounted", "80.00", "某某机械有限公司", {"matures_on": day("2027-01-10")}),
                ("bank", "60.00", "中国工商银行股份有限公司", {}),
            )
        )
    }
    return Company(books, selling, giving, orders, bills, contract)


def back_dated(company: Company) -> None:
    company.books.invoice("LATE", "2026-02-01", "77.00", due="2027-03-01")


def payment(company: Company) -> None:
    company.books.allocate("R1", "I1", "150.00", "2026-03-25")


def more_of_a_line(company: Company) -> None:
    change_order_lines([LineChange(company.line("plain").pk, quantity=Decimal(14))], **company.who)


def another_price(company: Company) -> None:
    change_order_lines([LineChange(company.line("dollars").pk, unit_price=Decimal(12))], **company.who)


def another_line(company: Company) -> None:
    add_order_lines([(company.orders["plain"].id, [line("1", "5")])], **company.who)


def that_line_changed(company: Company) -> None:
    added = OrderLine.objects.get(order_id=company.orders["plain"].id, position=3)
    change_order_lines([LineChange(added.pk, quantity=Decimal(2))], **company.who)


def delivery(company: Company) -> None:
    company.selling.deliver(company.orders["plain"], "2", "1", on="2026-05-12")


def delivery_taken_back(company: Company) -> None:
    made = Delivery.objects.filter(order_id=company.orders["plain"].id, voided=False).order_by("pk")[0]
    void_deliveries([made.pk], actor=company.books.actor, reason="录错")


def delivery_of_the_reserved(company: Company) -> None:
    company.selling.deliver(company.orders["reserved"], "3", on="2026-05-15")


def that_taken_back(company: Company) -> None:
    made = Delivery.objects.get(order_id=company.orders["reserved"].id)
    void_deliveries([made.pk], actor=company.books.actor, reason="退回")


def delivery_of_dollars(company: Company) -> None:
    company.selling.deliver(company.orders["dollars"], "7", on="2026-05-16")


def reserved_order_changed(company: Company) -> None:
    change_order_lines([LineChange(company.line("reserved").pk, quantity=Decimal(6))], **company.who)


def reservation(company: Company) -> None:
    company.giving.reserve("SO-LATE", "44")


def reservation_given_back(company: Company) -> None:
    release(["SO-OUT"], actor=company.books.actor, today=company.books.today)


def order(company: Company) -> None:
    change_setting(checks_orders=False, actor=company.books.actor)
    company.orders["later"] = company.selling.order(line("1", "66"), on="2026-04-01")


def cancelled(company: Company) -> None:
    close_orders([company.orders["ending"].id], reason="不要了", **company.who)


def closed(company: Company) -> None:
    close_orders([company.orders["plain"].id], reason="余量取消", **company.who)


def let_go(company: Company) -> None:
    [hold] = OrderHold.objects.filter(state="open")
    release_hold(hold.pk, reason="老客户", **company.who)


def billed(company: Company) -> None:
    company.selling.bill(on="2026-05-31", rates={"USD": Decimal("7.5")})


def invoice_reversed(company: Company) -> None:
    [made] = Invoice.objects.filter(order_id=company.orders["plain"].id, state="posted")
    reverse_invoices([made.pk], actor=company.books.actor, reason="开错", today=company.books.today)


def plan_billed(company: Company) -> None:
    bill(company.books, "2026-05-20")


def contract_changed(company: Company) -> None:
    found = Contract.objects.get(pk=company.contract.pk)
    plan = [plan_line("date", "400.00", name="尾款", bill_on="2026-07-01")]
    change_contract(
        ContractChange(
            contract_id=found.pk, revision=found.revision, amount=Decimal("852.00"), plan=plan, reason="减项"
        ),
        **company.who,
    )


def contract_cancelled(company: Company) -> None:
    found = Contract.objects.get(pk=company.contract.pk)
    cancel_contract(found.pk, revision=found.revision, reason="终止", **company.who)


def contract_signed(company: Company) -> None:
    sign(
        company.books,
        plan_line("date", "100%", bill_on="2026-09-01"),
        amount="74.58",
        on="2026-04-02",
        order_id=company.orders["later"].id,
    )


def bill_received(company: Company) -> None:
    receive(company.books, "40.00", number="9" * 30, acceptor="某某机械有限公司")


def bill_endorsed(company: Company) -> None:
    found = [Endorsement(company.bills["passed"].pk, Decimal("120.00"))]
    endorse_bills(found, endorsee="甲", on=day("2026-03-02"), **company.who)


def bill_discounted(company: Company) -> None:
    discount_bills(
        [company.bills["discounted"].pk],
        bank="招行",
        rate=Decimal("0.024"),
        on=day("2026-03-02"),
        **company.who,
    )


def bill_collected(company: Company) -> None:
    collect_bills([company.bills["kept"].pk], on=day("2026-07-15"), **company.who)


def bill_dishonoured(company: Company) -> None:
    dishonour(company.books, Bill.objects.get(face=Decimal("180.00")))


def weights(company: Company) -> None:
    change_setting(
        checks_orders=False,
        commercial_weight=Decimal("0.5"),
        bank_weight=Decimal("0.2"),
        actor=company.books.actor,
    )


def rate(company: Company) -> None:
    company.books.rate("USD", "2026-05-01", "7.3")


def rate_changed(company: Company) -> None:
    company.books.rate("USD", "2026-05-01", "7.4")


def rate_gone(company: Company) -> None:
    remove_rates(
        Rate.objects.filter(rated_on=day("2026-05-01")).values_list("pk", flat=True),
        actor=company.books.actor,
    )


def term(company: Company) -> None:
    found = PaymentTerm.objects.get(code="PRE")
    rule = TermRule.from_data({"kind": "net_days", "base_event": "invoice", "days": 30})
    save_term(term_id=found.pk, code="PRE", name="改为三十天", rule=rule, actor=company.books.actor)


def customers_term(company: Company) -> None:
    made = PaymentTerm.objects.create(
        organization_id=company.books.organization.pk,
        code="P2",
        name="预付",
        rule={"kind": "prepaid", "base_event": "order"},
    )
    facts = CustomerFacts(code="P", term_id=made.pk)
    change_customers(
        [(company.books.customer("P"), facts)], actor=company.books.actor, effective_on=day("2026-11-01")
    )


def limit(company: Company) -> None:
    company.giving.limit("60000", on="2026-03-01")


def limit_withdrawn(company: Company) -> None:
    found = Limit.objects.get(starts_on=day("2026-03-01"))
    withdraw_limit(found.pk, reason="录错", actor=company.books.actor)


def security(company: Company) -> None:
    company.giving.security("500", until="2027-03-01", customer="C3")
    company.giving.limit("800", customer="C3", on="2026-02-01", secured=Decimal(400))


def security_given_back(company: Company) -> None:
    [found] = Security.objects.all()
    release_security(found.pk, reason="归还", **company.who)


LATE: tuple[tuple[Callable[[Company], None], str], ...] = (
    (back_dated, "invoice LATE"),
    (payment, "allocation R1"),
    (more_of_a_line, "变更订单 {plain}"),
    (another_price, "变更订单 {dollars}"),
    (another_line, "变更订单 {plain}"),
    (that_line_changed, "变更订单 {plain}"),
    (delivery, "登记发货单"),
    (billed, "invoice "),
    (invoice_reversed, "reversal"),
    (delivery_taken_back, "作废发货单"),
    (delivery_of_the_reserved, "订单 {reserved}：预占随发货变动"),
    (that_taken_back, "作废发货单"),
    (delivery_of_dollars, "登记发货单"),
    (reserved_order_changed, "订单 {reserved}：预占变更"),
    (reservation, "订单 SO-LATE：预占额度"),
    (reservation_given_back, "订单 SO-OUT：预占释放"),
    (cancelled, "关闭或取消订单 {ending}"),
    (closed, "关闭或取消订单 {plain}"),
    (let_go, "订单 {held}：放行"),
    (order, "登记订单"),
    (plan_billed, "invoice"),
    (contract_changed, ""),
    (contract_cancelled, "终止合同"),
    (contract_signed, "签订合同"),
    (bill_received, "票据 999999999999999999999999999999：持有"),
    (bill_endorsed, "：已背书"),
    (bill_discounted, "：已贴现"),
    (bill_collected, "：已收款"),
    (bill_dishonoured, "：已拒付"),
    (weights, "修改信用设置"),
    (rate, "登记 USD 的汇率"),
    (rate_changed, "修改 USD 的汇率"),
    (rate_gone, "删除 USD 的汇率"),
    (term, "修改付款条件 PRE"),
    (customers_term, "修改客户的付款条件"),
    (limit, "设定信用额度，自 2026-03-01 起"),
    (limit_withdrawn, "撤回信用额度，原自 2026-03-01 起"),
    (security, "登记担保，自 2026-01-01 起"),
    (security_given_back, "解除担保，原自 2026-01-01 起"),
)
"""What may happen later, and how the list of differences names it; "" for what changes nothing."""


def explained(result: Result, after: datetime) -> list[str]:
    """What the list of differences says was recorded since."""
    question = result.question
    posted = late_postings(question, after=after, until=None)
    told = [
        each
        for telling in report_named("credit-use").told
        for each in telling(question, moment(question.as_of), after)
    ]
    return [*(f"{each.kind} {each.number}" for each in posted.rows), *(each.what for each in told)]


def test_every_old_report_comes_out_again_whatever_was_recorded_since(company: Company) -> None:
    """Each later act changes what the report says now and is listed, and changes nothing of what it said before."""
    first, now = known_now(), told()
    printed = written(now, "pdf", "xlsx")
    kept: list[tuple[str, datetime, dict[tuple[date, str], bytes]]] = []
    numbers = {name: made.number for name, made in company.orders.items()}
    for late, said in LATE:
        before, known_at = now, known_now()
        kept.append((late.__name__, known_at, written(before, "json", "csv")))
        late(company)
        now = told()
        assert (figures(now[YEAR_END]) != figures(before[YEAR_END])) == bool(said), late.__name__
        found = explained(now[YEAR_END], known_at)
        assert any(said.format(**numbers) in each for each in found) == bool(said), (late.__name__, found)
    assert_nothing_broken(company.books.organization)
    for name, known_at, files in kept:
        assert written(told(known_at), "json", "csv") == files, f"before {name}"
    assert written(told(first), "pdf", "xlsx") == printed
    assert explained(now[YEAR_END], known_now()) == []
    client = signed_in(member(company.books.organization, "finance_manager"))
    words = {"as_of": "2026-11-21", "before": first.isoformat()}
    answered = client.get(f"/o/{company.books.organization.code}/reports/credit-use/changes", words)
    page = re.sub(r"<[^>]+>", "", answered.content.decode())
    assert "None" not in page
    for what in explained(ask(), first):
        assert what.split(" ", 1)[-1] in page, what


def test_what_is_dated_before_the_organization_went_live_is_known_from_its_own_day(
    books: Books, organization: Any
) -> None:
    """An order, its delivery and a bill are told like documents of that time, whenever they were recorded."""
    organization.live_on = day("2026-06-01")
    organization.save(update_fields=["live_on"])
    selling = Selling(books)
    ordered = selling.order(line("10", "100"), on="2026-02-01")
    selling.deliver(ordered, "4", on="2026-03-01")
    receive(books, "500.00", acceptor="某某机械有限公司", received_on=day("2026-04-01"))
    later = selling.order(line("1", "10"), on="2026-07-01")

    def parts(on: str) -> list[Decimal]:
        found = ask(known_at=f"{on}T12:00:00+08:00").rows
        return [row.values[f"part_{part}"] for row in found for part in ("undelivered", "delivered", "bills")]

    assert parts("2026-01-31") == []
    assert parts("2026-02-01") == [1130, 0, 0]
    assert parts("2026-03-01") == [678, 452, 0]
    assert parts("2026-04-01") == [678, 452, 500]
    assert parts("2026-07-02") == [678, 452, 500], later.number
    assert explained(ask(), datetime(2026, 7, 1, tzinfo=UTC)) == [f"登记订单 {later.number}"]

"""The books of the demo: opening balances, what a company has besides sales, and the vouchers of every month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from huikuan.books.models import Source, State, Voucher
from huikuan.books.operations import (
    NewLine,
    NewVoucher,
    change_policy,
    enter_opening_balances,
    enter_vouchers,
    make_vouchers,
    post_vouchers,
    review_vouchers,
)
from huikuan.core.dates import add_months, month_end
from huikuan.ledger.models import Account, JournalLine
from huikuan.ledger.operations import add_account
from huikuan.organizations.actors import Actor, local_operator

ACCOUNTS = (
    ("1405", "库存商品"),
    ("1601", "固定资产"),
    ("1602", "累计折旧"),
    ("22210101", "应交税费—应交增值税(进项税额)"),
    ("22210103", "应交税费—应交增值税(已交税金)"),
    ("4001", "实收资本"),
    ("4104", "利润分配—未分配利润"),
    ("6401", "主营业务成本"),
    ("6601", "销售费用"),
    ("6602", "管理费用"),
    ("6801", "所得税费用"),
)
# What the company had when it began, in ten thousands of yuan, debit positive.
OPENING = {
    "1002": 4860,
    "1405": 1240,
    "1601": 2180,
    "1602": -520,
    "2202": -1370,
    "4001": -5800,
    "4104": -590,
}
COST_SHARE = Decimal("0.80")
PAID_SHARE = Decimal("0.99")
VAT = Decimal("0.13")
CENT = Decimal("0.01")


def keep_vouchers(*, today: date, staff: Mapping[str, Actor]) -> None:
    """Vouchers of all months before the last in the books, those of the last on their way, this month's to be made.

    Older months have a voucher for each day; the last two one for each entry. The accountant prepares and posts,
    the finance manager reviews.
    """
    accountant, reviewer = staff["ar_accountant"], staff["finance_manager"]
    change_policy(words={}, separate_duties=True, grouping=Source.ENTRY.value, actor=local_operator())
    this_month = today.replace(day=1)
    last_month, before = add_months(this_month, -1), add_months(this_month, -2)
    _open_and_spend(today, before, accountant)
    make_vouchers(until=month_end(add_months(before, -1)), grouping=Source.DAY.value, actor=accountant)
    for month in (before, last_month):
        make_vouchers(month=month, actor=accountant)
    review_vouchers(actor=reviewer)
    entered = Voucher.objects.filter(state=State.REVIEWED, voucher_on__lte=_day(last_month, 20))
    post_vouchers(voucher_ids=list(entered.values_list("pk", flat=True)), actor=accountant)


def _open_and_spend(today: date, until: date, accountant: Actor) -> None:
    """The opening balances, and each month's cost of sales, purchases, wages and expenses."""
    sold, output_vat = _turnover_by_month("revenue"), _turnover_by_month("output_vat")
    if not sold:
        return
    for code, name in ACCOUNTS:
        add_account(code=code, name=name, actor=local_operator())
    accounts = dict(Account.objects.values_list("code", "pk"))
    first = min(sold)
    enter_opening_balances(
        on=first,
        balances={accounts[code]: Decimal(amount * 10_000) for code, amount in OPENING.items()},
        actor=accountant,
        today=today,
    )
    months = [month for month in sorted(sold) if month <= add_months(until, 1)]
    vouchers = [
        voucher
        for month in months
        for voucher in _month_of(month, sold[month], output_vat.get(month, Decimal(0)), accounts)
    ]
    enter_vouchers(vouchers, actor=accountant, today=today)


def _turnover_by_month(purpose: str) -> dict[date, Decimal]:
    lines = JournalLine.objects.filter(account__purpose=purpose)
    months = lines.annotate(month=TruncMonth("entry__effective_on")).values("month")
    found = months.annotate(net=Sum("credit") - Sum("debit")).values_list("month", "net")
    return {month: max(net, Decimal(0)) for month, net in found if net}


def _month_of(
    month: date, sold: Decimal, output_vat: Decimal, accounts: Mapping[str, UUID]
) -> list[NewVoucher]:
    """What a month costs, in the order in which it is booked."""
    cost = _cents(sold * COST_SHARE)
    bought = _cents(cost * Decimal("1.005"))
    input_vat = _cents(bought * VAT)
    paid = _cents((bought + input_vat) * PAID_SHARE)
    wages = _cents(sold * Decimal("0.06") + 180_000)
    selling = _cents(sold * Decimal("0.035"))
    vat_due = max(output_vat - input_vat, Decimal(0))
    income_tax = max(_cents((sold - cost - wages - selling - 160_500) * Decimal("0.25")), Decimal(0))
    rent, worn = Decimal(86_000), Decimal(74_500)

    def of(day: int, summary: str, debits: Mapping[str, Decimal], credit: str, papers: int) -> NewVoucher:
        lines = [NewLine(accounts[code], debit=amount, summary=summary) for code, amount in debits.items()]
        total = sum(debits.values(), Decimal(0))
        lines.append(NewLine(accounts[credit], credit=total, summary=summary))
        return NewVoucher(voucher_on=_day(month, day), attachments=papers, lines=tuple(lines))

    booked = [
        of(5, "采购材料入库", {"1405": bought, "22210101": input_vat}, "2202", 9),
        of(8, "支付货款", {"2202": paid}, "1002", 6),
        of(10, "支付厂房租金", {"6602": rent}, "1002", 2),
        of(12, "缴纳增值税", {"22210103": vat_due}, "1002", 1),
        of(15, "发放工资", {"6602": wages}, "1002", 1),
        of(18, "缴纳所得税", {"6801": income_tax}, "1002", 1),
        of(22, "支付运费和差旅费", {"6601": selling}, "1002", 14),
        of(31, "计提折旧", {"6602": worn}, "1602", 1),
        of(31, "结转销售成本", {"6401": cost}, "1405", 1),
    ]
    return [voucher for voucher in booked if voucher.lines[0].debit > 0]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT)


def _day(month: date, day: int) -> date:
    return min(month.replace(day=min(day, 28)) if day < 31 else month_end(month), month_end(month))

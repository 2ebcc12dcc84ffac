"""The account of the demo at a bank: what has come in this month, in the books already, and a morning's new money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby, islice
from zoneinfo import ZoneInfo

from django.db.models import F
from django.urls import reverse

from huikuan.cash.bank_queries import book_balance, lines_balance
from huikuan.cash.banking import BankAccount, StatementLine
from huikuan.cash.formats.statements import ParsedLine, ParsedStatement
from huikuan.cash.operations import (
    NewBankAccount,
    add_bank_account,
    import_statement,
    post_sure_matches,
)
from huikuan.cash.operations.line_uses import ask_about
from huikuan.cash.operations.proposing import propose_matches
from huikuan.ledger.models import JournalLine, OpenItem
from huikuan.notices.operations import write_note
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

NUMBER = "3901120009200187654"
MONEY_OF_CUSTOMERS = ("receipt", "advance", "refund")
WEEK = timedelta(days=7)
LINES_OF_A_MORNING = 24
SUPPLIER, STRANGER = "宁波精密铸件有限公司", "孙晓梅"
SHOP, PROXY = "慈溪市浒山顺达五金经营部", "浙江甬惠供应链管理有限公司"


@dataclass(frozen=True, slots=True)
class _Told:
    """What a line says of money that came in: from whom, how much, for what."""

    payer: str
    amount: Decimal
    text: str
    kind: str = "transfer"


def keep_bank(*, staff: Mapping[str, Actor], today: date) -> None:
    """Import the month's statement, whose money is registered, and one of this morning, whose money is not yet."""
    account = add_bank_account(
        new=NewBankAccount(
            code="ICBC",
            name="工商银行基本户",
            currency="CNY",
            bank="中国工商银行宁波北仑支行",
            number=NUMBER,
        ),
        actor=staff["finance_manager"],
    )
    since = (today - WEEK).replace(day=1)
    _take(account, since, today - timedelta(days=1), _month(account, since, today), staff["cashier"], today)
    accountant = staff["ar_accountant"]
    propose_matches(actor=accountant, today=today)
    after, more = None, True
    while more:
        _posted, after = post_sure_matches(actor=accountant, today=today, after=after)
        more = after is not None
    _take(account, today, today, list(_morning(today)), staff["cashier"], today)
    propose_matches(actor=accountant, today=today)


def ask_seller(organization: Organization, staff: Mapping[str, Actor], *, today: date) -> None:
    """The cashier asks a seller whose money it is that a private person sent this morning."""
    cashier, seller = staff["cashier"], staff["salesperson"]
    line = StatementLine.objects.get(counterparty=STRANGER, booked_on=today)
    ask_about(line.pk, user_id=seller.user_id, actor=cashier)
    write_note(
        record_kind="statement_line",
        record_id=line.pk,
        text=f"@{seller.name} 这笔是私人账户转来的，只写了“货款”。是您哪家客户付的？付哪张发票？",
        actor=cashier,
        now=datetime.combine(today, time(9, 20), tzinfo=ZoneInfo(organization.time_zone)),
        label=f"银行流水 {STRANGER} {line.amount:,.2f}",
        path=reverse("claim-asked", args=[organization.code, line.pk]),
        may_see=lambda person: person.user_id == seller.user_id,
        number=line.reference,
    )


def _take(
    account: BankAccount,
    since: date,
    until: date,
    told: Sequence[tuple[date, _Told]],
    cashier: Actor,
    today: date,
) -> None:
    opening = book_balance(account, since - timedelta(days=1)) if since < today else _balance(account, today)
    lines, balance = [], opening
    for row, (on, each) in enumerate(told, start=1):
        balance += each.amount
        lines.append(
            ParsedLine(
                row=row,
                booked_on=on,
                amount=each.amount,
                balance=balance,
                kind=each.kind,
                counterparty=each.payer,
                reference=f"{on:%Y%m%d}{row:06d}",
                text=each.text,
            )
        )
    statement = ParsedStatement(
        format="icbc",
        account=NUMBER,
        currency="CNY",
        lines=tuple(lines),
        starts_on=since,
        ends_on=until,
        opening=opening,
        closing=balance,
    )
    import_statement(
        statement,
        file_name=f"icbc-{until:%Y%m%d}.csv",
        file_sha256=f"{until:%Y%m%d}".ljust(64, "0"),
        bank_account_id=account.pk,
        actor=cashier,
        today=today,
    )


def _balance(account: BankAccount, on: date) -> Decimal:
    account.refresh_from_db()  # its first statement said what it opened with
    return lines_balance(account, on)


def _month(account: BankAccount, since: date, today: date) -> list[tuple[date, _Told]]:
    """The money that receipts, advances and refunds of the month have moved, as the bank tells it."""
    rows = (
        JournalLine.objects.filter(
            account_id=account.account_id,
            entry__effective_on__gte=since,
            entry__effective_on__lt=today,
            entry__document__kind__in=MONEY_OF_CUSTOMERS,
            entry__document__currency="CNY",
            entry__document__voided_by=None,
        )
        .values_list("entry__effective_on", "entry__document__customer__name")
        .annotate(net=F("debit") - F("credit"))
        .order_by("entry__effective_on", "entry__document__number")
    )
    return [(on, _Told(name, net, "货款" if net > 0 else "退款")) for on, name, net in rows]


def _morning(today: date) -> Iterator[tuple[date, _Told]]:
    """Payments of every kind a cashier meets, each of another customer, and what is none of the customers'."""
    customers = [
        list(group) for _key, group in groupby(_open_items(today), key=lambda item: item.customer_id)
    ]
    several = [items for items in customers if len(items) >= 3]
    told: list[_Told] = []
    for place, items in enumerate(islice(several, LINES_OF_A_MORNING - 6)):
        told.append(_payment(place, items))
    told += [
        _Told(STRANGER, Decimal("18600.00"), "货款"),
        _Told(SHOP, Decimal("5230.00"), "转账"),
        _Told("中国工商银行", Decimal("-35.00"), "转账汇款手续费", "fee"),
        _Told("", Decimal("1284.67"), "结息", "interest"),
        _Told(SUPPLIER, Decimal("-88000.00"), "材料款"),
        _Told("国家税务总局宁波市税务局", Decimal("6120.00"), "出口退税"),
    ]
    return ((today, each) for each in told)


def _payment(place: int, items: Sequence[OpenItem]) -> _Told:
    """One way to pay: with the number, without, several at once, short by a fee, too much, or through another name."""
    first, second, third = items[:3]
    name = first.customer.name
    number = first.document.number
    tail = second.document.number[-4:]
    ways = (
        _Told(name, first.open_amount, f"货款 {number}"),
        _Told(name, first.open_amount, "货款"),
        _Told(name, first.open_amount + second.open_amount, f"付{number}、{tail}"),
        _Told(name, first.open_amount - Decimal("15.00"), f"{number}货款"),
        _Told(name, first.open_amount + second.open_amount + third.open_amount, "结清货款"),
        _Told(name.removesuffix("有限公司"), first.open_amount, f"{number[2:]} 货款"),
        _Told(name, first.open_amount + Decimal("2000.00"), f"货款{number} 余款预付"),
        _Told(name, (first.open_amount / 2).quantize(Decimal("0.01")), "部分货款"),
        _Told(name.removesuffix("有限公司")[:-1], second.open_amount, "付货款"),
        _Told(name, (first.open_amount * Decimal("0.97")).quantize(Decimal("0.01")), f"{number} 扣质量款"),
        _Told(PROXY, first.open_amount, f"代付{name} {number[-6:]}"),
    )
    return ways[place % len(ways)]


def _open_items(today: date) -> list[OpenItem]:
    """What is open of invoices in yuan, by customer, the earliest due first."""
    found = OpenItem.objects.filter(
        side=1,
        currency="CNY",
        account__purpose="receivable",
        open_amount__gte=1_000,
        document_on__lt=today,
        document__kind="invoice",
    )
    return list(
        found.select_related("customer", "document").order_by(
            "customer__sort_key", "customer_id", "effective_due_on", "pk"
        )[:1500]
    )

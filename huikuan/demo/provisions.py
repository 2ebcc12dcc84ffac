"""The expected credit losses of the demo: rates, a customer judged by itself, provisions, and a bad debt that comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from huikuan.core.dates import add_months
from huikuan.demo.companies import Character
from huikuan.demo.plan import Plan
from huikuan.ledger.models import OpenItem, Side
from huikuan.ledger.operations import NewAllocation, NewDocument, allocate, record_receipts
from huikuan.organizations.actors import Actor
from huikuan.risk.operations import assess, judge_write_off, post_provision, recover, set_matrix
from huikuan.risk.queries import BadDebt, bad_debts
from huikuan.risk.rules import STARTING_RATES, Ground

RECOVERED = timedelta(days=40)
YEARS, MONTHS = 3, 3


def provide_for_losses(
    plan: Plan, customer_ids: Sequence[UUID], staff: Mapping[str, Actor], *, today: date
) -> None:
    """Judge the bad debts, take back a part of one, and provide at the ends of years and of the last months."""
    finance = staff["finance_manager"]
    set_matrix(
        rates=STARTING_RATES,
        effective_on=add_months(today.replace(day=1), -12 * YEARS),
        note="按同行业经验设定，每年复核",
        actor=finance,
    )
    _judge_debtor(plan, customer_ids, finance, today)
    debts = sorted(bad_debts(), key=lambda debt: (-debt.amount, debt.number))
    for debt in debts:
        _judge(debt, finance)
    if debts:
        _take_back(debts[0], staff, today)
    for as_of in _days(today):
        post_provision(as_of=as_of, actor=finance, today=today)


def _judge_debtor(plan: Plan, customer_ids: Sequence[UUID], actor: Actor, today: date) -> None:
    """The customer who stopped paying and owes most is judged by itself."""
    stopped = [
        key
        for key, company in zip(customer_ids, plan.companies, strict=True)
        if company.character is Character.STOPPED
    ]
    owed = (
        OpenItem.objects.filter(customer_id__in=stopped, side=Side.DEBIT, open_amount__gt=0)
        .values_list("customer_id", "customer__code")
        .annotate(owed=Sum("open_base"))
    )
    most = min(owed, key=lambda row: (-row[2], row[1]), default=None)
    if most is not None:
        assess(
            customer_id=most[0],
            rate=Decimal("0.5"),
            reason="停止付款并已起诉，查封的财产预计可清偿一半",
            from_on=add_months(today.replace(day=1), -4),
            actor=actor,
        )


def _judge(debt: BadDebt, actor: Actor) -> None:
    """Of the bankrupt the decree is still missing, of the small one the report."""
    ground = Ground.OVERDUE_ONE_YEAR_SMALL
    evidence: tuple[str, ...] = ("contract", "dunning", "booked_as_loss")
    if "破产" in debt.reason:
        ground, evidence = Ground.BANKRUPTCY, ("contract", "court_notice")
    judge_write_off(write_off_id=debt.document_id, ground=ground, evidence=evidence, actor=actor)


def _take_back(debt: BadDebt, staff: Mapping[str, Actor], today: date) -> None:
    """A tenth comes back: owed again, received, and allocated."""
    amount, on = (debt.amount / 10).quantize(Decimal("0.01")), today - RECOVERED
    back = recover(
        write_off_id=debt.document_id,
        amount=amount,
        on=on,
        memo="破产管理人分配的清偿款",
        actor=staff["finance_manager"],
        today=today,
    )
    new = NewDocument(
        customer_id=debt.customer_id, document_on=on, amount=amount, due_on=on, memo="破产管理人转来"
    )
    [receipt] = record_receipts([new], actor=staff["cashier"])
    allocate(
        [NewAllocation(back.item_ids[0], receipt.item_ids[0], amount, on)],
        actor=staff["ar_accountant"],
        today=today,
    )


def _days(today: date) -> Iterator[date]:
    """The ends of the last years and of the last months, in order."""
    months = [today.replace(day=1) - timedelta(days=1)]
    while len(months) < MONTHS:
        months.append(months[-1].replace(day=1) - timedelta(days=1))
    years = [date(today.year - back, 12, 31) for back in range(1, YEARS)]
    yield from sorted({*months, *years})

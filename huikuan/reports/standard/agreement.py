"""报表勾稽表: the same balance out of aging, the cards of customers, the accounts, the kept totals and the key figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from huikuan.reports.aging import By, aging
from huikuan.reports.asking import Column, Kind, Link, Question, Report, Result, Row
from huikuan.reports.card_lines import card_totals
from huikuan.reports.day_sheet import day_sheet
from huikuan.reports.filters import ItemFilter
from huikuan.reports.kpi.inputs import inputs_of
from huikuan.reports.moments import Moment, moment
from huikuan.reports.open_items import open_items_total
from huikuan.reports.state import known_row_sql

ZERO = Decimal(0)
LABELS: Mapping[str, Any] = {
    "aging": _("账龄分析表（净额加未触发到期）"),
    "items": _("未清项明细"),
    "cards": _("客户明细账期末余额之和"),
    "accounts": _("总账应收和客户贷方科目"),
    "dashboard": _("首页（应收余额减未核销贷项）"),
    "key_figures": _("应收指标的期末应收减贷项"),
    "key_figures_by_customer": _("同上，逐个客户相加"),
}


def balances(at: Moment) -> dict[str, Decimal]:
    """What customers owe less what we hold for them, in base currency, by each way there is to it.

    What the ledger keeps by day tells of any day how things stood as known now; as known earlier the dashboard is left out.
    """
    ends = (at.as_of - timedelta(days=1), at.as_of)
    aged = aging(as_of=at.as_of, known_at=at.known_at, by=By.NONE).total
    cards = card_totals(at, at.as_of)
    figures = inputs_of(ends, known_at=at.known_at).total.periods[-1].inputs
    by_customer = inputs_of(ends, known_at=at.known_at, by=("customer",)).total.periods[-1].inputs
    found = {
        "aging": aged.net + aged.untriggered if aged else ZERO,
        "items": open_items_total(as_of=at.as_of, known_at=at.known_at, where=ItemFilter()).base,
        "cards": sum((each.closing_base for each in cards), ZERO),
        "accounts": _accounts(at),
        "key_figures": figures.closing_net,
        "key_figures_by_customer": by_customer.closing_net,
    }
    if at.all_known:
        standing = day_sheet().standing(at.as_of)
        found["dashboard"] = standing.receivable - standing.credit
    return found


def balances_by_currency(at: Moment) -> dict[str, dict[str, Decimal]]:
    """The same in each currency by aging, cards and key figures: currency → way → amount; nothing left is left out."""
    ends = (at.as_of - timedelta(days=1), at.as_of)
    found: dict[str, dict[str, Decimal]] = {}

    def put(currency: str, way: str, amount: Decimal) -> None:
        row = found.setdefault(currency, dict.fromkeys(("aging", "cards", "key_figures"), ZERO))
        row[way] += amount

    for row in aging(as_of=at.as_of, known_at=at.known_at, by=By.CURRENCY).rows:
        put(row.key, "aging", row.net + row.untriggered)
    for card in card_totals(at, at.as_of):
        put(card.currency, "cards", card.closing)
    for line in inputs_of(ends, known_at=at.known_at, by=("currency",)).lines:
        put(line.key[0], "key_figures", line.periods[-1].inputs.closing_net)
    return {currency: ways for currency, ways in sorted(found.items()) if any(ways.values())}


def _accounts(at: Moment) -> Decimal:
    """Accounts that customers' items make up at the end of the day; of shared accounts the lines of items."""
    join, known = known_row_sql(at, "e", "e.effective_on")
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS.format(join=join, known=known), at.parameters)
        return Decimal(cursor.fetchone()[0])


ACCOUNTS = """
    SELECT coalesce(sum(l.debit - l.credit), 0)
    FROM ledger_journal_entry e {join}
    JOIN ledger_journal_line l ON l.organization_id = %(organization)s AND l.entry_id = e.id
    JOIN ledger_account k ON k.organization_id = %(organization)s AND k.id = l.account_id
    WHERE e.organization_id = %(organization)s AND e.effective_on <= %(as_of)s AND {known}
      AND (k.control IN ('receivable', 'credit') OR k.control = 'shared' AND l.item_id IS NOT NULL)
"""


def read(question: Question) -> Result:
    """Each way to the balance beside the first, aging; what differs says by how much."""
    at = moment(question.as_of, question.known_at)
    found = balances(at)
    wanted = found["aging"]
    rows = [
        Row(0, (way,), {"name": LABELS[way], "amount": found[way], "difference": found[way] - wanted})
        for way in LABELS
        if way in found
    ]
    differs = sum(1 for row in rows if row.values["difference"])
    remarks: list[Any] = [_("全部一致。") if not differs else _("有 %d 项不一致，请运行数据检查。") % differs]
    if "dashboard" not in found:
        remarks.append(_("首页只有现在的数字，按过去的知悉时间不比较。"))

    def behind(row: Row, column: str) -> Link | None:
        if column != "amount":
            return None
        return LINKS.get(row.key[0]) if row.key else None

    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(
            Column("name", _("数字出处"), Kind.TEXT),
            Column("amount", _("余额"), definition=_("客户欠款减去我们持有的客户贷项，本位币。")),
            Column("difference", _("与账龄的差额")),
        ),
        rows=rows,
        parts=_by_currency(question, at),
        remarks=tuple(remarks),
        behind=behind,
    )


LINKS = {
    "aging": Link("report", {"name": "aging"}),
    "items": Link("items", {}),
    "cards": Link("report", {"name": "ledger-card"}),
    "key_figures": Link("report", {"name": "kpi"}),
    "key_figures_by_customer": Link("report", {"name": "kpi", "by": "customer"}),
}


def _by_currency(question: Question, at: Moment) -> tuple[Result, ...]:
    found = balances_by_currency(at)
    if not found:
        return ()
    rows = [
        Row(
            0,
            (currency,),
            {"currency": currency, **ways, "difference": max(ways.values()) - min(ways.values())},
            currency,
        )
        for currency, ways in found.items()
    ]
    columns = (
        Column("currency", _("币种"), Kind.TEXT),
        Column("aging", _("账龄分析表")),
        Column("cards", _("客户明细账")),
        Column("key_figures", _("应收指标")),
        Column("difference", _("最大差额")),
    )
    return (
        Result(
            question=question,
            currency=at.currency,
            known_at=at.known_at,
            columns=columns,
            rows=rows,
            title=_("按原币"),
        ),
    )


REPORT = Report(
    name="agreement",
    title=_("报表勾稽表"),
    definition=_("同一个余额从账龄、明细账、总账、首页和指标各算一遍，放在一起比较；应当分文不差。"),
    read=read,
    section="books",
    whole=True,
    icon="checks",
)

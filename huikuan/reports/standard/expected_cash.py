"""预计回款表: what is expected to come in when, by promises and by how late customers usually pay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import (
    Chart,
    Column,
    Kind,
    Link,
    Mark,
    Option,
    Question,
    Report,
    Result,
    Row,
    Series,
    Shape,
    items_link,
)
from huikuan.reports.expected_cash import ExpectedDebt, LossRates, expected_debts, rates_in_force
from huikuan.reports.filters import FIELDS, RECEIVABLE
from huikuan.reports.keys import narrowed
from huikuan.reports.moments import moment
from huikuan.reports.told import told_of_disputes, told_of_promises

ZERO = Decimal(0)
WEEK, CUSTOMER, DEBT = "week", "customer", "debt"
SUMS = ("amount", "disputed", "loss", "expected")
CHARTED = 26


def read(question: Question) -> Result:
    """As of the end of the day, which is today for what may still come."""
    at = moment(question.as_of, question.known_at)
    rates = rates_in_force(question.as_of, question.known_at)
    debts = expected_debts(at, question, rates)
    by = question.options.get("row") or WEEK
    makers: dict[str, Callable[[Sequence[ExpectedDebt]], list[Row]]] = {
        WEEK: _weeks,
        CUSTOMER: _customers,
        DEBT: _debts,
    }
    rows = makers[by](debts)

    def behind(row: Row, column: str) -> Link | None:
        if by == CUSTOMER and row.key and column in ("code", "name", "amount"):
            return items_link(narrowed(question.item_filter, (CUSTOMER,), row.key).with_cell(RECEIVABLE))
        if by == DEBT and row.key and column == "number":
            return Link("document", {"id": row.key[0]})
        if not row.key and column == "amount":
            return items_link(question.item_filter.with_cell(RECEIVABLE))
        return None

    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(*LEADING[by], *COLUMNS),
        rows=rows,
        total=Row(0, (), {"code": "", "name": _("合计"), "number": ""} | _sums(debts)) if debts else None,
        remarks=tuple(_remarks(rates)),
        charts=_chart(debts, at.currency),
        behind=behind,
    )


def _remarks(rates: LossRates) -> Iterable[Any]:
    if rates.effective_on is None:
        yield _("还没有生效的坏账计提比例，没有扣预期损失。")
    else:
        yield _("预期损失按 %s 起执行的计提比例。") % rates.effective_on.isoformat()


def _sums(debts: Iterable[ExpectedDebt]) -> dict[str, Any]:
    sums = dict.fromkeys(SUMS, ZERO)
    for each in debts:
        for name in SUMS:
            sums[name] += getattr(each, name)
    return sums


def _grouped(
    debts: Iterable[ExpectedDebt], key: Callable[[ExpectedDebt], Any]
) -> dict[Any, list[ExpectedDebt]]:
    found: dict[Any, list[ExpectedDebt]] = {}
    for each in debts:
        found.setdefault(key(each), []).append(each)
    return found


def _monday(day: date | None) -> date | None:
    return day and day - timedelta(days=day.weekday())


def _weeks(debts: Sequence[ExpectedDebt]) -> list[Row]:
    """By the week of the expected day; what waits for an event comes last."""
    rows = []
    for monday, of in _grouped(debts, lambda each: _monday(each.expected_on)).items():
        if monday:
            name: Any = f"{monday.isoformat()} – {(monday + timedelta(days=6)).isoformat()}"
        else:
            name = _("未触发到期")
        rows.append(
            Row(0, (monday.isoformat() if monday else "",), {"name": name, "debts": len(of)} | _sums(of))
        )
    return rows


def _customers(debts: Sequence[ExpectedDebt]) -> list[Row]:
    return [
        Row(
            0,
            (code,),
            {
                "code": code,
                "name": of[0].name,
                "days_late": _days(of[0].days_late),
                "next_on": of[0].expected_on,
                "debts": len(of),
            }
            | _sums(of),
        )
        for code, of in sorted(_grouped(debts, lambda each: each.code).items())
    ]


def _debts(debts: Sequence[ExpectedDebt]) -> list[Row]:
    return [
        Row(
            0,
            (str(each.document_id),),
            {
                "number": each.number,
                "code": each.code,
                "name": each.name,
                "due_on": each.due_on,
                "days_late": _days(each.days_late),
                "promised_on": each.promised_on,
                "expected_on": each.expected_on,
                "rate": each.rate,
            }
            | {name: getattr(each, name) for name in SUMS},
        )
        for each in debts
    ]


def _days(days: int | None) -> Decimal | None:
    return None if days is None else Decimal(days)


HABIT = Column(
    "days_late",
    _("平均晚付"),
    Kind.DAYS,
    definition=_("这个客户近一年的回款按金额加权比到期日晚几天，四舍五入到整天；早于到期日为负。"),
)
LEADING: dict[str, tuple[Column, ...]] = {
    WEEK: (Column("name", _("周"), Kind.TEXT), Column("debts", _("笔数"), Kind.COUNT)),
    CUSTOMER: (
        Column("code", _("代码"), Kind.TEXT),
        Column("name", _("客户"), Kind.TEXT),
        Column("next_on", _("最早预计"), Kind.DATE),
        HABIT,
        Column("debts", _("笔数"), Kind.COUNT),
    ),
    DEBT: (
        Column("number", _("单据"), Kind.TEXT),
        Column("code", _("代码"), Kind.TEXT),
        Column("name", _("客户"), Kind.TEXT),
        Column("due_on", _("到期日"), Kind.DATE),
        Column("promised_on", _("承诺日"), Kind.DATE),
        Column(
            "expected_on",
            _("预计收到"),
            Kind.DATE,
            definition=_("有承诺的按承诺日；否则到期日加平均晚付天数，遇休息日顺延；都不早于截至日。"),
        ),
        HABIT,
        Column("rate", _("预期损失率"), Kind.RATE),
    ),
}
COLUMNS = (
    Column("amount", _("应收余额"), totalled=True),
    Column("disputed", _("其中有争议"), totalled=True, definition=_("争议中的金额不算在预计回款里。")),
    Column("loss", _("预期损失"), totalled=True, definition=_("无争议的应收 × 所在账龄的计提比例。")),
    Column("expected", _("预计回款"), totalled=True, formula="={amount}-{disputed}-{loss}"),
)


def _chart(debts: Sequence[ExpectedDebt], currency: str) -> tuple[Chart, ...]:
    weeks = [row for row in _weeks(debts) if row.key[0]][:CHARTED]
    if not weeks:
        return ()
    return (
        Chart(
            name="weeks",
            title=_("每周预计回款"),
            shape=Shape.BAR,
            categories=tuple(row.key[0][5:] for row in weeks),
            series=(Series(_("预计回款"), tuple(Mark(row.values["expected"]) for row in weeks)),),
            currency=currency,
        ),
    )


REPORT = Report(
    name="expected-cash",
    title=_("预计回款表"),
    definition=_(
        "每笔应收按承诺日、否则按到期日加客户平均晚付的天数预计哪天收到，扣掉预期损失；有争议的单列。"
    ),
    read=read,
    told=(told_of_promises, told_of_disputes),
    section="collection",
    options=(
        Option(
            "row",
            _("每行是"),
            "choice",
            default=WEEK,
            choices=((WEEK, _("周")), (CUSTOMER, _("客户")), (DEBT, _("单据"))),
        ),
    ),
    filters=FIELDS,
    icon="coins",
)

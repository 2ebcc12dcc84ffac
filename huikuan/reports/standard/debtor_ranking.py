"""客户欠款排名表: who owes most, with each one's share and the share of all up to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django.db import connection
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
from huikuan.reports.customer_totals import customer_totals_sql
from huikuan.reports.filters import FIELDS, OVERDUE, RECEIVABLE
from huikuan.reports.keys import key_columns, key_values, narrowed
from huikuan.reports.levels import Level, sums_by_level
from huikuan.reports.moments import Moment, moment

ZERO = Decimal(0)
SHARE = Decimal("0.0001")
SUMS = (
    "sum(m.open_base) FILTER (WHERE m.side > 0)",
    "sum(m.open_base) FILTER (WHERE m.side > 0 AND m.effective_due_on < %(as_of)s)",
)
LONGEST = "greatest(0, %(as_of)s - min(m.effective_due_on) FILTER (WHERE m.side > 0))"
RANKED = ("", "rank", f"-{RECEIVABLE}")
"""Orders in which the rows above one are those that owe more."""
CHARTED = 20
"""How many of the largest the picture shows."""


class Ranking(NamedTuple):
    """The first of a ranking, and what all of them come to. `sums` of each: owed, overdue, longest days overdue."""

    first: list[Level]
    size: int
    owed: Decimal
    overdue: Decimal


def read(question: Question) -> Result:
    """The ranking, from the largest; equal ones by code. Shares are rounded to a hundredth of a percent."""
    at = moment(question.as_of, question.known_at)
    ranking = _kept(at, question) if _is_kept(at, question) else _counted(at, question)
    whole, reached = ranking.owed, ZERO
    rows: list[Row] = []
    by_customer = question.by == ("customer",)
    sellers = _sellers(at, [level.key[0] for level in ranking.first]) if by_customer else {}
    for rank, level in enumerate(ranking.first, start=1):
        reached += level.sums[0]
        rows.append(_row(question, level, rank, whole, reached, sellers))
    rest = ranking.size - len(rows)

    def behind(row: Row, column: str) -> Link | None:
        if column in ("rank", "share", "cumulative", "overdue_share", "days", "salesperson"):
            return None
        cell = OVERDUE if column == OVERDUE else RECEIVABLE
        return items_link(narrowed(question.item_filter, question.by, row.key).with_cell(cell))

    total = Row(
        0,
        (),
        {
            **key_values(question.by, (), ""),
            RECEIVABLE: whole,
            OVERDUE: ranking.overdue,
            "overdue_share": _share(ranking.overdue, whole),
        },
    )
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=_columns(question, complete=not rest, ranked=question.sort in RANKED),
        rows=rows,
        total=total if rows else None,
        remarks=(
            _("只列出前 %(shown)d 名，共 %(all)d 名；合计是全部。")
            % {"shown": len(rows), "all": ranking.size},
        )
        if rest
        else (),
        charts=(_chart(rows, at.currency, behind),) if rows else (),
        behind=behind,
    )


def _counted(at: Moment, question: Question) -> Ranking:
    """Everybody's open items added up."""
    levels = sums_by_level(at, question, SUMS, peaks=(LONGEST,), per_item=True)
    ranked = sorted(
        (level for level in levels if level.level == 0 and level.sums[0]),
        key=lambda level: (-level.sums[0], level.key),
    )
    return Ranking(
        ranked[: question.options.get("most") or None],
        len(ranked),
        sum((level.sums[0] for level in ranked), ZERO),
        sum((level.sums[1] or ZERO for level in ranked), ZERO),
    )


def _is_kept(at: Moment, question: Question) -> bool:
    """Whether the totals that the ledger keeps answer: the first of all customers, now."""
    return (
        at.is_now
        and question.by == ("customer",)
        and bool(question.options.get("most"))
        and not question.where
        and question.salesperson_ids is None
    )


def _kept(at: Moment, question: Question) -> Ranking:
    """The first by the kept totals; only their items are looked at."""
    totals, parameters = customer_totals_sql(today=at.as_of)
    with connection.cursor() as cursor:
        cursor.execute(ALL.format(totals=totals), parameters)
        size, owed, overdue = cursor.fetchone()
        cursor.execute(FIRST.format(totals=totals), {**parameters, "most": question.options["most"]})
        first = [Level(0, (code,), name, tuple(sums)) for code, name, *sums in cursor.fetchall()]
    return Ranking(first, size, owed or ZERO, overdue or ZERO)


ALL = "SELECT count(*), sum(t.receivable), sum(t.overdue) FROM ({totals}) t WHERE t.receivable <> 0"
FIRST = """
    SELECT f.code, f.name, f.receivable, f.overdue, (
        SELECT greatest(0, %(today)s - min(i.effective_due_on)) FROM ledger_open_item i
        WHERE i.organization_id = %(organization)s AND i.customer_id = f.id AND i.side = 1 AND i.open_amount > 0)
    FROM (
        SELECT t.id, k.code COLLATE "C" AS code, k.name, t.receivable, t.overdue
        FROM ({totals}) t
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = t.id
        WHERE t.receivable <> 0
        ORDER BY t.receivable DESC, 2 LIMIT %(most)s
    ) f
    ORDER BY f.receivable DESC, f.code
"""


def _row(
    question: Question,
    level: Level,
    rank: int,
    whole: Decimal,
    reached: Decimal,
    sellers: Mapping[str, str],
) -> Row:
    owed, overdue = level.sums[0], level.sums[1] or ZERO
    values: dict[str, Any] = {
        "rank": rank,
        **key_values(question.by, level.key, level.name),
        RECEIVABLE: owed,
        "share": _share(owed, whole),
        "cumulative": _share(reached, whole),
        OVERDUE: overdue,
        "overdue_share": _share(overdue, owed),
        "days": level.sums[2],
    }
    if question.by == ("customer",):
        values["salesperson"] = sellers.get(level.key[0], "")
    return Row(0, level.key, values)


def _sellers(at: Moment, codes: Sequence[str]) -> dict[str, str]:
    """Who sells to these customers now."""
    with connection.cursor() as cursor:
        cursor.execute(SELLERS, {"organization": at.organization_id, "codes": list(codes)})
        return dict(cursor.fetchall())


SELLERS = """
    SELECT k.code, s.name FROM customers_customer k
    JOIN customers_salesperson s ON s.organization_id = %(organization)s AND s.id = k.salesperson_id
    WHERE k.organization_id = %(organization)s AND k.code = ANY(%(codes)s)
"""


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(SHARE, ROUND_HALF_UP) if whole else None


def _columns(question: Question, *, complete: bool, ranked: bool) -> tuple[Column, ...]:
    return (
        Column("rank", _("名次"), Kind.COUNT),
        *key_columns(question.by),
        Column(
            RECEIVABLE,
            _("应收余额"),
            totalled=complete,
            definition=_("未结清的应收，不减未核销的贷项。"),
        ),
        Column(
            "share",
            _("占比"),
            Kind.PERCENT,
            formula="=ROUND({receivable}/{total:receivable},4)",
            definition=_("占全部应收余额的比例。"),
        ),
        Column(
            "cumulative",
            _("累计占比"),
            Kind.PERCENT,
            formula="=ROUND({sum:receivable}/{total:receivable},4)" if ranked else "",
            definition=_("从第一名加到这一名的占比。"),
        ),
        Column(OVERDUE, _("逾期"), totalled=complete),
        Column(
            "overdue_share",
            _("逾期率"),
            Kind.PERCENT,
            formula="=ROUND({overdue}/{receivable},4)",
            definition=_("逾期金额除以应收余额。"),
        ),
        Column("days", _("最长逾期天数"), Kind.DAYS, definition=_("最早到期的未结清应收逾期了几天。")),
        *((Column("salesperson", _("业务员"), Kind.TEXT),) if question.by == ("customer",) else ()),
    )


def _chart(rows: list[Row], currency: str, behind: Any) -> Chart:
    shown = rows[:CHARTED]
    return Chart(
        name="pareto",
        title=_("欠款最多的客户与累计占比"),
        shape=Shape.PARETO,
        categories=tuple(str(row.values["name"]) for row in shown),
        series=(
            Series(
                _("应收余额"), tuple(Mark(row.values[RECEIVABLE], behind(row, RECEIVABLE)) for row in shown)
            ),
            Series(
                _("累计占比"),
                tuple(Mark(row.values["cumulative"]) for row in shown),
                kind=Kind.PERCENT,
                line=True,
            ),
        ),
        currency=currency,
    )


REPORT = Report(
    name="debtor-ranking",
    title=_("客户欠款排名表"),
    definition=_("按应收余额从大到小排名，写明每一名占多少、加到这一名共占多少。"),
    read=read,
    options=(Option("most", _("前几名"), "integer", default=0, note=_("不填是全部")),),
    dimensions=("customer", "group", "salesperson", "team", "region", "segment", "product", "contract"),
    by=("customer",),
    levels=1,
    filters=FIELDS,
    icon="list-details",
)

"""应收地区分布: what is owed by provincial division, as squares each roughly in its place; one division by customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
from huikuan.reports.filters import FIELDS, OVERDUE, RECEIVABLE
from huikuan.reports.keys import key_columns, key_values, narrowed
from huikuan.reports.kpi.rules import share
from huikuan.reports.levels import Level, sums_by_level
from huikuan.reports.moments import moment
from huikuan.reports.provinces import ELSEWHERE, PROVINCES, province_name
from huikuan.reports.questions import NONE, parameters_of

ZERO = Decimal(0)
SHARE = Decimal("0.0001")
OWED = "sum(m.open_base) FILTER (WHERE m.side > 0)"
LATE = "sum(m.open_base) FILTER (WHERE m.side > 0 AND m.effective_due_on < %(as_of)s)"
BY, WITHIN = ("province",), ("province", "customer")
AMOUNTS = {RECEIVABLE: _("应收余额"), OVERDUE: _("逾期")}


def read(question: Question) -> Result:
    """The divisions with what is owed in each; of one division, its customers."""
    at = moment(question.as_of, question.known_at)
    place = question.options.get("province") or ""
    by = WITHIN if place else BY
    levels = [each for each in sums_by_level(at, replace(question, by=by), (OWED, LATE)) if each.sums[0]]
    found = [each for each in levels if each.level == len(by) - 1]
    if place:
        found = [each for each in found if (ELSEWHERE if _elsewhere(each.key) else each.key[0]) == place]
    whole, late = (sum((each.sums[at] or ZERO for each in found), ZERO) for at in (0, 1))
    rows = [_row(each, whole, within=bool(place)) for each in _largest_first(found)]

    def behind(row: Row, column: str) -> Link | None:
        if not place:
            return _into(question, row.key[0]) if row.key and column in ("name", RECEIVABLE) else None
        if column not in AMOUNTS or not row.key:
            return None
        return items_link(narrowed(question.item_filter, ("customer",), row.key[1:]).with_cell(column))

    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(
            *(key_columns(("customer",)) if place else (Column("name", _("省份"), Kind.TEXT),)),
            Column(RECEIVABLE, _("应收余额"), totalled=True),
            Column("share", _("占比"), Kind.PERCENT, formula=f"={{{RECEIVABLE}}}/{{total:{RECEIVABLE}}}"),
            Column(OVERDUE, _("逾期"), totalled=True),
            Column("rate", _("逾期率"), Kind.PERCENT, formula=f"={{{OVERDUE}}}/{{{RECEIVABLE}}}"),
        ),
        rows=rows,
        total=Row(0, (), key_values(("customer",), (), "") | _values(whole, late, whole)) if rows else None,
        charts=() if place or not rows else (_squares(question, rows, at.currency),),
        remarks=_remarks(place, rows),
        behind=behind,
    )


def _largest_first(levels: Sequence[Level]) -> list[Level]:
    return sorted(levels, key=lambda each: (-each.sums[0], each.key))


def _row(level: Level, whole: Decimal, *, within: bool) -> Row:
    values = _values(level.sums[0], level.sums[1] or ZERO, whole)
    if within:
        return Row(0, level.key, key_values(("customer",), level.key[1:], level.name) | values)
    return Row(0, level.key, {"name": province_name(level.key[0])} | values)


def _values(owed: Decimal, late: Decimal, whole: Decimal) -> dict[str, Any]:
    def fraction(part: Decimal, of: Decimal) -> Decimal | None:
        found = share(part, of)
        return None if found is None else found.quantize(SHARE)

    return {RECEIVABLE: owed, OVERDUE: late, "share": fraction(owed, whole), "rate": fraction(late, owed)}


def _elsewhere(key: tuple[str, ...]) -> bool:
    """Whether a row is of no division, but of a region."""
    return key[0].startswith(ELSEWHERE)


def _into(question: Question, key: str) -> Link:
    """The same question of one division, or of a region in none, by customer."""
    words = {**parameters_of(REPORT, question), "name": REPORT.name, "province": key[:2]}
    if _elsewhere((key,)):
        words |= {"province": ELSEWHERE, "region": key.removeprefix(ELSEWHERE) or NONE}
    return Link("report", words)


def _squares(question: Question, rows: Sequence[Row], currency: str) -> Chart:
    """Every division has its square, whether or not anything is owed there."""
    amount = question.options.get("shade") or RECEIVABLE
    owed = {row.key[0]: row.values[amount] for row in rows}
    return Chart(
        name="map",
        title=AMOUNTS[amount],
        shape=Shape.SQUARES,
        categories=tuple(each.name for each in PROVINCES.values()),
        series=(
            Series(
                AMOUNTS[amount],
                tuple(
                    Mark(owed.get(code), _into(question, code) if code in owed else None)
                    for code in PROVINCES
                ),
            ),
        ),
        currency=currency,
        places=tuple((each.column, each.line, each.short) for each in PROVINCES.values()),
    )


def _remarks(place: str, rows: Sequence[Row]) -> tuple[Any, ...]:
    if place:
        return (_("只看：%s") % dict(PLACES)[place],)
    said: list[Any] = [
        _(
            "按客户所在的省级行政区：先看地区名称，再看统一社会信用代码里的登记地。方格表示大致方位，不表示边界和面积。"
        )
    ]
    if any(_elsewhere(row.key) for row in rows):
        said.append(_("地区名称不是省份、也没有登记地的客户，按地区列在表里，不在图上。"))
    return tuple(said)


PLACES = (*((each.code, each.name) for each in PROVINCES.values()), (ELSEWHERE, _("不在图上的")))

REPORT = Report(
    name="exposure-map",
    title=_("应收地区分布"),
    definition=_("各省客户欠多少、逾期多少：图上颜色越深越多，点一格看这个省的客户。"),
    read=read,
    section="risk",
    options=(
        Option("shade", _("颜色表示"), "choice", default=RECEIVABLE, choices=tuple(AMOUNTS.items())),
        Option("province", _("省份"), "choice", default="", choices=PLACES),
    ),
    filters=FIELDS,
    icon="map-pin",
)

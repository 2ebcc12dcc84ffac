"""账龄分析表: what is owed by how long it is overdue, by up to three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.ledger.rules import Basis, Bucket, aging_buckets
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
from huikuan.reports.dimensions import ALL
from huikuan.reports.filters import FIELDS, GROSS, NET, UNALLOCATED, UNTRIGGERED, ItemFilter, bucket_sums
from huikuan.reports.keys import code_and_name, key_columns, narrowed
from huikuan.reports.levels import Level, sums_by_level
from huikuan.reports.moments import Moment, moment
from huikuan.reports.words import lazy_cell_label

ZERO = Decimal(0)


def read(question: Question) -> Result:
    """The aging. By currency first: each in its own currency and without a total; else all in base currency."""
    at = moment(question.as_of, question.known_at)
    basis = Basis(question.options.get("basis", Basis.DUE))
    bounds = question.options.get("bounds", ())
    buckets = aging_buckets(question.as_of, basis, bounds)
    own = question.by[:1] == ("currency",)
    found = sums_by_level(at, question, bucket_sums(buckets, basis, "open_amount" if own else "open_base"))
    untriggered = any(level.sums[-1] for level in found)
    names = [bucket.name for bucket in buckets]
    row = _Rows(question.by, names, own=own, untriggered=untriggered)
    rows = [row(level) for level in found if level.level >= 0]
    if not question.by and found:
        rows = [row(found[0])]
        rows = rows if any(value for value in rows[0].values.values() if isinstance(value, Decimal)) else []
    total = None if own or not found or found[0].level >= 0 else row(found[0])

    def behind(row: Row, column: str) -> Link | None:
        if column in ("code", "name"):
            column = ""
        where = narrowed(question.item_filter, question.by, row.key)
        return items_link(_aged(where, basis, bounds).with_cell(column))

    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(*key_columns(question.by), *_columns(names, untriggered)),
        rows=rows,
        total=total,
        remarks=_remarks(question),
        charts=() if total is None else (_chart(question, at, buckets, total, behind),),
        behind=behind,
    )


def _aged(where: ItemFilter, basis: Basis, bounds: tuple[int, ...]) -> ItemFilter:
    return replace(where, basis=basis, bounds=bounds)


def _columns(names: list[str], untriggered: bool) -> tuple[Column, ...]:
    columns = [Column(name, lazy_cell_label(name), totalled=True) for name in names]
    summed = "+".join(f"{{{name}}}" for name in names)
    columns += [
        Column(
            GROSS,
            lazy_cell_label(GROSS),
            totalled=True,
            formula=f"={summed}",
            definition=_("有到期日的应收之和，不含未触发到期的。"),
        ),
        Column(
            UNALLOCATED,
            lazy_cell_label(UNALLOCATED),
            totalled=True,
            definition=_("收款、预收和红字中还没有核销的部分，写成负数。"),
        ),
        Column(
            NET,
            lazy_cell_label(NET),
            totalled=True,
            formula=f"={{{GROSS}}}+{{{UNALLOCATED}}}",
            definition=_("应收合计减去未核销贷项。"),
        ),
    ]
    if untriggered:
        columns.append(
            Column(
                UNTRIGGERED,
                lazy_cell_label(UNTRIGGERED),
                totalled=True,
                definition=_("等某件事发生才有到期日的应收，不在其他各列里。"),
            )
        )
    return tuple(columns)


class _Rows:
    """Makes rows of levels: there may be hundreds of thousands, most of them with little in few columns."""

    def __init__(self, by: Sequence[str], names: Sequence[str], *, own: bool, untriggered: bool) -> None:
        self._by, self._own, self._untriggered = by, own, untriggered
        self._buckets = tuple(enumerate(names))
        self._nothing = dict.fromkeys(("code", "name", *names), ZERO)

    def __call__(self, level: Level) -> Row:
        depth, key, name, sums = level
        values: dict[str, Any] = self._nothing.copy()
        values["code"], values["name"] = code_and_name(self._by, key, name)
        gross = ZERO
        for place, bucket in self._buckets:
            amount = sums[place]
            if amount:
                values[bucket] = amount
                gross += amount
        unallocated = sums[-2] or ZERO
        values[GROSS], values[UNALLOCATED] = gross, unallocated
        values[NET] = gross + unallocated if unallocated else gross
        if self._untriggered:
            values[UNTRIGGERED] = sums[-1] or ZERO
        return Row(max(depth, 0), key, values, key[0] if self._own and key else "")


def _remarks(question: Question) -> tuple[Any, ...]:
    if "currency" in question.by[1:]:
        return (_("币种不在第一层，各行金额都是本位币。"),)
    return ()


def _chart(question: Question, at: Moment, buckets: tuple[Bucket, ...], total: Row, behind: Any) -> Chart:
    marks = tuple(
        Mark(total.values[bucket.name], behind(total, bucket.name), f"age-{min(place, 6)}")
        for place, bucket in enumerate(buckets)
    )
    return Chart(
        name="aging",
        title=_("按账龄的应收"),
        shape=Shape.BAR,
        categories=tuple(lazy_cell_label(bucket.name) for bucket in buckets),
        series=(Series(_("应收"), marks),),
        kind=Kind.MONEY,
        currency=at.currency,
    )


REPORT = Report(
    name="aging",
    title=_("账龄分析表"),
    definition=_("客户欠的钱按逾期天数（或单据年限）分段；未核销的贷项单列一栏，不抵减任何一段。"),
    read=read,
    options=(
        Option(
            "basis",
            _("账龄起点"),
            "choice",
            default=Basis.DUE.value,
            choices=((Basis.DUE.value, _("到期日")), (Basis.DOCUMENT.value, _("单据日期"))),
        ),
        Option("bounds", _("区间上限（天）"), "bounds", default=(), note=_("如 30, 60, 90")),
    ),
    dimensions=ALL,
    by=("customer",),
    levels=3,
    filters=FIELDS,
    sort="-net",
)

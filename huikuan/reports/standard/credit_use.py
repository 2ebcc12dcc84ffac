"""信用占用表: what customers owe or are about to, by component, beside the limits that were given to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from huikuan.credit.exposure import RECEIVABLE, component_titles
from huikuan.credit.queries import Standing, standings
from huikuan.credit.rules import total
from huikuan.reports.asked_customers import KEYS, asked_customers
from huikuan.reports.asking import (
    Chart,
    Column,
    Kind,
    Link,
    Mark,
    Question,
    Report,
    Result,
    Row,
    Series,
    Shape,
    items_link,
)
from huikuan.reports.credit_known import standings_known
from huikuan.reports.keys import key_columns, key_values, narrowed
from huikuan.reports.moments import Moment, moment
from huikuan.reports.told_of_credit import told_of_credit

ZERO = Decimal(0)
SHARE = Decimal("0.0001")
CHARTED = 20
NEAR = Decimal("0.8")
"""From this share of the limit on a bar warns."""


@dataclass
class Use:
    """What one row comes to. `limited`: what those with a limit use; `limit` None: nobody in it has one."""

    name: str
    parts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    limit: Decimal | None = None
    limited: Decimal = ZERO
    free: Decimal = ZERO
    over: Decimal = ZERO

    def add(self, standing: Standing) -> None:
        """Count a customer."""
        for part, amount in standing.exposure.parts.items():
            self.parts[part] += amount
        if standing.limit is None:
            return
        used = total(standing.exposure.parts)
        self.limit = (self.limit or ZERO) + standing.limit
        self.limited += used
        self.free += max(standing.limit - used, ZERO)
        self.over += max(used - standing.limit, ZERO)

    @property
    def rate(self) -> Decimal | None:
        """How much of the limits is used."""
        return (self.limited / self.limit).quantize(SHARE, ROUND_HALF_UP) if self.limit else None


def read(question: Question) -> Result:
    """As of the end of the day; of customers with a limit or with anything that counts against one."""
    at = moment(question.as_of, question.known_at)
    customers = asked_customers(question, at, undone_since=True)
    found = (
        _standings([each["pk"] for each in customers], at) if at.all_known else standings_known(customers, at)
    )
    [dimension] = question.by or ("customer",)
    code, name = KEYS[dimension]
    uses: dict[str, Use] = {}
    whole = Use("")
    for each in customers:
        standing = found[each["pk"]]
        if standing.limit is None and not any(standing.exposure.parts.values()):
            continue
        uses.setdefault(each[code] or "", Use(each[name] or "")).add(standing)
        whole.add(standing)
    titles = component_titles()
    rows = [Row(0, (key,), _values(question, (key,), use, titles)) for key, use in sorted(uses.items())]

    def behind(row: Row, column: str) -> Link | None:
        if column != f"part_{RECEIVABLE}":
            return None
        return items_link(narrowed(question.item_filter, question.by, row.key).with_cell("receivable"))

    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=_columns(question, titles),
        rows=rows,
        total=Row(0, (), _values(question, (), whole, titles)) if rows else None,
        remarks=(_("额度是客户自己的；集团合用的额度和合同额度不在其中。没有额度的客户不计可用和超出。"),),
        charts=tuple(_chart(rows)),
        behind=behind,
    )


def _standings(keys: Sequence[UUID], at: Moment) -> Mapping[UUID, Standing]:
    """As all is recorded; on days before the last record what was reserved is told by the trail."""
    is_today = at.known_at is None or at.as_of >= at.known_at.date()
    return standings(keys, day=at.as_of, past=not (at.is_now and is_today))


def _values(question: Question, key: tuple[str, ...], use: Use, titles: Iterable[str]) -> dict[str, Any]:
    return {
        **key_values(question.by, key, use.name),
        **{f"part_{part}": use.parts[part] for part in titles},
        "used": total(use.parts),
        "limit": use.limit,
        "rate": use.rate,
        "free": None if use.limit is None else use.free,
        "over": None if use.limit is None else use.over,
    }


def _columns(question: Question, titles: Mapping[str, str]) -> tuple[Column, ...]:
    parts = [Column(f"part_{part}", title, totalled=True) for part, title in titles.items()]
    return (
        *key_columns(question.by),
        *parts,
        Column(
            "used",
            _("信用占用"),
            totalled=True,
            formula="=" + "+".join(f"{{{part.name}}}" for part in parts),
            definition=_("应收、预占、未开票、票据等相加，减去未核销的收款和预收。"),
        ),
        Column("limit", _("信用额度"), totalled=True, definition=_("这一天有效的永久和临时额度。")),
        Column("rate", _("使用率"), Kind.PERCENT, definition=_("有额度的客户的占用，除以额度。")),
        Column("free", _("可用额度"), totalled=True),
        Column("over", _("超出额度"), totalled=True),
    )


def _chart(rows: Sequence[Row]) -> Iterable[Chart]:
    """Who uses most of the limit."""
    shown = sorted(
        (row for row in rows if row.values["rate"] is not None), key=lambda row: -row.values["rate"]
    )[:CHARTED]
    if shown:
        yield Chart(
            name="use",
            title=_("额度使用率"),
            shape=Shape.ROWS,
            categories=tuple(str(row.values["name"]) for row in shown),
            series=(Series(_("使用率"), tuple(Mark(row.values["rate"], tone=_tone(row)) for row in shown)),),
            kind=Kind.PERCENT,
        )


def _tone(row: Row) -> str:
    rate = row.values["rate"]
    return "bad" if rate > 1 else "warn" if rate >= NEAR else "good"


REPORT = Report(
    name="credit-use",
    title=_("信用占用表"),
    definition=_("每个客户占用了多少信用、由哪些部分组成，和额度相比还剩多少、超出多少。"),
    read=read,
    section="risk",
    permission="credit.read",
    told=(told_of_credit,),
    dimensions=tuple(KEYS),
    by=("customer",),
    levels=1,
    filters=tuple(KEYS),
    sort="-used",
    icon="credit-card",
)

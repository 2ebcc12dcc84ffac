"""账龄迁移表: where the debts of each bucket stand at the end of a period, in amounts and as shares."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import Column, Kind, Link, Question, Report, Result, Row, items_link
from huikuan.reports.bucket_moves import NEW, BucketMove, bucket_moves, bucket_names
from huikuan.reports.filters import FIELDS
from huikuan.reports.keys import TOTAL
from huikuan.reports.kpi.rules import share
from huikuan.reports.moments import moment
from huikuan.reports.words import lazy_cell_label

ZERO = Decimal(0)
NAME = Column("name", _("期初账龄"), Kind.TEXT)
PAID = Column("paid", _("收回"), totalled=True, definition=_("期间内用收款、预收或票据核销的金额。"))
WRITTEN_OFF = Column("written_off", _("坏账核销"), totalled=True)
OTHER = Column(
    "other", _("其他增减"), totalled=True, definition=_("红字、折让、冲抵、转让，以及汇兑差额；减少为负。")
)


def read(question: Question) -> Result:
    """Two tables by the bucket at the beginning: amounts in base currency, and shares of what it began with."""
    if question.since is None:
        raise ValueError("a period is asked for")
    at = moment(question.as_of, question.known_at)
    found = bucket_moves(at, question.since, question)
    rows = [Row(0, (name,), _amounts(name, move)) for name, move in found.items()]
    if not any(value for row in rows for value in row.values.values() if isinstance(value, Decimal)):
        rows = []
    total = Row(0, (), _amounts("", _whole(found))) if rows else None

    def behind(row: Row, column: str) -> Link | None:
        if row.key or column not in bucket_names():
            return None
        return items_link(question.item_filter.with_cell(column))

    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(
            NAME,
            Column("opening", _("期初和新开"), totalled=True),
            PAID,
            WRITTEN_OFF,
            OTHER,
            *(Column(name, lazy_cell_label(name), totalled=True) for name in bucket_names()),
        ),
        rows=rows,
        total=total,
        behind=behind,
        parts=(
            Result(
                question=question,
                currency=at.currency,
                known_at=at.known_at,
                title=_("占期初的比例"),
                columns=(
                    NAME,
                    *(Column(each.name, each.label, Kind.PERCENT) for each in (PAID, WRITTEN_OFF, OTHER)),
                    *(Column(name, lazy_cell_label(name), Kind.PERCENT) for name in bucket_names()),
                ),
                rows=[Row(0, row.key, _shares(row.values)) for row in rows],
                total=Row(0, (), _shares(total.values)),
            ),
        )
        if total
        else (),
    )


def _amounts(name: str, move: BucketMove) -> dict[str, Any]:
    label = TOTAL if not name else _("本期新开") if name == NEW else lazy_cell_label(name)
    return {
        "name": label,
        "opening": move.opening,
        "paid": move.paid,
        "written_off": move.written_off,
        "other": move.other,
        **move.closing,
    }


def _shares(amounts: Mapping[str, Any]) -> dict[str, Any]:
    names = ("paid", "written_off", "other", *bucket_names())
    return {"name": amounts["name"]} | {
        name: share(amounts[name], amounts["opening"]) if amounts[name] else None for name in names
    }


def _whole(found: Mapping[str, BucketMove]) -> BucketMove:
    whole = BucketMove(closing=dict.fromkeys(bucket_names(), ZERO))
    for move in found.values():
        whole.opening += move.opening
        whole.paid += move.paid
        whole.written_off += move.written_off
        whole.other += move.other
        for name, amount in move.closing.items():
            whole.closing[name] += amount
    return whole


REPORT = Report(
    name="bucket-migration",
    title=_("账龄迁移表"),
    definition=_("期初每一段账龄的应收，到期末收回了多少、核销了多少、还欠着的落在哪一段。"),
    read=read,
    section="risk",
    filters=FIELDS,
    period=True,
    usual_period="month",
    icon="arrows-exchange",
)

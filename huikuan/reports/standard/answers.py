"""付款承诺统计 and 争议统计: how promises were kept and disputes answered, by who made them or why."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.disputes.wording import owner_words, reason_words
from huikuan.reports.answers_known import disputes_known_sql, promised_base_sql, promises_known_sql
from huikuan.reports.asking import Column, Kind, Option, Question, Report, Result, Row, Words
from huikuan.reports.kpi.rules import promise_kept_rate, share
from huikuan.reports.moments import Moment, moment
from huikuan.reports.told import told_of_disputes, told_of_promises
from huikuan.reports.unrated import unrated_remarks

ZERO = Decimal(0)
SHARE = Decimal("0.0001")
DAYS = Decimal("0.1")

PROMISE_KEYS = {
    "collector": ("''", "q.collector_name"),
    "customer": ("k.code", "k.name"),
    "salesperson": ("coalesce(s.code, '')", "coalesce(s.name, '')"),
    "month": ("to_char(q.promised_on, 'YYYY-MM')", "to_char(q.promised_on, 'YYYY-MM')"),
}
PROMISE_SUMS = (
    "made",
    "judged",
    "kept",
    "partly",
    "broken",
    "amount",
    "judged_amount",
    "kept_amount",
    "paid",
)


def read_promises(question: Question) -> Result:
    """Promises for days of the period; the rates are of those that have an outcome."""
    at = moment(question.as_of, question.known_at)
    key, name = PROMISE_KEYS[question.options["key"]]
    found = _fetch(
        PROMISES.format(key=key, name=name, base=promised_base_sql(at), promises=promises_known_sql(at)),
        at,
        question,
    )
    rows = [Row(0, (code, name), _promise_values(code, name, sums)) for code, name, *sums in found]
    total = _added([sums for _code, _name, *sums in found])
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=PROMISE_COLUMNS,
        rows=rows,
        total=Row(0, (), _promise_values("", _("合计"), total)) if rows else None,
        remarks=tuple(unrated_remarks(at, question.since or question.as_of)),
    )


def _promise_values(code: Any, name: Any, sums: Sequence[Any]) -> dict[str, Any]:
    values = dict(zip(PROMISE_SUMS, sums, strict=True))
    return {
        "code": code,
        "name": name,
        **values,
        "kept_rate": _rounded(promise_kept_rate(values["kept"], values["judged"])),
        "kept_amount_rate": _rounded(promise_kept_rate(values["kept_amount"], values["judged_amount"])),
    }


PROMISE_COLUMNS = (
    Column("code", _("代码"), Kind.TEXT),
    Column("name", _("名称"), Kind.TEXT),
    Column("made", pgettext_lazy("plural", "承诺"), Kind.COUNT, totalled=True),
    Column("judged", _("已有结果"), Kind.COUNT, totalled=True),
    Column("kept", _("兑现"), Kind.COUNT, totalled=True),
    Column("partly", _("部分兑现"), Kind.COUNT, totalled=True),
    Column("broken", _("落空"), Kind.COUNT, totalled=True),
    Column(
        "kept_rate",
        _("承诺兑现率（笔数）"),
        Kind.PERCENT,
        formula='=IFERROR({kept}/{judged},"")',
        definition=_("兑现的笔数除以已有结果的笔数。"),
    ),
    Column("amount", _("承诺金额"), totalled=True),
    Column("judged_amount", _("已有结果的金额"), totalled=True),
    Column("kept_amount", _("兑现的金额"), totalled=True),
    Column(
        "kept_amount_rate",
        _("承诺兑现率（金额）"),
        Kind.PERCENT,
        formula='=IFERROR({kept_amount}/{judged_amount},"")',
    ),
    Column(
        "paid",
        _("承诺期内付款"),
        totalled=True,
        definition=_("到承诺日（加宽限）为止付的金额，多付的也在内。"),
    ),
)

PROMISES = """
    SELECT key, name, count(*), count(*) FILTER (WHERE judged), count(*) FILTER (WHERE state = 'kept'),
           count(*) FILTER (WHERE state = 'partly'), count(*) FILTER (WHERE state = 'broken'), sum(base),
           coalesce(sum(base) FILTER (WHERE judged), 0), coalesce(sum(base) FILTER (WHERE state = 'kept'), 0),
           sum(round(base * paid / amount, 2))
    FROM (
        SELECT {key} AS key, {name} AS name, q.state, q.state IN ('kept', 'partly', 'broken') AS judged, q.amount,
               q.paid, coalesce(({base}), 0) AS base
        FROM {promises} q
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = q.customer_id
        LEFT JOIN customers_salesperson s ON s.organization_id = %(organization)s AND s.id = k.salesperson_id
        WHERE q.organization_id = %(organization)s AND q.promised_on BETWEEN %(since)s AND %(as_of)s
          AND (%(reach)s::uuid[] IS NULL OR k.salesperson_id = ANY(%(reach)s::uuid[]))
    ) q
    GROUP BY key, name ORDER BY key, name
"""

DISPUTE_KEYS = {
    "reason": "d.reason",
    "owner": "d.owner_role",
    "month": "to_char(d.opened_on, 'YYYY-MM')",
    "customer": "k.code || ' ' || k.name",
}
DISPUTE_SUMS = (
    "opened",
    "amount",
    "still_open",
    "open_amount",
    "credited",
    "rejected",
    "ended",
    "days",
    "in_time",
)


def read_disputes(question: Question) -> Result:
    """Disputes opened in the period: how many, how much, how they ended and how long that took."""
    at = moment(question.as_of, question.known_at)
    key = question.options["key"]
    found = _fetch(
        DISPUTES.format(key=DISPUTE_KEYS[key], base=IN_BASE, disputes=disputes_known_sql(at)), at, question
    )
    words = {"reason": reason_words, "owner": owner_words}.get(key, str)
    rows = [Row(0, (code,), _dispute_values(words(code), sums)) for code, *sums in found]
    total = _added([sums for _code, *sums in found])
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=DISPUTE_COLUMNS,
        rows=rows,
        total=Row(0, (), _dispute_values(_("合计"), total)) if rows else None,
    )


def _dispute_values(name: Any, sums: Sequence[Any]) -> dict[str, Any]:
    values = dict(zip(DISPUTE_SUMS, sums, strict=True))
    days = share(Decimal(values["days"]), Decimal(values["ended"]))
    return {
        "name": name,
        **values,
        "days": None if days is None else days.quantize(DAYS),
        "in_time": _rounded(share(Decimal(values["in_time"]), Decimal(values["ended"]))),
    }


DISPUTE_COLUMNS = (
    Column("name", _("名称"), Kind.TEXT),
    Column("opened", _("提出件数"), Kind.COUNT, totalled=True),
    Column("amount", _("争议金额"), totalled=True),
    Column("still_open", _("未了结"), Kind.COUNT, totalled=True),
    Column("open_amount", _("未了结金额"), totalled=True),
    Column("credited", _("已红冲或折让"), Kind.COUNT, totalled=True),
    Column("rejected", _("争议不成立"), Kind.COUNT, totalled=True),
    Column("ended", _("已了结"), Kind.COUNT, totalled=True),
    Column("days", _("平均了结天数"), Kind.DAYS, definition=_("从提出到了结的天数，按件平均。")),
    Column(
        "in_time", _("按期了结率"), Kind.PERCENT, definition=_("在应答期限内了结的件数除以已了结的件数。")
    ),
)

# The claim in base currency, by the value in the books of the item that it is about.
IN_BASE = "CASE WHEN i.amount = 0 THEN 0 ELSE round(d.amount * i.base_amount / i.amount, 2) END"

DISPUTES = """
    SELECT key, count(*), sum(base), count(*) FILTER (WHERE state = 'open'),
           coalesce(sum(base) FILTER (WHERE state = 'open'), 0), count(*) FILTER (WHERE state = 'credited'),
           count(*) FILTER (WHERE state = 'rejected'), count(ended_on), coalesce(sum(ended_on - opened_on), 0),
           count(*) FILTER (WHERE ended_on <= due_on)
    FROM (
        SELECT {key} AS key, d.state, d.opened_on, d.ended_on, d.due_on, {base} AS base
        FROM {disputes} d
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = d.item_id
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = d.customer_id
        WHERE d.organization_id = %(organization)s AND d.opened_on BETWEEN %(since)s AND %(as_of)s
          AND (%(reach)s::uuid[] IS NULL OR k.salesperson_id = ANY(%(reach)s::uuid[]))
    ) d
    GROUP BY key ORDER BY 2 DESC, key
"""


def _fetch(sql: str, at: Moment, question: Question) -> list[tuple[Any, ...]]:
    reach = None if question.salesperson_ids is None else list(question.salesperson_ids)
    with connection.cursor() as cursor:
        cursor.execute(sql, {**at.parameters, "since": question.since, "reach": reach})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _added(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [sum(column) for column in zip(*rows, strict=True)]


def _rounded(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else rate.quantize(SHARE)


MONTHLY = ("month", _("月份"))


def _grouped(*choices: tuple[str, Words]) -> Option:
    """What rows are made by: one of these, the first unless another is asked for."""
    return Option("key", _("按"), "choice", default=choices[0][0], choices=choices)


REPORTS = (
    Report(
        name="promises",
        title=_("付款承诺统计"),
        definition=_("承诺日在期间内的付款承诺：多少笔、多少钱，兑现了多少。"),
        read=read_promises,
        posted=False,
        told=(told_of_promises,),
        section="collection",
        options=(
            _grouped(
                ("collector", _("催收人")), ("customer", _("客户")), ("salesperson", _("业务员")), MONTHLY
            ),
        ),
        period=True,
        usual_period="months:3",
        icon="checks",
    ),
    Report(
        name="disputes",
        title=_("争议统计"),
        definition=_("期间内提出的争议：原因、金额、结果和了结用了多少天。"),
        read=read_disputes,
        posted=False,
        told=(told_of_disputes,),
        section="collection",
        options=(
            _grouped(("reason", _("原因")), ("owner", _("责任部门")), ("customer", _("客户")), MONTHLY),
        ),
        period=True,
        usual_period="months:3",
        icon="scale",
    ),
)

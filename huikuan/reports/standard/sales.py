"""销售与回款表: what each salesperson, region, customer … sold, has to come in and brought in, with the commission on it;
and what was sold of each product, by the lines of invoices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.collection.chased import PAYING
from huikuan.collection.joint_queries import commission_terms
from huikuan.core.money import currency_exponent
from huikuan.customers.models import Salesperson
from huikuan.reports.asking import (
    Chart,
    Column,
    Kind,
    Link,
    Mark,
    Question,
    QuestionRefused,
    Report,
    Result,
    Row,
    Series,
    Shape,
    items_link,
)
from huikuan.reports.dimensions import ALL
from huikuan.reports.filters import FIELDS, OVERDUE, RECEIVABLE
from huikuan.reports.keys import key_columns, key_values, narrowed
from huikuan.reports.kpi.inputs import Inputs, inputs_of
from huikuan.reports.kpi.rules import share
from huikuan.reports.moments import Moment, moment
from huikuan.reports.pivots.spans import spans
from huikuan.reports.state import known_document_sql, known_row_sql, with_sql

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)
SHARE = Decimal("0.0001")
CHARTED = 15
MONTH = "month"
MOST_MONTHS = 60
STANDING = {"closing": RECEIVABLE, "closing_overdue": OVERDUE}
"""Columns that stand at the end of the period, and the open items they are made of."""

COLUMNS: tuple[Column, ...] = (
    Column("opening", _("期初应收"), totalled=True),
    Column("sold", _("赊销额"), totalled=True, definition=_("本期应收单和调增，减红字；含税。")),
    Column(
        "collected",
        pgettext_lazy("money", "回款"),
        totalled=True,
        definition=_("收款、预收和收到的票据，减退款和拒付。"),
    ),
    Column("written_off", _("坏账核销"), totalled=True),
    Column("closing", _("期末应收"), totalled=True, definition=_("期末未结清的应收，不减未核销的贷项。")),
    Column("closing_overdue", _("期末逾期"), totalled=True),
    Column(
        "collection_rate",
        _("回款率"),
        Kind.PERCENT,
        definition=_("本期回款 ÷（期初应收 + 本期赊销额）。"),
        formula='=IFERROR({collected}/({opening}+{sold}),"")',
    ),
)
COMMISSION: tuple[Column, ...] = (
    Column("basis", _("提成基数"), totalled=True, definition=_("本期核销的回款，去掉其中的增值税。")),
    Column("commission", _("应得提成"), totalled=True, definition=_("按提成率和逾期系数逐笔计算。")),
    Column("lost", _("逾期扣减"), totalled=True, definition=_("准时收回时多得的提成。")),
)


def read(question: Question) -> Result:
    """One row per key of the dimension; by salesperson with the commission that was earned."""
    if question.since is None:
        raise ValueError("a period is asked for")
    if question.by == (MONTH,):
        return _months(question, question.since)
    asked = inputs_of(
        (question.since - ONE_DAY, question.as_of),
        by=question.by,
        known_at=question.known_at,
        where=question.item_filter,
        salesperson_ids=question.salesperson_ids,
    )
    at = moment(question.as_of, question.known_at)
    paid = _commissions(question, at) if _with_commission(question) else {}
    own = question.by[:1] == ("currency",)
    rows = [
        Row(
            0,
            line.key,
            key_values(question.by, line.key, line.name)
            | _values(line.periods[-1].inputs)
            | dict(paid.get(line.key[0], NO_COMMISSION if paid else {})),
            line.key[0] if own else "",
        )
        for line in asked.lines
        if question.by
    ]
    rows += _only_paid(question, paid, {row.key[0] for row in rows})
    rows = [row for row in rows if any(isinstance(each, Decimal) and each for each in row.values.values())]
    total = Row(
        0, (), key_values(question.by, (), "") | _values(asked.total.periods[-1].inputs) | _summed(paid)
    )

    def behind(row: Row, column: str) -> Link | None:
        cell = STANDING.get(column)
        if cell is None:
            return None
        return items_link(narrowed(question.item_filter, question.by, row.key).with_cell(cell))

    return Result(
        question=question,
        currency=asked.currency,
        known_at=asked.known_at,
        columns=(*key_columns(question.by), *COLUMNS, *(COMMISSION if paid else ())),
        rows=rows if question.by else [total],
        total=None if own or not question.by else total,
        charts=(_chart(rows, asked.currency),) if rows and not own else (),
        behind=behind,
    )


def _months(question: Question, since: date) -> Result:
    """One row for each month, the first and the last as far as the period has them."""
    months = spans(since, question.as_of, MONTH)
    if len(months) > MOST_MONTHS:
        raise QuestionRefused(_("按月最多看 %d 个月，请缩短期间。") % MOST_MONTHS, code="too_many_months")
    common: Any = {
        "known_at": question.known_at,
        "where": question.item_filter,
        "salesperson_ids": question.salesperson_ids,
    }
    asked = inputs_of((since - ONE_DAY, *(each.until for each in months)), **common)
    whole = inputs_of((since - ONE_DAY, question.as_of), **common).total.periods[-1].inputs
    rows = [
        Row(0, (month.name,), {"name": month.name} | _values(period.inputs))
        for month, period in zip(months, asked.total.periods, strict=True)
    ]
    ends = {month.name: month.until for month in months}

    def behind(row: Row, column: str) -> Link | None:
        cell = STANDING.get(column)
        if cell is None:
            return None
        to, where = items_link(question.item_filter.with_cell(cell))
        return Link(to, {**where, "as_of": ends[row.key[0]].isoformat()} if row.key else where)

    return Result(
        question=question,
        currency=asked.currency,
        known_at=asked.known_at,
        columns=(*key_columns(question.by), *(_added_up(column) for column in COLUMNS)),
        rows=rows,
        total=Row(0, (), key_values(question.by, (), "") | _values(whole)),
        charts=(_chart(rows, asked.currency, in_order=True),),
        behind=behind,
    )


def _added_up(column: Column) -> Column:
    """What stands on a day does not add up over months."""
    return column if column.name not in ("opening", *STANDING) else replace(column, totalled=False)


def _only_paid(
    question: Question, paid: Mapping[str, Mapping[str, Any]], there: Collection[str]
) -> list[Row]:
    """Rows of salespeople who earn on documents of which others have the items now."""
    missing = [code for code in paid if code not in there]
    names = dict(Salesperson.objects.filter(code__in=missing).values_list("code", "name")) if missing else {}
    return [
        Row(
            0,
            (code,),
            key_values(question.by, (code,), names.get(code, "")) | _values(Inputs()) | dict(paid[code]),
        )
        for code in missing
    ]


def _values(inputs: Inputs) -> dict[str, Any]:
    rate = share(inputs.collected, inputs.opening + inputs.sold)
    names = ("opening", "sold", "collected", "written_off", "closing", "closing_overdue")
    return {name: getattr(inputs, name) for name in names} | {
        "collection_rate": None if rate is None else rate.quantize(SHARE)
    }


def _chart(rows: list[Row], currency: str, *, in_order: bool = False) -> Chart:
    """The largest first, or (`in_order`) as the rows stand."""
    shown = rows if in_order else sorted(rows, key=lambda row: -row.values["sold"])[:CHARTED]
    return Chart(
        name="sales",
        title=_("赊销与回款"),
        shape=Shape.BAR,
        categories=tuple(str(row.values["name"]) for row in shown),
        series=(
            Series(_("赊销额"), tuple(Mark(row.values["sold"]) for row in shown)),
            Series(pgettext_lazy("money", "回款"), tuple(Mark(row.values["collected"]) for row in shown)),
        ),
        currency=currency,
    )


NO_COMMISSION: Mapping[str, Any] = {"basis": ZERO, "commission": ZERO, "lost": ZERO}


def _with_commission(question: Question) -> bool:
    """The commission is of salespeople."""
    return question.by == ("salesperson",) and not question.where


def _summed(paid: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    if not paid:
        return {}
    return {name: sum((each[name] for each in paid.values()), ZERO) for name in NO_COMMISSION}


def _commissions(question: Question, at: Moment) -> dict[str, Mapping[str, Any]]:
    """Basis, commission and what lateness took, by code of the salesperson, each debt and day rounded by itself.

    What was settled, when it was due and the terms are as they were known at the moment.
    """
    terms = commission_terms(None if at.all_known else at.known_at)
    parameters = {
        **at.parameters,
        "since": question.since,
        "rate": terms.rate,
        "days": [factor.days for factor in terms.factors],
        "shares": [factor.share for factor in terms.factors],
        "places": currency_exponent(at.currency),
        "reach": None if question.salesperson_ids is None else list(question.salesperson_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_paid_sql(at), parameters)
        return {row[0]: dict(zip(NO_COMMISSION, row[1:], strict=True)) for row in cursor.fetchall()}


def _paid_sql(at: Moment) -> str:
    due, old = "i.effective_due_on", ""
    if not at.all_known:
        due = "CASE WHEN old.item_id IS NULL THEN i.effective_due_on ELSE old.effective_due_on END"
        old = "LEFT JOIN old_item old ON old.item_id = i.id"
    late, known = known_row_sql(at, "a", "a.effective_on")
    return f"""
    {with_sql(at)}, factor AS (
        SELECT days, share, lag(days) OVER (ORDER BY days) AS after
        FROM unnest(%(days)s::int[], %(shares)s::numeric[]) f (days, share)
    ),
    paid AS (
        SELECT d.salesperson_id, a.effective_on - {due} AS days_late,
               sum(a.debit_base) * d.net / d.amount AS net
        FROM ledger_allocation a
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.debit_item_id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = i.customer_id
        JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
        JOIN ledger_document p ON p.organization_id = %(organization)s AND p.id = o.document_id
        {old} {late}
        WHERE a.organization_id = %(organization)s AND a.effective_on BETWEEN %(since)s AND %(as_of)s
          AND p.kind IN {PAYING} AND {due} IS NOT NULL AND {known} AND d.amount <> 0
          AND (%(reach)s::uuid[] IS NULL OR k.salesperson_id = ANY(%(reach)s::uuid[]))
        GROUP BY d.salesperson_id, d.id, d.net, d.amount, a.effective_on, {due}
    ),
    earned AS (
        SELECT p.salesperson_id, p.net, round(p.net * %(rate)s, %(places)s) AS whole,
               round(p.net * %(rate)s * coalesce(f.share, 0), %(places)s) AS commission
        FROM paid p
        LEFT JOIN factor f ON p.days_late <= f.days AND (f.after IS NULL OR p.days_late > f.after)
    )
    SELECT coalesce(s.code, ''), round(sum(e.net), %(places)s), sum(e.commission), sum(e.whole - e.commission)
    FROM earned e
    LEFT JOIN customers_salesperson s ON s.organization_id = %(organization)s AND s.id = e.salesperson_id
    GROUP BY coalesce(s.code, '')
"""


def read_products(question: Question) -> Result:
    """The lines of posted invoices of the period by product, credit notes deducted, from the largest."""
    at = moment(question.as_of, question.known_at)
    parameters = {
        **at.parameters,
        "since": question.since,
        "reach": None if question.salesperson_ids is None else list(question.salesperson_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(PRODUCTS.format(standing=known_document_sql(at, "d")), parameters)
        found = cursor.fetchall()
    whole = sum((net for *_rest, net, _tax, _gross in found), ZERO)
    rows = []
    for code, name, unit, quantity, net, tax, gross in found:
        part = share(net, whole)
        values = {
            "code": code,
            "name": name,
            "unit": unit,
            "quantity": quantity,
            "net": net,
            "tax": tax,
        }
        values |= {"gross": gross, "share": None if part is None else part.quantize(SHARE)}
        rows.append(Row(0, (code,), values))
    sums = {
        "net": whole,
        "tax": sum((row.values["tax"] for row in rows), ZERO),
        "gross": sum((row.values["gross"] for row in rows), ZERO),
    }
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=PRODUCT_COLUMNS,
        rows=rows,
        total=Row(0, (), {"code": "", "name": _("合计")} | sums) if rows else None,
    )


PRODUCT_COLUMNS = (
    Column("code", _("代码"), Kind.TEXT),
    Column("name", _("产品"), Kind.TEXT),
    Column("unit", _("单位"), Kind.TEXT),
    Column("quantity", _("数量"), Kind.QUANTITY),
    Column("net", _("不含税金额"), totalled=True),
    Column("tax", _("税额"), totalled=True),
    Column("gross", _("价税合计"), totalled=True, formula="={net}+{tax}"),
    Column("share", _("占比"), Kind.PERCENT, formula="={net}/{total:net}"),
)

PRODUCTS = """
    SELECT coalesce(p.code, ''), coalesce(p.name, min(l.description)), l.unit, sum(x.sign * l.quantity),
           sum(round(x.sign * l.net * v.rate, 2)), sum(round(x.sign * l.tax * v.rate, 2)),
           sum(round(x.sign * l.net * v.rate, 2)) + sum(round(x.sign * l.tax * v.rate, 2))
    FROM (
        SELECT v.id, d.rate, v.kind FROM sales_invoice v
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = v.document_id
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = v.customer_id
        WHERE v.organization_id = %(organization)s AND {standing}
          AND v.invoice_on BETWEEN %(since)s AND %(as_of)s
          AND (%(reach)s::uuid[] IS NULL OR k.salesperson_id = ANY(%(reach)s::uuid[]))
    ) v
    CROSS JOIN LATERAL (SELECT CASE v.kind WHEN 'credit_note' THEN -1 ELSE 1 END AS sign) x
    JOIN sales_invoice_line l ON l.organization_id = %(organization)s AND l.invoice_id = v.id
    LEFT JOIN sales_product p ON p.organization_id = %(organization)s AND p.id = l.product_id
    GROUP BY p.code, p.name, l.unit, CASE WHEN p.code IS NULL THEN l.description END
    ORDER BY 5 DESC, 1
"""

REPORTS = (
    Report(
        name="sales-collection",
        title=_("销售与回款表"),
        definition=_(
            "赊销、应收、回款、坏账和逾期放在一行，按业务员、地区、客户、月份等列示；按业务员时带提成。"
        ),
        read=read,
        section="sales",
        dimensions=(*ALL, MONTH),
        by=("salesperson",),
        filters=FIELDS,
        period=True,
        usual_period="month",
        sort="-sold",
        icon="users",
    ),
    Report(
        name="sales-by-product",
        title=_("产品销售表"),
        definition=_("按发票行统计每个产品的数量和金额，减去红字；本位币。"),
        read=read_products,
        section="sales",
        period=True,
        usual_period="month",
        sort="-net",
        icon="package",
    ),
)

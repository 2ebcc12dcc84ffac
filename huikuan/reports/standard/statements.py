"""客户对账单 and 询证函 as reports: what every customer would be stated or asked to confirm, and what was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from huikuan.audit.models import Event
from huikuan.collection.statement import Statement, statements_of
from huikuan.reports.account_tables import Account, Details, tables_of
from huikuan.reports.asked_customers import KEYS, asked_customers
from huikuan.reports.asking import Column, Kind, Link, Question, Report, Result, Row
from huikuan.reports.kpi.rules import share
from huikuan.reports.moments import Moment, moment
from huikuan.reports.told import told_of_requests, told_of_statements
from huikuan.statements.models import Statement as Frozen
from huikuan.statements.models import StatementState
from huikuan.statements.operations.confirming import CONFIRMATION
from huikuan.statements.operations.trail import STATEMENT

ZERO = Decimal(0)
SHARE = Decimal("0.0001")
AT_ONCE = 5_000
"""How many customers are stated at a time."""
STATES = {
    "drafted": StatementState.DRAFTED,
    "sent": StatementState.SENT,
    "confirmed": StatementState.CONFIRMED,
    "differed": StatementState.DIFFERING,
    "withdrawn": StatementState.WITHDRAWN,
}
"""What a statement has come to, by what the trail last said of it."""


def read(question: Question) -> Result:
    """A line for each customer and currency; of a chosen customer or group what moved and what is left to pay."""
    since, until = question.since, question.as_of
    if since is None:
        raise ValueError("a period is asked for")
    at = moment(until, question.known_at)
    customers = asked_customers(question, at, undone_since=True)
    last = _last(customers, at)
    chosen = "customer" in question.where or "group" in question.where
    accounts = [
        Account(one["code"], one["name"], found, *last.get((one["pk"], found.currency), ("", "")))
        for one, found in _stated(customers, since, at)
    ]

    def behind(row: Row, column: str) -> Link | None:
        if not row.key or chosen or column not in ("code", "name"):
            return None
        words = {"customer": row.key[0], "from": since.isoformat(), "to": until.isoformat()}
        return Link("report", {"name": STATEMENTS.name, **words})

    return tables_of(
        question,
        accounts,
        base=at.currency,
        known_at=at.known_at,
        details=Details.EACH if chosen else Details.NONE,
        behind=behind,
    )


def _stated(
    customers: Sequence[dict[str, Any]], since: date, at: Moment
) -> Iterator[tuple[dict[str, Any], Statement]]:
    known_at = None if at.all_known else at.known_at
    for begin in range(0, len(customers), AT_ONCE):
        some = customers[begin : begin + AT_ONCE]
        keys = [each["pk"] for each in some]
        found = statements_of(keys, starts_on=since, ends_on=at.as_of, known_at=known_at)
        for each in some:
            for statement in found.get(each["pk"], ()):
                yield each, statement


def _last(customers: Sequence[dict[str, Any]], at: Moment) -> dict[tuple[UUID, str], tuple[str, Any]]:
    """The number and state of the statements that were drafted up to this very day, as known at the moment."""
    rows = Frozen.objects.filter(ends_on=at.as_of).order_by("pk")
    told = None if at.all_known else _told_of_statements(at)
    keys = {each["pk"] for each in customers}
    found = {}
    for row, key, currency, number, state in rows.values_list(
        "pk", "customer_id", "currency", "number", "state"
    ):
        known = state if told is None else STATES[told[row]] if row in told else None
        if key in keys and known not in (None, StatementState.WITHDRAWN):
            found[key, currency] = (number, StatementState(known).label)
    return found


def _told_of_statements(at: Moment) -> dict[UUID, str]:
    """What the trail last said by then of the statements up to this day."""
    rows = Event.objects.filter(
        record_kind=STATEMENT,
        record_id__in=Frozen.objects.filter(ends_on=at.as_of).values("pk"),
        action__in=STATES,
        act__recorded_at__lte=at.known_at,
    )
    return dict(rows.order_by("act__recorded_at", "id").values_list("record_id", "action"))


def read_confirmations(question: Question) -> Result:
    """What customers owe at the end of the day by currency, and what of it an auditor asked them to confirm."""
    at = moment(question.as_of, question.known_at)
    customers = asked_customers(question, at, undone_since=True)
    asked = _requested(customers, at)
    found = [
        (each, statement.currency, statement.closing)
        for each, statement in _stated(customers, question.as_of, at)
    ]
    currencies = {currency for _each, currency, _closing in found}
    owed = sum((max(closing, ZERO) for _each, _currency, closing in found), ZERO)
    single = len(currencies) == 1
    rows = []
    for each, currency, closing in found:
        number, auditor, balances = asked.get(each["pk"], ("", "", {}))
        rows.append(
            Row(
                0,
                (each["code"], currency),
                {
                    "code": each["code"],
                    "name": each["name"],
                    "currency": currency,
                    "owed_by": max(closing, ZERO),
                    "owed_to": max(-closing, ZERO),
                    "share": _share(max(closing, ZERO), owed) if single else None,
                    "number": number,
                    "auditor": auditor,
                    "asked": Decimal(balances.get(currency, "0")) if number else None,
                },
                currency,
            )
        )
    total = {
        name: sum((row.values[name] or ZERO for row in rows), ZERO)
        for name in ("owed_by", "owed_to", "asked")
    }

    def behind(row: Row, column: str) -> Link | None:
        if not row.key or column not in ("code", "name"):
            return None
        words = {"customer": row.key[0], "to": question.as_of.isoformat()}
        return Link("report", {"name": STATEMENTS.name, **words})

    return Result(
        question=question,
        currency=currencies.pop() if single else at.currency,
        known_at=at.known_at,
        columns=CONFIRMED if single else tuple(each for each in CONFIRMED if each.name != "share"),
        rows=rows,
        total=Row(0, (), {"code": "", "name": _("合计"), "share": _share(owed, owed)} | total)
        if rows and single
        else None,
        behind=behind,
    )


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    found = share(part, whole)
    return None if found is None else found.quantize(SHARE)


def _requested(
    customers: Sequence[dict[str, Any]], at: Moment
) -> dict[UUID, tuple[str, str, dict[str, str]]]:
    """By customer the last request known at the moment about the balances of its day: number, who asked, the amounts named."""
    rows = Event.objects.filter(
        record_kind=CONFIRMATION,
        record_id__in=[each["pk"] for each in customers],
        content__until=at.as_of.isoformat(),
    ).order_by("id")
    if not at.all_known:
        rows = rows.filter(act__recorded_at__lte=at.known_at)
    return {
        key: (number, content["auditor"], content["balances"])
        for key, number, content in rows.values_list("record_id", "number", "content")
    }


CONFIRMED = (
    Column("code", _("代码"), Kind.TEXT),
    Column("name", _("客户"), Kind.TEXT),
    Column("currency", _("币种"), Kind.TEXT),
    Column("owed_by", _("客户欠我们"), totalled=True, definition=_("与对账单的期末余额相同。")),
    Column("owed_to", _("我们欠客户"), totalled=True),
    Column("share", _("占应收"), Kind.PERCENT, formula="={owed_by}/{total:owed_by}"),
    Column("number", _("询证函"), Kind.TEXT, definition=_("对这一天余额最近出具的一封。")),
    Column("auditor", _("会计师事务所"), Kind.TEXT),
    Column(
        "asked", _("函证金额"), totalled=True, definition=_("函上写的余额；之后补记的业务会使它与账上不同。")
    ),
)

STATEMENTS = Report(
    name="statements",
    title=_("客户对账单"),
    definition=_("一个期间里每个客户的期初、应收、收款、调整和期末；选定客户后逐笔列出往来和未付单据。"),
    read=read,
    told=(told_of_statements,),
    permission="reconciliation.read",
    filters=tuple(KEYS),
    period=True,
    usual_period="month",
    icon="file-text",
)
CONFIRMATIONS = Report(
    name="confirmations",
    title=_("询证函余额表"),
    definition=_("某一天每个客户的余额，哪些出具了询证函、函上写的多少、占应收多少。"),
    read=read_confirmations,
    told=(told_of_requests,),
    permission="reconciliation.read",
    filters=tuple(KEYS),
    icon="mail",
)
REPORTS = (STATEMENTS, CONFIRMATIONS)

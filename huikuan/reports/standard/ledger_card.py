"""客户明细账: what moved the balance of a customer line by line, or of every customer what it opened and closed with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huikuan.core.money import currency_exponent
from huikuan.ledger.models import Kind as DocumentKind
from huikuan.reports.asking import Column, Kind, Link, Question, Report, Result, Row
from huikuan.reports.card_lines import EXCHANGE, SETTLED, CardLine, CardTotal, card_lines, card_totals
from huikuan.reports.filters import condition
from huikuan.reports.moments import Moment, moment

ZERO = Decimal(0)
WORDS = {SETTLED: _("集团内核销"), EXCHANGE: _("汇兑差额")}


def read(question: Question) -> Result:
    """The card of the customer (or group) that `where` names; without one the balances of all customers."""
    at = moment(question.as_of, question.known_at)
    if question.since is None:
        raise ValueError("a period is asked for")
    few = None
    if question.where:
        few = condition(at, question.item_filter, question.salesperson_ids).parameters["customers"]
    totals = card_totals(at, question.since, customer_ids=few, salesperson_ids=question.salesperson_ids)
    if not question.where:
        return _balances(question, at, totals)
    lines = card_lines(at, question.since, [each.customer_id for each in totals])
    return _cards(question, at, totals, lines)


def _balances(question: Question, at: Moment, totals: Sequence[CardTotal]) -> Result:
    rows = [
        Row(
            0,
            (each.code,),
            {
                "code": each.code,
                "name": each.name,
                "currency": each.currency,
                "opening": each.opening,
                "debit": each.debit,
                "credit": each.credit,
                "closing": each.closing,
                "opening_base": each.opening_base,
                "debit_base": each.debit_base,
                "credit_base": each.credit_base,
                "closing_base": each.closing_base,
            },
        )
        for each in totals
    ]
    base = ("opening_base", "debit_base", "credit_base", "closing_base")
    total = Row(
        0,
        (),
        {"code": "", "name": _("合计")}
        | {name: sum((getattr(each, name) for each in totals), ZERO) for name in base},
    )
    foreign = any(each.currency != at.currency for each in totals)

    def behind(row: Row, column: str) -> Link | None:
        if not row.key or column not in ("code", "name"):
            return None
        return Link("report", _card(question, row.key[0]))

    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=_balance_columns(foreign),
        rows=rows,
        total=total if rows else None,
        behind=behind,
    )


def _card(question: Question, customer: str) -> dict[str, str]:
    """The words that ask for the card of a customer over the same period."""
    if question.since is None:
        return {}
    return {
        "name": REPORT.name,
        "customer": customer,
        "from": question.since.isoformat(),
        "to": question.as_of.isoformat(),
    }


def _balance_columns(foreign: bool) -> tuple[Column, ...]:
    leading = (Column("code", _("代码"), Kind.TEXT), Column("name", _("客户"), Kind.TEXT))
    own = (
        Column("currency", _("币种"), Kind.TEXT),
        Column("opening", _("期初余额")),
        Column("debit", _("借方")),
        Column("credit", _("贷方")),
        Column("closing", _("期末余额"), formula="={opening}+{debit}-{credit}"),
    )
    base = (
        Column("opening_base", _("期初余额（本位币）") if foreign else _("期初余额"), totalled=True),
        Column("debit_base", _("借方（本位币）") if foreign else _("借方"), totalled=True),
        Column("credit_base", _("贷方（本位币）") if foreign else _("贷方"), totalled=True),
        Column(
            "closing_base",
            _("期末余额（本位币）") if foreign else _("期末余额"),
            totalled=True,
            formula="={opening_base}+{debit_base}-{credit_base}",
            definition=_("应收减去我们持有的贷项；等于账龄分析表的净额加未触发到期。"),
        ),
    )
    return (*leading, *(own if foreign else ()), *base)


def _cards(question: Question, at: Moment, totals: Sequence[CardTotal], lines: Sequence[CardLine]) -> Result:
    by_card: dict[tuple[Any, str], list[CardLine]] = defaultdict(list)
    for line in lines:
        by_card[line.customer_id, line.currency].append(line)
    parts = tuple(
        _part(question, at, each, by_card.get((each.customer_id, each.currency), [])) for each in totals
    )
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(),
        rows=(),
        parts=parts,
        remarks=() if parts else (_("这个期间没有往来，也没有余额。"),),
    )


def _part(question: Question, at: Moment, card: CardTotal, lines: Sequence[CardLine]) -> Result:
    # One kind of decimals for a table: the value in base currency is left out where its own would be cut off.
    foreign = card.currency != at.currency and currency_exponent(card.currency) >= currency_exponent(
        at.currency
    )
    opening = next((each for each in lines if each.on is None), None)
    balance, base = (opening.debit, opening.base) if opening else (ZERO, ZERO)
    first = {
        "on": question.since,
        "number": "",
        "kind": gettext("期初余额"),
        "memo": "",
        "balance": balance,
        "base": base,
    }
    rows = [Row(0, ("",), first, card.currency)]
    for each in lines:
        if each.on is None:
            continue
        balance += each.debit - each.credit
        base += each.base
        rows.append(
            Row(
                0,
                (str(each.document_id or ""),),
                {
                    "on": each.on,
                    "number": each.number,
                    "kind": _kind(each.kind),
                    "memo": each.memo,
                    "debit": each.debit,
                    "credit": each.credit,
                    "balance": balance,
                    "base": base,
                },
                card.currency,
            )
        )
    total = Row(
        0,
        (),
        {
            "on": question.as_of,
            "number": "",
            "kind": gettext("期末余额"),
            "memo": "",
            "debit": card.debit,
            "credit": card.credit,
            "balance": balance,
            "base": base,
        },
        card.currency,
    )

    def behind(row: Row, column: str) -> Link | None:
        if column != "number" or not row.key or not row.key[0]:
            return None
        return Link("document", {"id": row.key[0]})

    return Result(
        question=question,
        currency=card.currency,
        known_at=at.known_at,
        columns=_line_columns(foreign),
        rows=rows,
        total=total,
        title=f"{card.code} {card.name} · {card.currency}",
        behind=behind,
    )


def _kind(kind: str) -> Any:
    return WORDS.get(kind) or gettext(str(DocumentKind(kind).label))


def _line_columns(foreign: bool) -> tuple[Column, ...]:
    columns = (
        Column("on", _("日期"), Kind.DATE),
        Column("number", _("单据"), Kind.TEXT),
        Column("kind", _("类型"), Kind.TEXT),
        Column("memo", _("摘要"), Kind.TEXT),
        Column("debit", _("借方"), totalled=True),
        Column("credit", _("贷方"), totalled=True),
        Column("balance", _("余额"), definition=_("借方减贷方；负数是我们欠客户的。")),
    )
    return (*columns, Column("base", _("本位币余额"))) if foreign else columns


REPORT = Report(
    name="ledger-card",
    title=_("客户明细账"),
    definition=_("每个客户期初、借方、贷方和期末余额；选定客户后逐笔列出单据、核销差额和余额。"),
    read=read,
    filters=("customer", "group"),
    period=True,
    usual_period="month",
    icon="book",
)

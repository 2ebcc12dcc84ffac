"""Statements of account as tables of a report: one line for each, and of chosen ones what moved and what is left to pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huikuan.collection.statement import EARLIER, PARTS, Movement, OpenLine, Statement
from huikuan.ledger.models import Kind as DocumentKind
from huikuan.reports.asking import Behind, Column, Kind, Question, Result, Row
from huikuan.statements.models import Statement as Frozen

ZERO = Decimal(0)
SUMS = ("opening", "earlier", *PARTS, "closing", "overdue", "unallocated")
NAMES: dict[str, Any] = {
    "opening": _("期初余额"),
    "earlier": _("以前期间调整"),
    "sales": _("本期应收"),
    "red": _("红字"),
    "receipts": _("收款"),
    "bills": _("承兑汇票"),
    "adjustments": _("其他调整"),
    "closing": _("期末余额"),
    "overdue": _("其中已逾期"),
    "unallocated": _("未核销的款项"),
}
MEANINGS = {
    "opening": _("上一张对账单的期末；没有上一张的，是账上的余额。"),
    "earlier": _("上一张对账单之后补记的、属于以前期间的业务。"),
    "closing": _("期初加以前期间调整加本期各项；正数是客户欠我们的。我方核销的坏账客户仍欠，不减。"),
    "unallocated": _("我们持有、还没有冲减具体单据的款项。"),
}


class Details(Enum):
    """What of the accounts is told: their sums, also each with tables of its own, or also all in two tables."""

    NONE = 0
    EACH = 1
    TOGETHER = 2


@dataclass(frozen=True, slots=True)
class Account:
    """A statement and whose it is. `number` and `state` (in words): of one that was drafted; empty for one only computed."""

    code: str
    name: str
    found: Statement
    number: str = ""
    state: Any = ""

    @property
    def values(self) -> dict[str, Any]:
        """The sums by name."""
        found = self.found
        whole = {"opening": found.opening, "earlier": found.adjustment, "closing": found.closing}
        rest = {"overdue": found.overdue, "unallocated": found.unallocated}
        return whole | {part: found.sums.get(part, ZERO) for part in PARTS} | rest


def drafted(row: Frozen, state: Any) -> Account:
    """A statement as it was frozen."""
    said = row.content["figures"]

    def moves(rows: Iterable[dict[str, str]]) -> tuple[Movement, ...]:
        return tuple(
            Movement(
                date.fromisoformat(each["on"]),
                each["number"],
                each["kind"],
                each["part"],
                Decimal(each["amount"]),
            )
            for each in rows
        )

    found = Statement(
        row.customer_id,
        row.currency,
        row.starts_on,
        row.ends_on,
        Decimal(said["opening"]),
        moves(said["movements"]),
        tuple(
            OpenLine(
                each["number"],
                date.fromisoformat(each["on"]),
                date.fromisoformat(each["due_on"]) if each["due_on"] else None,
                Decimal(each["amount"]),
            )
            for each in said["open"]
        ),
        Decimal(said["unallocated"]),
        {part: Decimal(amount) for part, amount in said["sums"].items()},
        moves(said["earlier"]),
        row.known_at,
    )
    return Account(row.customer.code, row.customer.name, found, row.number, state)


def tables_of(
    question: Question,
    accounts: Sequence[Account],
    *,
    base: str,
    known_at: datetime | None,
    details: Details,
    behind: Behind | None = None,
    remarks: tuple[Any, ...] = (),
) -> Result:
    """One line for each account, and by `details` tables of movements and of what is left to pay."""
    one = {each.found.currency for each in accounts}
    currency = one.pop() if len(one) == 1 else base
    single = not one
    shown = [
        name
        for name in SUMS
        if name not in ("earlier", "bills") or any(each.values[name] for each in accounts)
    ]
    numbered = any(each.number for each in accounts)
    rows = [
        Row(
            0,
            (each.code, each.found.currency),
            {
                "code": each.code,
                "name": each.name,
                "currency": each.found.currency,
                "number": each.number,
                "state": each.state,
                **each.values,
            },
            each.found.currency,
        )
        for each in accounts
    ]
    sums = {name: sum((row.values[name] for row in rows), ZERO) for name in SUMS}
    return Result(
        question=question,
        currency=currency,
        known_at=known_at,
        columns=(
            Column("code", _("代码"), Kind.TEXT),
            Column("name", _("客户"), Kind.TEXT),
            Column("currency", _("币种"), Kind.TEXT),
            *(Column(name, NAMES[name], totalled=True, definition=MEANINGS.get(name, ""), formula=_formula(name, shown))
              for name in shown),
            *((Column("number", _("对账单"), Kind.TEXT), Column("state", _("状态"), Kind.TEXT)) if numbered else ()),
        ),
        rows=rows,
        total=Row(0, (), {"code": "", "name": _("合计"), "currency": currency} | sums) if rows and single else None,
        remarks=remarks,
        parts=_parts(question, accounts, currency, details),
        behind=behind,
    )  # fmt: skip


def _parts(
    question: Question, accounts: Sequence[Account], currency: str, details: Details
) -> tuple[Result, ...]:
    if details is Details.TOGETHER:
        return tuple(_together(question, accounts, currency))
    if details is Details.EACH:
        return tuple(part for each in accounts for part in _details(question, each))
    return ()


def _formula(name: str, shown: Sequence[str]) -> str:
    if name != "closing":
        return ""
    return "=" + "+".join(f"{{{part}}}" for part in ("opening", "earlier", *PARTS) if part in shown)


def _details(question: Question, account: Account) -> Iterable[Result]:
    found = account.found
    head = " ".join(each for each in (account.number or account.code, account.name) if each)
    title = f"{head} · {found.currency}"
    yield Result(
        question=question,
        currency=found.currency,
        known_at=None,
        columns=MOVED,
        rows=list(_moved(found)),
        total=Row(
            0,
            (),
            {"on": found.ends_on, "number": "", "kind": gettext("期末余额"), "balance": found.closing}
            | {
                "debit": sum((each.amount for each in _all(found) if each.amount > 0), ZERO),
                "credit": -sum((each.amount for each in _all(found) if each.amount < 0), ZERO),
            },
        ),
        title=title,
    )
    if found.open_lines:
        yield Result(
            question=question,
            currency=found.currency,
            known_at=None,
            columns=OPEN,
            rows=list(_open(found)),
            total=Row(
                0,
                (),
                {"number": gettext("合计"), "amount": sum((each.amount for each in found.open_lines), ZERO)},
            ),
            title=_("未付 %s") % title,
        )


def _together(question: Question, accounts: Sequence[Account], currency: str) -> Iterable[Result]:
    """Movements of all accounts in one table, and what is left to pay in another."""
    for title, columns, rows_of in (
        (_("往来明细"), MOVED, _moved),
        (_("未付单据"), OPEN, _open),
    ):
        rows = [
            row._replace(values={**_whose(each), **row.values}, currency=each.found.currency)
            for each in accounts
            for row in rows_of(each.found)
        ]
        yield Result(
            question=question,
            currency=currency,
            known_at=None,
            columns=(*WHOSE, *columns),
            rows=rows,
            title=title,
        )


def _whose(account: Account) -> dict[str, Any]:
    return {
        "statement": account.number,
        "code": account.code,
        "name": account.name,
        "currency": account.found.currency,
    }


def _all(found: Statement) -> tuple[Movement, ...]:
    return (*found.earlier, *found.movements)


def _moved(found: Statement) -> Iterable[Row]:
    balance = found.opening
    yield Row(
        0, ("",), {"on": found.starts_on, "number": "", "kind": gettext("期初余额"), "balance": balance}
    )
    for each in _all(found):
        balance += each.amount
        yield Row(
            0,
            (each.number,),
            {
                "on": each.on,
                "number": each.number,
                "kind": _kind(each),
                "debit": each.amount if each.amount > 0 else None,
                "credit": -each.amount if each.amount < 0 else None,
                "balance": balance,
            },
        )


def _open(found: Statement) -> Iterable[Row]:
    for each in found.open_lines:
        values = {"number": each.number, "on": each.document_on, "due_on": each.due_on, "amount": each.amount}
        yield Row(0, (each.number,), values)


def _kind(each: Movement) -> str:
    said = gettext("集团内代付") if each.kind == "group" else gettext(str(DocumentKind(each.kind).label))
    if each.part != EARLIER:
        return said
    return " · ".join(part for part in (gettext("以前期间调整"), said if each.number else "") if part)


WHOSE = (
    Column("statement", _("对账单"), Kind.TEXT),
    Column("code", _("代码"), Kind.TEXT),
    Column("name", _("客户"), Kind.TEXT),
    Column("currency", _("币种"), Kind.TEXT),
)
MOVED = (
    Column("on", _("日期"), Kind.DATE),
    Column("number", _("单据号"), Kind.TEXT),
    Column("kind", _("摘要"), Kind.TEXT),
    Column("debit", _("应收"), totalled=True),
    Column("credit", _("已收或冲减"), totalled=True),
    Column("balance", _("余额")),
)
OPEN = (
    Column("number", _("单据号"), Kind.TEXT),
    Column("on", _("日期"), Kind.DATE),
    Column("due_on", _("到期日"), Kind.DATE),
    Column("amount", _("未付金额"), totalled=True),
)

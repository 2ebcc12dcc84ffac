"""坏账准备计提表: what must be provided as of a day by bucket and customer, and how the allowance moved this year."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import Column, Kind, Link, Question, Report, Result, Row, items_link
from huikuan.reports.filters import RECEIVABLE, ItemFilter
from huikuan.reports.moments import moment
from huikuan.reports.told_of_provisions import told_of_allowance, told_of_rates
from huikuan.reports.words import lazy_cell_label
from huikuan.risk.queries import LossLine, Requirement, RollForward, requirement, roll_forward


def read(question: Question) -> Result:
    """What is required as of the day, by the debts, rates and entries known at the time."""
    at = moment(question.as_of, question.known_at)
    required = requirement(question.as_of, question.known_at)
    moved = roll_forward(question.as_of.replace(month=1, day=1), question.as_of, question.known_at)
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=COLUMNS,
        rows=[_row(line) for line in required.lines],
        total=_total(required),
        remarks=(_("计提比例自 %s 起执行。") % required.matrix.effective_on.isoformat(),),
        parts=(_movement(question, moved, at.currency, required),),
        title=_("应计提"),
        behind=_behind,
    )


def _row(line: LossLine) -> Row:
    return Row(
        0,
        (line.bucket, line.code),
        {
            "code": line.code,
            "name": line.name or lazy_cell_label(line.bucket),
            "balance": line.balance,
            "rate": line.rate,
            "loss": line.loss,
            "reason": line.reason,
        },
    )


def _total(required: Requirement) -> Row:
    values = {
        "code": "",
        "name": _("合计"),
        "balance": required.balance,
        "loss": required.required,
        "reason": "",
    }
    return Row(0, (), values)


def _behind(row: Row, column: str) -> Link | None:
    """The debts of a customer judged by itself; a bucket's leave those customers out, which no filter says."""
    if column != "balance" or not row.key or not row.key[1]:
        return None
    return items_link(ItemFilter(customer=row.key[1], cell=RECEIVABLE))


COLUMNS = (
    Column("code", _("代码"), Kind.TEXT),
    Column("name", _("逾期区间或单项客户"), Kind.TEXT),
    Column("balance", _("应收余额"), totalled=True, definition=_("到当天为止欠的，未核销的贷项不抵减。")),
    Column("rate", _("计提比例"), Kind.RATE),
    Column("loss", _("应计提"), totalled=True, definition=_("余额乘以比例，负数余额不计提。")),
    Column("reason", _("单项原因"), Kind.TEXT),
)


def _movement(question: Question, moved: RollForward, currency: str, required: Requirement) -> Result:
    lines: tuple[tuple[Any, Decimal], ...] = (
        (_("年初余额"), moved.opening),
        (_("本年计提"), moved.charge),
        (_("本年转回"), -moved.reversal),
        (_("本年核销"), -moved.write_off),
        (_("核销后收回"), moved.recovery),
        (_("其他"), moved.other),
        (_("账面余额"), moved.closing),
        (_("应补提（负数为转回）"), required.charge),
    )
    return Result(
        question=question,
        currency=currency,
        known_at=None,
        columns=(Column("name", _("坏账准备变动"), Kind.TEXT), Column("amount", _("金额"))),
        rows=[
            Row(0, (str(place),), {"name": name, "amount": amount})
            for place, (name, amount) in enumerate(lines)
        ],
        title=_("本年变动"),
    )


REPORT = Report(
    name="provisions",
    title=_("坏账准备计提表"),
    definition=_("到某一天应计提多少坏账准备：按逾期区间乘以比例，单项计提的客户单列；以及本年怎样变动。"),
    read=read,
    told=(
        told_of_rates,
        told_of_allowance,
    ),
    section="risk",
    whole=True,
    icon="shield-check",
)

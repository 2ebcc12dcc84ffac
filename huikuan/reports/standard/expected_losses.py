"""预期信用损失明细: what is expected to be lost of each customer or debt, by the rates in force and by the payment model."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import Column, Kind, Link, Option, Question, Report, Result, Row, items_link
from huikuan.reports.filters import RECEIVABLE, ItemFilter
from huikuan.reports.moments import moment
from huikuan.reports.told_of_provisions import told_of_forecasts, told_of_rates
from huikuan.reports.words import lazy_cell_label
from huikuan.risk.losses import CustomerLoss, ItemLoss, by_customer, foretold_by, item_losses
from huikuan.risk.queries import requirement

ITEM, CUSTOMER = "item", "customer"


def read(question: Question) -> Result:
    """The debts of the day, by what was known at the time. The sums are those of the provision table."""
    at = moment(question.as_of, question.known_at)
    found = requirement(question.as_of, question.known_at)
    items = item_losses(found)
    by_item = question.options.get("row") == ITEM
    rows = [_item(each) for each in items] if by_item else [_customer(each) for each in by_customer(items)]
    values: dict[str, Any] = {
        "code": "",
        "name": _("合计"),
        "items": len(items),
        "balance": found.balance,
        "loss": found.required,
        "by_model": sum((each.by_model for each in items), start=found.balance * 0),
    }
    model = foretold_by(question.as_of, question.known_at)
    remark = (
        _("付款模型第 %(number)s 版；模型没有预测的和单项计提的，按现行比例。") % {"number": model.number}
        if model
        else _("这一天还没有用付款模型计算，两列相同。")
    )
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=ITEM_COLUMNS if by_item else CUSTOMER_COLUMNS,
        rows=rows,
        total=Row(0, (), values) if rows else None,
        remarks=(remark,),
        behind=_behind,
    )


def _item(each: ItemLoss) -> Row:
    return Row(
        0,
        (each.code, each.number, str(each.line)),
        {
            "number": each.number if each.line == 1 else f"{each.number} / {each.line}",
            "code": each.code,
            "name": each.name,
            "due_on": each.due_on,
            "bucket": _("单项计提") if each.assessed else lazy_cell_label(each.bucket),
            "balance": each.balance,
            "rate": each.rate,
            "loss": each.loss,
            "p_lost": each.p_lost,
            "by_model": each.by_model,
        },
    )


def _customer(each: CustomerLoss) -> Row:
    return Row(
        0,
        (each.code,),
        {
            "code": each.code,
            "name": each.name,
            "items": each.items,
            "balance": each.balance,
            "share": each.loss / each.balance if each.balance else None,
            "loss": each.loss,
            "by_model": each.by_model,
        },
    )


def _behind(row: Row, column: str) -> Link | None:
    if column != "balance" or len(row.key) != 1:
        return None
    return items_link(ItemFilter(customer=row.key[0], cell=RECEIVABLE))


_MODEL = Column(
    "by_model",
    _("付款模型法"),
    totalled=True,
    definition=_("余额 × 到期后一年内不付的可能 × 逾期一年以上的计提比例。"),
)
_LOSS = Column(
    "loss", _("预期信用损失"), totalled=True, definition=_("余额乘以现行比例；单项计提的按单项比例。")
)
CUSTOMER_COLUMNS = (
    Column("code", _("代码"), Kind.TEXT),
    Column("name", _("客户"), Kind.TEXT),
    Column("items", _("笔数"), Kind.COUNT, totalled=True),
    Column("balance", _("应收余额"), totalled=True),
    Column("share", _("占余额"), Kind.PERCENT),
    _LOSS,
    _MODEL,
)
ITEM_COLUMNS = (
    Column("number", _("单据"), Kind.TEXT),
    Column("code", _("代码"), Kind.TEXT),
    Column("name", _("客户"), Kind.TEXT),
    Column("due_on", _("到期日"), Kind.DATE),
    Column("bucket", _("账龄"), Kind.TEXT),
    Column("balance", _("应收余额"), totalled=True),
    Column("rate", _("计提比例"), Kind.RATE),
    _LOSS,
    Column("p_lost", _("一年内不付的可能"), Kind.PERCENT),
    _MODEL,
)

REPORT = Report(
    name="expected-losses",
    title=_("预期信用损失明细"),
    definition=_("到某一天欠的每个客户或每一笔，整个存续期预期损失多少：按现行计提比例，和按付款模型。"),
    read=read,
    told=(
        told_of_rates,
        told_of_forecasts,
    ),
    section="risk",
    whole=True,
    options=(
        Option(
            "row", _("逐"), "choice", default=CUSTOMER, choices=((CUSTOMER, _("客户")), (ITEM, _("单据")))
        ),
    ),
    icon="receipt",
)

"""The sheet of a provision as a table for files: by age, by customer, the total, and how the allowance moved."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.risk.queries import LossLine, Requirement, roll_forward
from huikuan.web.pages import Work
from huikuan.web.reports.aging_files import Amount, Cell, Table
from huikuan.web.reports.words import bucket_label
from huikuan.web.risk.provision_parts import periods
from huikuan.web.risk.words import rate_text


def provision_table(found: Requirement, work: Work) -> Table:
    """What is required as of a day, line by line, with what stands and what is to be charged."""
    currency = work.organization.currency

    def amount(value: Decimal) -> Amount:
        return Amount(value, currency)

    charge = _("应转回") if found.charge < 0 else _("应计提")
    return Table(
        title=_("%s 坏账准备计提表") % work.organization.name,
        remarks=[
            _("截至 %s") % found.as_of.isoformat(),
            _("比例自 %s 起生效") % found.matrix.effective_on.isoformat(),
            f"{_('现有准备')} {amount(found.before).text}，{charge} {amount(abs(found.charge)).text}",
            *_movements(found, work),
            _("导出人 %s") % work.actor.name,
        ],
        heads=[
            _("代码"),
            _("账龄区间或客户"),
            _("币种"),
            _("应收余额"),
            _("计提比例"),
            _("预期信用损失"),
            _("依据"),
        ],
        rows=[_row(line, currency) for line in found.lines],
        total=["", _("合计"), currency, amount(found.balance), "", amount(found.required), ""],
        made_at=timezone.now(),
        sheet=_("坏账准备"),
    )


def _row(line: LossLine, currency: str) -> list[Cell]:
    return [
        line.code,
        line.name if line.customer_id else bucket_label(line.bucket),
        currency,
        Amount(line.balance, currency),
        rate_text(line.rate),
        Amount(line.loss, currency),
        line.reason,
    ]


def _movements(found: Requirement, work: Work) -> list[str]:
    """One line for the month and one for the year: opening, what moved, closing."""
    currency = work.organization.currency
    lines = []
    for label, first in periods(found.as_of):
        moved = roll_forward(first, found.as_of)
        named = (
            (_("期初"), moved.opening),
            (_("计提"), moved.charge),
            (_("转回"), -moved.reversal),
            (_("坏账核销"), -moved.write_off),
            (_("收回"), moved.recovery),
            (_("其他"), moved.other),
            (_("期末"), moved.closing),
        )
        lines.append(" ".join([label, *(f"{name} {Amount(value, currency).text}" for name, value in named)]))
    return lines

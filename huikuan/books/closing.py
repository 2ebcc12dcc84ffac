"""What must be done before a month is closed: the list of points, each a question to the rows.

Packages that know more (bank statements, provisions, revaluation) add their points to CLOSE_POINTS where the
installation is put together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import broken_rows
from huikuan.books.queries.profit import closes_profit, profit_to_close
from huikuan.core.dates import add_months, month_end
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.checks import LEDGER_VALIDATIONS
from huikuan.ledger.models import Period
from huikuan.ledger.revaluation_queries import items_to_revalue
from huikuan.organizations.models import Organization
from huikuan.risk.in_force import NoMatrix
from huikuan.risk.queries import requirement


@dataclass(frozen=True, slots=True)
class Finding:
    """What a point found: `count` things that are open, and what they come to where that means something."""

    count: int
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the checklist: `read` counts, for the first day of a month, what is still open.

    `blocking`: the month cannot be closed while it is open; else it can, with a reason. `hint` says what to do.
    """

    name: str
    label: str | Promise
    hint: str | Promise
    blocking: bool
    read: Callable[[date], Finding]


@dataclass(frozen=True, slots=True)
class PointState:
    """A point as it stands."""

    point: Point
    finding: Finding

    @property
    def done(self) -> bool:
        return self.finding.count == 0

    @property
    def blocks(self) -> bool:
        return self.point.blocking and not self.done


def checklist(month: date) -> list[PointState]:
    """Every point as it stands for the month that holds `month`."""
    first = month.replace(day=1)
    return [PointState(point, point.read(first)) for point in CLOSE_POINTS]


def _asked(sql: str, month: date) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {"organization": current_organization_id(), "month": month, "next": add_months(month, 1)},
        )
        row = cursor.fetchone()
    return Finding(int(row[0]), row[1] if len(row) > 1 else None)


def _earlier_months(month: date) -> Finding:
    return Finding(Period.objects.filter(month__lt=month, closed_at=None).count())


def entries_without_voucher(month: date) -> Finding:
    """What happened in the month and stands in no voucher."""
    return _asked(
        """
        SELECT count(*)
        FROM ledger_journal_entry e
        LEFT JOIN books_voucher_entry x ON x.organization_id = e.organization_id AND x.entry_id = e.id
        WHERE e.organization_id = %(organization)s AND e.effective_on >= %(month)s AND e.effective_on < %(next)s
          AND x.entry_id IS NULL
        """,
        month,
    )


def _vouchers_not_posted(month: date) -> Finding:
    return _asked(
        """
        SELECT count(*), sum(amount) FROM books_voucher
        WHERE organization_id = %(organization)s AND month = %(month)s AND state <> 'posted'
        """,
        month,
    )


def _money_not_allocated(month: date) -> Finding:
    """Money that came in by the end of the month and is still open today."""
    return _asked(
        """
        SELECT count(*), sum(i.open_base)
        FROM ledger_open_item i
        JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
        WHERE i.organization_id = %(organization)s AND i.side = -1 AND i.open_amount > 0
          AND i.document_on < %(next)s AND d.kind = 'receipt'
        """,
        month,
    )


def _unidentified_money(month: date) -> Finding:
    return _asked(
        """
        SELECT CASE WHEN coalesce(sum(l.credit - l.debit), 0) = 0 THEN 0 ELSE 1 END, sum(l.credit - l.debit)
        FROM ledger_account k
        JOIN ledger_journal_line l ON l.organization_id = k.organization_id AND l.account_id = k.id
        JOIN ledger_journal_entry e ON e.organization_id = l.organization_id AND e.id = l.entry_id
        WHERE k.organization_id = %(organization)s AND k.purpose = 'unidentified_receipts'
          AND e.effective_on < %(next)s
        """,
        month,
    )


TIES = ("entry_balances", "control_account_equals_open_items", "customer_ties_to_the_control_accounts")


def _ledger_ties(_month: date) -> Finding:
    """The ledger's own validations: entries balance, control accounts equal the open items."""
    ties = [each for each in LEDGER_VALIDATIONS if each.name in TIES]
    organization = Organization.objects.get(pk=current_organization_id())
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now = cursor.fetchone()[0]
    return Finding(sum(len(rows) for rows in broken_rows(ties, organization=organization, now=now).values()))


def _not_revalued(month: date) -> Finding:
    """Foreign items that stand at another rate than that of the month's end, or whose currency has none."""
    found = [
        item for item in items_to_revalue(closing_on=month_end(month)) if item.rate is None or item.difference
    ]
    return Finding(len(found), sum((item.difference for item in found), Decimal(0)) if found else None)


def _not_provided(month: date) -> Finding:
    """Whether the allowance is what is required at the month's end; nothing where no rates were ever set."""
    try:
        charge = requirement(month_end(month)).charge
    except NoMatrix:
        return Finding(0)
    return Finding(int(charge != 0), charge or None)


def _profit_not_closed(month: date) -> Finding:
    """Only where profit is moved each month, or at the end of a year: otherwise the statements add it up (表结法)."""
    if month.month < 12 and not closes_profit():
        return Finding(0)
    left = profit_to_close(month)
    return Finding(len(left), -sum((each.balance for each in left), Decimal(0)) if left else None)


def _openings_not_cleared(month: date) -> Finding:
    return _asked(
        """
        SELECT CASE WHEN coalesce(sum(l.debit - l.credit), 0) = 0 THEN 0 ELSE 1 END, sum(l.debit - l.credit)
        FROM ledger_account k
        JOIN ledger_journal_line l ON l.organization_id = k.organization_id AND l.account_id = k.id
        JOIN ledger_journal_entry e ON e.organization_id = l.organization_id AND e.id = l.entry_id
        WHERE k.organization_id = %(organization)s AND k.purpose = 'opening' AND e.effective_on < %(next)s
        """,
        month,
    )


def _acts_not_sealed(month: date) -> Finding:
    """Where nothing was ever sealed no sealer runs, and there is nothing to wait for."""
    return _asked(
        """
        SELECT count(*) FROM audit_act
        WHERE organization_id = %(organization)s AND recorded_at < now() - interval '10 minutes'
          AND recorded_at > coalesce(
              (SELECT max(until) FROM audit_seal WHERE organization_id = %(organization)s), 'infinity')
        """,
        month,
    )


CLOSE_POINTS: list[Point] = [
    Point(
        "earlier_months",
        _("以前的期间都已关闭"),
        _("先关闭更早的期间：它们的余额是本期的期初。"),
        False,
        _earlier_months,
    ),
    Point(
        "entries_without_voucher",
        _("本期的业务都已编制凭证"),
        _("到凭证页面编制本月凭证。"),
        True,
        entries_without_voucher,
    ),
    Point(
        "vouchers_not_posted",
        _("本期的凭证都已审核、记账"),
        _("审核并记账；不要的凭证先作废。"),
        True,
        _vouchers_not_posted,
    ),
    Point(
        "ledger_ties",
        _("客户明细与总账一致"),
        _("未核销项目之和应等于统驭科目余额；运行 huikuan check 查看哪一行不符。"),
        True,
        _ledger_ties,
    ),
    Point(
        "money_not_allocated",
        _("收款都已核销"),
        _("还有收款没有核销到应收，账龄会偏大。"),
        False,
        _money_not_allocated,
    ),
    Point(
        "unidentified_money",
        _("没有待认领的款项"),
        _("待认领款还挂在其他应付款上。"),
        False,
        _unidentified_money,
    ),
    Point(
        "openings_not_cleared",
        _("期初余额已结平"),
        _("期初余额科目不为零：还有科目的期初没有录入。"),
        False,
        _openings_not_cleared,
    ),
    Point(
        "not_revalued",
        _("外币应收已按期末汇率调整"),
        _("先登记月末汇率并调汇：外币项目还按原来的汇率记着。"),
        False,
        _not_revalued,
    ),
    Point(
        "not_provided",
        _("坏账准备已计提"),
        _("账面上的坏账准备与月末应有的不同：先计提或转回。"),
        False,
        _not_provided,
    ),
    Point(
        "profit_not_closed",
        _("损益已结转"),
        _("损益科目还有余额：结转到本年利润，再记账它的凭证。"),
        False,
        _profit_not_closed,
    ),
    Point(
        "acts_not_sealed",
        _("审计轨迹已封存"),
        _("后台作业每分钟封存一次；它停了，请先启动。"),
        False,
        _acts_not_sealed,
    ),
]

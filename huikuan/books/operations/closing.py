"""Closing a month of the books, and opening it again."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.books.closing import PointState, checklist
from huikuan.books.operations.profit import reopen_profit
from huikuan.core.dates import add_months
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.core.sentences import in_succession
from huikuan.ledger.models import Period
from huikuan.ledger.operations import close_period, reopen_period
from huikuan.organizations.actors import Actor


class CloseRefused(HuikuanError):
    """The month cannot be closed yet; `open_points` are the points that stand against it."""

    code = "close_refused"

    def __init__(self, message: str, *, open_points: tuple[str, ...] = (), code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.open_points = open_points


def close_month(*, month: date, actor: Actor, today: date, reason: str = "") -> Period:
    """结账: close the month that holds `month`, once its checklist has no blocking point.

    Points that only warn need a reason, which goes into the trail with them. What each account turned over is
    kept, so that later balances need not add the month up again. Waits for postings that are under way.
    """
    actor.require("period.close")
    first = month.replace(day=1)
    if first > today:
        raise CloseRefused(_("期间 %s 还没有开始。") % f"{first:%Y-%m}", code="future")
    with act("close_period", actor=actor, reason=reason):
        _lock(first)
        states = checklist(first)
        _require_done(states, reason)
        period = close_period(month=first, actor=actor)
        warned = [state.point.name for state in states if not state.done]
        record_event(
            action="checked",
            record_kind="period_checklist",
            record_id=period.pk,
            number=f"{first:%Y-%m}",
            content={"closed_at": _written(period), "open": warned},
        )
        _keep_turnover(period)
        return period


def close_history(*, before: date, actor: Actor) -> int:
    """Close every month before the one that holds a day, as they are: business of other times, without a checklist.

    What each account turned over is kept as `close_month` keeps it. Returns how many were closed.
    """
    actor.require("period.close")
    months = Period.objects.filter(month__lt=before.replace(day=1), closed_at=None).order_by("month")
    found = list(months.values_list("month", flat=True))
    with act("close_period", actor=actor):
        for month in found:
            _keep_turnover(close_period(month=month, actor=actor))
    return len(found)


def reopen_month(*, month: date, actor: Actor, reason: str) -> Period:
    """反结账: open a closed month again, with the reason; the months after it stay as they are.

    What was moved to 本年利润 at its end comes back in red ink, to be moved again once the month is right.
    """
    with act("reopen_period", actor=actor, reason=reason) as opened:
        period = reopen_period(month=month, actor=actor, reason=reason)
        reopen_profit(period.month, opened)
    return period


def _written(period: Period) -> str | None:
    return period.closed_at.isoformat() if period.closed_at else None


def _lock(first: date) -> None:
    """Nothing is posted into the month and none of its vouchers moves from here on."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO ledger_period (organization_id, id, month)
            VALUES (%(organization)s, uuidv7(), %(month)s)
            ON CONFLICT (organization_id, month) DO NOTHING
            """,
            {"organization": current_organization_id(), "month": first},
        )
    Period.objects.select_for_update().get(month=first)


def _require_done(states: list[PointState], reason: str) -> None:
    blocking = [state for state in states if state.blocks]
    if blocking:
        raise CloseRefused(
            _("还不能关闭：%s。") % in_succession(_sentence(state) for state in blocking),
            open_points=tuple(state.point.name for state in blocking),
        )
    warning = [state for state in states if not state.done]
    if warning and not reason.strip():
        raise CloseRefused(
            _("还有提醒没有处理：%s。写明原因后可以关闭。")
            % in_succession(_sentence(state) for state in warning),
            open_points=tuple(state.point.name for state in warning),
            code="reason_missing",
        )


def _sentence(state: PointState) -> str:
    return _("%(point)s（%(count)d 项未完成）") % {"point": state.point.label, "count": state.finding.count}


def _keep_turnover(period: Period) -> None:
    with connection.cursor() as cursor:
        for statement in KEEP_TURNOVER:
            cursor.execute(
                statement,
                {
                    "organization": current_organization_id(),
                    "month": period.month,
                    "next": add_months(period.month, 1),
                    "closed_at": period.closed_at,
                },
            )


KEEP_TURNOVER = (
    "DELETE FROM books_account_month WHERE organization_id = %(organization)s AND month = %(month)s",
    """
    INSERT INTO books_account_month (organization_id, month, account_id, debit, credit, closed_at)
    SELECT %(organization)s::uuid, %(month)s::date, l.account_id, sum(l.debit), sum(l.credit), %(closed_at)s::timestamptz
    FROM ledger_journal_entry e
    JOIN ledger_journal_line l ON l.organization_id = e.organization_id AND l.entry_id = e.id
    WHERE e.organization_id = %(organization)s AND e.effective_on >= %(month)s AND e.effective_on < %(next)s
    GROUP BY l.account_id
    """,
)

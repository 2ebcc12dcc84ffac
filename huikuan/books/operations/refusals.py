"""What is said when vouchers cannot be made or changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.core.sentences import enumerated


class VoucherRefused(HuikuanError):
    """Vouchers cannot be made or changed as asked; none of the set was."""

    code = "voucher_refused"


def refusal(error: IntegrityError) -> VoucherRefused:
    """The sentence a person reads for a constraint that the books kept."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    if name == "books_voucher_entry_pkey":
        return VoucherRefused(_("这些业务刚被别人编进了凭证，请刷新后再试。"), code="entry_taken")
    if name == "voucher_is_reversed_once":
        return VoucherRefused(_("这张凭证已经冲销过了。"), code="already_reversed")
    if name == "posted_voucher_stays":
        return VoucherRefused(_("已记账的凭证不能改动，只能用红字凭证冲销。"), code="posted")
    return VoucherRefused(_("凭证不符合账簿的约束：%s") % (name or error))


LOCK_PERIODS = """
    SELECT to_char(month, 'YYYY-MM'), closed_at IS NOT NULL
    FROM ledger_period
    WHERE organization_id = %(organization)s AND month = ANY(%(months)s)
    ORDER BY month
    FOR SHARE
"""


def hold_months_open(months: Sequence[date]) -> None:
    """Refuse closed months, and keep the others from being closed until the transaction ends.

    Waits for a closing that is under way.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_PERIODS, {"organization": current_organization_id(), "months": list(months)})
        closed = [month for month, shut in cursor.fetchall() if shut]
    if closed:
        raise VoucherRefused(_("期间 %s 已关闭，凭证不能再变动。") % enumerated(closed), code="period_closed")

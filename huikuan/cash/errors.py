"""The refusals of this package; operations raise them before anything of their set was written."""

from __future__ import annotations

from django.db import IntegrityError
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError


class BillRefused(HuikuanError):
    """The bills cannot be received or moved as asked; none of the set was."""

    code = "bill_refused"


class SettlingRefused(HuikuanError):
    """The items cannot be settled as asked; nothing was changed."""

    code = "settling_refused"


class LineRefused(HuikuanError):
    """A line of a statement cannot be used, or a use not be undone, as asked; nothing was changed."""

    code = "line_refused"


def bill_refusal(error: IntegrityError) -> BillRefused:
    """The sentence a person reads for a constraint that bills kept."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    if name == "bill_number_is_unique":
        return BillRefused(_("票据号（或同一子票区间）已经登记过，没有登记任何票据。"), code="number_exists")
    if name in ("bill_event_follows_one", "bill_events_follow_each_other"):
        return BillRefused(_("票据刚刚被别人处理过，请刷新后再看它现在的状态。"), code="bill_moved")
    return BillRefused(_("票据不符合账簿的约束：%s") % (name or error))


class BankAccountRefused(HuikuanError):
    """The bank account cannot be added or changed as asked."""

    code = "bank_account_refused"


class StatementRefused(HuikuanError):
    """The statement was read, but is not taken into the books; nothing of its file was."""

    code = "statement_refused"

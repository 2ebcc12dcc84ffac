"""The refusals of this package."""

from __future__ import annotations

from django.db import IntegrityError
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError


class DisputeRefused(HuikuanError):
    """The dispute cannot be opened or ended as asked; nothing was changed."""

    code = "dispute_refused"


def dispute_refusal(error: IntegrityError) -> DisputeRefused:
    """The sentence a person reads for a constraint that disputes kept."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    if name == "disputed_never_above_item":
        return DisputeRefused(_("争议金额合计超过了应收金额。"), code="beyond_item")
    if name == "dispute_ends_once":
        return DisputeRefused(_("这笔争议已经结束，请刷新。"), code="dispute_ended")
    return DisputeRefused(_("争议不符合账簿的约束：%s") % (name or error))

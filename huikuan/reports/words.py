"""What columns of figures are called in reports."""

from __future__ import annotations

from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from huikuan.reports.filters import GROSS, NET, OVERDUE, RECEIVABLE, UNALLOCATED, UNTRIGGERED

NOT_DUE = "not_due"


def cell_label(name: str) -> str:
    """A column's name in the reader's language: a bucket (`not_due`, `1-30`, `>365`, `<=1y`) or a sum."""
    return _sums().get(name) or bucket_label(name)


def _sums() -> dict[str, str]:
    return {
        "": _("全部"),
        RECEIVABLE: _("应收余额"),
        OVERDUE: _("逾期"),
        GROSS: _("应收合计"),
        UNALLOCATED: pgettext("column", "未核销贷项"),
        NET: _("净额"),
        UNTRIGGERED: _("未触发到期"),
    }


def bucket_label(name: str) -> str:
    """A bucket's name in the reader's language."""
    if name == NOT_DUE:
        return _("未到期")
    years = name.endswith("y")
    text = name.removesuffix("y")
    if text.startswith("<="):
        return (_("%s 年以内") if years else _("%s 天以内")) % text[2:]
    if text.startswith(">"):
        return (_("%s 年以上") if years else _("%s 天以上")) % text[1:]
    return (_("%s 年") if years else _("%s 天")) % text.replace("-", "–")


lazy_cell_label: Any = lazy(cell_label, str)
"""`cell_label` in the language in which the page or file is made."""

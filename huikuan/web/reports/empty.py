"""What stands in for the rows of a report that has none."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from huikuan.ledger.models import Document
from huikuan.web.dashboard.views import first_steps
from huikuan.web.pages import Work


def nothing_found(work: Work, title: str) -> dict[str, Any]:
    """What the page says without rows (`title`); before anything is in the books, the way to get it there."""
    if Document.objects.exists():
        return {"title": title, "text": _("换一个日期或条件。"), "icon": "chart-bar"}
    return {
        "title": _("账里还没有单据"),
        "text": _("导入应收单和收款之后，这里就有数字。"),
        "icon": "file-import",
        "actions": first_steps(work),
    }

"""What the buckets of an aging are called on pages."""

from __future__ import annotations

from django.utils.translation import gettext as _

NOT_DUE = "not_due"


def bucket_label(name: str) -> str:
    """A bucket's name in the reader's language: `not_due`, `1-30`, `>365`."""
    if name == NOT_DUE:
        return _("未到期")
    if name.startswith(">"):
        return _("%s 天以上") % name[1:]
    return _("%s 天") % name.replace("-", "–")

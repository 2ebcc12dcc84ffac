"""The refusal of a bank's file: nothing of it is taken, and the line that stands in the way is named."""

from __future__ import annotations

from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError


class StatementUnreadable(HuikuanError):
    """The file cannot be read as statements; `row` is the line or row of it from 1, 0 for the file as a whole.

    `reason` is the sentence without the place.
    """

    code = "statement_unreadable"

    def __init__(self, reason: str, *, row: int = 0) -> None:
        where = _("第 %(row)d 行：%(reason)s") % {"row": row, "reason": reason} if row else reason
        super().__init__(where)
        self.row = row
        self.reason = reason


def shortened(text: str, most: int = 60) -> str:
    """What a file says, as a message quotes it: one line, not endless."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"

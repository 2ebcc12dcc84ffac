"""Words that people write: cleaned, and refused where they are missing or too long."""

from __future__ import annotations

from django.utils.translation import gettext as _

from huikuan.collection.errors import CollectionRefused

LONGEST_REASON = 500


def short_text(text: str, most: int, label: str) -> str:
    """The text without control bytes and blanks around it. Raises CollectionRefused where it is longer than `most`."""
    said = text.replace("\x00", "").strip()
    if len(said) > most:
        raise CollectionRefused(
            _("%(label)s最多 %(count)d 个字。") % {"label": label, "count": most}, code="text_too_long"
        )
    return said


def said_why(reason: str) -> str:
    """A reason that must be given. Raises CollectionRefused."""
    said = short_text(reason, LONGEST_REASON, _("原因"))
    if not said:
        raise CollectionRefused(_("请写明原因。"), code="reason_missing")
    return said

"""The named errors of a file that cannot be used, and translation that also works without settings."""

from typing import Any

from django.core.exceptions import AppRegistryNotReady, ImproperlyConfigured
from django.utils.translation import gettext

from huikuan.core.errors import HuikuanError


def _(message: str) -> str:
    """`message` in the active language; as it stands where Django has not been set up."""
    try:
        return gettext(message)
    except (ImproperlyConfigured, AppRegistryNotReady):
        return message


def gettext_noop(message: str) -> str:
    """Marks `message` for the catalogues; it is translated when it is shown."""
    return message


class TableError(HuikuanError):
    """The file as a whole cannot be used; nothing has been read from it.

    `code` is one of CODES. `details` holds what an interface needs to ask the person: `columns` (header
    texts), `header_row`, `header_signature`, `missing` (field names), `field`, `candidates`, `choices`
    (values for date_format), `sample`, `line`, whichever apply.
    """

    code = "table_error"

    def __init__(self, message: str, *, code: str, **details: Any) -> None:
        super().__init__(message, code=code)
        self.details = details


CODES = frozenset(
    {
        "amount_unit",
        "cell_too_long",
        "column_unknown",
        "currency_mixed",
        "date_ambiguous",
        "date_format_invalid",
        "delimiter_invalid",
        "encoding_unknown",
        "encoding_wrong",
        "field_ambiguous",
        "field_missing",
        "field_unknown",
        "file_bomb",
        "file_changed",
        "file_empty",
        "file_encrypted",
        "file_macros",
        "file_malformed",
        "file_missing",
        "file_truncated",
        "file_type",
        "file_unsafe_xml",
        "header_missing",
        "line_too_long",
        "quote_unclosed",
        "sheet_too_large",
        "sheet_unknown",
        "too_many_columns",
    }
)

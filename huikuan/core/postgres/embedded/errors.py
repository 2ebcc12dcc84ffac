"""The one error of this package, and words for the failures of a disk."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huikuan.core.errors import HuikuanError

# What PostgreSQL and the C library write, in English because we run them with LC_ALL=C.
NO_SPACE_WORDS = ("No space left on device", "Disk quota exceeded", "Check free disk space")


class EmbeddedPostgresError(HuikuanError):
    """The embedded PostgreSQL cannot be used; existing data was left as it is.

    Codes: `postgres_home_foreign`, `postgres_home_unwritable`, `postgres_no_space`, `postgres_data_version`,
    `postgres_data_foreign`, `postgres_binaries_missing`, `postgres_binaries_version`, `postgres_as_root`,
    `postgres_init_failed`, `postgres_start_failed`.
    """

    code = "postgres_unusable"


def _(msgid: str) -> str:
    """Translate, or return the msgid while Django is not ready to: the server starts before Django does."""
    from django.conf import settings
    from django.core.exceptions import AppRegistryNotReady, ImproperlyConfigured
    from django.utils.translation import gettext

    if not settings.configured:
        return msgid
    try:
        return gettext(msgid)
    except (AppRegistryNotReady, ImproperlyConfigured):
        return msgid


def tells_of_no_space(text: str) -> bool:
    """Whether one of PostgreSQL's programs complains of a full disk."""
    return any(words in text for words in NO_SPACE_WORDS)


def no_space(folder: Path) -> EmbeddedPostgresError:
    """The error for a disk without room below `folder`."""
    message = _("数据文件夹 %(folder)s 所在的磁盘空间不足：请腾出空间后重试，已有数据未受影响。")
    return EmbeddedPostgresError(message % {"folder": folder}, code="postgres_no_space")


@contextmanager
def disk_refusals(folder: Path) -> Iterator[None]:
    """Turn the operating system's refusals below `folder` into an `EmbeddedPostgresError`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_space(folder) from error
        message = _("无法写入数据文件夹 %(folder)s（%(reason)s）：请检查权限，或用 HUIKUAN_HOME 另选文件夹。")

        raise EmbeddedPostgresError(
            message % {"folder": folder, "reason": error.strerror}, code="postgres_home_unwritable"
        ) from error

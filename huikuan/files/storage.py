"""Where the content of attached files lies, and getting it in and out unchanged.

HUIKUAN_HOME/files/<organization id>/<first two of its SHA-256>/<SHA-256>    0600; or below HUIKUAN_FILES
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres import embedded

_DIGEST = re.compile(r"[0-9a-f]{64}")


class FileNotKept(HuikuanError):
    """The folder of files takes nothing: no room, or not ours to write."""

    code = "file_not_kept"


class FileAltered(HuikuanError):
    """What lies in the folder is missing, or is not what was attached."""

    code = "file_altered"


def folder() -> Path:
    """The folder of all attached files."""
    chosen = settings.FILES_FOLDER
    return Path(chosen).expanduser() if chosen else embedded.claim_home() / "files"


def place(organization_id: UUID, digest: str) -> Path:
    """Where the bytes with this SHA-256 lie."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError("not a SHA-256")
    return folder() / str(organization_id) / digest[:2] / digest


def keep(organization_id: UUID, content: bytes) -> str:
    """Store bytes, whole or not at all; returns their SHA-256. The same bytes are stored once.

    Raises FileNotKept.
    """
    digest = hashlib.sha256(content).hexdigest()
    path = place(organization_id, digest)
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        if _holds(path, digest):
            return digest
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise FileNotKept(_("服务器存不下这个文件：%s。") % (error.strerror or error)) from error
    return digest


def content(organization_id: UUID, digest: str, *, name: str) -> bytes:
    """The bytes with this SHA-256, checked while reading. Raises FileAltered, which speaks of `name`."""
    try:
        found = place(organization_id, digest).read_bytes()
    except OSError as error:
        raise FileAltered(
            _("文件“%s”在数据文件夹中找不到，请联系管理员从备份恢复。") % name, code="file_missing"
        ) from error
    if hashlib.sha256(found).hexdigest() != digest:
        raise FileAltered(_("文件“%s”在数据文件夹中被改动过，不再提供下载，请联系管理员。") % name)
    return found


def state(organization_id: UUID, digest: str) -> str:
    """Whether the bytes lie where they should: "whole", "missing" or "altered"."""
    path = place(organization_id, digest)
    if not path.is_file():
        return "missing"
    return "whole" if _holds(path, digest) else "altered"


def _holds(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False

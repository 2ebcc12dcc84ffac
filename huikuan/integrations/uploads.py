"""Files that wait to be imported: kept in the data folder under a random token, for a few days at most.

HUIKUAN_HOME/uploads/<organization id>/<token>        the file as it came (0600)
HUIKUAN_HOME/uploads/<organization id>/<token>.json   its name, what it holds and how it is to be read
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres import embedded

MAX_BYTES = 256 * 1024 * 1024
KEPT_SECONDS = 3 * 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


class UploadRefused(HuikuanError):
    """The file was not kept: it is too large, empty, or there is no room for it."""

    code = "upload_refused"


class UploadGone(HuikuanError):
    """No file waits under this token (any more)."""

    code = "upload_gone"


@dataclass(frozen=True)
class Upload:
    """A waiting file. `mapping` is field → 0-based column, None while nobody has decided; `settings` are the
    other options by name, as a form gives them; `batch` the import it was used for. `recognised`: whether the
    headers told what the file holds, None where a person said so.

    Changed before the import, by line: `retyped` cells (column → text), `shown` the row as it was, `accepted`
    and `skipped` lines."""

    organization_id: UUID
    token: str
    file_name: str
    kind: str
    size: int
    mapping: dict[str, int] | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    batch: str = ""
    recognised: bool | None = None
    retyped: dict[str, dict[str, str]] = field(default_factory=dict)
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    accepted: list[int] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return stored(self.stored_path)

    @property
    def stored_path(self) -> str:
        """The same below the folder of uploads: what a batch keeps."""
        return f"{self.organization_id}/{self.token}"


def _root() -> Path:
    return embedded.claim_home() / "uploads"


def stored(stored_path: str) -> Path:
    """The file that a batch calls `stored_path`."""
    return _root() / stored_path


def keep(
    blocks: Iterable[bytes], *, organization_id: UUID, file_name: str, kind: str, settings: dict[str, Any]
) -> Upload:
    """Store a file; raises UploadRefused, and then nothing of it stays."""
    upload = Upload(organization_id, secrets.token_urlsafe(24), file_name[:255], kind, 0, settings=settings)
    try:
        upload.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        size = _write(upload.path, blocks)
        if not size:
            raise UploadRefused(_("文件是空的，请换一个文件。"), code="file_empty")
        upload = replace(upload, size=size)
        save(upload)
    except OSError as error:
        remove(upload)
        raise UploadRefused(_("服务器存不下这个文件：%s。") % (error.strerror or error)) from error
    except UploadRefused:
        remove(upload)
        raise
    return upload


def _write(path: Path, blocks: Iterable[bytes]) -> int:
    size = 0
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        for block in blocks:
            size += len(block)
            if size > MAX_BYTES:
                raise too_large()
            file.write(block)
    return size


def too_large() -> UploadRefused:
    """The refusal of a file beyond the limit."""
    return UploadRefused(
        _("文件超过 %d MB，没有上传；请拆成几个文件，或用命令 huikuan import 导入。")
        % (MAX_BYTES // 1024**2),
        code="file_too_large",
    )


def save(upload: Upload) -> None:
    """Write down what is known about a waiting file, whole or not at all."""
    facts = asdict(upload)
    del facts["organization_id"], facts["token"]
    path = _facts_path(upload)
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(facts, file, ensure_ascii=False)
    draft.replace(path)


def waiting(organization_id: UUID, token: str) -> Upload:
    """The file under `token`; raises UploadGone, also for another organization's."""
    if not _TOKEN.fullmatch(token):
        raise _gone()
    facts = Upload(organization_id, token, "", "", 0)
    try:
        known = json.loads(_facts_path(facts).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _gone() from error
    return Upload(organization_id, token, **known)


def _gone() -> UploadGone:
    return UploadGone(_("这个文件已经导入或过期，请重新上传。"))


def _facts_path(upload: Upload) -> Path:
    return upload.path.with_name(f"{upload.token}.json")


def claim(upload: Upload) -> bool:
    """Take a file for importing; False when someone (a second click) already has."""
    try:
        os.close(os.open(_claim_path(upload), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def release(upload: Upload) -> None:
    """Give a claimed file back: it was not imported and can be tried again."""
    _claim_path(upload).unlink(missing_ok=True)


def _claim_path(upload: Upload) -> Path:
    return upload.path.with_name(f"{upload.token}.claimed")


def finish(upload: Upload) -> None:
    """Delete an imported file; what it became stays known until it expires."""
    for path in (upload.path, _claim_path(upload)):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def remove(upload: Upload) -> None:
    """Delete a file and what is known about it."""
    for path in (upload.path, _facts_path(upload), _claim_path(upload)):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def remove_expired(organization_id: UUID, *, now: float | None = None) -> int:
    """Delete an organization's files that waited longer than KEPT_SECONDS; returns how many files went."""
    before = (time.time() if now is None else now) - KEPT_SECONDS
    removed = 0
    with suppress(OSError):
        for path in (_root() / str(organization_id)).iterdir():
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    removed += 1
    return removed

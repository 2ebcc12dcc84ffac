"""Huikuan's data folder: where it is, whether it is ours, and where in it the socket lies."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

from platformdirs import user_data_dir

from huikuan.core.postgres.embedded.errors import EmbeddedPostgresError, _, disk_refusals

MARKER = ".huikuan-home"
MARKER_TEXT = "This folder belongs to Huikuan (回款). Everything in it is managed by Huikuan.\n"

# What an otherwise empty folder may hold: a fresh disk, a look with the file browser.
NOBODYS_FILES = frozenset({"lost+found", ".DS_Store"})

PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"

# sun_path is 108 bytes on Linux and 104 elsewhere, its closing NUL included (unix(7), sys/un.h).
LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103


def home() -> Path:
    """Huikuan's data folder, absolute: HUIKUAN_HOME, or else the platform's folder for user data."""
    chosen = os.environ.get("HUIKUAN_HOME") or user_data_dir("huikuan")
    return Path(chosen).expanduser().absolute()


def claim_home(folder: Path | None = None) -> Path:
    """Create Huikuan's data folder, or make sure that it is ours, and return its real path.

    Whoever writes below `home()` calls this first: a folder that is not empty and not marked is foreign.
    The folder is open to its owner only (0700) afterwards.

    Raises EmbeddedPostgresError (`postgres_home_foreign`, `postgres_home_unwritable`, `postgres_no_space`).
    """
    folder = folder or home()
    with disk_refusals(folder):
        folder = folder.expanduser().resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
        if status.st_uid != os.geteuid():
            message = _(
                "数据文件夹 %(folder)s 属于另一个用户：请用该用户运行，或用 HUIKUAN_HOME 另选文件夹。"
            )
            raise EmbeddedPostgresError(message % {"folder": folder}, code="postgres_home_foreign")
        _mark(folder)
        if stat.S_IMODE(status.st_mode) & 0o077:
            folder.chmod(0o700)
    return folder


def _mark(folder: Path) -> None:
    marker = folder / MARKER
    if marker.exists():
        return
    strangers = {entry.name for entry in folder.iterdir()} - NOBODYS_FILES - {MARKER}
    # The marker is always written first: if it is there now, another command has just set the folder up.
    if strangers and not marker.exists():
        message = _("%(folder)s 不是空的，也不是本系统的数据文件夹：请用 HUIKUAN_HOME 指定一个空文件夹。")
        raise EmbeddedPostgresError(message % {"folder": folder}, code="postgres_home_foreign")
    marker.write_text(MARKER_TEXT, encoding="utf-8")


def socket_folder(engine: Path) -> Path:
    """The private folder of the socket: `engine`/socket, or a short one in the temp folder instead.

    The path of a socket is limited (`LONGEST_SOCKET_PATH`). The short folder gets a random name that nobody
    can take before us; `engine`/socket-folder remembers it, so that every command finds the same one.
    Call it while holding the start lock.
    """
    near = engine / "socket"
    if _fits(near):
        near.mkdir(mode=0o700, exist_ok=True)
        return near
    note = engine / "socket-folder"
    if note.exists():
        noted = Path(os.fsdecode(note.read_bytes()))
        if _is_private(noted):
            return noted
    short = _private_temporary_folder()
    replace_file(note, os.fsencode(short))
    return short


def _fits(folder: Path) -> bool:
    # A client reads "a,b" as two hosts (libpq, 32.1.1.3 Specifying Multiple Hosts).
    return len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH and "," not in str(folder)


def _private_temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="huikuan-"))
    if not _fits(folder):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="huikuan-", dir="/tmp"))
    return folder


def _is_private(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    mode = status.st_mode
    return stat.S_ISDIR(mode) and stat.S_IMODE(mode) == 0o700 and status.st_uid == os.geteuid()


def replace_file(path: Path, content: bytes) -> None:
    """Write `path` so that after a crash it has either the old or the new content."""
    draft = path.with_name(path.name + ".new")
    with open(draft, "wb", opener=_open_private) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if os.geteuid() == 0:
        # Run by root, the server has an account of its own: what lies beside its files is readable to it.
        neighbourhood = path.parent.stat()
        os.chown(draft, neighbourhood.st_uid, neighbourhood.st_gid)
    draft.replace(path)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

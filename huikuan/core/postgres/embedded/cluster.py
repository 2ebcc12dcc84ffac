"""One PostgreSQL cluster in Huikuan's data folder: made, started, stopped, all under the start lock."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from huikuan.core.postgres.embedded import settings
from huikuan.core.postgres.embedded.binaries import MAJOR_VERSION, Programs, environment, find_programs
from huikuan.core.postgres.embedded.errors import (
    EmbeddedPostgresError,
    _,
    disk_refusals,
    no_space,
    tells_of_no_space,
)
from huikuan.core.postgres.embedded.folder import PORT, SOCKET_NAME, replace_file

SUPERUSER = "postgres"

# Settings of the collation and of what is a letter. The server's own ("builtin") C.UTF-8 orders text the same
# way on every machine; the C library's is still asked by full text and trigram search what a letter is.
LETTERS = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"

SPACE_TO_CREATE = 256 * settings.MB  # an empty cluster (39 MB), its journal and Huikuan's empty tables
SPACE_TO_START = 64 * settings.MB  # a few journal files of 16 MB

LONG_LOG = 10 * settings.MB

# The shortest question that a server answers (PostgreSQL documentation, 54.7 Message Formats, SSLRequest).
SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
ANSWER_PATIENCE_S = 5.0

START_PATIENCE_S = 300.0  # recovery after a crash replays up to max_wal_size
STOP_PATIENCE_S = 60.0
PAUSE_S = 0.01

# After kill -9 of the main server process its children need a moment to notice and leave.
PASSING_WORDS = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')

LINUX_PROCESSES = Path("/proc")

# Servers started by this process, so that the system can drop their entries when they end.
_started: dict[Path, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Cluster:
    """Where an embedded server lives. `port` only names the socket file: there is no TCP."""

    home: Path
    data: Path
    socket_dir: Path
    port: int = PORT
    superuser: str = SUPERUSER

    def dsn(self, *, dbname: str, user: str) -> str:
        """The connection string, as keywords, of a database over the unix socket."""
        from psycopg.conninfo import make_conninfo

        return make_conninfo(host=str(self.socket_dir), port=self.port, dbname=dbname, user=user)

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.data.parent / "server.log"


@dataclass(frozen=True)
class _Note:
    """What the server notes in postmaster.pid (PostgreSQL's miscadmin.h)."""

    pid: int
    status: str


def _note(cluster: Cluster) -> _Note | None:
    try:
        lines = (cluster.data / "postmaster.pid").read_text().splitlines()
        return _Note(pid=int(lines[0]), status=lines[7].strip() if len(lines) > 7 else "")
    except (OSError, ValueError, IndexError):
        return None


def answers(cluster: Cluster) -> bool:
    """Whether a server accepts connections.

    It is asked: process ids mean nothing between containers, and a socket takes calls until its killed server
    is quite gone.
    """
    note = _note(cluster)
    if note is None or note.status != "ready":
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(ANSWER_PATIENCE_S)
        try:
            client.connect(str(cluster.socket_dir / SOCKET_NAME))
            client.sendall(SSL_REQUEST)
            return client.recv(1) in (b"N", b"S")
        except OSError:
            return False


def _serves(pid: int, cluster: Cluster) -> bool:
    """Whether the process is this cluster's server: after a crash the number may belong to someone else."""
    if (LINUX_PROCESSES / "self").exists():
        try:
            arguments = (LINUX_PROCESSES / str(pid) / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(cluster.data) in arguments
    command = ["ps", "-o", "command=", "-p", str(pid)]
    listing = subprocess.run(command, check=False, capture_output=True, text=True)
    return str(cluster.data) in listing.stdout


def create(cluster: Cluster, *, lock: int) -> None:
    """Create the data folder, all or nothing: it is made under another name and then renamed.

    `lock` is handed on to initdb: should we be killed, the next command waits until initdb has ended.
    Raises EmbeddedPostgresError (`postgres_no_space`, `postgres_init_failed` and those of `find_programs`).
    """
    programs = find_programs(cluster.data)
    engine = cluster.data.parent
    with disk_refusals(cluster.home):
        for leftover in engine.glob("data.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        _require_space(cluster, SPACE_TO_CREATE)
        fresh = engine / f"data.new-{secrets.token_hex(4)}"
        try:
            _initdb(cluster, programs, fresh, lock=lock)
            with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write("\ninclude_if_exists 'huikuan.conf'\n")
                file.flush()
                os.fsync(file.fileno())
            replace_file(fresh / "pg_hba.conf", settings.ACCESS.encode())
            _sync_folder(fresh)
            fresh.rename(cluster.data)
            _sync_folder(engine)
        finally:
            if fresh.exists():
                shutil.rmtree(fresh, ignore_errors=True)


def _initdb(cluster: Cluster, programs: Programs, fresh: Path, *, lock: int) -> None:
    # Not with --no-sync: a power cut soon after the rename would leave a torn cluster for a gain of 0.1 s.

    command = programs.command(
        "initdb",
        "--pgdata",
        fresh,
        "--username",
        SUPERUSER,
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        f"--locale={LETTERS}",
        "--data-checksums",
        "--auth=trust",
        "--no-instructions",
    )
    done = subprocess.run(
        command,
        check=False,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        pass_fds=(lock,),
    )
    if done.returncode == 0:
        return
    if tells_of_no_space(done.stderr):
        raise no_space(cluster.home)
    message = _("无法建立数据库（initdb）：%(reason)s")
    raise EmbeddedPostgresError(
        message % {"reason": _last_complaint(done.stderr)}, code="postgres_init_failed"
    )


def require_own_data(cluster: Cluster) -> None:
    """Refuse what is no PostgreSQL 18 cluster (`postgres_data_version`, `postgres_data_foreign`)."""

    version = cluster.data / "PG_VERSION"
    with disk_refusals(cluster.home):
        found = version.read_text(errors="replace").strip() if version.is_file() else ""
    if not found:
        message = _("%(folder)s 不是 PostgreSQL 的数据文件夹：请恢复备份，或用 HUIKUAN_HOME 另选文件夹。")
        raise EmbeddedPostgresError(message % {"folder": cluster.data}, code="postgres_data_foreign")
    if found != str(MAJOR_VERSION):
        message = _(
            "%(folder)s 中的数据属于 PostgreSQL %(found)s，而这里使用 PostgreSQL %(needed)s："
            "请先用 pg_upgrade 升级数据。"
        )
        raise EmbeddedPostgresError(
            message % {"folder": cluster.data, "found": found, "needed": MAJOR_VERSION},
            code="postgres_data_version",
        )


def start(cluster: Cluster) -> None:
    """Return when the server answers; start it unless it runs.

    Raises EmbeddedPostgresError (`postgres_no_space`, `postgres_start_failed` and those of `find_programs`).
    """
    give_up_at = time.monotonic() + START_PATIENCE_S
    server: subprocess.Popen[bytes] | None = None
    log_end = 0
    if former := _started.get(cluster.data):
        former.poll()  # a server that died while we live stays in the process table until we ask for it
    while not answers(cluster):
        if server is not None and server.poll() is not None:
            complaint = _log_since(cluster, log_end)
            if not any(words in complaint for words in PASSING_WORDS):
                raise _start_failure(cluster, complaint)
            server = None
            time.sleep(0.1)
        note = _note(cluster)
        serving = note is not None and _serves(note.pid, cluster)
        if serving and note is not None and note.status == "ready" and not _socket_exists(cluster):
            stop(cluster)  # its socket was swept out of the temp folder: nobody can reach it any more
        elif not serving and server is None:
            log_end = _log_position(cluster)
            server = _launch(cluster, stale_pid=note.pid if note else None)
        if time.monotonic() > give_up_at:
            raise _start_failure(cluster, _log_since(cluster, log_end))
        time.sleep(PAUSE_S)


def _socket_exists(cluster: Cluster) -> bool:
    return (cluster.socket_dir / SOCKET_NAME).exists()


def _launch(cluster: Cluster, *, stale_pid: int | None) -> subprocess.Popen[bytes]:
    programs = find_programs(cluster.data)
    with disk_refusals(cluster.home):
        _require_space(cluster, SPACE_TO_START)
        sized = settings.sized_settings(settings.this_machine(cluster.data))
        replace_file(cluster.data / "huikuan.conf", settings.render(sized).encode())
        binding = settings.binding_settings(cluster.socket_dir)
        # What a killed server left of its socket. Nobody answers there, and the folder is ours alone.
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (cluster.socket_dir / name).unlink(missing_ok=True)
        options = [f"-c{name}={value}" for name, value in binding.items()]
        # PostgreSQL takes a living process with the noted number for a running server, unless told that it is
        # one of its own ancestors (CreateLockFile, miscinit.c). We have just seen that it is something else.
        ours = {"PG_GRANDPARENT_PID": str(stale_pid)} if stale_pid is not None else {}
        with cluster.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal is for us, not for the server we still need.
            server = subprocess.Popen(
                programs.command("postgres", "-D", cluster.data, *options),
                env=environment(**ours),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
    _started[cluster.data] = server
    return server


def _log_position(cluster: Cluster) -> int:
    """Where the server's next line will be; a log that has grown long is set aside first."""
    with disk_refusals(cluster.home):
        size = cluster.log.stat().st_size if cluster.log.exists() else 0
        if size > LONG_LOG:
            cluster.log.replace(cluster.log.with_name("server.log.1"))
            size = 0
    return size


def _log_since(cluster: Cluster, position: int) -> str:
    with cluster.log.open("rb") as log:
        log.seek(position)
        return log.read().decode("utf-8", "replace")


def _start_failure(cluster: Cluster, complaint: str) -> EmbeddedPostgresError:
    if tells_of_no_space(complaint):
        return no_space(cluster.home)
    message = _("数据库未能启动（%(reason)s）：详情见 %(log)s。")
    return EmbeddedPostgresError(
        message % {"reason": _last_complaint(complaint), "log": cluster.log}, code="postgres_start_failed"
    )


def _last_complaint(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    worst = [line for line in lines if any(word in line for word in ("PANIC:", "FATAL:", "error:"))]
    return (worst or lines or ["?"])[-1]


def stop(cluster: Cluster) -> None:
    """Stop the server and return when it has ended. Work that is under way elsewhere is rolled back.

    A server of another container cannot be seen, nor stopped, from here; it is left running.
    """
    note = _note(cluster)
    if note is None or not _serves(note.pid, cluster):
        return
    try:
        os.kill(note.pid, signal.SIGINT)  # "fast shutdown" (PostgreSQL documentation, 18.5)
    except ProcessLookupError:
        return
    give_up_at = time.monotonic() + STOP_PATIENCE_S
    server = _started.get(cluster.data)
    while _serves(note.pid, cluster) and time.monotonic() < give_up_at:
        if server is not None:
            server.poll()
        time.sleep(PAUSE_S)


def _require_space(cluster: Cluster, needed: int) -> None:
    if shutil.disk_usage(cluster.data.parent).free < needed:
        raise no_space(cluster.home)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Who uses the embedded server: it starts with the first and stops with the last.

Every process that uses the server holds a shared lock on `lease.lock`. Whoever leaves asks for it alone:
if it is granted, nobody else is there, and the server is stopped. Both happen under `start.lock`, so nobody
comes in between. The kernel drops the locks of a killed process. Locks: flock(2).
"""

from __future__ import annotations

import atexit
import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from huikuan.core.postgres.embedded import cluster as server
from huikuan.core.postgres.embedded.cluster import Cluster
from huikuan.core.postgres.embedded.errors import disk_refusals
from huikuan.core.postgres.embedded.folder import claim_home, home, socket_folder


@dataclass
class _Lease:
    """This process's use of one server: `descriptor` holds the shared lock, `heir` a coming child's."""

    cluster: Cluster
    descriptor: int
    heir: int | None = None


@dataclass
class _Ours:
    """What this process holds. `watching` is the process whose exit we watch."""

    guard: threading.RLock = field(default_factory=threading.RLock)
    leases: dict[Path, _Lease] = field(default_factory=dict)
    watching: int | None = None


_ours = _Ours()


def ensure_running(home: Path | None = None) -> Cluster:
    """The server of `home` (default: `folder.home()`): created, started or attached to as needed.

    It is released when this process exits. Quick when called again; brings back a server that was killed.
    Raises EmbeddedPostgresError; data that exists is untouched then.
    """
    with _ours.guard:
        folder = claim_home(home)
        lease = _ours.leases.get(folder)
        if lease is not None and server.answers(lease.cluster):
            return lease.cluster
        with _starting(folder) as lock:
            if lease is None:
                lease = _take(folder)
                _watch_exit()
            else:
                lease.cluster = _cluster(folder)
            try:
                if not lease.cluster.data.exists():
                    server.create(lease.cluster, lock=lock)
                server.require_own_data(lease.cluster)
                server.start(lease.cluster)
            except BaseException:
                _give_back(_ours.leases.pop(folder))
                raise
        return lease.cluster


def release(home: Path | None = None) -> None:
    """Stop using the server of `home`, and stop the server if nobody else uses it. Harmless if not in use."""
    with _ours.guard:
        folder = _resolved(home)
        if folder in _ours.leases:
            with _starting(folder):
                _give_back(_ours.leases.pop(folder))


def _resolved(chosen: Path | None) -> Path:
    return (chosen or home()).expanduser().resolve()


@contextmanager
def _starting(folder: Path) -> Iterator[int]:
    """Hold the lock under which servers are started and stopped."""
    engine = folder / "postgres"
    with disk_refusals(folder):
        engine.mkdir(mode=0o700, exist_ok=True)
        descriptor = _open(engine / "start.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        # Unlocked by name, not by closing alone: a child forked meanwhile has the same open file.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _lease_file(folder: Path) -> Path:
    return folder / "postgres" / "lease.lock"


def _cluster(folder: Path) -> Cluster:
    engine = folder / "postgres"
    with disk_refusals(folder):
        return Cluster(home=folder, data=engine / "data", socket_dir=socket_folder(engine))


def _take(folder: Path) -> _Lease:
    with disk_refusals(folder):
        lease = _Lease(cluster=_cluster(folder), descriptor=_open(_lease_file(folder)))
    fcntl.flock(lease.descriptor, fcntl.LOCK_SH)
    _ours.leases[folder] = lease
    return lease


def _give_back(lease: _Lease) -> None:
    try:
        fcntl.flock(lease.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass  # others use the server
    else:
        server.stop(lease.cluster)
        if not lease.cluster.socket_dir.is_relative_to(lease.cluster.home):
            with suppress(OSError):  # not empty: the server was killed, or does not end
                lease.cluster.socket_dir.rmdir()
    finally:
        fcntl.flock(lease.descriptor, fcntl.LOCK_UN)
        os.close(lease.descriptor)


def _watch_exit() -> None:
    """Release at exit, also after SIGTERM or SIGHUP unless the program answers these itself."""
    if _ours.watching is not None:
        return
    _ours.watching = os.getpid()

    atexit.register(_release_all)
    os.register_at_fork(
        before=_prepare_heirs, after_in_parent=_leave_heirs_to_child, after_in_child=_enter_upon_inheritance
    )
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _exit_on_signal)


def _release_all() -> None:
    for folder in list(_ours.leases):
        with suppress(Exception):  # the folder is gone, say: there is nobody left to tell
            release(folder)


def _exit_on_signal(number: int, frame: FrameType | None) -> None:
    if os.getpid() != _ours.watching:  # a forked child ends as if we had not been here
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    raise SystemExit(128 + number)


# A forked child uses the server in its own right. It inherits its parent's open file, and with it the
# parent's lock: two processes that count as one. So a second lock is taken before the fork and passes to the
# child alone, without a moment in which it has none; neither stops the server of the other.


def _prepare_heirs() -> None:
    for folder, lease in list(_ours.leases.items()):
        with suppress(OSError):  # the folder is gone, or another thread is stopping the server
            descriptor = _open(_lease_file(folder))
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
            else:
                lease.heir = descriptor


def _leave_heirs_to_child() -> None:
    for lease in list(_ours.leases.values()):
        if lease.heir is not None:
            os.close(lease.heir)
            lease.heir = None


def _enter_upon_inheritance() -> None:
    _ours.guard = threading.RLock()
    for folder, lease in list(_ours.leases.items()):
        os.close(lease.descriptor)
        if lease.heir is None:
            del _ours.leases[folder]
        else:
            lease.descriptor, lease.heir = lease.heir, None

"""The embedded server comes and goes with the commands that use it, and survives being killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from huikuan.core.postgres import embedded

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

ATTACH = """
import sys
from huikuan.core.postgres import embedded
cluster = embedded.ensure_running()
print("attached", flush=True)
"""
ATTACH_AND_WAIT = ATTACH + "sys.stdin.read()\n"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose cluster was started and stopped once; tests get copies, which are quick to make."""
    folder = tmp_path_factory.mktemp("pristine") / "home"
    embedded.ensure_running(folder)
    embedded.release(folder)
    return folder


def copy_of(pristine: Path, home: Path) -> None:
    subprocess.run(["cp", "-a", str(pristine), str(home)], check=True)


@pytest.fixture
def new_home(tmp_path: Path) -> Iterator[Path]:
    """A data folder that does not exist yet."""
    folder = tmp_path / "home"
    yield folder
    embedded.release(folder)
    kill_server(folder)


@pytest.fixture
def home(pristine: Path, new_home: Path) -> Path:
    """A data folder with a cluster that does not run."""
    copy_of(pristine, new_home)
    return new_home


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"HUIKUAN_HOME": str(home)}


class Command:
    """Another process that uses the server of `home`."""

    def __init__(self, home: Path, script: str = ATTACH_AND_WAIT) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", script],
            env=environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.popen.stdout is not None
        self.first_line = self.popen.stdout.readline().strip()

    def end(self) -> int:
        self.popen.communicate("", timeout=30)
        return self.popen.returncode

    def signal(self, number: int) -> int:
        self.popen.send_signal(number)
        return self.end()


def run(home: Path, script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command, env=environment(home), capture_output=True, text=True, timeout=60, check=False
    )


def server_pid(home: Path) -> int | None:
    """The number of the living server, from its own note."""
    try:
        pid = int((home / "postgres/data/postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pid


def children_of(pid: int) -> list[int]:
    command = ["ps", "-o", "pid=", "--ppid", str(pid)]
    listing = subprocess.run(command, capture_output=True, text=True, check=False)
    return [int(line) for line in listing.stdout.split()]


def kill_server(home: Path) -> None:
    """kill -9, the server and everything it started."""
    pid = server_pid(home)
    for victim in [pid, *children_of(pid)] if pid else []:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue


def eventually(condition: Callable[[], bool], *, within_s: float = 10.0) -> bool:
    give_up_at = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)
    return True


def superuser(cluster: embedded.Cluster) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(cluster.dsn(dbname="postgres", user=cluster.superuser), autocommit=True)


def test_first_start_is_private_safe_and_without_tcp(new_home: Path) -> None:
    home = new_home
    cluster = embedded.ensure_running(home)

    for folder in (home, home / "postgres", cluster.data, cluster.socket_dir):
        assert folder.stat().st_mode & 0o777 == 0o700, folder
    assert (home / ".huikuan-home").is_file()
    expected = {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "jit": "off",
        "wal_compression": "pglz",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
    }
    with superuser(cluster) as connection:
        actual = {
            name: connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in expected
        }
    assert actual == {name: (value,) for name, value in expected.items()}


@linux_only
def test_server_is_not_root_not_in_our_session_and_on_no_tcp_port(home: Path) -> None:
    embedded.ensure_running(home)
    pid = server_pid(home)
    assert pid is not None
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert os.getsid(pid) != os.getsid(0)

    files = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    sockets = {name.removeprefix("socket:[").rstrip("]") for name in files if name.startswith("socket:[")}
    tcp = {row[9] for table in ("tcp", "tcp6") for row in network_table(pid, table)}
    unix = {row[6] for row in network_table(pid, "unix")}
    assert sockets & unix
    assert not sockets & tcp


def network_table(pid: int, name: str) -> list[list[str]]:
    return [line.split() for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]]


def test_letters_of_chinese_words_are_letters(home: Path) -> None:
    with superuser(embedded.ensure_running(home)) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        assert connection.execute("SELECT similarity('宁波回款机械', '宁波回款') > 0.4").fetchone() == (True,)
        # by code point, not by the habits of some C library
        row = connection.execute("SELECT 'a' < 'B', 'Z' < 'a', upper('é')").fetchone()
        assert row == (False, True, "É")


def test_second_process_attaches_and_the_last_one_stops(home: Path) -> None:
    first = Command(home)
    started = server_pid(home)
    assert started is not None
    second = Command(home)
    assert second.first_line == "attached"
    assert server_pid(home) == started

    assert first.end() == 0
    assert server_pid(home) == started
    assert second.end() == 0
    assert server_pid(home) is None


def test_explicit_release_stops_and_may_be_repeated(home: Path) -> None:
    embedded.ensure_running(home)
    embedded.release(home)
    assert server_pid(home) is None
    embedded.release(home)
    embedded.ensure_running(home)
    assert server_pid(home) is not None


def test_four_processes_start_for_the_first_time_together(new_home: Path) -> None:
    home = new_home
    script = """
from huikuan.core.postgres import embedded
cluster = embedded.ensure_running()
embedded.ensure_roles_and_database(cluster)
import psycopg
with psycopg.connect(cluster.dsn(dbname="huikuan", user="huikuan_web")) as connection:
    print(connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone())
"""
    commands = [
        subprocess.Popen(
            [sys.executable, "-c", script], env=environment(home), stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    answers = {command.communicate(timeout=60)[0] for command in commands}
    assert [command.returncode for command in commands] == [0] * 4
    assert len(answers) == 1
    assert server_pid(home) is None


def test_forked_child_and_parent_do_not_stop_the_server_of_each_other(home: Path) -> None:
    script = """
import os, sys, time
from huikuan.core.postgres import embedded
cluster = embedded.ensure_running()
alive = lambda: os.path.exists(cluster.data / "postmaster.pid")
if os.fork() == 0:      # leaves first
    sys.exit(0)
os.wait()
assert alive(), "the child stopped it"
if os.fork() == 0:      # leaves last
    time.sleep(0.5)
    print("orphan sees", alive(), flush=True)
    sys.exit(0)
"""
    done = run(home, script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "orphan sees True\n", "")
    assert eventually(lambda: server_pid(home) is None)


def test_sigterm_stops_the_server(home: Path) -> None:
    command = Command(home)
    assert server_pid(home) is not None
    assert command.signal(signal.SIGTERM) == 128 + signal.SIGTERM
    assert server_pid(home) is None


def test_killed_command_leaves_the_server_to_the_next_one(home: Path) -> None:
    command = Command(home)
    started = server_pid(home)
    assert started is not None
    assert command.signal(signal.SIGKILL) == -signal.SIGKILL
    assert server_pid(home) == started

    assert run(home, ATTACH).stdout == "attached\n"
    assert server_pid(home) is None


def test_row_survives_kill_of_server_and_command(home: Path) -> None:
    script = """
import psycopg, sys
from huikuan.core.postgres import embedded
cluster = embedded.ensure_running()
with psycopg.connect(cluster.dsn(dbname="postgres", user=cluster.superuser)) as connection:
    connection.execute("CREATE TABLE invoice AS SELECT 'INV-1' AS number")
print("committed", flush=True)
sys.stdin.read()
"""
    command = Command(home, script)
    assert command.first_line == "committed"
    kill_server(home)
    command.signal(signal.SIGKILL)
    assert (home / "postgres/data/postmaster.pid").exists()

    with superuser(embedded.ensure_running(home)) as connection:
        assert connection.execute("SELECT number FROM invoice").fetchall() == [("INV-1",)]


def test_server_killed_while_we_use_it_comes_back(home: Path) -> None:
    cluster = embedded.ensure_running(home)
    pid = server_pid(home)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)  # its children find out by themselves, a moment later

    with superuser(embedded.ensure_running(home)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert server_pid(home) not in (None, pid)
    assert embedded.ensure_running(home) == cluster


def test_stale_note_with_the_number_of_another_living_process(home: Path) -> None:
    cluster = embedded.ensure_running(home)
    kill_server(home)
    note = cluster.data / "postmaster.pid"
    with subprocess.Popen(["sleep", "60"]) as stranger:
        try:
            note.write_text("\n".join([str(stranger.pid), *note.read_text().splitlines()[1:], ""]))
            embedded.ensure_running(home)
            assert server_pid(home) not in (None, stranger.pid)
            embedded.release(home)
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_command_killed_while_it_creates_the_cluster(new_home: Path) -> None:
    home = new_home
    command = subprocess.Popen(
        [sys.executable, "-c", ATTACH], env=environment(home), stdout=subprocess.DEVNULL
    )
    assert eventually(lambda: any(home.glob("postgres/data.new-*/global")))
    command.kill()
    command.wait()
    assert not (home / "postgres/data").exists()

    embedded.ensure_running(home)
    assert list(home.glob("postgres/data.new-*")) == []


@pytest.mark.parametrize("name", ["长" * 60, "a,b c"], ids=["long", "comma"])
def test_path_that_no_socket_can_have(pristine: Path, tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    copy_of(pristine, home)
    try:
        cluster = embedded.ensure_running(home)
        assert not cluster.socket_dir.is_relative_to(home)
        assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700
        with superuser(cluster) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert run(home, ATTACH).stdout == "attached\n"
        assert server_pid(home) is not None

        # the temp folder is swept: a new socket, the same data
        for entry in cluster.socket_dir.iterdir():
            entry.unlink()
        cluster.socket_dir.rmdir()
        again = embedded.ensure_running(home)
        assert again.socket_dir != cluster.socket_dir
        with superuser(again) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        embedded.release(home)
        assert not again.socket_dir.exists()
    finally:
        embedded.release(home)
        kill_server(home)

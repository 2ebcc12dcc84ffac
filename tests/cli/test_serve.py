"""The web server as a shell sees it: it starts, answers, lets others use its database, and stops as a whole."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from huikuan.cli.serve import PortRefused, address_of, free_port
from huikuan.core.postgres import embedded
from tests.cli.shell import COMMAND


def _environment(home: Path) -> dict[str, str]:
    return os.environ | {"HUIKUAN_HOME": str(home), "HUIKUAN_DATABASE": "huikuan"}


def _huikuan(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=_environment(home),
    )


def _status(url: str) -> int:
    try:
        with urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def _wait_for_address(server: subprocess.Popen[str]) -> str:
    """What the server prints once it answers."""
    assert server.stderr is not None
    for line in server.stderr:
        if "http://" in line:
            return "http://" + line.partition("http://")[2].split()[0]
    raise AssertionError("the server ended without an address")


def _descendants(pid: int) -> set[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listed.splitlines())}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_day_of_the_server(tmp_path: Path) -> None:
    home = tmp_path / "home"
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True, env=_environment(home)
    )
    try:
        address = _wait_for_address(server)
        port = address.rpartition(":")[2].strip("/")
        assert _status(address + "static/huikuan/theme.js") == 200
        assert _status(address + "sign-in") == 200
        assert _status(address + "no-such-page") == 404

        second = _huikuan(home, "serve", "--port", port)
        assert second.returncode == 1
        [sentence] = second.stderr.splitlines()
        assert port in sentence

        created = _huikuan(home, "org", "create", "second", "--name", "另一个进程")
        assert created.returncode == 0, created.stderr
        assert _status(address + "sign-in") == 200, "the other command took the database with it"

        children = _descendants(server.pid)
        assert len(children) >= 2, "web workers and the jobs"
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
        _assert_all_gone(home, children)
    finally:
        server.kill()
        server.wait()
        if (home / "postgres" / "data" / "postmaster.pid").exists():  # the last to leave stops it
            embedded.ensure_running(home)
            embedded.release(home)


def _assert_all_gone(home: Path, children: set[int]) -> None:
    until = time.monotonic() + 5
    while time.monotonic() < until and any(_alive(child) for child in children):
        time.sleep(0.05)
    assert not [child for child in children if _alive(child)]
    assert not (home / "postgres" / "data" / "postmaster.pid").exists(), "the database still runs"


def test_a_taken_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortRefused) as refused:
            free_port("127.0.0.1", port)
    assert refused.value.code == "port_busy"
    assert free_port("127.0.0.1", port) == port


def test_a_port_shared_by_web_workers_is_refused_too() -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortRefused):
            free_port("127.0.0.1", port)


def test_any_free_port_is_found_for_zero() -> None:
    assert free_port("127.0.0.1", 0) > 1023


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(PortRefused) as refused:
        free_port(host, 0)
    assert refused.value.code == "port_refused"
    assert host in str(refused.value)


def test_the_address_can_be_typed_into_a_browser() -> None:
    assert address_of("127.0.0.1", 8000) == "http://127.0.0.1:8000/"
    assert address_of("0.0.0.0", 80) == "http://localhost:80/"
    assert address_of("::1", 8000) == "http://[::1]:8000/"

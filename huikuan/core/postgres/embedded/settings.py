"""The server's settings: those that must hold, and those that follow the size of the machine."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from huikuan.core.postgres.embedded.folder import PORT

MB = 1024**2
GB = 1024**3

# A container's memory limit: cgroup v2, then v1 (kernel documentation, admin-guide/cgroup-v2 and cgroup-v1).
MEMORY_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
SHARED_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Machine:
    """What the server may use: `cores`, and in bytes `memory`, `disk` and /dev/shm where it exists."""

    memory: int
    cores: int
    disk: int
    shared_memory: int | None


def this_machine(folder: Path) -> Machine:
    """The machine we are on, or the container; `disk` is the size of the disk that holds `folder`."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit in MEMORY_LIMITS:
        try:
            memory = min(memory, int(limit.read_text()))
        except (OSError, ValueError):  # no such file, or the word "max"
            continue

    return Machine(
        memory=memory,
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        disk=shutil.disk_usage(folder).total,
        shared_memory=shutil.disk_usage(SHARED_MEMORY).total if SHARED_MEMORY.is_dir() else None,
    )


def sized_settings(machine: Machine) -> dict[str, str]:
    """Settings that fit the machine; ALTER SYSTEM may override them.

    Starting points: https://www.postgresql.org/docs/18/runtime-config-resource.html and -wal.html.
    """
    memory = machine.memory
    workers = min(4, machine.cores - 1)  # beside the leader, which works too
    settings = {
        # Preparing this memory takes most of a start: 0.10 s for 2 GB, 0.16 s for 4 GB. The rest of the
        # machine's memory still caches the data, in the operating system.
        "shared_buffers": _megabytes(memory // 4, 32 * MB, 2 * GB),
        "effective_cache_size": _megabytes(memory // 2, 64 * MB, 64 * GB),
        "work_mem": _megabytes(memory // 256, 4 * MB, 64 * MB),
        "maintenance_work_mem": _megabytes(memory // 16, 64 * MB, GB),
        "max_wal_size": _megabytes(machine.disk // 10, 256 * MB, 4 * GB),
        "max_worker_processes": str(machine.cores + 8),
        "max_parallel_workers": str(machine.cores),
        "max_parallel_workers_per_gather": str(workers),
        "max_parallel_maintenance_workers": str(workers),
        "wal_compression": "on",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",  # solid-state disks
        "jit": "off",  # our statements are short: compiling them costs more than it saves
        "log_line_prefix": "'%m [%p] %q%u@%d '",
        "log_checkpoints": "off",
        "log_lock_waits": "on",
    }
    if machine.shared_memory is not None and machine.shared_memory < 512 * MB:
        # Containers come with a /dev/shm of 64 MB, where parallel queries fail; System V memory is elsewhere.

        settings["dynamic_shared_memory_type"] = "sysv"
    return settings


def _megabytes(size: int, least: int, most: int) -> str:
    return f"{max(least, min(size, most)) // MB}MB"


def render(settings: dict[str, str]) -> str:
    """The settings as a configuration file."""
    lines = [f"{name} = {value}" for name, value in settings.items()]
    return "\n".join(["# Written by Huikuan at every start. Use ALTER SYSTEM to override.", *lines, ""])


def binding_settings(socket_folder: Path) -> dict[str, str]:
    """Settings that nobody overrides: they go on the command line. No TCP, safe on disk, time in UTC."""
    quoted = str(socket_folder).replace('"', '""')
    return {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": f'"{quoted}"',
        "unix_socket_permissions": "0700",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",  # `start` reads the log
        "cluster_name": "huikuan",
    }


# Who may connect, and as whom. `trust` because the way to the socket is closed to everyone but the owner of
# the data (all folders 0700, the socket too): who reaches it could read the data files as well.
ACCESS = """\
# Written by Huikuan. The socket lies in a folder that only its owner can enter; there is no TCP port.
local all         all trust
local replication all trust
"""

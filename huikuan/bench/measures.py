"""What a measurement says, and how two ways of doing the same are timed against each other."""

from __future__ import annotations

import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection


def peak_memory_mb() -> float:
    """The most memory this process has held at once, in MB.

    From the kernel's high-water mark of the running program where there is one: getrusage(2) counts the
    parent's memory from before exec(2) as well.
    """
    status = Path("/proc/self/status")
    if status.exists():
        marks = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(marks[0].split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@dataclass(frozen=True)
class Result:
    """One line of the table: `size` things took `seconds`, and the raw SQL beside it `limit_seconds`.

    `peak_mb` is the most memory that the Python process which was measured has held since it began; `detail`
    holds what only some measurements have (percentiles in ms, processor seconds).
    """

    name: str
    size: int
    seconds: float
    limit_seconds: float
    peak_mb: float = field(default_factory=peak_memory_mb)
    detail: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """How many times the limit it takes."""
        return self.seconds / self.limit_seconds

    @property
    def rate_per_s(self) -> float:
        return self.size / self.seconds

    def as_json(self) -> dict[str, Any]:
        """Plain values, rounded to what the clock can tell."""
        return {
            "name": self.name,
            "size": self.size,
            "seconds": round(self.seconds, 6),
            "rate_per_s": round(self.rate_per_s, 1),
            "limit_seconds": round(self.limit_seconds, 6),
            "ratio": round(self.ratio, 3),
            "peak_mb": round(self.peak_mb, 1),
            "detail": {name: round(value, 3) for name, value in self.detail.items()},
        }


def seconds_of(work: Callable[[], object]) -> float:
    """Wall-clock seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians_of(*works: Callable[[], object], runs: int) -> list[float]:
    """The median seconds of each of `works`, run in turns so that the machine's moods meet all of them.

    Each runs once before the clock does: connections, caches and plans are warm.
    """
    for work in works:
        work()
    times: list[list[float]] = [[] for _work in works]
    for _run in range(runs):
        for work, taken in zip(works, times, strict=True):
            taken.append(seconds_of(work))
    return [statistics.median(taken) for taken in times]


def percentile(values: list[float], percent: int) -> float:
    """The value that `percent` of the values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


class Stopwatch:
    """Adds up what is spent inside `with`: seconds on the wall, and of the processor by Python and the server.

    The processor's seconds tell what the wall's do not on a machine that others use as well.
    """

    def __init__(self, server_process: int) -> None:
        self._server_process = server_process
        self.seconds = self.python_cpu = self.server_cpu = 0.0

    def __enter__(self) -> Stopwatch:
        self.server_cpu -= server_cpu_seconds(self._server_process)
        self.python_cpu -= time.process_time()
        self.seconds -= time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds += time.perf_counter()
        self.python_cpu += time.process_time()
        self.server_cpu += server_cpu_seconds(self._server_process)


def server_process() -> int:
    """The process id of the server behind the current connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def server_cpu_seconds(process_id: int) -> float:
    """Processor seconds that a server process on this machine has used; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

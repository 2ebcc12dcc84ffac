"""The machine a measurement was taken on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import psycopg

from huikuan.core.postgres import embedded

MB = 1024**2


def machine() -> dict[str, Any]:
    """Processor, memory, Python and PostgreSQL, and how busy the machine is right now (1-minute load)."""
    cluster = embedded.ensure_running()
    with psycopg.connect(cluster.dsn(dbname="postgres", user=cluster.superuser)) as superuser:
        version = superuser.info.parameter_status("server_version")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "cpus": cores,
        "cpu": _processor(),
        "memory_mb": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MB,
        "python": platform.python_version(),
        "postgres": version,
        "load": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

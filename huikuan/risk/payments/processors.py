"""Pure work on all processors. LightGBM's own threads wait busily for each other and stand still on a busy machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Done = TypeVar("Done")


def on_all_processors(work: Callable[[Part], Done], parts: Sequence[Part]) -> list[Done]:
    """What `work` makes of each part, in their order. It must not touch the database: threads have connections of their own."""
    if len(parts) < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(min(len(parts), os.cpu_count() or 1)) as pool:
        return list(pool.map(work, parts))

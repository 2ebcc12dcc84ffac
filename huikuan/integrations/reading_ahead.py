"""Reading the next chunk of a file while the database works on this one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any, TypeVar

Item = TypeVar("Item")
_END = object()


def reading_ahead(items: Iterator[Item], *, ahead: int = 2) -> Iterator[Item]:
    """The items of an iterator, produced in a thread up to `ahead` in advance; its errors surface here."""
    waiting: queue.Queue[Any] = queue.Queue(maxsize=ahead)
    stopped = threading.Event()

    def produce() -> None:
        try:
            for item in items:
                if not _put(waiting, (item, None), stopped):
                    return
            _put(waiting, (_END, None), stopped)
        except BaseException as error:  # handed to the consumer, who raises it
            _put(waiting, (_END, error), stopped)

    threading.Thread(target=produce, name="reading-ahead", daemon=True).start()
    try:
        while True:
            item, error = waiting.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stopped.set()


def _put(waiting: queue.Queue[Any], item: Any, stopped: threading.Event) -> bool:
    while not stopped.is_set():
        try:
            waiting.put(item, timeout=0.2)
        except queue.Full:
            continue
        return True
    return False

"""What a batch keeps of how it was started: options and layout, there and back."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from huikuan.integrations.models import Batch
from huikuan.integrations.operations.run import ImportOptions
from huikuan.tables import Layout, Notice


def plain_options(options: ImportOptions) -> dict[str, Any]:
    """Options as a batch keeps them; what was changed in the file itself stands in its layout."""
    values = asdict(options)
    del values["retyped"], values["skipped"]  # the layout has them
    return {
        key: sorted(value)
        if isinstance(value, frozenset)
        else str(value)
        if key == "rate" and value
        else value
        for key, value in values.items()
    }


def options_of(batch: Batch) -> ImportOptions:
    """The options a batch was started with."""
    kept = dict(batch.options)
    rate, accept = kept.pop("rate", None), kept.pop("accept", ())
    lines = frozenset(kept.pop("accept_lines", ()))
    return ImportOptions(
        **kept, rate=Decimal(rate) if rate else None, accept=frozenset(accept), accept_lines=lines
    )


def layout_of(batch: Batch) -> Layout:
    """How the file of a batch is read."""
    kept = dict(batch.layout)
    notices = tuple(Notice(**notice) for notice in kept.pop("notices", ()))
    kept |= {name: tuple(kept.get(name, ())) for name in ("columns", "rounded", "skipped")}
    return Layout(**kept, notices=notices)

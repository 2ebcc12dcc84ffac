"""The cells of a pivot as bytes that are kept, and back."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal

from huikuan.reports.pivots.cells import Cell, Cells


def packed(cells: Cells) -> bytes:
    """The cells, compressed. Amounts keep every digit."""
    place = {key: at for at, key in enumerate(cells.keys)}
    kept = {
        "columns": cells.columns,
        "keys": [[*key] for key in cells.keys],
        "names": [cells.names.get(key, "") for key in cells.keys],
        "sums": [
            [place.get(cell.key, -1), cell.column, cell.era, {fact: str(sum_) for fact, sum_ in sums.items()}]
            for cell, sums in cells.sums.items()
        ],
    }
    return gzip.compress(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode(), 5)


def unpacked(kept: bytes) -> Cells:
    """The cells that were packed."""
    data = json.loads(gzip.decompress(kept))
    keys = [tuple(key) for key in data["keys"]]
    return Cells(
        sums={
            Cell(keys[at] if at >= 0 else (), column, era): {
                fact: Decimal(amount) for fact, amount in sums.items()
            }
            for at, column, era, sums in data["sums"]
        },
        names=dict(zip(keys, data["names"], strict=True)),
        columns=data["columns"],
        keys=keys,
    )

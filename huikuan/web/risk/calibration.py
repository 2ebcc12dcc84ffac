"""The calibration plot: what was said beside what came, by band of what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def calibration_chart(bands: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Of bands (mean probability, share that came true, how many)."""
    return {
        "kind": "line",
        "categories": [f"{said:.0%}" for said, _came, _count in bands],
        "unit": "%",
        "series": [
            {
                "name": _("实际晚付"),
                "tone": "series-0",
                "points": [
                    {
                        "value": round(came * 100, 1),
                        "note": ngettext("%s 笔", "%s 笔", int(count)) % int(count),
                    }
                    for _said, came, count in bands
                ],
            },
            {
                "name": _("说的可能"),
                "tone": "plain",
                "points": [{"value": round(said * 100, 1)} for said, _came, _count in bands],
            },
        ],
    }

"""The calibration plot: what was said beside what came, by band of what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

LEAST = 30  # debts of a point: the share of fewer is mostly chance


def calibration_chart(bands: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Of bands (mean probability, share that came true, how many); small ones are one point with those beside them."""
    bands = joined(bands)
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
                "name": _("预测概率"),
                "tone": "plain",
                "points": [{"value": round(said * 100, 1)} for said, _came, _count in bands],
            },
        ],
    }


def joined(bands: Sequence[Sequence[float]], least: int = LEAST) -> list[tuple[float, float, int]]:
    """Neighbouring bands put together until each has so many debts; what is left at the end joins the last."""
    groups: list[list[Sequence[float]]] = []
    for band in bands:
        if groups and sum(each[2] for each in groups[-1]) < least:
            groups[-1].append(band)
        else:
            groups.append([band])
    if len(groups) > 1 and sum(each[2] for each in groups[-1]) < least:
        rest = groups.pop()
        groups[-1] += rest
    made = []
    for group in groups:
        count = sum(each[2] for each in group)
        said, came = (sum(each[at] * each[2] for each in group) / count for at in (0, 1))
        made.append((said, came, int(count)))
    return made

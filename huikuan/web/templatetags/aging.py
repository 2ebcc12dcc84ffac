"""`{% aging_strip buckets %}`: one thin bar that shows how old a debt is."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _

register = template.Library()

BUCKETS = ("not_due", "1-30", "31-60", "61-90", "91-180", "181-365", ">365")

_WIDTH = Decimal(100)


def bucket_step(name: str, position: int) -> int:
    """Step 0 to 6 of the colour ramp for a bucket: by its standard name, else by its position in the row."""
    return BUCKETS.index(name) if name in BUCKETS else min(position, len(BUCKETS) - 1)


def strip_parts(buckets: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The parts of the bar: `x` and `width` in percent (text with 3 decimals), `step`, and the bucket's fields.

    Only positive amounts take room; a customer in credit has an empty bar.
    """
    owed = [
        (bucket, bucket_step(str(bucket["name"]), place))
        for place, bucket in enumerate(buckets)
        if bucket["amount"] > 0
    ]
    total = sum((bucket["amount"] for bucket, _step in owed), Decimal(0))
    parts, before = [], Decimal(0)
    for bucket, step in owed:
        x, before = before, before + bucket["amount"]
        width = _percent(before, total) - _percent(x, total)
        parts.append({**bucket, "step": step, "x": f"{_percent(x, total)}", "width": f"{width}"})
    return parts


def _percent(amount: Decimal, total: Decimal) -> Decimal:
    return (amount / total * _WIDTH).quantize(Decimal("0.001"))


@register.inclusion_tag("components/aging_strip.html")
def aging_strip(buckets: Iterable[Mapping[str, Any]], currency: str = "", label: str = "") -> dict[str, Any]:
    """Draw `buckets`, each {name, label, amount}, oldest last. `label` names the bar to screen readers."""
    return {"parts": strip_parts(buckets), "currency": currency, "label": label or _("账龄分布")}

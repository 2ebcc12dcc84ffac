"""What a chart draws, as text for an attribute."""

import json
from collections.abc import Mapping

from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def figures(chart: Mapping[str, object]) -> str:
    """`data-chart="{{ chart|figures }}"`: as JSON, amounts as exact text; the template escapes it.

    Not a script element: parts of pages that arrive later may not bring any.
    """
    return json.dumps(chart, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))

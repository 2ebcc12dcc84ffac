"""`{% icon "search" %}`: one icon of the sprite that the front-end build makes (names: frontend/icons.json)."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_vite.templatetags.django_vite import vite_asset_url

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An icon as decoration: hidden from screen readers, so the text or `aria-label` beside it must say it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        vite_asset_url("frontend/icons.svg"),
        name,
    )

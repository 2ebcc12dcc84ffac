"""States in words and colour."""

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

register = template.Library()

STATES: dict[str, tuple[str, str | Promise]] = {
    "not_due": ("good", _("未到期")),
    "due_soon": ("warn", _("即将到期")),
    "overdue": ("bad", _("已逾期")),
    "partial": ("notice", _("部分核销")),
    "settled": ("", _("已结清")),
    "disputed": ("dispute", _("争议中")),
    "set_aside": ("warn", _("暂缓导入")),
    "rejected": ("bad", _("已拒绝")),
    "draft": ("", _("草稿")),
    "reversed": ("", _("已反核销")),
    "written_off": ("bad", _("坏账核销")),
    "running": ("notice", _("进行中")),
    "done": ("good", _("已完成")),
    "failed": ("bad", _("失败")),
}
"""What a state is called, and its tone."""


@register.simple_tag
def badge(status: object = "", label: object = "", tone: str = "", detail: object = "") -> SafeString:
    """See components/badge.html."""
    own_tone, name = STATES.get(str(status), (tone or "plain", status))
    if label:
        own_tone, name = tone or "plain", label
    css = f"mark mark-{own_tone}" if own_tone else "mark"
    return format_html('<span class="{}">{}{}{}</span>', css, name, " " if detail else "", detail or "")

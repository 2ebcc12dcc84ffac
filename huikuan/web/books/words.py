"""What vouchers, their states and the events of their entries are called on pages."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huikuan.books.models import Source, State
from huikuan.books.rules.words import voucher_name
from huikuan.core.sentences import bracketed

STATES: dict[str, tuple[str | Promise, str]] = {
    State.PREPARED: (_("待审核"), "notice"),
    State.REVIEWED: (_("待记账"), "warn"),
    State.POSTED: (_("已记账"), "good"),
}
SOURCES: dict[str, str | Promise] = {
    Source.ENTRY: _("逐笔"),
    Source.DAY: _("按日汇总"),
    Source.KIND: _("按业务汇总"),
    Source.MANUAL: _("手工"),
    Source.OPENING: _("期初"),
    Source.REVERSAL: _("红字冲销"),
}


def state_badge(state: str) -> dict[str, Any]:
    """The state as components/badge.html shows it."""
    label, tone = STATES[state]
    return {"label": label, "tone": tone}


def voucher_title(word: str, number: int | None) -> str:
    """What a voucher is called on pages: 记-0012; one that is not posted has no number yet and says so."""
    return voucher_name(word, number) if number else bracketed(word, gettext("未编号"))

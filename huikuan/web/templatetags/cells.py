"""The cells of tables. Rows are many, so their markup is made here and not by a template for each cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from huikuan.web.templatetags.aging import aging_strip
from huikuan.web.templatetags.badges import badge
from huikuan.web.templatetags.dates import day, moment, unbroken
from huikuan.web.templatetags.icons import icon
from huikuan.web.templatetags.listing import cell_class, with_cells
from huikuan.web.templatetags.money import UNKNOWN, count, percent, signed_money

register = template.Library()

Cell = Mapping[str, Any]
EMPTY = SafeString("")
WORDED = ("text", "num", "name")  # kinds of cells whose text can be a link
NOTHING = " cell-none"  # left out of the card that a phone shows


@register.simple_tag
def cells(
    columns: Iterable[Mapping[str, object]], values: Iterable[object], currency: str = "", row_url: str = ""
) -> SafeString:
    """`{% cells columns row.cells currency row.url %}`: every <td> of a row; see components/table.html."""
    paired = list(with_cells(columns, values))
    linked = _link_place(paired, row_url) if row_url else None
    return mark_safe(
        "".join(
            cell(column, content, currency, row_url if place == linked else "")
            for place, (column, content) in enumerate(paired)
        )
    )


def _link_place(paired: Sequence[tuple[Mapping[str, object], Cell]], row_url: str) -> int | None:
    """Which cell is the row's link: the first, or where that holds no words the one that heads the row's card.

    None where a cell leads there already.
    """
    if any(content.get("url") == row_url for _column, content in paired):
        return None
    worded = [
        place
        for place, (column, content) in enumerate(paired)
        if str(column.get("kind") or "text") in WORDED and not content.get("url")
    ]
    if 0 in worded:
        return 0
    return next((place for place in worded if paired[place][0].get("lead")), worded[0] if worded else None)


@register.simple_tag
def cell(column: Mapping[str, object], content: Cell, currency: str = "", row_url: str = "") -> SafeString:
    """`{% cell column content currency %}`: one <td>; with `row_url` its text is the row's link."""
    kind = str(column.get("kind") or "text")
    shown, note = CONTENTS.get(kind, _text)(content, currency, row_url), _note(content)
    return format_html(
        '<td class="{}{}" data-label="{}">{}{}</td>',
        cell_class(column),
        NOTHING if shown == UNKNOWN and not note else "",
        column.get("label", ""),
        shown,
        note,
    )


def _note(content: Cell) -> SafeString:
    if not content.get("note"):
        return EMPTY
    tone = f" text-{content['tone']}" if content.get("tone") else ""
    return format_html(' <span class="cell-note{}">{}</span>', tone, unbroken(content["note"]))


def _linked(text: str, url: str) -> SafeString:
    shown = unbroken(text)
    return format_html('<a class="cell-link" href="{}">{}</a>', url, shown) if url else shown


def _text(content: Cell, currency: str, row_url: str) -> SafeString:
    value = content.get("value")
    return _linked(UNKNOWN if value is None else value, content.get("url") or row_url)


def _name(content: Cell, currency: str, row_url: str) -> SafeString:
    text = _text(content, currency, row_url)
    if text == UNKNOWN:
        return text
    level = f" cell-level-{content['level']}" if content.get("level") else ""
    return format_html('<span class="cell-name{}">{}</span>', level, text)


def _money(content: Cell, currency: str, row_url: str) -> SafeString:
    amount = signed_money(content.get("value"), content.get("currency") or currency)
    if content.get("code") and content.get("value") is not None:
        amount = format_html('<span class="money-code">{}</span>{}', content["code"], amount)
    return _linked(amount, content.get("url") or "")


def _count(content: Cell, currency: str, row_url: str) -> SafeString:
    return _linked(count(content.get("value")), content.get("url") or "")


def _percent(content: Cell, currency: str, row_url: str) -> SafeString:
    return conditional_escape(percent(content.get("value")))


def _day(content: Cell, currency: str, row_url: str) -> SafeString:
    return conditional_escape(UNKNOWN if content.get("value") is None else day(content["value"]))


def _moment(content: Cell, currency: str, row_url: str) -> SafeString:
    return conditional_escape(UNKNOWN if content.get("value") is None else moment(content["value"]))


def _badge(content: Cell, currency: str, row_url: str) -> SafeString:
    status, label = content.get("status") or content.get("value"), content.get("label")
    if not status and not label:
        return EMPTY
    return badge(status, label, content.get("tone") or "", content.get("detail") or "")


def _strip(content: Cell, currency: str, row_url: str) -> SafeString:
    if not content.get("value"):
        return EMPTY
    context = aging_strip(content["value"], content.get("currency") or currency)
    return render_to_string("components/aging_strip.html", context)


def _actions(content: Cell, currency: str, row_url: str) -> SafeString:
    return format_html_join(
        " ",
        '<a class="btn btn-sm" href="{}">{}{}</a>',
        (
            (action["url"], icon(action["icon"]) if action.get("icon") else EMPTY, action["label"])
            for action in content.get("value") or ()
        ),
    )


CONTENTS: dict[str, Callable[[Cell, str, str], SafeString]] = {
    "text": _text,
    "num": _text,
    "name": _name,
    "money": _money,
    "count": _count,
    "percent": _percent,
    "date": _day,
    "moment": _moment,
    "badge": _badge,
    "strip": _strip,
    "actions": _actions,
}

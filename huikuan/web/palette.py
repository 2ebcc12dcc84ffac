"""Pages and actions that the command palette offers, and how what somebody typed is found and marked in a name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from huikuan.core.names import folded, pinyin_key
from huikuan.web.guide.library import guide_titles
from huikuan.web.navigation import AREAS, Area, area_url
from huikuan.web.pages import Work

Marked = list[tuple[str, bool]]
MOST_PAGES = 12
_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+")


@dataclass(frozen=True)
class Entry:
    """A line of the palette: its text in `(part, is what was typed)`, and where it leads.

    `press`: instead of leading somewhere it presses (or focuses) the first element of the page that this CSS
    selector finds; where there is none, the line is not shown. `theme`: chooses the light or dark theme.
    `passing`: not kept among the recent ones.
    """

    label: Marked
    url: str = ""
    icon: str = "arrow-right"
    note: Marked = field(default_factory=list)
    press: str = ""
    theme: str = ""
    passing: bool = False


@dataclass(frozen=True)
class Group:
    key: str
    label: str
    entries: list[Entry] = field(default_factory=list)


# Label, icon, permission ("" for everybody), and what it does: the name of a page, a part of the page, a theme.
_PAGES = (
    Area(gettext_lazy("通知"), "notices", "bell", ""),
    Area(gettext_lazy("密码与安全"), "security", "shield-check", ""),
    Area(gettext_lazy("外出代理"), "delegation", "users", ""),
    Area(gettext_lazy("使用指南"), "guide", "book", ""),
)
_ACTIONS: tuple[tuple[object, str, str, dict[str, str]], ...] = (
    (gettext_lazy("写一条备注"), "message", "note.write", {"press": "[data-note-field]"}),
    (gettext_lazy("导入文件"), "file-import", "import.run", {"page": "import-home"}),
    (gettext_lazy("导出账龄表（Excel）"), "download", "report.read", {"file": "xlsx"}),
    (gettext_lazy("浅色外观"), "sun", "", {"theme": "light"}),
    (gettext_lazy("深色外观"), "moon", "", {"theme": "dark"}),
    (gettext_lazy("外观跟随系统"), "device-desktop", "", {"theme": "auto"}),
    (gettext_lazy("打开帮助"), "help-circle", "", {"press": "[data-help-button]"}),
    (gettext_lazy("退出登录"), "logout", "", {"press": "[data-sign-out]"}),
)


def pages(work: Work, words: str) -> Group:
    """Pages of the organization called so in any of the languages, then those of the guide."""
    group = Group("pages", _("页面"))
    areas = [area for area in (*AREAS, *_PAGES) if isinstance(area, Area)]
    for area in areas:
        url = area_url(area.url_name, work)
        if url and area.open_to(work) and _called(area.label, words):
            group.entries.append(Entry(marked(str(area.label), words), url=url, icon=area.icon))
    if words:
        for name, title in guide_titles().items():
            if folded(words) in folded(title) or folded(words) in name:
                url = reverse("guide-page", args=[work.organization.code, name])
                note: Marked = [(_("使用指南"), False)]
                group.entries.append(Entry(marked(title, words), url=url, icon="book", note=note))
    del group.entries[MOST_PAGES:]
    return group


def actions(work: Work, words: str) -> Group:
    """What can be done from anywhere."""
    group = Group("actions", _("操作"))
    for label, icon, permission, does in _ACTIONS:
        if (permission and not work.actor.may(permission)) or not _called(label, words):
            continue
        url = ""
        if "page" in does:
            url = area_url(does["page"], work)
        elif "file" in does:
            url = reverse("aging-file", args=[work.organization.code, does["file"]])
        press, theme = does.get("press", ""), does.get("theme", "")
        if url or press or theme:
            text = marked(str(label), words)
            group.entries.append(Entry(text, url=url, icon=icon, press=press, theme=theme, passing=True))
    for code, name in settings.LANGUAGES:
        if words and _called(name, words):
            press = f'[data-language-choice="{code}"]'
            group.entries.append(Entry(marked(name, words), icon="language", press=press, passing=True))
    return group


def _called(label: object, words: str) -> bool:
    if not words:
        return True
    sought = folded(words).replace(" ", "")
    return any(sought in form for form in _forms(label))


def _forms(label: object) -> tuple[str, ...]:
    names = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            names.append(folded(str(label)))
    return _searched(tuple(dict.fromkeys(names)))


@lru_cache(maxsize=256)
def _searched(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names without spaces, and the first one's pinyin and initials (the languages begin with Chinese)."""
    key = pinyin_key(names[0])
    return (
        *(name.replace(" ", "") for name in names),
        key.replace(" ", ""),
        "".join(word[:1] for word in key.split()),
    )


def marked(text: str, words: str) -> Marked:
    """`text` cut where it was found: as written, else by pinyin or initials; nothing is marked otherwise."""
    sought = folded(words)
    span = _as_written(text, sought) or (_as_spoken(text, sought) if sought.isascii() else None)
    if span is None:
        return [(text, False)]
    start, end = span
    parts = [(text[:start], False), (text[start:end], True), (text[end:], False)]
    return [part for part in parts if part[0]]


def _as_written(text: str, sought: str) -> tuple[int, int] | None:
    lower = text.lower()
    place = lower.find(sought) if sought and len(lower) == len(text) else -1
    return None if place < 0 else (place, place + len(sought))


def _as_spoken(text: str, sought: str) -> tuple[int, int] | None:
    """Where the syllables or initials of the text spell what is sought."""
    found = list(_WORD.finditer(text))
    spoken = pinyin_key(text).split()
    if not sought or len(found) != len(spoken):
        return None
    for cut in (1, None):
        letters = [
            (letter, word.span() if len(word[0]) == 1 else (word.start() + place, word.start() + place + 1))
            for word, said in zip(found, spoken, strict=True)
            for place, letter in enumerate(said[:cut] if len(word[0]) == 1 else said)
        ]
        start = "".join(letter for letter, _span in letters).find(sought.replace(" ", ""))
        if start >= 0:
            end = start + len(sought.replace(" ", "")) - 1
            return letters[start][1][0], letters[end][1][1]
    return None

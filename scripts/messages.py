"""Bring the message catalogues up to date with the source: every Chinese message id in code and templates.

    python scripts/messages.py          rewrite huikuan/locale/*/LC_MESSAGES/django.po, keeping translations
    python scripts/messages.py --check  exit 1 if a message is missing or untranslated
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "huikuan"
LANGUAGES = ("en", "zh_Hant")
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
}
CHINESE = re.compile("[一-鿿]")


def messages() -> Iterator[tuple[str, str, int]]:
    """(message id, file, line) of every translatable text, in order of file and line."""
    settings.configure(USE_I18N=True)
    for path in sorted(PACKAGE.rglob("*.py")) + sorted(PACKAGE.rglob("*.html")):
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            source = templatize(source)
        for line, text, _comments, _context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
            for one in (text,) if isinstance(text, str) else text:
                if one and CHINESE.search(one):
                    yield one, str(path.relative_to(ROOT)), line


def fresh_catalog() -> Catalog:
    """A catalogue of all messages with where they stand."""
    catalog = Catalog(project="huikuan", charset="utf-8", fuzzy=False)
    for text, file, _line in messages():
        catalog.add(text, locations=[(file, 0)], flags=["python-format"] if "%(" in text or re.search(r"%[sd]", text) else [])
    return catalog


def path_of(language: str) -> Path:
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po"


def untranslated(language: str, fresh: Catalog) -> list[str]:
    """Message ids of the source that a language does not have."""
    with path_of(language).open("rb") as file:
        known = read_po(file, locale=language)
    return [str(message.id) for message in fresh if message.id and not (known.get(message.id) and known[message.id].string)]


def main() -> int:
    fresh = fresh_catalog()
    if "--check" in sys.argv:
        missing = {language: untranslated(language, fresh) for language in LANGUAGES}
        for language, texts in missing.items():
            for text in texts:
                sys.stdout.write(f"{language}: {text}\n")
        return 1 if any(missing.values()) else 0
    for language in LANGUAGES:
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        known = read_po(path.open("rb"), locale=language) if path.exists() else Catalog(locale=language, charset="utf-8")
        known.update(fresh, no_fuzzy_matching=True)
        known.obsolete.clear()
        known.fuzzy = False
        with path.open("wb") as file:
            write_po(file, known, sort_by_file=False, width=110, omit_header=False, include_lineno=False)
        sys.stdout.write(f"{language}: {sum(1 for m in known if m.id)} messages, {len(untranslated(language, fresh))} without translation\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

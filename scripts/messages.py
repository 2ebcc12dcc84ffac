"""Bring the message catalogues up to date with the source: every Chinese message id in code and templates.

python scripts/messages.py          rewrite huikuan/locale/*/LC_MESSAGES/django.po, keeping translations
python scripts/messages.py --check  exit 1 if a message is missing, untranslated or no longer used
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "huikuan"
LANGUAGES = {
    "en": ("English", "nplurals=2; plural=(n != 1);"),
    "zh_Hant": ("Traditional Chinese", "nplurals=1; plural=0;"),
}
KEYWORDS: dict[str, Any] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
CHINESE = re.compile("[一-鿿、。，；：（）「」“”]")
"""Characters and punctuation of Chinese: what has them is to be translated."""
PYTHON_FORMAT = re.compile(r"%(?:\(\w+\))?[sd]")
HEADER = """\
# {name} messages of Huikuan. The message ids are simplified Chinese; scripts/messages.py collects them.
msgid ""
msgstr ""
"Project-Id-Version: Huikuan\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""

Id = str | tuple[str, str]
Message = tuple[Id, str | None, str]
"""An id (singular and plural where it counts something), its context, and the file it stands in."""


def messages() -> Iterator[Message]:
    """Every translatable text, in order of file and line."""
    if not settings.configured:
        settings.configure(USE_I18N=True)
    for path in sorted(PACKAGE.rglob("*.py")) + sorted(PACKAGE.rglob("*.html")):
        source = path.read_text(encoding="utf-8")
        place = str(path.relative_to(ROOT))
        if path.suffix == ".html":
            source = f"({templatize(source)})"  # within brackets a tokenizer does not mind the indentation
        for _line, text, _comments, context in extract(
            "python", io.BytesIO(source.encode()), keywords=KEYWORDS
        ):
            if any(CHINESE.search(part) for part in ((text,) if isinstance(text, str) else text)):
                yield (text if isinstance(text, str) else (text[0], text[1])), context, place
        if path.suffix == ".py" and "Choices)" in source:
            yield from ((label, None, place) for label in choice_labels(source))


def choice_labels(source: str) -> Iterator[str]:
    """The Chinese labels of the choices in a module: pages translate them where they show them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and are_choices(node):
            for part in ast.walk(node):
                if (
                    isinstance(part, ast.Constant)
                    and isinstance(part.value, str)
                    and CHINESE.search(part.value)
                ):
                    yield part.value


def are_choices(node: ast.ClassDef) -> bool:
    """Whether a class enumerates the choices of a field."""
    return any(ast.unparse(base).endswith("Choices") for base in node.bases)


def fresh_catalog() -> Catalog:
    """A catalogue of all messages with the files they stand in."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for text, context, place in messages():
        formatted = PYTHON_FORMAT.search(text if isinstance(text, str) else text[0])
        catalog.add(
            text, context=context, locations=[(place, 0)], flags=["python-format"] if formatted else []
        )
    return catalog


def path_of(language: str) -> Path:
    """The file of a language."""
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po"


def known_catalog(language: str) -> Catalog:
    """What a language has so far."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def texts(value: Any) -> list[str]:
    """The forms of a message id or of its translation: one, or one per plural."""
    return [value] if isinstance(value, str) else list(value or ())


def untranslated(language: str, fresh: Catalog) -> list[str]:
    """Message ids of the source that a language lacks, in whole or in one plural form."""
    known = known_catalog(language)
    found = []
    for message in fresh:
        if message.id:
            here = known.get(message.id, context=message.context)
            if here is None or here.fuzzy or not texts(here.string) or not all(texts(here.string)):
                found.append(texts(message.id)[0])
    return found


def unused(language: str, fresh: Catalog) -> list[str]:
    """Message ids of a language that the source no longer has."""
    known = known_catalog(language)
    gone = [
        message for message in known if message.id and fresh.get(message.id, context=message.context) is None
    ]
    return [texts(message.id)[0] for message in [*gone, *known.obsolete.values()]]


def write(language: str, catalog: Catalog) -> None:
    """Write a catalogue with a header that says only what programs need."""
    name, plurals = LANGUAGES[language]
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.format(name=name, language=language, plurals=plurals).encode())
        write_po(file, catalog, width=110, omit_header=True, include_lineno=False)


def main() -> int:
    fresh = fresh_catalog()
    if "--check" in sys.argv:
        wrong = {language: untranslated(language, fresh) + unused(language, fresh) for language in LANGUAGES}
        for language, ids in wrong.items():
            for text in ids:
                sys.stdout.write(f"{language}: {text}\n")
        return 1 if any(wrong.values()) else 0
    for language in LANGUAGES:
        known = known_catalog(language)
        known.update(fresh, no_fuzzy_matching=True)
        known.obsolete.clear()
        write(language, known)
        count = sum(1 for message in known if message.id)
        missing = len(untranslated(language, fresh))
        sys.stdout.write(f"{language}: {count} messages, {missing} without translation\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

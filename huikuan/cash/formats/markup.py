"""XML of banks, read without trust: no document type, no entities, bounded in size, depth and number of elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from django.utils.translation import gettext as _

from huikuan.cash.formats.errors import StatementUnreadable

MOST_BYTES: Final = 64 * 1024 * 1024
MOST_ELEMENTS: Final = 3_000_000
DEEPEST: Final = 60
_DECLARED: Final = re.compile(rb"[\xef\xbb\xbf\s]*<\?xml[^>]{0,80}encoding\s*=\s*[\"']([\w-]{1,20})")


@dataclass(slots=True)
class Element:
    """One element: its name without name space, the line it begins at, its attributes, text and children."""

    name: str
    row: int
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Element]:
        """The children of that name."""
        return (child for child in self.children if child.name == name)

    def find(self, path: str) -> Element | None:
        """The first element under a path such as "Acct/Id/IBAN"."""
        found: Element | None = self
        for name in path.split("/"):
            if found is None:
                return None
            found = next(found.all(name), None)
        return found

    def says(self, *paths: str) -> str:
        """The text under the first of the paths that has any; empty otherwise."""
        for path in paths:
            found = self.find(path)
            if found is not None and found.text:
                return found.text
        return ""

    def everywhere(self, name: str) -> Iterator[Element]:
        """The elements of that name at any depth, in the order of the file."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.everywhere(name)


def read_xml(content: bytes) -> Element:
    """The root of the document. Raises StatementUnreadable for what is unsafe, cut or no XML."""
    if len(content) > MOST_BYTES:
        raise StatementUnreadable(_("XML 文件过大，已拒绝读取。"))
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    builder.parser = parser
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    parser.ExternalEntityRefHandler = builder.refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(_as_utf8(content), True)
    except expat.ExpatError as error:
        raise StatementUnreadable(
            _("XML 不完整或不合规：%s。") % expat.ErrorString(error.code), row=error.lineno
        ) from error
    assert builder.root is not None
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self.parser: expat.XMLParserType | None = None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._count = 0

    def refuse(self, *_values: object) -> int:
        raise StatementUnreadable(_("XML 里有文档类型或实体声明，为安全起见拒绝读取。"), row=self._row())

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= DEEPEST:
            raise StatementUnreadable(_("XML 嵌套过深或元素过多，已拒绝读取。"), row=self._row())
        element = Element(name.rpartition(":")[2], self._row(), attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def data(self, text: str) -> None:
        if self._texts:
            self._texts[-1].append(text)

    def end(self, _name: str) -> None:
        self._open.pop().text = " ".join("".join(self._texts.pop()).split())

    def _row(self) -> int:
        return self.parser.CurrentLineNumber if self.parser is not None else 0


def _as_utf8(content: bytes) -> bytes:
    declared = _DECLARED.match(content[:200])
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16").encode()
        if name.startswith("gb"):
            return content.decode("gb18030").encode()
        if name in ("iso-8859-1", "latin1", "windows-1252", "us-ascii"):
            return content.decode("cp1252").encode()
        return content.decode("utf-8-sig").encode()
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise StatementUnreadable(_("文件不是它声明的编码 %s。") % name, row=row) from error

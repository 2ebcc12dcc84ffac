"""Finds the character encoding of a text file by reading all of it once, in blocks."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from huikuan.tables import limits
from huikuan.tables.errors import TableError, _

_BLOCK = 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS = ["big5", "cp932", "cp949", "cp1252", "cp1251"]
_STRANGE = re.compile("[\u0370-\u04ff\u3040-\u30ff]")
"""Greek, Cyrillic and kana: what Big5 turns into when it is misread as GB 18030."""

_TOLERATED = 0.2
"""Share of unreadable among non-ASCII characters up to which a file is damaged rather than misread."""


@dataclass(frozen=True)
class Encoding:
    """`name` is a Python codec; `damaged` counts unreadable characters (they read as U+FFFD); `guessed`
    tells that the encoding is none of those usual in China and may be wrong."""

    name: str
    damaged: int = 0
    guessed: bool = False


def detect_encoding(path: Path, declared: str | None = None) -> Encoding:
    """The encoding of a text file. Raises TableError for binary content, endless lines, unknown encodings."""
    with path.open("rb") as file:
        head = file.read(64 * 1024)
    if declared:
        return _declared(path, head, declared)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, _survey(path, name).unreadable)
    wide = _utf16_without_mark(head)
    if wide:
        return Encoding(wide, _survey(path, wide).unreadable)
    _refuse_binary(path)
    utf8 = _survey(path, "utf-8")
    if utf8.unreadable == 0 or (utf8.unreadable <= _TOLERATED * utf8.foreign and utf8.foreign > 8):
        return Encoding("utf-8", utf8.unreadable)
    chinese = _survey(path, "gb18030")
    readable = chinese.unreadable <= _TOLERATED * chinese.foreign
    if readable and chinese.common >= 0.7 * chinese.foreign and chinese.strange <= 0.05 * chinese.foreign:
        return Encoding("gb18030", chinese.unreadable)
    return _guess(path)


def _declared(path: Path, head: bytes, declared: str) -> Encoding:
    try:
        codec = codecs.lookup(declared.strip())
        if not codec._is_text_encoding:
            raise LookupError(declared)
    except (LookupError, ValueError) as error:
        raise TableError(
            _("不认识编码“%(encoding)s”；常用的有 utf-8、gb18030、utf-16。") % {"encoding": declared[:40]},
            code="encoding_unknown",
        ) from error
    name = {"gbk": "gb18030", "gb2312": "gb18030"}.get(codec.name, codec.name)
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked and marked.replace("-sig", "") in name:
        name = marked
    survey = _survey(path, name)
    if survey.unreadable > _TOLERATED * survey.foreign:
        raise TableError(
            _("文件不是 %(encoding)s 编码；请改用别的编码，或不指定编码由程序识别。")
            % {"encoding": declared[:40]},
            code="encoding_wrong",
        )
    return Encoding(name, survey.unreadable)


@dataclass
class _Survey:
    foreign: int = 0
    unreadable: int = 0
    common: int = 0
    strange: int = 0
    letters: int = 0


def _survey(path: Path, name: str) -> _Survey:
    """Counts characters outside ASCII and the unreadable; for some encodings those that speak for or against."""
    survey = _Survey()
    decoder = codecs.getincrementaldecoder(name)("replace")
    for block in _blocks(path):
        text = decoder.decode(block)
        _count(survey, text, name)
    _count(survey, decoder.decode(b"", final=True), name)
    return survey


def _count(survey: _Survey, text: str, name: str) -> None:
    if text.isascii():
        return
    ascii_length = len(text.encode("ascii", "ignore"))
    survey.foreign += len(text) - ascii_length
    survey.unreadable += text.count("\ufffd")
    if name == "gb18030":
        survey.common += (len(text.encode("gb2312", "ignore")) - ascii_length) // 2
        survey.strange += len(_STRANGE.findall(text))
    elif name == "cp1252":
        survey.letters += sum(map(str.isalpha, _beyond_ascii(text)))


def _beyond_ascii(text: str) -> str:
    return re.sub("[\x00-\x7f]+", "", text)


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks, refusing a run without a line break that is too long to be a line."""
    run = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            first, last = _line_breaks(block)
            if first < 0:
                run += len(block)
            else:
                run = len(block) - last
            if run > limits.MAX_LINE_BYTES:
                raise TableError(_("文件里有一行长得不像表格，已拒绝读取。"), code="line_too_long")
            yield block


def _line_breaks(block: bytes) -> tuple[int, int]:
    mark = b"\n" if b"\n" in block else b"\r"
    return block.find(mark), block.rfind(mark)


def _refuse_binary(path: Path) -> None:
    for block in _blocks(path):
        if b"\0" in block:
            raise TableError(_("文件含有二进制内容（空字符），不是文本表格。"), code="file_type")


def _utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 shows in its zero bytes: the high halves of ASCII letters, all on one side of each pair."""
    zeros = head.count(0)
    if not head or zeros < 0.04 * len(head):
        return None
    first = head[::2].count(0)
    if max(first, zeros - first) < 4 * min(first, zeros - first):
        return None
    name = "utf-16-be" if first * 2 > zeros else "utf-16-le"
    try:
        text = codecs.getincrementaldecoder(name)().decode(head)
    except UnicodeDecodeError:
        return None
    plain = not any(ord(letter) < 32 and letter not in "\t\r\n\x1f\x01" for letter in text)
    return name if plain and ("\n" in text or "\r" in text) else None


def _guess(path: Path) -> Encoding:
    with path.open("rb") as file:
        best = from_bytes(file.read(limits.HEAD_BYTES), cp_isolation=_OTHERS).best()
    if best is not None and _survey(path, best.encoding).unreadable == 0:
        return Encoding(best.encoding, guessed=True)
    western = _survey(path, "cp1252")
    if western.unreadable == 0 and western.letters >= 0.9 * western.foreign:
        return Encoding("cp1252", guessed=True)
    raise TableError(
        _("认不出文件的编码；请用 --encoding 指定，例如 gb18030 或 utf-8。"), code="encoding_unknown"
    )

"""Field 86 of MT940: free text, numbered parts (?20…, >20…), coded parts (/NAME/…), or the lines of :NS:."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_NUMBERED: Final = re.compile(r"\s*([0-9]{3})?\s*([?>])(?=[0-9]{2})", re.ASCII)
_CODED: Final = re.compile(r"/(EREF|REMI|NAME|IBAN|BIC|ORDP|BENM|TRTP|MARF|CSID|ISDT|RTRN|ADDR|ID|ACC)/")
_NAME_OF_SLASH: Final = re.compile(r"\bNAAM:\s*([^/\n]{1,70})", re.IGNORECASE)
_LOOKS_LIKE_ACCOUNT: Final = re.compile(r"[A-Z]{0,2}[0-9][0-9A-Z]{4,33}", re.ASCII)
_GVC_KINDS: Final = {
    **dict.fromkeys(("108", "109", "159", "181", "182", "183", "184"), "return"),
    **dict.fromkeys(("805", "807", "808", "809"), "fee"),
    **dict.fromkeys(("811", "813", "814", "815"), "interest"),
}
"""Business transaction codes of German banks (Deutsche Kreditwirtschaft, Anlage 3, GVC)."""


@dataclass
class Details:
    """What a line says beside its amount."""

    name: str = ""
    account: str = ""
    bank: str = ""
    booking: str = ""
    text: str = ""
    kind: str = ""

    def add(self, other: Details) -> None:
        """Take in a further field 86 of the same line."""
        self.name = self.name or other.name
        self.account = self.account or other.account
        self.bank = self.bank or other.bank
        self.booking = self.booking or other.booking
        self.kind = self.kind or other.kind
        self.text = " ".join(part for part in (self.text, other.text) if part)


def read_details(lines: Sequence[str], *, extended: bool = False) -> Details:
    """The details of one field; `extended`: a field :NS: whose lines begin with a number of two digits."""
    if extended:
        return _extended(lines)
    match = _NUMBERED.match("".join(lines))
    if match:
        return _numbered("".join(lines), match)
    text = _tidy(" ".join(lines))
    joined = "".join(line.rstrip("\r") for line in lines)
    if _CODED.search(joined):
        return _coded(joined, text)
    name = _NAME_OF_SLASH.search(text)
    return Details(name=_tidy(name[1]) if name else "", text=text)


def _numbered(text: str, match: re.Match[str]) -> Details:
    parts: dict[str, str] = {}
    for piece in re.split(rf"{re.escape(match[2])}(?=[0-9]{{2}})", text[match.end() - 1 :])[1:]:
        parts[piece[:2]] = parts.get(piece[:2], "") + piece[2:]
    purpose = "".join(parts[key] for key in sorted(parts) if "20" <= key <= "29" or "60" <= key <= "63")
    account = "".join(parts.get("31", "").split())
    return Details(
        name=_tidy(parts.get("32", "") + parts.get("33", "")),
        account=account if _LOOKS_LIKE_ACCOUNT.fullmatch(account) else "",
        bank=_tidy(parts.get("30", "")),
        booking=_tidy(parts.get("00", "")),
        text=_tidy(purpose),
        kind=_GVC_KINDS.get(match[1] or "", ""),
    )


def _coded(joined: str, text: str) -> Details:
    pieces = _CODED.split(joined)
    parts: dict[str, str] = {}
    for code, value in zip(pieces[1::2], pieces[2::2], strict=False):
        parts.setdefault(code, value.strip("/ "))
    return Details(
        name=_tidy(parts.get("NAME", "")),
        account="".join((parts.get("IBAN") or parts.get("ACC", "")).split()),
        bank=_tidy(parts.get("BIC", "")),
        text=text,
        kind="return" if "RTRN" in parts else "",
    )


def _extended(lines: Sequence[str]) -> Details:
    """01–14 purpose, 15 and 16 the other party, 17 what was booked, 19 and 20 its bank and account."""
    parts = {line[:2]: _tidy(line[2:]) for line in lines if line[:2].isdigit()}
    purpose = [parts[key] for key in sorted(parts) if "01" <= key <= "14"]
    return Details(
        name=" ".join(parts[key] for key in ("15", "16") if parts.get(key)),
        booking=parts.get("17", ""),
        text=_tidy(" ".join(purpose)),
    )


def _tidy(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())

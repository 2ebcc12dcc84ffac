"""Reads the structured original of a tax invoice (数电发票): XML, or OFD (GB/T 33190), a zip with XML inside.

Labels move between versions of the format, so fields are found by what their label says wherever it stands. Nothing
in a file is trusted: a document type, entities, deep nesting and what unfolds beyond measure are refused unread.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final
from xml.parsers import expat

MOST_XML: Final = 5 * 1024 * 1024
MOST_ZIP_PARTS: Final = 500
MOST_UNFOLDED: Final = 40 * 1024 * 1024
MOST_RATIO: Final = 200
DEEPEST: Final = 60
MOST_ELEMENTS: Final = 100_000
MOST_LINES: Final = 1000
CENT: Final = Decimal("0.01")


class UnreadableTaxInvoice(ValueError):
    """The bytes are no tax invoice that can be used: `code` says why, `detail` which field.

    Codes: wrong_type, truncated, too_large, bomb, unsafe_xml, field_missing, field_unreadable, number_format,
    wrong_sum.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"tax invoice: {code} {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class TaxInvoiceFacts:
    """What a tax invoice says. Amounts are positive; `red`: they are taken back from `original_number`."""

    number: str
    issued_on: date
    kind: str
    seller_name: str
    seller_tax_id: str
    buyer_name: str
    buyer_tax_id: str
    net: Decimal
    tax: Decimal
    total: Decimal
    red: bool
    original_number: str
    lines: tuple[dict[str, str], ...]


# What a field is called in the versions in use, without regard to case, hyphens and name spaces; best first.
LABELS: Final = {
    "number": ("invoicenumber", "einvoicenumber", "invoiceno", "fphm", "发票号码", "eiid"),
    "issued_on": ("issuetime", "issuedate", "invoicedate", "kprq", "开票日期", "requesttime"),
    "seller_name": ("sellername", "xfmc", "销售方名称"),
    "seller_tax_id": ("selleridnum", "sellertaxid", "sellertaxno", "xfsh", "销售方纳税人识别号"),
    "buyer_name": ("buyername", "gfmc", "购买方名称"),
    "buyer_tax_id": ("buyeridnum", "buyertaxid", "buyertaxno", "gfsh", "购买方纳税人识别号"),
    "net": ("totalamwithouttax", "totalamountwithouttax", "taxexclusivetotalamount", "hjje", "合计金额"),
    "tax": ("totaltaxam", "totaltaxamount", "taxtotalamount", "hjse", "合计税额"),
    "total": (
        "totaltaxincludedamount",
        "totalamountincludingtax",
        "taxinclusivetotalamount",
        "jshj",
        "价税合计",
    ),
    "original_number": ("originalinvoicenumber", "blueinvoicenumber", "originalinvoiceno", "yfphm"),
    "kind": ("generalorspecialvat.labelname", "einvoicetype.labelname", "invoicetypename"),
}
_NEEDED: Final = ("number", "issued_on", "seller_name", "buyer_name", "net", "tax", "total")
_ITEMS: Final = frozenset({"issuiteminformation", "goodsinfo", "spxx", "itemdetail"})
_ITEM_LABELS: Final = {
    "name": ("itemname", "item", "spmc"),
    "unit": ("measurementunit", "meaunits", "unit", "dw"),
    "quantity": ("quantity", "sl"),
    "price": ("unprice", "price", "dj"),
    "amount": ("amount", "je"),
    "rate": ("taxrate", "taxscheme", "slv"),
    "tax": ("comtaxam", "taxamount", "se"),
}
_ORIGINAL_IN_REMARK: Final = re.compile(r"被红冲蓝字\D{0,12}号码\s*[:：]\s*(\d{20})")
# Year, province (first two digits of GB/T 2260), channel, sequence.
_NUMBER: Final = re.compile(r"[2-9]\d(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|[79]1|8[12])\d\d{15}")


def read_tax_invoice(content: bytes) -> TaxInvoiceFacts:
    """What the bytes say, whole and consistent in itself. Raises UnreadableTaxInvoice."""
    if content.startswith(b"PK\x03\x04"):
        found = _from_package(content)
    elif content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        if len(content) > MOST_XML:
            raise UnreadableTaxInvoice("too_large")
        found = _labels(content)
    else:
        raise UnreadableTaxInvoice("wrong_type")
    return _facts(found)


@dataclass
class _Found:
    """Texts by label, the earliest first; and the lines of goods."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    lines: list[dict[str, str]] = field(default_factory=list)

    def first(self, labels: tuple[str, ...]) -> str:
        return next((text for label in labels for text in self.texts.get(label, []) if text), "")

    def has_most(self) -> bool:
        return all(self.first(LABELS[name]) for name in ("number", "total", "seller_name"))


def _from_package(content: bytes) -> _Found:
    """The labels of an OFD: of the invoice attached to it as data, else of what OFD.xml says of itself."""
    rest = _Found()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in _xml_parts(archive):
                found = _labels(part)
                if found.has_most():
                    return found
                for label, texts in found.texts.items():
                    rest.texts.setdefault(label, []).extend(texts)
                rest.lines += found.lines
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OverflowError) as error:
        raise UnreadableTaxInvoice("truncated") from error
    return rest


def _xml_parts(archive: zipfile.ZipFile) -> Iterator[bytes]:
    parts = archive.infolist()
    if "ofd.xml" not in {part.filename.lower() for part in parts}:
        raise UnreadableTaxInvoice("wrong_type")
    if len(parts) > MOST_ZIP_PARTS or sum(part.file_size for part in parts) > MOST_UNFOLDED:
        raise UnreadableTaxInvoice("bomb")
    if any(part.flag_bits & 0x1 for part in parts):
        raise UnreadableTaxInvoice("wrong_type")
    if any(
        part.file_size > 1 << 16 and part.file_size > MOST_RATIO * max(part.compress_size, 1)
        for part in parts
    ):
        raise UnreadableTaxInvoice("bomb")
    wanted = [part for part in parts if part.filename.lower().endswith(".xml")]
    unfolded = 0
    # The data of the invoice is among the attachments; pages and signatures come last.
    for part in sorted(wanted, key=lambda part: ("attach" not in part.filename.lower(), part.filename)):
        with archive.open(part) as member:
            data = member.read(MOST_XML + 1)  # whatever size the directory claims
        unfolded += len(data)
        if len(data) > MOST_XML or unfolded > MOST_UNFOLDED:
            raise UnreadableTaxInvoice("bomb")
        yield data


def _labels(content: bytes) -> _Found:
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(_as_utf8(content), True)
    except expat.ExpatError as error:
        raise UnreadableTaxInvoice("truncated") from error
    return reader.found


def _refuse(*_values: object) -> int:
    raise UnreadableTaxInvoice("unsafe_xml")


def _as_utf8(content: bytes) -> bytes:
    declared = re.match(rb"[\xef\xbb\xbf\s]*<\?xml[^>]{0,80}encoding\s*=\s*[\"']([\w-]{1,20})", content[:200])
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16").encode()
        if name.startswith("gb"):
            return content.decode("gb18030").encode()
        return content.decode("utf-8-sig").encode()
    except UnicodeError as error:
        raise UnreadableTaxInvoice("truncated") from error


class _Reader:
    """Gathers texts by label as the XML streams by."""

    def __init__(self) -> None:
        self.found = _Found()
        self._path: list[str] = []
        self._texts: list[list[str]] = []
        self._count = 0
        self._item: dict[str, str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._path) >= DEEPEST or self._count > MOST_ELEMENTS:
            raise UnreadableTaxInvoice("bomb")
        label = _label(name)
        if label == "customdata":  # <CustomData Name="发票号码">
            label = _label(attributes.get("Name", ""))
        self._path.append(label)
        self._texts.append([])
        if label in _ITEMS and self._item is None and len(self.found.lines) < MOST_LINES:
            self._item = {}

    def text(self, data: str) -> None:
        if self._texts:
            self._texts[-1].append(data)

    def end(self, _name: str) -> None:
        label = self._path.pop()
        text = " ".join("".join(self._texts.pop()).split())[:500]
        if self._item is not None and label in _ITEMS and not any(each in _ITEMS for each in self._path):
            line = {
                key: next((self._item[each] for each in labels if each in self._item), "")
                for key, labels in _ITEM_LABELS.items()
            }
            if line["name"]:
                self.found.lines.append(line)
            self._item = None
            return
        if not text:
            return
        if self._item is not None:
            self._item.setdefault(label, text[:200])
            return
        self.found.texts.setdefault(label, []).append(text)
        if self._path:
            self.found.texts.setdefault(f"{self._path[-1]}.{label}", []).append(text)


def _label(name: str) -> str:
    return name.rpartition(":")[2].replace("-", "").replace("_", "").lower()


def _facts(found: _Found) -> TaxInvoiceFacts:
    said = {name: found.first(labels) for name, labels in LABELS.items()}
    for name in _NEEDED:
        if not said[name]:
            raise UnreadableTaxInvoice("field_missing", name)
    if not _NUMBER.fullmatch(said["number"]):
        raise UnreadableTaxInvoice("number_format", said["number"][:40])
    net, tax, total = (_amount(said[name], name) for name in ("net", "tax", "total"))
    if net + tax != total or (net < 0) != (total < 0) or not total:
        raise UnreadableTaxInvoice("wrong_sum")
    remark = " ".join(text for texts in found.texts.values() for text in texts if "被红冲" in text)
    original = said["original_number"] or "".join(_ORIGINAL_IN_REMARK.findall(remark)[:1])
    return TaxInvoiceFacts(
        number=said["number"],
        issued_on=_day(said["issued_on"]),
        kind=said["kind"][:60],
        seller_name=said["seller_name"][:200],
        seller_tax_id=said["seller_tax_id"][:30],
        buyer_name=said["buyer_name"][:200],
        buyer_tax_id=said["buyer_tax_id"][:30],
        net=abs(net),
        tax=abs(tax),
        total=abs(total),
        red=total < 0,
        original_number=original if total < 0 and re.fullmatch(r"\d{20}", original) else "",
        lines=tuple(found.lines),
    )


def _amount(text: str, name: str) -> Decimal:
    plain = text.replace(",", "").replace("，", "").replace("¥", "").replace("￥", "").strip()
    if not re.fullmatch(r"-?\d{1,13}(\.\d{1,6})?", plain, re.ASCII):
        raise UnreadableTaxInvoice("field_unreadable", name)
    amount = Decimal(plain)
    if amount != amount.quantize(CENT):
        raise UnreadableTaxInvoice("field_unreadable", name)
    return amount.quantize(CENT)


def _day(text: str) -> date:
    parts = re.match(r"\s*(\d{4})\D?(\d{1,2})\D?(\d{1,2})", text)
    try:
        if parts is None:
            raise ValueError(text)
        return date(*(int(part) for part in parts.groups()))
    except ValueError as error:
        raise UnreadableTaxInvoice("field_unreadable", "issued_on") from error

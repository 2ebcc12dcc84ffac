"""A scorecard as fields of a page, and back: rows of inputs named by their place, spare rows for what is added."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from huikuan.core.sentences import in_succession, labelled
from huikuan.credit.assessment_words import value_words
from huikuan.credit.card_words import dimension_word, fact_word
from huikuan.credit.comparing import plain
from huikuan.credit.fact_kinds import KINDS, Measure
from huikuan.web.credit.parts import Row

SPARE_ITEMS, SPARE_VETOES, SPARE_GRADES = 1, 1, 1
SPARE_DIMENSION_ITEMS = 2
MOST = 40  # rows of a kind; nobody means more


def choices_of_facts() -> list[tuple[str, str]]:
    """Everything that can be scored, by its title."""
    return [("", "—"), *((code, fact_word(code)) for code in KINDS)]


def definition_from(data: Mapping[str, str]) -> dict[str, Any]:
    """The definition that the fields say, as far as it can be read; what is wrong with it, `card_from` tells.

    Rows without a name or fact are left out: that is how one is removed.
    """
    dimensions = []
    for place in range(MOST):
        code = _text(data, f"d{place}-code")
        if not code:
            continue
        items = [
            {
                "code": fact,
                "weight": _number(_text(data, f"d{place}-i{row}-weight")),
                "bands": bands_from(_text(data, f"d{place}-i{row}-bands")),
            }
            for row in range(MOST)
            if (fact := _text(data, f"d{place}-i{row}-fact"))
        ]
        weight = _number(_text(data, f"d{place}-weight"))
        if items or weight:
            dimensions.append({"code": code, "weight": weight, "items": items})
    vetoes = [
        {"fact": fact, "above": _above(fact, _text(data, f"v{row}-above"))}
        for row in range(MOST)
        if (fact := _text(data, f"v{row}-fact"))
    ]
    grades = [
        {
            "code": code,
            "floor": _number(_text(data, f"g{row}-floor")),
            "factor": _number(_text(data, f"g{row}-factor")),
            "term_days": _text(data, f"g{row}-term") or None,
            "secured_only": bool(data.get(f"g{row}-secured")),
            "review_months": _text(data, f"g{row}-months"),
        }
        for row in range(MOST)
        if (code := _text(data, f"g{row}-code"))
    ]
    return {"dimensions": dimensions, "vetoes": vetoes, "grades": grades, "cap": _text(data, "cap")}


def bands_from(text: str) -> list[list[str | None]]:
    """Bands as people write them: "0, 50%:30, 95%:100" is 0 below 50 %, 30 from there, 100 from 95 % on."""
    bands: list[list[str | None]] = []
    for part in re.split(r"[,;\s]+", text.replace("，", ",").replace("；", ";").strip()):
        if not part:
            continue
        floor, colon, points = part.replace("：", ":").partition(":")
        bands.append([_number(floor), _number(points)] if colon else [None, _number(floor)])
    return bands


def _above(fact: str, text: str) -> str | None:
    if not text or (fact in KINDS and KINDS[fact].measure == Measure.YES_NO):
        return None
    return _number(text)


def _number(text: str) -> str:
    """Plain digits where they can be read; what cannot stays, and is refused by name later."""
    share = text.endswith("%")
    try:
        number = Decimal(text.rstrip("%").replace(",", ""))
    except InvalidOperation:
        return text
    return plain(number / 100 if share else number)


def _text(data: Mapping[str, str], name: str) -> str:
    return unicodedata.normalize("NFKC", str(data.get(name, ""))).strip()


def fields_of(definition: Mapping[str, Any]) -> Row:
    """The definition as rows of inputs, as credit/card_fields.html draws them."""
    dimensions = []
    for place, each in enumerate(definition.get("dimensions", [])):
        items = [*each.get("items", []), *({} for _spare in range(SPARE_ITEMS))]
        dimensions.append(
            {
                "name": f"d{place}",
                "code": each.get("code", ""),
                "title": dimension_word(str(each.get("code", ""))),
                "weight": each.get("weight", ""),
                "rows": [_item_row(f"d{place}-i{row}", item) for row, item in enumerate(items)],
                "sum": _sum(each.get("items", [])),
            }
        )
    vetoes = [*definition.get("vetoes", []), *({} for _spare in range(SPARE_VETOES))]
    grades = [*definition.get("grades", []), *({} for _spare in range(SPARE_GRADES))]
    return {
        "dimensions": dimensions,
        "editable": [*dimensions, _spare_dimension(len(dimensions))],
        "sum": _sum(definition.get("dimensions", [])),
        "vetoes": [
            {
                "name": f"v{row}",
                "fact": veto.get("fact", ""),
                "above": _shown(str(veto.get("fact", "")), veto.get("above")),
                "label": _("否决项 %d") % (row + 1),
            }
            for row, veto in enumerate(vetoes)
        ],
        "grades": [
            {"name": f"g{row}", "label": _("等级 %d") % (row + 1), **grade}
            for row, grade in enumerate(grades)
        ],
        "cap": definition.get("cap", ""),
        "choices": choices_of_facts(),
    }


def _spare_dimension(place: int) -> Row:
    """An empty dimension with a name to give; without a weight and without items it is left out again."""
    rows = [_item_row(f"d{place}-i{row}", {}) for row in range(SPARE_DIMENSION_ITEMS)]
    return {
        "name": f"d{place}",
        "code": "",
        "title": _("新维度"),
        "new": True,
        "weight": "",
        "rows": rows,
        "sum": "",
    }


def _item_row(name: str, item: Mapping[str, Any]) -> Row:
    code = str(item.get("code", ""))
    return {
        "name": name,
        "fact": code,
        "title": fact_word(code) if code else _("新指标"),
        "weight": item.get("weight", ""),
        "bands": bands_shown(code, item.get("bands", [])),
        "bands_said": bands_said(code, item.get("bands", [])),
    }


def bands_said(code: str, bands: Any) -> str:
    """Bands for readers: from where each counts, with its unit or as its word, and its points; else as written."""
    try:
        floors = [None if floor in (None, "") else Decimal(str(floor)) for floor, _points in bands]
        least = min((floor for floor in floors if floor is not None), default=None)
        ranges = [_range(code, floor, least) for floor in floors]
    except (InvalidOperation, KeyError):
        return bands_shown(code, bands)
    return in_succession(
        labelled(each, points) if each else str(points)
        for each, (_floor, points) in zip(ranges, bands, strict=True)
    )


def _range(code: str, floor: Decimal | None, least: Decimal | None) -> str:
    """What a band holds; empty where it is the only one. `least`: where the first of the others begins."""
    if KINDS[code].measure in (Measure.YES_NO, Measure.CHOICE):
        return value_words(code, floor or Decimal(0))
    if floor is None:
        return "" if least is None else f"<\N{NO-BREAK SPACE}{value_words(code, least)}"
    return f"≥\N{NO-BREAK SPACE}{value_words(code, floor)}"


def bands_shown(code: str, bands: Any) -> str:
    """Bands in one line, shares as percentages."""
    return ", ".join(
        str(points) if floor in (None, "") else f"{_shown(code, floor)}:{points}" for floor, points in bands
    )


def _shown(code: str, number: Any) -> str:
    if number in (None, ""):
        return ""
    if code in KINDS and KINDS[code].measure == Measure.SHARE:
        try:
            return f"{plain(Decimal(str(number)) * 100)}%"
        except InvalidOperation:
            return str(number)
    return str(number)


def _sum(rows: Any) -> str:
    """What weights sum to; "?" where one cannot be read."""
    try:
        return plain(sum((Decimal(str(row["weight"])) for row in rows), Decimal(0)))
    except (InvalidOperation, KeyError):
        return "?"

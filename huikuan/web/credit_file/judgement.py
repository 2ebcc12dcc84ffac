"""The parts of a credit file about how the customer pays and how it was scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from huikuan.core.sentences import in_succession
from huikuan.credit.assessment_queries import current_assessments
from huikuan.credit.card_words import dimension_word, fact_word
from huikuan.credit.fact_kinds import KINDS, FactKind, Measure
from huikuan.credit.facts import customer_facts
from huikuan.credit.scorecards import Assessment
from huikuan.customers.models import Customer
from huikuan.web.templatetags.money import money, percent

SHOWN = (
    "on_time_rate",
    "days_late",
    "late_trend",
    "overdue_worst_now",
    "overdue_worst_12m",
    "overdue_amount",
    "sales_12m",
    "growth",
    "tenure_years",
    "concentration",
    "dishonoured_12m",
    "bounced_12m",
)
Part = Callable[..., dict[str, Any]]


def value_words(kind: FactKind, value: Decimal, currency: str) -> str:
    """A value as people read it."""
    if kind.measure == Measure.SHARE:
        return percent(value, 1)
    if kind.measure == Measure.MONEY:
        return money(value, currency)
    if kind.measure == Measure.YES_NO:
        return _("是") if value else _("否")
    if kind.measure == Measure.CHOICE:
        return str(kind.choices.get(int(value), value))
    text = f"{value.normalize():f}"
    if kind.measure == Measure.DAYS:
        return _("%s 天") % text
    return _("%s 年") % text if kind.measure == Measure.YEARS else text


def behaviour(customer: Customer, *, today: date, currency: str) -> list[list[Any]]:
    """What our own ledger knows of how the customer pays and buys; nothing of who never bought."""
    facts = customer_facts([customer.pk], as_of=today).get(customer.pk, {})
    return [
        [fact_word(code), value_words(KINDS[code], facts[code], currency)] for code in SHOWN if code in facts
    ]


def standing_grade(customer: Customer, *, today: date) -> dict[str, Any]:
    """The tile of the grade."""
    found = current_assessments([customer.pk], as_of=today).get(customer.pk)
    tile = {"label": _("信用评级"), "value": _("未评级"), "note": "", "tone": ""}
    if found is None:
        return tile
    note = _("%(points)s 分，建议额度 %(limit)s") % {
        "points": f"{found.points:.2f}",
        "limit": f"{found.limit:,.0f}",
    }
    return {**tile, "value": found.grade, "note": note, "tone": "bad" if found.vetoed else ""}


def score_part(customer: Customer, *, today: date, part: Part) -> tuple[dict[str, Any], str, list[str]]:
    """What each dimension added to the score, when it was made, and what else is to be said of it."""
    columns = (
        (_("维度"), "1fr", "left"),
        (_("得分"), "auto", "right"),
        (_("权重"), "auto", "right"),
        (_("贡献"), "auto", "right"),
        (_("依据"), "1.6fr", "left"),
    )
    row = (
        Assessment.objects.filter(customer=customer, as_of_on__lte=today).order_by("-as_of_on", "-id").first()
    )
    if row is None:
        return part(columns, [], _("还没有做过信用评级。")), "", []
    inputs = row.inputs
    items, facts = inputs.get("items", {}), inputs.get("facts", {})
    rows = [
        [
            dimension_word(each["code"]),
            _points(each["score"]),
            f"{_points(each['weight'])}%",
            {"text": _points(each["points"]), "strong": True},
            in_succession(
                _basis(code, facts, items) for code in _items_of(row, each["code"]) if code in items
            ),
        ]
        for each in inputs.get("dimensions", [])
    ]
    total = {"text": f"{row.points:.2f}", "strong": True}
    rows.append([{"text": _("合计"), "strong": True}, "", "", total, ""])
    note = _("%(grade)s 级，%(on)s 按「%(card)s」第 %(number)d 版评定") % {
        "grade": row.grade,
        "on": row.as_of_on.isoformat(),
        "card": row.version.scorecard.title,
        "number": row.version.number,
    }
    return part(columns, rows), note, _remarks(row)


def _items_of(row: Assessment, dimension: str) -> list[str]:
    """The items of a dimension on the card of the time."""
    for each in row.version.definition.get("dimensions", []):
        if each.get("code") == dimension:
            return [str(item["code"]) for item in each.get("items", [])]
    return []


def _basis(code: str, facts: Mapping[str, str], items: Mapping[str, str]) -> str:
    """An item with its value and what that earned."""
    value = facts.get(code)
    kind = KINDS.get(code)
    said = "—" if value is None or kind is None else value_words(kind, Decimal(value), "CNY")
    return _("%(item)s %(value)s → %(points)s 分") % {
        "item": fact_word(code),
        "value": said,
        "points": _points(items[code]),
    }


def _remarks(row: Assessment) -> list[str]:
    missing = [dimension_word(code) for code in row.inputs.get("missing", [])]
    vetoes = [fact_word(code) for code in row.inputs.get("vetoes", [])]
    remarks = []
    if missing:
        remarks.append(_("没有资料的维度：%s。其余维度按比例放大。") % "、".join(missing))
    if row.capped_from:
        remarks.append(
            _("按分数应为 %(from)s 级，因资料不全限于 %(grade)s 级。")
            % {"from": row.capped_from, "grade": row.grade}
        )
    if vetoes:
        remarks.append(_("一票否决：%s。") % "、".join(vetoes))
    return remarks


def _points(text: str) -> str:
    return f"{Decimal(text):.1f}"

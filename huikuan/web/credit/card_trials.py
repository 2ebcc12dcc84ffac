"""Cards tried on real customers: a few beside the editor, all of them for a test run, and two versions compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.credit.assessing import judge
from huikuan.credit.assessment_queries import current_assessments
from huikuan.credit.card_data import Card, card_from
from huikuan.credit.card_words import dimension_word, fact_word
from huikuan.credit.comparing import Difference, Movements, movements
from huikuan.credit.comparing import differences as card_differences
from huikuan.credit.facts import customer_facts, segments
from huikuan.credit.operations.assessments import live_securities
from huikuan.credit.scorecards import Scorecard, ScorecardVersion, VersionState
from huikuan.customers.models import Customer
from huikuan.web.credit.grade_parts import grade_tone
from huikuan.web.credit.parts import Row
from huikuan.web.pages import Work, page

SAMPLE = 8
MOVES_SHOWN = 200


def preview_rows(work: Work, now: Card, wanted: Card) -> list[Row]:
    """Some customers under the card in force and under the one in the editor: from the best to the worst score."""
    current = current_assessments(as_of=work.today)
    ordered = sorted(current, key=lambda key: (-current[key].points, key))
    step = max(len(ordered) // SAMPLE, 1)
    chosen = ordered[::step][:SAMPLE]
    names = dict(Customer.objects.filter(pk__in=chosen).values_list("pk", "name"))
    facts = customer_facts(chosen, as_of=work.today) if chosen else {}
    securities = live_securities(chosen, work.today)
    rows = []
    for key in chosen:
        values, backing = facts.get(key, {}), securities.get(key, ())
        before, after = judge(now, values, securities=backing), judge(wanted, values, securities=backing)
        rows.append(
            {
                "name": names.get(key, ""),
                "before": before.grade if before else "—",
                "before_points": before.score.points if before else None,
                "after": after.grade if after else "—",
                "after_points": after.score.points if after else None,
                "tone": grade_tone(after.score.points if after else None),
                "moved": (before.grade if before else "") != (after.grade if after else ""),
            }
        )
    return rows


@require_safe
@page("credit.read", whole=True)
def scorecard_compare(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Two versions: what differs, and what that would change for every customer whom the card is for."""
    from huikuan.web.credit.cards import card_crumbs, card_of_page

    card = card_of_page(key)
    versions = {each.number: each for each in ScorecardVersion.objects.filter(scorecard=card)}
    a, b = _chosen(request, versions)
    before, after = card_from(a.definition), card_from(b.definition)
    found = _tried(card, before, after, work.today)
    context = {
        "card": card,
        "a": a,
        "b": b,
        "numbers": sorted(versions),
        "differences": _differences(card_differences(before, after)),
        "tiles": _tiles(found, work.organization.currency),
        "matrix": _matrix(before, after, found),
        "moves": _moves(work, found),
        "more": max(len(found.moves) - MOVES_SHOWN, 0),
        "breadcrumbs": card_crumbs(work, card, _("比较版本")),
    }
    return render(request, "credit/card_compare.html", context)


def _chosen(
    request: HttpRequest, versions: Mapping[int, ScorecardVersion]
) -> tuple[ScorecardVersion, ScorecardVersion]:
    """The versions asked for; by default the active one and the last."""
    active = next((n for n, each in versions.items() if each.state == VersionState.ACTIVE), min(versions))

    def number(name: str, otherwise: int) -> int:
        text = request.GET.get(name, "")
        return int(text) if text.isdigit() and int(text) in versions else otherwise

    return versions[number("a", active)], versions[number("b", max(versions))]


def _tried(card: Scorecard, before: Card, after: Card, day: date) -> Movements:
    """Every customer of the card under both versions."""
    others = set(
        ScorecardVersion.objects.filter(state=VersionState.ACTIVE)
        .exclude(scorecard=card)
        .values_list("segment", flat=True)
    )
    chosen = {
        key
        for key, segment in segments(as_of=day).items()
        if (segment == card.segment if card.segment else segment not in others)
    }
    facts = {key: values for key, values in customer_facts(as_of=day).items() if key in chosen}
    return movements(before, after, facts, securities=live_securities(None, day))


def _tiles(found: Movements, currency: str) -> list[Row]:
    better = sum(1 for move in found.moves if (move.points_after or 0) > (move.points_before or 0))
    change = found.limits_after - found.limits_before
    return [
        {"label": _("参加试算的客户"), "value": f"{sum(found.table.values()):,}", "note": ""},
        {"label": _("等级变化"), "value": f"{len(found.moves):,}",
         "note": _("分数上升 %(up)d，下降 %(down)d") % {"up": better, "down": len(found.moves) - better}},
        {"label": _("建议额度合计变化"), "value": change, "currency": currency,
         "note": _("由 %(before)s 到 %(after)s") % {"before": f"{found.limits_before:,.0f}", "after": f"{found.limits_after:,.0f}"}},
    ]  # fmt: skip


def _matrix(before: Card, after: Card, found: Movements) -> Row:
    """How many customers go from which grade (rows) to which (columns)."""
    down = [*(grade.code for grade in before.grades), ""]
    across = [*(grade.code for grade in after.grades), ""]
    rows = [
        {
            "grade": code or "—",
            "cells": [
                {"count": found.table[code, other], "same": code == other, "grade": other} for other in across
            ],
            "sum": sum(found.table[code, other] for other in across),
        }
        for code in down
        if any(found.table[code, other] for other in across)
    ]
    return {"heads": [code or "—" for code in across], "rows": rows}


def _moves(work: Work, found: Movements) -> Row:
    columns = [
        {"label": _("客户"), "kind": "name", "lead": True},
        {"label": _("新等级"), "kind": "badge", "figure": True},
        {"label": _("分数"), "kind": "num"},
        {"label": _("原建议额度"), "kind": "money"},
        {"label": _("新建议额度"), "kind": "money"},
    ]
    shown = found.moves[:MOVES_SHOWN]
    names = {
        row[0]: row[1:]
        for row in Customer.objects.filter(pk__in=[move.customer_id for move in shown]).values_list(
            "pk", "code", "name"
        )
    }
    currency = work.organization.currency
    rows = [
        {
            "url": reverse("customer-grade", args=[work.organization.code, move.customer_id]),
            "cells": [
                {
                    "value": names.get(move.customer_id, ("", ""))[1],
                    "note": names.get(move.customer_id, ("",))[0],
                },
                {
                    "label": move.after or "—",
                    "tone": grade_tone(move.points_after),
                    "note": _("原 %s") % (move.before or "—"),
                },
                f"{_points(move.points_before)} → {_points(move.points_after)}",
                {"value": move.limit_before, "currency": currency},
                {"value": move.limit_after, "currency": currency},
            ],
        }
        for move in shown
    ]
    empty = {
        "title": _("没有客户变动等级"),
        "text": _("两个版本给每位客户同样的等级。"),
        "icon": "circle-check",
    }
    return {"columns": columns, "rows": rows, "empty": empty}


def _points(points: Decimal | None) -> str:
    return f"{points:.2f}" if points is not None else "—"


def _differences(found: list[Difference]) -> Row:
    kinds: dict[str, Any] = {
        "dimension": _("维度权重"),
        "item": _("指标权重"),
        "bands": _("指标分档"),
        "veto": _("一票否决"),
        "grade": _("等级"),
        "cap": _("资料不全时封顶"),
    }
    columns = [
        {"label": _("项目"), "kind": "name", "lead": True},
        {"label": _("原来"), "wide": True},
        {"label": _("现在"), "wide": True},
    ]
    rows = [
        {"cells": [_titled(each, kinds[each.kind]), each.before or "—", each.after or "—"]} for each in found
    ]
    return {
        "columns": columns,
        "rows": rows,
        "empty": {"title": _("没有差别"), "text": _("两个版本的内容相同。"), "icon": "circle-check"},
    }


def _titled(each: Difference, kind: str) -> Row:
    """What differs, with what of it below."""
    place = _place(each)
    return {"value": place, "note": kind} if place else {"value": kind}


def _place(each: Difference) -> str:
    if each.kind == "dimension":
        return dimension_word(each.place)
    return each.place if each.kind in ("grade", "cap") else fact_word(each.place)

"""客户评级: how the customers are spread over the grades, and who is due for a review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from huikuan.core.sentences import bracketed
from huikuan.credit.assessment_queries import CurrentAssessment, cards_in_force, current_assessments
from huikuan.customers.models import Customer
from huikuan.web.credit.grade_parts import days_words, grade_tone
from huikuan.web.credit.parts import Row
from huikuan.web.customers.customer_parts import import_actions
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

SHOWN, SHOWN_AT_FIRST = 200, 40
DUE = "due"
UNGRADED = "none"


@require_safe
@page("credit.read")
def grades(request: HttpRequest, work: Work) -> HttpResponse:
    """The customers whom the actor sees, by grade; `?grade=` narrows, `due` shows whose review is due."""
    people = visible(work.actor)
    seen = Customer.objects.all() if people is None else Customer.objects.filter(salesperson_id__in=people)
    names = {row[0]: row[1:] for row in seen.values_list("pk", "code", "name", "segment")}
    current = {
        key: found
        for key, found in current_assessments(
            None if people is None else list(names), as_of=work.today
        ).items()
        if key in names
    }
    chosen = request.GET.get("grade", "")
    due = [key for key, found in current.items() if found.review_on <= work.today]
    context = {
        "actions": _actions(work),
        "tiles": _tiles(work, current, len(names), len(due), chosen),
        "chart": _chart(work, current) if any(found.limit for found in current.values()) else None,
        "listing": _listing(work, names, current, chosen),
        "breadcrumbs": [{"label": _("客户评级")}],
    }
    return render(request, "credit/grades.html", context)


def _actions(work: Work) -> list[Row]:
    return [
        {"label": _("评分卡"), "url": reverse("scorecards", args=[work.organization.code]), "icon": "scale"}
    ]


def grade_codes(work: Work) -> list[str]:
    """The grades of the cards in force, the best first."""
    floors: dict[str, Decimal] = {}
    for each in cards_in_force(work.today).values():
        for grade in each.card.grades:
            floors.setdefault(grade.code, grade.floor)
    return sorted(floors, key=lambda code: -floors[code])


def _tiles(
    work: Work, current: dict[UUID, CurrentAssessment], customers: int, due: int, chosen: str
) -> list[Row]:
    url = reverse("credit-grades", args=[work.organization.code])
    count = Counter(found.grade for found in current.values())
    tiles = [
        {
            "label": code,
            "value": f"{count[code]:,}",
            "url": f"{url}?grade={code}",
            "note": _("占 %s%%") % f"{Decimal(count[code]) * 100 / customers:.1f}" if customers else "",
            "current": chosen == code,
        }
        for code in dict.fromkeys([*grade_codes(work), *sorted(count)])
    ]
    tiles.append(
        {
            "label": _("未评级"),
            "value": f"{customers - len(current):,}",
            "url": f"{url}?grade={UNGRADED}",
            "note": _("还没有资料"),
        }
    )
    tiles.append(
        {
            "label": _("复审到期"),
            "value": f"{due:,}",
            "url": f"{url}?grade={DUE}",
            "tone": "warn" if due else "",
            "note": _("按等级定期复审"),
        }
    )
    return tiles


def _chart(work: Work, current: dict[UUID, CurrentAssessment]) -> dict[str, Any]:
    """How much limit the grades recommend."""
    url = reverse("credit-grades", args=[work.organization.code])
    codes = dict.fromkeys([*grade_codes(work), *sorted({found.grade for found in current.values()})])
    limits = {code: Decimal(0) for code in codes}
    for found in current.values():
        limits[found.grade] += found.limit
    points = [{"value": limits[code], "url": f"{url}?grade={code}"} for code in codes]
    return {
        "kind": "bar",
        "categories": list(codes),
        "series": [{"name": _("建议额度"), "points": points}],
        "currency": work.organization.currency,
    }


def _listing(
    work: Work, names: Mapping[UUID, tuple[str, ...]], current: dict[UUID, CurrentAssessment], chosen: str
) -> Row:
    columns = [
        {"label": _("客户"), "kind": "name", "lead": True},
        {"label": _("等级"), "kind": "badge", "figure": True},
        {"label": _("总分"), "kind": "num"},
        {"label": _("建议额度"), "kind": "money"},
        {"label": _("最长账期"), "kind": "num"},
        {"label": _("上次复审"), "kind": "date", "minor": True},
        {"label": _("下次复审"), "kind": "date"},
    ]
    if chosen == UNGRADED:
        keys = sorted((key for key in names if key not in current), key=lambda key: names[key][0])
    else:
        keys = [
            key
            for key, found in current.items()
            if not chosen or found.grade == chosen or (chosen == DUE and found.review_on <= work.today)
        ]
        keys.sort(
            key=lambda key: (
                (current[key].review_on, names[key][0])
                if chosen == DUE
                else (-current[key].points, names[key][0])
            )
        )
    titles = {
        "": _("全部客户，分数从高到低"),
        DUE: _("复审到期的客户，最早的在前"),
        UNGRADED: _("未评级的客户"),
    }
    title = titles.get(chosen) or _("等级 %s 的客户") % chosen
    shown = SHOWN if chosen else SHOWN_AT_FIRST
    rows = [_row(work, key, names[key], current.get(key)) for key in keys[:shown]]
    more = _("只显示前 %(shown)d 位，共 %(count)d 位。") % {"shown": shown, "count": len(keys)}
    return {
        "title": title,
        "columns": columns,
        "rows": rows,
        "more": more if len(keys) > shown else "",
        "clear_url": reverse("credit-grades", args=[work.organization.code]) if chosen else "",
        "empty": {"title": _("没有客户"), "text": _("没有符合条件的客户。"), "icon": "users"}
        if names
        else {
            "title": _("还没有客户"),
            "text": _("导入客户名单之后，当晚就会评级。"),
            "icon": "users",
            "actions": import_actions(work),
        },
    }


def _capped(found: CurrentAssessment) -> str:
    """Why the points would give a better grade."""
    if not found.capped_from or found.overridden:
        return ""
    return _("资料不全，限于 %s") % found.grade


def _row(work: Work, key: UUID, name: tuple[str, ...], found: CurrentAssessment | None) -> Row:
    url = reverse("customer-grade", args=[work.organization.code, key])
    who = {"value": name[1], "note": name[0]}
    if found is None:
        return {
            "url": url,
            "cells": [who, {"label": _("未评级"), "tone": "plain"}, None, None, None, None, None],
        }
    overdue = found.review_on <= work.today
    return {
        "url": url,
        "cells": [
            who,
            {
                "label": bracketed(found.grade, pgettext("grade", "人工"))
                if found.overridden
                else found.grade,
                "tone": "bad" if found.vetoed else grade_tone(found.points),
            },
            {"value": f"{found.points:.2f}", "note": _capped(found)},
            {"value": found.limit, "currency": work.organization.currency},
            days_words(found.term_days) if found.term_days else "—",
            found.reviewed_on,
            {"value": found.review_on, "tone": "bad" if overdue else ""},
        ],
    }

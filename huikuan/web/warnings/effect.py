"""What warnings were worth, by kind."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.warnings.effect import Effect, effects
from huikuan.warnings.rules import OVERDUE_DAYS, WATCHED_DAYS
from huikuan.warnings.wording import kind_word
from huikuan.web.pages import Work, page
from huikuan.web.templatetags.money import percent
from huikuan.web.warnings.views import crumbs


@require_safe
@page("credit.read", whole=True)
def warning_effect(request: HttpRequest, work: Work) -> HttpResponse:
    """Of each kind how many came true, beside how many would have anyway."""
    found = [each for each in effects(today=work.today) if each.found]
    context = {
        "columns": [
            {"label": _("预警"), "lead": True},
            {"label": _("发出"), "kind": "count", "minor": True},
            {"label": _("未关闭"), "kind": "count", "minor": True},
            {"label": _("误报"), "kind": "count", "minor": True},
            {"label": _("满 %d 天") % WATCHED_DAYS, "kind": "count"},
            {"label": _("后来逾期"), "kind": "count"},
            {"label": _("命中率"), "kind": "num"},
            {"label": _("全部客户"), "kind": "num", "hint": _("同期全部客户中发生同样逾期的比例")},
            {"label": _("倍数"), "kind": "num", "figure": True, "hint": _("命中率是全部客户的多少倍")},
        ],
        "rows": [_row(work, each) for each in found],
        "note": _("满 %(watched)d 天的预警中，客户在此期间有款项逾期超过 %(overdue)d 天的，算作后来逾期。")
        % {"watched": WATCHED_DAYS, "overdue": OVERDUE_DAYS},
        "empty": {
            "title": _("还没有预警"),
            "text": _("有了预警之后，这里比较发出预警的客户与全部客户后来的逾期情况。"),
            "icon": "chart-bar",
        },
        "breadcrumbs": crumbs(work, _("预警效果")),
    }
    return render(request, "warnings/effect.html", context)


def _row(work: Work, each: Effect) -> dict[str, Any]:
    hits = each.hits
    every = reverse("credit-warnings", args=[work.organization.code])
    return {
        "url": f"{every}?whose=all&kind={each.kind.value}",
        "cells": [
            kind_word(each.kind.value),
            each.found,
            each.open,
            each.false_alarms,
            hits.count,
            hits.overdue,
            None if hits.share is None else percent(hits.share),
            None if hits.base is None or not hits.count else percent(hits.base),
            None if hits.lift is None else f"{hits.lift:.1f}×",
        ],
    }

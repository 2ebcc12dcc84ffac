"""政策重放: the form, and what came of it as a manager reads it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.sentences import one_after_another
from huikuan.credit.assessment_queries import cards_in_force
from huikuan.credit.rules import Action
from huikuan.credit.wording import action_word, sentence
from huikuan.reports.replay import AS_GIVEN, BY_CARD, Chosen, Judged, Replay, last_full_months, replay
from huikuan.web.credit.parts import TONES
from huikuan.web.fields import DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.pages import Work, page
from huikuan.web.sales.addresses import order_url
from huikuan.web.templatetags.money import money, percent

SHOWN = 50
Row = dict[str, Any]
_RANKS = {code: place for place, code in enumerate(("AAA", "AA", "A", "B", "C", "D"))}


class ReplayForm(forms.Form):
    """Which days, which card, whose limits."""

    since = DayField(label=_l("从"))
    until = DayField(label=_l("到"))
    card = forms.ChoiceField(label=_l("评分卡"), required=False)
    limits = forms.ChoiceField(label=_l("额度"), required=False)

    def __init__(self, data: Any, work: Work) -> None:
        since, until = last_full_months(work.today)
        super().__init__(data, initial={"since": since, "until": until, "limits": AS_GIVEN})
        cards = cards_in_force(work.today)
        for name, choices in (
            ("card", [("", _("现在启用的")), *((each.version.scorecard.code, each.version.scorecard.title) for each in cards.values())]),
            ("limits", [(AS_GIVEN, _("当时给的额度")), (BY_CARD, _("评分卡推荐的额度"))]),
        ):  # fmt: skip
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


@require_safe
@page("credit.read", whole=True)
def policy_replay(request: HttpRequest, work: Work) -> HttpResponse:
    """Asked for with days: the replay; without: the form."""
    asked = "since" in request.GET
    form = ReplayForm(request.GET if asked else None, work)
    trial = {
        "label": _("额度与账期试算"),
        "url": reverse("credit-what-if", args=[work.organization.code]),
        "icon": "adjustments-horizontal",
    }
    context: Row = {
        "form": form,
        "actions": [trial],
        "breadcrumbs": [{"label": _("政策重放")}],
        "found": None,
        "problem": "",
    }
    if asked and form.is_valid():
        values = form.cleaned_data
        try:
            found = replay(
                since=values["since"],
                until=values["until"],
                today=work.today,
                card=values["card"],
                limits=values["limits"] or BY_CARD,
            )
        except HuikuanError as error:
            context["problem"] = error.message
        else:
            context |= _shown(work, found)
    wrong = asked and (bool(form.errors) or bool(context["problem"]))
    return render(request, "replay/replay.html", context, status=422 if wrong else 200)


def _shown(work: Work, found: Replay) -> Row:
    currency = found.currency
    reasons = {_check_word(code): each for code, each in found.by_reason.items()}
    return {
        "found": found,
        "summary": _summary(found),
        "tiles": _tiles(found),
        "months": _months(found),
        "reasons": _by(found, reasons, _("原因")),
        "grades": _grades(found),
        "list": _list(work, found),
        "currency": currency,
    }


def _check_word(code: str) -> str:
    """What a rule looks at, in a word or two."""
    return {
        "limit": _("超出额度"),
        "no_limit": _("没有额度"),
        "overdue": _("逾期金额"),
        "oldest": _("最长逾期"),
        "limit_share": _("接近额度"),
        "security_expired": _("担保到期"),
        "grade": _("评级"),
        "review": _("评审过期"),
        "term": _("账期"),
    }.get(code, code)


def _share(part: Decimal | int, whole: Decimal | int) -> str:
    return percent(Decimal(part) / Decimal(whole), 1) if whole else "—"


def _summary(found: Replay) -> str:
    """What a manager takes from it, in one paragraph."""
    if not found.all.count:
        return _("这段时间没有订单。")
    text = _(
        "%(count)s 张订单中，这套政策会拦下 %(stopped)s 张（占金额 %(share)s）：%(held)s 张要有人放行，%(blocked)s 张不能放行。"
    ) % {
        "count": f"{found.all.count:,}",
        "stopped": f"{found.stopped.count:,}",
        "share": _share(found.stopped.amount, found.all.amount),
        "held": f"{found.held.count:,}",
        "blocked": f"{found.blocked.count:,}",
    }
    if not found.all.bad:
        return text + _("这些订单没有成为损失的。")
    text += _("后来成为损失的 %(all)s 中，它能拦住 %(bad)s（%(share)s）。") % {
        "all": money(found.all.bad, found.currency),
        "bad": money(found.stopped.bad, found.currency),
        "share": _share(found.stopped.bad, found.all.bad),
    }
    if found.stopped.bad:
        text += _("每避免 1 元损失，要拦下 %s 元后来正常收回或未到期的销售。") % (
            f"{found.stopped.good / found.stopped.bad:,.0f}"
        )
    return text


def _tiles(found: Replay) -> list[Row]:
    currency = found.currency
    return [
        {
            "label": _("全部订单"),
            "value": found.all.amount,
            "currency": currency,
            "note": _("%s 张") % f"{found.all.count:,}",
        },
        {
            "label": _("会被拦下"),
            "value": found.stopped.amount,
            "currency": currency,
            "note": _("%(count)s 张，占金额 %(share)s")
            % {"count": f"{found.stopped.count:,}", "share": _share(found.stopped.amount, found.all.amount)},
            "tone": "warn",
        },
        {
            "label": _("避免的损失"),
            "value": found.stopped.bad,
            "currency": currency,
            "note": _("占全部损失的 %s") % _share(found.stopped.bad, found.all.bad),
            "tone": "good",
        },
        {
            "label": _("拦下的正常销售"),
            "value": found.stopped.good,
            "currency": currency,
            "note": _("没有成为损失的部分"),
            "tone": "bad",
        },
    ]


def _columns(first: str) -> list[Row]:
    return [
        {"label": first, "lead": True},
        {"label": _("订单"), "kind": "count"},
        {"label": _("会被拦下"), "kind": "count"},
        {"label": _("拦下金额"), "kind": "money", "figure": True},
        {"label": _("占比"), "kind": "num"},
        {"label": _("避免的损失"), "kind": "money"},
        {"label": _("拦下的正常销售"), "kind": "money"},
    ]


def _line(name: str, every: Chosen, stopped: Chosen) -> Row:
    return {
        "cells": [
            name,
            every.count,
            stopped.count,
            stopped.amount,
            _share(stopped.amount, every.amount),
            stopped.bad,
            stopped.good,
        ]
    }


def _months(found: Replay) -> Row:
    rows = [_line(f"{month:%Y-%m}", *sums) for month, sums in sorted(found.by_month.items())]
    return {"columns": _columns(_("月份")), "rows": rows}


def _grades(found: Replay) -> Row:
    """By the grade of the time, the best limit first; without a grade last."""
    ordered = sorted(
        found.by_grade.items(), key=lambda pair: (pair[0] == "", _RANKS.get(pair[0], 99), pair[0])
    )
    rows = [_line(grade or _("没有评级"), *sums) for grade, sums in ordered]
    return {"columns": _columns(_("当时的评级")), "rows": rows}


def _by(found: Replay, sums: Mapping[str, Chosen], first: str) -> Row:
    ordered = sorted(sums.items(), key=lambda pair: -pair[1].amount)
    return {"columns": _columns(first), "rows": [_line(name, found.all, each) for name, each in ordered]}


def _list(work: Work, found: Replay) -> Row:
    columns = [
        {"label": _("订单"), "lead": True},
        {"label": _("客户"), "kind": "name"},
        {"label": _("日期"), "kind": "date"},
        {"label": _("金额"), "kind": "money", "figure": True},
        {"label": _("决定"), "kind": "badge"},
        {"label": _("当时的原因"), "kind": "name"},
        {"label": _("后来的损失"), "kind": "money"},
    ]
    stopped = found.list
    rows = [_stopped(work, found, each) for each in stopped[:SHOWN]]
    title = _("会被拦下的订单（损失最大的 %d 张）") % SHOWN if len(stopped) > SHOWN else _("会被拦下的订单")
    return {"columns": columns, "rows": rows, "title": title}


def _stopped(work: Work, found: Replay, each: Judged) -> Row:
    subject, party = each.subject, found.customers[each.subject.customer_id]
    url = ""
    if work.actor.may("ledger.read"):
        opened = order_url if subject.kind == "order" else document_url
        url = opened(work, subject.id)
    reasons = [sentence(reason, found.currency) for reason in each.reasons if reason.action != Action.WARN]
    return {
        "url": url,
        "cells": [
            subject.number,
            {"value": party.name, "note": f"{party.code} · {each.grade}" if each.grade else party.code},
            subject.on,
            subject.amount,
            {"label": action_word(each.action), "tone": TONES[each.action]},
            one_after_another(reasons),
            each.bad or None,
        ],
    }

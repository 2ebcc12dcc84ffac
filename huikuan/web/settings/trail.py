"""The audit trail: who did what, and the seals that prove that nothing was changed."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.audit.models import Act, Event, Seal
from huikuan.core.sentences import one_after_another
from huikuan.organizations.actors import actor_words
from huikuan.organizations.permissions import role_names
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, show
from huikuan.web.settings.trail_acts import ACTS, act_words
from huikuan.web.settings.trail_words import changes_words, event_words
from huikuan.web.templatetags.dates import moment

SECTION = "settings-trail"
PER_PAGE = 50
_SHOWN_EVENTS = 3
_MOST_EVENTS = 200


class TrailForm(forms.Form):
    """Person, kind of act and days."""

    who = forms.CharField(
        label=gettext_lazy("操作人"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label=pgettext_lazy("noun", "操作"), required=False)
    since = DayField(label=gettext_lazy("从"), required=False)
    until = DayField(label=gettext_lazy("到"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("全部")), *((kind, str(words)) for kind, words in ACTS.items())]


@require_safe
@page("audit.read")
def trail(request: HttpRequest, work: Work) -> HttpResponse:
    """The acts, the latest first."""
    form = TrailForm(request.GET)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    acts = _acts(wanted, ZoneInfo(work.organization.time_zone))
    before = parse_datetime(request.GET.get("before", "")) if "before" in request.GET else None
    if before and before.tzinfo:
        acts = acts.filter(recorded_at__lt=before)
    found = list(acts.order_by("-recorded_at")[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    here = address(work, SECTION)
    query = {name: str(value) for name, value in wanted.items()}
    paging: dict[str, str] = {}
    if before:
        paging["previous_url"] = f"{here}?{urlencode(query)}"
    if len(found) > PER_PAGE:
        last = shown[-1].recorded_at
        assert last is not None
        paging["next_url"] = f"{here}?{urlencode({**query, 'before': last.isoformat()})}"
    table = {
        "id": "list",
        "caption": _("审计轨迹"),
        "columns": [
            {"label": _("时间"), "kind": "moment"},
            {"label": pgettext("noun", "操作"), "lead": True},
            {"label": _("操作人")},
            {"label": _("内容"), "kind": "name"},
            {"label": pgettext("plural", "记录"), "kind": "count", "minor": True},
        ],
        "rows": _rows(work, shown),
        "paging": paging,
        "empty": {"title": _("没有符合条件的操作"), "icon": "history"},
    }
    return show(
        request,
        work,
        "settings/trail.html",
        section=SECTION,
        title=_("审计轨迹"),
        note=_("每一次业务操作：谁、何时、做了什么。只能增加，不能修改。"),
        form=form,
        clear_url=here if wanted else "",
        tables=[table],
        seal=_seal(),
    )


def _acts(wanted: dict[str, Any], zone: ZoneInfo) -> Any:
    acts = Act.objects.filter(recorded_at__isnull=False)
    if "who" in wanted:
        acts = acts.filter(actor_name__icontains=wanted["who"])
    if "kind" in wanted:
        acts = acts.filter(kind=wanted["kind"])
    if "since" in wanted:
        acts = acts.filter(recorded_at__gte=_moment(wanted["since"], time.min, zone))
    if "until" in wanted:
        acts = acts.filter(recorded_at__lte=_moment(wanted["until"], time.max, zone))
    return acts


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone)


def _rows(work: Work, acts: list[Act]) -> list[dict[str, Any]]:
    """Each act with its first events; two queries for all of them."""
    ids = [each.pk for each in acts]
    counts = dict(
        Event.objects.filter(act_id__in=ids)
        .values("act_id")
        .annotate(number_of=Count("pk"))
        .values_list("act_id", "number_of")
    )
    first: dict[UUID, list[Event]] = {}
    place = Window(RowNumber(), partition_by=[F("act_id")], order_by=[F("id")])
    events = Event.objects.filter(act_id__in=ids).annotate(place=place)
    for event in events.filter(place__lte=_SHOWN_EVENTS).order_by("act_id", "place"):
        first.setdefault(event.act_id, []).append(event)
    return [
        {
            "url": address(work, "settings-trail-act", each.pk),
            "cells": [
                each.recorded_at,
                act_words(each.kind),
                {"value": actor_words(each.actor_name), "note": each.address},
                {
                    "value": _summary(first.get(each.pk, []), counts.get(each.pk, 0)),
                    "note": _("原因：%s") % each.reason if each.reason else "",
                },
                counts.get(each.pk, 0),
            ],
        }
        for each in acts
    ]


def _summary(events: list[Event], count: int) -> str:
    words = dict.fromkeys(event_words(event) for event in events)
    return _("；").join(words) + (" …" if count > len(events) else "")


def _seal() -> str:
    """How far the trail is sealed."""
    last = Seal.objects.order_by("-number").first()
    open_acts = Act.objects.filter(recorded_at__isnull=False)
    said = _("还没有封存：后台任务每分钟封存一次。")
    if last:
        open_acts = open_acts.filter(recorded_at__gt=last.until)
        said = _("已封存到 %(until)s（第 %(number)s 个封存，摘要 %(digest)s…）。") % {
            "until": moment(last.until),
            "number": last.number,
            "digest": bytes(last.digest).hex()[:16],
        }
    count = open_acts.count()
    waiting = ngettext("有 %(n)s 次操作等待封存。", "有 %(n)s 次操作等待封存。", count) % {"n": count}
    return one_after_another([said, waiting if count else "", _("用 huikuan check 核验全部封存。")])


@require_safe
@page("audit.read")
def trail_act(request: HttpRequest, work: Work, act: UUID) -> HttpResponse:
    """One act with every record it touched, what was before and what after."""
    found = Act.objects.filter(pk=act).first()
    if found is None:
        raise Http404
    events = list(Event.objects.filter(act=found).order_by("pk")[: _MOST_EVENTS + 1])
    table = {
        "id": "list",
        "title": pgettext("plural", "记录"),
        "caption": pgettext("plural", "记录"),
        "columns": [{"label": _("记录"), "lead": True}, {"label": _("内容"), "kind": "name"}],
        "rows": [
            {"cells": [event_words(event, brief=True), changes_words(event)]}
            for event in events[:_MOST_EVENTS]
        ],
        "empty": {"title": _("这次操作没有改动记录"), "icon": "history"},
    }
    facts = [
        {"label": _("时间"), "value": found.recorded_at, "kind": "moment"},
        {"label": _("操作人"), "value": actor_words(found.actor_name)},
        {"label": _("角色"), "value": role_names(found.roles) or None},
        {"label": _("来源地址"), "value": found.address or None},
        {"label": _("原因"), "value": found.reason or None, "wide": True},
    ]
    more = len(events) > _MOST_EVENTS
    notices = [{"title": _("只显示前 %d 条记录。") % _MOST_EVENTS}] if more else []
    title = act_words(found.kind)
    return show(
        request,
        work,
        "settings/list.html",
        section=SECTION,
        title=title,
        crumb=title,
        facts=facts,
        notices=notices,
        tables=[table],
    )

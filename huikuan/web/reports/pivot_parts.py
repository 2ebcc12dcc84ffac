"""The parts of a pivot's page: what is chosen, the table with heads over heads, and the form that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.organizations.models import Role
from huikuan.organizations.saved_views.queries import may_share_views
from huikuan.reports.asking import Question, Report, Result
from huikuan.reports.models import SavedPivot
from huikuan.reports.pivots.measures import GROUPS, MEASURES
from huikuan.reports.pivots.report import PIVOT
from huikuan.reports.pivots.saved import PREFIX, is_pivot, report_name
from huikuan.reports.questions import parameters_of
from huikuan.web.lists import with_query
from huikuan.web.pages import Work
from huikuan.web.reports.addresses import report_url, run_url

PERIODS = (
    ("year", gettext_lazy("本年")),
    ("quarter", gettext_lazy("本季")),
    ("month", gettext_lazy("本月")),
    ("months:3", gettext_lazy("最近 3 个月")),
    ("months:6", gettext_lazy("最近 6 个月")),
    ("months:12", gettext_lazy("最近 12 个月")),
    ("months:24", gettext_lazy("最近 24 个月")),
)


def pivot_table(table: Result, shown: dict[str, Any]) -> dict[str, Any]:
    """The table as reports/pivot_table.html takes it: codes stand below names, columns stand under heads."""
    names = [column.name for column in table.columns]
    name, code = names.index("name"), names.index("code") if "code" in names else None

    def cells(row: list[Any]) -> list[Any]:
        lead = dict(row[name])
        if code is not None and row[code]["value"]:
            lead["note"] = row[code]["value"]
        return [lead, *(cell for at, cell in enumerate(row) if at not in (name, code))]

    columns = [
        {**each, "label": str(column.under[1]) if column.under else each["label"]}
        for each, column in zip(shown["columns"], table.columns, strict=True)
    ]
    kept = [column for column in table.columns if column.name not in ("name", "code")]
    heads = [
        {"label": head, "span": len(list(group))}
        for head, group in groupby(kept, key=lambda column: str(column.under[0]) if column.under else "")
    ]
    return {
        "columns": [columns[name], *(column for at, column in enumerate(columns) if at not in (name, code))],
        "heads": heads if any(head["label"] for head in heads) else [],
        "rows": [{**row, "cells": cells(row["cells"])} for row in shown["rows"]],
        "total": cells(shown["total"]) if shown["total"] else None,
    }


class SaveForm(forms.Form):
    """Under which name a pivot is kept, of which days it is, and who sees it."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    period = forms.ChoiceField(label=gettext_lazy("每次打开时看"), choices=PERIODS)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("共享给"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("每个人只看到自己有权看的客户。"),
    )
    on_dashboard = forms.BooleanField(label=gettext_lazy("放到总览页"), required=False)

    def __init__(self, data: Any = None, *, work: Work, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="save_%s", initial=initial)
        if not may_share_views(work.actor):
            del self.fields["roles"]
            return
        roles = self.fields["roles"]
        assert isinstance(roles, forms.MultipleChoiceField)
        roles.choices = [(role.code, _(role.name)) for role in Role.objects.order_by("name")]


def changed_pivot(work: Work, key: str) -> SavedPivot | None:
    """The member's own pivot that an address says is being changed."""
    member = work.actor.membership_id
    if not key.startswith(PREFIX) or member is None:
        return None
    own = SavedPivot.objects.filter(membership_id=member, removed_act=None)
    return next((each for each in own if report_name(each.pk) == key), None)


def usual_period(question: Question) -> str:
    """The period, told by where it begins, that a question is kept with."""
    since, until = question.since, question.as_of
    if since is None or since.day != 1:
        return "month"
    months = until.year * 12 + until.month - since.year * 12 - since.month + 1
    if since.month == 1 and since.year == until.year:
        return "year"
    longer = [count for count in (3, 6, 12, 24) if count >= months]
    return "month" if months == 1 else f"months:{longer[0] if longer else 24}"


def builder_context(request: HttpRequest, work: Work, report: Report, question: Question) -> dict[str, Any]:
    """What the page of the pivot, or of a saved one, has beside that of any report."""
    return _choosing(request, work, question) if report.name == PIVOT.name else {}


def _choosing(request: HttpRequest, work: Work, question: Question) -> dict[str, Any]:
    changed = changed_pivot(work, request.GET.get("saved", ""))
    chosen = question.options.get("measures") or ()
    words = {
        name: text for name, text in parameters_of(PIVOT, question).items() if name not in ("from", "to")
    }
    initial: dict[str, Any] = {"period": usual_period(question)}
    if changed:
        words["saved"] = report_name(changed.pk)
        initial = {
            "name": changed.name,
            "period": changed.words.get("period"),
            "roles": changed.roles,
            "on_dashboard": changed.on_dashboard,
        }
    return {
        "builder": True,
        "measure_groups": [
            {
                "label": label,
                "measures": [
                    {
                        "name": each.name,
                        "label": each.label,
                        "note": each.definition,
                        "on": each.name in chosen,
                    }
                    for each in MEASURES.values()
                    if each.group == group
                ],
            }
            for group, label in GROUPS.items()
        ],
        "saved_name": report_name(changed.pk) if changed else "",
        "filter_names": (*PIVOT.filters, "known_at"),
        "filtered": len(question.where),
        "save_form": SaveForm(initial=initial, work=work),
        "save_title": _("修改“%s”") % changed.name if changed else _("保存透视表"),
        "save_url": with_query(reverse("pivot-save", args=[work.organization.code]), words),
    }


def pivot_acts(work: Work, report: Report, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """What may be done with a pivot, beside taking it as a file; `words` ask what is shown."""
    if not is_pivot(report) or work.actor.membership_id is None:
        return []
    behind = {"label": _("在后台计算"), "url": run_url(work, report, words), "icon": "clock", "post": True}
    saved = _saved(report)
    if saved is None:
        return [behind]
    mine = saved.membership_id == work.actor.membership_id
    asked = {name: text for name, text in saved.words.items() if name != "period"}
    if mine:
        asked["saved"] = report.name
    change = {
        "label": _("修改") if mine else _("另存并修改"),
        "url": report_url(work, PIVOT.name, asked),
        "icon": "edit",
    }
    return [change, behind]


def removal(work: Work, report: Report) -> list[dict[str, Any]]:
    """The button that removes a saved pivot, for its owner and for who administers the organization."""
    saved = _saved(report)
    if saved is None or work.actor.membership_id is None:
        return []
    if saved.membership_id != work.actor.membership_id and not work.actor.may("organization.write"):
        return []
    remove = reverse("pivot-remove", args=[work.organization.code, saved.pk])
    return [{"label": _("移除"), "url": remove, "icon": "trash", "post": True}]


def _saved(report: Report) -> SavedPivot | None:
    if not report.name.startswith(PREFIX):
        return None
    return SavedPivot.objects.get(pk=report.name.removeprefix(PREFIX))

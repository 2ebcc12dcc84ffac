"""The form of a report, made from its declaration; what it says becomes the words of a question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.reports.asking import Option, Report
from huikuan.reports.dimensions import DIMENSIONS
from huikuan.reports.questions import NONE
from huikuan.web.customers.queries import regions, salespeople, visible_customers
from huikuan.web.fields import DayField
from huikuan.web.pages import Work
from huikuan.web.scopes import visible

OWN_WORDS = ("page", "csrfmiddlewaretoken")
"""Words of an address that are the page's, not the question's."""
MOST_CHOICES = 200
"""Beyond so many values a filter is no longer a list to choose from."""


class ReportForm(forms.Form):
    """Days, what makes rows, options and filters of one report."""

    def __init__(self, words: dict[str, str], *, report: Report, work: Work) -> None:
        several = {option.name for option in report.options if option.kind == "choices"}
        super().__init__({name: text.split(",") if name in several else text for name, text in words.items()})
        if report.period:
            self.fields["from"] = DayField(label=gettext_lazy("从"), required=False)
            self.fields["to"] = DayField(label=gettext_lazy("到"), required=False)
        else:
            self.fields["as_of"] = DayField(label=gettext_lazy("截至"), required=False)
        self._add_dimensions(report)
        for option in report.options:
            self.fields[option.name] = _field(option)
        self._add_filters(report, words, work)
        self.fields["known_at"] = forms.CharField(
            label=gettext_lazy("知悉时间"),
            required=False,
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        )

    def _add_dimensions(self, report: Report) -> None:
        if not report.dimensions:
            return
        choices = [(name, str(DIMENSIONS[name].label)) for name in report.dimensions]
        offered = [*choices, ("none", _("只看合计"))] if report.by else [("", _("整个公司")), *choices]
        self.fields["by"] = forms.ChoiceField(label=gettext_lazy("按"), required=False, choices=offered)
        for level in range(2, report.levels + 1):
            self.fields[f"by{level}"] = forms.ChoiceField(
                label=_("再按") if level == 2 else _("然后按"),
                required=False,
                choices=[("", "—"), *choices],
            )

    def _add_filters(self, report: Report, words: dict[str, str], work: Work) -> None:
        for name in report.filters:
            choices = _choices(name, visible(work.actor))
            if 0 < len(choices) <= MOST_CHOICES:
                said = words.get(name, "")
                if said and said not in dict(choices):
                    choices.append((said, _("（未指定）") if said == NONE else said))
                self.fields[name] = forms.ChoiceField(
                    label=DIMENSIONS[name].label, required=False, choices=[("", _("全部")), *choices]
                )
            elif words.get(name):
                self.fields[name] = forms.CharField(
                    label=DIMENSIONS[name].label, required=False, max_length=200
                )


def _choices(name: str, seen: frozenset[UUID] | None) -> list[tuple[str, str]]:
    """The values that a filter can be chosen from; none where there are too many to list, or none at all.

    `seen`: only these salespeople, and the segments of their customers (None: all).
    """
    if name == "salesperson":
        return [(each.code, each.name) for each in salespeople(seen)]
    values: Iterable[str] = ()
    if name == "team":
        values = sorted({each.team for each in salespeople(seen)} - {""})
    elif name == "region":
        values = regions()
    elif name == "segment":
        named = visible_customers(seen).exclude(segment="").order_by("segment")
        values = named.values_list("segment", flat=True).distinct()[: MOST_CHOICES + 1]
    return [(value, value) for value in values]


def _field(option: Option) -> forms.Field:
    common: dict[str, Any] = {"label": option.label, "required": False}
    if option.kind == "choice":
        nothing = [] if option.default else [("", "—")]
        return forms.ChoiceField(
            **common, choices=[*nothing, *((value, str(label)) for value, label in option.choices)]
        )
    if option.kind == "choices":
        return forms.MultipleChoiceField(**common, choices=[(v, str(label)) for v, label in option.choices])
    if option.kind == "day":
        return DayField(**common)
    if option.kind == "flag":
        return forms.ChoiceField(**common, choices=[("0", _("否")), ("1", _("是"))])
    note = {"placeholder": str(option.note or "")}
    if option.kind == "integer":
        return forms.CharField(**common, widget=forms.TextInput(attrs={**note, "inputmode": "numeric"}))
    return forms.CharField(**common, max_length=80, widget=forms.TextInput(attrs=note))


def words_of(parameters: QueryDict) -> dict[str, str]:
    """What an address says: the levels of `by` joined into one word, several choices into one."""
    words = {
        name: ",".join(value for value in parameters.getlist(name) if value)
        for name in parameters
        if name not in OWN_WORDS
    }
    levels = [words.pop(f"by{level}", "") for level in (2, 3)]
    first = words.get("by", "")
    if first and first != "none":
        said = [part for part in (*first.split(","), *levels) if part]
        words["by"] = ",".join(dict.fromkeys(said))
    return words


def shown_words(report: Report, said: dict[str, str], asked: dict[str, str]) -> dict[str, str]:
    """What the form shows: what was said, and the day and levels that were meant."""
    shown = {**asked, **said}
    levels = (shown.get("by") or ",".join(report.by)).split(",")
    for place, name in enumerate(levels[: report.levels], start=1):
        shown["by" if place == 1 else f"by{place}"] = name
    for option in report.options:
        if option.name not in shown and option.default not in (None, "", (), 0):
            shown[option.name] = _default(option)
    if known := asked.get("known_at") or said.get("known_at"):
        shown["known_at"] = known[:16]
    return shown


def _default(option: Option) -> str:
    if isinstance(option.default, tuple):
        return ",".join(map(str, option.default))
    return str(option.default)

"""Payment terms: the list, the form, and what a term means for an invoice of a day."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.administration.operations import save_term
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Customer, PaymentTerm
from huikuan.customers.rules import BaseEvent, HolidayRule, TermKind, TermRule, UnusableTerm, used_fields
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, put_error, show
from huikuan.web.settings.term_words import (
    EVENTS,
    HOLIDAYS,
    KINDS,
    preview,
    rule_words,
    term_words,
    wrong_words,
)

SECTION = "settings-terms"
_RULE_FIELDS = ("days", "months", "day", "cutoff", "on", "milestone")
# Kinds that bring their own event.
_OWN_EVENT = {
    TermKind.ON_DELIVERY: BaseEvent.DELIVERY,
    TermKind.PREPAID: BaseEvent.ORDER,
    TermKind.MILESTONE: BaseEvent.MILESTONE,
}


class TermForm(forms.Form):
    """A payment term; which fields count depends on the kind."""

    code = forms.CharField(label=gettext_lazy("代码"), max_length=64)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("怎么算"), choices=list(KINDS.items()))
    base_event = forms.ChoiceField(
        label=gettext_lazy("从哪天算起"), choices=list(EVENTS.items()), required=False
    )
    days = forms.IntegerField(label=gettext_lazy("天数"), required=False)
    months = forms.IntegerField(label=gettext_lazy("月数"), required=False)
    day = forms.IntegerField(
        label=gettext_lazy("付款日"), required=False, help_text=gettext_lazy("1 到 31；不足的月份取月末。")
    )
    cutoff = forms.IntegerField(
        label=gettext_lazy("截止日"), required=False, help_text=gettext_lazy("每月几日截止；不填为月末。")
    )
    on = DayField(label=gettext_lazy("到期日"), required=False)
    milestone = forms.CharField(label=gettext_lazy("约定的事件"), max_length=60, required=False)
    holiday = forms.ChoiceField(
        label=gettext_lazy("遇到休息日"), choices=list(HOLIDAYS.items()), required=False
    )

    def chosen_kind(self) -> TermKind:
        """The kind as it stands in the form, valid or not."""
        try:
            return TermKind(str(self["kind"].value()))
        except ValueError:
            return TermKind.NET_DAYS

    def used(self) -> list[forms.BoundField]:
        """The fields of the rule that the kind uses, those it needs first."""
        kind = self.chosen_kind()
        needed, allowed = used_fields(kind)
        names = [name for name in _RULE_FIELDS if name in needed]
        names += [name for name in _RULE_FIELDS if name in allowed - needed]
        if kind not in _OWN_EVENT and kind is not TermKind.FIXED:
            names.insert(0, "base_event")
        return [self[name] for name in [*names, "holiday"]]

    def optional(self) -> list[str]:
        """The fields that the kind may go without."""
        needed, allowed = used_fields(self.chosen_kind())
        return [str(name) for name in allowed - needed]

    def rule(self) -> TermRule | None:
        """The term, or nothing where a field is wrong: its error is noted."""
        values = self.cleaned_data
        try:
            kind = TermKind(values.get("kind", ""))
            _needed, allowed = used_fields(kind)
            return TermRule(
                kind=kind,
                base_event=_OWN_EVENT.get(kind) or BaseEvent(values.get("base_event") or "invoice"),
                holiday=HolidayRule(values["holiday"]) if values.get("holiday") else None,
                **{name: values.get(name) or None for name in allowed if name not in ("days", "months")},
                **{name: values.get(name) for name in allowed if name in ("days", "months")},
            )
        except UnusableTerm as error:
            name = error.field if error.field in self.fields else "kind"
            if name not in self.errors:
                self.add_error(name, wrong_words(error))
        except ValueError:
            return None
        return None

    def clean(self) -> dict[str, Any]:
        """Notes what is wrong with the rule beside its field."""
        self.rule()
        return self.cleaned_data


@require_safe
@page("organization.write")
def terms(request: HttpRequest, work: Work) -> HttpResponse:
    """The terms in words, and how many customers have each."""
    used = dict(
        Customer.objects.filter(term__isnull=False)
        .values("term_id")
        .annotate(number_of=Count("pk"))
        .values_list("term_id", "number_of")
    )
    rows = [
        {
            "url": address(work, "settings-term", term.pk),
            "cells": [term.name, term.code, term_words(term), used.get(term.pk, 0)],
        }
        for term in PaymentTerm.objects.order_by("name", "code")
    ]
    columns = [
        {"label": _("名称"), "kind": "name", "lead": True},
        {"label": _("代码"), "minor": True},
        {"label": _("约定"), "kind": "name"},
        {"label": pgettext("plural", "客户"), "kind": "count"},
    ]
    add = {
        "label": _("新增付款条件"),
        "url": address(work, "settings-term-add"),
        "icon": "plus",
        "primary": True,
    }
    empty = {
        "title": _("还没有付款条件"),
        "text": _("导入客户时会按“月结30天”这样的写法自动建立，也可以在这里新增。"),
        "icon": "calendar-due",
    }
    table = {"id": "list", "caption": _("付款条件"), "columns": columns, "rows": rows, "empty": empty}
    return show(
        request,
        work,
        "settings/list.html",
        section=SECTION,
        title=_("付款条件"),
        note=_("客户的账期：发票的到期日由它算出。"),
        actions=[add],
        tables=[table],
    )


@require_safe
@page("organization.write")
def term_preview(request: HttpRequest, work: Work) -> HttpResponse:
    """The due date of the term as it is being typed."""
    form = TermForm(request.GET)
    return render(request, "settings/term_preview.html", _preview(form, request, work))


@require_safe
@page("organization.write")
def term_fields(request: HttpRequest, work: Work) -> HttpResponse:
    """The fields that the chosen kind uses, with what was typed so far."""
    typed = {name: value for name, value in request.GET.items() if value}
    return render(request, "settings/term_fields.html", {"form": TermForm(initial=typed)})


def _preview(form: TermForm, request: HttpRequest, work: Work) -> dict[str, Any]:
    base_on = _day(request.GET.get("base_on") or request.POST.get("base_on", ""), work.today)
    form.is_valid()
    wrong = [form[name] for name in form.errors if name not in ("code", "name")]
    rule = None if wrong else form.rule()
    if rule is None:
        return {"base_on": base_on, "due": None}
    return {"base_on": base_on, "due": preview(rule, base_on), "words": rule_words(rule)}


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def term_add(request: HttpRequest, work: Work) -> HttpResponse:
    """A new term."""
    form = TermForm(
        request.POST or None, initial={"kind": TermKind.NET_DAYS.value, "days": 30, "base_event": "invoice"}
    )
    return _edit(request, work, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def term(request: HttpRequest, work: Work, term: UUID) -> HttpResponse:
    """One term. What was agreed in instalments can be renamed, not taken apart."""
    found = PaymentTerm.objects.filter(pk=term).first()
    if found is None:
        raise Http404
    initial = {"code": found.code, "name": found.name, **found.rule}
    form = TermForm(request.POST or None, initial=initial)
    if found.instalments:
        for name in (*_RULE_FIELDS, "kind", "base_event", "holiday"):
            form.fields[name].required = False
    return _edit(request, work, form, found)


def _edit(request: HttpRequest, work: Work, form: TermForm, found: PaymentTerm | None) -> HttpResponse:
    in_parts = bool(found and found.instalments)
    if request.method == "POST" and (form.is_valid() or (in_parts and not _names_wrong(form))):
        try:
            save_term(
                term_id=found.pk if found else None,
                code=form.cleaned_data["code"],
                name=form.cleaned_data["name"],
                rule=None if in_parts else form.rule(),
                actor=work.actor,
            )
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect(SECTION, work.organization.code)
    title = found.name if found else _("新增付款条件")
    context: dict[str, Any] = {"base_on": work.today, "due": None}
    if not in_parts:
        trial = TermForm({name: form[name].value() for name in form.fields})
        context = _preview(trial, request, work)
    return show(
        request,
        work,
        "settings/term.html",
        section=SECTION,
        title=title,
        crumb=title,
        note=_("改动用于以后登记的发票；已有发票的到期日不变。") if found else "",
        form=form,
        parts=term_words(found) if found and in_parts else "",
        customers=Customer.objects.filter(term=found).count() if found else None,
        back_url=address(work, SECTION),
        status=422 if form.is_bound and form.errors else 200,
        **context,
    )


def _names_wrong(form: TermForm) -> bool:
    return bool({"code", "name"} & form.errors.keys())

"""Who must agree to what, which duties may not meet, and when approvers are reminded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huikuan.approvals.duties import DUTIES, duty_words, enforced_duties
from huikuan.approvals.operations import NewBand, change_settings, save_policy
from huikuan.approvals.operations.policies import LONGEST_PATIENCE_DAYS, MOST_BANDS, MOST_STEPS
from huikuan.approvals.queries import PolicyBand, policies, policy_of, remind_after_days
from huikuan.approvals.registry import Kind, kinds
from huikuan.core.errors import HuikuanError
from huikuan.core.sentences import in_succession, labelled
from huikuan.organizations.models import Role
from huikuan.organizations.permissions import role_name
from huikuan.web.fields import AmountField
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, put_error, show
from huikuan.web.templatetags.money import money

SECTION = "settings-approvals"
SPARE_BANDS = 2


class SettingsForm(forms.Form):
    """Duties and reminders."""

    remind_after_days = forms.IntegerField(
        label=gettext_lazy("等待几天后提醒审批人"),
        min_value=0,
        max_value=LONGEST_PATIENCE_DAYS,
        help_text=gettext_lazy("以后每天提醒一次；0 表示不提醒。"),
    )
    duties = forms.MultipleChoiceField(
        label=gettext_lazy("不能由同一人担任的职责"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["duties"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(code, labelled(duty_words(code), duty.why)) for code, duty in DUTIES.items()]


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def approvals(request: HttpRequest, work: Work) -> HttpResponse:
    """The kinds of acts with what the organization wants agreed to, then duties and reminders."""
    initial = {"remind_after_days": remind_after_days(), "duties": sorted(enforced_duties())}
    form = SettingsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            change_settings(
                duties=values["duties"], remind_after_days=values["remind_after_days"], actor=work.actor
            )
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect(SECTION, work.organization.code)
    found = policies()
    rows = [
        {
            "url": address(work, "settings-approval", kind.code),
            "cells": [str(kind.title), _state(found.get(kind.code)), _words(work, found.get(kind.code, []))],
        }
        for kind in kinds()
    ]
    columns = [
        {"label": _("事项"), "lead": True},
        {"label": _("状态"), "kind": "badge"},
        {"label": _("谁批准"), "kind": "name"},
    ]
    table = {"id": "list", "caption": _("审批规定"), "columns": columns, "rows": rows}
    return show(
        request,
        work,
        "settings/approvals.html",
        section=SECTION,
        title=_("审批"),
        note=_("哪些事项要先批准，按金额由谁批准。没有规定的事项，有权限的人直接执行。"),
        table=table,
        form=form,
        status=422 if form.is_bound and form.errors else 200,
    )


def _state(bands: Sequence[PolicyBand] | None) -> dict[str, str]:
    if not bands or not any(band.roles for band in bands):
        return {"label": _("直接执行"), "tone": "plain"}
    return {"label": _("先批准"), "tone": "good"}


def _words(work: Work, bands: Sequence[PolicyBand]) -> str | None:
    """The bands as sentences: from how much on, who."""
    currency = work.organization.currency
    parts = []
    for band in bands:
        who = " → ".join(role_name(role.code, role.name) for role in band.roles) or _("直接执行")
        floor = _("%s 起") % money(band.floor, currency)
        parts.append(who if len(bands) == 1 else labelled(floor, who))
    return in_succession(parts) or None


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def policy(request: HttpRequest, work: Work, kind: str) -> HttpResponse:
    """The bands of one kind: from which amount on, which roles, in order."""
    found = next((each for each in kinds() if each.code == kind), None)
    if found is None:
        raise Http404
    roles = list(Role.objects.order_by("code"))
    posted = request.POST if request.method == "POST" else None
    form = PolicyForm(posted, bands=policy_of(kind), roles=roles, currency=work.organization.currency)
    if posted is not None and form.is_valid():
        try:
            save_policy(kind=kind, bands=form.bands(), actor=work.actor)
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已保存，用于以后提出的申请。"))
            return redirect(SECTION, work.organization.code)
    return _policy_page(request, work, found, form)


def _policy_page(request: HttpRequest, work: Work, kind: Kind, form: PolicyForm) -> HttpResponse:
    return show(
        request,
        work,
        "settings/approval_policy.html",
        section=SECTION,
        title=str(kind.title),
        crumb=str(kind.title),
        note=_("从低到高按金额分档，金额为本位币；每档的角色按顺序各批准一次。改动只用于以后提出的申请。"),
        form=form,
        lines=form.lines(),
        currency=work.organization.currency,
        back_url=address(work, SECTION),
        status=422 if form.is_bound and form.errors else 200,
    )


class PolicyForm(forms.Form):
    """Rows of an amount and roles in order; a row without an amount counts as none."""

    def __init__(
        self, posted: Any, *, bands: Sequence[PolicyBand], roles: Sequence[Role], currency: str
    ) -> None:
        super().__init__(posted)
        self.count = min(len(bands) + SPARE_BANDS, MOST_BANDS)
        choices = [("", "—"), *((str(role.pk), role_name(role.code, role.name)) for role in roles)]
        for place in range(self.count):
            band = bands[place] if place < len(bands) else None
            self.fields[f"floor-{place}"] = FloorField(
                currency=currency,
                label=_("第 %d 档，从多少起") % (place + 1),
                required=False,
                initial=money(band.floor, currency).replace(",", "") if band else None,
            )
            for step in range(MOST_STEPS):
                held = band.roles[step] if band and step < len(band.roles) else None
                self.fields[f"role-{place}-{step}"] = forms.ChoiceField(
                    label=_("第 %(band)d 档，第 %(step)d 步") % {"band": place + 1, "step": step + 1},
                    choices=choices,
                    required=False,
                    initial=str(held.pk) if held else "",
                )

    def lines(self) -> list[dict[str, Any]]:
        """The fields row by row."""
        return [
            {
                "place": place + 1,
                "floor": self[f"floor-{place}"],
                "roles": [self[f"role-{place}-{step}"] for step in range(MOST_STEPS)],
            }
            for place in range(self.count)
        ]

    def clean(self) -> dict[str, Any]:
        """A row with roles needs its amount."""
        values: Mapping[str, Any] = self.cleaned_data
        for place in range(self.count):
            name = f"floor-{place}"
            if values.get(name) is None and name not in self.errors and self._roles(place):
                self.add_error(name, _("请填写这一档从多少金额起。"))
        return self.cleaned_data

    def _roles(self, place: int) -> tuple[UUID, ...]:
        chosen = (self.cleaned_data.get(f"role-{place}-{step}") for step in range(MOST_STEPS))
        return tuple(UUID(role) for role in chosen if role)

    def bands(self) -> list[NewBand]:
        """What was written; only of a valid form."""
        floors: list[tuple[int, Decimal | None]] = [
            (place, self.cleaned_data[f"floor-{place}"]) for place in range(self.count)
        ]
        return [NewBand(floor, self._roles(place)) for place, floor in floors if floor is not None]


class FloorField(AmountField):
    """An amount that may be zero."""

    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)

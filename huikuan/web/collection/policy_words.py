"""Policies as pages say them: when a step is, what it does, whom it takes in, and where the pages are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from huikuan.collection.models import PolicyVersion
from huikuan.collection.policy_wording import (
    ACTION_STATES,
    EFFECTS,
    MEANS,
    OURS,
    SCOPES,
    SENDERS,
    THEIRS,
    TRIGGERS,
)
from huikuan.collection.shipped_policy import shown_name
from huikuan.collection.stepping import CASES, Content, Means, Scope, Step, Trigger
from huikuan.collection.templates import template_names
from huikuan.core.sentences import enumerated, in_succession, labelled
from huikuan.customers.models import Customer
from huikuan.web.collection.words import list_url
from huikuan.web.lists import with_query
from huikuan.web.pages import Work
from huikuan.web.templatetags.dates import day as day_text
from huikuan.web.templatetags.money import money

Row = dict[str, Any]
ICONS = {
    Means.EMAIL: "mail", Means.SMS: "message", Means.WECOM: "message", Means.DINGTALK: "message",
    Means.FEISHU: "message", Means.PHONE: "phone", Means.VISIT: "map-pin", Means.LETTER: "file-text",
    Means.LAWYER: "gavel", Means.SUIT: "gavel",
}  # fmt: skip
STATE_TONES = {
    "planned": "notice", "waiting_approval": "warn", "queued": "notice", "sent": "good", "failed": "bad",
    "unknown": "bad", "done": "good", "skipped": "plain", "cancelled": "plain",
}  # fmt: skip


def policies_url(work: Work) -> str:
    return reverse("collection-policies", args=[work.organization.code])


def policy_url(work: Work, key: UUID, **query: object) -> str:
    """A policy, in one of its versions."""
    return with_query(reverse("collection-policy", args=[work.organization.code, key]), query)


def runs_url(work: Work) -> str:
    return reverse("collection-runs", args=[work.organization.code])


def crumbs(work: Work, *more: Row) -> list[Row]:
    """The way from the worklist to a page of policies."""
    return [
        {"label": _("催收"), "url": list_url(work)},
        {"label": _("催收策略"), "url": policies_url(work)},
        *more,
    ]


def said(words: Mapping[str, str | Promise], codes: Iterable[str]) -> str:
    """Codes in words, one after the other."""
    return enumerated(words.get(code, code) for code in codes)


def when(step: Step) -> str:
    """When a step comes up."""
    if step.trigger == Trigger.DUE:
        if step.days == 0:
            return _("到期当天")
        text = (
            ngettext("到期前 %d 天", "到期前 %d 天", -step.days)
            if step.days < 0
            else ngettext("逾期 %d 天", "逾期 %d 天", step.days)
        )
        return text % abs(step.days)
    if step.days == 0:
        return str(TRIGGERS[step.trigger])
    values = {"what": TRIGGERS[step.trigger], "days": abs(step.days)}
    return (_("%(what)s前 %(days)d 天") if step.days < 0 else _("%(what)s后 %(days)d 天")) % values


def step_events(work: Work, content: Content) -> list[Row]:
    """The steps as events of components/timeline.html, in order."""
    names = template_names(get_language() or "")
    return [_event(work, step, names) for step in content.steps]


def _event(work: Work, step: Step, names: Mapping[str, str]) -> Row:
    parts = [said(MEANS, step.channels)]
    if step.template:
        parts.append(_("模板“%s”") % names.get(step.template, step.template))
    parts.append(_("由%s发出") % SENDERS[step.sender])
    if step.theirs:
        parts.append(_("给%s") % said(THEIRS, step.theirs))
    lines = [" · ".join(str(part) for part in parts)]
    more = []
    if step.ours:
        more.append(_("告知%s") % said(OURS, step.ours))
    if step.repeat_days and step.repeats:
        more.append(
            _("之后每 %(days)d 天一次，最多再 %(count)d 次")
            % {"days": step.repeat_days, "count": step.repeats}
        )
    if step.minimum:
        more.append(_("欠款不到 %s 不做") % money(step.minimum, work.organization.currency))
    if step.fee:
        more.append(_("提出计收费用 %s") % money(step.fee, work.organization.currency))
    if step.with_interest:
        more.append(_("写明逾期利息"))
    if step.effects:
        more.append(said(EFFECTS, step.effects))
    if step.needs_approval:
        more.append(_("先经同意"))
    if more:
        lines.append(" · ".join(more))
    if step.script:
        lines.append(step.script)
    return {
        "title": f"{when(step)} · {shown_name(step.name)}",
        "note": "\n".join(lines),
        "icon": ICONS[step.channels[0]] if step.channels else "flag",
        "tone": step_tone(step),
    }


def step_tone(step: Step) -> str:
    """How grave a step looks."""
    if set(step.channels) & CASES or step.trigger == Trigger.LIMITATION:
        return "bad"
    if step.needs_approval or step.effects:
        return "warn"
    return "good" if step.trigger == Trigger.DUE and step.days <= 0 else "notice"


def version_state(version: PolicyVersion, today: date) -> Row:
    """Whether a version counts, as a badge."""
    if version.starts_on is None:
        return {"label": _("草稿"), "tone": "warn"}
    if version.starts_on > today:
        return {"label": _("%s 起启用") % day_text(version.starts_on), "tone": "notice"}
    if version.ends_on is not None and version.ends_on <= today:
        return {"label": _("历史"), "tone": "plain"}
    return {"label": _("启用中"), "tone": "good"}


def whom(scopes: Iterable[tuple[Scope, str]]) -> str:
    """Whom a version takes in."""
    found: dict[str, list[str]] = {}
    for kind, value in scopes:
        found.setdefault(kind, []).append(value)
    if not found:
        return _("所有客户")
    keys = [*found.get(Scope.CUSTOMER, ()), *found.get(Scope.GROUP, ())]
    names = {str(row.pk): row.name for row in Customer.everyone.filter(pk__in=keys)}
    parts = [
        labelled(
            SCOPES[kind],
            enumerated(names.get(value, value) for value in values[:6]) + ("…" if values[6:] else ""),
        )
        for kind, values in found.items()
    ]
    return in_succession(parts)


def rhythm(version: PolicyVersion) -> str:
    """On which days something is done."""
    days = (
        _("每天")
        if version.weekdays == "1234567"
        else enumerated(weekday(int(each)) for each in version.weekdays)
    )
    return _("%s，只在工作日") % days if version.workdays_only else days


def weekday(number: int) -> str:
    """A day of the week, Monday is 1."""
    names = [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")]
    return names[number - 1]


def action_badge(state: str) -> Row:
    """The state of an action as a badge."""
    return {"label": str(ACTION_STATES.get(state, state)), "tone": STATE_TONES.get(state, "plain")}

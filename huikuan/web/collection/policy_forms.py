"""What a policy and its steps are asked for: a form for the whole, and one for each step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.collection.policy_wording import EFFECTS, MEANS, OURS, SENDERS, THEIRS, TRIGGERS
from huikuan.collection.shipped_policy import shown_name
from huikuan.collection.stepping import (
    QUIET_FROM,
    QUIET_TO,
    WINDOW,
    Content,
    Effect,
    Means,
    Our,
    Scope,
    Sender,
    Step,
    Their,
    Trigger,
    by_depth,
)
from huikuan.collection.templates import template_names
from huikuan.customers.models import Customer
from huikuan.web.collection.policy_words import weekday
from huikuan.web.fields import AmountField
from huikuan.web.pages import Work

GRADES = ("AAA", "AA", "A", "B", "C", "D")
SPARE = 2
"""Empty places for new steps."""
MOST = 40


def pairs(words: Mapping[str, str | Promise]) -> list[tuple[str, str]]:
    return [(str(code), capfirst(str(said))) for code, said in words.items()]


class PolicyForm(forms.Form):
    """Whom a policy takes in, in which order it decides, on which days, and within which hours."""

    code = forms.CharField(label=_l("代码"), max_length=40)
    name = forms.CharField(label=_l("名称"), max_length=100)
    priority = forms.IntegerField(
        label=_l("优先级"),
        min_value=0,
        max_value=9999,
        help_text=_l("一位客户符合几个策略时，数字小的决定。"),
    )
    minimum = AmountField(label=_l("起催金额"), help_text=_l("客户逾期合计不到这么多，不催。"))
    segments = forms.MultipleChoiceField(
        label=_l("客户分类"), required=False, widget=forms.CheckboxSelectMultiple
    )
    grades = forms.MultipleChoiceField(
        label=_l("信用等级"), required=False, widget=forms.CheckboxSelectMultiple
    )
    regions = forms.MultipleChoiceField(label=_l("地区"), required=False, widget=forms.CheckboxSelectMultiple)
    customers = forms.CharField(
        label=_l("指定客户"),
        required=False,
        help_text=_l("客户编码，每行一个。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    groups = forms.CharField(
        label=_l("集团"),
        required=False,
        help_text=_l("集团母公司的客户编码，每行一个。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    weekdays = forms.MultipleChoiceField(label=_l("星期"), widget=forms.CheckboxSelectMultiple)
    workdays_only = forms.BooleanField(label=_l("只在工作日（含调休上班日）"), required=False)
    quiet_from = forms.TimeField(
        label=_l("免打扰从"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_to = forms.TimeField(
        label=_l("免打扰到"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    window = forms.IntegerField(label=_l("错过后几个催收日以内补做"), min_value=1, max_value=30)
    note = forms.CharField(label=_l("说明（为什么改）"), required=False, max_length=500)

    def __init__(self, work: Work, content: Content | None, data: Any = None, *, new: bool) -> None:
        super().__init__(data, initial=_initial(content or Content()))
        if not new:
            del self.fields["code"], self.fields["name"]
        chosen = {
            kind: [value for each, value in (content or Content()).scopes if each == kind] for kind in Scope
        }
        offered: dict[str, Iterable[tuple[str, str]]] = {
            "segments": known_values("segment", chosen[Scope.SEGMENT]),
            "grades": [(each, each) for each in GRADES],
            "regions": known_values("region", chosen[Scope.REGION]),
            "weekdays": [(str(each), weekday(each)) for each in range(1, 8)],
        }
        for field_name, choices in offered.items():
            field = self.fields[field_name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = list(choices)

    @property
    def names(self) -> list[Any]:
        return [self[name] for name in ("code", "name") if name in self.fields]

    @property
    def rules(self) -> list[Any]:
        return [
            self[name]
            for name in (
                "priority",
                "minimum",
                "window",
                "quiet_from",
                "quiet_to",
                "workdays_only",
                "weekdays",
            )
        ]

    @property
    def whom(self) -> list[Any]:
        offered = [name for name in ("segments", "grades", "regions") if self._has_choices(name)]
        return [self[name] for name in (*offered, "customers", "groups")]

    def _has_choices(self, name: str) -> bool:
        field = self.fields[name]
        return isinstance(field, forms.MultipleChoiceField) and bool(field.choices)

    def clean_customers(self) -> list[str]:
        """The keys of the customers that were named."""
        return _keys(self.cleaned_data["customers"])

    def clean_groups(self) -> list[str]:
        """The keys of the heads that were named; of a member its head."""
        return _keys(self.cleaned_data["groups"], head=True)

    def content(self, steps: Iterable[Step]) -> Content:
        """The version that was typed."""
        values = self.cleaned_data
        scopes = (
            *((Scope.SEGMENT, each) for each in values["segments"]),
            *((Scope.GRADE, each) for each in values["grades"]),
            *((Scope.REGION, each) for each in values["regions"]),
            *((Scope.CUSTOMER, each) for each in values["customers"]),
            *((Scope.GROUP, each) for each in values["groups"]),
        )
        return Content(
            steps=by_depth(steps),
            scopes=scopes,
            priority=values["priority"],
            minimum=values["minimum"],
            window=values["window"],
            weekdays="".join(sorted(values["weekdays"])),
            workdays_only=values["workdays_only"],
            quiet_from=values["quiet_from"],
            quiet_to=values["quiet_to"],
            note=values["note"].strip(),
        )


def _initial(content: Content) -> dict[str, Any]:
    values: dict[Scope, list[str]] = {kind: [] for kind in Scope}
    for kind, value in content.scopes:
        values[kind].append(value)
    keys = values[Scope.CUSTOMER] + values[Scope.GROUP]
    codes = {str(row.pk): row.code for row in Customer.everyone.filter(pk__in=keys)} if keys else {}
    return {
        "priority": content.priority,
        "minimum": f"{content.minimum:.2f}",
        "segments": values[Scope.SEGMENT],
        "grades": values[Scope.GRADE],
        "regions": values[Scope.REGION],
        "customers": "\n".join(codes.get(each, "") for each in values[Scope.CUSTOMER]),
        "groups": "\n".join(codes.get(each, "") for each in values[Scope.GROUP]),
        "weekdays": list(content.weekdays),
        "workdays_only": content.workdays_only,
        "quiet_from": content.quiet_from or QUIET_FROM,
        "quiet_to": content.quiet_to or QUIET_TO,
        "window": content.window or WINDOW,
        "note": content.note,
    }


def known_values(column: str, chosen: Iterable[str]) -> list[tuple[str, str]]:
    found = (
        Customer.objects.exclude(**{column: ""}).order_by(column).values_list(column, flat=True).distinct()
    )
    return [(each, each) for each in sorted({*found[:100], *chosen})]


def _keys(text: str, *, head: bool = False) -> list[str]:
    codes = [
        each.strip() for each in text.replace("，", "\n").replace(",", "\n").splitlines() if each.strip()
    ]
    rows = {row.code: row for row in Customer.objects.filter(code__in=codes[:500])}
    missing = [each for each in codes if each not in rows]
    if missing:
        raise forms.ValidationError(_("没有编码为 %s 的客户。") % missing[0][:64])
    found = [rows[each] for each in codes]
    return [str((row.parent_id or row.pk) if head else row.pk) for row in found]


class StepForm(forms.Form):
    """A step; without a name it is not there."""

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_l("名称"), required=False, max_length=60)
    trigger = forms.ChoiceField(label=_l("从什么算起"))
    days = forms.IntegerField(
        label=_l("第几天"), required=False, help_text=_l("之前填负数，例如 −7；当天填 0。")
    )
    channels = forms.MultipleChoiceField(
        label=_l("方式"), required=False, widget=forms.CheckboxSelectMultiple
    )
    template = forms.ChoiceField(label=_l("模板"), required=False)
    sender = forms.ChoiceField(label=_l("由谁发出"))
    theirs = forms.MultipleChoiceField(
        label=_l("给对方谁"), required=False, widget=forms.CheckboxSelectMultiple
    )
    ours = forms.MultipleChoiceField(
        label=_l("告知我方谁"), required=False, widget=forms.CheckboxSelectMultiple
    )
    repeat_days = forms.IntegerField(label=_l("每几天重复"), required=False, min_value=0, max_value=1000)
    repeats = forms.IntegerField(label=_l("最多再几次"), required=False, min_value=0, max_value=60)
    minimum = AmountField(label=_l("欠款不到多少不做"), required=False)
    fee = AmountField(
        label=_l("提出计收费用"), required=False, help_text=_l("合同约定的才填；含税，财务确认后计收。")
    )
    effects = forms.MultipleChoiceField(label=_l("同时"), required=False, widget=forms.CheckboxSelectMultiple)
    needs_approval = forms.BooleanField(label=_l("先经同意"), required=False)
    with_interest = forms.BooleanField(label=_l("写明逾期利息"), required=False)
    script = forms.CharField(
        label=_l("话术"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    gone = forms.BooleanField(label=_l("删除这一步"), required=False)

    def __init__(self, step: Step | None, place: int, data: Any, templates: list[tuple[str, str]]) -> None:
        super().__init__(data, prefix=f"step-{place}", initial=_typed(step))
        offered = {
            "trigger": pairs(TRIGGERS),
            "channels": pairs(MEANS),
            "template": [("", "—"), *templates],
            "sender": pairs(SENDERS),
            "theirs": pairs(THEIRS),
            "ours": pairs(OURS),
            "effects": pairs(EFFECTS),
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        self.step = step

    @property
    def title(self) -> str:
        """What the step is called on the page."""
        return shown_name(self.step.name) if self.step else _("新的一步")

    @property
    def more(self) -> list[Any]:
        return [self[name] for name in ("theirs", "ours", "effects")]

    @property
    def unfolded(self) -> bool:
        """Whether something that is folded away is wrong."""
        return any(self[name].errors for name in ("repeat_days", "repeats", "minimum", "fee", "script"))

    @property
    def is_there(self) -> bool:
        """Whether a step was typed, and stays."""
        return bool(self.cleaned_data.get("name")) and not self.cleaned_data.get("gone")

    def wanted(self) -> Step:
        """The step that was typed."""
        values = self.cleaned_data
        key: UUID | None = values["key"]
        return Step(
            name=values["name"].strip(),
            trigger=Trigger(values["trigger"]),
            days=values["days"] or 0,
            channels=tuple(Means(each) for each in values["channels"]),
            template=values["template"],
            sender=Sender(values["sender"]),
            theirs=tuple(Their(each) for each in values["theirs"]),
            ours=tuple(Our(each) for each in values["ours"]),
            repeat_days=values["repeat_days"] or 0,
            repeats=values["repeats"] or 0,
            minimum=values["minimum"] or Decimal(0),
            fee=values["fee"] or Decimal(0),
            with_interest=values["with_interest"],
            effects=tuple(Effect(each) for each in values["effects"]),
            needs_approval=values["needs_approval"],
            script=values["script"],
            key=key,
        )


def _typed(step: Step | None) -> dict[str, Any]:
    if step is None:
        return {"trigger": Trigger.DUE.value, "sender": Sender.SYSTEM.value, "theirs": [Their.FINANCE.value]}
    return {
        "key": step.key,
        "name": step.name,
        "trigger": step.trigger.value,
        "days": step.days,
        "channels": [each.value for each in step.channels],
        "template": step.template,
        "sender": step.sender.value,
        "theirs": [each.value for each in step.theirs],
        "ours": [each.value for each in step.ours],
        "repeat_days": step.repeat_days or None,
        "repeats": step.repeats or None,
        "minimum": f"{step.minimum:.2f}" if step.minimum else None,
        "fee": f"{step.fee:.2f}" if step.fee else None,
        "effects": [each.value for each in step.effects],
        "needs_approval": step.needs_approval,
        "with_interest": step.with_interest,
        "script": step.script,
    }


def step_forms(steps: Iterable[Step], data: Any) -> list[StepForm]:
    """A form for each step, and a few empty ones; posted: for as many as were shown."""
    known = list(steps)
    choices = sorted(template_names(get_language() or "").items(), key=lambda each: each[1])
    count = len(known) + SPARE
    if data is not None:
        shown = str(data.get("steps", ""))
        count = min(int(shown), MOST) if shown.isdecimal() else 0
        known = []
    return [
        StepForm(known[place] if place < len(known) else None, place, data, choices) for place in range(count)
    ]

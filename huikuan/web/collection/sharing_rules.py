"""分派规则: who collects from whom nobody was chosen for, a card for each rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.collection.operations import save_assignment_rules, share_out
from huikuan.collection.operations.sharing_out import MOST_RULES, assignment_rules
from huikuan.collection.queries import collectors
from huikuan.collection.sharing import AssignmentRule
from huikuan.core.errors import HuikuanError
from huikuan.web.collection.case_forms import choices
from huikuan.web.collection.policy_forms import known_values
from huikuan.web.collection.words import list_url
from huikuan.web.fields import AmountField
from huikuan.web.pages import Work, page

ZERO = Decimal(0)
BOXES = ("collectors", "regions", "segments")


class RuleForm(forms.Form):
    """One rule; what is left empty takes in everybody."""

    name = forms.CharField(label=_l("名称"), max_length=100)
    collectors = forms.MultipleChoiceField(label=_l("催收人"), widget=forms.CheckboxSelectMultiple)
    regions = forms.MultipleChoiceField(label=_l("地区"), required=False, widget=forms.CheckboxSelectMultiple)
    segments = forms.MultipleChoiceField(
        label=_l("客户分类"), required=False, widget=forms.CheckboxSelectMultiple
    )
    least = AmountField(label=_l("逾期金额至少"), required=False)
    most = AmountField(label=_l("逾期金额不到"), required=False)
    least_days = forms.IntegerField(label=_l("至少逾期几天"), required=False, min_value=0, max_value=9999)

    def __init__(self, *args: Any, offered: Mapping[str, Sequence[tuple[str, str]]], **options: Any) -> None:
        super().__init__(*args, **options)
        for name, values in offered.items():
            choices(self, name, values)
            if not values and name != "collectors":
                del self.fields[name]

    @property
    def title(self) -> str:
        """What the rule is called; a new one has no name yet."""
        return str(self["name"].value() or _("新规则"))

    @property
    def boxes(self) -> list[Any]:
        """Whom and what it is for."""
        return [self[name] for name in BOXES if name in self.fields]

    @property
    def rule(self) -> AssignmentRule:
        """What was put in."""
        values = self.cleaned_data
        return AssignmentRule(
            name=values["name"].strip(),
            collectors=tuple(UUID(key) for key in values["collectors"]),
            regions=frozenset(values.get("regions", ())),
            segments=frozenset(values.get("segments", ())),
            least=values["least"] or ZERO,
            most=values["most"],
            least_days=values["least_days"] or 0,
        )


class NowForm(forms.Form):
    """Whether to share out at once."""

    now = forms.BooleanField(label=_l("保存后马上分派还没有指定催收人的客户"), required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage", whole=True)
def sharing_rules(request: HttpRequest, work: Work) -> HttpResponse:
    """The rules in force, to change, to order and to add to; the first that applies decides."""
    back = reverse("collection-table", args=[work.organization.code])
    data = request.POST if request.method == "POST" else None
    forms_of, now = _rule_forms(data), NowForm(data)
    if data is not None and forms_of.is_valid() and now.is_valid():
        wanted = [each.rule for each in forms_of.ordered_forms]
        try:
            save_assignment_rules(wanted, actor=work.actor)
        except HuikuanError as error:
            now.add_error(None, error.message)
        else:
            messages.success(request, _said(work, now=now.cleaned_data["now"]))
            return redirect(
                reverse("collection-rules", args=[work.organization.code]) if "more" in data else back
            )
    context = {
        "rules": forms_of,
        "form": now,
        "back_url": back,
        "breadcrumbs": [
            {"label": _("催收"), "url": list_url(work)},
            {"label": _("表格"), "url": back},
            {"label": _("分派规则")},
        ],
    }
    wrong = data is not None
    return render(request, "collection/sharing_rules.html", context, status=422 if wrong else 200)


def _rule_forms(data: Any) -> Any:
    kept = assignment_rules()
    offered = {
        "collectors": [(str(key), name) for key, name in collectors()],
        "regions": known_values("region", {each for rule in kept for each in rule.regions}),
        "segments": known_values("segment", {each for rule in kept for each in rule.segments}),
    }
    made = forms.formset_factory(
        RuleForm, extra=1, max_num=MOST_RULES, validate_max=True, can_order=True, can_delete=True
    )
    found = made(
        data,
        prefix="rule",
        initial=[_initial(rule) for rule in kept],
        form_kwargs={"offered": offered},
    )
    for each in found.forms:
        each.fields["ORDER"].label = _("第几条")
        each.fields["DELETE"].label = _("删除这条规则")
    return found


def _initial(rule: AssignmentRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "collectors": [str(key) for key in rule.collectors],
        "regions": sorted(rule.regions),
        "segments": sorted(rule.segments),
        "least": f"{rule.least:f}" if rule.least else "",
        "most": f"{rule.most:f}" if rule.most is not None else "",
        "least_days": rule.least_days or "",
    }


def _said(work: Work, *, now: bool) -> str:
    said = _("分派规则已保存。")
    if now:
        found = share_out(actor=work.actor, today=work.today)
        said += _("分派了 %(count)d 位客户，%(left)d 位没有规则") % {
            "count": sum(found.given.values()),
            "left": found.left,
        }
    return said

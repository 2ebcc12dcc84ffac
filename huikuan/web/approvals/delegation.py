"""Who stands in for the reader while they are away, and for whom the reader stands in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huikuan.approvals.models import Delegation
from huikuan.approvals.operations import delegate, end_delegation
from huikuan.approvals.queries import delegations_now, delegations_of, possible_deputies
from huikuan.core.errors import HuikuanError
from huikuan.organizations.models import Membership
from huikuan.web.fields import DayField
from huikuan.web.pages import MEMBER, Work, page


class DelegationForm(forms.Form):
    """Who stands in, from when to when."""

    deputy = forms.ChoiceField(
        label=gettext_lazy("代理人"),
        help_text=gettext_lazy(
            "按您的角色代为审批；不能批准他自己或您提出的申请。每个决定都会注明是代您做的。"
        ),
    )
    starts_on = DayField(label=gettext_lazy("从"))
    ends_on = DayField(label=gettext_lazy("到（含当天）"))

    def __init__(self, *args: Any, people: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        deputy = self.fields["deputy"]
        assert isinstance(deputy, forms.ChoiceField)
        deputy.choices = [("", _("请选择")), *((str(each.pk), each.user.name) for each in people)]


@require_http_methods(["GET", "HEAD", "POST"])
@page(MEMBER)
def delegation(request: HttpRequest, work: Work) -> HttpResponse:
    """Ask somebody to stand in, end that, and see for whom one stands in oneself."""
    if request.method == "POST" and "end" in request.POST:
        return _end(request, work)
    people = possible_deputies(work.actor.membership_id)
    form = DelegationForm(
        request.POST if request.method == "POST" else None,
        people=people,
        initial={"starts_on": work.today, "ends_on": work.today},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            delegate(
                deputy_id=UUID(values["deputy"]),
                starts_on=values["starts_on"],
                ends_on=values["ends_on"],
                actor=work.actor,
                today=work.today,
                path=reverse("delegation", args=[work.organization.code]),
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已设置代理，代理人会收到通知。"))
            return redirect("delegation", work.organization.code)
    context = {
        "form": form,
        "mine": [_row(work, each) for each in delegations_of(work.actor.membership_id)],
        "others": _stood_in_for(work),
        "breadcrumbs": [
            {"label": _("审批"), "url": reverse("approvals", args=[work.organization.code])},
            {"label": _("外出代理")},
        ],
    }
    return render(request, "approvals/delegation.html", context, status=422 if form.errors else 200)


def _end(request: HttpRequest, work: Work) -> HttpResponse:
    try:
        end_delegation(delegation_id=UUID(request.POST["end"]), actor=work.actor)
    except (HuikuanError, ValueError) as error:
        messages.error(request, error.message if isinstance(error, HuikuanError) else _("这次代理已经结束。"))
    else:
        messages.success(request, _("代理已结束。"))
    return redirect("delegation", work.organization.code)


def _row(work: Work, each: Delegation) -> dict[str, Any]:
    if each.ended_at is not None:
        label, tone = _("已提前结束"), "plain"
    elif each.ends_on < work.today:
        label, tone = _("已结束"), "plain"
    elif each.starts_on > work.today:
        label, tone = _("还没开始"), "notice"
    else:
        label, tone = _("代理中"), "good"
    return {
        "id": each.pk,
        "name": each.deputy.user.name,
        "starts_on": each.starts_on,
        "ends_on": each.ends_on,
        "label": label,
        "tone": tone,
        "open": each.ended_at is None and each.ends_on >= work.today,
    }


def _stood_in_for(work: Work) -> list[Delegation]:
    """For whom the reader stands in today."""
    found = delegations_now(work.today).filter(deputy_id=work.actor.membership_id)
    return list(found.select_related("member__user").order_by("ends_on"))

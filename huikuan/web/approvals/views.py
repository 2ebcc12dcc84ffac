"""One request: what is asked, who agreed, and what the reader may do about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huikuan.approvals.models import OPEN, Request, Status
from huikuan.approvals.operations import decide, try_again, withdraw
from huikuan.approvals.queries import requests_seen, waiting_for
from huikuan.core.errors import HuikuanError
from huikuan.web.approvals import request_parts as parts
from huikuan.web.approvals.words import request_url, state_of
from huikuan.web.files.attachments import files_of
from huikuan.web.notices.notes import notes_of
from huikuan.web.pages import MEMBER, Work, page

APPROVE, RETURN, WITHDRAW, RETRY = "approve", "return", "withdraw", "retry"


class DecisionForm(forms.Form):
    """What to do, said of the step that was looked at."""

    do = forms.ChoiceField(choices=[(each, each) for each in (APPROVE, RETURN, WITHDRAW, RETRY)])
    step = forms.IntegerField(required=False)
    comment = forms.CharField(
        label=gettext_lazy("意见"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("退回时必须写明原因；会告知申请人，并记入审计轨迹。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page(MEMBER)
def approval(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """A request, for those whom it concerns; to others it does not exist."""
    found = requests_seen(work.actor, work.today).filter(pk=key).select_related("waiting_role").first()
    if found is None:
        raise Http404
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not form.is_valid():
            form.add_error(None, _("请选择批准或退回。"))
        else:
            try:
                said = _decided(work, found, form.cleaned_data)
            except HuikuanError as error:
                form.add_error("comment" if error.code == "comment_missing" else None, error.message)
                if error.code == "comment_missing":  # on a phone the field is below what one sees
                    form.fields["comment"].widget.attrs["autofocus"] = True
                found.refresh_from_db()
            else:
                found.refresh_from_db()
                (messages.warning if found.status == Status.STUCK else messages.success)(request, said)
                return redirect(_next(work, found, form.cleaned_data["do"]))
    return _show(request, work, found, form)


def _decided(work: Work, found: Request, values: dict[str, Any]) -> str:
    """Do it; what to tell the reader."""
    do, comment = values["do"], values["comment"]
    if do == WITHDRAW:
        withdraw(found.pk, actor=work.actor, comment=comment)
        return _("申请 %s 已撤回。") % found.number
    if do == RETRY:
        return _outcome(try_again(found.pk, actor=work.actor, today=work.today))
    approved = do == APPROVE
    after = decide(
        found.pk,
        approve=approved,
        comment=comment,
        actor=work.actor,
        today=work.today,
        step=values["step"],
    )
    return _outcome(after) if approved else _("申请 %s 已退回给申请人。") % found.number


def _outcome(after: Request) -> str:
    if after.status == Status.STUCK:
        return _("您的批准已记下，但未能执行：%s") % after.refusal
    if after.status == Status.DONE:
        number = str((after.result or {}).get("number", ""))
        return _("已批准并执行：%s。") % number if number else _("已批准并执行。")
    return _("已批准，等待下一步审批。")


def _next(work: Work, found: Request, do: str) -> str:
    """After deciding: the list, while more waits; else the request."""
    if do in (APPROVE, RETURN) and waiting_for(work.actor, work.today).exists():
        return reverse("approvals", args=[work.organization.code])
    seen = requests_seen(work.actor, work.today).filter(pk=found.pk).exists()
    return request_url(work, found) if seen else reverse("approvals", args=[work.organization.code])


def _show(request: HttpRequest, work: Work, found: Request, form: DecisionForm) -> HttpResponse:
    state = state_of(found)
    me = work.actor.membership_id
    context = {
        "asked": found,
        "form": form,
        "state": state,
        **parts.described(work, found),
        "steps": parts.steps(found),
        "history": parts.history(work, found),
        "standing": parts.standing(work, found),
        "may_withdraw": found.requester_id == me and me is not None and found.status in OPEN,
        "may_retry": parts.may_retry(work, found),
        "notes": notes_of(work, "approval", found.pk),
        "files": files_of(work, "approval", found.pk),
        "breadcrumbs": [
            {"label": _("审批"), "url": reverse("approvals", args=[work.organization.code])},
            {"label": found.number},
        ],
    }
    return render(request, "approvals/request.html", context, status=422 if form.errors else 200)

"""Writing a policy: the whole and its steps on one page, kept as a draft."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huikuan.collection.models import PolicyVersion
from huikuan.collection.operations import create_policy, save_draft
from huikuan.collection.policy_queries import content_of, draft_of
from huikuan.collection.stepping import Content
from huikuan.core.errors import HuikuanError
from huikuan.web.collection.policies import version_asked
from huikuan.web.collection.policy_forms import PolicyForm, StepForm, step_forms
from huikuan.web.collection.policy_words import crumbs, policies_url, policy_url
from huikuan.web.pages import Work, page

Row = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def policy_new(request: HttpRequest, work: Work) -> HttpResponse:
    """新建策略: an empty one."""

    def save(form: PolicyForm, content: Content) -> PolicyVersion:
        values = form.cleaned_data
        return create_policy(code=values["code"], name=values["name"], content=content, actor=work.actor)

    context = {
        "title": _("新建策略"),
        "back_url": policies_url(work),
        "breadcrumbs": crumbs(work, {"label": _("新建策略")}),
    }
    return _edit(request, work, None, save, context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def policy_edit(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """编辑草稿: what is in force stays as it is until the draft takes its place."""
    version = draft_of(key) or version_asked(work, key, "")

    def save(_form: PolicyForm, content: Content) -> PolicyVersion:
        return save_draft(key, content, actor=work.actor)

    context = {
        "title": _("编辑草稿"),
        "over": version.policy.title,
        "back_url": policy_url(work, key),
        "breadcrumbs": crumbs(
            work, {"label": version.policy.title, "url": policy_url(work, key)}, {"label": _("编辑草稿")}
        ),
    }
    return _edit(request, work, content_of(version), save, context)


def _edit(request: HttpRequest, work: Work, content: Content | None, save: Any, context: Row) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = PolicyForm(work, content, data, new=content is None)
    steps = step_forms(content.steps if content else (), data)
    sound = [each.is_valid() for each in (form, *steps)]  # every one says what is wrong with it
    if data is not None and all(sound):
        typed = [each.wanted() for each in steps if each.is_there]
        try:
            made = save(form, form.content(typed))
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("草稿已保存。先模拟，再启用。"))
            return redirect(_next(request, work, made))
    wrong = bool(form.errors) or _any_wrong(steps, posted=data is not None)
    shown = {**context, "form": form, "steps": steps, "count": len(steps)}
    return render(request, "collection/policy_edit.html", shown, status=422 if wrong else 200)


def _any_wrong(steps: list[StepForm], *, posted: bool) -> bool:
    return posted and any(each.errors for each in steps)


def _next(request: HttpRequest, work: Work, made: PolicyVersion) -> str:
    if "try" in request.POST:
        url = reverse("collection-policy-simulate", args=[work.organization.code, made.policy_id])
        return f"{url}?version={made.number}"
    if "more" in request.POST:
        return reverse("collection-policy-edit", args=[work.organization.code, made.policy_id])
    return policy_url(work, made.policy_id, version=made.number)

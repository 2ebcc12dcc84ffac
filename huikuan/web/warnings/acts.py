"""Acting on a warning: what was done, who goes on, what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.warnings.operations import close_warning, hand_over, note_action, possible_owners
from huikuan.warnings.wording import OUTCOMES, kind_word, sentence
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.warnings.views import crumbs, warning_of
from huikuan.web.warnings.words import warning_url

_WORDS = {"rows": 4}


class NoteForm(forms.Form):
    """What was done."""

    done = forms.CharField(
        label=_l("做了什么"),
        max_length=1000,
        widget=forms.Textarea(attrs=_WORDS),
        help_text=_l("例如：与客户财务通话，答应本周五付清。"),
    )


class CloseForm(forms.Form):
    """What became of it."""

    outcome = forms.ChoiceField(label=_l("结果"))
    reason = forms.CharField(label=_l("说明"), max_length=1000, widget=forms.Textarea(attrs=_WORDS))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("请选择")), *((code, str(word)) for code, word in OUTCOMES.items())]


class OwnerForm(forms.Form):
    """Who goes on."""

    owner_id = forms.TypedChoiceField(label=_l("负责人"), coerce=UUID)


def _ask(
    request: HttpRequest, work: Work, key: UUID, form: forms.Form, act: Any, *, title: str, submit: str
) -> HttpResponse:
    found = warning_of(work, key)
    return ask_first(
        request, work, form, act,
        title=title, submit=submit, note=sentence(found.kind, found.figures),
        over=f"{found.customer.name} · {kind_word(found.kind)}", back_url=warning_url(work, key),
        crumbs=crumbs(work, found.customer.name),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("warning.write")
def warning_note(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """登记处理: the warning stays open."""
    found = warning_of(work, key)

    def act(values: dict[str, Any]) -> str:
        note_action(key, done=values["done"], actor=work.actor, today=work.today)
        messages.success(request, _("处理已登记。"))
        return warning_url(work, key)

    form = NoteForm(request.POST or None, initial={"done": found.done})
    return _ask(request, work, key, form, act, title=_("登记处理"), submit=_("保存"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("warning.write")
def warning_hand_over(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """转交: somebody else who sees the customer looks into it."""
    found = warning_of(work, key)

    def act(values: dict[str, Any]) -> str:
        handed = hand_over(key, owner_id=values["owner_id"], actor=work.actor)
        messages.success(request, _("已转交给 %s。") % handed.owner_name)
        return warning_url(work, key)

    form = OwnerForm(request.POST or None, initial={"owner_id": found.owner_id})
    field = form.fields["owner_id"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(str(owner), name) for owner, name in possible_owners(found)]
    return _ask(request, work, key, form, act, title=_("转交预警"), submit=_("转交"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("warning.write")
def warning_close(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """关闭: with what became of it."""

    def act(values: dict[str, Any]) -> str:
        close_warning(key, actor=work.actor, today=work.today, **values)
        messages.success(request, _("预警已关闭。"))
        return warning_url(work, key)

    form = CloseForm(request.POST or None)
    return _ask(request, work, key, form, act, title=_("关闭预警"), submit=_("关闭预警"))

"""Leaving single documents alone for a while, from their own page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST

from huikuan.collection.models import Pause
from huikuan.collection.operations import end_item_pauses, pause_items
from huikuan.core.sentences import labelled
from huikuan.ledger.models import OpenItem, Side
from huikuan.web.collection.parts import customer_of
from huikuan.web.collection.pauses import PauseForm
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.queries import DocumentFile
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.templatetags.dates import day as day_text
from huikuan.web.templatetags.money import money

Row = dict[str, Any]


class ItemPauseForm(PauseForm):
    """Until when and why; of a document in instalments, which."""

    items = forms.MultipleChoiceField(label=_l("哪几期"), widget=forms.CheckboxSelectMultiple)
    field_order = ("items", "until_on", "reason")

    def __init__(self, items: list[OpenItem], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if len(items) == 1:
            del self.fields["items"]
            return
        field = self.fields["items"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (str(each.pk), f"{day_text(each.effective_due_on)} · {money(each.open_amount, each.currency)}")
            for each in items
        ]
        field.initial = [str(each.pk) for each in items]


def _owed(work: Work, key: UUID) -> list[OpenItem]:
    """What is still owed of a document of a customer whom the actor sees."""
    found = list(
        OpenItem.objects.select_related("document", "customer")
        .filter(document_id=key, side=Side.DEBIT, open_amount__gt=0)
        .order_by("effective_due_on", "pk")
    )
    if not found:
        raise Http404
    customer_of(work, found[0].customer_id)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def item_pause(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """暂停催收: the policies leave the document alone up to a day, the customer's others not."""
    owed = _owed(work, key)
    back = document_url(work, key) or reverse("collection", args=[work.organization.code])

    def act(values: Row) -> str:
        chosen = [UUID(each) for each in values.get("items", [])] or [each.pk for each in owed]
        pause_items(
            chosen, until_on=values["until_on"], reason=values["reason"], actor=work.actor, today=work.today
        )
        messages.success(request, _("已暂停。"))
        return back

    initial = {"until_on": work.today + timedelta(days=14)}
    form = ItemPauseForm(owed, request.POST if request.method == "POST" else None, initial=initial)
    number = owed[0].document.number
    return ask_first(
        request, work, form, act,
        title=_("暂停催收"), submit=_("暂停"), over=f"{number} · {owed[0].customer.name}",
        note=_("期间这张单据不自动催收，也不写进消息和信函；客户的其他欠款照常。"),
        back_url=back,
        crumbs=[{"label": number, "url": back}, {"label": _("暂停催收")}],
    )  # fmt: skip


@require_POST
@page("collection.write")
def item_resume(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """恢复催收: of a document, from today on."""
    owed = _owed(work, key)
    end_item_pauses([each.pk for each in owed], actor=work.actor, today=work.today)
    messages.success(request, _("已恢复催收。"))
    return redirect(document_url(work, key) or reverse("collection", args=[work.organization.code]))


def item_pauses(work: Work, file: DocumentFile) -> list[Pause]:
    """The pauses in force of what is still owed of a document."""
    owed = [item.pk for item in file.items if item.open_amount > 0] if file.is_debit else []
    found = Pause.objects.filter(item_id__in=owed, ended_on=None, until_on__gte=work.today)
    return list(found.order_by("-until_on")) if owed else []


def pause_facts(work: Work, file: DocumentFile) -> list[Row]:
    """That a document is left alone, until when and why, for its facts."""
    found = item_pauses(work, file) if work.actor.may("collection.read") else []
    if not found:
        return []
    said = labelled(_("到 %s") % day_text(found[0].until_on), found[0].reason)
    return [{"label": _("已暂停催收"), "value": said, "wide": True}]


def pause_actions(work: Work, file: DocumentFile) -> list[Row]:
    """What can be done about it, for the document's page."""
    owed = file.is_debit and any(item.open_amount > 0 for item in file.items)
    if not owed or not work.actor.may("collection.write"):
        return []
    address = [work.organization.code, file.document.pk]
    if item_pauses(work, file):
        url = reverse("collection-item-resume", args=address)
        return [{"label": _("恢复催收"), "url": url, "icon": "refresh", "post": True}]
    return [
        {"label": _("暂停催收"), "url": reverse("collection-item-pause", args=address), "icon": "player-stop"}
    ]

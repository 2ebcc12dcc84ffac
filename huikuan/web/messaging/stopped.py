"""不再发送的地址: who unsubscribed, and which addresses are dead."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from huikuan.messaging.models import OptOut
from huikuan.messaging.operations import lift_opt_outs
from huikuan.messaging.wording import REASONS, word
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.messaging.parts import list_url
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

SHOWN = 200


@require_safe
@page("messaging.read")
def stopped(request: HttpRequest, work: Work) -> HttpResponse:
    """The addresses that get nothing, the latest first."""
    found = OptOut.objects.select_related("customer").filter(lifted_at__isnull=True)
    people = visible(work.actor)
    if people is not None:
        found = found.filter(customer__salesperson_id__in=people)
    may = work.actor.may("messaging.manage")
    opens = work.actor.may("customer.read")
    rows = [
        {
            "key": each.pk,
            "address": each.address_shown,
            "reason": word(REASONS, each.kind),
            "since": each.since,
            "customer": each.customer,
            "customer_url": customer_url(work, each.customer.pk) if each.customer and opens else "",
            "lift_url": reverse("messages-stopped-lift", args=[work.organization.code, each.pk])
            if may
            else "",
        }
        for each in found.order_by("-since", "-pk")[:SHOWN]
    ]
    title = _("不再发送的地址")
    context = {
        "title": title,
        "rows": rows,
        "breadcrumbs": [{"label": pgettext("plural", "消息"), "url": list_url(work)}, {"label": title}],
    }
    return render(request, "messaging/stopped.html", context)


@require_POST
@page("messaging.manage")
def lift(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """恢复发送."""
    if lift_opt_outs([key], actor=work.actor, now=timezone.now()):
        messages.success(request, _("以后会再向这个地址发送。"))
    return redirect("messages-stopped", work.organization.code)

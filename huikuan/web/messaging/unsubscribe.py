"""退订: the page a reader of a reminder opens, without signing in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from huikuan.core.postgres.tenancy import tenant
from huikuan.messaging.errors import MessageRefused
from huikuan.messaging.models import Message
from huikuan.messaging.operations import unsubscribe as stop_reminders
from huikuan.messaging.unsubscribing import unsubscribing
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization, Scope


@csrf_exempt  # mail programs post here themselves (RFC 8058); the signed address is what entitles them
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and on a post stop: opening the link alone does nothing, because mail filters open links."""
    named = unsubscribing(token)
    organization = Organization.objects.filter(pk=named[0]).first() if named else None
    if named is None or organization is None:
        return _answer(request, {"spoilt": True}, status=404)
    reader = Actor(
        name="unsubscribe link",
        permissions=frozenset(),
        scope=Scope.OWN.value,
        address=request.META.get("REMOTE_ADDR", ""),
    )
    with tenant(organization.pk):
        shown = Message.objects.filter(pk=named[1]).values_list("address_shown", flat=True).first()
        if shown is None:
            return _answer(request, {"spoilt": True}, status=404)
        if request.method == "POST":
            try:
                stop_reminders(named[1], actor=reader, now=timezone.now())
            except MessageRefused:
                return _answer(request, {"spoilt": True}, status=404)
    context = {
        "organization_name": organization.name,
        "address": shown,
        "done": request.method == "POST",
    }
    return _answer(request, context, status=200)


def _answer(request: HttpRequest, context: dict[str, object], *, status: int) -> HttpResponse:
    response = render(request, "messaging/unsubscribe.html", context, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"
    return response

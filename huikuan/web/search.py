"""The search field of the frame: a document by its number, else customers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.queries import visible_documents
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible


@require_safe
@page("customer.read")
def search(request: HttpRequest, work: Work) -> HttpResponse:
    """Lead to the one document with this number, to the documents that share it, or to customers called so."""
    words = request.GET.get("q", "").strip()[:100]
    if words and work.actor.may("ledger.read"):
        found = list(visible_documents(visible(work.actor)).filter(number=words)[:2])
        if len(found) == 1:
            return redirect(document_url(work, found[0].pk))
        if found:
            return redirect(with_query(reverse("documents", args=[work.organization.code]), {"q": words}))
    return redirect(with_query(reverse("customers", args=[work.organization.code]), {"q": words}))

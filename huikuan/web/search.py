"""The command palette: customers, documents, pages and actions by what somebody types."""

from __future__ import annotations

from itertools import product
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from huikuan.core.names import folded
from huikuan.customers.search import customers_found
from huikuan.ledger.models import Document
from huikuan.web import palette
from huikuan.web.customers.queries import visible_customers
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.queries import visible_documents
from huikuan.web.ledger.words import kind_name
from huikuan.web.lists import with_query
from huikuan.web.navigation import area_url
from huikuan.web.pages import MEMBER, Work, page
from huikuan.web.palette import Entry, Group
from huikuan.web.scopes import visible

LONGEST = 100
CUSTOMERS = 8
DOCUMENTS = 6


@require_safe
@page(MEMBER)
def search(request: HttpRequest, work: Work) -> HttpResponse:
    """What answers to `q`: as a part for the palette, as a page for a browser without scripts."""
    words = request.GET.get("q", "").strip()[:LONGEST]
    groups = [group for group in _groups(work, words) if group.entries]
    part = bool(request.headers.get("HX-Request"))
    context = {"words": words, "groups": groups, "palette": part, "breadcrumbs": [{"label": _("搜索")}]}
    template = "search/results.html" if part else "search/page.html"
    answer = render(request, template, context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _groups(work: Work, words: str) -> list[Group]:
    pages, actions = palette.pages(work, words), palette.actions(work, words)
    if not words:
        return [pages, actions]
    return [_customers(work, words), _documents(work, words), pages, actions]


def _customers(work: Work, words: str) -> Group:
    group = Group("customers", pgettext("plural", "客户"))
    if not work.actor.may("customer.read"):
        return group
    found = customers_found(words, salespeople=visible(work.actor), most=CUSTOMERS + 1)
    for customer in found[:CUSTOMERS]:
        note = customer.code
        if customer.other_name:
            note = _("%(code)s · 又名 %(name)s") % {"code": customer.code, "name": customer.other_name}
        group.entries.append(
            Entry(
                palette.marked(customer.name, words),
                url=customer_url(work, customer.id),
                icon="building",
                note=palette.marked(note, words),
            )
        )
    if len(found) > CUSTOMERS:
        url = with_query(area_url("customers", work), {"q": words})
        group.entries.append(
            Entry([(_("在客户列表中查看全部"), False)], url=url, icon="list-details", passing=True)
        )
    return group


def _documents(work: Work, words: str) -> Group:
    """Documents whose number is, or begins with, the words; a range of numbers may use the index, LIKE may not."""
    group = Group("documents", pgettext("plural", "单据"))
    if not work.actor.may("ledger.read") or len(words) < 2:
        return group
    seen = visible(work.actor)
    keys: dict[UUID, None] = {}
    # Those that count are found by the index of unique numbers, those that were reversed among the few reversed.
    for start, voided in product(dict.fromkeys((words, words.upper())), (False, True)):
        numbered = Document.objects.filter(number__gte=start, number__lt=start + "\U0010ffff")
        numbered = numbered.filter(voided_by__isnull=not voided)
        if seen is not None:
            numbered = numbered.filter(customer__in=visible_customers(seen).values("pk"))
        keys |= dict.fromkeys(numbered.order_by("number", "kind").values_list("pk", flat=True)[:DOCUMENTS])
    found = visible_documents(seen).filter(pk__in=list(keys)[:DOCUMENTS])
    for document in sorted(found, key=lambda each: (len(each.number), each.number)):
        if not folded(document.number).startswith(folded(words)):
            continue
        note = f"{kind_name(document.kind)} · {document.customer.name} · {document.document_on.isoformat()}"
        group.entries.append(
            Entry(
                palette.marked(document.number, words),
                url=document_url(work, document.pk),
                icon="file-invoice",
                note=[(note, False)],
            )
        )
    return group

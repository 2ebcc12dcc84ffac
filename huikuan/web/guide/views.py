"""Reading the guide: as a page, and in the help drawer beside one's work."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.web.guide.library import INDEX, guide_page, guide_titles
from huikuan.web.pages import MEMBER, Work, page


@require_safe
@page(MEMBER)
def guide(request: HttpRequest, work: Work, name: str = INDEX) -> HttpResponse:
    """One page of the guide; asked for by htmx, only its text."""
    base = reverse("guide", args=[work.organization.code])
    found = guide_page(name, base=base)
    if found is None:
        raise Http404
    titles = [
        {"title": title, "url": base if key == INDEX else f"{base}{key}", "active": key == name}
        for key, title in guide_titles().items()
    ]
    titles.sort(key=lambda each: each["url"] != base)
    crumbs = [{"label": _("使用指南"), "url": base}, *([{"label": found.title}] if name != INDEX else [])]
    context = {"guide": found, "titles": titles, "breadcrumbs": crumbs, "page_url": f"{base}{name}"}
    part = bool(request.headers.get("HX-Request"))
    return render(request, "guide/part.html" if part else "guide/page.html", context)

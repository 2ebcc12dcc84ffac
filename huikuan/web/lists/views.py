"""The addresses of a list besides its page: its total, its files, its acts, its saved views."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.saved_views.operations import change_view, delete_view, open_with_view, save_view
from huikuan.web.lists.asked import ALL_ROWS, from_query
from huikuan.web.lists.context import total_context
from huikuan.web.lists.declaration import BulkAct, List, Source
from huikuan.web.lists.taking import chosen_keys, take_list
from huikuan.web.pages import Work, page


def list_urls(the_list: List[Any], prefix: str = "") -> list[URLPattern]:
    """The addresses below `prefix`, named `<list>-total`, `-file`, `-act` and `-views`."""
    named = the_list.name

    @require_safe
    @page(the_list.permission)
    def total(request: HttpRequest, work: Work) -> HttpResponse:
        context = total_context(work, the_list, request.META.get("QUERY_STRING", ""))
        return render(request, "components/list_total.html", context)

    @require_POST
    @page(the_list.permission, own_transactions=True)
    def file(request: HttpRequest, work: Work) -> HttpResponse:
        return cast(HttpResponse, take_list(request, work, the_list))

    @require_POST
    @page(the_list.permission)
    def act(request: HttpRequest, work: Work, act: str) -> HttpResponse:
        found = the_list.act(act)
        if found is None:
            raise Http404
        work.actor.require(found.permission)
        return _act(request, work, the_list, found)

    @require_POST
    @page(the_list.permission)
    def views(request: HttpRequest, work: Work) -> HttpResponse:
        return _views(request, work, the_list)

    return [
        path(f"{prefix}total", total, name=f"{named}-total"),
        path(f"{prefix}file", file, name=f"{named}-file"),
        path(f"{prefix}act/<slug:act>", act, name=f"{named}-act"),
        path(f"{prefix}views", views, name=f"{named}-views"),
    ]


def _act(request: HttpRequest, work: Work, the_list: List[Any], found: BulkAct[Any]) -> HttpResponse:
    """Ask what must be said besides, then do it to the chosen rows; rows out of reach are not among them."""
    asked = from_query(the_list, request.POST.get("query", ""), work)
    source: Source[Any] = the_list.open(asked.parameters, work).source
    chosen, keys = chosen_keys(request.POST)
    if not chosen and "all" not in request.POST:
        return _back(request, work, the_list, asked.query, _("请先选择要处理的行。"), wrong=True)
    if chosen:
        source = source.only(keys)
    confirmed = "confirmed" in request.POST
    form = found.ask(work, request.POST if confirmed else None)
    if confirmed and form.is_valid():
        try:
            with tenant(work.organization.pk):
                said = found.run(work, source, form.cleaned_data)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            return _back(request, work, the_list, asked.query, said)
    context = {
        "act": found,
        "act_form": form,
        "url": request.path,
        "query": asked.query,
        "keys": [str(key) for key in keys] if chosen else [],
        "count": source.total().count,
    }
    return render(request, "components/list_act.html", context)


def _back(
    request: HttpRequest, work: Work, the_list: List[Any], query: str, said: str, *, wrong: bool = False
) -> HttpResponse:
    (messages.error if wrong else messages.success)(request, said)
    url = reverse(the_list.home or the_list.name, args=[work.organization.code])
    view = request.POST.get("view") or ALL_ROWS
    there = f"{url}?{query}&view={view}" if query else f"{url}?view={view}"
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": there})
    return redirect(there)


def _views(request: HttpRequest, work: Work, the_list: List[Any]) -> HttpResponse:
    """Save, change, forget a view, or let the list open with it; then back to it."""
    query = from_query(the_list, request.POST.get("query", ""), work).query
    path = reverse(the_list.home or the_list.name, args=[work.organization.code])
    try:
        with tenant(work.organization.pk):
            view_id, said = _changed_view(request, work, the_list, query)
    except HuikuanError as error:
        messages.error(request, error.message)
        view_id = request.POST.get("view") or ALL_ROWS
        return redirect(f"{path}?{query}&view={view_id}" if query else f"{path}?view={view_id}")
    if said:
        messages.success(request, said)
    return redirect(f"{path}?view={view_id}")


def _changed_view(request: HttpRequest, work: Work, the_list: List[Any], query: str) -> tuple[str, str]:
    """What to do is named by `do`: (the view to show then, what to say)."""
    posted, actor = request.POST, work.actor
    do, name = posted.get("do", ""), posted.get("name", "")
    if do == "save":
        view = save_view(
            actor=actor, list_name=the_list.name, name=name, query=query, shared="shared" in posted
        )
        return str(view.pk), _("视图「%s」已保存。") % view.name
    view_id = _view_id(posted.get("view", ""))
    if do in ("open", "open-all"):
        open_with_view(actor=actor, list_name=the_list.name, view_id=view_id if do == "open" else None)
        said = _("以后打开这个列表时先显示这个视图。") if do == "open" else _("以后打开这个列表时显示全部。")
        return posted.get("view") or ALL_ROWS, said
    if view_id is None:
        return ALL_ROWS, ""
    if do == "delete":
        return ALL_ROWS, _("视图「%s」已删除。") % delete_view(actor=actor, view_id=view_id).name
    if do == "update":
        view = change_view(actor=actor, view_id=view_id, query=query)
    elif do == "rename":
        view = change_view(actor=actor, view_id=view_id, name=name, shared="shared" in posted)
    else:
        return str(view_id), ""
    return str(view.pk), _("视图「%s」已保存。") % view.name


def _view_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

"""Saving, changing and forgetting views of lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import DefaultView, SavedView
from huikuan.organizations.saved_views.queries import may_share_views, seen_views


class ViewRefused(HuikuanError):
    """A list's view cannot be saved or changed as asked."""

    code = "view_refused"


def save_view(*, actor: Actor, list_name: str, name: str, query: str, shared: bool = False) -> SavedView:
    """Keep a list's filters, order and columns under a name, for oneself or for everybody."""
    if shared:
        _require_sharing(actor)
    with _view_name_free():
        return SavedView.objects.create(
            organization_id=current_organization_id(),
            membership_id=_member(actor),
            list=list_name,
            name=_view_name(name),
            query=_view_query(query),
            shared=shared,
        )


def change_view(
    *,
    actor: Actor,
    view_id: UUID,
    name: str | None = None,
    query: str | None = None,
    shared: bool | None = None,
) -> SavedView:
    """Rename a view, share it or keep it to oneself, or let it stand for other filters; None: as it was."""
    view = _own_view(actor, view_id)
    if shared is not None and shared != view.shared:
        _require_sharing(actor)
        view.shared = shared
    if name is not None:
        view.name = _view_name(name)
    if query is not None:
        view.query = _view_query(query)
    with _view_name_free():
        view.save(update_fields=["name", "query", "shared"])
    if not view.shared:
        DefaultView.objects.filter(view=view).exclude(membership_id=view.membership_id).delete()
    return view


def delete_view(*, actor: Actor, view_id: UUID) -> SavedView:
    """Forget a view, and with it that lists opened with it."""
    view = _own_view(actor, view_id)
    DefaultView.objects.filter(view=view).delete()
    # Django would look for rows that point to it, and delete by the id alone.
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM organizations_saved_view WHERE organization_id = %s AND id = %s",
            [view.organization_id, view.pk],
        )
    return view


def open_with_view(*, actor: Actor, list_name: str, view_id: UUID | None) -> None:
    """Let a list open with a view from now on; with None: with all rows."""
    DefaultView.objects.filter(membership_id=_member(actor), list=list_name).delete()
    if view_id is None:
        return
    view = seen_views(actor, list_name).filter(pk=view_id).first()
    if view is None:
        raise ViewRefused(_("这个视图不存在，或没有共享给您。"), code="unknown_view")
    DefaultView.objects.create(
        organization_id=current_organization_id(),
        membership_id=_member(actor),
        list=list_name,
        view=view,
    )


def _member(actor: Actor) -> UUID:
    """Views belong to members: who works at the machine itself has none."""
    if actor.membership_id is None:
        raise ViewRefused(_("只有本组织的成员才能保存视图。"), code="no_member")
    return actor.membership_id


def _require_sharing(actor: Actor) -> None:
    if not may_share_views(actor):
        actor.require("view.share")


def _own_view(actor: Actor, view_id: UUID) -> SavedView:
    view = SavedView.objects.filter(pk=view_id).select_for_update().first()
    mine = view is not None and view.membership_id == actor.membership_id
    if view is None or not (mine or view.shared):
        raise ViewRefused(_("这个视图不存在，或没有共享给您。"), code="unknown_view")
    if not mine:
        _require_sharing(actor)
    return view


def _view_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 60 or "\0" in name:
        raise ViewRefused(_("请给视图起一个 60 字以内的名称。"), code="view_name")
    return name


def _view_query(query: str) -> str:
    if len(query) > 4000 or "\0" in query:
        raise ViewRefused(_("筛选条件太长，无法保存为视图。"), code="view_too_long")
    return query


@contextmanager
def _view_name_free() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ViewRefused(_("您已有同名的视图，请换一个名称。"), code="view_exists") from error

"""The open items behind a number, with the same total."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from huikuan.core.keyset import MarkUnknown
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations import ItemFacts, change_items
from huikuan.reports.filters import FilterRefused, ItemFilter
from huikuan.reports.open_items import ItemRow, Order, every_open_item, open_items_as_of, open_items_total
from huikuan.web.customers.customer_parts import import_actions
from huikuan.web.customers.queries import salespeople
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.forms import ChangeDueDate, ChangeItemSalesperson
from huikuan.web.ledger.item_filters import ItemFilterForm, filter_of
from huikuan.web.ledger.states import state_of, state_text
from huikuan.web.ledger.words import kind_name
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import BulkAct, Column, Extra, List, Reading, Slice, Source, Total, batches
from huikuan.web.lists.sheets import Amount
from huikuan.web.pages import Work, page
from huikuan.web.reports.moments import moment_note
from huikuan.web.scopes import visible
from huikuan.web.templatetags.money import money

ORDERS = {"due": (Order.DUE, False), "amount": (Order.LARGEST, True), "on": (Order.DOCUMENT, False)}


@dataclass(frozen=True)
class OpenItemRows:
    """Open items as of a day, as known at a time, as rows of a list."""

    as_of: date
    known_at: datetime | None
    where: ItemFilter
    salesperson_ids: frozenset[UUID] | None
    keys: frozenset[UUID] | None = None
    reading: dict[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        reading = {
            "as_of": self.as_of,
            "known_at": self.known_at,
            "where": self.where,
            "salesperson_ids": self.salesperson_ids,
            "only": self.keys,
        }
        object.__setattr__(self, "reading", reading)

    def slice(self, sort: str, *, after: str = "", before: str = "", limit: int) -> Slice[ItemRow]:
        """The page behind or before a mark, else the first. Raises MarkUnknown."""
        order, turned = ORDERS[sort.removeprefix("-")]
        try:
            found = open_items_as_of(
                **self.reading,
                order=order,
                reverse=sort.startswith("-") != turned,
                after=after or None,
                before=before or None,
                limit=limit,
            )
        except FilterRefused as error:
            if error.code != "unknown_mark":
                raise
            raise MarkUnknown(after or before) from error
        return Slice(list(found.rows), before=found.before or "", after=found.after or "")

    def stream(self, sort: str) -> Iterator[list[ItemRow]]:
        """All items in order, a batch at a time."""
        order, turned = ORDERS[sort.removeprefix("-")]
        return every_open_item(**self.reading, order=order, reverse=sort.startswith("-") != turned)

    def total(self) -> Total:
        """What all items come to; credits count negative."""
        found = open_items_total(**self.reading)
        return Total(found.count, {"open": found.base})

    def only(self, keys: Collection[UUID]) -> OpenItemRows:
        """The same items, as far as they are among `keys`."""
        return replace(self, keys=frozenset(keys))


def _open(parameters: QueryDict, work: Work) -> Reading[ItemRow]:
    seen = visible(work.actor)
    where = filter_of(parameters, seen)
    form = ItemFilterForm(parameters, where=where, seen=seen, work=work)
    asked = form.moment(work)
    filtered = where != ItemFilter() or bool(asked.as_parameters())
    return Reading(
        source=OpenItemRows(asked.as_of, asked.known_at, where, seen),
        form=form,
        filtered=filtered,
        currency=work.organization.currency,
        empty=_empty(work, filtered=filtered),
        chosen=tuple(form.described(where)),
        note=moment_note(asked.as_of, asked.known_at) if asked.as_parameters() else "",
    )


def _empty(work: Work, *, filtered: bool) -> dict[str, Any]:
    if filtered:
        return {"title": _("没有符合条件的应收"), "text": _("换一个条件，或清除筛选。"), "icon": "inbox"}
    return {
        "title": _("没有未结清的应收"),
        "text": _("登记或导入的应收单，在结清之前逐笔列在这里。"),
        "icon": "inbox",
        "actions": import_actions(work),
    }


def _kind_note(row: ItemRow) -> str:
    kind = kind_name(row.kind)
    return f"{kind} · {_('第 %d 期') % row.line}" if row.line > 1 else kind


def _state(work: Work, row: ItemRow) -> dict[str, Any]:
    return state_of(
        side=row.side,
        amount=abs(row.amount),
        open_amount=abs(row.open_amount),
        due_on=row.effective_due_on,
        today=row.as_of,
    )


def _foreign(work: Work, row: ItemRow) -> str:
    return row.currency if row.currency != work.organization.currency else ""


def _open_amount(work: Work, row: ItemRow) -> dict[str, Any]:
    foreign = _foreign(work, row)
    note = f"{foreign} {money(row.open_amount, foreign)}" if foreign else ""
    return {"value": row.open_base, "note": note}


COLUMNS: tuple[Column[ItemRow], ...] = (
    Column(
        "number",
        _l("单据"),
        lambda work, row: {"value": row.number, "note": _kind_note(row)},
        lead=True,
        text=lambda work, row: row.number,
        extras=(Extra(_l("类型"), lambda row: kind_name(row.kind)), Extra(_l("期次"), lambda row: row.line)),
    ),
    Column(
        "customer",
        _l("客户"),
        lambda work, row: {"value": row.customer_name, "note": row.customer_code},
        kind="name",
        extras=(Extra(_l("客户代码"), lambda row: row.customer_code),),
    ),
    Column("salesperson", _l("业务员"), lambda work, row: row.salesperson_name or None, minor=True),
    Column("on", _l("单据日期"), lambda work, row: row.document_on, kind="date", sort="on", minor=True),
    Column(
        "due",
        _l("到期日"),
        lambda work, row: row.effective_due_on if row.side > 0 else None,
        kind="date",
        sort="due",
    ),
    Column(
        "agreed",
        _l("约定到期日"),
        lambda work, row: row.due_on if row.side > 0 else None,
        kind="date",
        hidden=True,
    ),
    Column("late", _l("逾期天数"), lambda work, row: row.overdue_days or None, kind="count", hidden=True),
    Column("state", _l("状态"), _state, kind="badge", text=lambda work, row: state_text(_state(work, row))),
    Column(
        "amount",
        _l("原币金额"),
        lambda work, row: {"value": row.amount, "currency": row.currency, "code": _foreign(work, row)},
        kind="money",
        hidden=True,
    ),
    Column(
        "open",
        _l("未核销"),
        _open_amount,
        kind="money",
        figure=True,
        sort="amount",
        extras=(
            Extra(_l("币种"), lambda row: row.currency),
            Extra(_l("未核销原币"), lambda row: Amount(row.open_amount, row.currency), "money"),
        ),
    ),
)


def _change(work: Work, source: Source[ItemRow], reason: str, **said: Any) -> str:
    """Say the same of all chosen items, in one act. Credits have no due date to change."""
    keys = [
        row.item_id for rows in batches(source, "due") for row in rows if row.side > 0 or "due_on" not in said
    ]
    # The list may be of an earlier day: what is kept is what the items say now.
    items = OpenItem.objects.filter(pk__in=keys)
    facts = [
        ItemFacts(
            item_id=item.pk,
            **{
                "due_on": item.due_on,
                "effective_due_on": item.effective_due_on,
                "salesperson_id": item.salesperson_id,
                **said,
            },
        )
        for item in items
    ]
    changed = change_items(facts, actor=work.actor, reason=reason)
    return ngettext("已更改 %d 笔应收。", "已更改 %d 笔应收。", changed) % changed


def _assign(work: Work, source: Source[ItemRow], said: Mapping[str, Any]) -> str:
    return _change(work, source, said["reason"], salesperson_id=UUID(said["salesperson"]))


def _agree(work: Work, source: Source[ItemRow], said: Mapping[str, Any]) -> str:
    return _change(work, source, said["reason"], due_on=said["due_on"], effective_due_on=said["due_on"])


def _ask_salesperson(work: Work, data: Any) -> forms.Form:
    return ChangeItemSalesperson(data, salespeople=salespeople(visible(work.actor)))


def _ask_due_date(work: Work, data: Any) -> forms.Form:
    return ChangeDueDate(data)


ITEMS: List[ItemRow] = List(
    name="items",
    title=_l("应收明细"),
    permission="ledger.read",
    columns=COLUMNS,
    default_sort="due",
    open=_open,
    key=lambda row: row.item_id,
    url=lambda work, row: document_url(work, row.document_id),
    measure="open",
    acts=(
        BulkAct("salesperson", _l("指定业务员"), "user", "invoice.record", _ask_salesperson, _assign),
        BulkAct("due", _l("更改到期日"), "calendar-due", "invoice.record", _ask_due_date, _agree),
    ),
)


@require_safe
@page("ledger.read")
def items(request: HttpRequest, work: Work) -> HttpResponse:
    """Open items under a filter; the total line is the sum of all of them, not of the page."""
    context = {**list_context(request, work, ITEMS), "breadcrumbs": [{"label": _("应收明细")}]}
    return render(request, "ledger/items.html", context)

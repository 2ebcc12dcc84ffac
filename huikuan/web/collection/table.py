"""The worklist as a table: choosing many customers, assigning them at once, taking the list away; assignment rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from huikuan.collection.operations import assign_collector
from huikuan.collection.points import Weights
from huikuan.collection.queries import collectors, weights_in_force
from huikuan.collection.reaching import Clock
from huikuan.collection.wording import RESULTS, STEPS, word
from huikuan.collection.worklist import PARTS, TEAM, WorkFilter, WorkLine, work_lines, work_total
from huikuan.web.collection.case_forms import choices
from huikuan.web.collection.forms import AssignForm
from huikuan.web.collection.reaching import clock_now
from huikuan.web.collection.words import case_url, list_url
from huikuan.web.collection.worklist import asked
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import BulkAct, Column, Extra, List, Reading, Slice, Source, Total
from huikuan.web.pages import Work, open_address, page

Row = dict[str, Any]


@dataclass(frozen=True)
class WorkSource:
    """Lines of the worklist, most points first."""

    wanted: WorkFilter
    weights: Weights
    work: Work
    clock: Clock

    def slice(self, sort: str, *, after: str = "", before: str = "", limit: int) -> Slice[WorkLine]:
        """The page behind or before a mark, else the first. Raises MarkUnknown."""
        found = work_lines(
            self.wanted,
            self.weights,
            today=self.work.today,
            clock=self.clock,
            after=after,
            before=before,
            limit=limit + 1,
        )
        more = len(found) > limit
        rows = found[-limit:] if before and not after else found[:limit]
        back = bool(after) or (bool(before) and more)
        on = bool(before and not after) or more
        return Slice(
            rows, before=rows[0].mark if rows and back else "", after=rows[-1].mark if rows and on else ""
        )

    def total(self) -> Total:
        """How many customers, and what is overdue of them."""
        count, overdue = work_total(self.wanted, today=self.work.today)
        return Total(count, {"overdue": overdue})

    def only(self, keys: Collection[UUID]) -> Source[WorkLine]:
        """The same lines, as far as they are among `keys`."""
        return replace(self, wanted=replace(self.wanted, keys=list(keys)))


class TableForm(forms.Form):
    """Which lines."""

    q = forms.CharField(
        label=_l("客户名称或编码"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    part = forms.ChoiceField(label=_l("哪些客户"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        labels = {
            "mine": _("我的今天"),
            "unassigned": _("无人负责"),
            "promised": _("今天该付"),
            "broken": _("承诺未兑现"),
        }
        choices(self, "part", [("", _("全部")), *labels.items()])


def _open(parameters: QueryDict, work: Work) -> Reading[WorkLine]:
    form = TableForm(parameters)
    form.is_valid()
    part = parameters.get("part", "") or TEAM
    wanted = replace(asked(work, parameters), part=part if part in PARTS else TEAM)
    return Reading(
        source=WorkSource(wanted, weights_in_force(), work, clock_now()),
        form=form,
        filtered=bool(wanted.text) or wanted.part != TEAM,
        currency=work.organization.currency,
        empty={"title": _("没有要催收的客户"), "text": "", "icon": "circle-check"},
    )


def _assign(work: Work, source: Source[WorkLine], values: Mapping[str, Any]) -> str:
    """Everybody chosen goes to one collector."""
    keys, after = [], ""
    while True:
        found = source.slice("-points", after=after, limit=2000)
        keys += [row.customer_id for row in found.rows]
        after = found.after
        if not after:
            break
    collector = UUID(values["collector"]) if values["collector"] else None
    count = assign_collector(
        keys, collector_id=collector, reason=values["reason"], actor=work.actor, today=work.today
    )
    return ngettext("已分派 %d 位客户。", "已分派 %d 位客户。", count) % count


def _assign_form(work: Work, data: Any) -> forms.Form:
    form = AssignForm(data)
    people = [(str(key), name) for key, name in collectors()]
    choices(form, "collector", [("", _("各自的业务员")), *people])
    return form


COLUMNS: tuple[Column[WorkLine], ...] = (
    Column(
        "customer",
        _l("客户"),
        lambda work, row: {"value": row.name, "note": row.code},
        kind="name",
        lead=True,
        extras=(Extra(_l("客户编码"), lambda row: row.code),),
    ),
    Column("points", _l("分数"), lambda work, row: row.points, kind="count", sort="points"),
    Column("overdue", _l("逾期"), lambda work, row: row.overdue, kind="money", figure=True),
    Column("items", _l("笔数"), lambda work, row: row.items, kind="count", minor=True),
    Column("oldest", _l("最早到期"), lambda work, row: row.oldest_on, kind="date"),
    Column(
        "contacted",
        _l("上次联系"),
        lambda work, row: (
            {"value": row.contacted_on, "note": word(RESULTS, row.result)} if row.contacted_on else None
        ),
        kind="date",
        minor=True,
    ),
    Column(
        "next",
        _l("下一步"),
        lambda work, row: {"value": row.next_on, "note": word(STEPS, row.next_step)} if row.next_on else None,
        kind="date",
        minor=True,
    ),
    Column("promised", _l("承诺付款日"), lambda work, row: row.promised_on, kind="date", minor=True),
    Column("expires", _l("诉讼时效届满"), lambda work, row: row.expires_on, kind="date", hidden=True),
    Column("salesperson", _l("业务员"), lambda work, row: row.salesperson or None, hidden=True),
    Column("collector", _l("由谁催收"), lambda work, row: row.collector or None),
)
TABLE: List[WorkLine] = List(
    name="collection-table",
    title=_l("催收清单"),
    permission="collection.read",
    columns=COLUMNS,
    default_sort="-points",
    open=_open,
    key=lambda row: row.customer_id,
    url=lambda work, row: case_url(work, row.customer_id),
    measure="overdue",
    acts=(BulkAct("assign", _l("分派"), "users", "collection.manage", _assign_form, _assign),),
)


@require_safe
@page("collection.read")
def table(request: HttpRequest, work: Work) -> HttpResponse:
    """The worklist as a table."""
    rules = {"label": _("分派规则"), "url": open_address(work, "collection-rules"), "icon": "settings"}
    context = {
        **list_context(request, work, TABLE),
        "actions": [rules] if rules["url"] else [],
        "breadcrumbs": [{"label": _("催收"), "url": list_url(work)}, {"label": _("表格")}],
    }
    return render(request, "collection/table.html", context)

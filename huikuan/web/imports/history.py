"""What was imported so far, as a list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet, Sum
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext_lazy

from huikuan.core.keyset import Key
from huikuan.integrations.models import Batch, Kind, State
from huikuan.integrations.queries import batches
from huikuan.web.customers.forms import choose
from huikuan.web.imports.results import state_badge
from huikuan.web.lists.declaration import Column, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work

ORDERS = {
    "started": Order((Key("started_at", datetime),)),
    "file": Order((Key("file_name", str),)),
    "imported": Order((Key("imported", int),)),
}
COUNTED = ("rows_read", "imported", "unchanged", "set_aside", "rejected", "customers_created")


class HistoryForm(forms.Form):
    """Words of the file's name, what was in it, and how it ended."""

    q = forms.CharField(
        label=_l("文件名"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    content = forms.ChoiceField(label=_l("内容"), required=False)
    state = forms.ChoiceField(label=_l("状态"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self, "content", [(kind.value, _(str(kind.label))) for kind in Kind])
        choose(self, "state", [(state.value, _(str(state.label))) for state in State])


def _open(parameters: QueryDict, work: Work) -> Reading[Batch]:
    form = HistoryForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = batches()
    if "q" in wanted:
        found = found.filter(file_name__icontains=wanted["q"])
    if "content" in wanted:
        found = found.filter(kind=wanted["content"])
    if "state" in wanted:
        found = found.filter(state=wanted["state"])
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=list, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency="",
        empty={
            "title": _("没有符合条件的导入") if wanted else _("还没有导入过"),
            "text": "" if wanted else _("建议先导入客户，再导入应收单和收款。每次导入都留有记录，可以撤销。"),
            "icon": "history",
        },
    )


def _summed(found: QuerySet[Batch]) -> Total:
    plain = found.order_by()
    return Total(plain.count(), plain.aggregate(**{name: Sum(name, default=0) for name in COUNTED}))


COLUMNS: tuple[Column[Batch], ...] = (
    Column("file", _l("文件"), lambda work, row: row.file_name, kind="name", lead=True, sort="file"),
    Column("content", _l("内容"), lambda work, row: _(str(Kind(row.kind).label))),
    Column(
        "state",
        _l("状态"),
        lambda work, row: state_badge(row),
        kind="badge",
        text=lambda work, row: state_badge(row)["label"],
    ),
    Column("rows_read", _l("读取"), lambda work, row: row.rows_read, kind="count"),
    Column(
        "imported",
        pgettext_lazy("count", "导入"),
        lambda work, row: row.imported,
        kind="count",
        sort="imported",
    ),
    Column("unchanged", _l("已有"), lambda work, row: row.unchanged, kind="count", minor=True),
    Column("set_aside", _l("搁置"), lambda work, row: row.set_aside, kind="count"),
    Column("rejected", _l("拒绝"), lambda work, row: row.rejected, kind="count"),
    Column(
        "customers_created", _l("新客户"), lambda work, row: row.customers_created, kind="count", minor=True
    ),
    Column("started", _l("时间"), lambda work, row: row.started_at, kind="moment", sort="started"),
    Column("actor", _l("操作人"), lambda work, row: row.actor_name, minor=True),
)

HISTORY: List[Batch] = List(
    name="imports",
    home="import-home",
    title=_l("导入记录"),
    permission="import.run",
    columns=COLUMNS,
    default_sort="-started",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: reverse("import-batch", args=[work.organization.code, row.pk]),
)

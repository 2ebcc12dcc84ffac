"""What an address asks of the aging report, and the answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.ledger.rules import Basis, UnusableBounds, aging_buckets
from huikuan.reports.aging import Aging, AgingRow, By, aging
from huikuan.reports.filters import GROSS, NET, UNALLOCATED, UNTRIGGERED
from huikuan.web.ledger.addresses import items_url
from huikuan.web.ledger.item_filters import parameters_of
from huikuan.web.pages import Work
from huikuan.web.reports.moments import Asked, MomentForm, with_default_day
from huikuan.web.reports.words import cell_label

BY: dict[str, Any] = {
    By.CUSTOMER: gettext_lazy("客户"),
    By.GROUP: gettext_lazy("集团"),
    By.SALESPERSON: gettext_lazy("业务员"),
    By.REGION: gettext_lazy("地区"),
    By.CURRENCY: gettext_lazy("币种"),
    By.NONE: gettext_lazy("只看合计"),
}
BASES: dict[str, Any] = {Basis.DUE: gettext_lazy("到期日"), Basis.DOCUMENT: gettext_lazy("单据日期")}
_BOUNDS = re.compile(r"[0-9]{1,5}(?:\s*[,，、 ]\s*[0-9]{1,5}){0,11}")


class AgingForm(MomentForm):
    """The day, what makes a row, what debts are aged by, own buckets, and when it was known."""

    by = forms.ChoiceField(label=gettext_lazy("按"), required=False, choices=list(BY.items()))
    basis = forms.ChoiceField(label=gettext_lazy("账龄起点"), required=False, choices=list(BASES.items()))
    bounds = forms.CharField(
        label=gettext_lazy("区间上限（天）"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": "30, 60, 90, 180, 365"}),
    )

    field_order = ("as_of", "by", "basis", "bounds", "known_at")

    def __init__(self, parameters: QueryDict, *, work: Work) -> None:
        super().__init__(with_default_day(parameters, work))

    def clean_bounds(self) -> tuple[int, ...]:
        """Bounds of own buckets as written, such as `30, 60, 90`."""
        text = self.cleaned_data["bounds"].strip()
        if not text:
            return ()
        if not _BOUNDS.fullmatch(text):
            raise forms.ValidationError(_("区间应写成 30, 60, 90。"))
        bounds = tuple(int(part) for part in re.findall("[0-9]+", text))
        try:
            aging_buckets(self.work_day(), Basis.DUE, bounds)
        except UnusableBounds:
            raise forms.ValidationError(_("账龄区间应是从小到大的天数。")) from None
        return bounds

    def work_day(self) -> Any:
        """The day of the report, as far as it could be read."""
        return self.cleaned_data.get("as_of")


@dataclass(frozen=True)
class AgingPage:
    """The report that was asked for, and the parameters it was asked with."""

    report: Aging
    asked: Asked
    form: AgingForm

    def items_url(self, work: Work, row: AgingRow | None, cell: str) -> str:
        """Where the items of a cell are, read at the same moment."""
        where = self.report.behind(row, cell)
        return items_url(work, **parameters_of(where), **self.asked.as_parameters())


def aging_page(parameters: QueryDict, work: Work, salesperson_ids: frozenset[UUID] | None) -> AgingPage:
    """Read the report; what cannot be understood falls back to the usual, and the form says so."""
    form = AgingForm(parameters, work=work)
    asked = form.moment(work)
    values = form.cleaned_data
    report = aging(
        as_of=asked.as_of,
        known_at=asked.known_at,
        by=By(values.get("by") or By.CUSTOMER),
        basis=Basis(values.get("basis") or Basis.DUE),
        bounds=values.get("bounds") or (),
        salesperson_ids=salesperson_ids,
    )
    return AgingPage(report, asked, form)


def cell_names(report: Aging) -> list[str]:
    """The columns of figures, in order."""
    names = [*(bucket.name for bucket in report.buckets), GROSS, UNALLOCATED, NET]
    return [*names, UNTRIGGERED] if report.has_untriggered else names


def figures(report: Aging, row: AgingRow) -> dict[str, Decimal]:
    """A row's figures by the name of their column."""
    named = dict(zip((bucket.name for bucket in report.buckets), row.amounts, strict=True))
    sums = {GROSS: row.gross, UNALLOCATED: row.unallocated, NET: row.net, UNTRIGGERED: row.untriggered}
    return {name: (named | sums)[name] for name in cell_names(report)}


def in_order(report: Aging, sort: str) -> list[AgingRow]:
    """The rows sorted by a column, "-" before it: from the largest; by default as the report has them."""
    key, descending = sort.removeprefix("-"), sort.startswith("-")
    by: dict[str, Callable[[AgingRow], Any]] = {
        name: lambda row, name=name: figures(report, row)[name]  # type: ignore[misc]
        for name in cell_names(report)
    }
    by["key"] = lambda row: row.key
    return sorted(report.rows, key=by[key], reverse=descending) if key in by else list(report.rows)


def labels(report: Aging) -> list[str]:
    """What the columns of figures are called."""
    return [cell_label(name) for name in cell_names(report)]

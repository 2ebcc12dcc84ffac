"""The filters of the open items, in the parameters that every number's address carries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from huikuan.ledger.rules import aging_buckets
from huikuan.reports.filters import NET, OVERDUE, RECEIVABLE, UNALLOCATED, UNTRIGGERED, ItemFilter
from huikuan.web.customers.forms import choose
from huikuan.web.customers.queries import CustomerFilter, customers_found, regions, salespeople
from huikuan.web.fields import DayField
from huikuan.web.pages import Work
from huikuan.web.reports.moments import MomentForm, with_default_day
from huikuan.web.reports.words import cell_label

NOBODY = "-"
"""In an address: without a salesperson, without a region. An empty field of a form filters nothing."""

_MAY_BE_NOBODY = ("salesperson", "team", "region", "segment", "product", "contract")


def parameters_of(where: ItemFilter) -> dict[str, str]:
    """The filter as parameters of an address."""
    return {name: value or NOBODY for name, value in where.as_parameters().items()}


def filter_of(parameters: QueryDict, seen: Collection[UUID] | None) -> ItemFilter:
    """The filter that an address asks for. Raises FilterRefused.

    A customer may be written by name, as far as that is the name of one only.
    """
    said = {name: value for name in parameters if (value := str(parameters[name]).strip())}
    for name in _MAY_BE_NOBODY:
        if said.get(name) == NOBODY:
            said[name] = ""
    where = ItemFilter.from_parameters(said)
    return replace(where, customer=_customer_code(where.customer, seen)) if where.customer else where


def _customer_code(words: str, seen: Collection[UUID] | None) -> str:
    exact = customers_found(CustomerFilter(), seen).filter(code=words)
    if exact.exists():
        return words
    found = list(customers_found(CustomerFilter(text=words), seen).values_list("code", flat=True)[:2])
    return found[0] if len(found) == 1 else words


class ItemFilterForm(MomentForm):
    """Which items: of whom, how old, of which kind; as of which day."""

    customer = forms.CharField(
        label=gettext_lazy("客户名称或代码"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    cell = forms.ChoiceField(label=gettext_lazy("账龄"), required=False)
    salesperson = forms.ChoiceField(label=gettext_lazy("业务员"), required=False)
    region = forms.ChoiceField(label=gettext_lazy("地区"), required=False)
    currency = forms.CharField(required=False, max_length=3, widget=forms.HiddenInput)
    group = forms.CharField(required=False, widget=forms.HiddenInput)
    team = forms.CharField(required=False, widget=forms.HiddenInput)
    segment = forms.CharField(required=False, widget=forms.HiddenInput)
    product = forms.CharField(required=False, widget=forms.HiddenInput)
    contract = forms.CharField(required=False, widget=forms.HiddenInput)
    basis = forms.CharField(required=False, widget=forms.HiddenInput)
    bounds = forms.CharField(required=False, widget=forms.HiddenInput)
    due_from = DayField(required=False, widget=forms.HiddenInput())
    due_until = DayField(required=False, widget=forms.HiddenInput())
    largest = forms.CharField(required=False, widget=forms.HiddenInput)

    field_order = ("customer", "cell", "salesperson", "region", "as_of")

    def __init__(
        self, parameters: QueryDict, *, where: ItemFilter, seen: Collection[UUID] | None, work: Work
    ) -> None:
        super().__init__(with_default_day(parameters, work))
        choose(self, "cell", self._cells(where, work))
        people = [(person.code, person.name) for person in salespeople(seen)]
        nobody = (NOBODY, _("（未指定）"))
        choose(self, "salesperson", [*people, nobody] if people and seen is None else people)
        places = regions()
        choose(self, "region", [*((name, name) for name in places), nobody] if places else [])
        self._keep_hidden(parameters)

    def _cells(self, where: ItemFilter, work: Work) -> list[tuple[str, str]]:
        buckets = aging_buckets(work.today, where.basis, where.bounds)
        names = [RECEIVABLE, OVERDUE, *(bucket.name for bucket in buckets), UNTRIGGERED, UNALLOCATED]
        if where.cell and where.cell not in names:
            names.append(where.cell)
        return [(name, cell_label(name)) for name in names]

    def _keep_hidden(self, parameters: QueryDict) -> None:
        """What is not asked for stays out of the form, and so out of the address."""
        for name in [field.name for field in self.hidden_fields()]:
            if not parameters.get(name):
                del self.fields[name]
        if not parameters.get("known_at"):
            del self.fields["known_at"]

    def described(self, where: ItemFilter) -> list[str]:
        """What filters that have no field of their own say."""
        said: list[str] = []
        if where.group:
            said.append(_("集团 %s") % where.group)
        if where.currency:
            said.append(_("币种 %s") % where.currency)
        for words, value in (
            (_("团队 %s"), where.team),
            (_("客户类别 %s"), where.segment),
            (_("产品 %s"), where.product),
            (_("合同 %s"), where.contract),
        ):
            if value is not None:
                said.append(words % (value or _("（未指定）")))
        if where.largest:
            said.append(
                ngettext("欠款最多的 %d 个客户", "欠款最多的 %d 个客户", where.largest) % where.largest
            )
        if where.due_from or where.due_until:
            days = {"from": _plain(where.due_from), "until": _plain(where.due_until)}
            said.append(_("到期日 %(from)s 至 %(until)s") % days)
        if where.cell == NET:
            said.append(cell_label(NET))
        return said


def _plain(on: date | None) -> str:
    return on.isoformat() if on else "…"

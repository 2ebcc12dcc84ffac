"""The filters of the customer list, and what is asked before many customers are changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.customers.models import Salesperson
from huikuan.web.customers.queries import CustomerFilter


class CustomerFilterForm(forms.Form):
    """Words, region and salesperson. What is not among the choices is left out of account."""

    q = forms.CharField(
        label=gettext_lazy("名称、代码、拼音首字母、曾用名"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    region = forms.ChoiceField(label=gettext_lazy("地区"), required=False)
    salesperson = forms.ChoiceField(label=gettext_lazy("业务员"), required=False)

    def __init__(
        self, *args: Any, regions: Sequence[str], salespeople: Sequence[Salesperson], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        choose(self, "region", [(region, region) for region in regions])
        choose(self, "salesperson", [(str(person.pk), person.name) for person in salespeople])

    def wanted(self) -> CustomerFilter:
        """What the reader asks for."""
        self.is_valid()
        values = self.cleaned_data
        return CustomerFilter(
            text=values.get("q", ""),
            region=values.get("region", ""),
            salesperson_id=values.get("salesperson") or None,
        )


def choose(form: forms.Form, name: str, choices: Sequence[tuple[str, str]]) -> None:
    """Give a filter its choices, "all" before them; a filter with nothing to choose is not shown."""
    if not choices:
        del form.fields[name]
        return
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", _("全部")), *choices]


class ChangeSalesperson(forms.Form):
    """Who sells to the chosen customers from today on."""

    salesperson = forms.ChoiceField(label=gettext_lazy("业务员"))

    def __init__(self, *args: Any, salespeople: Sequence[Salesperson], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["salesperson"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(person.pk), person.name) for person in salespeople]


class ChangeRegion(forms.Form):
    """The region of the chosen customers from today on."""

    region = forms.CharField(
        label=gettext_lazy("地区"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("留空表示没有地区。"),
    )


class ChangeSegment(forms.Form):
    """The segment of the chosen customers from today on."""

    segment = forms.CharField(
        label=gettext_lazy("分类"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("留空表示没有分类。"),
    )

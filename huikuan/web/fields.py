"""Form fields in the words of the trade: amounts and days."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from huikuan.core.money import currency_exponent

_AMOUNT = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|-?[0-9]+(?:\.[0-9]+)?")


class AmountField(forms.DecimalField):
    """An amount above zero in `currency`, as people write it: with or without separators of thousands.

    Finer than the currency's smallest unit is refused, not rounded.
    """

    widget = forms.TextInput

    def __init__(self, *, currency: str = "CNY", **options: Any) -> None:
        options.setdefault("max_digits", 19)
        super().__init__(decimal_places=currency_exponent(currency), **options)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if text and not _AMOUNT.fullmatch(text):
            raise forms.ValidationError(_("请填写数字金额，例如 1234.50。"), code="invalid")
        return super().to_python(text.replace(",", ""))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and value <= 0:
            raise forms.ValidationError(_("金额必须大于零。"), code="not_positive")


class DayField(forms.DateField):
    """A day, picked from a calendar or written as 2026-06-30."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        options.setdefault("input_formats", ["%Y-%m-%d"])
        options.setdefault("error_messages", {"invalid": _("日期应写成 2026-06-30。")})
        super().__init__(**options)


class Slider(forms.NumberInput):
    """A whole number chosen by dragging, or with the arrow keys."""

    input_type = "range"

    def __init__(self) -> None:
        super().__init__(attrs={"step": "1"})

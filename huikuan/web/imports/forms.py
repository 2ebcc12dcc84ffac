"""What a person says about a file: what it holds, how it is read, and which column is which field."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.core.money import is_currency
from huikuan.integrations.models import Kind
from huikuan.integrations.operations import ImportOptions
from huikuan.integrations.uploads import Upload

ENCODINGS = (
    ("", gettext_lazy("自动识别")),
    ("utf-8", "UTF-8"),
    ("gb18030", gettext_lazy("GB18030（GBK、GB2312）")),
    ("big5", "Big5"),
    ("utf-16", "UTF-16"),
    ("cp1252", "Windows-1252"),
)
DELIMITERS = (
    ("", gettext_lazy("自动识别")),
    (",", gettext_lazy("逗号 ,")),
    (";", gettext_lazy("分号 ;")),
    ("tab", gettext_lazy("制表符 Tab")),
    ("|", gettext_lazy("竖线 |")),
)
DATE_FORMATS = (
    ("", gettext_lazy("自动识别")),
    ("YMD", gettext_lazy("年 / 月 / 日")),
    ("DMY", gettext_lazy("日 / 月 / 年")),
    ("MDY", gettext_lazy("月 / 日 / 年")),
)


FILE, COLUMNS, CHECK, IMPORT, RESULT = range(1, 6)


def import_steps() -> list[str]:
    """The way of a file into the books, as components/steps.html shows it."""
    return [_("文件"), _("列对应"), _("检查"), _("导入"), _("结果")]


class OptionsForm(forms.Form):
    """The options folded away: all may stay empty."""

    currency = forms.CharField(
        label=gettext_lazy("币种"),
        required=False,
        max_length=3,
        help_text=gettext_lazy("文件没有币种列时用它，例如 USD；空着就是本位币。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    rate = forms.DecimalField(
        label=gettext_lazy("汇率"),
        required=False,
        max_digits=18,
        decimal_places=8,
        min_value=Decimal("0.00000001"),
        help_text=gettext_lazy("1 单位外币折合多少本位币。"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    terms = forms.IntegerField(
        label=gettext_lazy("账期天数"),
        required=False,
        min_value=0,
        max_value=3650,
        help_text=gettext_lazy("文件没有到期日时：开票日加这么多天。"),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    encoding = forms.ChoiceField(label=gettext_lazy("编码"), required=False, choices=ENCODINGS)
    delimiter = forms.ChoiceField(label=gettext_lazy("分隔符"), required=False, choices=DELIMITERS)
    existing_customers_only = forms.BooleanField(
        label=gettext_lazy("只导入已有客户"),
        required=False,
        help_text=gettext_lazy("不认识的客户先搁置，不自动建档。"),
    )
    opening = forms.BooleanField(
        label=gettext_lazy("期初余额"),
        required=False,
        help_text=gettext_lazy("记入期初科目，不记收入。"),
    )

    def clean_currency(self) -> str:
        """The code in capitals, where there is one."""
        currency = str(self.cleaned_data["currency"]).strip().upper()
        if currency and not is_currency(currency):
            raise forms.ValidationError(_("没有 %s 这个币种代码；人民币是 CNY，美元是 USD。") % currency)
        return currency

    def settings(self) -> dict[str, Any]:
        """What was filled in, as plain values that can be kept."""
        return {
            name: str(value) if isinstance(value, Decimal) else value
            for name, value in self.cleaned_data.items()
            if value not in ("", None, False)
        }


class UploadForm(OptionsForm):
    """The file and what it holds. The file itself is judged by its content, not here."""

    kind = forms.ChoiceField(
        label=gettext_lazy("文件里是什么"),
        required=False,
        choices=(("", gettext_lazy("按列名识别")), *Kind.choices),
    )

    field_order = ("kind",)

    def limited(self, kinds: list[str]) -> UploadForm:
        """The form with only these kinds to choose from, besides having the kind recognised."""
        field = cast(forms.ChoiceField, self.fields["kind"])
        named = [(kind.value, _(str(kind.label))) for kind in Kind if kind.value in kinds]
        field.choices = [("", _("按列名识别")), *named]
        return self

    def settings(self) -> dict[str, Any]:
        return {name: value for name, value in super().settings().items() if name != "kind"}


class CheckForm(OptionsForm):
    """How a waiting file is to be read: the options and the choices that only some files ask for."""

    kind = forms.ChoiceField(choices=Kind.choices, label=gettext_lazy("文件里是什么"))
    date_format = forms.ChoiceField(label=gettext_lazy("日期写法"), required=False, choices=DATE_FORMATS)
    sheet = forms.CharField(label=gettext_lazy("工作表"), required=False, max_length=100)

    field_order = ("kind", "sheet")

    def limited(self, kinds: set[str]) -> CheckForm:
        """The form with only these kinds to choose from."""
        field = cast(forms.ChoiceField, self.fields["kind"])
        field.choices = [(kind.value, _(str(kind.label))) for kind in Kind if kind.value in kinds]
        return self

    def settings(self) -> dict[str, Any]:
        return {name: value for name, value in super().settings().items() if name != "kind"}


def columns_chosen(data: Mapping[str, Any], fields: frozenset[str]) -> dict[str, int] | None:
    """The mapping that the selects `column-<index>` say; None where the form had none.

    Raises ValidationError when one field was chosen for two columns.
    """
    mapping: dict[str, int] = {}
    asked = False
    for key, value in data.items():
        index = key.removeprefix("column-")
        if index == key or not (index.isascii() and index.isdigit()) or len(index) > 4:
            continue
        asked = True
        name = str(value)
        if name not in fields:
            continue
        if name in mapping:
            raise forms.ValidationError(name, code="chosen_twice")
        mapping[name] = int(index)
    return mapping if asked else None


def import_options(upload: Upload, settings: Mapping[str, Any], mapping: Mapping[str, str]) -> ImportOptions:
    """What a person decided about a file as options; `mapping` names a column for every field ("": leave it out)."""
    return ImportOptions(
        retyped=upload.retyped,
        skipped=frozenset(upload.skipped),
        accept_lines=frozenset(upload.accepted),
        mapping=dict(mapping),
        date_format=settings.get("date_format") or None,
        encoding=settings.get("encoding") or None,
        delimiter=settings.get("delimiter") or None,
        sheet=settings.get("sheet") or None,
        currency=settings.get("currency") or None,
        terms=settings.get("terms"),
        existing_customers_only=bool(settings.get("existing_customers_only")),
        opening=bool(settings.get("opening")),
        rate=Decimal(settings["rate"]) if settings.get("rate") else None,
    )

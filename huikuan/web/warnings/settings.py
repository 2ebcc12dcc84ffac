"""What is warned of: kinds with their thresholds, and who looks into them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.core.sentences import bracketed
from huikuan.warnings.operations import save_settings
from huikuan.warnings.queries import settings_in_force
from huikuan.warnings.rules import SHIPPED, Kind, Owner, Setting, Threshold, Unit
from huikuan.warnings.wording import EXPLAINED, OWNERS, UNITS, kind_word, threshold_word
from huikuan.web.pages import Work, page
from huikuan.web.warnings.views import crumbs


class KindForm(forms.Form):
    """One kind: whether it warns, whom, and from which figures on."""

    active = forms.BooleanField(label=_l("启用这种预警"), required=False)
    owner = forms.ChoiceField(label=_l("谁来处理"))

    def __init__(self, setting: Setting, currency: str, data: Any = None) -> None:
        initial: dict[str, Any] = {"active": setting.active, "owner": setting.owner.value}
        initial |= {name: f"{value.normalize():f}" for name, value in setting.values.items()}
        super().__init__(data, prefix=setting.kind.value, initial=initial)
        self.setting = setting
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = [(code, str(word)) for code, word in OWNERS.items()]
        for name, threshold in SHIPPED[setting.kind].thresholds.items():
            self.fields[name] = _field(setting.kind, name, threshold, currency)

    @property
    def thresholds(self) -> list[forms.BoundField]:
        """The fields of the thresholds, for the template."""
        return [self[name] for name in SHIPPED[self.setting.kind].thresholds]

    def wanted(self) -> Setting:
        """The kind as it stands in the form, which must be valid."""
        values: dict[str, Decimal] = {
            name: Decimal(self.cleaned_data[name]) for name in SHIPPED[self.setting.kind].thresholds
        }
        owner = Owner(self.cleaned_data["owner"])
        return Setting(self.setting.kind, self.cleaned_data["active"], owner, values)


def _field(kind: Kind, name: str, threshold: Threshold, currency: str) -> forms.DecimalField:
    unit = currency if threshold.unit == Unit.AMOUNT else str(UNITS[threshold.unit])
    return forms.DecimalField(
        label=bracketed(threshold_word(kind.value, name), unit),
        min_value=threshold.least,
        max_value=threshold.most,
        decimal_places=0 if threshold.unit in (Unit.DAYS, Unit.COUNT) else 2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def warning_settings(request: HttpRequest, work: Work) -> HttpResponse:
    """All kinds on one page, saved together."""
    data = request.POST if request.method == "POST" else None
    shown = [KindForm(each, work.organization.currency, data) for each in settings_in_force()]
    problem = ""
    valid = [form.is_valid() for form in shown]  # each, so that every wrong figure is marked
    if data is not None and all(valid):
        try:
            count = save_settings([form.wanted() for form in shown], actor=work.actor)
        except HuikuanError as error:
            problem = error.message
        else:
            messages.success(request, _("已保存，%d 种预警有改动。") % count)
            return redirect(reverse("credit-warning-settings", args=[work.organization.code]))
    elif data is not None:
        problem = _("有的数字超出范围，请看标红的地方。没有保存。")
    kinds = [
        {
            "code": form.setting.kind.value,
            "title": kind_word(form.setting.kind.value),
            "text": str(EXPLAINED[form.setting.kind.value]),
            "form": form,
        }
        for form in shown
    ]
    context = {
        "kinds": kinds,
        "problem": problem,
        "breadcrumbs": crumbs(work, _("预警设置")),
        "back_url": reverse("credit-warnings", args=[work.organization.code]),
    }
    return render(request, "warnings/settings.html", context, status=422 if problem else 200)

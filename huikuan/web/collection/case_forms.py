"""What is asked of a case at law."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.collection.joint_queries import colleagues
from huikuan.collection.models import LegalCase
from huikuan.collection.operations import CaseStep
from huikuan.collection.rules import Proof
from huikuan.collection.stages import Stage
from huikuan.collection.wording import CASE_KINDS, PROOFS, STAGES
from huikuan.web.fields import AmountField, DayField


def choices(form: forms.Form, name: str, offered: Sequence[tuple[str, str]]) -> None:
    """Give a field of choices what it offers."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(offered)


class CasesForm(forms.Form):
    """Which cases."""

    customer = forms.CharField(
        label=_l("客户名称或编码"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    stage = forms.ChoiceField(label=_l("进展"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        stages = [(code, str(label)) for code, label in STAGES.items()]
        choices(self, "stage", [("", _("未结案")), *stages, ("all", _("全部"))])


class NewCaseForm(forms.Form):
    """A case as it is proposed."""

    kind = forms.ChoiceField(label=_l("案件种类"))
    reason = forms.CharField(label=_l("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    court = forms.CharField(label=_l("法院或仲裁机构"), max_length=100, required=False)
    lawyer = forms.CharField(label=_l("律师"), max_length=100, required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        choices(self, "kind", [(code, str(label)) for code, label in CASE_KINDS.items()])


class CaseForm(forms.Form):
    """What happened in a case, and what is next."""

    stage = forms.ChoiceField(label=_l("进展到"), required=False)
    on = DayField(label=_l("日期"))
    text = forms.CharField(
        label=_l("说明"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    fee = AmountField(label=_l("费用"), required=False)
    next_on = DayField(label=_l("下一个日期"), required=False)
    next_what = forms.CharField(label=_l("到时做什么"), required=False, max_length=100)
    court = forms.CharField(label=_l("法院或仲裁机构"), max_length=100, required=False)
    court_number = forms.CharField(label=_l("案号"), max_length=60, required=False)
    lawyer = forms.CharField(label=_l("律师"), max_length=100, required=False)
    proof = forms.ChoiceField(
        label=_l("送达证明"), required=False, help_text=_l("律师函送达即中断诉讼时效。")
    )
    proof_on = DayField(label=_l("送达日"), required=False)

    def __init__(self, case: LegalCase, stages: Sequence[Stage], today: date, data: Any = None) -> None:
        super().__init__(
            data,
            initial={
                "on": today,
                "court": case.court,
                "court_number": case.court_number,
                "lawyer": case.lawyer,
            },
        )
        offered = [(each.value, str(STAGES[each])) for each in stages]
        choices(self, "stage", [("", _("不变，只记一笔")), *offered])
        choices(self, "proof", [(code, str(label)) for code, label in PROOFS.items()])

    def step(self) -> CaseStep:
        """What was typed."""
        values = self.cleaned_data
        return CaseStep(
            on=values["on"],
            stage=Stage(values["stage"]) if values["stage"] else None,
            text=values["text"],
            fee=values["fee"],
            next_on=values["next_on"],
            next_what=values["next_what"],
            court=values["court"],
            court_number=values["court_number"],
            lawyer=values["lawyer"],
            proof=Proof(values["proof"]),
            proof_on=values["proof_on"],
        )


class OwnerForm(forms.Form):
    """Who leads a case."""

    owner = forms.ChoiceField(label=_l("承办人"))

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.people: dict[UUID, str] = dict(colleagues())
        choices(self, "owner", [(str(key), name) for key, name in self.people.items()])

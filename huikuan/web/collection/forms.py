"""What is asked of a contact and of a promise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.collection.operations import NewContact, NewPromise
from huikuan.collection.operations.contacts import LONGEST_TEXT
from huikuan.collection.policy_queries import work_calendar
from huikuan.collection.rules import Channel, Direction, NextStep, Proof, Result, follow_up
from huikuan.collection.wording import CHANNELS, DIRECTIONS, PROOFS, RESULTS, STEPS, Words
from huikuan.core.sentences import bracketed
from huikuan.customers.models import Contact as ContactPerson
from huikuan.web.fields import AmountField, DayField
from huikuan.web.pages import Work


def choices(words: dict[str, Words]) -> list[tuple[str, str]]:
    """Codes with their words in the reader's language."""
    return [(code, str(said)) for code, said in words.items()]


class ContactForm(forms.Form):
    """A contact; with the result "promised" also what was promised. Without a step the usual one follows."""

    result = forms.ChoiceField(label=_l("结果"))
    channel = forms.ChoiceField(label=_l("方式"))
    text = forms.CharField(
        label=_l("说了什么"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    promised_on = DayField(label=_l("答应付款的日子"), required=False)
    amount = AmountField(label=_l("答应付的金额"), required=False, help_text=_l("空着就是所选单据的全部。"))
    next_step = forms.ChoiceField(label=_l("下一步"), required=False)
    next_on = DayField(label=_l("哪一天"), required=False)
    person = forms.ChoiceField(label=_l("联系了谁"), required=False)
    person_name = forms.CharField(label=_l("其他人的姓名"), required=False, max_length=100)
    direction = forms.ChoiceField(label=_l("谁联系谁"), required=False)
    made_at = forms.DateTimeField(
        label=_l("时间"),
        required=False,
        help_text=_l("空着就是现在。"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    proof = forms.ChoiceField(label=_l("有什么证明"), required=False)
    proof_on = DayField(label=_l("送达或签收日"), required=False)
    recording = forms.CharField(
        label=_l("录音的链接"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"}),
    )

    def __init__(self, work: Work, people: Sequence[ContactPerson], data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.work = work
        offered: dict[str, list[tuple[str, str]]] = {
            "result": choices(RESULTS),
            "channel": choices(CHANNELS),
            "next_step": [("", _("按惯例")), *choices(STEPS)],
            "person": [("", "—"), *((str(each.pk), _called(each)) for each in people)],
            "direction": choices(DIRECTIONS),
            "proof": choices(PROOFS),
        }
        for name, values in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = values
        self.initial.setdefault("channel", Channel.PHONE.value)
        self.initial.setdefault("direction", Direction.OUT.value)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        asks = "promised_on" in self.fields and values.get("result") == Result.PROMISED
        if asks and not values.get("promised_on"):
            self.add_error("promised_on", _("请填写答应付款的日子。"))
        if values.get("next_on") and not values.get("next_step"):
            self.add_error("next_step", _("请选择下一步做什么。"))
        return values

    @property
    def promises(self) -> bool:
        """Whether a promise is recorded with the contact."""
        return bool(self.cleaned_data["result"] == Result.PROMISED and self.cleaned_data["promised_on"])

    def contact(self, customer_id: UUID, item_ids: Sequence[UUID] | None) -> NewContact:
        """The contact that was asked for."""
        values = self.cleaned_data
        result, made_at = Result(values["result"]), values["made_at"] or timezone.now()
        step, day = self._follow_up(result, made_at)
        return NewContact(
            customer_id=customer_id,
            channel=Channel(values["channel"]),
            result=result,
            made_at=made_at,
            direction=Direction(values["direction"] or Direction.OUT),
            person_id=UUID(values["person"]) if values["person"] else None,
            person_name=values["person_name"],
            text=values["text"],
            next_step=step,
            next_on=day,
            proof=Proof(values["proof"]),
            proof_on=values["proof_on"],
            recording=values["recording"],
            item_ids=item_ids,
        )

    def _follow_up(self, result: Result, made_at: datetime) -> tuple[NextStep, Any]:
        values, on = self.cleaned_data, timezone.localtime(made_at).date()
        promised_on = values["promised_on"] if self.promises else None
        step, day = follow_up(result, on=on, calendar=work_calendar(), promised_on=promised_on)
        return NextStep(values["next_step"]) if values["next_step"] else step, values["next_on"] or day

    def promise(self, customer_id: UUID, item_ids: Sequence[UUID] | None, *, made: Any) -> NewPromise:
        """The promise that came with it."""
        values = self.cleaned_data
        return NewPromise(
            customer_id=customer_id,
            promised_on=values["promised_on"],
            made_on=made.made_on,
            amount=values["amount"],
            item_ids=item_ids,
            channel=Channel(values["channel"]),
            promiser=made.person_name,
            contact_id=made.pk,
        )


def _called(person: ContactPerson) -> str:
    return bracketed(person.name, person.position) if person.position else person.name


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_l("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class AssignForm(forms.Form):
    """Who collects from a customer."""

    collector = forms.ChoiceField(label=_l("由谁催收"), required=False)
    reason = forms.CharField(
        label=_l("原因"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class RulingForm(forms.Form):
    """Whether a contact interrupts limitation."""

    interrupts = forms.ChoiceField(label=_l("是否中断时效"))
    on_day = DayField(
        label=_l("从哪一天起重新计算"), required=False, help_text=_l("空着就是送达日或联系当日。")
    )
    agreement = forms.BooleanField(label=_l("对方同意履行（时效届满后也有效）"), required=False)
    basis = forms.CharField(
        label=_l("依据"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("例如：录音已存档；邮政回执编号。"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["interrupts"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("yes", _("中断")), ("no", _("不中断"))]

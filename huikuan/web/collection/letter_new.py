"""Writing a letter to a customer, where it goes, and its statement of account."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST

from huikuan.audit.operations import act, record_event
from huikuan.collection.claim_facts import claim_facts
from huikuan.collection.letter_content import month_before
from huikuan.collection.letter_queries import (
    letter_templates,
    mailing_addresses,
    previewed,
    statement_letter,
    template_of_letter,
)
from huikuan.collection.letter_wording import LANGUAGES
from huikuan.collection.letters import letter_pdf
from huikuan.collection.operations import NewLetter, ask_letters, save_address
from huikuan.collection.templates import template_names
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Customer
from huikuan.web.collection.forms import choices
from huikuan.web.collection.letter_words import letter_url, pdf_answer
from huikuan.web.collection.parts import customer_of
from huikuan.web.collection.words import case_url, list_url
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page


class LetterForm(forms.Form):
    """Which letter, in which language, with which statement, and where it goes."""

    template = forms.ChoiceField(label=_l("哪种信"))
    language = forms.ChoiceField(label=_l("语言"))
    address = forms.CharField(label=_l("寄送地址"), required=False, max_length=300)
    recipient = forms.CharField(
        label=_l("收件人"), required=False, max_length=100, help_text=_l("如：财务部 王建国")
    )
    postcode = forms.CharField(label=_l("邮编"), required=False, max_length=12)
    with_statement = forms.BooleanField(label=_l("附对账单"), required=False)
    statement_from = DayField(label=_l("对账期间，从"), required=False)
    statement_until = DayField(label=_l("到"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        template, language = self.fields["template"], self.fields["language"]
        assert isinstance(template, forms.ChoiceField)
        assert isinstance(language, forms.ChoiceField)
        names = template_names(get_language() or "")
        template.choices = [(each.code, names.get(each.code, each.name)) for each in letter_templates()]
        language.choices = choices(LANGUAGES)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("statement_from"), values.get("statement_until")
        if values.get("with_statement") and not (first and last and first <= last):
            self.add_error("statement_from", _("请填写对账期间，起始日不晚于截止日。"))
        return values

    @property
    def period(self) -> tuple[date, date] | None:
        """The period of the statement that goes with it."""
        values = self.cleaned_data
        asked = values["with_statement"] or values["template"] == "statement"
        first, last = values["statement_from"], values["statement_until"]
        return (first, last) if asked and first and last else None


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def letter_new(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """写信函: into the print queue; the button beside shows it as a PDF first."""
    customer = customer_of(work, key)
    known = mailing_addresses([key]).get(key)
    first, last = month_before(work.today)
    initial = {
        "template": request.GET.get("template", "dunning_1"),
        "language": "zh-hans",
        "address": known.address if known else "",
        "recipient": known.recipient if known else "",
        "postcode": known.postcode if known else "",
        "statement_from": first,
        "statement_until": last,
    }
    form = LetterForm(request.POST if request.method == "POST" else None, initial=initial)
    items = [UUID(each) for each in request.POST.getlist("item") if _is_key(each)]
    if request.method == "POST" and form.is_valid():
        try:
            if "preview" in request.POST:
                return _preview(work, customer, form, items)
            return _asked(request, work, customer, form, items)
        except HuikuanError as error:
            form.add_error(None, error.message)
    facts = claim_facts([key], day=work.today)[key]
    chosen = set(items) if request.method == "POST" else {each.item_id for each in facts.overdue}
    context = {
        "customer": customer,
        "form": form,
        "items": [
            {
                "key": each.item_id,
                "number": each.number,
                "due_on": each.due_on,
                "late": _late(each.overdue_days(work.today)),
                "amount": each.open_amount,
                "currency": each.currency,
                "code": each.currency if each.currency != work.organization.currency else "",
                "ticked": each.item_id in chosen,
            }
            for each in facts.lines
        ],
        "back_url": case_url(work, key),
        "statement_url": reverse("collection-statement", args=[work.organization.code, key]),
        "breadcrumbs": [
            {"label": _("催收"), "url": list_url(work)},
            {"label": customer.name, "url": case_url(work, key)},
            {"label": _("写信函")},
        ],
    }
    return render(request, "collection/letter_new.html", context, status=422 if form.errors else 200)


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _preview(work: Work, customer: Customer, form: LetterForm, items: list[UUID]) -> HttpResponse:
    values = form.cleaned_data
    template = template_of_letter(values["template"], values["language"])
    content = previewed(
        customer, template, language=values["language"], day=work.today, item_ids=items, period=form.period
    )
    made = letter_pdf([content], title=template.name, made_at=timezone.now())
    return pdf_answer(made.content, f"{template.name}.pdf", inline=True)


def _asked(
    request: HttpRequest, work: Work, customer: Customer, form: LetterForm, items: list[UUID]
) -> HttpResponse:
    values = form.cleaned_data
    known = mailing_addresses([customer.pk]).get(customer.pk)
    place = tuple(values[name] for name in ("address", "recipient", "postcode"))
    if values["address"] and (known is None or place != (known.address, known.recipient, known.postcode)):
        save_address(customer.pk, address=place[0], recipient=place[1], postcode=place[2], actor=work.actor)
    new = NewLetter(
        customer_id=customer.pk,
        template=values["template"],
        language=values["language"],
        item_ids=items,
        statement=form.period,
    )
    [made] = ask_letters([new], actor=work.actor, today=work.today)
    messages.success(request, _("已放进打印队列。"))
    return redirect(letter_url(work, made.pk))


class StatementForm(forms.Form):
    """Which period, and in which language."""

    statement_from = DayField()
    statement_until = DayField()
    language = forms.ChoiceField(choices=[(code, code) for code in LANGUAGES], required=False)


def _late(days: int) -> str:
    return ngettext("逾期 %d 天", "逾期 %d 天", days) % days if days > 0 else ""


@require_POST
@page("collection.read")
def statement(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """对账单 as a PDF; that it was taken is written into the trail."""
    customer = customer_of(work, key)
    form = StatementForm(request.POST)
    if not form.is_valid() or form.cleaned_data["statement_from"] > form.cleaned_data["statement_until"]:
        messages.error(request, _("请填写对账期间，起始日不晚于截止日。"))
        return redirect(reverse("collection-letter-new", args=[work.organization.code, key]))
    first, last = form.cleaned_data["statement_from"], form.cleaned_data["statement_until"]
    language = form.cleaned_data["language"] or "zh-hans"
    content = statement_letter(customer, starts_on=first, ends_on=last, language=language, day=work.today)
    if content is None:
        messages.info(request, _("这段期间没有往来，也没有余额。"))
        return redirect(reverse("collection-letter-new", args=[work.organization.code, key]))
    made = letter_pdf([content], title=content["subject"], made_at=timezone.now())
    with act("take_statement", actor=work.actor):
        told = {"report": "statement", "from": first.isoformat(), "until": last.isoformat()}
        record_event(
            action="exported",
            record_kind="customer",
            record_id=customer.pk,
            number=customer.code,
            content=told,
        )
    return pdf_answer(made.content, f"{_('对账单')}-{customer.code}-{last.isoformat()}.pdf", inline=False)

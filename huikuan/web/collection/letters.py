"""The queue of letters: what waits to be printed, what is on its way, what arrived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_POST, require_safe

from huikuan.collection.letter_queries import letters_seen
from huikuan.collection.letter_wording import COURIERS
from huikuan.collection.models import Letter, LetterState
from huikuan.collection.operations import drop_letters, print_letters
from huikuan.collection.templates import template_names
from huikuan.core.keyset import Key
from huikuan.organizations.models import Scope
from huikuan.web.collection.forms import ReasonForm
from huikuan.web.collection.letter_words import batch_url, letter_crumbs, letter_url, letters_url, state_badge
from huikuan.web.lists.context import list_context
from huikuan.web.lists.customers import customer_column
from huikuan.web.lists.declaration import BulkAct, Column, List, Reading, Source, Total, batches
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page

UNDER_WAY = ""
ALL = "all"


class LettersForm(forms.Form):
    """Number, tracking number or customer, and state."""

    q = forms.CharField(
        label=_l("编号、单号或客户"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(label=_l("状态"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        field = self.fields["state"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (UNDER_WAY, _("没有结果的")),
            *((str(code), str(label)) for code, label in LetterState.choices),
            (ALL, _("全部")),
        ]


def _open(parameters: QueryDict, work: Work) -> Reading[Letter]:
    form = LettersForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    state = wanted.get("state", UNDER_WAY)
    found = letters_seen(work.actor)
    if state == UNDER_WAY:
        found = found.filter(state__in=[LetterState.ASKED, LetterState.PRINTED, LetterState.POSTED])
    elif state != ALL:
        found = found.filter(state=state)
    if "q" in wanted:
        words = wanted["q"].strip()
        found = found.filter(
            Q(number__istartswith=words)
            | Q(tracking=words.upper())
            | Q(customer__code__iexact=words)
            | Q(customer__name__icontains=words)
        )
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=_titled, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty={
            "title": _("没有信函"),
            "text": _("在客户的催收页面上选“写信函”，或由催收策略自动产生。"),
            "icon": "mail",
        },
    )


def _summed(found: QuerySet[Letter]) -> Total:
    sums = found.order_by().aggregate(claimed=Sum("claimed"))
    return Total(found.order_by().count(), {name: value for name, value in sums.items() if value})


def _ask_nothing(work: Work, data: Any) -> forms.Form:
    return forms.Form(data)


def _ask_reason(work: Work, data: Any) -> forms.Form:
    return ReasonForm(data)


def _print(work: Work, source: Source[Letter], values: Mapping[str, Any]) -> str:
    keys = [
        row.pk for rows in batches(source, "asked", 500) for row in rows if row.state == LetterState.ASKED
    ]
    made = print_letters(keys, actor=work.actor, today=work.today, now=timezone.now())
    if made is None:
        return _("没有要打印的信函：对方已付款，或款项有争议、已承诺。")
    return ngettext("已打印 %(letters)d 封信函。", "已打印 %(letters)d 封信函。", made.letters) % {
        "letters": made.letters
    }


def _drop(work: Work, source: Source[Letter], values: Mapping[str, Any]) -> str:
    keys = [
        row.pk for rows in batches(source, "asked", 500) for row in rows if row.state == LetterState.ASKED
    ]
    count = drop_letters(keys, reason=values["reason"], actor=work.actor, today=work.today)
    return ngettext("已取消 %d 封信函。", "已取消 %d 封信函。", count) % count


ORDERS = {
    "asked": Order((Key("asked_on", date),)),
    "number": Order((Key("number", str),)),
    "customer": Order((Key("customer__sort_key", str),)),
}


def title_of(row: Letter) -> str:
    """What a letter is called: its template in the reader's language, its subject where that is gone."""
    return _titled([row])[0].title


def _titled(rows: Iterable[Letter]) -> list[Letter]:
    found = list(rows)
    names = template_names(get_language() or "") if found else {}
    for row in found:
        row.title = names.get(row.template) or row.title or row.template
    return found


COLUMNS: tuple[Column[Letter], ...] = (
    customer_column(),
    Column("number", _l("编号"), lambda work, row: row.number or None, sort="number", whole=True),
    Column("title", pgettext_lazy("one", "信函"), lambda work, row: row.title, minor=True),
    Column("claimed", _l("催收金额"), lambda work, row: row.claimed or None, kind="money", figure=True),
    Column("asked", _l("申请日期"), lambda work, row: row.asked_on, kind="date", sort="asked"),
    Column("by", _l("申请人"), lambda work, row: row.asked_by_name, minor=True, hidden=True),
    Column("posted", _l("寄出日期"), lambda work, row: row.posted_on, kind="date", minor=True),
    Column(
        "tracking",
        _l("快递单号"),
        lambda work, row: (
            {"value": row.tracking, "note": str(COURIERS.get(row.courier, ""))} if row.courier else None
        ),
        minor=True,
    ),
    Column(
        "state",
        _l("状态"),
        lambda work, row: state_badge(row),
        kind="badge",
        text=lambda work, row: state_badge(row)["label"],
    ),
)
LETTERS: List[Letter] = List(
    name="collection-letters",
    title=_l("信函"),
    permission="collection.read",
    columns=COLUMNS,
    default_sort="-asked",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: letter_url(work, row.pk),
    measure="claimed",
    acts=(
        BulkAct("print", _l("打印"), "printer", "collection.manage", _ask_nothing, _print),
        BulkAct("drop", _l("取消"), "x", "collection.write", _ask_reason, _drop),
    ),
)


@require_safe
@page("collection.read")
def letters(request: HttpRequest, work: Work) -> HttpResponse:
    """Every letter, those without an outcome first."""
    code = work.organization.code
    waiting = letters_seen(work.actor).filter(state=LetterState.ASKED).count()
    actions: list[dict[str, Any]] = [
        {"label": _("消息模板"), "url": reverse("collection-templates", args=[code]), "icon": "notes"},
    ]
    if work.actor.scope == Scope.ALL:
        url = reverse("collection-letter-batches", args=[code])
        actions.append({"label": _("打印批次"), "url": url, "icon": "archive"})
    if work.actor.may("collection.manage") and waiting:
        actions.append(
            {
                "label": ngettext("打印 %d 封", "打印 %d 封", waiting) % waiting,
                "url": reverse("collection-letters-print", args=[code]),
                "icon": "printer",
                "primary": True,
                "post": True,
            }
        )
    context = {**list_context(request, work, LETTERS), "actions": actions, "breadcrumbs": letter_crumbs(work)}
    return render(request, "collection/letters.html", context)


@require_POST
@page("collection.manage")
def letters_print(request: HttpRequest, work: Work) -> HttpResponse:
    """打印: everything that waits, as one file."""
    made = print_letters(None, actor=work.actor, today=work.today, now=timezone.now())
    if made is None:
        messages.info(request, _("没有要打印的信函：对方已付款，或款项有争议、已承诺。"))
        return redirect(letters_url(work))
    return redirect(batch_url(work, made.pk))

"""Joint work on a customer: whose hands, questions and feedback; the weekly digest with commission."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.collection.commission import CommissionTerms, Factor
from huikuan.collection.digest import Digest, digests
from huikuan.collection.joint_queries import colleagues, commission_terms, stays_of
from huikuan.collection.models import Ask
from huikuan.collection.operations import answer_colleague, ask_colleague, hand_over, save_commission
from huikuan.collection.queries import customers_seen
from huikuan.collection.sharing import AskKind, Hands
from huikuan.collection.wording import HANDS, word
from huikuan.core.sentences import in_succession
from huikuan.customers.models import Customer
from huikuan.organizations.models import Scope
from huikuan.web.collection.case_forms import choices
from huikuan.web.collection.parts import customer_of
from huikuan.web.collection.words import case_url, list_url
from huikuan.web.fields import DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.states import days_text
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.templatetags.money import percent

Row = dict[str, Any]
SHOWN = 6
ITEMS = 200


def joint_part(work: Work, customer: Customer) -> Row:
    """Whose hands a customer is in and how long, and what was asked about it."""
    code, stays = work.organization.code, stays_of(customer.pk, today=work.today)
    may_write = work.actor.may("collection.write")
    rows = Ask.objects.filter(customer=customer).order_by("-id")[:SHOWN]
    return {
        "now": word(HANDS, stays[-1].hands) if stays else "",
        "stays": [
            {
                "label": word(HANDS, each.hands),
                "from": each.starts_on,
                "days": days_text(each.days),
                "now": each.ends_on is None,
            }
            for each in reversed(stays)
        ],
        "hand_url": reverse("collection-hand-over", args=[code, customer.pk]) if may_write else "",
        "ask_url": reverse("collection-ask", args=[code, customer.pk]) if may_write else "",
        "asks": [_ask_row(work, each) for each in rows],
    }


def _ask_row(work: Work, each: Ask) -> Row:
    question = each.kind == AskKind.QUESTION
    open_ = question and each.answered_on is None
    mine = each.to_id == work.actor.membership_id or work.actor.may("collection.manage")
    late = open_ and each.due_on is not None and each.due_on < work.today
    code = work.organization.code
    return {
        "text": each.text,
        "who": f"{each.asker_name} → {each.to_name}",
        "on": each.asked_on,
        "label": _("反馈") if not question else _("已答复") if each.answered_on else _("待答复"),
        "tone": "plain" if not question else "good" if each.answered_on else "bad" if late else "warn",
        "due_on": each.due_on if open_ else None,
        "answer": each.answer,
        "answered_on": each.answered_on,
        "url": reverse("collection-answer", args=[code, each.pk])
        if open_ and mine and work.actor.may("collection.write")
        else "",
    }


class HandOverForm(forms.Form):
    """To whom a customer is handed over."""

    hands = forms.ChoiceField(label=_l("移交给"))
    to = forms.ChoiceField(label=_l("由谁接手"), required=False)
    reason = forms.CharField(label=_l("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        choices(self, "hands", [(code, str(label)) for code, label in HANDS.items()])
        choices(self, "to", [("", "—"), *((str(key), name) for key, name in colleagues())])


class AskForm(forms.Form):
    """A question to a colleague, or feedback."""

    kind = forms.ChoiceField(label=_l("种类"))
    to = forms.ChoiceField(label=_l("给谁"))
    text = forms.CharField(label=_l("内容"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    due_on = DayField(label=_l("答复期限"), required=False, help_text=_l("反馈不需要。"))

    def __init__(self, today: date, to: UUID | None, data: Any = None) -> None:
        super().__init__(
            data, initial={"due_on": today + timedelta(days=2), "to": to, "kind": AskKind.QUESTION.value}
        )
        kinds = [(AskKind.QUESTION.value, _("提问，要答复")), (AskKind.FEEDBACK.value, _("反馈，不用答复"))]
        choices(self, "kind", kinds)
        choices(self, "to", [(str(key), name) for key, name in colleagues()])


class AnswerForm(forms.Form):
    """An answer."""

    text = forms.CharField(label=_l("答复"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


def _crumbs(work: Work, customer: Customer, last: str) -> list[dict[str, str]]:
    return [
        {"label": _("催收"), "url": list_url(work)},
        {"label": customer.name, "url": case_url(work, customer.pk)},
        {"label": last},
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def hand(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """移交: who leads the collection from now on."""
    customer = customer_of(work, key)

    def act(values: dict[str, Any]) -> str:
        to = UUID(values["to"]) if values["to"] else None
        hand_over(
            key, hands=Hands(values["hands"]), to_id=to, reason=values["reason"],
            actor=work.actor, today=work.today,
        )  # fmt: skip
        messages.success(request, _("已移交。"))
        return case_url(work, key)

    form = HandOverForm(request.POST if request.method == "POST" else None)
    return ask_first(
        request, work, form, act,
        title=_("移交"), submit=_("移交"),
        note=_("写明原因；各方经手多少天都会记下来。"),
        over=customer.name, back_url=case_url(work, key), crumbs=_crumbs(work, customer, _("移交")),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def ask(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """提问 or 反馈, usually to the salesperson."""
    customer = customer_of(work, key)
    seller = customer.salesperson.membership_id if customer.salesperson else None

    def act(values: dict[str, Any]) -> str:
        ask_colleague(
            key, to_id=UUID(values["to"]), text=values["text"], due_on=values["due_on"],
            kind=AskKind(values["kind"]), actor=work.actor, today=work.today,
        )  # fmt: skip
        messages.success(request, _("已发送。"))
        return f"{case_url(work, key)}#joint"

    form = AskForm(work.today, seller, request.POST if request.method == "POST" else None)
    return ask_first(
        request, work, form, act,
        title=_("问同事"), submit=_("发送"),
        note=_("对方会收到通知；没有答复的问题出现在每周的周报里。"),
        over=customer.name, back_url=case_url(work, key), crumbs=_crumbs(work, customer, _("问同事")),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def answer(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """答复 a question."""
    found = Ask.objects.select_related("customer").filter(pk=key).first()
    mine = found is not None and found.to_id == work.actor.membership_id
    if found is None or not (mine or customers_seen(work.actor).filter(pk=found.customer_id).exists()):
        raise Http404
    back = case_url(work, found.customer_id)

    def act(values: dict[str, Any]) -> str:
        answer_colleague(key, text=values["text"], actor=work.actor, today=work.today)
        messages.success(request, _("已答复。"))
        return f"{back}#joint"

    form = AnswerForm(request.POST if request.method == "POST" else None)
    return ask_first(
        request, work, form, act,
        title=_("答复"), submit=_("答复"), note=f"{found.asker_name}：{found.text}",
        over=found.customer.name, back_url=back, crumbs=_crumbs(work, found.customer, _("答复")),
    )  # fmt: skip


@require_safe
@page("collection.read")
def digest(request: HttpRequest, work: Work) -> HttpResponse:
    """周报: one's own, the team's, or everybody's, with the commission of each payment."""
    until = _until(request.GET.get("until", ""), work.today)
    currency = work.organization.currency
    found = _mine(work, digests(ends_on=until, currency=currency))
    url = reverse("collection-digest", args=[work.organization.code])
    context = {
        "from": until - timedelta(days=6),
        "until": until,
        "earlier_url": f"{url}?until={(until - timedelta(days=7)).isoformat()}",
        "later_url": f"{url}?until={(until + timedelta(days=7)).isoformat()}" if until < work.today else "",
        "tiles": _tiles(work, found),
        "people": [{"cells": _person(each)} for each in found] if len(found) > 1 else [],
        "people_columns": [
            {"label": _("业务员"), "lead": True},
            {"label": _("本周回款"), "kind": "money", "figure": True},
            {"label": _("逾期"), "kind": "money"},
            {"label": _("提成"), "kind": "money"},
            {"label": _("因晚到少得"), "kind": "money"},
            {"label": _("承诺落空"), "kind": "count"},
            {"label": _("待答复"), "kind": "count"},
        ],
        "columns": [
            {"label": _("单据"), "lead": True},
            {"label": _("客户"), "kind": "name"},
            {"label": _("到账日"), "kind": "date"},
            {"label": _("晚几天"), "kind": "count"},
            {"label": _("到账金额"), "kind": "money"},
            {"label": _("提成"), "kind": "money", "figure": True},
            {"label": _("因晚到少得"), "kind": "money"},
        ],
        "rows": _paid_rows(work, found),
        "terms": _terms_text(),
        "actions": [
            {
                "label": _("提成系数"),
                "url": reverse("collection-commission", args=[work.organization.code]),
                "icon": "settings",
            }
        ]
        if work.actor.may("collection.manage") and work.actor.scope == Scope.ALL
        else [],
        "breadcrumbs": [{"label": _("催收"), "url": list_url(work)}, {"label": _("周报")}],
    }
    return render(request, "collection/digest.html", context)


def _person(each: Digest) -> list[Any]:
    return [
        each.name, each.collected, each.overdue, each.commission, each.lost, each.broken, each.questions
    ]  # fmt: skip


def _until(text: str, today: date) -> date:
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        return today


def _mine(work: Work, found: list[Digest]) -> list[Digest]:
    if work.actor.scope == Scope.ALL:
        return found
    if work.actor.scope == Scope.TEAM:
        return [each for each in found if each.team and each.team == work.actor.team]
    return [each for each in found if each.membership_id == work.actor.membership_id]


def _tiles(work: Work, found: Sequence[Digest]) -> list[Row]:
    zero, currency = Decimal(0), work.organization.currency
    lost = sum((each.lost for each in found), zero)
    return [
        {
            "label": _("本周回款"),
            "value": sum((each.collected for each in found), zero),
            "currency": currency,
        },
        {"label": _("逾期"), "value": sum((each.overdue for each in found), zero), "currency": currency},
        {"label": _("提成"), "value": sum((each.commission for each in found), zero), "currency": currency},
        {"label": _("因晚到少得"), "value": lost, "currency": currency, "tone": "bad" if lost else ""},
    ]


def _paid_rows(work: Work, found: Sequence[Digest]) -> list[Row]:
    paid = sorted((each for one in found for each in one.paid), key=lambda each: (-each.lost, each.number))
    return [
        {
            "url": document_url(work, each.document_id),
            "cells": [
                each.number,
                each.customer,
                each.paid_on,
                max(each.days_late, 0),
                each.amount,
                each.commission,
                each.lost or None,
            ],
        }
        for each in paid[:ITEMS]
    ]


def _terms_text() -> str:
    terms = commission_terms()
    parts = []
    for each in terms.factors:
        until = _("准时") if each.days == 0 else _("晚 %d 天以内") % each.days
        parts.append(f"{until} × {each.share.normalize():f}")
    return _("提成 = 不含税回款 × %(rate)s × 系数（%(factors)s，更晚为 0）") % {
        "rate": percent(terms.rate, 2),
        "factors": in_succession(parts),
    }


class CommissionForm(forms.Form):
    """Terms of commission."""

    rate = forms.DecimalField(
        label=_l("提成比例（%）"), min_value=0, max_value=100, max_digits=7, decimal_places=4,
        help_text=_l("不含税回款的百分之几。"),
    )  # fmt: skip
    factors = forms.CharField(
        label=_l("系数"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_l("每行一档：最多晚几天和系数，例如 30 0.9。第一行是 0 天；超过最后一档没有提成。"),
    )

    def clean_factors(self) -> tuple[Factor, ...]:
        """The factors, one a line."""
        found = []
        for line in self.cleaned_data["factors"].splitlines():
            if not line.strip():
                continue
            try:
                days, share = line.split()
                found.append(Factor(int(days), Decimal(share)))
            except (ValueError, ArithmeticError):
                raise forms.ValidationError(_("看不懂这一行：%s") % line.strip()[:60]) from None
        return tuple(found)


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage", whole=True)
def commission_settings(request: HttpRequest, work: Work) -> HttpResponse:
    """提成系数: what lateness takes of the commission."""
    terms, back = commission_terms(), reverse("collection-digest", args=[work.organization.code])
    written = "\n".join(f"{each.days} {each.share.normalize():f}" for each in terms.factors)

    def act(values: dict[str, Any]) -> str:
        save_commission(
            CommissionTerms((values["rate"] / 100).normalize(), values["factors"]), actor=work.actor
        )
        messages.success(request, _("提成系数已保存。"))
        return back

    form = CommissionForm(
        request.POST if request.method == "POST" else None,
        initial={"rate": f"{(terms.rate * 100).normalize():f}", "factors": written},
    )
    return ask_first(
        request, work, form, act,
        title=_("提成系数"), submit=_("保存"),
        note=_("只用来告诉业务员晚到的回款少得多少提成，不生成凭证或工资。"),
        over="", back_url=back,
        crumbs=[
            {"label": _("催收"), "url": list_url(work)},
            {"label": _("周报"), "url": back},
            {"label": _("提成系数")},
        ],
    )  # fmt: skip

"""One customer's grade: what every item adds, why, how the limit came about; reviewing, setting by hand, applying."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.core.dates import add_months
from huikuan.core.sentences import version_words
from huikuan.credit.assessing import ItemLine, kept_lines
from huikuan.credit.assessment_queries import CurrentAssessment, card_of, current_assessments
from huikuan.credit.assessment_requests import apply_recommendation, ask_override
from huikuan.credit.assessment_words import grade_reasons, item_sentence, limit_reasons, value_words
from huikuan.credit.card_data import Card, card_from
from huikuan.credit.card_words import dimension_word, fact_word
from huikuan.credit.operations import assess_customers, end_override, review_customer
from huikuan.credit.operations.cards import complete_cards
from huikuan.credit.scorecards import Assessment, GradeOverride
from huikuan.customers.models import Customer
from huikuan.organizations.actors import actor_words
from huikuan.web.credit.grade_parts import days_words, grade_tone
from huikuan.web.credit.parts import Row
from huikuan.web.credit.whose import credit_crumbs, credit_customer
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first

HISTORY_SHOWN = 50


def _url(work: Work, name: str, key: UUID) -> str:
    return reverse(name, args=[work.organization.code, key])


@require_safe
@page("credit.read")
def customer_grade(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The last assessment of a customer with everything that it rests on, and those before it."""
    customer = credit_customer(work, key)
    current = current_assessments([key], as_of=work.today).get(key)
    rows = list(
        Assessment.objects.filter(customer_id=key, as_of_on__lte=work.today)
        .select_related("version__scorecard", "act")
        .order_by("-as_of_on", "-id")[:HISTORY_SHOWN]
    )
    context: dict[str, Any] = {
        "customer": customer,
        "actions": _actions(work, key, current),
        "breadcrumbs": credit_crumbs(work, customer, _("评级")),
        "empty": {
            "title": _("还没有评级"),
            "text": _("对这位客户还一无所知：登记应收单据，或录入信用资料后即可评级。"),
            "icon": "scale",
        },
    }
    if current is not None and rows:
        context |= _shown(work, rows[0], current)
        context["history"] = _history(rows, work.organization.currency)
    return render(request, "credit/grade.html", context)


def _actions(work: Work, key: UUID, current: CurrentAssessment | None) -> list[Row]:
    actions: list[Row] = []
    if work.actor.may("credit.assess"):
        actions.append({"label": _("信用资料"), "url": _url(work, "customer-facts", key), "icon": "notes"})
        if current is None:
            return [
                *actions,
                {
                    "label": _("评级"),
                    "url": _url(work, "customer-grade-again", key),
                    "icon": "refresh",
                    "post": True,
                    "primary": True,
                },
            ]
        if current.overridden:
            actions.append(
                {"label": _("结束人工评级"), "url": _url(work, "customer-grade-end", key), "icon": "x"}
            )
        else:
            actions.append(
                {"label": _("人工评级"), "url": _url(work, "customer-grade-set", key), "icon": "edit"}
            )
        actions.append(
            {
                "label": _("复审"),
                "url": _url(work, "customer-grade-review", key),
                "icon": "check",
                "primary": True,
            }
        )
    return actions


def _shown(work: Work, row: Assessment, current: CurrentAssessment) -> Row:
    card = card_from(row.version.definition)
    said = {
        "points": row.points,
        "grade": row.grade,
        "capped_from": row.capped_from,
        "inputs": row.inputs,
        "term_days": row.term_days,
        "limit_amount": row.limit_amount,
    }
    override = None
    if current.overridden:
        override = GradeOverride.objects.filter(customer_id=row.customer_id).order_by("-id").first()
    may_apply = work.actor.may("credit.write") and not current.overridden
    return {
        "current": current,
        "override": override,
        "tone": grade_tone(row.points) if not row.vetoed else "bad",
        "facts": _facts(row, current, work),
        "dimensions": dimension_rows(card, row),
        "grade_reasons": grade_reasons(card, said),
        "limit_reasons": limit_reasons(card, said, currency=work.organization.currency),
        "apply_url": _url(work, "customer-grade-apply", row.customer_id) if may_apply else "",
    }


def _facts(row: Assessment, current: CurrentAssessment, work: Work) -> list[Row]:
    due = row.review_on <= work.today
    return [
        {"label": _("建议额度"), "value": row.limit_amount, "kind": "money", "currency": work.organization.currency},
        {"label": _("最长账期"), "value": days_words(current.term_days) if current.term_days else _("不赊销")},
        {"label": _("评级日期"), "value": row.as_of_on, "kind": "date"},
        {"label": _("上次复审"), "value": row.reviewed_on, "kind": "date"},
        {"label": _("下次复审"), "value": row.review_on, "kind": "date", "tone": "bad" if due else ""},
        {"label": _("评分卡"), "value": f"{row.version.scorecard.title} · {version_words(row.version.number)}",
         "url": reverse("scorecard", args=[work.organization.code, row.version.scorecard_id])},
    ]  # fmt: skip


def dimension_rows(card: Card, row: Assessment) -> list[Row]:
    """The dimensions of an assessment with their items, as credit/grade.html draws them."""
    lines: dict[str, list[ItemLine]] = {}
    for line in kept_lines(card, row.inputs):
        lines.setdefault(line.dimension, []).append(line)
    parts = {part["code"]: part for part in row.inputs["dimensions"]}
    shown = []
    for code, items in lines.items():
        part = parts.get(code)
        shown.append(
            {
                "name": dimension_word(code),
                "score": Decimal(part["score"]) if part else None,
                "weight": Decimal(part["weight"]) if part else None,
                "points": Decimal(part["points"]) if part else None,
                "tone": grade_tone(Decimal(part["score"])) if part else "plain",
                "items": [_item(line) for line in items] if part else [],
                "absent": _("、").join(fact_word(line.code) for line in items) if not part else "",
            }
        )
    return shown


def _item(line: ItemLine) -> Row:
    return {
        "name": fact_word(line.code),
        "value": value_words(line.code, line.value) if line.points is not None else "—",
        "known": line.points is not None,
        "points": line.points,
        "bar": f"{line.points:.0f}" if line.points is not None else "0",
        "weight": line.weight,
        "added": line.added,
        "tone": grade_tone(line.points),
        "sentence": item_sentence(line),
    }


def _history(rows: list[Assessment], currency: str) -> Row:
    columns = [
        {"label": _("评级日期"), "kind": "date", "lead": True},
        {"label": _("等级"), "kind": "badge", "figure": True},
        {"label": _("总分"), "kind": "num"},
        {"label": _("建议额度"), "kind": "money"},
        {"label": _("最长账期"), "kind": "num"},
        {"label": _("评分卡"), "minor": True},
        {"label": _("复审意见"), "kind": "name"},
        {"label": _("经办"), "minor": True, "whole": True},
    ]
    shown = [
        {
            "cells": [
                row.as_of_on,
                {"label": row.grade, "tone": "bad" if row.vetoed else grade_tone(row.points)},
                f"{row.points:.2f}",
                {"value": row.limit_amount, "currency": currency},
                days_words(row.term_days) if row.term_days else "—",
                f"{row.version.scorecard.title} · {version_words(row.version.number)}",
                row.review_note or None,
                actor_words(row.act.actor_name),
            ]
        }
        for row in rows
    ]
    return {"columns": columns, "rows": shown}


class ReviewForm(forms.Form):
    """What whoever looked at the customer says."""

    note = forms.CharField(label=_l("复审意见"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.assess")
def grade_review(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """复审: assessed anew, the next review counted from today."""
    customer = credit_customer(work, key)

    def act(values: dict[str, Any]) -> str:
        row = review_customer(key, actor=work.actor, today=work.today, **values)
        messages.success(request, _("已复审，下次复审 %s。") % row.review_on.isoformat())
        return _url(work, "customer-grade", key)

    return _asked(
        request, work, customer, ReviewForm(request.POST or None), act,
        title=_("信用复审"), submit=_("完成复审"),
        note=_("系统会按今天的资料重新评级，下次复审从今天起算。"),
    )  # fmt: skip


class OverrideForm(forms.Form):
    """A grade that people set."""

    grade = forms.ChoiceField(label=_l("等级"))
    until_on = DayField(label=_l("截止日期"), help_text=_l("最长 12 个月，到期后恢复评分卡的等级。"))
    reason = forms.CharField(label=_l("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, grades: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["grade"].choices = [(code, code) for code in grades]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.assess")
def grade_set(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """人工评级: another grade than the card's, or a request for it."""
    customer = credit_customer(work, key)
    current = current_assessments([key], as_of=work.today).get(key)
    grades = [grade.code for grade in card_of(current.version_id).grades] if current else []

    def act(values: dict[str, Any]) -> str:
        outcome = ask_override(key, actor=work.actor, today=work.today, **values)
        if outcome.request is not None:
            messages.info(request, _("已提交审批 %s，批准后生效。") % outcome.request.number)
        else:
            messages.success(request, _("人工评级 %s 已生效。") % values["grade"])
        return _url(work, "customer-grade", key)

    form = OverrideForm(
        request.POST or None,
        grades=grades,
        initial={"grade": current.computed_grade if current else "", "until_on": _in_half_a_year(work.today)},
    )
    return _asked(
        request, work, customer, form, act,
        title=_("人工评级"), submit=_("提交"),
        note=_("评分卡照常每天计算；人工评级在截止日期前代替它，账期和信用检查按人工等级。"),
    )  # fmt: skip


def _in_half_a_year(today: date) -> date:
    return add_months(today, 6)


class EndForm(forms.Form):
    """Why the card's own grade counts again."""

    reason = forms.CharField(label=_l("原因"), max_length=500)


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.assess")
def grade_end(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The grade set by hand ends."""
    customer = credit_customer(work, key)

    def act(values: dict[str, Any]) -> str:
        end_override(key, actor=work.actor, today=work.today, **values)
        messages.success(request, _("人工评级已结束。"))
        return _url(work, "customer-grade", key)

    return _asked(
        request, work, customer, EndForm(request.POST or None), act,
        title=_("结束人工评级"), submit=_("结束"), note=_("评分卡的等级从今天起重新生效。"),
    )  # fmt: skip


class ApplyForm(forms.Form):
    """Nothing to fill in: the recommendation is applied as it is."""


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def grade_apply(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The limit that is recommended is set, or a request for it."""
    customer = credit_customer(work, key)
    current = current_assessments([key], as_of=work.today).get(key)

    def act(_values: dict[str, Any]) -> str:
        outcome = apply_recommendation(key, actor=work.actor, today=work.today)
        if outcome.request is not None:
            messages.info(request, _("已提交审批 %s，批准后生效。") % outcome.request.number)
        else:
            messages.success(request, _("信用额度已设置。"))
        return reverse("customer-credit", args=[work.organization.code, key])

    amount = f"{current.limit:,.2f} {work.organization.currency}" if current else "—"
    return _asked(
        request, work, customer, ApplyForm(request.POST if request.method == "POST" else None), act,
        title=_("采用建议额度"), submit=_("设为信用额度"),
        note=_("今天起的固定额度设为 %s；组织对额度有审批规定时先提交审批。") % amount,
    )  # fmt: skip


@require_POST
@page("credit.assess")
def grade_again(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """评级: by what is known today."""
    credit_customer(work, key)
    complete_cards(actor=work.actor)
    done = assess_customers([key], actor=work.actor, today=work.today)
    if done.unknown:
        messages.warning(request, _("对这位客户一无所知，无法评级：请先登记信用资料。"))
    return redirect(_url(work, "customer-grade", key))


def _asked(
    request: HttpRequest,
    work: Work,
    customer: Customer,
    form: forms.Form,
    act: Any,
    *,
    title: str,
    submit: str,
    note: str,
) -> HttpResponse:
    back = _url(work, "customer-grade", customer.pk)
    crumbs = credit_crumbs(work, customer)
    crumbs += [{"label": _("评级"), "url": back}, {"label": title}]
    return ask_first(
        request, work, form, act,
        title=title, submit=submit, note=note, over=f"{customer.code} · {customer.name}",
        back_url=back, crumbs=crumbs,
    )  # fmt: skip

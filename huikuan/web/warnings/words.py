"""Warnings as pages say them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.credit.card_words import fact_word
from huikuan.customers.models import Customer
from huikuan.warnings.models import EarlyWarning, State
from huikuan.warnings.wording import OUTCOMES, kind_word, sentence
from huikuan.web.credit.parts import credit_url
from huikuan.web.ledger.addresses import document_url
from huikuan.web.pages import Work
from huikuan.web.sales.addresses import order_url

Row = dict[str, Any]
OUTCOME_TONES = {"false_alarm": "plain", "explained": "plain", "settled": "good", "loss": "bad"}


def warning_url(work: Work, key: UUID) -> str:
    return reverse("credit-warning", args=[work.organization.code, key])


def state_of(row: EarlyWarning) -> Row:
    """Open, acted upon, or closed with its outcome."""
    if row.state == State.CLOSED:
        word = OUTCOMES.get(row.outcome)
        return {"label": str(word or row.outcome), "tone": OUTCOME_TONES.get(row.outcome, "notice")}
    if row.done_on is not None:
        return {"label": _("已在处理"), "tone": "notice"}
    return {"label": _("待处理"), "tone": "warn"}


def evidence_rows(work: Work, row: EarlyWarning) -> list[Row]:
    """The records a warning rests on, as they were found; each leads to what it is now."""
    names = {
        "document": _("单据"),
        "order": _("订单"),
        "customer": _("客户"),
        "fact": _("登记的资料"),
        "promise": _("付款承诺"),
    }
    rows = []
    for each in row.rows:
        on, amount = each.get("on"), each.get("amount")
        rows.append(
            {
                "url": _record_url(work, str(each["kind"]), UUID(str(each["id"]))),
                "cells": [
                    _number(str(each["kind"]), each.get("number") or ""),
                    names.get(str(each["kind"]), str(each["kind"])),
                    date.fromisoformat(on) if on else None,
                    None if amount is None else Decimal(amount),
                ],
            }
        )
    return rows


def _number(kind: str, number: str) -> str | None:
    return (fact_word(number) if kind == "fact" else number) or None


def _record_url(work: Work, kind: str, key: UUID) -> str:
    if kind == "document" and work.actor.may("ledger.read"):
        return document_url(work, key)
    if kind == "order" and work.actor.may("ledger.read"):
        return order_url(work, key)
    if kind == "promise" and work.actor.may("collection.read"):
        return reverse("collection-promise", args=[work.organization.code, key])
    return credit_url(work, key) if kind == "customer" else ""


def warnings_box(work: Work, customer: Customer) -> Row | None:
    """The open warnings on a customer's page; None for who may not see them, or without any."""
    if not work.actor.may("credit.read"):
        return None
    rows = EarlyWarning.objects.filter(customer=customer, state=State.OPEN).order_by("-found_on", "-id")
    shown = [
        {
            "title": kind_word(each.kind),
            "note": sentence(each.kind, each.figures),
            "on": each.found_on,
            "by": each.owner_name,
            "url": warning_url(work, each.pk),
            "icon": "alert-triangle",
            "tone": "warn",
        }
        for each in rows
    ]
    every = f"{reverse('credit-warnings', args=[work.organization.code])}?whose=all&q={customer.code}"
    return {"rows": shown, "url": every} if shown else None

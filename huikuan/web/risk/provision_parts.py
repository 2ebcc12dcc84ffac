"""The parts of the pages of provisions, as their components take them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.core.dates import month_end
from huikuan.ledger.models import Account, JournalLine, Kind, Period
from huikuan.organizations.actors import actor_words
from huikuan.reports.aging import By, aging
from huikuan.reports.filters import RECEIVABLE
from huikuan.risk.models import Provision
from huikuan.risk.queries import LossLine, Requirement, RollForward, roll_forward
from huikuan.web.ledger.addresses import documents_url, items_url
from huikuan.web.pages import Work
from huikuan.web.reports.words import bucket_label
from huikuan.web.risk.words import rate_text

Row = dict[str, Any]
ZERO = Decimal(0)


def tiles(work: Work, found: Requirement) -> list[Row]:
    """What is owed, what must stand on the allowance, what does, and the difference."""
    share = found.required / found.balance if found.balance else None
    return [
        {
            "label": _("应收余额"),
            "value": found.balance,
            "url": items_url(work, cell=RECEIVABLE, as_of=found.as_of.isoformat()),
            "icon": "wallet",
        },
        {
            "label": _("应有准备"),
            "value": found.required,
            "note": _("占应收 %s") % rate_text(share.quantize(Decimal("0.0001")))
            if share is not None
            else "",
            "url": "#by-age",
            "icon": "scale",
        },
        {"label": _("现有准备"), "value": found.before, "url": "#roll-forward", "icon": "coins"},
        {
            "label": _("本期应转回") if found.charge < 0 else _("本期应计提"),
            "value": abs(found.charge),
            "note": _("账面已与应有准备一致") if not found.charge else "",
            "url": "#entry",
            "icon": "report-money",
        },
    ]


def loss_columns(first: str) -> list[Row]:
    return [
        {"label": first, "kind": "name", "lead": True},
        {"label": _("应收余额"), "kind": "money"},
        {"label": _("计提比例"), "kind": "num"},
        {"label": _("预期信用损失"), "kind": "money", "figure": True},
    ]


def bucket_rows(work: Work, found: Requirement) -> list[Row]:
    """The matrix; a balance leads to its open items where these are all of it."""
    buckets = [line for line in found.lines if line.bucket]
    report = aging(as_of=found.as_of, by=By.NONE)
    listed = dict(
        zip(
            (bucket.name for bucket in report.buckets),
            report.total.amounts if report.total else (),
            strict=False,
        )
    )
    rows = []
    for line in buckets:
        same = line.balance and listed.get(line.bucket) == line.balance
        url = items_url(work, cell=line.bucket, as_of=found.as_of.isoformat()) if same else ""
        rows.append(loss_row(bucket_label(line.bucket), line, url))
    return rows


def customer_rows(work: Work, found: Requirement) -> list[Row]:
    """The customers judged by themselves, each with the reason."""
    day = found.as_of.isoformat()
    return [
        loss_row(
            {"value": line.name, "note": " · ".join(part for part in (line.code, line.reason) if part)},
            line,
            items_url(work, customer=line.code, cell=RECEIVABLE, as_of=day) if line.balance else "",
        )
        for line in found.lines
        if line.customer_id
    ]


def loss_row(first: Any, line: LossLine, url: str) -> Row:
    """balance × rate = loss."""
    return {
        "cells": [
            first,
            {"value": line.balance or None, "url": url},
            rate_text(line.rate),
            line.loss or None,
        ]
    }


def loss_total(label: str, lines: Iterable[LossLine]) -> list[Any]:
    """The footer of a table of losses."""
    chosen = list(lines)
    balance = sum((line.balance for line in chosen), ZERO)
    return [label, balance, "", sum((line.loss for line in chosen), ZERO)]


@dataclass(frozen=True)
class Entry:
    """The entry that posting would make, or why there is none to make."""

    lines: list[tuple[Account, Decimal, Decimal]]
    obstacle: str = ""


def planned_entry(found: Requirement, today: date) -> Entry:
    """D 信用减值损失 | C 坏账准备 for a charge, the other way round for a reversal."""
    if not found.charge:
        return Entry([])
    accounts = {
        each.purpose: each for each in Account.objects.filter(purpose__in=["credit_loss", "allowance"])
    }
    amount = abs(found.charge)
    debit, credit = ("credit_loss", "allowance") if found.charge > 0 else ("allowance", "credit_loss")
    lines = [(accounts[debit], amount, ZERO), (accounts[credit], ZERO, amount)]
    month = found.as_of.replace(day=1)
    if Period.objects.filter(month=month, closed_at__isnull=False).exists():
        return Entry(lines, _("%s 已关闭，不能再记账。") % f"{month:%Y-%m}")
    if not _is_month_end(found.as_of):
        return Entry(lines, _("这是 %s 的试算；计提请选一个月末。") % found.as_of.isoformat())
    return Entry(lines)


def _is_month_end(day: date) -> bool:
    return day == month_end(day)


def booked_lines(provision: Provision) -> list[tuple[Account, Decimal, Decimal]]:
    """The lines of the entry that a provision made."""
    if provision.entry_id is None:
        return []
    lines = JournalLine.objects.filter(entry_id=provision.entry_id).select_related("account")
    return [(line.account, line.debit, line.credit) for line in lines.order_by("position")]


def roll_columns() -> list[Row]:
    return [
        {"label": _("期间"), "lead": True},
        {"label": _("期初"), "kind": "money"},
        {"label": _("计提"), "kind": "money"},
        {"label": _("转回"), "kind": "money"},
        {"label": _("坏账核销"), "kind": "money"},
        {"label": _("收回"), "kind": "money"},
        {"label": _("其他"), "kind": "money"},
        {"label": _("期末"), "kind": "money", "figure": True},
    ]


def periods(as_of: date) -> list[tuple[str, date]]:
    """The periods of the roll-forward, each by its first day."""
    return [(_("本月"), as_of.replace(day=1)), (_("本年"), as_of.replace(month=1, day=1))]


def roll_rows(work: Work, as_of: date) -> list[Row]:
    """How the allowance moved in the month and in the year, up to the day."""
    return [
        {"cells": _rolled(work, label, first, as_of, roll_forward(first, as_of))}
        for label, first in periods(as_of)
    ]


def _rolled(work: Work, label: str, first: date, as_of: date, moved: RollForward) -> list[Any]:
    days = {"since": first.isoformat(), "until": as_of.isoformat()}

    def documents(kind: Kind, amount: Decimal) -> str:
        return documents_url(work, kind=kind.value, **days) if amount else ""

    return [
        {"value": label, "note": _("自 %s") % first.isoformat()},
        moved.opening,
        moved.charge or None,
        -moved.reversal or None,
        {"value": -moved.write_off or None, "url": documents(Kind.WRITE_OFF, moved.write_off)},
        {"value": moved.recovery or None, "url": documents(Kind.RECOVERY, moved.recovery)},
        moved.other or None,
        moved.closing,
    ]


def history_columns() -> list[Row]:
    return [
        {"label": _("截至"), "kind": "text", "lead": True},
        {"label": _("应有准备"), "kind": "money"},
        {"label": _("计提前"), "kind": "money"},
        {"label": _("计提（转回）"), "kind": "money", "figure": True},
        {"label": _("经办"), "minor": True},
        {"label": _("记录时间"), "kind": "moment", "minor": True},
    ]


def history_rows(work: Work, provisions: Iterable[Provision]) -> list[Row]:
    return [
        {
            "url": reverse("provision", args=[work.organization.code, each.pk]),
            "cells": [
                each.as_of.isoformat(),
                each.required,
                each.before,
                each.charge,
                actor_words(each.act.actor_name),
                each.act.recorded_at,
            ],
        }
        for each in provisions
    ]

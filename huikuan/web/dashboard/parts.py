"""The figures and lists of the first page as its templates print them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huikuan.reports.dashboard import (
    LONG_OVERDUE_DAYS,
    NEWLY_OVERDUE_DAYS,
    Dashboard,
    Figure,
    Items,
    Unapplied,
)
from huikuan.reports.filters import UNTRIGGERED, ItemFilter
from huikuan.reports.kpi.figures import FIGURES
from huikuan.reports.kpi.rules import overdue_rate
from huikuan.reports.kpi.targets import read_targets, whose_figures
from huikuan.reports.open_items import ItemRow
from huikuan.web.ledger.addresses import document_url, documents_url, due_url, items_url
from huikuan.web.ledger.item_filters import parameters_of
from huikuan.web.ledger.register import RECEIVED
from huikuan.web.ledger.words import kind_name
from huikuan.web.lists import with_query
from huikuan.web.navigation import area_url
from huikuan.web.pages import Work
from huikuan.web.reports.figure_targets import measured
from huikuan.web.reports.words import bucket_label, cell_label
from huikuan.web.scopes import visible
from huikuan.web.templatetags.money import count, money, percent

Row = dict[str, Any]


def where_url(work: Work, where: ItemFilter) -> str:
    """The items of a filter."""
    return items_url(work, **parameters_of(where))


def debtors_url(work: Work) -> str:
    """All customers, those who owe most first."""
    if not work.actor.may("customer.read"):
        return ""
    return with_query(area_url("customers", work), {"sort": "-balance"})


def weeks_url(work: Work, found: Dashboard) -> str:
    """What falls due in the weeks that are shown."""
    since, until = found.weeks[0].since, found.weeks[-1].until
    return due_url(work, due_from=since.isoformat(), due_until=until.isoformat())


def tiles(work: Work, found: Dashboard) -> list[Row]:
    """The figures that matter most, each with its change against last month."""
    overdue_tone = "bad" if found.overdue.amount else ""
    return [
        _tile(work, _("应收余额"), found.receivable, "report-money", note=_credits_note(found))
        | _against(found.receivable.amount, found.receivable.before, _("较上月末 %s")),
        _tile(
            work,
            _("逾期"),
            found.overdue,
            "alert-triangle",
            note=_overdue_note(work, found),
            tone=overdue_tone,
        )
        | _against(found.overdue.amount, found.overdue.before, _("较上月末 %s"), better=-1),
        _tile(work, _("本周到期"), found.due_this_week, "calendar-due", note=_week_note(found)),
        _received_tile(work, found),
    ]


def _tile(work: Work, label: str, figure: Figure, icon: str, *, note: str = "", tone: str = "") -> Row:
    url = where_url(work, figure.where)
    return {"label": label, "value": figure.amount, "url": url, "icon": icon, "note": note, "tone": tone}


def _received_tile(work: Work, found: Dashboard) -> Row:
    received = found.received_this_month
    since, until = received.from_on.isoformat(), received.until_on.isoformat()
    return {
        "label": _("本月回款"),
        "value": received.amount,
        "url": documents_url(work, kind=RECEIVED, since=since, until=until),
        "icon": "cash",
        "note": _("收款和预收，%s 起") % since,
    } | _against(received.amount, received.before, _("较上月同期 %s"), better=1)


def _against(amount: Decimal, before: Decimal | None, text: str, *, better: int = 0) -> Row:
    """The change in percent and whether it is good news; nothing where there was nothing before."""
    if not before:
        return {}
    change = (amount - before) / abs(before)
    sign = "+" if change > 0 else ""
    tone = "" if not better or not change else "good" if change * better > 0 else "bad"
    return {"trend": text % f"{sign}{percent(change, 1)}", "trend_tone": tone}


def _share(found: Dashboard) -> str:
    return percent(found.overdue.amount / found.receivable.amount if found.receivable.amount else None, 1)


def _overdue_note(work: Work, found: Dashboard) -> str:
    """Which part of what is owed is overdue, and whether that is within the target."""
    text = _("占应收 %s") % _share(found)
    figure, whose = FIGURES["overdue_rate"], whose_figures(ItemFilter(), visible(work.actor))
    target = read_targets().for_whom(figure.name, whose, found.today)
    rate = overdue_rate(found.overdue.amount, found.receivable.amount)
    beside = measured(figure, rate, target, whose)
    if beside is None:
        return text
    return _("%(share)s，%(target)s，%(word)s") % {
        "share": text,
        "target": beside["text"],
        "word": beside["word"],
    }


def _credits_note(found: Dashboard) -> str:
    if not found.unallocated.amount:
        return _("没有未核销的贷项")
    return _("另有未核销贷项 %s") % money(found.unallocated.amount, found.currency)


def _week_note(found: Dashboard) -> str:
    where = found.due_this_week.where
    return f"{where.due_from:%m-%d} – {where.due_until:%m-%d}"


def buckets(found: Dashboard) -> list[tuple[str, Decimal]]:
    """The names and amounts of the aging's buckets."""
    total = found.aging.total
    amounts = total.amounts if total else ()
    return [(bucket.name, amount) for bucket, amount in zip(found.aging.buckets, amounts, strict=False)]


def strip(work: Work, found: Dashboard) -> list[Row]:
    """The aging as a strip of colours."""
    return [
        {
            "name": name,
            "label": bucket_label(name),
            "amount": amount,
            "url": where_url(work, found.aging.behind(None, name)),
        }
        for name, amount in buckets(found)
    ]


def attention(work: Work, found: Dashboard) -> list[Row]:
    """The amounts to look at, as a list of facts; nothing that is zero."""
    facts = (
        (_("最近 %d 天内逾期") % NEWLY_OVERDUE_DAYS, found.newly_overdue, "warn"),
        (_("逾期超过 %d 天") % LONG_OVERDUE_DAYS, found.long_overdue, "bad"),
        (cell_label(UNTRIGGERED), found.untriggered, ""),
        (_("未核销贷项"), found.unallocated, ""),
    )
    return [_attention_row(work, found, *fact) for fact in facts if fact[1].amount]


def unapplied_columns() -> list[Row]:
    return [
        {"label": _("客户"), "kind": "name", "lead": True},
        {"label": _("未核销贷项"), "kind": "money", "figure": True},
        {"label": _("逾期"), "kind": "money"},
    ]


def unapplied_row(work: Work, each: Unapplied) -> Row:
    cells = [{"value": each.name, "note": each.code}, -each.unallocated, each.overdue]
    return {"url": where_url(work, each.where), "cells": cells}


def _attention_row(work: Work, found: Dashboard, label: str, figure: Figure, tone: str) -> Row:
    row: Row = {
        "label": label,
        "value": figure.amount,
        "kind": "money",
        "currency": found.currency,
        "tone": tone,
        "url": where_url(work, figure.where),
    }
    if figure.count is not None:
        row["hint"] = ngettext("%s 笔", "%s 笔", figure.count) % count(figure.count)
    return row


def item_columns() -> list[Row]:
    return [
        {"label": _("客户"), "kind": "name", "lead": True},
        {"label": _("逾期天数"), "kind": "count"},
        {"label": _("未核销"), "kind": "money", "figure": True},
    ]


def item_rows(work: Work, items: Items) -> list[Row]:
    return [_item_row(work, row) for row in items.rows]


def _item_row(work: Work, row: ItemRow) -> Row:
    return {
        "url": document_url(work, row.document_id),
        "cells": [
            {"value": row.customer_name, "note": f"{kind_name(row.kind)} {row.number}"},
            row.overdue_days,
            row.open_base,
        ],
    }

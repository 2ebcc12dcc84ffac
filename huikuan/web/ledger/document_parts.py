"""The parts of a document's page, as its components take them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.audit.models import Act
from huikuan.ledger.models import OpenItem
from huikuan.organizations.actors import actor_words
from huikuan.organizations.permissions import role_names
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.queries import DocumentFile, Settlement
from huikuan.web.ledger.states import item_state
from huikuan.web.ledger.words import ICONS, action_name, event_name, kind_name
from huikuan.web.pages import Work

Row = dict[str, Any]


def facts(work: Work, file: DocumentFile) -> list[Row]:
    """The head of the document: only what it says."""
    document = file.document
    base = work.organization.currency
    rows: list[Row] = [
        {
            "label": _("客户"),
            "value": document.customer.name,
            "url": customer_url(work, document.customer_id),
            "hint": document.customer.code,
            "wide": True,
        },
        {"label": _("单据日期"), "value": document.document_on, "kind": "date"},
        {"label": _("业务员"), "value": document.salesperson.name if document.salesperson else None},
    ]
    if len(file.items) == 1 and file.is_debit:
        rows.append(_due_fact(file.items[0]))
    if document.currency != base:
        rows.append(
            {
                "label": _("汇率"),
                "value": f"{document.rate.normalize():f}",
                "hint": f"{document.currency}/{base}",
            }
        )
    for label, text in (
        (_("参考号"), document.reference),
        (_("产品"), document.product),
        (_("备注"), document.memo),
    ):
        if text:
            rows.append({"label": label, "value": text})
    rows.append({"label": _("记账事件"), "value": event_name(document.event)})
    if document.voided_by:
        rows.append(
            {
                "label": _("冲销单"),
                "value": document.voided_by.number,
                "url": document_url(work, document.voided_by_id),
            }
        )
    return rows


def _due_fact(item: OpenItem) -> Row:
    hint = _("合同到期 %s，遇休息日顺延") % item.due_on if item.due_on != item.effective_due_on else ""
    return {"label": _("到期日"), "value": item.effective_due_on, "kind": "date", "hint": hint}


def sums(work: Work, file: DocumentFile) -> list[Row]:
    """Amounts from the whole to what is left; in base currency too where the document has another."""
    document = file.document
    currency, base = document.currency, work.organization.currency
    settled = document.amount - file.open_amount
    rows = [
        {"label": _("不含税金额"), "value": document.net},
        {"label": _("税额"), "value": document.tax},
        {"label": _("价税合计"), "value": document.amount},
        {"label": _("已核销"), "value": -settled},
        {"label": _("未核销"), "value": file.open_amount, "strong": True},
    ]
    if not document.tax:
        rows = rows[2:]
    rows = [{**row, "kind": "money", "currency": currency} for row in rows]
    if currency != base:
        rows.append(
            {"label": _("未核销，折 %s") % base, "value": file.open_base, "kind": "money", "currency": base}
        )
    return rows


def instalment_columns() -> list[Row]:
    return [
        {"label": _("期次"), "kind": "count", "lead": True},
        {"label": _("合同到期日"), "kind": "date"},
        {"label": _("到期日"), "kind": "date", "hint": _("遇休息日顺延后的日期")},
        {"label": _("金额"), "kind": "money"},
        {"label": _("已核销"), "kind": "money"},
        {"label": _("未核销"), "kind": "money", "figure": True},
        {"label": _("状态"), "kind": "badge"},
    ]


def instalment_rows(file: DocumentFile, today: date) -> list[Row]:
    return [
        {
            "cells": [
                item.line,
                item.due_on,
                item.effective_due_on,
                item.amount,
                item.amount - item.open_amount,
                item.open_amount,
                item_state(item, today),
            ]
        }
        for item in file.items
    ]


def settlement_columns(*, undo: bool) -> list[Row]:
    columns: list[Row] = [
        {"label": _("对方单据"), "lead": True},
        {"label": _("核销日期"), "kind": "date"},
        {"label": _("金额"), "kind": "money", "figure": True},
        {"label": _("经办")},
        {"label": _("状态"), "kind": "badge"},
    ]
    return [*columns, {"label": _("操作"), "kind": "actions"}] if undo else columns


def settlement_rows(work: Work, file: DocumentFile, *, undo: bool) -> list[Row]:
    return [{"cells": _settlement_cells(work, file, each, undo=undo)} for each in file.settlements]


def _settlement_cells(work: Work, file: DocumentFile, each: Settlement, *, undo: bool) -> list[Any]:
    other, row = each.other, each.row
    instalment = _("第 %d 期") % each.own_item.line if len(file.items) > 1 else ""
    kind = kind_name(other.kind)
    cells: list[Any] = [
        {
            "value": other.number,
            "url": document_url(work, other.pk),
            "note": " · ".join(part for part in (kind, instalment) if part),
        },
        row.effective_on,
        row.amount,
        actor_words(row.act.actor_name),
        {"label": _("已反核销"), "tone": "plain", "detail": each.undone.effective_on.isoformat()}
        if each.undone
        else {"label": _("有效"), "tone": "good"},
    ]
    if undo:
        address = reverse("document-unallocate", args=[work.organization.code, file.document.pk, row.pk])
        actions = [] if each.undone else [{"label": _("反核销"), "url": address, "icon": "arrow-back-up"}]
        cells.append({"value": actions})
    return cells


def history(work: Work, file: DocumentFile) -> list[Row]:
    """What happened, in the order it was recorded: the document, what settled it, what was undone."""
    document = file.document
    sign = -1 if file.is_debit else 1
    events: list[tuple[datetime | None, date, Row]] = [
        _event(
            document.act,
            document.document_on,
            title=_("登记%s") % kind_name(document.kind),
            amount=document.amount,
            icon=ICONS.get(document.kind, "file-text"),
            tone="notice",
            note=document.act.reason or document.memo,
        )
    ]
    for each in file.settlements:
        other = f"{kind_name(each.other.kind)} {each.other.number}"
        link = document_url(work, each.other.pk)
        events.append(
            _event(
                each.row.act,
                each.row.effective_on,
                title=_("核销：%s") % other,
                amount=sign * each.row.amount,
                icon="checks",
                tone="good",
                url=link,
                note=each.row.act.reason,
            )
        )
        if each.undone:
            events.append(
                _event(
                    each.undone.act,
                    each.undone.effective_on,
                    title=_("反核销：%s") % other,
                    amount=-sign * each.row.amount,
                    icon="arrow-back-up",
                    tone="warn",
                    url=link,
                    note=each.undone.act.reason,
                )
            )
    events.sort(key=lambda event: (event[0] is None, event[0], event[1]))
    return [{**row, "currency": document.currency} for _at, _on, row in events]


def _event(act: Act, on: date, **row: Any) -> tuple[datetime | None, date, Row]:
    return act.recorded_at, on, {"on": on, "at": act.recorded_at, "by": actor_words(act.actor_name), **row}


def entry_groups(file: DocumentFile) -> list[Row]:
    """The journal entries with their lines, in the organization's currency."""
    return [
        {"title": event_name(entry.head.event), "on": entry.head.effective_on, "lines": entry.lines}
        for entry in file.entries
    ]


def trail_columns() -> list[Row]:
    return [
        {"label": _("记录时间"), "kind": "moment", "lead": True},
        {"label": _("动作")},
        {"label": _("经办")},
        {"label": _("角色")},
        {"label": _("地址")},
        {"label": _("原因"), "kind": "name"},
    ]


def trail_rows(file: DocumentFile) -> list[Row]:
    """Each event of the audit trail that concerns the document, for those who may read the trail."""
    return [
        {
            "cells": [
                event.act.recorded_at,
                {"value": action_name(event.action), "note": event.number},
                actor_words(event.act.actor_name),
                role_names(event.act.roles) or None,
                event.act.address or None,
                event.act.reason or None,
            ]
        }
        for event in file.trail
    ]


def may_settle(file: DocumentFile) -> bool:
    """Whether something of the document is left to settle."""
    return file.document.voided_by_id is None and file.open_amount > 0

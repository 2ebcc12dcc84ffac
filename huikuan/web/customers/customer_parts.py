"""The parts of the customer pages, as their components take them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import F
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from huikuan.collection.addressing import bounced_people
from huikuan.core.encryption import mask_email, mask_phone
from huikuan.customers.models import Customer, CustomerName, Size
from huikuan.ledger.models import OpenItem
from huikuan.reports.aging import By, aging
from huikuan.reports.balances import NOTHING_OPEN, CustomerBalance, customer_balance, customer_balances
from huikuan.reports.filters import OVERDUE, RECEIVABLE, UNALLOCATED, ItemFilter
from huikuan.web.collection.parts import collection_box
from huikuan.web.credit.parts import credit_box
from huikuan.web.customers.behaviour_parts import behaviour_url, tile
from huikuan.web.customers.lookup import reach_of
from huikuan.web.customers.queries import contacts_of, group_members, other_names
from huikuan.web.customers.timeline_words import chips_of
from huikuan.web.disputes.parts import dispute_box
from huikuan.web.ledger.addresses import customer_url, document_url, items_url
from huikuan.web.ledger.states import days_text, item_state
from huikuan.web.ledger.words import kind_name
from huikuan.web.pages import Work
from huikuan.web.reports.words import bucket_label
from huikuan.web.risk.predicted import customer_expected
from huikuan.web.statements.parts import statements_box
from huikuan.web.templatetags.money import money
from huikuan.web.warnings.words import warnings_box

Row = dict[str, Any]
OPEN = 10


def import_actions(work: Work) -> list[Row]:
    """The way to the import, for those who may."""
    if not work.actor.may("import.run"):
        return []
    try:
        url = reverse("import-home", args=[work.organization.code])
    except NoReverseMatch:
        return []
    return [{"label": _("导入"), "url": url, "icon": "file-import", "primary": True}]


def _strip(work: Work, customer: Customer) -> list[Row]:
    """The customer's debts by age, each part with the address of its items."""
    where = ItemFilter(customer=customer.code)
    found = aging(as_of=work.today, by=By.NONE, where=where)
    amounts = found.total.amounts if found.total else ()
    return [
        {
            "name": bucket.name,
            "label": bucket_label(bucket.name),
            "amount": amount,
            "url": items_url(work, customer=customer.code, cell=bucket.name),
        }
        for bucket, amount in zip(found.buckets, amounts, strict=False)
    ]


def customer_context(
    work: Work, customer: Customer, visible: Collection[UUID] | None, *, reveal: bool
) -> Row:
    """Everything on one customer's page."""
    context: Row = {
        "about": _about(work, customer),
        "facts": _facts(work, customer),
        "contacts": (people := contacts(customer, reveal=reveal)),
        "reach": reach_of(work, customer) if people else None,
        "may_reveal": work.actor.may("customer.contact") and not reveal,
        "names": _names(other_names(customer)),
        "members": _members(work, customer, group_members(customer, visible)),
        "member_columns": _member_columns(),
        "credit": credit_box(work, customer),
        "warnings": warnings_box(work, customer),
        "promises": collection_box(work, customer),
        "disputes": dispute_box(work, customer),
        "stated": statements_box(work, customer),
        "expected": customer_expected(work, customer.pk),
        "chips": chips_of(work, customer),
        "timeline_url": reverse("customer-timeline", args=[work.organization.code, customer.pk]),
    }
    if work.actor.may("ledger.read"):
        context |= _ledger_context(work, customer)
    if customer.removed_act_id:
        context["state"] = {"label": _("已移出名单"), "tone": "plain"}
    return context


def _facts(work: Work, customer: Customer) -> list[Row]:
    rows: list[Row] = [
        {"label": _("业务员"), "value": customer.salesperson.name if customer.salesperson else None},
        {"label": _("付款条件"), "value": customer.term.name if customer.term else None},
        {"label": _("地区"), "value": customer.region or None},
        {"label": _("行业"), "value": customer.sector or None},
        {"label": _("规模"), "value": size_name(customer.size)},
        {"label": _("分类"), "value": customer.segment or None},
        {"label": _("统一社会信用代码"), "value": customer.uscc or None, "wide": True},
    ]
    if customer.country != "CN":
        rows.append({"label": _("国家或地区"), "value": customer.country})
    if customer.parent:
        rows.append(
            {
                "label": _("所属集团"),
                "value": customer.parent.name,
                "url": customer_url(work, customer.parent_id),
                "wide": True,
            }
        )
    return rows


def size_name(code: str) -> str | None:
    """A customer's size in the reader's language."""
    sizes = {Size.LARGE: _("大型"), Size.MEDIUM: _("中型"), Size.SMALL: _("小型"), Size.MICRO: _("微型")}
    return sizes.get(Size(code)) if code else None


def _about(work: Work, customer: Customer) -> list[Row]:
    """Group, salesperson and place, in the line above the name."""
    said: list[Row] = []
    if customer.parent:
        said.append({"text": customer.parent.name, "url": customer_url(work, customer.parent_id)})
    if customer.salesperson:
        said.append({"text": customer.salesperson.name})
    said += [{"text": text} for text in (customer.region, customer.segment) if text]
    return said


def contacts(customer: Customer, *, reveal: bool) -> list[Row]:
    """The people to call; phones and e-mails are masked unless `reveal`."""
    rows = []
    people = list(contacts_of(customer))
    bounced = bounced_people(people)
    for person in people:
        phone, email = person.phone, person.email
        if not reveal:
            phone, email = mask_phone(phone) if phone else "", mask_email(email) if email else ""
        rows.append(
            {
                "name": person.name,
                "position": person.position,
                "phone": phone,
                "tel": re.sub(r"[^0-9+]", "", phone) if reveal else "",
                "email": email,
                "bounced": person.pk in bounced,
                "clear": reveal,
            }
        )
    return rows


def _names(names: Sequence[CustomerName]) -> list[Row]:
    kinds = {
        CustomerName.Kind.FORMER: _("曾用名"),
        CustomerName.Kind.VARIANT: _("导入中的写法"),
        CustomerName.Kind.PAYER: _("付款户名"),
    }
    return [{"label": kinds[CustomerName.Kind(name.kind)], "value": name.name} for name in names]


def _member_columns() -> list[Row]:
    return [
        {"label": _("集团成员"), "kind": "name", "lead": True},
        {"label": _("应收余额"), "kind": "money", "figure": True},
        {"label": _("其中逾期"), "kind": "money"},
    ]


def _members(work: Work, customer: Customer, members: Sequence[Customer]) -> list[Row]:
    owed = (
        customer_balances([member.pk for member in members], today=work.today)
        if work.actor.may("ledger.read")
        else {}
    )
    rows = []
    for member in members:
        balance = owed.get(member.pk, NOTHING_OPEN)
        note = _("%s · 集团母公司") % member.code if member.pk == customer.parent_id else member.code
        cells = [{"value": member.name, "note": note}, balance.receivable, balance.overdue or None]
        rows.append({"url": customer_url(work, member.pk), "cells": cells})
    return rows


def _ledger_context(work: Work, customer: Customer) -> Row:
    balance = customer_balance(customer.pk, today=work.today)
    items = list(
        OpenItem.objects.filter(customer=customer, open_amount__gt=0)
        .select_related("document")
        .order_by(F("effective_due_on").asc(nulls_last=True), "pk")[: OPEN + 1]
    )
    return {
        "balance": balance,
        "state": _state(balance),
        "tiles": _tiles(work, customer, balance),
        "pay_tile": tile(None),
        "behaviour_url": behaviour_url(work, customer),
        "statement": _statement(work, customer),
        "strip": _strip(work, customer),
        "item_columns": _item_columns(),
        "item_rows": [_item_row(work, item) for item in items[:OPEN]],
        "items_url": items_url(work, customer=customer.code),
        "items_label": _("查看全部") if len(items) > OPEN else _("在应收明细中查看"),
    }


def _state(balance: CustomerBalance) -> Row:
    """The customer in one badge: overdue by so many days, owing, in credit, or nothing open."""
    if balance.overdue:
        return {"status": "overdue", "detail": days_text(balance.oldest_overdue_days)}
    if balance.receivable:
        return {"label": _("无逾期"), "tone": "good"}
    return {"label": _("有未核销贷项") if balance.unallocated else _("无欠款"), "tone": "plain"}


def _statement(work: Work, customer: Customer) -> Row:
    """What is open of the customer, as a workbook."""
    url = reverse("items-file", args=[work.organization.code])
    return {"url": url, "query": urlencode({"customer": customer.code})}


def _tiles(work: Work, customer: Customer, balance: CustomerBalance) -> list[Row]:
    code, late = customer.code, balance.oldest_overdue_days
    netted = money(balance.net, work.organization.currency)
    return [
        {
            "label": _("应收余额"),
            "value": balance.receivable,
            "note": _("净额 %s") % netted if balance.unallocated else "",
            "icon": "report-money",
            "url": items_url(work, customer=code, cell=RECEIVABLE),
        },
        {
            "label": _("其中逾期"),
            "value": balance.overdue,
            "note": _("最长 %s") % days_text(late) if late else "",
            "icon": "alert-triangle",
            "tone": "bad" if balance.overdue else "",
            "url": items_url(work, customer=code, cell=OVERDUE),
        },
        {
            "label": _("未核销贷项"),
            "value": -balance.unallocated,
            "icon": "wallet",
            "url": items_url(work, customer=code, cell=UNALLOCATED),
        },
    ]


def _item_columns() -> list[Row]:
    return [
        {"label": _("单据"), "lead": True},
        {"label": _("单据日期"), "kind": "date", "minor": True},
        {"label": _("到期日"), "kind": "date"},
        {"label": _("未核销"), "kind": "money", "figure": True},
        {"label": _("状态"), "kind": "badge"},
    ]


def _item_row(work: Work, item: OpenItem) -> Row:
    document = item.document
    return {
        "url": document_url(work, document.pk),
        "cells": [
            {"value": document.number, "note": kind_name(document.kind)},
            item.document_on,
            item.effective_due_on,
            {
                "value": item.side * item.open_amount,
                "currency": item.currency,
                "code": _foreign(work, item.currency),
            },
            item_state(item, work.today),
        ],
    }


def _foreign(work: Work, currency: str) -> str:
    return currency if currency != work.organization.currency else ""

"""The list of customers: columns, order, totals, and what can be done to many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext, pgettext_lazy

from huikuan.audit.operations import act
from huikuan.customers.models import Customer
from huikuan.customers.operations import CustomerFacts, change_customers
from huikuan.reports.balances import NOTHING_OPEN, CustomerBalance, customer_balances
from huikuan.reports.filters import OVERDUE, RECEIVABLE
from huikuan.web.customers.customer_parts import import_actions, size_name
from huikuan.web.customers.forms import ChangeRegion, ChangeSalesperson, ChangeSegment, CustomerFilterForm
from huikuan.web.customers.queries import (
    CustomerFilter,
    customers_found,
    orders,
    regions,
    salespeople,
    totals,
)
from huikuan.web.ledger.addresses import customer_url, items_url
from huikuan.web.lists.declaration import BulkAct, Column, Extra, List, Reading, Source, batches
from huikuan.web.lists.querysets import QueryRows
from huikuan.web.pages import Work
from huikuan.web.scopes import visible

LEDGER = "ledger.read"


@dataclass(frozen=True)
class CustomerRow:
    """A customer with what is open."""

    customer: Customer
    balance: CustomerBalance


def _open(parameters: QueryDict, work: Work) -> Reading[CustomerRow]:
    seen = visible(work.actor)
    form = CustomerFilterForm(parameters, regions=regions(), salespeople=salespeople(seen))
    wanted = form.wanted()
    with_amounts = work.actor.may(LEDGER)

    def dressed(customers: Sequence[Customer]) -> list[CustomerRow]:
        keys = [customer.pk for customer in customers]
        owed = customer_balances(keys, today=work.today) if with_amounts else {}
        return [CustomerRow(each, owed.get(each.pk, NOTHING_OPEN)) for each in customers]

    source = QueryRows(
        found=customers_found(wanted, seen).select_related("term", "parent"),
        orders=orders(),
        dressed=dressed,
        summed=lambda found: totals(found, work.today, with_amounts=with_amounts),
    )
    filtered = wanted != CustomerFilter()
    return Reading(
        source=source,
        form=form,
        filtered=filtered,
        currency=work.organization.currency if with_amounts else "",
        empty=_empty(work, filtered=filtered),
    )


def _empty(work: Work, *, filtered: bool) -> dict[str, Any]:
    if filtered:
        return {"title": _("没有符合条件的客户"), "text": _("换一个词，或清除筛选。"), "icon": "search"}
    return {
        "title": _("还没有客户"),
        "text": _("导入客户名单，或直接导入应收单：名单里没有的客户会一并建立。"),
        "icon": "users",
        "actions": import_actions(work),
    }


def _balance(work: Work, row: CustomerRow) -> dict[str, Any]:
    amount = row.balance.receivable or None
    url = items_url(work, customer=row.customer.code, cell=RECEIVABLE) if amount else ""
    return {"value": amount, "url": url}


def _overdue(work: Work, row: CustomerRow) -> dict[str, Any]:
    amount = row.balance.overdue or None
    return {
        "value": amount,
        "url": items_url(work, customer=row.customer.code, cell=OVERDUE) if amount else "",
    }


COLUMNS: tuple[Column[CustomerRow], ...] = (
    Column(
        "name",
        _l("客户"),
        lambda work, row: {"value": row.customer.name, "note": row.customer.code},
        kind="name",
        sort="name",
        lead=True,
        extras=(Extra(_l("客户代码"), lambda row: row.customer.code),),
    ),
    Column("code", _l("代码"), lambda work, row: row.customer.code, sort="code", hidden=True),
    Column("region", _l("地区"), lambda work, row: row.customer.region or None, sort="region", minor=True),
    Column("salesperson", _l("业务员"), lambda work, row: _name_of(row.customer.salesperson)),
    Column("segment", _l("分类"), lambda work, row: row.customer.segment or None, hidden=True),
    Column("sector", _l("行业"), lambda work, row: row.customer.sector or None, hidden=True),
    Column("size", _l("规模"), lambda work, row: size_name(row.customer.size), hidden=True),
    Column("term", _l("付款条件"), lambda work, row: _name_of(row.customer.term), hidden=True),
    Column(
        "group", _l("所属集团"), lambda work, row: _name_of(row.customer.parent), kind="name", hidden=True
    ),
    Column("uscc", _l("统一社会信用代码"), lambda work, row: row.customer.uscc or None, hidden=True),
    Column(
        "overdue_days",
        _l("最长逾期"),
        lambda work, row: row.balance.oldest_overdue_days or None,
        kind="count",
        hint=_l("最早到期而未结清的应收逾期天数"),
        minor=True,
        permission=LEDGER,
    ),
    Column(
        "balance",
        _l("应收余额"),
        _balance,
        kind="money",
        figure=True,
        sort="balance",
        permission=LEDGER,
        text=lambda work, row: row.balance.receivable,
    ),
    Column(
        "overdue",
        _l("其中逾期"),
        _overdue,
        kind="money",
        sort="overdue",
        permission=LEDGER,
        text=lambda work, row: row.balance.overdue,
    ),
    Column(
        "unallocated",
        _l("未核销贷项"),
        lambda work, row: -row.balance.unallocated or None,
        kind="money",
        hint=_l("收款、预收和红字中还没有核销的部分"),
        permission=LEDGER,
    ),
)


def _name_of(record: Any) -> str | None:
    return str(record.name) if record else None


def _changed(work: Work, source: Source[CustomerRow], **facts: Any) -> str:
    """Change what is said about the customers, in one act."""
    changed = 0
    with act("change_customers", actor=work.actor):
        for rows in batches(source, "name"):
            said = [(row.customer, CustomerFacts(code=row.customer.code, **facts)) for row in rows]
            changed += change_customers(said, actor=work.actor, effective_on=work.today)
    return ngettext("已更改 %d 个客户。", "已更改 %d 个客户。", changed) % changed


def _assign(work: Work, source: Source[CustomerRow], said: Mapping[str, Any]) -> str:
    return _changed(work, source, salesperson_id=UUID(said["salesperson"]))


def _to_region(work: Work, source: Source[CustomerRow], said: Mapping[str, Any]) -> str:
    return _changed(work, source, region=said["region"])


def _to_segment(work: Work, source: Source[CustomerRow], said: Mapping[str, Any]) -> str:
    return _changed(work, source, segment=said["segment"])


def _ask_salesperson(work: Work, data: Any) -> forms.Form:
    return ChangeSalesperson(data, salespeople=salespeople(visible(work.actor)))


CUSTOMERS: List[CustomerRow] = List(
    name="customers",
    title=pgettext_lazy("plural", "客户"),
    permission="customer.read",
    columns=COLUMNS,
    default_sort="name",
    open=_open,
    key=lambda row: row.customer.pk,
    url=lambda work, row: customer_url(work, row.customer.pk),
    measure="balance",
    acts=(
        BulkAct("salesperson", _l("指定业务员"), "user", "customer.write", _ask_salesperson, _assign),
        BulkAct(
            "region",
            _l("更改地区"),
            "map-pin",
            "customer.write",
            lambda work, data: ChangeRegion(data),
            _to_region,
        ),
        BulkAct(
            "segment",
            _l("更改分类"),
            "tag",
            "customer.write",
            lambda work, data: ChangeSegment(data),
            _to_segment,
        ),
    ),
)

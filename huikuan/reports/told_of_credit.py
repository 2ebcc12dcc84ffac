"""What was recorded between two knowledge dates that credit use counts and no posting says, as the trail tells it.

Reservations and orders that wait, orders with their deliveries and contracts, bills, limits and securities; and what all of
these are weighed by: settings, rates, payment terms. Of what a date says, those up to the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.cash.models import BillState
from huikuan.reports.asking import Question, Told
from huikuan.reports.moments import Moment
from huikuan.reports.told import read_told

WORDS = {
    ("credit_reservation", "reserved"): gettext_lazy("订单 %s：预占额度"),
    ("credit_reservation", "changed"): gettext_lazy("订单 %s：预占变更"),
    ("credit_reservation", "consumed"): gettext_lazy("订单 %s：预占随发货变动"),
    ("credit_reservation", "released"): gettext_lazy("订单 %s：预占释放"),
    ("credit_reservation", "expired"): gettext_lazy("订单 %s：预占过期"),
    ("credit_order_hold", "held"): gettext_lazy("订单 %s：暂缓"),
    ("credit_order_hold", "released"): gettext_lazy("订单 %s：放行"),
    ("credit_order_hold", "cleared"): gettext_lazy("订单 %s：复查通过"),
    ("credit_order_hold", "ended"): gettext_lazy("订单 %s：不再暂缓"),
    ("order", "created"): gettext_lazy("登记订单 %s"),
    ("order", "changed"): gettext_lazy("变更订单 %s"),
    ("order", "closed"): gettext_lazy("关闭或取消订单 %s"),
    ("delivery", "created"): gettext_lazy("登记发货单 %s"),
    ("delivery", "voided"): gettext_lazy("作废发货单 %s"),
    ("contract", "recorded"): gettext_lazy("签订合同 %s"),
    ("contract", "cancelled"): gettext_lazy("终止合同 %s"),
    ("credit_limit", "recorded"): gettext_lazy("设定信用额度，自 %s 起"),
    ("credit_limit", "withdrawn"): gettext_lazy("撤回信用额度，原自 %s 起"),
    ("credit_security", "recorded"): gettext_lazy("登记担保，自 %s 起"),
    ("credit_security", "released"): gettext_lazy("解除担保，原自 %s 起"),
    ("credit_setting", "changed"): gettext_lazy("修改信用设置"),
    ("rate", "recorded"): gettext_lazy("登记 %s 的汇率"),
    ("rate", "changed"): gettext_lazy("修改 %s 的汇率"),
    ("rate", "removed"): gettext_lazy("删除 %s 的汇率"),
    ("payment_term", "changed"): gettext_lazy("修改付款条件 %s"),
    ("customer", "changed"): gettext_lazy("修改客户的付款条件"),
}
"""By kind of record and action; "%s" stands for the number, of limits and securities for their first day.

That a limit ended is said by the one that came after it."""
KINDS = (*dict.fromkeys(kind for kind, _action in WORDS), "bill_of_exchange")


def told_of_credit(question: Question, later: Moment, after: datetime) -> list[Told]:
    """What became of everything that credit use is made of beside the ledger, at most MOST and one, the first recorded first."""
    return [
        Told(recorded_at, by, on, _words(kind, action, number, on, content), key, name, amount, currency)
        for recorded_at, by, on, action, content, kind, number, key, name, amount, currency in read_told(
            CREDIT, question, later, after, kinds=KINDS
        )
    ]


def _words(kind: str, action: str, number: str, on: date, content: Mapping[str, Any]) -> str:
    if kind == "bill_of_exchange":
        return _("票据 %(number)s：%(state)s") % {
            "number": number,
            "state": BillState(content["state"]).label,
        }
    words = str(WORDS[kind, action])
    said = on.isoformat() if kind in ("credit_limit", "credit_security") else number
    return words % said if "%s" in words else words


def _of(
    kind: str,
    table: str,
    *,
    on: str,
    amount: str,
    currency: str = "x.currency",
    number: str = "late.number",
    customer: str = "x.customer_id",
    only: str = "true",
    dated: str = "true",
) -> str:
    """Events of records of a kind, whose row is `x`. `dated`: which of them are known from `on` before the go-live."""
    actions = ", ".join(f"'{action}'" for of, action in WORDS if of == kind)
    return f"""
        SELECT late.recorded_at, late.actor_name, late.id, late.action, late.content, late.record_kind,
               {on} AS dated_on, {number} AS number, {customer} AS customer_id, {amount} AS amount, {currency} AS currency,
               {dated} AS own_day
        FROM late
        CROSS JOIN whose
        JOIN {table} x ON x.organization_id = %(organization)s AND x.id = late.record_id
        WHERE late.record_kind = '{kind}' AND {f"late.action IN ({actions})" if actions else "true"} AND {only}"""


RECORDED_ON = "(late.recorded_at AT TIME ZONE whose.time_zone)::date"
CREATED = "late.action IN ('created', 'recorded')"
PARTS = (
    _of(
        "credit_reservation",
        "credit_reservation",
        on=f"coalesce((late.content->>'on')::date, {RECORDED_ON})",
        amount="(late.content->>'remaining')::numeric",
        currency="whose.currency",
    ),
    _of("credit_order_hold", "credit_order_hold", on="x.held_on", amount="x.amount"),
    _of("order", "sales_order", on="x.ordered_on", amount="x.amount", dated=CREATED),
    _of(
        "delivery",
        "(SELECT v.*, o.currency FROM sales_delivery v"
        " JOIN sales_order o ON o.organization_id = v.organization_id AND o.id = v.order_id)",
        on="x.delivered_on",
        amount="(SELECT sum(d.gross) FROM sales_delivery_line d"
        " WHERE d.organization_id = %(organization)s AND d.delivery_id = x.id)",
        dated=CREATED,
    ),
    _of(
        "contract",
        "sales_contract",
        on="x.signed_on",
        amount="x.amount",
        only="x.order_id IS NOT NULL",
        dated=CREATED,
    ),
    _of(
        "bill_of_exchange",
        "cash_bill",
        on="(late.content->>'on')::date",
        amount="x.face",
        currency="whose.currency",
        only="late.action LIKE 'bill_%%'",
    ),
    _of(
        "credit_limit",
        "credit_limit",
        on="x.starts_on",
        amount="x.amount",
        only="NOT x.whole_group AND x.contract_id IS NULL",
        dated=CREATED,
    ),
    _of("credit_security", "credit_security", on="x.starts_on", amount="x.amount", dated=CREATED),
    _of(
        "credit_setting",
        "credit_setting",
        on=RECORDED_ON,
        amount="NULL::numeric",
        currency="''",
        customer="NULL::uuid",
        dated="false",
    ),
    _of(
        "payment_term",
        "customers_payment_term",
        on=RECORDED_ON,
        amount="NULL::numeric",
        currency="''",
        customer="NULL::uuid",
        only="late.content->'before' ?| ARRAY['rule', 'instalments']",
        dated="false",
    ),
    _of(
        "customer",
        "customers_customer",
        on=RECORDED_ON,
        amount="NULL::numeric",
        currency="''",
        customer="x.id",
        only="late.content ? 'term_id'",
        dated="false",
    ),
    # A rate that was taken out of the table is no longer there to be joined.
    """
        SELECT late.recorded_at, late.actor_name, late.id, late.action, late.content, late.record_kind,
               (late.content->>'on')::date, late.number, NULL::uuid, NULL::numeric, late.number, true
        FROM late WHERE late.record_kind = 'rate'""",
)
# Settings, terms and rates are nobody's: they count for whomever is asked for.
CREDIT = f"""
    , whose AS (SELECT currency, time_zone FROM organizations_organization WHERE id = %(organization)s)
    SELECT m.recorded_at, m.actor_name, m.dated_on, m.action, m.content, m.record_kind, m.number, m.customer_id,
           coalesce(m.name, ''), m.amount, m.currency
    FROM (
        SELECT e.*, k.name, k.salesperson_id
        FROM ({" UNION ALL ".join(PARTS)}) e
        LEFT JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = e.customer_id
        WHERE (e.dated_on <= %(as_of)s OR e.record_kind IN ('credit_setting', 'payment_term', 'customer'))
          AND NOT (e.own_day AND e.dated_on < %(live_on)s)
    ) m
    WHERE (m.customer_id IS NULL OR {{terms}}) ORDER BY m.recorded_at, m.id LIMIT %(most)s
"""

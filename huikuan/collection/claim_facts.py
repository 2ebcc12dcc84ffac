"""What can be asked of customers as of a day: open items that are neither in dispute nor promised, and who asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.chased import OpenClaim
from huikuan.collection.models import Letterhead
from huikuan.collection.planned import in_plan
from huikuan.core.calendar import next_workday
from huikuan.core.money import quantize
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.models import Organization

ZERO = Decimal(0)
DEADLINE_DAYS = 7
"""How long a demand leaves to pay where the letterhead does not say."""


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """An item that is asked for. `open_amount` (in `currency`) and `open_base`: what is open less what is in dispute.

    `paid`: what of it was settled before. `contract`: the number of the contract it was billed from, if any.
    """

    item_id: UUID
    document_id: UUID
    number: str
    line: int
    document_on: date
    due_on: date | None
    currency: str
    amount: Decimal
    open_amount: Decimal
    open_base: Decimal
    contract: str = ""

    @property
    def paid(self) -> Decimal:
        return self.amount - self.open_amount

    def overdue_days(self, day: date) -> int:
        """Days past the due day; 0 up to it and without one."""
        return max(0, (day - self.due_on).days) if self.due_on else 0


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """Everything a template can say to one customer. `lines`: the earliest due first, without a due date last.

    `company`, `sender`, `phone`, `account_*`: ours, from the letterhead. `person`: to whom; put in by who writes to
    somebody (`dataclasses.replace`). `promised…`: the last promise that was not kept. `number`: the letter's. `period`: of
    the statement that goes along; None: the month before.
    """

    customer_id: UUID
    code: str
    customer: str
    day: date
    currency: str
    company: str
    lines: tuple[ClaimLine, ...] = ()
    english_company: str = ""
    person: str = ""
    sender: str = ""
    phone: str = ""
    account_name: str = ""
    account_bank: str = ""
    account_number: str = ""
    deadline: date | None = None
    interest_daily: Decimal | None = None
    promised_on: date | None = None
    promised: Decimal | None = None
    promised_currency: str = ""
    number: str = ""
    period: tuple[date, date] | None = None

    @property
    def overdue(self) -> tuple[ClaimLine, ...]:
        """The lines past their due day."""
        return tuple(each for each in self.lines if each.overdue_days(self.day))

    @property
    def base_total(self) -> Decimal:
        """What all lines come to in the organization's currency: what a contact freezes as claimed."""
        return sum((each.open_base for each in self.lines), ZERO)

    def only(self, item_ids: Collection[UUID]) -> ClaimFacts:
        """The same with these items alone."""
        return replace(self, lines=tuple(each for each in self.lines if each.item_id in item_ids))

    def overdue_only(self) -> ClaimFacts:
        """The same with what is overdue alone."""
        return replace(self, lines=self.overdue)

    def interest(self) -> dict[str, Decimal]:
        """Late interest of what is overdue by currency: amount x daily rate x days, each line rounded."""
        if not self.interest_daily:
            return {}
        sums: dict[str, Decimal] = {}
        for each in self.overdue:
            late = interest_of(each, self.interest_daily, self.day)
            sums[each.currency] = sums.get(each.currency, ZERO) + late
        return {currency: amount for currency, amount in sums.items() if amount}

    def claims(self) -> list[OpenClaim]:
        """The lines as a contact freezes them."""
        return [
            OpenClaim(
                self.customer_id,
                each.item_id,
                each.number,
                each.due_on,
                each.currency,
                each.open_amount,
                each.open_base,
                each.paid,
            )
            for each in self.lines
        ]


def interest_of(line: ClaimLine, daily: Decimal, day: date) -> Decimal:
    """Late interest of a line up to a day."""
    return quantize(line.open_amount * daily * line.overdue_days(day), line.currency)


def totals(lines: Iterable[ClaimLine]) -> dict[str, Decimal]:
    """What lines come to by currency, in the order in which currencies appear."""
    sums: dict[str, Decimal] = {}
    for each in lines:
        sums[each.currency] = sums.get(each.currency, ZERO) + each.open_amount
    return sums


def letterhead_in_force() -> Letterhead | None:
    """What stands on our letters; None where nobody decided it."""
    return Letterhead.objects.select_related("account").order_by("-id").first()


def claim_facts(customer_ids: Sequence[UUID], *, day: date) -> Mapping[UUID, ClaimFacts]:
    """What each customer can be asked for as of a day; who owes nothing of that kind has no lines.

    Left out: what is in dispute, held by an open promise or a repayment plan in force, paused by itself, dated later. Two statements for any
    number of customers.
    """
    organization = Organization.objects.get(pk=current_organization_id())
    ours = _ours(organization, day)
    values = {"organization": organization.pk, "ids": list(customer_ids), "day": day}
    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS, values)
        customers = cursor.fetchall()
        cursor.execute(LINES, values)
        lines: dict[UUID, list[ClaimLine]] = {}
        for customer_id, *row in cursor.fetchall():
            lines.setdefault(customer_id, []).append(ClaimLine(*row))
    return {
        key: ClaimFacts(
            customer_id=key,
            code=code,
            customer=name,
            lines=tuple(lines.get(key, ())),
            promised_on=promised_on,
            promised=promised,
            promised_currency=currency or "",
            **{**ours, "sender": ours["sender"] or collector or ""},
        )
        for key, code, name, collector, promised_on, promised, currency in customers
    }


def _ours(organization: Organization, day: date) -> dict[str, Any]:
    head = letterhead_in_force()
    account = head.account if head else None
    return {
        "day": day,
        "currency": organization.currency,
        "company": organization.name,
        "english_company": head.english_name if head else "",
        "sender": head.sender if head else "",
        "phone": head.phone if head else "",
        "account_name": organization.name if account else "",
        "account_bank": (account.bank or account.name) if account else "",
        "account_number": account.number if account else "",
        "deadline": next_workday(day + timedelta(days=head.deadline_days if head else DEADLINE_DAYS)),
        "interest_daily": head.interest_daily if head else None,
    }


CUSTOMERS = """
    SELECT k.id, k.code, k.name, coalesce(u.name, s.name), p.promised_on, p.amount, p.currency
    FROM customers_customer k
    LEFT JOIN customers_salesperson s ON s.organization_id = %(organization)s AND s.id = k.salesperson_id
    LEFT JOIN collection_assignment g
        ON g.organization_id = %(organization)s AND g.customer_id = k.id AND g.ends_on IS NULL
    LEFT JOIN organizations_membership m ON m.organization_id = %(organization)s AND m.id = g.collector_id
    LEFT JOIN organizations_user u ON u.id = m.user_id
    LEFT JOIN LATERAL (
        SELECT x.promised_on, x.amount, x.currency FROM collection_promise x
        WHERE x.organization_id = %(organization)s AND x.customer_id = k.id AND x.state IN ('broken', 'partly')
          AND x.promised_on <= %(day)s
        ORDER BY x.promised_on DESC, x.id DESC LIMIT 1
    ) p ON true
    WHERE k.organization_id = %(organization)s AND k.id = ANY(%(ids)s::uuid[])
"""
LINES = f"""
    WITH disputed AS MATERIALIZED (
        SELECT item_id, sum(amount) AS amount FROM disputes_dispute
        WHERE organization_id = %(organization)s AND state = 'open' AND customer_id = ANY(%(ids)s::uuid[])
        GROUP BY item_id
    ),
    line AS (
        SELECT i.customer_id, i.id, i.document_id, d.number, i.line, i.document_on, i.effective_due_on, i.currency,
               i.amount, i.open_amount - coalesce(x.amount, 0) AS open_amount,
               CASE WHEN x.amount IS NULL THEN i.open_base
                    ELSE round(i.open_base * (i.open_amount - x.amount) / i.open_amount, 4) END AS open_base,
               coalesce(c.number, '') AS contract
        FROM ledger_open_item i
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        LEFT JOIN disputed x ON x.item_id = i.id
        LEFT JOIN LATERAL (
            SELECT max(n.number) AS number
            FROM sales_invoice s
            JOIN sales_plan_billing b ON b.organization_id = %(organization)s AND b.invoice_id = s.id
            JOIN sales_plan_line l ON l.organization_id = %(organization)s AND l.id = b.line_id
            JOIN sales_contract n ON n.organization_id = %(organization)s AND n.id = l.contract_id
            WHERE s.organization_id = %(organization)s AND s.document_id = i.document_id
        ) c ON true
        WHERE i.organization_id = %(organization)s AND i.customer_id = ANY(%(ids)s::uuid[]) AND i.side = 1
          AND i.open_amount > 0 AND i.document_on <= %(day)s
          AND NOT EXISTS (
              SELECT FROM collection_promised_item q
              WHERE q.organization_id = %(organization)s AND q.item_id = i.id AND q.live)
          AND NOT {in_plan("i.id")}
          AND NOT EXISTS (
              SELECT FROM collection_pause u
              WHERE u.organization_id = %(organization)s AND u.customer_id = i.customer_id AND u.item_id = i.id
                AND u.ended_on IS NULL AND %(day)s BETWEEN u.starts_on AND u.until_on)
    )
    SELECT * FROM line WHERE open_amount > 0
    ORDER BY customer_id, effective_due_on NULLS LAST, number, line
"""

"""What must be provided as of a day, how the allowance got there, and what became of bad debts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.money import currency_exponent
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.ledger_facts import Knowledge, knowledge
from huikuan.ledger.operations import accounts_by_purpose
from huikuan.organizations.models import Organization
from huikuan.risk.in_force import assessments_on, matrix_on
from huikuan.risk.models import ProvisionMatrix
from huikuan.risk.owed import BUCKET, owed_parameters, owed_sql
from huikuan.risk.rules import BUCKETS, expected_loss

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LossLine:
    """A bucket of the matrix, or one customer assessed by itself: balance × rate = loss, in base currency."""

    bucket: str
    customer_id: UUID | None
    code: str
    name: str
    reason: str
    balance: Decimal
    rate: Decimal
    loss: Decimal


@dataclass(frozen=True)
class Requirement:
    """坏账准备 as it must be (`required`) and as it stands (`before`), in base currency: as of a day and as known then."""

    known: Knowledge
    matrix: ProvisionMatrix
    lines: tuple[LossLine, ...]
    before: Decimal

    @property
    def as_of(self) -> date:
        """The day."""
        return self.known.as_of

    @property
    def balance(self) -> Decimal:
        """The receivables that were looked at."""
        return sum((line.balance for line in self.lines), ZERO)

    @property
    def required(self) -> Decimal:
        """The losses expected on them."""
        return sum((line.loss for line in self.lines), ZERO)

    @property
    def charge(self) -> Decimal:
        """What is to be provided now; negative: to be reversed."""
        return self.required - self.before


@dataclass(frozen=True, slots=True)
class RollForward:
    """坏账准备计提表: how the allowance moved in a period. Charges and recoveries raise it."""

    opening: Decimal
    charge: Decimal
    reversal: Decimal
    write_off: Decimal
    recovery: Decimal
    other: Decimal

    @property
    def closing(self) -> Decimal:
        """What stands at the end."""
        return self.opening + self.charge - self.reversal - self.write_off + self.recovery + self.other


def base_unit() -> Decimal:
    """The smallest amount of the organization's currency."""
    currency = Organization.objects.get(pk=current_organization_id()).currency
    return Decimal(1).scaleb(-currency_exponent(currency))


def requirement(as_of: date, known_at: datetime | None = None) -> Requirement:
    """The losses expected on everything owed as of a day: customers judged by themselves, all others by bucket.

    Credits we hold never make a negative loss. Debts that wait for an event before they are due are not due. `known_at`
    (aware): by the debts, rates, judgements and entries known then, else by all that is recorded. Raises NoMatrix.
    """
    matrix = matrix_on(as_of, known_at)
    unit = base_unit()
    known = knowledge(as_of, known_at)
    assessed = {row.customer_id: row for row in assessments_on(as_of, known_at)}
    by_bucket, by_customer = _balances(known, list(assessed))
    lines = []
    for bucket in BUCKETS:
        rate, balance = Decimal(matrix.rates[bucket]), by_bucket.get(bucket, ZERO)
        lines.append(LossLine(bucket, None, "", "", "", balance, rate, expected_loss(balance, rate, unit)))
    for key, row in sorted(assessed.items(), key=lambda pair: pair[1].customer.code):
        balance = by_customer.get(key, ZERO)
        loss = expected_loss(balance, row.rate, unit)
        lines.append(
            LossLine("", key, row.customer.code, row.customer.name, row.reason, balance, row.rate, loss)
        )
    return Requirement(known, matrix, tuple(lines), allowance(known))


def _balances(known: Knowledge, assessed: list[UUID]) -> tuple[Mapping[str, Decimal], Mapping[UUID, Decimal]]:
    """What is owed as of the day, by bucket without the assessed customers, and of those by customer."""
    with connection.cursor() as cursor:
        cursor.execute(_balances_sql(known), {**owed_parameters(known), "assessed": assessed})
        rows = cursor.fetchall()
    return (
        {bucket: amount for customer, bucket, amount in rows if customer is None},
        {customer: amount for customer, _bucket, amount in rows if customer is not None},
    )


def _balances_sql(known: Knowledge) -> str:
    return f"""
    WITH bucket AS ({BUCKET}), owed AS ({owed_sql(known)}),
    summed AS (
        SELECT CASE WHEN customer_id = ANY(%(assessed)s::uuid[]) THEN customer_id END AS customer_id,
               effective_due_on, sum(base) AS base
        FROM owed GROUP BY 1, 2
    )
    SELECT customer_id, CASE WHEN customer_id IS NULL THEN coalesce(b.name, 'not_due') END AS bucket, sum(s.base)
    FROM summed s
    LEFT JOIN bucket b ON s.effective_due_on BETWEEN b.from_on AND b.until_on
    GROUP BY 1, 2
"""


def allowance(known: Knowledge) -> Decimal:
    """What stands on the allowance account at the end of a day, in base currency."""
    account = accounts_by_purpose(["allowance"])["allowance"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT coalesce(sum(l.credit - l.debit), 0)
            FROM ledger_journal_line l
            JOIN ledger_journal_entry e ON e.organization_id = %(organization)s AND e.id = l.entry_id
            {known.late_act("e")}
            WHERE l.organization_id = %(organization)s AND l.account_id = %(account)s
              AND {known.counted("e", "effective_on")}
            """,
            {**known.parameters, "account": account},
        )
        return Decimal(cursor.fetchone()[0])


def roll_forward(from_on: date, until_on: date, known_at: datetime | None = None) -> RollForward:
    """How the allowance moved from the beginning of one day to the end of another, as known at a time (None: now)."""
    account = accounts_by_purpose(["allowance"])["allowance"]
    known = knowledge(until_on, known_at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT coalesce(d.event, e.event), sum(l.credit - l.debit)
            FROM ledger_journal_line l
            JOIN ledger_journal_entry e ON e.organization_id = %(organization)s AND e.id = l.entry_id
            LEFT JOIN ledger_document d ON d.organization_id = %(organization)s AND d.voided_by_id = e.document_id
            {known.late_act("e")}
            WHERE l.organization_id = %(organization)s AND l.account_id = %(account)s
              AND e.effective_on >= %(from_on)s AND {known.counted("e", "effective_on")}
            GROUP BY 1
            """,
            {**known.parameters, "account": account, "from_on": from_on},
        )
        moved: dict[str, Decimal] = dict(cursor.fetchall())
    return RollForward(
        opening=allowance(replace(known, as_of=from_on - timedelta(days=1))),
        charge=moved.pop("provision", ZERO),
        reversal=-moved.pop("provision_reversal", ZERO),
        write_off=-moved.pop("write_off", ZERO),
        recovery=moved.pop("recovery", ZERO),
        other=sum(moved.values(), ZERO),
    )


@dataclass(frozen=True, slots=True)
class BadDebt:
    """A write-off: the claim survives, less what came back since."""

    document_id: UUID
    number: str
    written_off_on: date
    customer_id: UUID
    customer_name: str
    amount: Decimal
    recovered: Decimal
    reason: str
    ground: str
    evidence: tuple[str, ...]
    due_on: date | None

    @property
    def claim(self) -> Decimal:
        """What the customer still owes beside the books (账销案存)."""
        return self.amount - self.recovered


def bad_debts(*, document_id: UUID | None = None) -> list[BadDebt]:
    """Write-offs that stand, youngest first, with what was recovered of each."""
    with connection.cursor() as cursor:
        cursor.execute(BAD_DEBTS, {"organization": current_organization_id(), "document": document_id})
        return [_bad_debt(row) for row in cursor.fetchall()]


def _bad_debt(row: tuple[Any, ...]) -> BadDebt:
    values: list[Any] = [tuple(value) if isinstance(value, list) else value for value in row]
    return BadDebt(*values)


BAD_DEBTS = """
    SELECT w.id, w.number, w.document_on, w.customer_id, c.name, w.base_amount, coalesce(r.amount, 0), w.memo,
           coalesce(g.ground, ''), ARRAY(SELECT jsonb_array_elements_text(g.evidence)), debt.due_on
    FROM ledger_document w
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = w.customer_id
    LEFT JOIN (
        SELECT reference, customer_id, sum(base_amount) AS amount FROM ledger_document
        WHERE organization_id = %(organization)s AND kind = 'recovery' AND voided_by_id IS NULL
        GROUP BY reference, customer_id
    ) r ON r.reference = w.number AND r.customer_id = w.customer_id
    LEFT JOIN risk_write_off_ground g ON g.organization_id = %(organization)s AND g.document_id = w.id
    LEFT JOIN LATERAL (
        SELECT min(d.effective_due_on) AS due_on
        FROM ledger_open_item i
        JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.credit_item_id = i.id
        JOIN ledger_open_item d ON d.organization_id = %(organization)s AND d.id = a.debit_item_id
        WHERE i.organization_id = %(organization)s AND i.document_id = w.id
    ) debt ON true
    WHERE w.organization_id = %(organization)s AND w.kind = 'write_off' AND w.voided_by_id IS NULL
      AND (%(document)s::uuid IS NULL OR w.id = %(document)s::uuid)
    ORDER BY w.document_on DESC, w.id DESC
    LIMIT 1000
"""

"""核销 and 反核销: credits settle debits, and are unsettled again by reversing rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from huikuan.approvals.duties import RECORD_ALLOCATE, enforced_duties, refuse_duty
from huikuan.audit.operations import OpenAct, act
from huikuan.core.errors import HuikuanError
from huikuan.core.money import CURRENCIES, currency_exponent
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Kind, OpenItem
from huikuan.ledger.operations.restatement import plan_restatement, write_revaluations
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization


class AllocationRefused(HuikuanError):
    """An allocation is not possible; none of its set was made."""

    code = "allocation_refused"


@dataclass(frozen=True, slots=True)
class NewAllocation:
    """`amount` (in the items' currency) of a credit item settles a debit item from `effective_on`."""

    debit_item_id: UUID
    credit_item_id: UUID
    amount: Decimal
    effective_on: date


def allocate(allocations: Sequence[NewAllocation], *, actor: Actor, today: date) -> int:
    """Settle debit items with credit items; returns how many rows were written.

    Both items belong to one customer (or one group) and currency. Within one control account no entry is
    made; across accounts (an advance) and for a realised exchange difference it is.
    """
    actor.require("allocation.write")
    _refuse_recorder(allocations, actor)
    with act("allocate", actor=actor) as opened:
        return post_allocations(allocations, today=today, opened=opened)


def _refuse_recorder(allocations: Sequence[NewAllocation], actor: Actor) -> None:
    """Where the organization insists on it, who recorded money does not settle with it."""
    if actor.user_id is None or RECORD_ALLOCATE not in (enforced := enforced_duties()):
        return
    credits = OpenItem.objects.filter(pk__in={new.credit_item_id for new in allocations})
    money = credits.filter(document__kind__in=[Kind.RECEIPT, Kind.ADVANCE])
    for recorder in money.values_list("document__act__actor_id", flat=True).distinct():
        refuse_duty(RECORD_ALLOCATE, actor=actor, earlier_user=recorder, enforced=enforced)


def post_allocations(allocations: Sequence[NewAllocation], *, today: date, opened: OpenAct) -> int:
    """Write allocations inside an open act: lock items in key order, check, write, post."""
    if not allocations:
        return 0
    stage(
        "incoming_allocation",
        INCOMING_COLUMNS,
        (
            (position, new.debit_item_id, new.credit_item_id, new.amount, new.effective_on)
            for position, new in enumerate(allocations)
        ),
    )
    parameters: dict[str, Any] = {
        "organization": current_organization_id(),
        "act": opened.id,
        "today": today,
        "places": currency_exponent(Organization.objects.get(pk=current_organization_id()).currency),
        "exponents": EXPONENTS,
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(LOCK_ITEMS, parameters)
            cursor.execute(FIND_OBSTACLE, parameters)
            obstacle = cursor.fetchone()
            if obstacle is not None:
                raise _obstacle(*obstacle)
            cursor.execute(START_PLAN)
            cursor.execute(PLAN_ALLOCATIONS, parameters)
            if plan_restatement(parameters, new=True):
                write_revaluations(parameters)
            for statement in WRITE_ALLOCATIONS:
                cursor.execute(statement, parameters)
    except IntegrityError as error:
        raise allocation_refusal(error) from error
    return len(allocations)


def reverse_allocations(
    allocation_ids: Iterable[UUID], *, effective_on: date | None, actor: Actor, today: date, reason: str = ""
) -> int:
    """反核销: undo allocations from `effective_on` (None: from their own dates); returns how many.

    Both items get their amounts back; entries that the allocations made are mirrored.
    """
    actor.require("allocation.write")
    with act("reverse_allocations", actor=actor, reason=reason) as opened:
        return post_reversals(list(allocation_ids), effective_on=effective_on, today=today, opened=opened)


def post_reversals(
    allocation_ids: Sequence[UUID], *, effective_on: date | None, today: date, opened: OpenAct
) -> int:
    """Write reversing rows inside an open act."""
    if not allocation_ids:
        return 0
    if effective_on is not None and effective_on > today:
        raise AllocationRefused(_("反核销日期不能晚于今天。"), code="in_future")
    stage("incoming_reversal", (("allocation_id", "uuid"),), ((key,) for key in allocation_ids))
    parameters: dict[str, Any] = {
        "organization": current_organization_id(),
        "act": opened.id,
        "on": effective_on,
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(LOCK_REVERSED_ITEMS, parameters)
            cursor.execute(START_PLAN)
            cursor.execute(PLAN_REVERSALS, parameters)
            planned = int(cursor.rowcount)
            if planned != len(set(allocation_ids)):
                raise AllocationRefused(_("没有可以撤销的核销。"), code="nothing_to_reverse")
            restated = plan_restatement(parameters, new=False)
            for statement in WRITE_ALLOCATIONS:
                cursor.execute(statement, parameters)
            if restated:
                write_revaluations(parameters)
    except IntegrityError as error:
        raise allocation_refusal(error) from error
    return planned


# Why a document is not voided: what packages above keep resting on it says so through the database.
RESTING = {
    "bill_rests_on_its_document": gettext_noop(
        "这张单据属于一张票据：请在票据页撤销收票，已背书、贴现或拒付的不能撤销。"
    ),
    "vat_rests_on_its_document": gettext_noop("发票的税款已经到期入账，不能冲销；请开红字发票。"),
    "line_rests_on_its_document": gettext_noop(
        "这张单据来自银行流水，不能单独冲销：请在银行流水或对账工作台上撤销。"
    ),
    "factoring_rests_on_its_document": gettext_noop("这张单据属于保理，不能冲销。"),
}
EXPONENTS = json.dumps({currency: places for currency, places in CURRENCIES.items() if places != 2})

INCOMING_COLUMNS = (
    ("position", "int"),
    ("debit_item_id", "uuid"),
    ("credit_item_id", "uuid"),
    ("amount", "numeric"),
    ("effective_on", "date"),
)

LOCK_ITEMS = """
    SELECT 1 FROM ledger_open_item i
    WHERE i.organization_id = %(organization)s AND i.id IN (
        SELECT debit_item_id FROM incoming_allocation UNION SELECT credit_item_id FROM incoming_allocation
    )
    ORDER BY i.id FOR NO KEY UPDATE
"""

# The first reason, in the order of the set, why it cannot be allocated: (code, debit no., credit no., amount, open).
FIND_OBSTACLE = """
    WITH running AS (
        SELECT n.*,
               sum(n.amount) OVER (PARTITION BY n.debit_item_id) AS debit_total,
               sum(n.amount) OVER (PARTITION BY n.credit_item_id) AS credit_total
        FROM incoming_allocation n
    ), checked AS (
        SELECT n.position, n.amount, d.document_id AS debit_id, c.document_id AS credit_id,
               least(d.open_amount, c.open_amount) AS open_amount,
               CASE
                   WHEN d.id IS NULL OR c.id IS NULL THEN 'unknown_item'
                   WHEN d.side <> 1 OR c.side <> -1 THEN 'wrong_side'
                   WHEN n.amount <= 0 THEN 'not_positive'
                   WHEN d.currency <> c.currency THEN 'other_currency'
                   WHEN n.amount <> round(n.amount, coalesce((%(exponents)s::jsonb ->> d.currency)::int, 2))
                       THEN 'amount_precision'
                   WHEN d.customer_id <> c.customer_id
                        AND (SELECT count(DISTINCT coalesce(k.parent_id, k.id)) FROM customers_customer k
                             WHERE k.organization_id = %(organization)s
                               AND k.id IN (d.customer_id, c.customer_id)) > 1 THEN 'other_customer'
                   WHEN n.effective_on > %(today)s THEN 'in_future'
                   WHEN n.effective_on < d.document_on OR n.effective_on < c.document_on THEN 'before_document'
                   WHEN n.debit_total > d.open_amount THEN 'beyond_debit'
                   WHEN n.credit_total > c.open_amount THEN 'beyond_credit'
               END AS obstacle
        FROM running n
        LEFT JOIN ledger_open_item d ON d.organization_id = %(organization)s AND d.id = n.debit_item_id
        LEFT JOIN ledger_open_item c ON c.organization_id = %(organization)s AND c.id = n.credit_item_id
    ), first AS MATERIALIZED (
        SELECT * FROM checked WHERE obstacle IS NOT NULL ORDER BY position LIMIT 1
    )
    SELECT first.obstacle, debit.number, credit.number, first.amount, first.open_amount
    FROM first
    LEFT JOIN ledger_document debit ON debit.organization_id = %(organization)s AND debit.id = first.debit_id
    LEFT JOIN ledger_document credit ON credit.organization_id = %(organization)s AND credit.id = first.credit_id
"""

START_PLAN = """
    CREATE TEMP TABLE IF NOT EXISTS planned_allocation (
        id uuid, debit_item_id uuid, credit_item_id uuid, amount numeric, debit_base numeric, credit_base numeric,
        effective_on date, reverses_id uuid, debit_account_id uuid, credit_account_id uuid,
        across boolean
    ) ON COMMIT DELETE ROWS;
    TRUNCATE planned_allocation;
"""

# What leaves an item in base currency follows its open amount proportionally; the last allocation takes all
# that is left, so that an item with nothing open in its currency has nothing open in the books.
PLAN_ALLOCATIONS = """
    INSERT INTO planned_allocation
    SELECT uuidv7(), n.debit_item_id, n.credit_item_id, n.amount,
           round(d.open_base * n.debit_after / d.open_amount, %(places)s)
             - round(d.open_base * (n.debit_after - n.amount) / d.open_amount, %(places)s),
           round(c.open_base * n.credit_after / c.open_amount, %(places)s)
             - round(c.open_base * (n.credit_after - n.amount) / c.open_amount, %(places)s),
           n.effective_on, NULL, d.account_id, c.account_id, d.account_id <> c.account_id
    FROM (
        SELECT *,
               sum(amount) OVER (PARTITION BY debit_item_id ORDER BY position) AS debit_after,
               sum(amount) OVER (PARTITION BY credit_item_id ORDER BY position) AS credit_after
        FROM incoming_allocation
    ) n
    JOIN ledger_open_item d ON d.organization_id = %(organization)s AND d.id = n.debit_item_id
    JOIN ledger_open_item c ON c.organization_id = %(organization)s AND c.id = n.credit_item_id
    ORDER BY n.position
"""

LOCK_REVERSED_ITEMS = """
    SELECT 1 FROM ledger_open_item i
    WHERE i.organization_id = %(organization)s AND i.id IN (
        SELECT unnest(ARRAY[a.debit_item_id, a.credit_item_id])
        FROM incoming_reversal n
        JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.id = n.allocation_id
    )
    ORDER BY i.id FOR NO KEY UPDATE
"""

# What settles a voided document with its reversal stays: undone, both would be open again. An entry across accounts
# is mirrored on the accounts that carry the items now, be it one and the same since.
PLAN_REVERSALS = """
    INSERT INTO planned_allocation
    SELECT uuidv7(), a.debit_item_id, a.credit_item_id, -a.amount, -a.debit_base, -a.credit_base,
           coalesce(%(on)s, a.effective_on), a.id, d.account_id, c.account_id, EXISTS (
               SELECT FROM ledger_journal_entry e
               WHERE e.organization_id = %(organization)s AND e.allocation_id = a.id AND e.event = 'apply_credit'
           )
    FROM (SELECT DISTINCT allocation_id FROM incoming_reversal) n
    JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.id = n.allocation_id
    JOIN ledger_open_item d ON d.organization_id = %(organization)s AND d.id = a.debit_item_id
    JOIN ledger_open_item c ON c.organization_id = %(organization)s AND c.id = a.credit_item_id
    JOIN ledger_document dd ON dd.organization_id = %(organization)s AND dd.id = d.document_id
    JOIN ledger_document cd ON cd.organization_id = %(organization)s AND cd.id = c.document_id
    WHERE dd.voided_by_id IS NULL AND cd.voided_by_id IS NULL AND a.reverses_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM ledger_allocation undone
        WHERE undone.organization_id = %(organization)s AND undone.reverses_id = a.id
    )
"""

# What the trail says of an allocation `a`: written when it is made, compared by the check.
ALLOCATION_CONTENT = """jsonb_build_object(
        'debit_item', a.debit_item_id, 'credit_item', a.credit_item_id, 'amount', a.amount, 'on', a.effective_on,
        'debit_base', a.debit_base, 'credit_base', a.credit_base, 'reverses', a.reverses_id)"""

WRITE_ALLOCATIONS = (
    """
    INSERT INTO ledger_allocation (organization_id, id, act_id, debit_item_id, credit_item_id, amount,
        debit_base, credit_base, effective_on, reverses_id)
    SELECT %(organization)s, id, %(act)s, debit_item_id, credit_item_id, amount,
        debit_base, credit_base, effective_on, reverses_id
    FROM planned_allocation
    """,
    # Across control accounts the credit leaves its account and settles the other: D credit's, C debit's.
    """
    WITH entry AS (
        INSERT INTO ledger_journal_entry (organization_id, id, act_id, event, effective_on, allocation_id)
        SELECT %(organization)s, uuidv7(), %(act)s, 'apply_credit', effective_on, id
        FROM planned_allocation WHERE across AND credit_base <> 0
        UNION ALL
        SELECT %(organization)s, uuidv7(), %(act)s, 'exchange_difference', effective_on, id
        FROM planned_allocation WHERE debit_base <> credit_base
        RETURNING id, event, allocation_id
    )
    INSERT INTO ledger_journal_line (organization_id, entry_id, position, account_id, debit, credit, item_id)
    SELECT %(organization)s, entry.id, line.position, line.account_id, line.debit, line.credit, line.item_id
    FROM entry
    JOIN planned_allocation p ON p.id = entry.allocation_id
    JOIN ledger_account expense ON expense.organization_id = %(organization)s AND expense.purpose = 'financial_expense'
    CROSS JOIN LATERAL (VALUES
        ('apply_credit', 1, p.credit_account_id, p.credit_base, 0, p.credit_item_id),
        ('apply_credit', 2, p.debit_account_id, 0, p.credit_base, p.debit_item_id),
        ('exchange_difference', 1, expense.id, p.debit_base - p.credit_base, 0, NULL),
        ('exchange_difference', 2, p.debit_account_id, 0, p.debit_base - p.credit_base, p.debit_item_id)
    ) line (event, position, account_id, debit, credit, item_id)
    WHERE line.event = entry.event
    """,
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, CASE WHEN reverses_id IS NULL THEN 'allocated' ELSE 'unallocated' END,
        'allocation', id, '', {ALLOCATION_CONTENT}
    FROM planned_allocation a
    """,
)


def _obstacle(code: str, debit: str, credit: str, amount: Decimal, open_amount: Decimal) -> AllocationRefused:
    sentences = {
        "unknown_item": _("要核销的单据不存在，或不属于本组织。"),
        "wrong_side": _("核销必须由贷方单据（收款、红字）核销借方单据（应收）：%(debit)s / %(credit)s。"),
        "not_positive": _("核销金额必须大于零：%(debit)s / %(credit)s。"),
        "other_currency": _("%(debit)s 与 %(credit)s 币种不同，不能核销。"),
        "amount_precision": _("核销金额超出币种的小数位数：%(debit)s / %(credit)s。"),
        "other_customer": _("%(debit)s 与 %(credit)s 不属于同一客户或同一集团，不能核销。"),
        "in_future": _("核销日期不能晚于今天：%(debit)s / %(credit)s。"),
        "before_document": _("核销日期不能早于单据日期：%(debit)s / %(credit)s。"),
        "beyond_debit": _("核销金额超过 %(debit)s 的未核销余额。"),
        "beyond_credit": _("核销金额超过 %(credit)s 的未核销余额。"),
    }
    return AllocationRefused(sentences[code] % {"debit": debit, "credit": credit}, code=code)


def allocation_refusal(error: IntegrityError) -> AllocationRefused:
    """The sentence a person reads for a constraint that refused allocations."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    if name == "period_is_open":
        return AllocationRefused(
            _("期间 %s 已关闭，不能核销。") % (diagnosis.message_detail if diagnosis else ""),
            code="period_closed",
        )
    if name == "open_amount_never_negative":
        return AllocationRefused(
            _("核销后，单据在某一天的余额会小于零（该日金额已被后来撤销的核销占用）。"), code="beyond_balance"
        )
    if name == "reversal_mirrors_its_allocation":
        return AllocationRefused(_("反核销日期不能早于原核销日期。"), code="reversal_too_early")
    if name == "allocation_is_reversed_once":
        return AllocationRefused(_("这笔核销已经撤销过。"), code="nothing_to_reverse")
    if name in RESTING:
        return AllocationRefused(_(RESTING[name]), code=name)
    return AllocationRefused(_("核销不符合账簿的约束：%s") % (name or error))

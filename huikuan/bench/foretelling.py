"""train_payments and foresee_payments: learning who pays when, and saying it of all that is open, beside plain medians."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from huikuan.bench.company import TODAY, found_customers, found_organization, key_sql, settle_tables
from huikuan.bench.measures import Result, seconds_of
from huikuan.bench.scratch import superuser_connection
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Account
from huikuan.organizations.actors import local_operator
from huikuan.risk.payments.models import PaymentPrediction
from huikuan.risk.payments.operations import predict_all, train_model

YEARS = 3
ROWS_PER_ACT = 1_000

# How many days late the debt at position `i` is paid: by customer, some later, the large ones later still, now and then
# much later. Scattered by remainders, so that it is the same every time.
LATE = """
    CASE mod(mod(i, %(customers)s), 5)
        WHEN 0 THEN CASE WHEN mod(i * 7919::bigint, 97) < 30 THEN 12 + mod(i * 31::bigint, 25) ELSE mod(i, 4) END
        WHEN 1 THEN CASE WHEN mod(i * 104729::bigint, 9999899) > 5000000 THEN 9 + mod(i, 9) ELSE 0 END
        ELSE CASE WHEN mod(i * 7919::bigint, 101) < 4 THEN 35 ELSE mod(i, 3) - 1 END END
"""

BUILD = (
    f"""
    INSERT INTO audit_act (organization_id, id, kind, recorded_at, actor_name, roles, address, reason)
    SELECT %(organization)s, {key_sql("ac", "n")}, 'record_invoice',
        (%(today)s::date - 1)::timestamptz + n * interval '1 second', 'bench', '', '', ''
    FROM generate_series(0, (%(past)s + %(open)s) / {ROWS_PER_ACT}) n
    """,
    f"""
    CREATE TEMP TABLE bench_debt ON COMMIT DROP AS
    SELECT i, mod(i, %(customers)s) AS customer, document_on, document_on + term AS due_on, settled,
        document_on + term + greatest(late, -term) AS paid_on, amount
    FROM (
        SELECT i, i < %(past)s AS settled, 30 + 15 * mod(i / 3, 3)::int AS term, ({LATE})::int AS late,
            round((10000 + mod(i * 104729::bigint, 9999899)) / 100.0, 2)::numeric(19, 4) AS amount,
            %(today)s::date - CASE WHEN i < %(past)s THEN 110 + mod(i * 7919::bigint, {YEARS * 365})::int
                                   ELSE mod(i * 7919::bigint, 70)::int END AS document_on
        FROM generate_series(0, %(past)s + %(open)s - 1) i
    ) debt
    """,
    f"""
    INSERT INTO ledger_document (organization_id, id, act_id, kind, event, number, customer_id, document_on, currency,
        rate, amount, net, tax, base_amount, reference, product, memo)
    SELECT %(organization)s, {key_sql("d0", "i")}, {key_sql("ac", f"i / {ROWS_PER_ACT}")}, 'invoice', 'sale',
        'B' || lpad(i::text, 9, '0'), {key_sql("c0", "customer")}, document_on, 'CNY', 1, amount, amount, 0, amount,
        '', '', ''
    FROM bench_debt
    UNION ALL
    SELECT %(organization)s, {key_sql("d1", "customer")}, {key_sql("ac", "0")}, 'receipt', 'receipt',
        'R' || lpad(customer::text, 9, '0'), {key_sql("c0", "customer")}, min(paid_on), 'CNY', 1, sum(amount),
        sum(amount), 0, sum(amount), '', '', ''
    FROM bench_debt WHERE settled GROUP BY customer
    """,
    f"""
    INSERT INTO ledger_open_item (organization_id, id, act_id, document_id, line, account_id, customer_id, side,
        currency, document_on, due_on, effective_due_on, amount, base_amount, open_amount, open_base)
    SELECT %(organization)s, {key_sql("01", "i")}, {key_sql("ac", f"i / {ROWS_PER_ACT}")}, {key_sql("d0", "i")}, 1,
        %(account)s, {key_sql("c0", "customer")}, 1, 'CNY', document_on, due_on, due_on, amount, amount,
        CASE WHEN settled THEN 0 ELSE amount END, CASE WHEN settled THEN 0 ELSE amount END
    FROM bench_debt
    UNION ALL
    SELECT %(organization)s, {key_sql("02", "customer")}, {key_sql("ac", "0")}, {key_sql("d1", "customer")}, 1,
        %(account)s, {key_sql("c0", "customer")}, -1, 'CNY', min(paid_on), min(paid_on), min(paid_on), sum(amount),
        sum(amount), 0, 0
    FROM bench_debt WHERE settled GROUP BY customer
    """,
    f"""
    INSERT INTO ledger_allocation (organization_id, id, act_id, debit_item_id, credit_item_id, amount, debit_base,
        credit_base, effective_on)
    SELECT %(organization)s, {key_sql("a0", "i")}, {key_sql("ac", f"i / {ROWS_PER_ACT}")}, {key_sql("01", "i")},
        {key_sql("02", "customer")}, amount, amount, amount, paid_on
    FROM bench_debt WHERE settled
    """,
    """
    UPDATE audit_clock SET ticked_at = (
        SELECT max(recorded_at) FROM audit_act WHERE organization_id = %(organization)s
    )
    WHERE organization_id = %(organization)s
    """,
)

# What a clerk would do in SQL: the median delay of each customer, added to the due day of what it owes.
MEDIANS = """
    SELECT i.id, i.effective_due_on + coalesce(usual.days, 0)
    FROM ledger_open_item i
    LEFT JOIN (
        SELECT d.customer_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY a.effective_on - d.effective_due_on) AS days
        FROM ledger_allocation a
        JOIN ledger_open_item d ON d.organization_id = %(organization)s AND d.id = a.debit_item_id
        WHERE a.organization_id = %(organization)s
        GROUP BY d.customer_id
    ) usual USING (customer_id)
    WHERE i.organization_id = %(organization)s AND i.side = 1 AND i.open_amount > 0
"""


def measure_foretelling(*, past: int, open: int, customers: int) -> Iterator[Result]:
    """Seconds to train on `past` settled debts, and to foresee `open` ones (features, predictions, reasons, kept)."""
    organization = found_organization("foretelling")
    found_customers(organization, customers)
    with tenant(organization.pk):
        account = Account.objects.get(purpose="receivable").pk
    values = {
        "organization": organization.pk,
        "account": account,
        "past": past,
        "open": open,
        "customers": customers,
        "today": TODAY,
    }
    with superuser_connection() as superuser:
        superuser.execute("SET LOCAL work_mem = '128MB'")
        for statement in BUILD:
            superuser.execute(statement, values)
    settle_tables()

    def medians() -> None:
        with tenant(organization.pk), connection.cursor() as cursor:
            cursor.execute(MEDIANS, values)
            cursor.fetchall()

    def train() -> None:
        with tenant(organization.pk):
            train_model(until=TODAY, actor=local_operator(), today=TODAY)

    def foresee() -> None:
        with tenant(organization.pk):
            predict_all(actor=local_operator(), today=TODAY)

    plain = seconds_of(medians)
    trained = seconds_of(train)
    yield Result("train_payments", past, trained, plain, detail={"customers": float(customers)})
    foreseen = seconds_of(foresee)
    with tenant(organization.pk):
        kept = PaymentPrediction.objects.count()
    yield Result("foresee_payments", kept, foreseen, plain, detail={"past_items": float(past)})

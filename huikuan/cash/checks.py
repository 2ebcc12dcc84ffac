"""What must hold of bills, claims, factorings and put-off VAT: the list that `huikuan check` runs over them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.cash.bank_checks import BANK_VALIDATIONS
from huikuan.cash.line_checks import LINE_VALIDATIONS
from huikuan.cash.operations.bill_events import BILL_CONTENT, EVENT_CONTENT

_LABEL = "b.number"

# The entries that move the account of a bill: those its events name, those of their documents, and what voided these.
_ENTRIES = """
    SELECT e.bill_id, j.id AS entry_id
    FROM cash_bill_event e
    JOIN ledger_journal_entry j ON j.organization_id = e.organization_id AND j.id = e.entry_id
    WHERE e.organization_id = %(organization)s
    UNION
    SELECT e.bill_id, j.id
    FROM cash_bill_event e
    JOIN ledger_document d ON d.organization_id = e.organization_id AND d.id = e.document_id
    JOIN ledger_journal_entry j ON j.organization_id = d.organization_id AND j.document_id IN (d.id, d.voided_by_id)
    WHERE e.organization_id = %(organization)s
"""
_LAST = """
    SELECT DISTINCT ON (bill_id) bill_id, state, booked
    FROM cash_bill_event WHERE organization_id = %(organization)s
    ORDER BY bill_id, position DESC
"""

_BILLS: tuple[Validation, ...] = (
    Validation(
        "bill_is_as_recorded",
        _("票据与登记时的审计事件不一致，或没有审计事件，或不见了。"),
        f"""
        SELECT 'bill_of_exchange' AS record_kind, coalesce(b.id, a.record_id) AS record_id,
               coalesce(b.number, a.number) AS number
        FROM (SELECT * FROM cash_bill WHERE organization_id = %(organization)s) b
        FULL JOIN (
            SELECT record_id, act_id, number, content FROM audit_event
            WHERE organization_id = %(organization)s AND record_kind = 'bill_of_exchange' AND action = 'created'
        ) a ON a.record_id = b.id
        WHERE b.id IS NULL OR a.record_id IS NULL OR a.act_id <> b.act_id OR a.content <> {BILL_CONTENT}
        """,
    ),
    Validation(
        "bill_event_is_as_recorded",
        _("票据的一次处理与审计事件不一致，或没有审计事件，或不见了。"),
        f"""
        SELECT 'bill_of_exchange' AS record_kind, coalesce(e.bill_id, a.record_id) AS record_id,
               coalesce(b.number, a.number) AS number
        FROM (SELECT * FROM cash_bill_event WHERE organization_id = %(organization)s) e
        FULL JOIN (
            SELECT record_id, act_id, number, action, content FROM audit_event
            WHERE organization_id = %(organization)s AND record_kind = 'bill_of_exchange' AND action <> 'created'
        ) a ON a.record_id = e.bill_id AND a.act_id = e.act_id AND a.action = 'bill_' || e.state
        LEFT JOIN cash_bill b ON b.organization_id = %(organization)s AND b.id = e.bill_id
        WHERE e.id IS NULL OR a.record_id IS NULL OR a.content <> {EVENT_CONTENT}
        """,
    ),
    Validation(
        "bill_events_follow_each_other",
        _("票据的第 %(position)s 次处理接不上前一次：次序、日期或状态不对。"),
        """
        SELECT 'bill_of_exchange' AS record_kind, bill_id AS record_id, number, position
        FROM (
            SELECT e.bill_id, b.number, e.position, e.state, e.effective_on, e.booked, e.interest,
                   row_number() OVER events AS place, lag(e.state) OVER events AS before,
                   lag(e.effective_on) OVER events AS day_before
            FROM cash_bill_event e
            JOIN cash_bill b ON b.organization_id = e.organization_id AND b.id = e.bill_id
            WHERE e.organization_id = %(organization)s
            WINDOW events AS (PARTITION BY e.bill_id ORDER BY e.position)
        ) history
        WHERE position <> place OR effective_on < day_before
           OR booked AND state NOT IN ('held', 'endorsed', 'discounted') OR state = 'held' AND NOT booked
           OR NOT (coalesce(before, ''), state) IN (
                ('', 'held'),
                ('held', 'split'), ('held', 'endorsed'), ('held', 'discounted'), ('held', 'collected'),
                ('held', 'dishonoured'), ('held', 'withdrawn'),
                ('endorsed', 'settled'), ('endorsed', 'dishonoured'),
                ('discounted', 'settled'), ('discounted', 'dishonoured'))
        """,
    ),
    Validation(
        "bill_is_what_its_last_event_says",
        _("票据的状态是 %(state)s，按最后一次处理应为 %(last)s。"),
        f"""
        SELECT 'bill_of_exchange' AS record_kind, b.id AS record_id, {_LABEL} AS number, b.state,
               coalesce(l.state, '-') AS last
        FROM cash_bill b
        LEFT JOIN ({_LAST}) l ON l.bill_id = b.id
        WHERE b.organization_id = %(organization)s AND l.state IS DISTINCT FROM b.state
        """,
    ),
    Validation(
        "bill_has_its_documents",
        _("票据的收票单或拒付单不见了，或客户、金额、冲销状态与它不符。"),
        f"""
        SELECT 'bill_of_exchange' AS record_kind, b.id AS record_id, {_LABEL} AS number
        FROM cash_bill b
        LEFT JOIN ledger_document d ON d.organization_id = b.organization_id AND d.id = b.document_id
        WHERE b.organization_id = %(organization)s
          AND (d.id IS NULL OR d.kind <> 'bill' OR d.customer_id <> b.customer_id
               OR b.parent_id IS NULL AND d.amount <> b.face
               OR (d.voided_by_id IS NOT NULL) <> (b.state = 'withdrawn'))
        UNION
        SELECT 'bill_of_exchange', b.id, {_LABEL}
        FROM cash_bill_event e
        JOIN cash_bill b ON b.organization_id = e.organization_id AND b.id = e.bill_id
        LEFT JOIN ledger_document d ON d.organization_id = e.organization_id AND d.id = e.document_id
        WHERE e.organization_id = %(organization)s AND e.state = 'dishonoured'
          AND (d.id IS NULL OR d.kind <> 'dishonour' OR d.customer_id <> b.customer_id OR d.amount <> b.face
               OR d.voided_by_id IS NOT NULL)
        """,
    ),
    Validation(
        "parts_make_their_bill",
        _("拆分出的子票合计 %(parts)s，不等于原票 %(face)s，或区间接不上。"),
        f"""
        SELECT 'bill_of_exchange' AS record_kind, b.id AS record_id, {_LABEL} AS number, b.face,
               coalesce(p.face, 0) AS parts
        FROM cash_bill b
        LEFT JOIN (
            SELECT parent_id, sum(face) AS face, min(range_from) AS first, max(range_to) AS last,
                   sum(range_to - range_from + 1) AS units
            FROM cash_bill WHERE organization_id = %(organization)s AND parent_id IS NOT NULL
            GROUP BY parent_id
        ) p ON p.parent_id = b.id
        WHERE b.organization_id = %(organization)s AND (b.state = 'split') <> (p.parent_id IS NOT NULL)
           OR b.organization_id = %(organization)s AND p.parent_id IS NOT NULL
              AND (p.face <> b.face OR p.first <> b.range_from OR p.last <> b.range_to
                   OR p.units <> b.range_to - b.range_from + 1)
        """,
    ),
    Validation(
        "bill_ties_to_its_account",
        _("票据在科目上的余额是 %(posted)s，在册的票面金额是 %(face)s。"),
        f"""
        WITH faces AS (
            SELECT coalesce(b.root_id, b.id) AS root, sum(b.face) FILTER (WHERE l.booked) AS face
            FROM cash_bill b
            JOIN ({_LAST}) l ON l.bill_id = b.id
            WHERE b.organization_id = %(organization)s
            GROUP BY 1
        ), posted AS (
            SELECT n.root, sum(l.debit - l.credit) AS amount
            FROM (
                SELECT DISTINCT coalesce(b.root_id, b.id) AS root, b.account, e.entry_id
                FROM ({_ENTRIES}) e
                JOIN cash_bill b ON b.organization_id = %(organization)s AND b.id = e.bill_id
            ) n
            JOIN ledger_journal_line l ON l.organization_id = %(organization)s AND l.entry_id = n.entry_id
            JOIN ledger_account k ON k.organization_id = %(organization)s AND k.id = l.account_id
                AND k.purpose = n.account
            GROUP BY n.root
        )
        SELECT 'bill_of_exchange' AS record_kind, b.id AS record_id, {_LABEL} AS number,
               coalesce(posted.amount, 0) AS posted, coalesce(faces.face, 0) AS face
        FROM faces
        LEFT JOIN posted ON posted.root = faces.root
        LEFT JOIN cash_bill b ON b.organization_id = %(organization)s AND b.id = faces.root
        WHERE coalesce(posted.amount, 0) <> coalesce(faces.face, 0)
        """,
    ),
    Validation(
        "bill_entry_has_its_bill",
        _("分录动用了应收票据科目，却不属于任何票据。"),
        f"""
        SELECT 'journal_entry' AS record_kind, j.id AS record_id, coalesce(d.number, '') AS number
        FROM ledger_journal_entry j
        LEFT JOIN ledger_document d ON d.organization_id = j.organization_id AND d.id = j.document_id
        WHERE j.organization_id = %(organization)s AND j.event LIKE 'bill_%%' AND j.event <> 'bill_recourse'
          AND j.id NOT IN (SELECT entry_id FROM ({_ENTRIES}) known)
        """,
    ),
)

_SETTLEMENTS: tuple[Validation, ...] = (
    Validation(
        "transfer_has_two_sides",
        _("债务转让的转出与转入金额不等。"),
        """
        SELECT d.kind AS record_kind, d.id AS record_id, d.number
        FROM ledger_document d
        JOIN (
            SELECT act_id FROM ledger_document
            WHERE organization_id = %(organization)s AND kind IN ('transfer_out', 'transfer_in')
            GROUP BY act_id
            HAVING coalesce(sum(base_amount) FILTER (WHERE kind = 'transfer_out' AND voided_by_id IS NULL), 0)
                <> coalesce(sum(base_amount) FILTER (WHERE kind = 'transfer_in' AND voided_by_id IS NULL), 0)
        ) uneven USING (act_id)
        WHERE d.organization_id = %(organization)s AND d.kind IN ('transfer_out', 'transfer_in')
        """,
    ),
    Validation(
        "claim_follows_its_receipt",
        _("待认领款的分录或认领单不见了，或金额与它不符。"),
        """
        SELECT 'unidentified_receipt' AS record_kind, r.id AS record_id, r.number
        FROM cash_unidentified_receipt r
        LEFT JOIN ledger_document d ON d.organization_id = r.organization_id AND d.id = r.document_id
        LEFT JOIN audit_event a ON a.organization_id = r.organization_id AND a.record_id = r.id
            AND a.act_id = r.act_id AND a.action = 'recorded'
        WHERE r.organization_id = %(organization)s
          AND (r.document_id IS NOT NULL AND (d.id IS NULL OR d.event <> 'claimed_receipt' OR d.amount <> r.amount)
               OR a.id IS NULL OR (a.content ->> 'amount')::numeric <> r.amount
               OR a.content ->> 'on' <> r.received_on::text
               OR r.currency <> '' AND (d.currency <> r.currency OR a.content ->> 'currency' IS DISTINCT FROM r.currency
                   OR (a.content ->> 'rate')::numeric IS DISTINCT FROM r.rate)
               OR coalesce(abs(r.amount * r.rate - (
                   SELECT sum(l.credit - l.debit) FROM ledger_journal_line l
                   JOIN ledger_account k ON k.organization_id = l.organization_id AND k.id = l.account_id
                   WHERE l.organization_id = r.organization_id AND l.entry_id = r.entry_id
                     AND k.purpose = 'unidentified_receipts'
               )) > CASE WHEN r.currency = '' THEN 0 ELSE 0.5 END, true))
        """,
    ),
    Validation(
        "vat_falls_due_once",
        _("已到期的税款 %(fallen)s 超过发票的税额 %(tax)s，或分录与它不符。"),
        """
        SELECT 'invoice' AS record_kind, v.document_id AS record_id, coalesce(d.number, '') AS number,
               sum(v.amount) AS fallen, coalesce(max(d.tax), 0) AS tax
        FROM cash_vat_due v
        LEFT JOIN ledger_document d ON d.organization_id = v.organization_id AND d.id = v.document_id
        LEFT JOIN (
            SELECT l.entry_id, sum(l.debit - l.credit) AS amount
            FROM ledger_journal_line l
            JOIN ledger_account k ON k.organization_id = l.organization_id AND k.id = l.account_id
            WHERE l.organization_id = %(organization)s AND k.purpose = 'deferred_vat'
            GROUP BY l.entry_id
        ) e ON e.entry_id = v.entry_id
        WHERE v.organization_id = %(organization)s
        GROUP BY v.document_id, d.number
        HAVING sum(v.amount) > coalesce(max(d.tax), 0) OR bool_or(e.amount IS DISTINCT FROM v.amount)
            OR bool_or(d.voided_by_id IS NOT NULL)
        """,
    ),
    Validation(
        "factoring_adds_up",
        _("保理的明细与合计不符，或了结的金额超过转让的金额，或与审计记录不一致。"),
        """
        SELECT 'factoring_contract' AS record_kind, f.id AS record_id, f.contract AS number
        FROM cash_factoring f
        LEFT JOIN (
            SELECT i.factoring_id, sum(i.amount) AS amount, sum(i.cost) AS cost,
                   bool_or(coalesce(p.amount, 0) > i.amount OR coalesce(p.cost, 0) > i.cost) AS beyond,
                   bool_or(i.document_id IS NULL) AS lent
            FROM cash_factored_item i
            LEFT JOIN (
                SELECT factored_item_id, sum(amount) AS amount, sum(cost) AS cost
                FROM cash_factoring_payment WHERE organization_id = %(organization)s GROUP BY 1
            ) p ON p.factored_item_id = i.id
            WHERE i.organization_id = %(organization)s
            GROUP BY i.factoring_id
        ) lines ON lines.factoring_id = f.id
        LEFT JOIN audit_event a ON a.organization_id = f.organization_id AND a.record_id = f.id
            AND a.act_id = f.act_id AND a.action = 'recorded'
        WHERE f.organization_id = %(organization)s
          AND (lines.amount IS DISTINCT FROM f.amount OR lines.cost <> f.cost OR lines.beyond
               OR lines.lent <> f.with_recourse OR a.id IS NULL
               OR (a.content ->> 'amount')::numeric <> f.amount OR (a.content ->> 'proceeds')::numeric <> f.proceeds
               OR a.content ->> 'on' <> f.factored_on::text)
        """,
    ),
    Validation(
        "loan_follows_its_factoring",
        _("有追索权保理的借款分录与它不符。"),
        """
        SELECT 'factoring_contract' AS record_kind, f.id AS record_id, f.contract AS number
        FROM cash_factoring f
        LEFT JOIN (
            SELECT l.entry_id, sum(l.credit - l.debit) AS amount
            FROM ledger_journal_line l
            JOIN ledger_account k ON k.organization_id = l.organization_id AND k.id = l.account_id
            WHERE l.organization_id = %(organization)s AND k.purpose = 'short_term_loans'
            GROUP BY l.entry_id
        ) e ON e.entry_id = f.entry_id
        WHERE f.organization_id = %(organization)s AND f.with_recourse AND e.amount IS DISTINCT FROM f.amount
        """,
    ),
)

CASH_VALIDATIONS: tuple[Validation, ...] = (
    *_BILLS,
    *_SETTLEMENTS,
    *BANK_VALIDATIONS,
    *LINE_VALIDATIONS,
)

"""Documents and open items: as they were recorded, and in agreement with each other."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.ledger.models import Kind
from huikuan.ledger.operations.documents import DOCUMENT_CONTENT
from huikuan.ledger.operations.numbers import NUMBER_PREFIX, OWN_PATTERN

KINDS: Final = ", ".join(f"'{kind.value}'" for kind in Kind)
_DEBIT_KINDS: Final = "('invoice', 'debit_note', 'refund', 'recovery', 'dishonour', 'transfer_in')"
_CREDIT_KINDS: Final = """('credit_note', 'receipt', 'advance', 'write_off', 'bill', 'discount', 'offset',
    'transfer_out', 'factoring')"""
_PREFIXES: Final = ", ".join(f"('{kind.value}', '{prefix}')" for kind, prefix in NUMBER_PREFIX.items())

# What an item had before its first change: what it was recorded with.
FIRST_CHANGES: Final = """
    SELECT DISTINCT ON (h.item_id) h.item_id, h.due_on, h.effective_due_on, h.salesperson_id
    FROM ledger_item_change h
    JOIN audit_act a ON a.organization_id = h.organization_id AND a.id = h.act_id
    WHERE h.organization_id = %(organization)s
    ORDER BY h.item_id, a.recorded_at, h.id
"""

DOCUMENT_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "document_has_its_event",
        _("登记这张单据的业务操作中没有它的审计事件。"),
        """
        SELECT d.kind AS record_kind, d.id AS record_id, d.number
        FROM ledger_document d
        LEFT JOIN audit_event e ON e.organization_id = d.organization_id AND e.record_id = d.id
            AND e.act_id = d.act_id AND e.action = 'recorded' AND e.record_kind = d.kind
        WHERE d.organization_id = %(organization)s AND e.id IS NULL
        """,
    ),
    Validation(
        "recorded_document_exists",
        _("审计记录中登记过的单据不见了。"),
        f"""
        SELECT e.record_kind, e.record_id, e.number
        FROM audit_event e
        LEFT JOIN ledger_document d ON d.organization_id = e.organization_id AND d.id = e.record_id
        WHERE e.organization_id = %(organization)s AND e.action = 'recorded' AND e.record_kind IN ({KINDS})
          AND d.id IS NULL
        """,
    ),
    Validation(
        "document_is_as_recorded",
        _("单据与登记时的审计事件不一致：%(fields)s。"),
        f"""
        SELECT d.kind AS record_kind, d.id AS record_id, d.number, concat_ws(', ',
                   CASE WHEN e.number <> d.number THEN 'number' END,
                   (SELECT string_agg(f.key, ', ' ORDER BY f.key) FROM jsonb_each({DOCUMENT_CONTENT}) f
                    WHERE e.content -> f.key IS DISTINCT FROM f.value)) AS fields
        FROM ledger_document d
        JOIN audit_event e ON e.organization_id = d.organization_id AND e.record_id = d.id AND e.action = 'recorded'
        WHERE d.organization_id = %(organization)s
          AND (e.number <> d.number OR NOT e.content @> {DOCUMENT_CONTENT})
        """,
    ),
    Validation(
        "document_amounts_agree",
        _("单据的不含税金额、税额、价税合计、汇率与本位币金额彼此不符。"),
        """
        SELECT kind AS record_kind, id AS record_id, number
        FROM ledger_document
        WHERE organization_id = %(organization)s
          AND (net + tax <> amount
               OR base_amount <> CASE currency WHEN %(currency)s THEN amount
                                 ELSE round(amount * rate, %(places)s) END
               OR currency = %(currency)s AND rate <> 1)
        """,
    ),
    Validation(
        "items_make_their_document",
        _("单据的各期之和（%(items_amount)s）不等于单据金额 %(amount)s，或本位币金额不等。"),
        """
        SELECT d.kind AS record_kind, d.id AS record_id, d.number, d.amount, coalesce(i.amount, 0) AS items_amount
        FROM ledger_document d
        LEFT JOIN (
            SELECT document_id, count(*) AS items, max(line) AS last_line, sum(amount) AS amount,
                   sum(base_amount) AS base_amount
            FROM ledger_open_item WHERE organization_id = %(organization)s
            GROUP BY document_id
        ) i ON i.document_id = d.id
        WHERE d.organization_id = %(organization)s
          AND (i.amount IS DISTINCT FROM d.amount OR i.base_amount <> d.base_amount OR i.items <> i.last_line)
        """,
    ),
    Validation(
        "item_is_as_recorded",
        _("第 %(line)s 期的金额或到期日与登记时的审计事件不一致。"),
        f"""
        SELECT 'open_item' AS record_kind, i.id AS record_id, d.number, i.line
        FROM ledger_open_item i
        JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
        JOIN audit_event e ON e.organization_id = d.organization_id AND e.record_id = d.id AND e.action = 'recorded'
        LEFT JOIN ({FIRST_CHANGES}) h ON h.item_id = i.id
        WHERE i.organization_id = %(organization)s
          AND (e.content -> 'items' -> (i.line - 1)) - 3 IS DISTINCT FROM jsonb_build_array(i.amount,
              CASE WHEN h.item_id IS NULL THEN i.due_on ELSE h.due_on END,
              CASE WHEN h.item_id IS NULL THEN i.effective_due_on ELSE h.effective_due_on END)
        """,
    ),
    # What a change says is what the next one found, and at the end what the item says now.
    Validation(
        "item_changes_follow_each_other",
        _("第 %(line)s 期的到期日或业务员与它的修改记录不一致。"),
        """
        WITH changes AS (
            SELECT h.item_id, h.act_id, row_number() OVER turns AS turn, lead(jsonb_build_object(
                       'due_on', h.due_on, 'effective_due_on', h.effective_due_on, 'salesperson', h.salesperson_id
                   )) OVER turns AS found_next
            FROM ledger_item_change h
            JOIN audit_act a ON a.organization_id = h.organization_id AND a.id = h.act_id
            WHERE h.organization_id = %(organization)s
            WINDOW turns AS (PARTITION BY h.item_id ORDER BY a.recorded_at, h.id)
        ), events AS (
            SELECT e.record_id AS item_id, e.act_id, e.content,
                   row_number() OVER (PARTITION BY e.record_id ORDER BY a.recorded_at, e.id) AS turn
            FROM audit_event e
            JOIN audit_act a ON a.organization_id = e.organization_id AND a.id = e.act_id
            WHERE e.organization_id = %(organization)s AND e.record_kind = 'open_item' AND e.action = 'changed'
        )
        SELECT DISTINCT 'open_item' AS record_kind, item_id AS record_id, d.number, i.line
        FROM changes c
        FULL JOIN events e USING (item_id, turn)
        LEFT JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = item_id
        LEFT JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        WHERE c.act_id IS DISTINCT FROM e.act_id
           OR NOT e.content @> coalesce(c.found_next, jsonb_build_object(
                  'due_on', i.due_on, 'effective_due_on', i.effective_due_on, 'salesperson', i.salesperson_id))
        """,
    ),
    Validation(
        "item_follows_its_document",
        _("第 %(line)s 期的客户、币种、日期、方向、业务操作或业务员与单据不一致。"),
        f"""
        SELECT 'open_item' AS record_kind, i.id AS record_id, coalesce(d.number, '') AS number, i.line
        FROM ledger_open_item i
        LEFT JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
        LEFT JOIN ({FIRST_CHANGES}) h ON h.item_id = i.id
        WHERE i.organization_id = %(organization)s
          AND (d.id IS NULL OR i.customer_id <> d.customer_id OR i.currency <> d.currency
               OR i.document_on <> d.document_on OR i.act_id <> d.act_id
               OR d.kind IN {_DEBIT_KINDS} AND i.side <> 1
               OR d.kind IN {_CREDIT_KINDS} AND i.side <> -1
               OR d.kind <> 'reversal' AND d.salesperson_id IS DISTINCT FROM
                   CASE WHEN h.item_id IS NULL THEN i.salesperson_id ELSE h.salesperson_id END)
        """,
    ),
    Validation(
        "voided_document_names_its_reversal",
        _("单据的冲销状态与审计记录不一致。"),
        f"""
        SELECT coalesce(d.kind, e.record_kind) AS record_kind, coalesce(d.id, e.record_id) AS record_id,
               coalesce(d.number, e.number) AS number
        FROM (
            SELECT d.*, r.kind AS reversal_kind
            FROM ledger_document d
            LEFT JOIN ledger_document r ON r.organization_id = d.organization_id AND r.id = d.voided_by_id
            WHERE d.organization_id = %(organization)s AND d.voided_by_id IS NOT NULL
        ) d
        FULL JOIN (
            SELECT * FROM audit_event
            WHERE organization_id = %(organization)s AND action = 'voided' AND record_kind IN ({KINDS})
        ) e ON e.record_id = d.id
        WHERE d.id IS NULL OR e.content ->> 'reversal' IS DISTINCT FROM d.voided_by_id::text
           OR d.reversal_kind IS DISTINCT FROM 'reversal'
        """,
    ),
    Validation(
        "reversal_mirrors_its_document",
        _("冲销单没有冲销任何单据，或与它冲销的单据（%(reference)s）不一致。"),
        """
        SELECT r.kind AS record_kind, r.id AS record_id, r.number, r.reference
        FROM ledger_document r
        LEFT JOIN ledger_document d ON d.organization_id = r.organization_id AND d.voided_by_id = r.id
        WHERE r.organization_id = %(organization)s AND r.kind = 'reversal'
          AND (d.id IS NULL OR r.reference <> d.number
               OR (r.customer_id, r.document_on, r.currency, r.rate, r.amount, r.net, r.tax, r.base_amount)
                  <> (d.customer_id, d.document_on, d.currency, d.rate, d.amount, d.net, d.tax, d.base_amount))
        """,
    ),
    Validation(
        "reversal_items_mirror_their_items",
        _("冲销单第 %(line)s 期与它冲销的那一期不一致。"),
        f"""
        SELECT 'open_item' AS record_kind, m.id AS record_id, m.number, m.line
        FROM (
            SELECT i.*, r.number, d.id AS original_id
            FROM ledger_document r
            JOIN ledger_open_item i ON i.organization_id = r.organization_id AND i.document_id = r.id
            JOIN ledger_document d ON d.organization_id = r.organization_id AND d.voided_by_id = r.id
            WHERE r.organization_id = %(organization)s AND r.kind = 'reversal'
        ) m
        LEFT JOIN ledger_open_item i
            ON i.organization_id = m.organization_id AND i.document_id = m.original_id AND i.line = m.line
        LEFT JOIN ({FIRST_CHANGES}) h ON h.item_id = i.id
        LEFT JOIN ({FIRST_CHANGES}) n ON n.item_id = m.id
        WHERE i.id IS NULL OR m.side <> -i.side
           OR (m.account_id, m.amount, m.base_amount) <> (i.account_id, i.amount, i.base_amount)
           OR h.item_id IS NULL AND n.item_id IS NULL AND m.salesperson_id IS DISTINCT FROM i.salesperson_id
        """,
    ),
    Validation(
        "voided_document_is_settled",
        _("单据已经冲销，第 %(line)s 期却还有 %(open_amount)s 未核销。"),
        """
        SELECT 'open_item' AS record_kind, i.id AS record_id, d.number, i.line, i.open_amount
        FROM ledger_document d
        JOIN ledger_open_item i ON i.organization_id = d.organization_id AND i.document_id = d.id
        WHERE d.organization_id = %(organization)s AND (d.voided_by_id IS NOT NULL OR d.kind = 'reversal')
          AND i.open_amount <> 0
        """,
    ),
    Validation(
        "counter_is_past_every_number",
        _("编号计数器停在 %(last)s，而已用到 %(highest)s。"),
        f"""
        SELECT 'number_counter' AS record_kind, c.id AS record_id,
               used.prefix || to_char(used.month, 'YYYYMM') AS number, c.last, used.highest
        FROM (
            SELECT substr(number, 1, 2) AS prefix, to_date(substr(number, 3, 6), 'YYYYMM') AS month,
                   max(substr(number, 9)::bigint) AS highest
            FROM ledger_document
            WHERE organization_id = %(organization)s AND number ~ '^{OWN_PATTERN.pattern}$'
              AND ((kind, substr(number, 1, 2)) IN ({_PREFIXES}) OR substr(number, 1, 2) = (
                  SELECT number_prefixes ->> ledger_document.kind FROM organizations_organization
                  WHERE id = %(organization)s))
            GROUP BY 1, 2
        ) used
        LEFT JOIN ledger_number_counter c ON c.organization_id = %(organization)s
            AND c.prefix = used.prefix AND c.month = used.month
        WHERE c.last IS NULL OR c.last < used.highest
        """,
    ),
)

"""The statements of planning: whom a policy takes in, what steps are counted from, and what comes up."""

from __future__ import annotations

# Of each customer the version that decides: %(versions)s in the order in which they decide.
PARTIES = """
    WITH version AS (
        SELECT * FROM unnest(%(versions)s::uuid[], %(ranks)s::int[]) AS v (version_id, rank)
    ),
    scope AS MATERIALIZED (
        SELECT version_id, kind, array_agg(value) AS taken FROM collection_policy_scope
        WHERE organization_id = %(organization)s AND version_id = ANY(%(versions)s::uuid[])
        GROUP BY version_id, kind
    ),
    grade AS MATERIALIZED (
        SELECT a.customer_id, coalesce(o.grade, a.grade) AS grade
        FROM (
            SELECT DISTINCT ON (customer_id) customer_id, grade FROM credit_assessment
            WHERE organization_id = %(organization)s AND as_of_on <= %(as_of)s
              AND EXISTS (SELECT FROM scope WHERE kind = 'grade')
            ORDER BY customer_id, as_of_on DESC, id DESC
        ) a
        LEFT JOIN (
            SELECT DISTINCT ON (customer_id) customer_id, grade FROM credit_grade_override
            WHERE organization_id = %(organization)s AND from_on <= %(as_of)s AND until_on >= %(as_of)s
              AND NOT (ended_act_id IS NOT NULL AND until_on = from_on)
            ORDER BY customer_id, id DESC
        ) o ON o.customer_id = a.customer_id
    )
    SELECT DISTINCT ON (k.id) k.id AS customer_id, v.version_id
    FROM customers_customer k
    LEFT JOIN grade g ON g.customer_id = k.id
    JOIN version v ON NOT EXISTS (
        SELECT FROM scope s
        WHERE s.version_id = v.version_id AND (CASE s.kind
            WHEN 'segment' THEN k.segment
            WHEN 'region' THEN k.region
            WHEN 'grade' THEN g.grade
            WHEN 'group' THEN coalesce(k.parent_id, k.id)::text
            ELSE k.id::text END = ANY(s.taken)) IS NOT TRUE)
    WHERE k.organization_id = %(organization)s AND k.removed_act_id IS NULL
    ORDER BY k.id, v.rank
"""

# What the days of a step are counted from, where it is not the due day: rows (item_id, trigger, base_on, from_on,
# to_on), known from a day on and until before another. What happens to an item again is a turn of its own, whose
# cycles begin at a hundred times the turn.
BASES = """
    SELECT q.item_id, 'broken' AS trigger, p.promised_on + p.grace_days + 1 AS base_on,
           p.promised_on + p.grace_days + 1 AS from_on, NULL::date AS to_on
    FROM collection_promise p
    JOIN collection_promised_item q ON q.organization_id = %(organization)s AND q.promise_id = p.id
    WHERE p.organization_id = %(organization)s AND p.state IN ('broken', 'partly')
    UNION ALL
    SELECT x.item_id, 'dispute', x.ended_on, x.ended_on, NULL FROM disputes_dispute x
    WHERE x.organization_id = %(organization)s AND x.ended_on IS NOT NULL
"""
# Limitation begins with the debt and anew with each interruption that counts; a later one takes its place.
LIMITATION_BASES = """
    UNION ALL
    SELECT item_id, 'limitation', (begins_on + interval '3 years')::date,
           begins_on, lead(begins_on) OVER (PARTITION BY item_id ORDER BY begins_on)
    FROM (
        SELECT item_id, due_on AS begins_on FROM expiry
        UNION
        SELECT item_id, on_day FROM counted WHERE counts AND on_day > due
    ) begun
"""

CANDIDATES = """
    WITH moved AS MATERIALIZED (
        SELECT item_id, effective_on, sum(amount) AS amount, sum(base) AS base
        FROM (
            SELECT debit_item_id AS item_id, effective_on, amount, debit_base AS base FROM ledger_allocation
            WHERE organization_id = %(organization)s AND effective_on > %(first)s
            UNION ALL
            SELECT credit_item_id, effective_on, amount, credit_base FROM ledger_allocation
            WHERE organization_id = %(organization)s AND effective_on > %(first)s
        ) each
        GROUP BY item_id, effective_on
    ),
    later AS MATERIALIZED (
        SELECT item_id, effective_on AS from_on,
               coalesce(lead(effective_on) OVER by_day - 1, 'infinity'::date) AS to_on,
               sum(amount) OVER whole - sum(amount) OVER by_day AS amount,
               sum(base) OVER whole - sum(base) OVER by_day AS base
        FROM moved
        WINDOW by_day AS (PARTITION BY item_id ORDER BY effective_on), whole AS (PARTITION BY item_id)
        UNION ALL
        SELECT item_id, '-infinity', min(effective_on) - 1, sum(amount), sum(base) FROM moved GROUP BY item_id
    ),
    standing AS (
        SELECT i.id AS item_id, i.customer_id, i.side, i.document_id, i.document_on, i.effective_due_on AS due_on,
               i.currency, '-infinity'::date AS from_on, 'infinity'::date AS to_on, i.open_amount, i.open_base
        FROM ledger_open_item i
        WHERE i.organization_id = %(organization)s AND i.open_amount > 0
          AND NOT EXISTS (SELECT FROM moved m WHERE m.item_id = i.id)
        UNION ALL
        SELECT i.id, i.customer_id, i.side, i.document_id, i.document_on, i.effective_due_on,
               i.currency, l.from_on, l.to_on, i.open_amount + l.amount, i.open_base + l.base
        FROM later l
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = l.item_id
        WHERE i.open_amount + l.amount > 0 AND l.to_on >= %(first)s AND l.from_on <= %(last)s
    ),
    event AS MATERIALIZED (
        SELECT i.id AS item_id, i.customer_id, h.version_id, h.step_id, h.step_key, h.position, h.cycle, h.event_on,
               h.place, h.minimum, h.by_mail, h.by_phone, h.by_any, NULL::date AS known_from, NULL::date AS known_to
        FROM collection_hit h
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.effective_due_on = h.base_on
        JOIN collection_party p ON p.customer_id = i.customer_id AND p.version_id = h.version_id
        WHERE h.trigger = 'due' AND i.side = 1 AND i.document_on <= %(last)s
        UNION ALL
        SELECT i.id, i.customer_id, h.version_id, h.step_id, h.step_key, h.position,
               b.turn * 100 + h.cycle, h.event_on, h.place, h.minimum, h.by_mail, h.by_phone, h.by_any, b.from_on,
               b.to_on
        FROM collection_hit h
        JOIN collection_base b ON b.trigger = h.trigger AND b.base_on = h.base_on
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = b.item_id
        JOIN collection_party p ON p.customer_id = i.customer_id AND p.version_id = h.version_id
        WHERE i.effective_due_on IS NOT NULL
    ),
    newest AS MATERIALIZED (
        SELECT DISTINCT ON (e.item_id, d.on_day) e.*, d.on_day, d.minimum AS policy_minimum
        FROM event e
        JOIN collection_day d
          ON d.version_id = e.version_id AND d.place >= e.place AND d.place < e.place + d.span
        WHERE (e.known_from IS NULL OR e.known_from <= d.on_day) AND (e.known_to IS NULL OR e.known_to > d.on_day)
        ORDER BY e.item_id, d.on_day, e.event_on DESC, e.position DESC, e.cycle DESC
    ),
    dispute AS MATERIALIZED (
        SELECT x.item_id, d.on_day, sum(x.amount) AS amount
        FROM disputes_dispute x
        JOIN (SELECT DISTINCT on_day FROM collection_day) d
          ON x.opened_on <= d.on_day AND (x.ended_on IS NULL OR x.ended_on > d.on_day)
        WHERE x.organization_id = %(organization)s
        GROUP BY x.item_id, d.on_day
    ),
    promised AS MATERIALIZED (
        SELECT q.item_id, p.made_on AS from_on,
               CASE WHEN p.state = 'withdrawn' THEN p.judged_on - 1 ELSE p.promised_on + p.grace_days END AS to_on
        FROM collection_promise p
        JOIN collection_promised_item q ON q.organization_id = %(organization)s AND q.promise_id = p.id
        WHERE p.organization_id = %(organization)s AND p.promised_on + p.grace_days >= %(first)s
        UNION ALL
        SELECT q.item_id, y.signed_on,
               CASE WHEN y.ended_on IS NULL OR y.state = 'kept' THEN 'infinity'::date ELSE y.ended_on - 1 END
        FROM collection_plan y
        JOIN collection_planned_item q ON q.organization_id = %(organization)s AND q.plan_id = y.id
        WHERE y.organization_id = %(organization)s AND y.signed_on IS NOT NULL
    ),
    pause AS MATERIALIZED (
        SELECT customer_id, item_id, starts_on AS from_on, least(until_on, ended_on - 1) AS to_on
        FROM collection_pause WHERE organization_id = %(organization)s AND until_on >= %(first)s
    ),
    candidate AS MATERIALIZED (
        SELECT n.*, t.due_on, t.currency, coalesce(x.amount, 0) AS disputed,
               greatest(t.open_amount - coalesce(x.amount, 0), 0) AS open_amount,
               CASE WHEN x.amount IS NULL THEN t.open_base
                    ELSE round(t.open_base * greatest(t.open_amount - x.amount, 0) / t.open_amount, 4) END AS open_base
        FROM newest n
        JOIN standing t
          ON t.item_id = n.item_id AND t.document_on <= n.on_day AND n.on_day BETWEEN t.from_on AND t.to_on
        LEFT JOIN dispute x ON x.item_id = n.item_id AND x.on_day = n.on_day
    ),
    whom AS MATERIALIZED (SELECT DISTINCT customer_id, on_day FROM candidate),
    owed AS MATERIALIZED (
        SELECT w.customer_id, w.on_day,
               sum(CASE WHEN x.amount IS NULL THEN t.open_base
                        ELSE round(t.open_base * greatest(t.open_amount - x.amount, 0) / t.open_amount, 4) END)
               FILTER (WHERE t.side = 1) AS amount,
               sum(t.open_base) FILTER (WHERE t.side = -1) AS received
        FROM whom w
        JOIN standing t
          ON t.customer_id = w.customer_id AND t.document_on <= w.on_day AND w.on_day BETWEEN t.from_on AND t.to_on
        LEFT JOIN dispute x ON x.item_id = t.item_id AND x.on_day = w.on_day
        WHERE CASE WHEN t.side = 1
                   THEN t.due_on < w.on_day
                        AND NOT EXISTS (
                            SELECT FROM promised p
                            WHERE p.item_id = t.item_id AND w.on_day BETWEEN p.from_on AND p.to_on)
                        AND NOT EXISTS (
                            SELECT FROM pause q
                            WHERE q.item_id = t.item_id AND w.on_day BETWEEN q.from_on AND q.to_on)
                   ELSE EXISTS (
                            SELECT FROM ledger_document d
                            WHERE d.organization_id = %(organization)s AND d.id = t.document_id AND d.kind = 'receipt')
              END
        GROUP BY w.customer_id, w.on_day
    ),
    ahead AS MATERIALIZED (
        SELECT c.customer_id, c.on_day, sum(c.open_base) AS amount
        FROM candidate c
        WHERE c.due_on >= c.on_day
          AND NOT EXISTS (
              SELECT FROM promised p WHERE p.item_id = c.item_id AND c.on_day BETWEEN p.from_on AND p.to_on)
          AND NOT EXISTS (SELECT FROM pause q WHERE q.item_id = c.item_id AND c.on_day BETWEEN q.from_on AND q.to_on)
        GROUP BY c.customer_id, c.on_day
    ),
    matching AS MATERIALIZED (
        SELECT o.customer_id, min(l.booked_on) AS from_on
        FROM cash_proposal o
        JOIN cash_statement_line l ON l.organization_id = %(organization)s AND l.id = o.line_id
        WHERE o.organization_id = %(organization)s AND o.customer_id IS NOT NULL AND o.tier IN ('sure', 'likely')
          AND l.amount > 0 AND l.used < l.amount
        GROUP BY o.customer_id
    ),
    reached AS MATERIALIZED (
        SELECT customer_id, bool_or(email_encrypted <> '') AS by_mail, bool_or(phone_encrypted <> '') AS by_phone
        FROM customers_contact WHERE organization_id = %(organization)s GROUP BY customer_id
    ),
    done AS MATERIALIZED (
        SELECT a.item_id, a.step_key, a.cycle
        FROM collection_action_item a
        JOIN collection_action c ON c.organization_id = %(organization)s AND c.id = a.action_id
        WHERE a.organization_id = %(organization)s AND c."on" < %(done_before)s
    )
    SELECT c.on_day, c.customer_id, c.version_id, c.step_id, c.step_key, c.cycle, c.position, c.item_id, c.event_on,
           c.due_on, c.currency, c.open_amount, c.open_base,
           coalesce(o.amount, 0) AS owed,
           CASE WHEN EXISTS (
                    SELECT FROM done d
                    WHERE d.item_id = c.item_id AND d.step_key = c.step_key AND d.cycle = c.cycle)
                    OR EXISTS (
                    SELECT FROM collection_action a
                    WHERE a.organization_id = %(organization)s AND a.customer_id = c.customer_id
                      AND a."on" = c.on_day AND a."on" < %(done_before)s) THEN 'done'
                WHEN EXISTS (
                    SELECT FROM pause q
                    WHERE q.customer_id = c.customer_id AND (q.item_id IS NULL OR q.item_id = c.item_id)
                      AND c.on_day BETWEEN q.from_on AND q.to_on) THEN 'paused'
                WHEN c.open_amount = 0 THEN 'disputed'
                WHEN EXISTS (
                    SELECT FROM promised p
                    WHERE p.item_id = c.item_id AND c.on_day BETWEEN p.from_on AND p.to_on) THEN 'promised'
                WHEN m.from_on <= c.on_day
                     OR o.received >= coalesce(o.amount, 0) + coalesce(a.amount, 0) THEN 'money_came'
                WHEN coalesce(o.amount, 0) + coalesce(a.amount, 0) < greatest(c.minimum, c.policy_minimum)
                    THEN 'below_minimum'
                WHEN NOT (c.by_any OR (c.by_mail AND coalesce(r.by_mail, false))
                          OR (c.by_phone AND coalesce(r.by_phone, false))) THEN 'no_address'
           END AS reason
    FROM candidate c
    LEFT JOIN owed o ON o.customer_id = c.customer_id AND o.on_day = c.on_day
    LEFT JOIN ahead a ON a.customer_id = c.customer_id AND a.on_day = c.on_day
    LEFT JOIN matching m ON m.customer_id = c.customer_id
    LEFT JOIN reached r ON r.customer_id = c.customer_id
"""

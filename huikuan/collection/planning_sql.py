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
      AND (%(only)s::uuid[] IS NULL OR k.id = ANY(%(only)s::uuid[]))
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

# Of each version and day that a debt is due the step that comes up for it on a run day: the latest does.
TURNS = """
    SELECT DISTINCT ON (h.version_id, h.base_on, d.on_day)
           h.version_id, h.base_on, d.on_day, h.step_id, h.step_key, h.position, h.cycle, h.event_on,
           h.minimum, d.minimum AS policy_minimum, h.by_mail, h.by_phone, h.by_any
    FROM collection_hit h
    JOIN collection_day d ON d.version_id = h.version_id AND d.place >= h.place AND d.place < h.place + d.span
    WHERE h.trigger = 'due'
    ORDER BY h.version_id, h.base_on, d.on_day, h.event_on DESC, h.position DESC, h.cycle DESC
"""

# What allocations since the first day have taken from items: rows (item_id, from_on, to_on, amount, base), what was
# still there of it on those days.
LATER = """
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
    )
    SELECT item_id, effective_on AS from_on,
           coalesce(lead(effective_on) OVER by_day - 1, 'infinity'::date) AS to_on,
           sum(amount) OVER whole - sum(amount) OVER by_day AS amount,
           sum(base) OVER whole - sum(base) OVER by_day AS base
    FROM moved
    WINDOW by_day AS (PARTITION BY item_id ORDER BY effective_on), whole AS (PARTITION BY item_id)
    UNION ALL
    SELECT item_id, '-infinity', min(effective_on) - 1, sum(amount), sum(base) FROM moved GROUP BY item_id
"""
# Items as they stood, from a day to another.
STOOD = """
    SELECT i.id AS item_id, i.customer_id, i.side, i.document_id, i.document_on, i.effective_due_on AS due_on,
           i.currency, '-infinity'::date AS from_on, 'infinity'::date AS to_on, i.open_amount, i.open_base
    FROM ledger_open_item i
    WHERE i.organization_id = %(organization)s AND i.open_amount > 0
      AND NOT EXISTS (SELECT FROM collection_later m WHERE m.item_id = i.id)
    UNION ALL
    SELECT i.id, i.customer_id, i.side, i.document_id, i.document_on, i.effective_due_on,
           i.currency, l.from_on, l.to_on, i.open_amount + l.amount, i.open_base + l.base
    FROM collection_later l
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = l.item_id
    WHERE i.open_amount + l.amount > 0 AND l.to_on >= %(first)s AND l.from_on <= %(last)s
"""

# What comes up for single items by what happened to them, in place of what their due day alone would bring.
SPECIAL = """
    WITH event AS MATERIALIZED (
        SELECT i.id AS item_id, i.customer_id, h.version_id, h.step_id, h.step_key, h.position,
               b.turn * 100 + h.cycle AS cycle, h.event_on, h.place, h.minimum, h.by_mail, h.by_phone, h.by_any,
               b.from_on AS known_from, b.to_on AS known_to
        FROM collection_hit h
        JOIN collection_base b ON b.trigger = h.trigger AND b.base_on = h.base_on
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = b.item_id
        JOIN collection_party p ON p.customer_id = i.customer_id AND p.version_id = h.version_id
        WHERE i.effective_due_on IS NOT NULL
        UNION ALL
        SELECT i.id, i.customer_id, h.version_id, h.step_id, h.step_key, h.position, a.cycle, a.event_on, NULL,
               h.minimum, h.by_mail, h.by_phone, h.by_any, a.released_on, a.released_on + %(again_days)s
        FROM collection_action_item a
        JOIN collection_action c
          ON c.organization_id = %(organization)s AND c.id = a.action_id AND c."on" < %(done_before)s
        JOIN collection_hit h ON h.trigger = 'again' AND h.step_key = a.step_key
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.item_id
        JOIN collection_party p ON p.customer_id = i.customer_id AND p.version_id = h.version_id
        WHERE a.organization_id = %(organization)s AND a.released_on <= %(last)s
          AND a.released_on > %(first)s::date - %(again_days)s AND a.released_on > c."on"
          AND NOT EXISTS (
              SELECT FROM collection_action_item l
              JOIN collection_action c ON c.organization_id = %(organization)s AND c.id = l.action_id
              WHERE l.organization_id = %(organization)s AND l.item_id = a.item_id AND l.released_on IS NULL
                AND c."on" < %(done_before)s
                AND (l.event_on > a.event_on OR l.step_key = a.step_key AND l.cycle = a.cycle))
    ),
    concerned AS MATERIALIZED (SELECT DISTINCT item_id, version_id FROM event),
    comes_up AS (
        SELECT e.item_id, e.customer_id, e.version_id, d.on_day, e.step_id, e.step_key, e.position, e.cycle,
               e.event_on, e.minimum, d.minimum AS policy_minimum, e.by_mail, e.by_phone, e.by_any
        FROM event e
        JOIN collection_day d
          ON d.version_id = e.version_id
         AND (e.place IS NULL OR d.place >= e.place AND d.place < e.place + d.span)
        WHERE (e.known_from IS NULL OR e.known_from <= d.on_day) AND (e.known_to IS NULL OR e.known_to > d.on_day)
        UNION ALL
        SELECT i.id, i.customer_id, u.version_id, u.on_day, u.step_id, u.step_key, u.position, u.cycle,
               u.event_on, u.minimum, u.policy_minimum, u.by_mail, u.by_phone, u.by_any
        FROM concerned c
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = c.item_id
        JOIN collection_turn u ON u.version_id = c.version_id AND u.base_on = i.effective_due_on
        WHERE i.side = 1 AND i.document_on <= %(last)s
    )
    SELECT DISTINCT ON (item_id, on_day) * FROM comes_up
    ORDER BY item_id, on_day, event_on DESC, position DESC, cycle DESC
"""

DISPUTED = """
    SELECT x.item_id, d.on_day, sum(x.amount) AS amount
    FROM disputes_dispute x
    JOIN (SELECT DISTINCT on_day FROM collection_day) d
      ON x.opened_on <= d.on_day AND (x.ended_on IS NULL OR x.ended_on > d.on_day)
    WHERE x.organization_id = %(organization)s
    GROUP BY x.item_id, d.on_day
"""
# Items of which nothing is asked on a day: promised, in a plan, or paused by themselves.
LEFT_ALONE = """
    SELECT k.item_id, d.on_day, bool_or(k.promised) AS promised, bool_or(NOT k.promised) AS paused
    FROM (
        SELECT q.item_id, p.made_on AS from_on, true AS promised,
               CASE WHEN p.state = 'withdrawn' THEN p.judged_on - 1 ELSE p.promised_on + p.grace_days END AS to_on
        FROM collection_promise p
        JOIN collection_promised_item q ON q.organization_id = %(organization)s AND q.promise_id = p.id
        WHERE p.organization_id = %(organization)s AND p.promised_on + p.grace_days >= %(first)s
        UNION ALL
        SELECT q.item_id, y.signed_on, true,
               CASE WHEN y.ended_on IS NULL OR y.state = 'kept' THEN 'infinity'::date ELSE y.ended_on - 1 END
        FROM collection_plan y
        JOIN collection_planned_item q ON q.organization_id = %(organization)s AND q.plan_id = y.id
        WHERE y.organization_id = %(organization)s AND y.signed_on IS NOT NULL
        UNION ALL
        SELECT item_id, starts_on, false, least(until_on, ended_on - 1)
        FROM collection_pause
        WHERE organization_id = %(organization)s AND until_on >= %(first)s AND item_id IS NOT NULL
    ) k
    JOIN (SELECT DISTINCT on_day FROM collection_day) d ON d.on_day BETWEEN k.from_on AND k.to_on
    GROUP BY k.item_id, d.on_day
"""
# Customers whom nothing is asked of on a day, because of a pause or because they were spoken to on it.
WITH_CUSTOMER = """
    SELECT k.customer_id, k.on_day, bool_or(k.paused) AS paused, bool_or(NOT k.paused) AS acted
    FROM (
        SELECT q.customer_id, d.on_day, true AS paused
        FROM collection_pause q
        JOIN (SELECT DISTINCT on_day FROM collection_day) d
          ON d.on_day BETWEEN q.starts_on AND least(q.until_on, q.ended_on - 1)
        WHERE q.organization_id = %(organization)s AND q.until_on >= %(first)s AND q.item_id IS NULL
        UNION ALL
        SELECT DISTINCT a.customer_id, a."on", false FROM collection_action a
        WHERE a.organization_id = %(organization)s AND a."on" BETWEEN %(first)s AND %(last)s
          AND a."on" < %(done_before)s AND a.fell_away_on IS NULL
    ) k
    GROUP BY k.customer_id, k.on_day
"""

# What comes up of what was open, without what is disputed. `left_alone`: promised, in a plan, or paused.
COMING = f"""
    WITH stood AS NOT MATERIALIZED ({STOOD}),
    comes_up AS (
        SELECT t.*, u.version_id, u.on_day, u.step_id, u.step_key, u.position, u.cycle, u.event_on,
               u.minimum, u.policy_minimum, u.by_mail, u.by_phone, u.by_any
        FROM stood t
        JOIN collection_party p ON p.customer_id = t.customer_id
        JOIN collection_turn u ON u.version_id = p.version_id AND u.base_on = t.due_on
        WHERE t.side = 1 AND NOT EXISTS (SELECT FROM collection_special s WHERE s.item_id = t.item_id)
        UNION ALL
        SELECT t.*, s.version_id, s.on_day, s.step_id, s.step_key, s.position, s.cycle, s.event_on,
               s.minimum, s.policy_minimum, s.by_mail, s.by_phone, s.by_any
        FROM collection_special s
        JOIN stood t ON t.item_id = s.item_id
    )
    SELECT c.on_day, c.customer_id, c.version_id, c.step_id, c.step_key, c.cycle, c.position, c.item_id, c.event_on,
           c.due_on, c.currency, greatest(c.minimum, c.policy_minimum) AS minimum, c.by_mail, c.by_phone, c.by_any,
           greatest(c.open_amount - coalesce(x.amount, 0), 0) AS open_amount,
           CASE WHEN x.amount IS NULL THEN c.open_base
                ELSE round(c.open_base * greatest(c.open_amount - x.amount, 0) / c.open_amount, 4) END AS open_base,
           coalesce(k.promised, false) AS promised, coalesce(k.paused, false) AS paused
    FROM comes_up c
    LEFT JOIN collection_disputed x ON x.item_id = c.item_id AND x.on_day = c.on_day
    LEFT JOIN collection_left_alone k ON k.item_id = c.item_id AND k.on_day = c.on_day
    WHERE c.document_on <= c.on_day AND c.on_day BETWEEN c.from_on AND c.to_on
"""

# What is overdue and asked of the customers of whom something comes up, and what we received of them and hold.
OWED = f"""
    WITH stood AS ({STOOD}),
    whom AS (SELECT DISTINCT customer_id, on_day FROM collection_coming)
    SELECT w.customer_id, w.on_day,
           sum(CASE WHEN x.amount IS NULL THEN t.open_base
                    ELSE round(t.open_base * greatest(t.open_amount - x.amount, 0) / t.open_amount, 4) END)
           FILTER (WHERE t.side = 1) AS amount,
           sum(t.open_base) FILTER (WHERE t.side = -1) AS received
    FROM whom w
    JOIN stood t
      ON t.customer_id = w.customer_id AND t.document_on <= w.on_day AND w.on_day BETWEEN t.from_on AND t.to_on
    LEFT JOIN collection_disputed x ON x.item_id = t.item_id AND x.on_day = w.on_day
    LEFT JOIN collection_left_alone k ON k.item_id = t.item_id AND k.on_day = w.on_day
    LEFT JOIN ledger_document d
      ON t.side = -1 AND d.organization_id = %(organization)s AND d.id = t.document_id AND d.kind = 'receipt'
    WHERE t.side = 1 AND t.due_on < w.on_day AND k.item_id IS NULL OR t.side = -1 AND d.id IS NOT NULL
    GROUP BY w.customer_id, w.on_day
"""

CANDIDATES = """
    WITH ahead AS MATERIALIZED (
        SELECT customer_id, on_day, sum(open_base) AS amount FROM collection_coming
        WHERE due_on >= on_day AND NOT promised AND NOT paused
        GROUP BY customer_id, on_day
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
    )
    SELECT c.on_day, c.customer_id, c.version_id, c.step_id, c.step_key, c.cycle, c.position, c.item_id, c.event_on,
           c.due_on, c.currency, c.open_amount, c.open_base,
           coalesce(o.amount, 0) AS owed,
           CASE WHEN done.id IS NOT NULL OR k.acted THEN 'done'
                WHEN c.paused OR k.paused THEN 'paused'
                WHEN c.open_amount = 0 THEN 'disputed'
                WHEN c.promised THEN 'promised'
                WHEN m.from_on <= c.on_day
                     OR o.received >= coalesce(o.amount, 0) + coalesce(a.amount, 0) THEN 'money_came'
                WHEN coalesce(o.amount, 0) + coalesce(a.amount, 0) < c.minimum THEN 'below_minimum'
                WHEN NOT (c.by_any OR (c.by_mail AND coalesce(r.by_mail, false))
                          OR (c.by_phone AND coalesce(r.by_phone, false))) THEN 'no_address'
                WHEN h.customer_id IS NOT NULL THEN 'held_out'
           END AS reason
    FROM collection_coming c
    LEFT JOIN collection_owed o ON o.customer_id = c.customer_id AND o.on_day = c.on_day
    LEFT JOIN ahead a ON a.customer_id = c.customer_id AND a.on_day = c.on_day
    LEFT JOIN collection_with_customer k ON k.customer_id = c.customer_id AND k.on_day = c.on_day
    LEFT JOIN matching m ON m.customer_id = c.customer_id
    LEFT JOIN reached r ON r.customer_id = c.customer_id
    LEFT JOIN collection_held_out h
      ON h.customer_id = c.customer_id AND h.step_key = c.step_key AND c.on_day >= h.begins_on AND c.on_day < h.ends_on
    LEFT JOIN collection_action_item had
      ON had.organization_id = %(organization)s AND had.item_id = c.item_id AND had.step_key = c.step_key
     AND had.cycle = c.cycle AND had.released_on IS NULL
    LEFT JOIN collection_action done
      ON done.organization_id = %(organization)s AND done.id = had.action_id AND done."on" < %(done_before)s
"""

# What each of them is made of is there before it, with statistics: over a hundred thousand customers a wrong guess
# of how many rows a part has is an hour.
STAGES = (
    ("collection_turn", TURNS),
    ("collection_later", LATER),
    ("collection_special", SPECIAL),
    ("collection_disputed", DISPUTED),
    ("collection_left_alone", LEFT_ALONE),
    ("collection_with_customer", WITH_CUSTOMER),
    ("collection_coming", COMING),
    ("collection_owed", OWED),
)

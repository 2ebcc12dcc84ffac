-- Revaluations move what open items are worth in the books. What they guarantee, and the totals that know them: each
-- item of an act is read once and by its key (a hash or merge join would read the whole table for an act on a few), and
-- what fell due on a day counts with its revaluations: less what is open of it, that is what was settled, to the cent.

CREATE OR REPLACE FUNCTION public.ledger_apply_revaluations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM added n
        JOIN public.ledger_open_item i ON i.organization_id = n.organization_id AND i.id = n.item_id
        JOIN public.organizations_organization o ON o.id = n.organization_id
        WHERE i.currency = o.currency OR n.effective_on < i.document_on
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'revaluation_is_of_a_foreign_item',
            MESSAGE = 'only an item in a foreign currency is revalued, and not before its document';
    END IF;
    UPDATE public.ledger_open_item i SET open_base = i.open_base + moved.base
    FROM (
        SELECT organization_id, item_id, sum(base_change) AS base FROM added GROUP BY organization_id, item_id
    ) moved
    WHERE i.organization_id = moved.organization_id AND i.id = moved.item_id AND moved.base <> 0;
    RETURN NULL;
END $$;

CREATE TRIGGER a_open_act AFTER INSERT ON ledger_revaluation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER b_open_period AFTER INSERT ON ledger_revaluation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_require_open_period();
CREATE TRIGGER c_apply AFTER INSERT ON ledger_revaluation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_apply_revaluations();

CREATE OR REPLACE FUNCTION public.ledger_keep_totals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- A plan kept from an act on nearly empty tables would read whole tables for a later one.
SET plan_cache_mode = force_custom_plan SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    organization CONSTANT uuid := NEW.organization_id;
BEGIN
    WITH document AS MATERIALIZED (
        SELECT d.id, d.kind, d.document_on, d.base_amount
        FROM public.ledger_document d WHERE d.organization_id = organization AND d.act_id = NEW.id
    ),
    allocation AS MATERIALIZED (
        SELECT a.debit_item_id, a.credit_item_id, a.amount, a.debit_base, a.credit_base, a.effective_on
        FROM public.ledger_allocation a WHERE a.organization_id = organization AND a.act_id = NEW.id
    ),
    revaluation AS MATERIALIZED (
        SELECT r.item_id, r.base_change, r.effective_on
        FROM public.ledger_revaluation r WHERE r.organization_id = organization AND r.act_id = NEW.id
    ),
    moved AS MATERIALIZED (
        SELECT i.id, i.customer_id, i.side, i.document_on, i.effective_due_on AS due, i.base_amount, i.open_amount,
               i.open_base, i.act_id = NEW.id AS is_new, m.amount, m.base, m.effective_on, m.revalued
        FROM (
            SELECT debit_item_id AS item_id, amount, debit_base AS base, effective_on, NULL::numeric AS revalued
            FROM allocation
            UNION ALL
            SELECT credit_item_id, amount, credit_base, effective_on, NULL FROM allocation
            UNION ALL
            SELECT item_id, 0, -base_change, effective_on, base_change FROM revaluation
        ) m
        JOIN public.ledger_open_item i ON i.organization_id = organization AND i.id = m.item_id
    ),
    -- The due date that an item had before the act, where the act changed it.
    rescheduled AS MATERIALIZED (
        SELECT DISTINCT ON (c.item_id) c.item_id, c.effective_due_on AS old_due
        FROM public.ledger_item_change c WHERE c.organization_id = organization AND c.act_id = NEW.id
        ORDER BY c.item_id, c.id
    ),
    -- What the act made or changed, each item once, as it is now; `settled`: by the act.
    touched AS MATERIALIZED (
        SELECT any_value(customer_id) AS customer_id, any_value(side) AS side, any_value(document_on) AS document_on,
               any_value(due) AS due, any_value(base_amount) AS base_amount, any_value(open_amount) AS open_amount,
               any_value(open_base) AS open_base, bool_or(is_new) AS is_new, id,
               bool_or(is_rescheduled) AS is_rescheduled,
               CASE WHEN bool_or(is_rescheduled) THEN max(old_due) ELSE any_value(due) END AS old_due,
               coalesce(sum(amount), 0) AS settled, coalesce(sum(base), 0) AS settled_base
        FROM (
            SELECT i.id, i.customer_id, i.side, i.document_on, i.effective_due_on AS due, i.base_amount,
                   i.open_amount, i.open_base, true AS is_new,
                   false AS is_rescheduled, NULL::date AS old_due, NULL::numeric AS amount, NULL::numeric AS base
            FROM document d
            JOIN public.ledger_open_item i ON i.organization_id = organization AND i.document_id = d.id
            UNION ALL
            SELECT id, customer_id, side, document_on, due, base_amount, open_amount, open_base, is_new,
                   false, NULL, amount, base
            FROM moved
            UNION ALL
            SELECT i.id, i.customer_id, i.side, i.document_on, i.effective_due_on, i.base_amount,
                   i.open_amount, i.open_base, i.act_id = NEW.id, true, c.old_due, NULL, NULL
            FROM rescheduled c
            JOIN public.ledger_open_item i ON i.organization_id = organization AND i.id = c.item_id
        ) part
        GROUP BY id
    ),
    -- What the act added to a debt or took from it, and from when; an item whose due date changed moves whole.
    movement AS MATERIALIZED (
        SELECT side, document_on AS moved_on, due, base_amount AS base FROM touched WHERE is_new
        UNION ALL
        SELECT side, effective_on, due, -base FROM moved
        UNION ALL
        SELECT 0, earlier.moved_on, due.due, due.weight * earlier.base
        FROM touched t
        CROSS JOIN LATERAL (
            SELECT t.document_on AS moved_on, t.base_amount AS base
            UNION ALL
            SELECT a.effective_on, -a.debit_base FROM public.ledger_allocation a
            WHERE a.organization_id = organization AND a.debit_item_id = t.id AND a.act_id <> NEW.id
            UNION ALL
            SELECT r.effective_on, r.base_change FROM public.ledger_revaluation r
            WHERE r.organization_id = organization AND r.item_id = t.id AND r.act_id <> NEW.id
        ) earlier
        CROSS JOIN LATERAL (VALUES (t.old_due, -1), (t.due, 1)) due (due, weight)
        WHERE t.is_rescheduled AND t.side = 1 AND NOT t.is_new
    ),
    -- Nothing rather than zero: what is empty is not added up.
    change (day, due_amount, due_open, due_count, receivable, overdue, credit, received) AS (
        SELECT moved_on, NULL::numeric, NULL::numeric, NULL::int,
               CASE side WHEN 1 THEN base END, NULL::numeric, CASE side WHEN -1 THEN base END, NULL::numeric
        FROM movement WHERE side <> 0
        UNION ALL
        -- Overdue from the day after it was due, but not before it moved.
        SELECT greatest(moved_on, due + 1), NULL, NULL, NULL, NULL, base, NULL, NULL
        FROM movement WHERE side >= 0 AND due IS NOT NULL
        UNION ALL
        SELECT due, base_amount, open_base, CASE WHEN open_amount > 0 THEN 1 END, NULL, NULL, NULL, NULL
        FROM touched WHERE side = 1
        UNION ALL
        SELECT old_due, -base_amount, -(open_base + settled_base), CASE WHEN open_amount + settled > 0 THEN -1 END,
               NULL, NULL, NULL, NULL
        FROM touched WHERE side = 1 AND NOT is_new
        UNION ALL
        -- What fell due is worth what the books make of it: with its revaluations, those of earlier acts moved along.
        SELECT due, revalued, NULL, NULL, NULL, NULL, NULL, NULL
        FROM moved WHERE side = 1 AND revalued IS NOT NULL
        UNION ALL
        SELECT due.due, due.weight * r.base_change, NULL, NULL, NULL, NULL, NULL, NULL
        FROM touched t
        JOIN public.ledger_revaluation r
          ON r.organization_id = organization AND r.item_id = t.id AND r.act_id <> NEW.id
        CROSS JOIN LATERAL (VALUES (t.old_due, -1), (t.due, 1)) due (due, weight)
        WHERE t.is_rescheduled AND t.side = 1 AND NOT t.is_new
        UNION ALL
        SELECT document_on, NULL, NULL, NULL, NULL, NULL, NULL, base_amount
        FROM document WHERE kind IN ('receipt', 'advance')
        UNION ALL
        SELECT v.document_on, NULL, NULL, NULL, NULL, NULL, NULL, -v.base_amount
        FROM document d
        JOIN public.ledger_document v ON v.organization_id = organization AND v.voided_by_id = d.id
        WHERE d.kind = 'reversal' AND v.kind IN ('receipt', 'advance')
    ),
    by_day AS (
        SELECT day, coalesce(sum(due_amount), 0) AS due_amount, coalesce(sum(due_open), 0) AS due_open,
               coalesce(sum(due_count), 0) AS due_count, coalesce(sum(receivable), 0) AS receivable,
               coalesce(sum(overdue), 0) AS overdue, coalesce(sum(credit), 0) AS credit,
               coalesce(sum(received), 0) AS received
        FROM change GROUP BY day
    ),
    kept_days AS (
        INSERT INTO public.ledger_day_total AS t (organization_id, id, day, due_amount, due_open, due_count,
            receivable_change, overdue_change, credit_change, received)
        SELECT organization, uuidv7(), day, due_amount, due_open, due_count, receivable, overdue, credit, received
        FROM by_day
        WHERE (due_amount, due_open, due_count, receivable, overdue, credit, received) <> (0, 0, 0, 0, 0, 0, 0)
        ON CONFLICT (organization_id, day) DO UPDATE SET
            due_amount = t.due_amount + EXCLUDED.due_amount, due_open = t.due_open + EXCLUDED.due_open,
            due_count = t.due_count + EXCLUDED.due_count,
            receivable_change = t.receivable_change + EXCLUDED.receivable_change,
            overdue_change = t.overdue_change + EXCLUDED.overdue_change,
            credit_change = t.credit_change + EXCLUDED.credit_change, received = t.received + EXCLUDED.received
    ),
    overdue_since AS MATERIALIZED (
        SELECT counted_until AS day FROM public.ledger_overdue_day WHERE organization_id = organization
    ),
    of_customer AS (
        SELECT customer_id,
               CASE WHEN side = 1 THEN open_base END AS receivable,
               CASE WHEN side = 1 AND due < (SELECT day FROM overdue_since) THEN open_base END AS overdue,
               CASE WHEN side = -1 THEN open_base END AS credit
        FROM touched
        UNION ALL
        SELECT customer_id,
               CASE WHEN side = 1 THEN -(open_base + settled_base) END,
               CASE WHEN side = 1 AND old_due < (SELECT day FROM overdue_since) THEN -(open_base + settled_base) END,
               CASE WHEN side = -1 THEN -(open_base + settled_base) END
        FROM touched WHERE NOT is_new
    )
    -- Every customer has its row from the beginning (every_customer.sql).
    UPDATE public.ledger_customer_total t SET
        receivable = t.receivable + c.receivable, overdue = t.overdue + c.overdue, credit = t.credit + c.credit
    FROM (
        SELECT customer_id, coalesce(sum(receivable), 0) AS receivable, coalesce(sum(overdue), 0) AS overdue,
               coalesce(sum(credit), 0) AS credit
        FROM of_customer GROUP BY customer_id
    ) c
    WHERE t.organization_id = organization AND t.id = c.customer_id;

    PERFORM public.ledger_count_overdue(organization, (NEW.recorded_at AT TIME ZONE o.time_zone)::date)
    FROM public.organizations_organization o WHERE o.id = organization;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.ledger_day_totals(organization uuid, customers uuid[]) RETURNS TABLE (
    day date, due_amount numeric, due_open numeric, due_count bigint,
    receivable_change numeric, overdue_change numeric, credit_change numeric, received numeric
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH document AS MATERIALIZED (
        SELECT d.id, d.document_on,
               CASE WHEN d.kind IN ('receipt', 'advance') AND d.voided_by_id IS NULL THEN d.base_amount END AS received
        FROM public.ledger_document d WHERE d.organization_id = organization AND d.customer_id = ANY(customers)
    ),
    item AS MATERIALIZED (
        SELECT i.id, i.side, i.document_on, i.effective_due_on AS due, i.base_amount, i.open_amount, i.open_base
        FROM document d
        JOIN public.ledger_open_item i ON i.organization_id = organization AND i.document_id = d.id
    ),
    movement AS (
        SELECT side, document_on AS moved_on, due, base_amount AS base FROM item
        UNION ALL
        SELECT 1, a.effective_on, i.due, -a.debit_base
        FROM item i
        JOIN public.ledger_allocation a ON a.organization_id = organization AND a.debit_item_id = i.id
        UNION ALL
        SELECT -1, a.effective_on, NULL, -a.credit_base
        FROM item i
        JOIN public.ledger_allocation a ON a.organization_id = organization AND a.credit_item_id = i.id
        UNION ALL
        SELECT i.side, r.effective_on, i.due, r.base_change
        FROM item i
        JOIN public.ledger_revaluation r ON r.organization_id = organization AND r.item_id = i.id
    ),
    part AS (
        SELECT moved_on AS day, 0 AS due_amount, 0 AS due_open, 0 AS due_count,
               CASE side WHEN 1 THEN base ELSE 0 END AS receivable, 0 AS overdue,
               CASE side WHEN -1 THEN base ELSE 0 END AS credit, 0 AS received
        FROM movement
        UNION ALL
        SELECT greatest(moved_on, due + 1), 0, 0, 0, 0, base, 0, 0
        FROM movement WHERE side = 1 AND due IS NOT NULL
        UNION ALL
        SELECT due, base_amount, open_base, (open_amount > 0)::int, 0, 0, 0, 0 FROM item WHERE side = 1
        UNION ALL
        SELECT i.due, r.base_change, 0, 0, 0, 0, 0, 0
        FROM item i
        JOIN public.ledger_revaluation r ON r.organization_id = organization AND r.item_id = i.id
        WHERE i.side = 1
        UNION ALL
        SELECT document_on, 0, 0, 0, 0, 0, 0, received FROM document WHERE received IS NOT NULL
    )
    SELECT day, sum(due_amount), sum(due_open), sum(due_count), sum(receivable), sum(overdue), sum(credit), sum(received)
    FROM part GROUP BY day
    HAVING (sum(due_amount), sum(due_open), sum(due_count), sum(receivable), sum(overdue), sum(credit), sum(received))
        <> (0, 0, 0, 0, 0, 0, 0)
$$;

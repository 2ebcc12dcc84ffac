-- Totals kept beside the items, so that no page sums a million of them: one row per day, one row per customer.
-- They follow each act as it is recorded, under the organization's clock: whoever waits there waits already, and
-- no two acts can deadlock over the rows of a day. All amounts are in base currency.

CREATE OR REPLACE FUNCTION public.ledger_keep_totals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- A plan kept from an act on nearly empty tables would read whole tables for a later one.
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    organization CONSTANT uuid := NEW.organization_id;
BEGIN
    WITH document AS (
        SELECT d.id, d.kind, d.document_on, d.base_amount
        FROM public.ledger_document d WHERE d.organization_id = organization AND d.act_id = NEW.id
    ),
    allocation AS (
        SELECT a.debit_item_id, a.credit_item_id, a.amount, a.debit_base, a.credit_base, a.effective_on
        FROM public.ledger_allocation a WHERE a.organization_id = organization AND a.act_id = NEW.id
    ),
    -- How many rows an act has cannot be known beforehand: items are always found by their key, and no two
    -- sets of the act are joined to each other.
    moved AS (
        SELECT i.id, i.side, i.effective_due_on AS due, m.amount, m.base, m.effective_on
        FROM (
            SELECT debit_item_id AS item_id, amount, debit_base AS base, effective_on FROM allocation
            UNION ALL
            SELECT credit_item_id, amount, credit_base, effective_on FROM allocation
        ) m
        JOIN public.ledger_open_item i ON i.organization_id = organization AND i.id = m.item_id
    ),
    -- The due date that an item had before the act, where the act changed it.
    rescheduled AS (
        SELECT DISTINCT ON (c.item_id) c.item_id, c.effective_due_on AS old_due
        FROM public.ledger_item_change c WHERE c.organization_id = organization AND c.act_id = NEW.id
        ORDER BY c.item_id, c.id
    ),
    touched AS (
        SELECT i.id, i.customer_id, i.side, i.document_on, i.effective_due_on AS due, i.base_amount,
               i.open_amount, i.open_base, i.act_id = NEW.id AS is_new, t.is_rescheduled,
               CASE WHEN t.is_rescheduled THEN t.old_due ELSE i.effective_due_on END AS old_due,
               t.settled, t.settled_base
        FROM (
            SELECT id, bool_or(is_rescheduled) AS is_rescheduled, max(old_due) AS old_due,
                   sum(amount) AS settled, sum(base) AS settled_base
            FROM (
                SELECT i.id, false AS is_rescheduled, NULL::date AS old_due, 0 AS amount, 0 AS base
                FROM document d
                JOIN public.ledger_open_item i ON i.organization_id = organization AND i.document_id = d.id
                UNION ALL
                SELECT id, false, NULL, amount, base FROM moved
                UNION ALL
                SELECT item_id, true, old_due, 0, 0 FROM rescheduled
            ) part
            GROUP BY id
        ) t
        JOIN public.ledger_open_item i ON i.organization_id = organization AND i.id = t.id
    ),
    -- What the act added to a debt or took from it, and from when; an item whose due date changed moves whole.
    movement AS (
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
        ) earlier
        CROSS JOIN LATERAL (VALUES (t.old_due, -1), (t.due, 1)) due (due, weight)
        WHERE t.is_rescheduled AND t.side = 1 AND NOT t.is_new
    ),
    change AS (
        SELECT moved_on AS day, 0 AS due_amount, 0 AS due_open, 0 AS due_count,
               CASE side WHEN 1 THEN base ELSE 0 END AS receivable, 0 AS overdue,
               CASE side WHEN -1 THEN base ELSE 0 END AS credit, 0 AS received
        FROM movement WHERE side <> 0
        UNION ALL
        -- Overdue from the day after it was due, but not before it moved.
        SELECT greatest(moved_on, due + 1), 0, 0, 0, 0, base, 0, 0
        FROM movement WHERE side >= 0 AND due IS NOT NULL
        UNION ALL
        SELECT due, base_amount, open_base, (open_amount > 0)::int, 0, 0, 0, 0 FROM touched WHERE side = 1
        UNION ALL
        SELECT old_due, -base_amount, -(open_base + settled_base), -(open_amount + settled > 0)::int, 0, 0, 0, 0
        FROM touched WHERE side = 1 AND NOT is_new
        UNION ALL
        SELECT document_on, 0, 0, 0, 0, 0, 0, base_amount FROM document WHERE kind IN ('receipt', 'advance')
        UNION ALL
        SELECT v.document_on, 0, 0, 0, 0, 0, 0, -v.base_amount
        FROM public.ledger_document v
        WHERE v.organization_id = organization AND v.voided_by_id IN (SELECT id FROM document)
          AND v.kind IN ('receipt', 'advance')
    ),
    by_day AS (
        SELECT day, sum(due_amount) AS due_amount, sum(due_open) AS due_open, sum(due_count) AS due_count,
               sum(receivable) AS receivable, sum(overdue) AS overdue, sum(credit) AS credit, sum(received) AS received
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
    overdue_since AS (
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
    INSERT INTO public.ledger_customer_total AS t (organization_id, id, receivable, overdue, credit)
    SELECT organization, customer_id, coalesce(sum(receivable), 0), coalesce(sum(overdue), 0), coalesce(sum(credit), 0)
    FROM of_customer GROUP BY customer_id
    ON CONFLICT (organization_id, id) DO UPDATE SET
        receivable = t.receivable + EXCLUDED.receivable, overdue = t.overdue + EXCLUDED.overdue,
        credit = t.credit + EXCLUDED.credit;

    PERFORM public.ledger_count_overdue(organization, (NEW.recorded_at AT TIME ZONE o.time_zone)::date)
    FROM public.organizations_organization o WHERE o.id = organization;
    RETURN NULL;
END $$;

-- Bring what customers have overdue to a day: what fell due since the day it was last counted to.
CREATE OR REPLACE FUNCTION public.ledger_count_overdue(organization uuid, until date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    since date;
BEGIN
    SELECT counted_until INTO since FROM public.ledger_overdue_day WHERE organization_id = organization FOR UPDATE;
    IF since >= until THEN
        RETURN;
    END IF;
    UPDATE public.ledger_customer_total t SET overdue = t.overdue + fallen.base
    FROM (
        SELECT customer_id, sum(open_base) AS base FROM public.ledger_open_item
        WHERE organization_id = organization AND side = 1 AND open_amount > 0
          AND effective_due_on < until AND (since IS NULL OR effective_due_on >= since)
        GROUP BY customer_id
    ) fallen
    WHERE t.organization_id = organization AND t.id = fallen.customer_id;
    INSERT INTO public.ledger_overdue_day (organization_id, id, counted_until)
    VALUES (organization, organization, until)
    ON CONFLICT (organization_id) DO UPDATE SET counted_until = EXCLUDED.counted_until;
END $$;

-- The same for the organization at work, when a day begins without an act.
CREATE OR REPLACE FUNCTION public.ledger_count_overdue(until date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    organization CONSTANT uuid := current_setting('app.organization_id')::uuid;
BEGIN
    PERFORM 1 FROM public.audit_clock WHERE organization_id = organization FOR UPDATE;
    PERFORM public.ledger_count_overdue(organization, until);
END $$;

-- The same from the items of some customers. With all customers: what the rows above must equal.
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
        SELECT document_on, 0, 0, 0, 0, 0, 0, received FROM document WHERE received IS NOT NULL
    )
    SELECT day, sum(due_amount), sum(due_open), sum(due_count), sum(receivable), sum(overdue), sum(credit), sum(received)
    FROM part GROUP BY day
    HAVING (sum(due_amount), sum(due_open), sum(due_count), sum(receivable), sum(overdue), sum(credit), sum(received))
        <> (0, 0, 0, 0, 0, 0, 0)
$$;

CREATE OR REPLACE FUNCTION public.ledger_customer_totals(organization uuid, until date) RETURNS TABLE (
    customer_id uuid, receivable numeric, overdue numeric, credit numeric
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT customer_id,
           coalesce(sum(open_base) FILTER (WHERE side = 1), 0),
           coalesce(sum(open_base) FILTER (WHERE side = 1 AND effective_due_on < until), 0),
           coalesce(sum(open_base) FILTER (WHERE side = -1), 0)
    FROM public.ledger_open_item WHERE organization_id = organization AND open_amount > 0
    GROUP BY customer_id
$$;

-- Make the totals anew, for an organization whose items were there first.
CREATE OR REPLACE FUNCTION public.ledger_make_totals(organization uuid, until date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM public.ledger_day_total WHERE organization_id = organization;
    DELETE FROM public.ledger_customer_total WHERE organization_id = organization;
    DELETE FROM public.ledger_overdue_day WHERE organization_id = organization;
    INSERT INTO public.ledger_day_total (organization_id, id, day, due_amount, due_open, due_count,
        receivable_change, overdue_change, credit_change, received)
    SELECT organization, uuidv7(), t.*
    FROM public.ledger_day_totals(organization, ARRAY(
        SELECT id FROM public.customers_customer WHERE organization_id = organization
    )) t;
    INSERT INTO public.ledger_customer_total (organization_id, id, receivable, overdue, credit)
    SELECT organization, t.* FROM public.ledger_customer_totals(organization, until) t;
    INSERT INTO public.ledger_overdue_day (organization_id, id, counted_until)
    VALUES (organization, organization, until);
END $$;

REVOKE EXECUTE ON FUNCTION public.ledger_make_totals(uuid, date) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION public.ledger_count_overdue(uuid, date) FROM PUBLIC;

CREATE TRIGGER keep_totals AFTER UPDATE OF recorded_at ON audit_act
    FOR EACH ROW WHEN (OLD.recorded_at IS NULL AND NEW.recorded_at IS NOT NULL)
    EXECUTE FUNCTION public.ledger_keep_totals();

SELECT public.ledger_make_totals(id, (now() AT TIME ZONE time_zone)::date) FROM organizations_organization;

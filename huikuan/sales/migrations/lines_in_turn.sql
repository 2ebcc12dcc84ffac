-- The lines of invoices that are posted are summed invoice by invoice, each by its index: joined to their sums, the
-- planner compared every invoice with every sum, which took time with the square of the set.

CREATE OR REPLACE FUNCTION public.sales_guard_invoices() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM former f
        JOIN changed c ON c.organization_id = f.organization_id AND c.id = f.id
        WHERE f.state <> 'draft'
          AND (to_jsonb(f) - 'state' <> to_jsonb(c) - 'state' OR f.state <> 'posted' OR c.state <> 'void')
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_invoice_is_unchanged',
            MESSAGE = 'an invoice that is posted or void is not changed';
    END IF;
    IF (
        SELECT count(*)
        FROM former f
        JOIN changed c ON c.organization_id = f.organization_id AND c.id = f.id
        CROSS JOIN LATERAL (
            SELECT sum(l.net) AS net, sum(l.tax) AS tax
            FROM public.sales_invoice_line l
            WHERE l.organization_id = c.organization_id AND l.invoice_id = c.id
        ) l
        WHERE f.state = 'draft' AND c.state = 'posted'
          AND (l.net IS DISTINCT FROM c.net OR l.tax IS DISTINCT FROM c.tax)
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_make_the_invoice',
            MESSAGE = 'the lines of a posted invoice sum to it';
    END IF;
    RETURN NULL;
END $$;

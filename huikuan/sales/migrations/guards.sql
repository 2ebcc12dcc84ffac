-- What sales guarantees whoever writes: statement triggers over the rows a statement added or changed.
-- Offenders are counted rather than looked for: what is counted is planned to be read to its end, by the keys.

-- An invoice that is no draft changes no more, except that a posted one becomes void; and what is posted says
-- what its lines say.
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
        LEFT JOIN (
            SELECT l.organization_id, l.invoice_id, sum(l.net) AS net, sum(l.tax) AS tax
            FROM changed n
            JOIN public.sales_invoice_line l ON l.organization_id = n.organization_id AND l.invoice_id = n.id
            WHERE n.state = 'posted'
            GROUP BY l.organization_id, l.invoice_id
        ) l ON l.organization_id = c.organization_id AND l.invoice_id = c.id
        WHERE f.state = 'draft' AND c.state = 'posted'
          AND (l.net IS DISTINCT FROM c.net OR l.tax IS DISTINCT FROM c.tax)
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_make_the_invoice',
            MESSAGE = 'the lines of a posted invoice sum to it';
    END IF;
    RETURN NULL;
END $$;

-- Lines come and go with a draft only. `credited_…` is all that changes afterwards, by the grants of the table.
CREATE OR REPLACE FUNCTION public.sales_guard_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM (SELECT DISTINCT organization_id, invoice_id FROM moved) n
        JOIN public.sales_invoice i ON i.organization_id = n.organization_id AND i.id = n.invoice_id
        WHERE i.state <> 'draft'
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_invoice_keeps_its_lines',
            MESSAGE = 'lines are added to and taken from drafts only';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER a_unchanged AFTER UPDATE ON sales_invoice REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION public.sales_guard_invoices();
CREATE TRIGGER a_of_a_draft AFTER INSERT ON sales_invoice_line REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION public.sales_guard_lines();
CREATE TRIGGER a_off_a_draft AFTER DELETE ON sales_invoice_line REFERENCING OLD TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION public.sales_guard_lines();
CREATE TRIGGER a_open_act AFTER INSERT ON sales_invoice REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON sales_order REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON sales_delivery REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();

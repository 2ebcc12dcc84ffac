-- Every customer has its totals from the beginning, nothing at first: a list sorted by what customers owe walks
-- the totals by their index and finds those who owe nothing at its end.

CREATE OR REPLACE FUNCTION public.ledger_start_customer_totals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.ledger_customer_total (organization_id, id, receivable, overdue, credit)
    SELECT organization_id, id, 0, 0, 0 FROM added
    ON CONFLICT (organization_id, id) DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER start_totals AFTER INSERT ON customers_customer REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_start_customer_totals();

CREATE OR REPLACE FUNCTION public.ledger_customer_totals(organization uuid, until date) RETURNS TABLE (
    customer_id uuid, receivable numeric, overdue numeric, credit numeric
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.id, coalesce(sum(i.open_base) FILTER (WHERE i.side = 1), 0),
           coalesce(sum(i.open_base) FILTER (WHERE i.side = 1 AND i.effective_due_on < until), 0),
           coalesce(sum(i.open_base) FILTER (WHERE i.side = -1), 0)
    FROM public.customers_customer c
    LEFT JOIN public.ledger_open_item i
      ON i.organization_id = organization AND i.customer_id = c.id AND i.open_amount > 0
    WHERE c.organization_id = organization
    GROUP BY c.id
$$;

INSERT INTO ledger_customer_total (organization_id, id, receivable, overdue, credit)
SELECT organization_id, id, 0, 0, 0 FROM customers_customer
ON CONFLICT (organization_id, id) DO NOTHING;

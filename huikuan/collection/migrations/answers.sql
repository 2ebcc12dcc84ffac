-- A further way of an action may be added after its run: a call where its mail came back. Its first way is made by the run.

CREATE OR REPLACE FUNCTION public.collection_action_names_what_is_there() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing bigint;
BEGIN
    EXECUTE '
        SELECT count(*)
        FROM added n
        LEFT JOIN public.collection_run r
          ON r.organization_id = n.organization_id AND r.id = n.run_id
         AND (r.act_id = n.act_id OR n.lead_id IS NOT NULL)
        LEFT JOIN public.customers_customer k ON k.organization_id = n.organization_id AND k.id = n.customer_id
        LEFT JOIN public.ledger_open_item i
          ON i.organization_id = n.organization_id AND i.id = n.oldest_id AND i.customer_id = n.customer_id
        WHERE r.id IS NULL OR k.id IS NULL OR i.id IS NULL' INTO missing;
    IF missing > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'action_names_what_is_there',
            MESSAGE = 'an action is of a run, and of a customer and one of its items, of its organization';
    END IF;
    RETURN NULL;
END $$;

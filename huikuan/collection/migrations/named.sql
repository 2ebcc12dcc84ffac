-- An action and what it is about are written a hundred thousand at a time: that what they name is there is looked at once
-- for all of them. None of it can go away afterwards: runs, customers, items and actions are never deleted, nor
-- do their keys change. Planned anew each time (EXECUTE): a plan made for one row reads whole tables for many.

DO $$
DECLARE
    key record;
BEGIN
    FOR key IN
        SELECT c.conrelid::regclass AS name, c.conname
        FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
        WHERE c.contype = 'f' AND (c.conrelid, a.attname) IN (
            ('collection_action'::regclass, 'run_id'), ('collection_action'::regclass, 'customer_id'),
            ('collection_action'::regclass, 'oldest_id'), ('collection_action_item'::regclass, 'action_id'),
            ('collection_action_item'::regclass, 'item_id'))
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.name, key.conname);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION public.collection_action_names_what_is_there() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing bigint;
BEGIN
    EXECUTE '
        SELECT count(*)
        FROM added n
        LEFT JOIN public.collection_run r
          ON r.organization_id = n.organization_id AND r.id = n.run_id AND r.act_id = n.act_id
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

CREATE OR REPLACE FUNCTION public.collection_item_joins_its_action() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing bigint;
BEGIN
    EXECUTE '
        SELECT count(*)
        FROM added n
        LEFT JOIN public.collection_action a ON a.organization_id = n.organization_id AND a.id = n.action_id
        LEFT JOIN public.ledger_open_item i
          ON i.organization_id = n.organization_id AND i.id = n.item_id AND i.customer_id = a.customer_id
        WHERE a.id IS NULL OR i.id IS NULL' INTO missing;
    IF missing > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'item_joins_its_action',
            MESSAGE = 'what an action is about is an item of its customer';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER collection_action_names_what_is_there AFTER INSERT ON collection_action
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_action_names_what_is_there();
CREATE TRIGGER collection_item_joins_its_action AFTER INSERT ON collection_action_item
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_item_joins_its_action();

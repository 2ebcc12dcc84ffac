-- Whose standing in collection may have changed is noted as it is recorded; counting anew is done later, or on reading.
-- Rows are only added, so that no two acts wait for each other here.

ALTER TABLE collection_touched ALTER COLUMN id SET DEFAULT uuidv7();

-- What an act did to debts: documents, allocations, other due dates, other values in base currency.
CREATE OR REPLACE FUNCTION public.collection_touch_debtors() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    organization CONSTANT uuid := NEW.organization_id;
BEGIN
    INSERT INTO public.collection_touched (organization_id, customer_id)
    SELECT organization, customer_id FROM (
        SELECT d.customer_id FROM public.ledger_document d
        WHERE d.organization_id = organization AND d.act_id = NEW.id
        UNION
        SELECT i.customer_id FROM public.ledger_allocation a
        JOIN public.ledger_open_item i ON i.organization_id = organization AND i.id = a.debit_item_id
        WHERE a.organization_id = organization AND a.act_id = NEW.id
        UNION
        SELECT i.customer_id FROM public.ledger_item_change c
        JOIN public.ledger_open_item i ON i.organization_id = organization AND i.id = c.item_id
        WHERE c.organization_id = organization AND c.act_id = NEW.id
        UNION
        SELECT i.customer_id FROM public.ledger_revaluation r
        JOIN public.ledger_open_item i ON i.organization_id = organization AND i.id = r.item_id
        WHERE r.organization_id = organization AND r.act_id = NEW.id
    ) debtor;
    RETURN NULL;
END $$;

CREATE TRIGGER touch_debtors AFTER UPDATE OF recorded_at ON audit_act
    FOR EACH ROW
    WHEN (OLD.recorded_at IS NULL AND NEW.recorded_at IS NOT NULL
          AND public.ledger_totals_move(NEW.organization_id, NEW.id, NEW.recorded_at))
    EXECUTE FUNCTION public.collection_touch_debtors();

CREATE OR REPLACE FUNCTION public.collection_touch_customers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.collection_touched (organization_id, customer_id)
    SELECT DISTINCT organization_id, customer_id FROM changed;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.collection_touch_of_items() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.collection_touched (organization_id, customer_id)
    SELECT DISTINCT i.organization_id, i.customer_id FROM changed c
    JOIN public.ledger_open_item i ON i.organization_id = c.organization_id AND i.id = c.item_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.collection_touch_of_contacts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.collection_touched (organization_id, customer_id)
    SELECT DISTINCT k.organization_id, k.customer_id FROM changed c
    JOIN public.collection_contact k ON k.organization_id = c.organization_id AND k.id = c.contact_id;
    RETURN NULL;
END $$;

-- Documents billed from one contract are one debt.
CREATE OR REPLACE FUNCTION public.collection_touch_of_invoices() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.collection_touched (organization_id, customer_id)
    SELECT DISTINCT s.organization_id, s.customer_id FROM changed c
    JOIN public.sales_invoice s ON s.organization_id = c.organization_id AND s.id = c.invoice_id;
    RETURN NULL;
END $$;

DO $$
DECLARE
    source record;
BEGIN
    FOR source IN SELECT * FROM (VALUES
        ('disputes_dispute', 'collection_touch_customers'),
        ('collection_contact', 'collection_touch_customers'),
        ('collection_plan', 'collection_touch_customers'),
        ('collection_case', 'collection_touch_customers'),
        ('collection_planned_item', 'collection_touch_of_items'),
        ('collection_case_item', 'collection_touch_of_items'),
        ('collection_ruling', 'collection_touch_of_contacts'),
        ('sales_plan_billing', 'collection_touch_of_invoices')
    ) AS t (name, teller)
    LOOP
        EXECUTE format('CREATE TRIGGER touch_added AFTER INSERT ON %I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION public.%I()', source.name, source.teller);
        EXECUTE format('CREATE TRIGGER touch_changed AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION public.%I()', source.name, source.teller);
        EXECUTE format('CREATE TRIGGER touch_removed AFTER DELETE ON %I REFERENCING OLD TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION public.%I()', source.name, source.teller);
    END LOOP;
END $$;

-- Nothing has been counted yet: every debtor is read live until it has.
INSERT INTO collection_touched (organization_id, customer_id)
SELECT DISTINCT organization_id, customer_id FROM ledger_open_item WHERE side = 1 AND open_amount > 0;

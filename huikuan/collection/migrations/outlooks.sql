-- What the payment model foretells of a customer stands beside what the customer is ranked by; one statement for all.

CREATE OR REPLACE FUNCTION public.collection_keep_outlooks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.collection_standing s SET slow = f.slow, likely_on = f.likely_on, foretold_on = f.as_of_on
    FROM changed f WHERE s.organization_id = f.organization_id AND s.id = f.customer_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.collection_forget_outlooks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.collection_standing s SET slow = NULL, likely_on = NULL, foretold_on = NULL
    FROM changed f WHERE s.organization_id = f.organization_id AND s.id = f.customer_id;
    RETURN NULL;
END $$;

CREATE TRIGGER keep_outlooks_added AFTER INSERT ON risk_customer_outlook REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION public.collection_keep_outlooks();
CREATE TRIGGER keep_outlooks_changed AFTER UPDATE ON risk_customer_outlook REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION public.collection_keep_outlooks();
CREATE TRIGGER forget_outlooks AFTER DELETE ON risk_customer_outlook REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION public.collection_forget_outlooks();

UPDATE collection_standing s SET slow = f.slow, likely_on = f.likely_on, foretold_on = f.as_of_on
FROM risk_customer_outlook f WHERE s.organization_id = f.organization_id AND s.id = f.customer_id;

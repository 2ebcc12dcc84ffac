-- What credit guarantees whoever writes: a temporary limit lasts 90 days at most, and what was reserved, limited or
-- held stays with its customer and its reference.

ALTER TABLE credit_limit ADD CONSTRAINT temporary_limit_lasts_90_days
    CHECK (kind <> 'temporary' OR ends_on - starts_on < 90);

CREATE OR REPLACE FUNCTION public.credit_act_is_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM (SELECT DISTINCT organization_id, act_id FROM added) n
        JOIN public.audit_act a ON a.organization_id = n.organization_id AND a.id = n.act_id
        WHERE a.recorded_at IS NULL
    ) < (SELECT count(DISTINCT (organization_id, act_id)) FROM added) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_joins_an_open_act',
            MESSAGE = 'credit is given and taken by an act that is not recorded yet';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER credit_limit_act_is_open AFTER INSERT ON credit_limit
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.credit_act_is_open();
CREATE TRIGGER credit_security_act_is_open AFTER INSERT ON credit_security
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.credit_act_is_open();
CREATE TRIGGER credit_reservation_act_is_open AFTER INSERT ON credit_reservation
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.credit_act_is_open();
CREATE TRIGGER credit_manual_hold_act_is_open AFTER INSERT ON credit_manual_hold
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.credit_act_is_open();
CREATE TRIGGER credit_order_hold_act_is_open AFTER INSERT ON credit_order_hold
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.credit_act_is_open();

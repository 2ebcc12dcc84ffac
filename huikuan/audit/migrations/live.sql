-- Open pages of an organization hear of an act when it is committed: "<organization> <kind of act>".

CREATE OR REPLACE FUNCTION public.audit_announce() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('huikuan_live', NEW.organization_id || ' ' || NEW.kind);
    RETURN NULL;
END $$;

CREATE TRIGGER announce AFTER UPDATE OF recorded_at ON audit_act
    FOR EACH ROW EXECUTE FUNCTION public.audit_announce();

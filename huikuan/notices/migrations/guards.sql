-- Notes join only the act that is being recorded.
CREATE TRIGGER a_open_act AFTER INSERT ON notices_note REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();

-- Open pages of the recipient hear of a notice when it is committed: "<organization> notice <member>".
CREATE OR REPLACE FUNCTION public.notices_announce() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('huikuan_live', NEW.organization_id || ' notice ' || NEW.recipient_id);
    RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT ON notices_notice
    FOR EACH ROW EXECUTE FUNCTION public.notices_announce();

-- Whoever could read customers before there were notes may write notes on them.
UPDATE organizations_role SET permissions = permissions || '["note.write"]'::jsonb
WHERE permissions @> '["customer.read"]'::jsonb AND NOT permissions @> '["note.write"]'::jsonb;

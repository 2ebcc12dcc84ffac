-- Files join only the act that is being recorded, and are removed once.
CREATE TRIGGER a_open_act AFTER INSERT ON files_attached_file REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();

CREATE OR REPLACE FUNCTION public.files_remove_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.removed_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'file_is_removed_once',
            MESSAGE = 'a removed file stays as it is';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER removed_once BEFORE UPDATE ON files_attached_file
    FOR EACH ROW EXECUTE FUNCTION public.files_remove_once();

-- Whoever could see contacts or record receipts before there were files may attach them.
UPDATE organizations_role SET permissions = permissions || '["file.write"]'::jsonb
WHERE (permissions @> '["customer.contact"]'::jsonb OR permissions @> '["receipt.record"]'::jsonb)
  AND NOT permissions @> '["file.write"]'::jsonb;

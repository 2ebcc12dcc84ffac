-- The trail is only added to, and only by the act that is being recorded.

CREATE OR REPLACE FUNCTION public.audit_require_open_act() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1
        FROM (SELECT DISTINCT organization_id, act_id FROM added) n
        LEFT JOIN public.audit_act a ON a.organization_id = n.organization_id AND a.id = n.act_id
        WHERE a.id IS NULL OR a.recorded_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'rows_join_only_an_open_act',
            MESSAGE = TG_TABLE_NAME || ': rows are added only by the act that is being recorded';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.audit_record_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.recorded_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'act_is_recorded_once',
            MESSAGE = 'a recorded act does not change';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION public.audit_clock_only_advances() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.ticked_at <= OLD.ticked_at THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'clock_only_advances',
            MESSAGE = 'the ledger clock only advances';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_open_act AFTER INSERT ON audit_event REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER recorded_once BEFORE UPDATE ON audit_act
    FOR EACH ROW EXECUTE FUNCTION public.audit_record_once();
CREATE TRIGGER only_advances BEFORE UPDATE ON audit_clock
    FOR EACH ROW EXECUTE FUNCTION public.audit_clock_only_advances();

-- What policies guarantee whoever writes: what a version says stays as it was once it has a first day, so that an
-- action can always be explained by its step; and every row joins an act that is not recorded yet.

CREATE OR REPLACE FUNCTION public.collection_version_stays() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.starts_on IS NOT NULL AND (
        TG_OP = 'DELETE' OR (to_jsonb(NEW) - 'ends_on') IS DISTINCT FROM (to_jsonb(OLD) - 'ends_on')
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'policy_version_in_force_stays',
            MESSAGE = 'a version that was put in force is not changed';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION public.collection_version_is_draft() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    IF TG_OP = 'DELETE' THEN r := OLD; ELSE r := NEW; END IF;
    IF EXISTS (
        SELECT FROM public.collection_policy_version v
        WHERE v.organization_id = r.organization_id AND v.id = r.version_id AND v.starts_on IS NOT NULL
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'policy_version_in_force_stays',
            MESSAGE = 'a version that was put in force is not changed';
    END IF;
    RETURN r;
END $$;

CREATE TRIGGER collection_version_stays BEFORE UPDATE OR DELETE ON collection_policy_version
    FOR EACH ROW EXECUTE FUNCTION public.collection_version_stays();
CREATE TRIGGER collection_step_of_a_draft BEFORE INSERT OR UPDATE OR DELETE ON collection_policy_step
    FOR EACH ROW EXECUTE FUNCTION public.collection_version_is_draft();
CREATE TRIGGER collection_scope_of_a_draft BEFORE INSERT OR UPDATE OR DELETE ON collection_policy_scope
    FOR EACH ROW EXECUTE FUNCTION public.collection_version_is_draft();

CREATE TRIGGER collection_policy_act_is_open AFTER INSERT ON collection_policy
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_act_is_open();
CREATE TRIGGER collection_version_act_is_open AFTER INSERT ON collection_policy_version
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_act_is_open();
CREATE TRIGGER collection_calendar_act_is_open AFTER INSERT ON collection_calendar_day
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_act_is_open();
CREATE TRIGGER collection_pause_act_is_open AFTER INSERT ON collection_pause
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_act_is_open();
CREATE TRIGGER collection_run_act_is_open AFTER INSERT ON collection_run
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_act_is_open();
CREATE TRIGGER collection_action_act_is_open AFTER INSERT ON collection_action
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_act_is_open();

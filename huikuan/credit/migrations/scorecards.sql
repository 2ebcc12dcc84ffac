-- What was ever in force is not changed afterwards: a version only goes on from draft to active to retired, and its
-- definition and first day stay once it left the draft. Facts, assessments and grades set by hand join an open act.

CREATE OR REPLACE FUNCTION public.credit_version_goes_on() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM before b
        JOIN after a ON a.organization_id = b.organization_id AND a.id = b.id
        WHERE (b.state <> 'draft' AND (
                  a.definition IS DISTINCT FROM b.definition OR a.starts_on IS DISTINCT FROM b.starts_on
                  OR a.state = 'draft' OR (b.state = 'retired' AND (a.state <> 'retired' OR a.ends_on <> b.ends_on))))
           OR a.segment <> b.segment OR a.number <> b.number
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'scorecard_in_force_never_changes',
            MESSAGE = 'a version of a scorecard that was in force is not changed';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER credit_scorecard_version_goes_on AFTER UPDATE ON credit_scorecard_version
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION public.credit_version_goes_on();
CREATE TRIGGER credit_customer_fact_act_is_open AFTER INSERT ON credit_customer_fact
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.credit_act_is_open();
CREATE TRIGGER credit_assessment_act_is_open AFTER INSERT ON credit_assessment
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.credit_act_is_open();
CREATE TRIGGER credit_grade_override_act_is_open AFTER INSERT ON credit_grade_override
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.credit_act_is_open();

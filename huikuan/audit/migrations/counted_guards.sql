-- Counted instead of asked with EXISTS, so that the acts are found by their keys: ledger/migrations/counted_guards.sql
-- says why.

CREATE OR REPLACE FUNCTION public.audit_require_open_act() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM (SELECT DISTINCT organization_id, act_id FROM added) n
        LEFT JOIN public.audit_act a ON a.organization_id = n.organization_id AND a.id = n.act_id
        WHERE a.id IS NULL OR a.recorded_at IS NOT NULL
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'rows_join_only_an_open_act',
            MESSAGE = TG_TABLE_NAME || ': rows are added only by the act that is being recorded';
    END IF;
    RETURN NULL;
END $$;

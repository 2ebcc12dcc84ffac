-- What a line of a statement guarantees: uses never come to more than it, nor to less than nothing, whoever writes
-- them (`line_is_used_once`); what undoes a use takes back exactly that use.

CREATE OR REPLACE FUNCTION public.cash_apply_uses() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM added n
        LEFT JOIN public.cash_line_use u ON u.organization_id = n.organization_id AND u.id = n.undoes_id
        WHERE n.undoes_id IS NOT NULL
          AND (u.line_id <> n.line_id OR u.amount <> -n.amount OR u.undoes_id IS NOT NULL)
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'undoing_takes_back_the_use',
            MESSAGE = 'what undoes a use is of its line and amount';
    END IF;
    UPDATE public.cash_statement_line l SET used = l.used + s.amount
    FROM (
        SELECT organization_id, line_id, sum(amount) AS amount FROM added GROUP BY organization_id, line_id
    ) s
    WHERE l.organization_id = s.organization_id AND l.id = s.line_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.cash_lines_start_unused() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM added WHERE used <> 0) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_start_unused',
            MESSAGE = 'nothing is used of a line that is only being imported';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER a_open_act AFTER INSERT ON cash_statement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON cash_statement_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON cash_line_use REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON cash_remittance_advice REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON cash_receipt_claim REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON cash_bank_reconciliation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER b_start_unused AFTER INSERT ON cash_statement_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.cash_lines_start_unused();
CREATE TRIGGER b_apply AFTER INSERT ON cash_line_use REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.cash_apply_uses();

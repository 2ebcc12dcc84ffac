-- A document that a line of a statement was used for is undone with the use, not under it.

CREATE OR REPLACE FUNCTION public.cash_line_rests_on_document() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT u.organization_id, u.id FROM public.cash_line_use u
            WHERE u.organization_id = NEW.organization_id AND u.document_id = NEW.id AND u.undoes_id IS NULL
              AND u.unidentified_id IS NULL
            UNION ALL
            SELECT u.organization_id, u.id FROM public.cash_line_use u
            WHERE u.organization_id = NEW.organization_id AND u.act_id = NEW.act_id AND u.undoes_id IS NULL
              AND u.settled_with -> 'documents' ? NEW.id::text
        ) resting
        WHERE NOT EXISTS (
            SELECT FROM public.cash_line_use x
            WHERE x.organization_id = resting.organization_id AND x.undoes_id = resting.id
        )
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'line_rests_on_its_document',
            MESSAGE = 'the document of a line of a statement is undone with its use';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER cash_line_rests_on_it BEFORE UPDATE OF voided_by_id ON ledger_document
    FOR EACH ROW WHEN (OLD.voided_by_id IS NULL) EXECUTE FUNCTION public.cash_line_rests_on_document();

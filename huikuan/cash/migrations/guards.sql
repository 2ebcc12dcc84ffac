-- What bills guarantee whoever writes: events follow each other, a bill's state is that of its last event, and a
-- document on which a bill, a factoring or VAT that fell due rests is not voided under it.

CREATE OR REPLACE FUNCTION public.cash_events_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM (
            SELECT e.position, e.state, e.effective_on,
                   row_number() OVER events AS place,
                   lag(e.state) OVER events AS state_before,
                   lag(e.effective_on) OVER events AS day_before
            FROM (SELECT DISTINCT organization_id, bill_id FROM added) n
            JOIN public.cash_bill_event e ON e.organization_id = n.organization_id AND e.bill_id = n.bill_id
            WINDOW events AS (PARTITION BY e.organization_id, e.bill_id ORDER BY e.position)
        ) history
        WHERE position <> place OR effective_on < day_before
           OR NOT (coalesce(state_before, ''), state) IN (
                ('', 'held'),
                ('held', 'split'), ('held', 'endorsed'), ('held', 'discounted'), ('held', 'collected'),
                ('held', 'dishonoured'), ('held', 'withdrawn'),
                ('endorsed', 'settled'), ('endorsed', 'dishonoured'),
                ('discounted', 'settled'), ('discounted', 'dishonoured'))
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'bill_events_follow_each_other',
            MESSAGE = 'an event follows the one before it, in order and time, from a state that allows it';
    END IF;
    UPDATE public.cash_bill b SET state = last.state
    FROM (
        SELECT DISTINCT ON (organization_id, bill_id) organization_id, bill_id, state
        FROM added ORDER BY organization_id, bill_id, position DESC
    ) last
    WHERE b.organization_id = last.organization_id AND b.id = last.bill_id AND b.state <> last.state;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.cash_rests_on_document() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM public.cash_bill b
        WHERE b.organization_id = NEW.organization_id AND b.document_id = NEW.id AND b.state <> 'withdrawn'
    ) OR EXISTS (
        SELECT FROM public.cash_bill_event e
        WHERE e.organization_id = NEW.organization_id AND e.document_id = NEW.id AND e.state = 'dishonoured'
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'bill_rests_on_its_document',
            MESSAGE = 'the document of a bill is undone by withdrawing the bill';
    END IF;
    IF EXISTS (
        SELECT FROM public.cash_vat_due v
        WHERE v.organization_id = NEW.organization_id AND v.document_id = NEW.id
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'vat_rests_on_its_document',
            MESSAGE = 'an invoice whose VAT fell due is corrected by a credit note';
    END IF;
    IF EXISTS (
        SELECT FROM public.cash_factored_item f
        WHERE f.organization_id = NEW.organization_id AND f.document_id = NEW.id
    ) OR EXISTS (
        SELECT FROM public.cash_factoring_payment p
        JOIN public.cash_factored_item f ON f.organization_id = p.organization_id AND f.id = p.factored_item_id
        JOIN public.ledger_open_item i ON i.organization_id = f.organization_id AND i.id = f.item_id
        WHERE p.organization_id = NEW.organization_id AND p.document_id = NEW.id
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'factoring_rests_on_its_document',
            MESSAGE = 'a document of a factoring stays';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_open_act AFTER INSERT ON cash_bill REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON cash_bill_event REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON cash_factoring REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON cash_factoring_payment REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON cash_unidentified_receipt REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON cash_vat_due REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER events_follow AFTER INSERT ON cash_bill_event REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.cash_events_follow();
CREATE TRIGGER cash_rests_on_it BEFORE UPDATE OF voided_by_id ON ledger_document
    FOR EACH ROW WHEN (OLD.voided_by_id IS NULL) EXECUTE FUNCTION public.cash_rests_on_document();

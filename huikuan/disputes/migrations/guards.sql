-- What disputes guarantee whoever writes them: the open ones of an item never come to more than it, each ends once and
-- says nothing else than before, and with the item that is settled they end; if that is undone, they are open again.

CREATE OR REPLACE FUNCTION public.disputes_within_item() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- The locks make two people who dispute one item wait for each other.
    PERFORM FROM public.ledger_open_item i
    WHERE (i.organization_id, i.id) IN (SELECT organization_id, item_id FROM added)
    ORDER BY i.id FOR NO KEY UPDATE;
    IF (
        SELECT count(*)
        FROM (SELECT DISTINCT organization_id, item_id FROM added) n
        JOIN public.ledger_open_item i ON i.organization_id = n.organization_id AND i.id = n.item_id
        WHERE i.amount < (
            SELECT sum(d.amount) FROM public.disputes_dispute d
            WHERE d.organization_id = n.organization_id AND d.item_id = n.item_id AND d.state = 'open'
        )
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'disputed_never_above_item',
            MESSAGE = 'what is in dispute of an item is at most its amount';
    END IF;
    IF (
        SELECT count(*)
        FROM added n
        LEFT JOIN public.ledger_open_item i ON i.organization_id = n.organization_id AND i.id = n.item_id
        WHERE i.id IS NULL OR i.side <> 1 OR i.currency <> n.currency OR i.customer_id <> n.customer_id
           OR n.state <> 'open' OR n.ended_by_itself
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_is_about_a_debit',
            MESSAGE = 'a dispute opens on something its customer owes, in its currency';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.disputes_end_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state <> 'open' AND NOT (OLD.ended_by_itself AND NEW.state = 'open') THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_ends_once',
            MESSAGE = 'a dispute that ended stays as it ended';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION public.disputes_follow_items() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH settled AS (
        SELECT n.organization_id, n.debit_item_id AS item_id, (array_agg(n.act_id))[1] AS act_id,
               max(n.effective_on) AS effective_on, bool_or(c.kind = 'credit_note') AS credited
        FROM added n
        JOIN public.disputes_dispute d ON d.organization_id = n.organization_id
            AND d.item_id = n.debit_item_id AND d.state = 'open'
        JOIN public.ledger_open_item i ON i.organization_id = n.organization_id AND i.id = n.debit_item_id
        JOIN public.ledger_open_item o ON o.organization_id = n.organization_id AND o.id = n.credit_item_id
        JOIN public.ledger_document c ON c.organization_id = o.organization_id AND c.id = o.document_id
        WHERE i.open_amount = 0
        GROUP BY n.organization_id, n.debit_item_id
    ), ended AS (
        UPDATE public.disputes_dispute d
        SET state = CASE WHEN s.credited THEN 'credited' ELSE 'settled' END, ended_act_id = s.act_id,
            ended_on = greatest(s.effective_on, d.opened_on), ended_by_itself = true
        FROM settled s
        WHERE d.organization_id = s.organization_id AND d.item_id = s.item_id AND d.state = 'open'
        RETURNING d.*
    )
    INSERT INTO public.audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT organization_id, uuidv7(), ended_act_id, 'dispute_ended', 'dispute', id, number,
           jsonb_build_object('state', state, 'on', ended_on, 'outcome', outcome)
    FROM ended;

    -- Undone, what ended with it is open again, unless something else was said of the item since.
    WITH freed AS (
        SELECT d.organization_id, d.id, (array_agg(n.act_id))[1] AS act_id
        FROM added n
        JOIN public.disputes_dispute d ON d.organization_id = n.organization_id
            AND d.item_id = n.debit_item_id AND d.ended_by_itself
        JOIN public.ledger_open_item i ON i.organization_id = n.organization_id AND i.id = n.debit_item_id
        JOIN public.ledger_allocation a ON a.organization_id = n.organization_id AND a.id = n.reverses_id
            AND a.act_id = d.ended_act_id
        WHERE i.open_amount > 0 AND NOT EXISTS (
            SELECT FROM public.disputes_dispute x
            WHERE x.organization_id = d.organization_id AND x.item_id = d.item_id AND x.state = 'open'
        )
        GROUP BY d.organization_id, d.id
    ), reopened AS (
        UPDATE public.disputes_dispute d
        SET state = 'open', ended_act_id = NULL, ended_on = NULL, ended_by_itself = false
        FROM freed f
        WHERE d.organization_id = f.organization_id AND d.id = f.id
        RETURNING d.organization_id, d.id, d.number, f.act_id
    )
    INSERT INTO public.audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT organization_id, uuidv7(), act_id, 'dispute_reopened', 'dispute', id, number, '{}'::jsonb
    FROM reopened;
    RETURN NULL;
END $$;

CREATE TRIGGER a_open_act AFTER INSERT ON disputes_dispute REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER b_within_item AFTER INSERT ON disputes_dispute REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.disputes_within_item();
CREATE TRIGGER ends_once BEFORE UPDATE ON disputes_dispute
    FOR EACH ROW EXECUTE FUNCTION public.disputes_end_once();
CREATE TRIGGER d_disputes AFTER INSERT ON ledger_allocation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.disputes_follow_items();

-- What the ledger guarantees whoever writes: statement triggers over the rows a statement added.
-- Each function touches one organization's rows only, reads qualified names, and defers nothing. Temporary
-- objects come last in their search path: else the caller's own could run with the owner's rights.

CREATE OR REPLACE FUNCTION public.ledger_items_start_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added WHERE open_amount <> amount OR open_base <> base_amount) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'items_start_fully_open',
            MESSAGE = 'an open item starts with its whole amount open';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.ledger_require_open_period() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    shut record;
BEGIN
    INSERT INTO public.ledger_period (organization_id, id, month)
    SELECT n.organization_id, uuidv7(), n.month
    FROM (SELECT DISTINCT organization_id, date_trunc('month', effective_on)::date AS month FROM added) n
    WHERE NOT EXISTS (
        SELECT 1 FROM public.ledger_period p
        WHERE p.organization_id = n.organization_id AND p.month = n.month
    )
    ORDER BY n.month
    ON CONFLICT (organization_id, month) DO NOTHING;
    -- The share lock waits for a closing in progress, and makes a later one wait for us.
    FOR shut IN
        SELECT p.month, p.closed_at
        FROM public.ledger_period p
        JOIN (SELECT DISTINCT organization_id, date_trunc('month', effective_on)::date AS month FROM added) n
          ON p.organization_id = n.organization_id AND p.month = n.month
        ORDER BY p.month
        FOR SHARE OF p
    LOOP
        IF shut.closed_at IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'period_is_open',
                MESSAGE = 'the period is closed', DETAIL = to_char(shut.month, 'YYYY-MM');
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.ledger_lines_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    broken record;
BEGIN
    SELECT n.debit <> n.credit AS unbalanced, e.id IS NULL AS missing INTO broken
    FROM (
        SELECT organization_id, entry_id, sum(debit) AS debit, sum(credit) AS credit
        FROM added GROUP BY organization_id, entry_id
    ) n
    LEFT JOIN public.ledger_journal_entry e ON e.organization_id = n.organization_id AND e.id = n.entry_id
    LEFT JOIN public.audit_act a ON a.organization_id = e.organization_id AND a.id = e.act_id
    WHERE n.debit <> n.credit OR e.id IS NULL OR a.recorded_at IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        IF broken.missing THEN
            RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'line_has_an_entry',
                MESSAGE = 'a line belongs to an entry of its organization';
        ELSIF broken.unbalanced THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances',
                MESSAGE = 'the debits and credits of an entry are equal';
        END IF;
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'rows_join_only_an_open_act',
            MESSAGE = 'a posted entry takes no further lines';
    END IF;
    IF EXISTS (
        SELECT 1
        FROM (SELECT DISTINCT organization_id, account_id FROM added) n
        LEFT JOIN public.ledger_account k ON k.organization_id = n.organization_id AND k.id = n.account_id
        WHERE k.id IS NULL
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'line_has_an_account',
            MESSAGE = 'a line names an account of its organization';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.ledger_apply_allocations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1
        FROM added n
        JOIN public.ledger_open_item d ON d.organization_id = n.organization_id AND d.id = n.debit_item_id
        JOIN public.ledger_open_item c ON c.organization_id = n.organization_id AND c.id = n.credit_item_id
        WHERE n.reverses_id IS NULL
          AND (d.side <> 1 OR c.side <> -1 OR d.currency <> c.currency
               OR n.effective_on < d.document_on OR n.effective_on < c.document_on)
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_joins_debit_and_credit',
            MESSAGE = 'an allocation joins a debit and a credit of one currency, not before either document';
    END IF;
    IF EXISTS (
        SELECT 1
        FROM added n
        JOIN public.ledger_allocation o ON o.organization_id = n.organization_id AND o.id = n.reverses_id
        WHERE o.reverses_id IS NOT NULL OR n.effective_on < o.effective_on
           OR n.debit_item_id <> o.debit_item_id OR n.credit_item_id <> o.credit_item_id
           OR n.amount <> -o.amount OR n.debit_base <> -o.debit_base OR n.credit_base <> -o.credit_base
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_mirrors_its_allocation',
            MESSAGE = 'a reversal mirrors its allocation and is not dated before it';
    END IF;

    WITH moved AS (
        SELECT organization_id, item_id, sum(amount) AS amount, sum(base) AS base
        FROM (
            SELECT organization_id, debit_item_id AS item_id, amount, debit_base AS base FROM added
            UNION ALL
            SELECT organization_id, credit_item_id, amount, credit_base FROM added
        ) sides
        GROUP BY organization_id, item_id
    )
    UPDATE public.ledger_open_item i
    SET open_amount = i.open_amount - moved.amount, open_base = i.open_base - moved.base
    FROM moved
    WHERE i.organization_id = moved.organization_id AND i.id = moved.item_id;

    -- The balance stays between zero and the amount on every effective date, not only today.
    IF EXISTS (
        SELECT 1
        FROM (
            SELECT a.organization_id, a.debit_item_id AS item_id,
                   sum(a.amount) OVER (PARTITION BY a.organization_id, a.debit_item_id ORDER BY a.effective_on) AS settled
            FROM (SELECT DISTINCT organization_id, debit_item_id FROM added) n
            JOIN public.ledger_allocation a
              ON a.organization_id = n.organization_id AND a.debit_item_id = n.debit_item_id
            UNION ALL
            SELECT a.organization_id, a.credit_item_id,
                   sum(a.amount) OVER (PARTITION BY a.organization_id, a.credit_item_id ORDER BY a.effective_on)
            FROM (SELECT DISTINCT organization_id, credit_item_id FROM added) n
            JOIN public.ledger_allocation a
              ON a.organization_id = n.organization_id AND a.credit_item_id = n.credit_item_id
        ) running
        JOIN public.ledger_open_item i ON i.organization_id = running.organization_id AND i.id = running.item_id
        WHERE running.settled > i.amount OR running.settled < 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'open_amount_never_negative',
            MESSAGE = 'an item would be settled beyond its amount on some date';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.ledger_void_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.voided_by_id IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'document_is_voided_once',
            MESSAGE = 'a voided document does not change';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_open_act AFTER INSERT ON ledger_document REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON ledger_open_item REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON ledger_item_change REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON ledger_allocation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON ledger_journal_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER b_start_open AFTER INSERT ON ledger_open_item REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_items_start_open();
CREATE TRIGGER b_open_period AFTER INSERT ON ledger_journal_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_require_open_period();
CREATE TRIGGER b_open_period AFTER INSERT ON ledger_allocation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_require_open_period();
CREATE TRIGGER c_apply AFTER INSERT ON ledger_allocation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_apply_allocations();
CREATE TRIGGER b_balance AFTER INSERT ON ledger_journal_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_lines_balance();
CREATE TRIGGER voided_once BEFORE UPDATE OF voided_by_id ON ledger_document
    FOR EACH ROW EXECUTE FUNCTION public.ledger_void_once();

-- The checks of guards.sql that join the added rows to a large table, planned for the usual case: nothing is found.
-- EXISTS and LIMIT 1 are planned for a first row that comes at once; where most rows were expected to match, that
-- was a scan of the whole table for every added row (90 seconds for 20,000 allocations). What is counted is
-- planned to be read to its end, by the keys.

CREATE OR REPLACE FUNCTION public.ledger_lines_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    broken record;
BEGIN
    SELECT bool_or(e.id IS NULL) AS missing, bool_or(n.debit <> n.credit) AS unbalanced,
           bool_or(a.recorded_at IS NOT NULL) AS posted INTO broken
    FROM (
        SELECT organization_id, entry_id, sum(debit) AS debit, sum(credit) AS credit
        FROM added GROUP BY organization_id, entry_id
    ) n
    LEFT JOIN public.ledger_journal_entry e ON e.organization_id = n.organization_id AND e.id = n.entry_id
    LEFT JOIN public.audit_act a ON a.organization_id = e.organization_id AND a.id = e.act_id;
    IF broken.missing THEN
        RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'line_has_an_entry',
            MESSAGE = 'a line belongs to an entry of its organization';
    ELSIF broken.unbalanced THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances',
            MESSAGE = 'the debits and credits of an entry are equal';
    ELSIF broken.posted THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'rows_join_only_an_open_act',
            MESSAGE = 'a posted entry takes no further lines';
    END IF;
    IF (
        SELECT count(*)
        FROM (SELECT DISTINCT organization_id, account_id FROM added) n
        LEFT JOIN public.ledger_account k ON k.organization_id = n.organization_id AND k.id = n.account_id
        WHERE k.id IS NULL
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'line_has_an_account',
            MESSAGE = 'a line names an account of its organization';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.ledger_apply_allocations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM added n
        JOIN public.ledger_open_item d ON d.organization_id = n.organization_id AND d.id = n.debit_item_id
        JOIN public.ledger_open_item c ON c.organization_id = n.organization_id AND c.id = n.credit_item_id
        WHERE n.reverses_id IS NULL
          AND (d.side <> 1 OR c.side <> -1 OR d.currency <> c.currency
               OR n.effective_on < d.document_on OR n.effective_on < c.document_on)
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_joins_debit_and_credit',
            MESSAGE = 'an allocation joins a debit and a credit of one currency, not before either document';
    END IF;
    IF (
        SELECT count(*)
        FROM added n
        JOIN public.ledger_allocation o ON o.organization_id = n.organization_id AND o.id = n.reverses_id
        WHERE o.reverses_id IS NOT NULL OR n.effective_on < o.effective_on
           OR n.debit_item_id <> o.debit_item_id OR n.credit_item_id <> o.credit_item_id
           OR n.amount <> -o.amount OR n.debit_base <> -o.debit_base OR n.credit_base <> -o.credit_base
    ) > 0 THEN
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
    IF (
        SELECT count(*)
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
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'open_amount_never_negative',
            MESSAGE = 'an item would be settled beyond its amount on some date';
    END IF;
    RETURN NULL;
END $$;

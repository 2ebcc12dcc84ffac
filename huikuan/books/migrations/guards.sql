-- What the vouchers guarantee whoever writes. A posted voucher does not change and does not go; entries join
-- and leave only a voucher that is not posted, of their own month.

CREATE OR REPLACE FUNCTION public.books_posted_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_voucher_stays',
        MESSAGE = 'a posted voucher does not change; it is corrected by a red one';
END $$;

CREATE OR REPLACE FUNCTION public.books_entries_join() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    broken record;
BEGIN
    SELECT bool_or(v.id IS NULL OR e.id IS NULL) AS missing, bool_or(v.state = 'posted') AS posted,
           bool_or(date_trunc('month', e.effective_on)::date <> v.month) AS elsewhere INTO broken
    FROM added n
    LEFT JOIN public.books_voucher v ON v.organization_id = n.organization_id AND v.id = n.voucher_id
    LEFT JOIN public.ledger_journal_entry e ON e.organization_id = n.organization_id AND e.id = n.entry_id;
    IF broken.missing THEN
        RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'voucher_groups_entries',
            MESSAGE = 'a voucher groups entries of its organization';
    ELSIF broken.posted THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_voucher_stays',
            MESSAGE = 'a posted voucher takes no further entries';
    ELSIF broken.elsewhere THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_of_one_month',
            MESSAGE = 'entries and voucher are of one month';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.books_entries_leave() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM (SELECT DISTINCT organization_id, voucher_id FROM removed) n
        JOIN public.books_voucher v ON v.organization_id = n.organization_id AND v.id = n.voucher_id
        WHERE v.state = 'posted'
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_voucher_stays',
            MESSAGE = 'nothing leaves a posted voucher';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.books_lines_join() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM (SELECT DISTINCT organization_id, voucher_id FROM added) n
        JOIN public.books_voucher v ON v.organization_id = n.organization_id AND v.id = n.voucher_id
        WHERE v.state = 'posted'
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_voucher_stays',
            MESSAGE = 'a posted voucher takes no further lines';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER a_open_act AFTER INSERT ON books_voucher REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER posted_stays BEFORE UPDATE ON books_voucher
    FOR EACH ROW WHEN (OLD.state = 'posted') EXECUTE FUNCTION public.books_posted_stays();
CREATE TRIGGER posted_is_kept BEFORE DELETE ON books_voucher
    FOR EACH ROW WHEN (OLD.state = 'posted') EXECUTE FUNCTION public.books_posted_stays();
CREATE TRIGGER entries_join AFTER INSERT ON books_voucher_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.books_entries_join();
CREATE TRIGGER entries_leave AFTER DELETE ON books_voucher_entry REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION public.books_entries_leave();
CREATE TRIGGER lines_join AFTER INSERT ON books_voucher_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.books_lines_join();
CREATE TRIGGER lines_leave AFTER DELETE ON books_voucher_line REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION public.books_entries_leave();

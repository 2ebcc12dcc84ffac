-- What statements guarantee whoever writes: each says what it says for ever, follows the one before it without a gap and
-- with its closing balance, and goes its way once.

CREATE FUNCTION public.statements_digest() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.digest := encode(sha256(convert_to(NEW.content::text, 'UTF8')), 'hex');
    RETURN NEW;
END $$;

CREATE FUNCTION public.statements_findings_digest() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.digest := encode(sha256(convert_to(NEW.findings::text, 'UTF8')), 'hex');
    RETURN NEW;
END $$;

CREATE FUNCTION public.statements_follow_each_other() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM added n
        LEFT JOIN public.statements_statement p ON p.organization_id = n.organization_id AND p.id = n.previous_id
        WHERE n.state <> 'drafted' OR n.answered_on IS NOT NULL OR n.sent_on IS NOT NULL
           OR (p.id IS NOT NULL AND (
                  p.customer_id <> n.customer_id OR p.currency <> n.currency OR p.state = 'withdrawn'
                  OR p.closing <> n.opening OR n.starts_on <> p.ends_on + 1))
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_opens_as_the_last_closed',
            MESSAGE = 'a statement opens on the day after the one before, with its closing balance';
    END IF;
    IF (
        SELECT count(*)
        FROM added n
        JOIN public.statements_statement s
            ON s.organization_id = n.organization_id AND s.customer_id = n.customer_id AND s.currency = n.currency
           AND s.state <> 'withdrawn' AND s.id <> n.id
        WHERE s.ends_on >= n.starts_on OR (n.previous_id IS NULL OR s.ends_on > (
            SELECT p.ends_on FROM public.statements_statement p
            WHERE p.organization_id = n.organization_id AND p.id = n.previous_id))
    ) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_follows_the_last',
            MESSAGE = 'a statement follows the last one of its customer and currency';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.statements_go_their_way() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('drafted', 'sent'), ('drafted', 'withdrawn'), ('sent', 'confirmed'), ('sent', 'differing'), ('sent', 'withdrawn'),
        ('differing', 'confirmed'), ('differing', 'withdrawn')
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_goes_its_way_once',
            MESSAGE = 'a statement is drafted, sent and answered; what was confirmed or withdrawn stays so';
    END IF;
    IF OLD.state IN ('confirmed', 'withdrawn') AND NEW IS DISTINCT FROM OLD
        OR OLD.sent_on IS NOT NULL
           AND (NEW.sent_on, NEW.sent_by, NEW.sent_by_name) IS DISTINCT FROM (OLD.sent_on, OLD.sent_by, OLD.sent_by_name)
        OR OLD.file_id IS NOT NULL AND NEW.file_id IS DISTINCT FROM OLD.file_id
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_stays_as_it_is',
            MESSAGE = 'what was sent and answered stays as it is';
    END IF;
    IF (OLD.content, OLD.digest, OLD.number, OLD.customer_id, OLD.currency, OLD.starts_on, OLD.ends_on, OLD.opening,
        OLD.earlier, OLD.moved, OLD.closing, OLD.known_at, OLD.previous_id, OLD.batch_id) IS DISTINCT FROM
       (NEW.content, NEW.digest, NEW.number, NEW.customer_id, NEW.currency, NEW.starts_on, NEW.ends_on, NEW.opening,
        NEW.earlier, NEW.moved, NEW.closing, NEW.known_at, NEW.previous_id, NEW.batch_id)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_says_what_it_said',
            MESSAGE = 'what a statement says never changes';
    END IF;
    IF NEW.state = 'withdrawn' AND OLD.state <> 'withdrawn' AND EXISTS (
        SELECT FROM public.statements_statement s
        WHERE s.organization_id = NEW.organization_id AND s.previous_id = NEW.id AND s.state <> 'withdrawn'
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'last_statement_is_withdrawn_first',
            MESSAGE = 'a later statement opens with what this one closed with';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_digest BEFORE INSERT ON statements_statement
    FOR EACH ROW EXECUTE FUNCTION public.statements_digest();
CREATE TRIGGER a_digest BEFORE INSERT ON statements_reconciliation
    FOR EACH ROW EXECUTE FUNCTION public.statements_findings_digest();
CREATE TRIGGER a_open_act AFTER INSERT ON statements_statement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON statements_answer REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON statements_reconciliation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON statements_difference REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER b_follow_each_other AFTER INSERT ON statements_statement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.statements_follow_each_other();
CREATE TRIGGER go_their_way BEFORE UPDATE ON statements_statement
    FOR EACH ROW EXECUTE FUNCTION public.statements_go_their_way();

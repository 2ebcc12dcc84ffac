-- What messaging guarantees whoever writes: a message is queued by an act that is not recorded yet, moves only along
-- the allowed ways, and stays sent once it was; a try ends once.

CREATE OR REPLACE FUNCTION public.messaging_act_is_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM (SELECT DISTINCT organization_id, act_id FROM added) n
        JOIN public.audit_act a ON a.organization_id = n.organization_id AND a.id = n.act_id
        WHERE a.recorded_at IS NULL
    ) < (SELECT count(DISTINCT (organization_id, act_id)) FROM added) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'messaging_joins_an_open_act',
            MESSAGE = 'messages are queued and read by an act that is not recorded yet';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.messaging_begins_queued() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM added WHERE state <> 'queued' OR tries <> 0) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'message_begins_queued',
            MESSAGE = 'a message begins in the queue';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.messaging_moves_along_its_ways() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM OLD.state AND NOT (OLD.state || ' ' || NEW.state) = ANY (ARRAY[
        'queued sending', 'queued cancelled', 'queued failed',
        'sending sent', 'sending failed', 'sending unknown', 'sending queued', 'sending cancelled',
        'unknown sent', 'unknown failed', 'unknown queued',
        'failed queued', 'failed sent'
    ]) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'message_moves_along_its_ways',
            MESSAGE = format('a message that is %s does not become %s', OLD.state, NEW.state);
    END IF;
    IF NEW.tries < OLD.tries THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'message_tries_are_kept',
            MESSAGE = 'how often a message was tried never becomes less';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION public.messaging_attempt_ends_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_ends_once',
            MESSAGE = 'a try that ended stays as it ended';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER messaging_message_act_is_open AFTER INSERT ON messaging_message
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.messaging_act_is_open();
CREATE TRIGGER messaging_inbound_act_is_open AFTER INSERT ON messaging_inbound
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.messaging_act_is_open();
CREATE TRIGGER messaging_opt_out_act_is_open AFTER INSERT ON messaging_opt_out
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.messaging_act_is_open();
CREATE TRIGGER messaging_message_begins_queued AFTER INSERT ON messaging_message
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.messaging_begins_queued();
CREATE TRIGGER messaging_message_moves BEFORE UPDATE ON messaging_message
    FOR EACH ROW EXECUTE FUNCTION public.messaging_moves_along_its_ways();
CREATE TRIGGER messaging_attempt_ends BEFORE UPDATE ON messaging_attempt
    FOR EACH ROW EXECUTE FUNCTION public.messaging_attempt_ends_once();

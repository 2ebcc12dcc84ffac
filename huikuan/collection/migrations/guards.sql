-- What collection guarantees whoever writes: a contact, a ruling, a promise and an assignment join an act that is not
-- recorded yet, and what was claimed or promised is said in the same act.

CREATE OR REPLACE FUNCTION public.collection_act_is_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM (SELECT DISTINCT organization_id, act_id FROM added) n
        JOIN public.audit_act a ON a.organization_id = n.organization_id AND a.id = n.act_id
        WHERE a.recorded_at IS NULL
    ) < (SELECT count(DISTINCT (organization_id, act_id)) FROM added) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'collection_joins_an_open_act',
            MESSAGE = 'collection is recorded by an act that is not recorded yet';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.collection_claim_joins_its_contact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM (SELECT DISTINCT organization_id, contact_id FROM added) n
        JOIN public.collection_contact k ON k.organization_id = n.organization_id AND k.id = n.contact_id
        JOIN public.audit_act a ON a.organization_id = k.organization_id AND a.id = k.act_id
        WHERE a.recorded_at IS NULL
    ) < (SELECT count(DISTINCT (organization_id, contact_id)) FROM added) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'claim_is_said_with_its_contact',
            MESSAGE = 'what a contact claimed is recorded with the contact';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.collection_item_joins_its_promise() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*)
        FROM (SELECT DISTINCT organization_id, promise_id FROM added) n
        JOIN public.collection_promise p ON p.organization_id = n.organization_id AND p.id = n.promise_id
        JOIN public.audit_act a ON a.organization_id = p.organization_id AND a.id = p.act_id
        WHERE a.recorded_at IS NULL
    ) < (SELECT count(DISTINCT (organization_id, promise_id)) FROM added) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'item_is_promised_with_its_promise',
            MESSAGE = 'what a promise is about is recorded with the promise';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER collection_contact_act_is_open AFTER INSERT ON collection_contact
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_act_is_open();
CREATE TRIGGER collection_ruling_act_is_open AFTER INSERT ON collection_ruling
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_act_is_open();
CREATE TRIGGER collection_promise_act_is_open AFTER INSERT ON collection_promise
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_act_is_open();
CREATE TRIGGER collection_assignment_act_is_open AFTER INSERT ON collection_assignment
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_act_is_open();
CREATE TRIGGER collection_setting_act_is_open AFTER INSERT ON collection_setting
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_act_is_open();
CREATE TRIGGER collection_claim_joins_its_contact AFTER INSERT ON collection_claim
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_claim_joins_its_contact();
CREATE TRIGGER collection_item_joins_its_promise AFTER INSERT ON collection_promised_item
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collection_item_joins_its_promise();

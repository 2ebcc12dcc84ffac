-- An item's step of a cycle is let go once, and only when its action fell away in all its ways: nothing was said then.

CREATE OR REPLACE FUNCTION public.collection_item_released() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.released_on IS NOT NULL AND NEW.released_on IS DISTINCT FROM OLD.released_on THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'item_is_released_once',
            MESSAGE = 'the step of this item was released already';
    END IF;
    IF NEW.released_on IS NOT NULL AND EXISTS (
        SELECT FROM public.collection_action a
        JOIN public.collection_action w
          ON w.organization_id = a.organization_id AND w.customer_id = a.customer_id AND w."on" = a."on"
         AND w.step_id = a.step_id
        WHERE a.organization_id = NEW.organization_id AND a.id = NEW.action_id
          AND w.state NOT IN ('cancelled', 'skipped')
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'only_what_fell_away_is_released',
            MESSAGE = 'the action of this item did not fall away';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER collection_item_released BEFORE UPDATE OF released_on ON collection_action_item
    FOR EACH ROW EXECUTE FUNCTION public.collection_item_released();

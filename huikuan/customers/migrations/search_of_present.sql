-- The search of search.sql, without customers whose import was undone.

-- `words`: folded (huikuan.core.names.folded), not empty. `salespeople`: whose customers; NULL: all.
-- `place`: 0 the code itself, 1 something begins with the words, 2 holds them, 3 another name holds them.
CREATE OR REPLACE FUNCTION public.customers_found(words text, salespeople uuid[], most integer)
RETURNS TABLE (id uuid, code text, name text, other_name text, place integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    organization uuid := NULLIF(current_setting('app.organization_id', true), '')::uuid;
    literal text := replace(replace(replace(words, '\', '\\'), '%', '\%'), '_', '\_');
    anywhere text := '%' || literal || '%';
    beginning text := '%' || E'\n' || literal || '%';
    -- More candidates than this are not ranked: whoever types so little types on.
    candidates integer := 2000;
BEGIN
    IF organization IS NULL OR words = '' THEN
        RETURN;
    END IF;
    IF length(words) < 3 THEN
        RETURN QUERY
        SELECT found.id, found.code::text, found.name::text, NULL::text, found.place
        FROM (
            SELECT c.id, c.code, c.name, c.sort_key,
                   CASE WHEN lower(c.code) = words THEN 0 WHEN c.search_short LIKE beginning THEN 1 ELSE 2 END AS place
            FROM public.customers_customer c
            WHERE c.organization_id = organization AND c.search_short LIKE anywhere
              AND c.removed_act_id IS NULL
              AND (salespeople IS NULL OR c.salesperson_id = ANY (salespeople))
            LIMIT candidates
        ) found
        ORDER BY found.place, length(found.name), found.sort_key, found.id LIMIT most;
    ELSE
        RETURN QUERY
        SELECT found.id, found.code::text, found.name::text, NULL::text, found.place
        FROM (
            SELECT c.id, c.code, c.name, c.sort_key,
                   CASE WHEN lower(c.code) = words THEN 0 WHEN c.search_long LIKE beginning THEN 1 ELSE 2 END AS place
            FROM public.customers_customer c
            WHERE c.organization_id = organization AND c.search_long LIKE anywhere
              AND c.removed_act_id IS NULL
              AND (salespeople IS NULL OR c.salesperson_id = ANY (salespeople))
            LIMIT candidates
        ) found
        ORDER BY found.place, length(found.name), found.sort_key, found.id LIMIT most;
    END IF;
    RETURN QUERY
    SELECT DISTINCT ON (c.id) c.id, c.code::text, c.name::text, n.name::text, 3
    FROM public.customers_customer_name n
    JOIN public.customers_customer c ON c.organization_id = n.organization_id AND c.id = n.customer_id
    WHERE n.organization_id = organization AND c.organization_id = organization
      AND n.search_name LIKE anywhere
      AND c.removed_act_id IS NULL
      AND (salespeople IS NULL OR c.salesperson_id = ANY (salespeople))
    LIMIT most;
END $$;

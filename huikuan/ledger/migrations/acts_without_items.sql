-- An act that records no document, allocation, revaluation or other due date changes no total, unless a day has passed
-- since what is overdue was counted: it pays next to nothing, which counts because it holds the organization's clock.

CREATE OR REPLACE FUNCTION public.ledger_totals_move(organization uuid, act uuid, known_at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.ledger_document d WHERE d.organization_id = organization AND d.act_id = act)
        OR EXISTS (SELECT FROM public.ledger_allocation a WHERE a.organization_id = organization AND a.act_id = act)
        OR EXISTS (SELECT FROM public.ledger_revaluation r WHERE r.organization_id = organization AND r.act_id = act)
        OR EXISTS (SELECT FROM public.ledger_item_change c WHERE c.organization_id = organization AND c.act_id = act)
        OR NOT EXISTS (
            SELECT FROM public.ledger_overdue_day t
            JOIN public.organizations_organization o ON o.id = organization
            WHERE t.organization_id = organization AND t.counted_until >= (known_at AT TIME ZONE o.time_zone)::date);
END $$;

DROP TRIGGER keep_totals ON audit_act;
CREATE TRIGGER keep_totals AFTER UPDATE OF recorded_at ON audit_act
    FOR EACH ROW
    WHEN (OLD.recorded_at IS NULL AND NEW.recorded_at IS NOT NULL
          AND public.ledger_totals_move(NEW.organization_id, NEW.id, NEW.recorded_at))
    EXECUTE FUNCTION public.ledger_keep_totals();

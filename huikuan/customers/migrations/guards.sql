-- The history of customers is only added to, and only by the act that is being recorded.

CREATE TRIGGER a_open_act AFTER INSERT ON customers_customer_change REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();

-- Requests, decisions and delegations join only the act that is being recorded.
CREATE TRIGGER a_open_act AFTER INSERT ON approvals_request REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON approvals_decision REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();
CREATE TRIGGER a_open_act AFTER INSERT ON approvals_delegation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_require_open_act();

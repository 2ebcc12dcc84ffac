"""Payment terms on offer."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import PaymentTerm
from huikuan.customers.rules import TermRule
from huikuan.organizations.actors import Actor


class TermRefused(HuikuanError):
    """The payment term cannot be saved as asked."""

    code = "term_refused"


def save_term(
    *, term_id: UUID | None = None, code: str, name: str, rule: TermRule | None, actor: Actor
) -> PaymentTerm:
    """Add a payment term, or change one: for invoices recorded from now on, due dates already given stay.

    `rule` None keeps what was agreed, as for terms in instalments.
    """
    actor.require("organization.write")
    code, name = code.strip(), name.strip()
    if not code or not name:
        raise TermRefused(_("请填写付款条件的代码和名称。"), code="name_missing")
    with act("change_term" if term_id else "add_term", actor=actor):
        if term_id:
            term = PaymentTerm.objects.select_for_update().get(pk=term_id)
        else:
            term = PaymentTerm(organization_id=current_organization_id())
        before = {"code": term.code, "name": term.name, "rule": term.rule, "instalments": term.instalments}
        term.code, term.name = code, name
        if rule is not None:
            term.rule, term.instalments = rule.to_data(), []
        after = {"code": term.code, "name": term.name, "rule": term.rule, "instalments": term.instalments}
        changed = {key: value for key, value in before.items() if after[key] != value}
        if not changed:
            return term
        try:
            with transaction.atomic():
                term.save(force_insert=term_id is None)
        except IntegrityError as error:
            raise TermRefused(_("付款条件代码 %s 已经存在。") % code, code="term_exists") from error
        record_event(
            action="changed" if term_id else "created",
            record_kind="payment_term",
            record_id=term.pk,
            number=code,
            content={**{key: after[key] for key in changed}, "before": changed} if term_id else after,
        )
    return term

"""Acts of collection that an organization may want agreed to first: a case that leaves the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.approvals import duties
from huikuan.approvals.operations import Outcome, submit
from huikuan.approvals.registry import Description, EarlierAct, Kind, Line, Link, Payload, Record, Result
from huikuan.collection.models import LegalCase
from huikuan.collection.operations.cases import LEGAL, approve_case
from huikuan.collection.wording import CASE_KINDS, word
from huikuan.credit.exposure import base_currency
from huikuan.organizations.actors import Actor

LEGAL_CASE = "legal_case"


def ask_case(case: LegalCase, *, reason: str, actor: Actor, today: date) -> Outcome:
    """批准案件, or a request for it where the organization's policy asks for agreement."""
    return submit(
        LEGAL_CASE,
        payload={"case": str(case.pk)},
        amount=case.claimed,
        reason=reason,
        record=Record("legal_case", case.pk, f"{word(CASE_KINDS, case.kind)} · {case.customer.name}"[:200]),
        actor=actor,
        today=today,
    )


def _approve(payload: Payload, actor: Actor, today: date) -> Result:
    case = approve_case(UUID(payload["case"]), actor=actor, today=today)
    return Result(str(case.pk), Link("collection-case-file", (str(case.pk),)), {"case": str(case.pk)})


def _describe(payload: Payload) -> Description:
    case = _case(payload)
    return Description(
        _("提起%s") % word(CASE_KINDS, case.kind),
        (
            Line(_("客户"), case.customer.name),
            Line(_("主张金额"), case.claimed, "money", base_currency()),
            Line(_("提出日期"), case.prepared_on, "date"),
            Line(_("原因"), case.reason),
        ),
        Link("collection-case-file", (str(case.pk),)),
    )


def _proposer(payload: Payload) -> Sequence[EarlierAct]:
    act = _case(payload).act
    return (EarlierAct(duties.RECORD_APPROVE, act.actor_id, act.actor_name),)


def _case(payload: Payload) -> LegalCase:
    return LegalCase.objects.select_related("customer", "act").get(pk=payload["case"])


KINDS = (
    Kind(
        LEGAL_CASE,
        gettext_lazy("提起案件"),
        "collection.write",
        execute=_approve,
        describe=_describe,
        acting=LEGAL,
        earlier=_proposer,
        icon="gavel",
    ),
)

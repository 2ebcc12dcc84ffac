"""Acts of collection that an organization may want agreed to first: a case that leaves the house, charging for
paying late, a repayment plan put in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.approvals import duties
from huikuan.approvals.operations import Outcome, submit
from huikuan.approvals.queries import transaction_time
from huikuan.approvals.registry import Description, EarlierAct, Kind, Line, Link, Payload, Record, Result
from huikuan.collection.models import Charge, LegalCase, PlannedItem, RepaymentPlan
from huikuan.collection.operations.cases import approve_case
from huikuan.collection.operations.charging import charge_late
from huikuan.collection.operations.plans import sign_plan
from huikuan.collection.our_people import LEGAL
from huikuan.collection.wording import CASE_KINDS, word
from huikuan.credit.exposure import base_currency
from huikuan.organizations.actors import Actor

LEGAL_CASE = "legal_case"
CHARGE = "collection_charge"
PLAN = "repayment_plan"


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


def ask_charge(charge: Charge, *, reason: str, tax_code: str, actor: Actor, today: date) -> Outcome:
    """计收违约金和费用, or a request for it where the organization's policy asks for agreement."""
    return submit(
        CHARGE,
        payload={"charge": str(charge.pk), "tax_code": tax_code},
        amount=charge.amount,
        reason=reason,
        record=Record("collection_charge", charge.pk, charge.customer.name[:200]),
        actor=actor,
        today=today,
    )


def _charge(payload: Payload, actor: Actor, today: date) -> Result:
    key = payload["charge"]
    charge_late(UUID(key), actor=actor, today=today, tax_code=payload["tax_code"])
    return Result(key, Link("collection-charge", (key,)), {"charge": key})


def _describe_charge(payload: Payload) -> Description:
    charge = Charge.objects.select_related("customer", "action__step").get(pk=payload["charge"])
    base = base_currency()
    interest = charge.amount - charge.fee
    lines = [
        Line(_("客户"), charge.customer.name),
        Line(_("步骤"), charge.action.step.title),
        Line(_("逾期违约金"), interest, "money", base),
    ]
    if charge.fee:
        lines.append(Line(_("费用"), charge.fee, "money", base))
    return Description(_("计收违约金和费用"), tuple(lines), Link("collection-charge", (str(charge.pk),)))


def ask_plan(plan: RepaymentPlan, *, signed_on: date, signer: str, actor: Actor, today: date) -> Outcome:
    """签署还款计划, or a request for it where the organization's policy asks for agreement; its paper is attached."""
    open_base = PlannedItem.objects.filter(plan=plan).aggregate(sum=Sum("item__open_base"))["sum"] or Decimal(
        0
    )
    amount = plan.total if plan.currency == base_currency() else open_base
    return submit(
        PLAN,
        payload={"plan": str(plan.pk), "signed_on": signed_on.isoformat(), "signer": signer},
        amount=amount,
        reason=plan.terms[:500],
        record=Record("repayment_plan", plan.pk, plan.customer.name[:200]),
        actor=actor,
        today=today,
    )


def _sign(payload: Payload, actor: Actor, today: date) -> Result:
    key = payload["plan"]
    sign_plan(
        UUID(key),
        signed_on=date.fromisoformat(payload["signed_on"]),
        signer=payload["signer"],
        actor=actor,
        today=today,
        now=transaction_time(),
    )
    return Result(key, Link("collection-plan", (key,)), {"plan": key})


def _describe_plan(payload: Payload) -> Description:
    plan = RepaymentPlan.objects.select_related("customer").get(pk=payload["plan"])
    lines = [
        Line(_("客户"), plan.customer.name),
        Line(_("所列款项"), plan.claimed, "money", plan.currency),
        Line(_("加收违约金"), plan.interest, "money", plan.currency),
        Line(_("减免"), plan.waived, "money", plan.currency),
        Line(_("合计"), plan.total, "money", plan.currency),
        Line(_("签署日期"), date.fromisoformat(payload["signed_on"]), "date"),
        Line(_("签署人"), payload["signer"]),
    ]
    return Description(
        _("签署还款计划"),
        tuple(each for each in lines if each.value),
        Link("collection-plan", (str(plan.pk),)),
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
    Kind(
        CHARGE,
        gettext_lazy("计收违约金和费用"),
        "collection.write",
        execute=_charge,
        describe=_describe_charge,
        acting="invoice.record",
        icon="coins",
    ),
    Kind(
        PLAN,
        gettext_lazy("签署还款计划"),
        "collection.write",
        execute=_sign,
        describe=_describe_plan,
        acting="collection.manage",
        icon="calendar-due",
    ),
)

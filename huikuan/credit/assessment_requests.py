"""Grades set by hand that an organization may want agreed to first, and limits as an assessment recommends them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.approvals.operations import Outcome, submit
from huikuan.approvals.registry import Description, Kind, Line, Link, Payload, Record, Result
from huikuan.credit.assessment_queries import current_assessments
from huikuan.credit.errors import CreditRefused
from huikuan.credit.operations import NewLimit, override_grade
from huikuan.credit.operations.assessments import require_override
from huikuan.credit.requests import ask_limit
from huikuan.customers.models import Customer
from huikuan.organizations.actors import Actor

CREDIT_GRADE = "credit_grade"


def ask_override(
    customer_id: UUID, *, grade: str, reason: str, until_on: date, actor: Actor, today: date
) -> Outcome:
    """Set a grade by hand, or a request for it where the organization's policy wants agreement.

    Raises CreditRefused where it could not be set; see `override_grade`.
    """
    actor.require("credit.assess")
    customer = _customer(customer_id)
    require_override(customer_id, grade=grade, reason=reason, until_on=until_on, today=today)
    found = current_assessments([customer_id], as_of=today)[customer_id]
    return submit(
        CREDIT_GRADE,
        payload={
            "customer": str(customer_id),
            "grade": grade,
            "computed": found.computed_grade,
            "points": f"{found.points:.2f}",
            "until": until_on.isoformat(),
            "reason": reason.strip(),
        },
        amount=found.limit,
        reason=reason,
        record=Record("customer", customer_id, f"{customer.code} · {customer.name}"),
        actor=actor,
        today=today,
    )


def apply_recommendation(customer_id: UUID, *, actor: Actor, today: date) -> Outcome:
    """Ask for the limit that the last assessment recommends, from today on; approved by its band like any other.

    Raises CreditRefused where the customer was never assessed, or another grade than the computed one is in force.
    """
    _customer(customer_id)
    found = current_assessments([customer_id], as_of=today).get(customer_id)
    if found is None:
        raise CreditRefused(_("客户还没有评级。"), code="never_assessed")
    if found.overridden:
        raise CreditRefused(_("人工评级 %s 没有建议额度，请直接设置额度。") % found.grade, code="overridden")
    reason = _("按评级 %(grade)s（%(points)s 分）的建议") % {
        "grade": found.grade,
        "points": f"{found.points:.2f}",
    }
    new = NewLimit(
        customer_id=customer_id, amount=found.limit, secured=found.secured, starts_on=today, reason=reason
    )
    return ask_limit(new, actor=actor, today=today)


def _customer(customer_id: UUID) -> Customer:
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        raise CreditRefused(_("客户不存在，或不属于本组织。"), code="unknown_customer")
    return customer


def _override(payload: Payload, actor: Actor, today: date) -> Result:
    override_grade(
        UUID(payload["customer"]),
        grade=payload["grade"],
        reason=payload["reason"],
        until_on=date.fromisoformat(payload["until"]),
        actor=actor,
        today=today,
    )
    code = Customer.objects.values_list("code", flat=True).get(pk=payload["customer"])
    return Result(code, _page(payload), {"customer": code, "grade": payload["grade"]})


def _describe(payload: Payload) -> Description:
    customer = Customer.objects.get(pk=payload["customer"])
    lines: list[Any] = [
        Line(_("客户"), f"{customer.code} · {customer.name}"),
        Line(_("人工评级"), payload["grade"]),
        Line(_("评分卡评级"), f"{payload['computed']} · {payload['points']}"),
        Line(_("截止日期"), date.fromisoformat(payload["until"]), "date"),
    ]
    return Description(_("人工评级"), tuple(lines), _page(payload))


def _page(payload: Payload) -> Link:
    return Link("customer-grade", (payload["customer"],))


KINDS = (
    Kind(
        CREDIT_GRADE,
        gettext_lazy("人工评级"),
        "credit.assess",
        execute=_override,
        describe=_describe,
        acting="credit.assess",
        icon="scale",
    ),
)

"""Limits, securities, reservations, gate rules, and what is held back.

What was agreed is added to: a limit ends, a reservation is consumed or released, a hold is released; none is edited
away. Amounts are in the currency named beside them; `base_…` in the organization's.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import KEPT, RowAccess
from huikuan.credit.holding import HoldState as HoldState
from huikuan.credit.holding import ManualHold as ManualHold
from huikuan.credit.holding import OrderHold as OrderHold
from huikuan.credit.rules import Action, Check, Gate, RuleScope
from huikuan.credit.scorecards import Assessment as Assessment
from huikuan.credit.scorecards import CustomerFact as CustomerFact
from huikuan.credit.scorecards import GradeOverride as GradeOverride
from huikuan.credit.scorecards import Scorecard as Scorecard
from huikuan.credit.scorecards import ScorecardVersion as ScorecardVersion
from huikuan.credit.scorecards import VersionState as VersionState
from huikuan.customers.models import Customer
from huikuan.organizations.models import TenantModel


class Setting(TenantModel):
    """What an organization decided about credit; without a row orders are not looked at.

    `commercial_weight` and `bank_weight`: how much of an acceptance bill held, or handed on with recourse, counts
    as exposure. `reservation_days`: how long a reservation made for an outside order stands.
    """

    checks_orders = models.BooleanField(default=False)
    reservation_days = models.SmallIntegerField(default=90)
    commercial_weight = models.DecimalField(max_digits=5, decimal_places=4, default=1)
    bank_weight = models.DecimalField(max_digits=5, decimal_places=4, default=0)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "credit_setting"
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_credit_setting_per_organization"),
            models.CheckConstraint(
                condition=Q(
                    commercial_weight__gte=0,
                    commercial_weight__lte=1,
                    bank_weight__gte=0,
                    bank_weight__lte=1,
                ),
                name="bill_weight_is_a_share",
            ),
            models.CheckConstraint(condition=Q(reservation_days__gt=0), name="reservation_days_are_positive"),
        ]


class Account(TenantModel):
    """One row per customer that is locked while credit of the customer is given; of a group, that of its head first."""

    customer = TenantForeignKey(Customer)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "credit_account"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer"], name="one_credit_account_per_customer"
            )
        ]


class LimitKind(models.TextChoices):
    PERMANENT = "permanent", _("固定额度")
    TEMPORARY = "temporary", _("临时额度")


class LimitState(models.TextChoices):
    ACTIVE = "active", _("有效")
    WITHDRAWN = "withdrawn", _("已撤回")


class Limit(TenantModel):
    """信用额度: how much a customer (or, `whole_group`, a group together) may owe, from a day to a day.

    `contract_id` with `contract_number`: how much of that contract may be owed, beside the customer's own limit.
    A temporary limit replaces the permanent one during its days. `secured`: the part that rests on security, and
    falls with it. `withdrawn_act` withdrew it.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    whole_group = models.BooleanField(default=False)
    contract_id = models.UUIDField(null=True)
    contract_number = models.CharField(max_length=64, blank=True, default="", db_default="")
    kind = models.CharField(max_length=10, choices=LimitKind.choices)
    amount = Money()
    secured = Money(default=0)
    currency = models.CharField(max_length=3)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=LimitState.choices, default=LimitState.ACTIVE)
    reason = models.CharField(max_length=500)
    set_by = models.CharField(max_length=100)
    withdrawn_act = TenantForeignKey(Act, null=True, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=("ends_on", "state", "withdrawn_act_id"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "credit_limit"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer", "whole_group", "contract_id"],
                name="one_permanent_limit_at_last",
                condition=Q(kind="permanent", state="active", ends_on__isnull=True),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["organization", "customer", "whole_group", "contract_id", "kind", "starts_on"],
                name="one_limit_of_a_kind_begins_on_a_day",
                condition=Q(state="active"),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(contract_id__isnull=True, contract_number="")
                | (Q(contract_id__isnull=False, whole_group=False) & ~Q(contract_number="")),
                name="contract_limit_names_its_contract",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="limit_never_negative"),
            models.CheckConstraint(
                condition=Q(secured__gte=0, secured__lte=F("amount")), name="secured_is_a_part_of_the_limit"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="limit_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(kind="temporary") | Q(ends_on__isnull=False), name="temporary_limit_ends"
            ),
            models.CheckConstraint(
                condition=Q(state="active", withdrawn_act__isnull=True)
                | Q(state="withdrawn", withdrawn_act__isnull=False),
                name="only_a_withdrawn_limit_was_withdrawn",
            ),
        ]
        indexes = [models.Index(fields=["organization", "customer"], name="limit_by_customer")]


class SecurityKind(models.TextChoices):
    COLLATERAL = "collateral", _("抵押质押")
    GUARANTEE = "guarantee", _("保证")
    INSURANCE = "insurance", _("信用保险")
    DEPOSIT = "deposit", _("保证金")


class Security(TenantModel):
    """担保: what stands behind a customer's debt until a day; `cover` is the share of `amount` that counts."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    kind = models.CharField(max_length=10, choices=SecurityKind.choices)
    description = models.CharField(max_length=500)
    amount = Money()
    cover = models.DecimalField(max_digits=5, decimal_places=4)
    currency = models.CharField(max_length=3)
    starts_on = models.DateField()
    expires_on = models.DateField()
    released_on = models.DateField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("released_on",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "credit_security"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="security_amount_is_positive"),
            models.CheckConstraint(condition=Q(cover__gt=0, cover__lte=1), name="security_cover_is_a_share"),
            models.CheckConstraint(
                condition=Q(expires_on__gte=F("starts_on")), name="security_expires_after_it_starts"
            ),
        ]
        indexes = [models.Index(fields=["organization", "customer"], name="security_by_customer")]


class ReservationState(models.TextChoices):
    HELD = "held", _("占用中")
    CONSUMED = "consumed", _("已使用")
    RELEASED = "released", _("已释放")
    EXPIRED = "expired", _("已过期")


class Reservation(TenantModel):
    """预占: credit that an approved order takes before it is delivered.

    `contract_id`: of the contract that the order belongs to, where that has a limit of its own. `amount` as asked, `base_amount` in base currency, `remaining` what of it is not delivered yet. `forced`: given
    beyond the limit because somebody released the order. `answer` is what was answered, for whoever asks again.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    contract_id = models.UUIDField(null=True)
    reference = models.CharField(max_length=64)
    amount = Money()
    currency = models.CharField(max_length=3)
    base_amount = Money()
    remaining = Money()
    state = models.CharField(max_length=8, choices=ReservationState.choices, default=ReservationState.HELD)
    forced = models.BooleanField(default=False)
    reserved_on = models.DateField()
    expires_on = models.DateField(null=True)
    answer = models.JSONField(default=dict)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "act_id",
            "amount",
            "currency",
            "base_amount",
            "remaining",
            "state",
            "forced",
            "expires_on",
            "answer",
        ),
        delete=False,
    )

    class Meta(TenantModel.Meta):
        db_table = "credit_reservation"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "reference"],
                name="one_live_reservation_per_reference",
                condition=Q(state="held"),
            ),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("base_amount")),
                name="remaining_is_a_part_of_what_was_reserved",
            ),
            models.CheckConstraint(
                condition=Q(state="held", remaining__gt=0) | (~Q(state="held") & Q(remaining=0)),
                name="only_a_live_reservation_remains",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="reserved_amount_is_positive"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "customer"], name="live_by_customer", condition=Q(state="held")
            ),
            models.Index(fields=["organization", "reference"], name="reservation_by_reference"),
            models.Index(
                fields=["organization", "expires_on"],
                name="reservation_by_expiry",
                condition=Q(state="held", expires_on__isnull=False),
            ),
            models.Index(
                fields=["organization", "contract_id"],
                name="live_by_contract",
                condition=Q(state="held", contract_id__isnull=False),
            ),
        ]


class GateRule(TenantModel):
    """A rule of a gate as data: see `rules.Rule`. `customer` is the customer, or the head of the group, it is for.

    `grades` are separated by commas.
    """

    gate = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Gate])
    check_code = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Check])
    action = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Action])
    scope = models.CharField(max_length=8, choices=[(each.value, each.value) for each in RuleScope])
    segment = models.CharField(max_length=60, blank=True)
    customer = TenantForeignKey(Customer, null=True)
    amount = Money(default=0)
    days = models.IntegerField(default=0)
    share = models.DecimalField(max_digits=6, decimal_places=4, default=1)
    grades = models.CharField(max_length=60, blank=True, default="", db_default="")
    less_unmatched = models.BooleanField(default=False, db_default=False)

    class Meta(TenantModel.Meta):
        db_table = "credit_gate_rule"
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="all", segment="", customer__isnull=True)
                | (Q(scope="segment", customer__isnull=True) & ~Q(segment=""))
                | Q(scope__in=["group", "customer"], segment="", customer__isnull=False),
                name="rule_names_whom_it_is_for",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, days__gte=0, share__gt=0), name="thresholds_never_negative"
            ),
        ]
        indexes = [models.Index(fields=["organization", "gate"], name="rule_by_gate")]

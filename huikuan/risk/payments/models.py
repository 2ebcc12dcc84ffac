"""Versions of the payment model, what the one in use says of open items, and the cash it foretold."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import TenantModel


class Method(models.TextChoices):
    HAZARD = "hazard", _("付款模型")
    HISTORY = "history", _("客户历史")


class PaymentModel(TenantModel):
    """付款模型: a version, made of what was known on `until_on`.

    `content`: the compressed text of the model; `digest`: SHA-256 of that text. `card`: what it learned from, how it did
    on a later time than it learned from, and why the plain history is used instead (`fitting.Fitted`). One is in use.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    number = models.IntegerField()
    method = models.CharField(max_length=10, choices=Method.choices)
    until_on = models.DateField()
    trained_at = models.DateTimeField()
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    card = models.JSONField()
    in_use = models.BooleanField(default=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=("in_use",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "risk_payment_model"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="payment_model_number_is_unique"),
            models.UniqueConstraint(
                fields=["organization"], name="one_payment_model_is_in_use", condition=Q(in_use=True)
            ),
        ]


class Backtest(TenantModel):
    """回测: how models did at several times in the past, each made of what was known then."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    until_on = models.DateField()
    result = models.JSONField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "risk_backtest"


class PaymentPrediction(TenantModel):
    """What the model in use says of an open item as of a day: anew each day, for all that is open.

    `amount`: what was open of it then, in base currency. `weeks`: probability of payment in each of the weeks (Monday to Sunday) from that of `as_of_on` on; what is left
    comes later or never. `reasons`: `reasons.Reason` as JSON.
    """

    organization = OrganizationField(db_constraint=False)
    model = TenantForeignKey(PaymentModel)
    item = TenantForeignKey(OpenItem)
    customer = TenantForeignKey(Customer, db_constraint=False)
    as_of_on = models.DateField()
    amount = Money(default=0)
    p_late5 = models.FloatField()
    p_late30 = models.FloatField()
    p10_on = models.DateField()
    p50_on = models.DateField()
    p90_on = models.DateField()
    weeks = ArrayField(models.FloatField())
    reasons = models.JSONField(default=list)

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "risk_payment_prediction"
        constraints = [
            models.UniqueConstraint(fields=["organization", "item"], name="item_is_predicted_once"),
            models.CheckConstraint(
                condition=Q(p_late5__gte=0, p_late5__lte=1, p_late30__gte=0, p_late30__lte=1),
                name="predicted_share_is_a_share",
            ),
        ]
        indexes = [models.Index(fields=["organization", "customer"], name="prediction_by_customer")]


class PlannedCash(TenantModel):
    """What is not invoiced yet and expected to bring money: of orders and billing plans, anew with the predictions.

    `kind`, `record_id`, `name`: as `sales.coming_cash` has them. `amount` in base currency,
    `weeks` as of predictions. `issue_on` and `due_on`: when it is expected to be invoiced, and due then.
    """

    organization = OrganizationField(db_constraint=False)
    customer = TenantForeignKey(Customer, db_constraint=False)
    as_of_on = models.DateField()
    kind = models.CharField(max_length=12)
    record_id = models.UUIDField()
    number = models.CharField(max_length=64)
    name = models.CharField(max_length=400, blank=True)
    currency = models.CharField(max_length=3)
    amount = Money()
    issue_on = models.DateField()
    due_on = models.DateField()
    weeks = ArrayField(models.FloatField())

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "risk_planned_cash"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="planned_cash_is_positive"),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("issue_on")), name="planned_cash_is_due_after_it_is_invoiced"
            ),
        ]


class ForetoldWeek(TenantModel):
    """What was expected on a day to come in a week, in base currency; kept, to be set beside what came.

    `low`, `middle`, `high`: P10, P50 (None in forecasts made before it was kept) and P90; `expected` is the mean, which adds up.
    `round`: 1 is the first forecast of the day, 2 the next. `planned`: what of `expected` is not invoiced yet.
    `looked_back`: made later, by a model that knew nothing after that day, of what was known then.
    """

    organization = OrganizationField(db_constraint=False)
    model = TenantForeignKey(PaymentModel)
    made_on = models.DateField()
    round = models.SmallIntegerField(default=1)
    week_on = models.DateField()
    expected = Money()
    low = Money()
    middle = Money(null=True)
    high = Money()
    planned = Money(default=0)
    looked_back = models.BooleanField(default=False)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "risk_foretold_week"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "made_on", "round", "week_on"], name="week_is_foretold_once_a_round"
            )
        ]


class CustomerOutlook(TenantModel):
    """What the predictions of a customer's debts come to, made anew with them.

    `overdue`: what was overdue on `as_of_on`, in base currency; `slow`: thousandths of it expected to be still unpaid four
    weeks later. `late`: how much of what is not yet 30 days overdue is expected to be paid 30 days late or later, or
    never; `late_share`: thousandths of that. `likely_on`: by when the last of the overdue debts is paid as likely as not.
    """

    organization = OrganizationField(db_constraint=False)
    customer = TenantForeignKey(Customer, db_constraint=False)
    as_of_on = models.DateField()
    overdue = Money()
    slow = models.SmallIntegerField()
    late = Money()
    late_share = models.SmallIntegerField()
    likely_on = models.DateField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "risk_customer_outlook"
        constraints = [
            models.UniqueConstraint(fields=["organization", "customer"], name="customer_has_one_outlook"),
            models.CheckConstraint(
                condition=Q(slow__gte=0, slow__lte=1000, late_share__gte=0, late_share__lte=1000),
                name="outlook_shares_are_thousandths",
            ),
        ]


class PredictionUse(TenantModel):
    """Where an organization lets predictions take part; without a row everywhere."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    worklist = models.BooleanField(default=True)
    next_step = models.BooleanField(default=True)
    leave_alone = models.BooleanField(default=True)
    warnings = models.BooleanField(default=True)
    credit = models.BooleanField(default=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("act_id", "worklist", "next_step", "leave_alone", "warnings", "credit"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "risk_prediction_use"
        constraints = [models.UniqueConstraint(fields=["organization"], name="predictions_are_used_one_way")]

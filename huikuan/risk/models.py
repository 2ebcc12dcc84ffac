"""Provision matrices, individual assessments, what was provided, and the grounds of bad debts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer
from huikuan.ledger.models import Document, JournalEntry, OpenItem
from huikuan.organizations.models import TenantModel
from huikuan.risk.payments.models import Backtest as Backtest
from huikuan.risk.payments.models import CustomerOutlook as CustomerOutlook
from huikuan.risk.payments.models import ForetoldWeek as ForetoldWeek
from huikuan.risk.payments.models import PaymentModel as PaymentModel
from huikuan.risk.payments.models import PaymentPrediction as PaymentPrediction
from huikuan.risk.payments.models import PlannedCash as PlannedCash
from huikuan.risk.payments.models import PredictionUse as PredictionUse


class ProvisionMatrix(TenantModel):
    """Loss rates by bucket of days overdue, from a day on; replaced by a later one, never edited.

    `rates`: bucket → share as text, such as {"not_due": "0.005"}. `basis`: the roll rates that they were taken from
    (`rolling.Basis` as JSON), empty where they were not.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    effective_on = models.DateField()
    rates = models.JSONField()
    basis = models.JSONField(default=dict)
    note = models.CharField(max_length=500, blank=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "risk_provision_matrix"
        indexes = [models.Index(fields=["organization", "effective_on"], name="matrix_by_day")]


class Assessment(TenantModel):
    """A customer whose loss is judged by itself from a day on (单项计提), and so left out of the matrix."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    rate = models.DecimalField(max_digits=9, decimal_places=8)
    reason = models.CharField(max_length=500)

    row_access: ClassVar[RowAccess] = RowAccess(update=("until_on",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "risk_assessment"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer"],
                name="customer_is_assessed_once",
                condition=Q(until_on__isnull=True),
            ),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=1), name="assessment_rate_is_a_share"),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="assessment_ends_after_it_began",
            ),
        ]


class Provision(TenantModel):
    """坏账准备计提: what was required as of a day, what stood there before, and the entry of the difference."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    as_of = models.DateField()
    matrix = TenantForeignKey(ProvisionMatrix)
    required = Money()
    before = Money()
    charge = Money()
    entry = TenantForeignKey(JournalEntry, null=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "risk_provision"
        constraints = [
            models.CheckConstraint(
                condition=Q(required=F("before") + F("charge")), name="charge_makes_what_is_required"
            ),
            models.CheckConstraint(
                condition=Q(charge=0, entry__isnull=True) | ~Q(charge=0) & Q(entry__isnull=False),
                name="charge_has_its_entry",
            ),
        ]
        indexes = [models.Index(fields=["organization", "as_of"], name="provision_by_day")]


class ProvisionLine(TenantModel):
    """A row of a provision: a bucket of the matrix, or a customer assessed by itself."""

    organization = OrganizationField(db_constraint=False)
    provision = TenantForeignKey(Provision)
    position = models.SmallIntegerField()
    bucket = models.CharField(max_length=12, blank=True)
    customer = TenantForeignKey(Customer, null=True)
    balance = Money()
    rate = models.DecimalField(max_digits=9, decimal_places=8)
    loss = Money()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "risk_provision_line"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "provision", "position"], name="provision_position_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(bucket="") ^ Q(customer__isnull=True), name="line_is_a_bucket_or_a_customer"
            ),
        ]


class Workpaper(TenantModel):
    """审计底稿: everything that a provision was computed from, frozen as JSON (`workpaper.freeze`) when it was posted.

    `digest`: SHA-256 of the content, which also stands in the trail.
    """

    organization = OrganizationField(db_constraint=False)
    provision = TenantForeignKey(Provision)
    content = models.TextField()
    digest = models.CharField(max_length=64)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "risk_workpaper"
        constraints = [
            models.UniqueConstraint(fields=["organization", "provision"], name="provision_has_one_workpaper")
        ]


class LossForecast(TenantModel):
    """付款模型法: that the payment model was asked what is lost of the debts of a day, and which version answered.

    Made of what was known on the day. Asked for again, another one counts from then on.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    model = TenantForeignKey(PaymentModel)
    as_of = models.DateField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "risk_loss_forecast"
        indexes = [models.Index(fields=["organization", "as_of"], name="loss_forecast_by_day")]


class ItemLossForecast(TenantModel):
    """What a forecast says of an item: the probability that it is not paid within a year of its due day."""

    organization = OrganizationField(db_constraint=False)
    forecast = TenantForeignKey(LossForecast)
    item = TenantForeignKey(OpenItem)
    p_lost = models.FloatField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "risk_item_loss_forecast"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "forecast", "item"], name="item_loss_is_foretold_once"
            ),
            models.CheckConstraint(condition=Q(p_lost__gte=0, p_lost__lte=1), name="p_lost_is_a_share"),
        ]


class WriteOffGround(TenantModel):
    """Why a write-off may be deducted, as somebody judged it; a later judgement replaces it."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    document = TenantForeignKey(Document)
    ground = models.CharField(max_length=40)
    evidence = models.JSONField(default=list)

    row_access: ClassVar[RowAccess] = RowAccess(update=("act_id", "ground", "evidence"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "risk_write_off_ground"
        constraints = [
            models.UniqueConstraint(fields=["organization", "document"], name="write_off_has_one_ground")
        ]

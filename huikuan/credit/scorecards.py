"""Scorecards with their versions, facts that were entered of customers, assessments and grades set by hand.

Versions are drafted, put in force and retired; what was ever in force is never changed. Facts and assessments are
only added to.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.credit.shipped_card import SHIPPED_NAME
from huikuan.customers.models import Customer
from huikuan.organizations.models import TenantModel


class Scorecard(TenantModel):
    """评分卡: for the customers of a segment, or (`segment` empty) for all that no other card is for."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    segment = models.CharField(max_length=60, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("name",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "credit_scorecard"
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="scorecard_code_is_unique")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """What the card is called in the reader's language; a name that the organization chose as it is."""
        return gettext(SHIPPED_NAME) if self.name == SHIPPED_NAME else self.name


class VersionState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    ACTIVE = "active", _("启用")
    RETIRED = "retired", _("停用")


class ScorecardVersion(TenantModel):
    """A card as it is in force from `starts_on` to `ends_on`; `definition` as `card_data.card_from` reads it.

    `segment` is the card's, so that the database sees two cards for one segment. `act` made or changed it last.
    """

    scorecard = TenantForeignKey(Scorecard)
    act = TenantForeignKey(Act, db_constraint=False)
    number = models.SmallIntegerField()
    segment = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=8, choices=VersionState.choices, default=VersionState.DRAFT)
    definition = models.JSONField()
    note = models.CharField(max_length=500, blank=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("act_id", "state", "definition", "note", "starts_on", "ends_on"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "credit_scorecard_version"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "scorecard", "number"], name="scorecard_version_is_unique"
            ),
            models.UniqueConstraint(
                fields=["organization", "segment"],
                name="one_card_active_per_segment",
                condition=Q(state="active"),
            ),
            models.UniqueConstraint(
                fields=["organization", "scorecard"], name="one_draft_per_card", condition=Q(state="draft")
            ),
            models.CheckConstraint(
                condition=Q(state="draft", starts_on__isnull=True, ends_on__isnull=True)
                | Q(state="active", starts_on__isnull=False, ends_on__isnull=True)
                | Q(state="retired", starts_on__isnull=False, ends_on__isnull=False),
                name="version_has_the_days_of_its_state",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="version_ends_after_it_starts",
            ),
        ]


class CustomerFact(TenantModel):
    """What was entered or imported of a customer: `value` of the fact `code` as of a day, from a source.

    Codes, and how values read, are in `fact_kinds`. Without a value: no longer known from that day on.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    code = models.CharField(max_length=40)
    value = Money(null=True)
    as_of_on = models.DateField()
    source = models.CharField(max_length=200)
    entered_by = models.CharField(max_length=100)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "credit_customer_fact"
        indexes = [
            models.Index(
                fields=["organization", "customer", "code", "as_of_on"], name="fact_by_customer_and_day"
            )
        ]


class Assessment(TenantModel):
    """评级: score, grade and what they recommend, of a customer on a day, by a version of a card.

    `inputs` is frozen: values, points of items, contributions, what was missing, how the limit came about
    (`assessing.frozen`). `reviewed_on`: when people last looked at it (or it began); `review_on`: when they are to
    look again. `review_note` is set where this row was made by a review.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    version = TenantForeignKey(ScorecardVersion)
    as_of_on = models.DateField()
    points = models.DecimalField(max_digits=5, decimal_places=2)
    grade = models.CharField(max_length=10)
    capped_from = models.CharField(max_length=10, blank=True)
    vetoed = models.BooleanField(default=False)
    term_days = models.SmallIntegerField()
    limit_amount = Money()
    secured = Money(default=0)
    inputs = models.JSONField()
    reviewed_on = models.DateField()
    review_on = models.DateField()
    review_note = models.CharField(max_length=500, blank=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "credit_assessment"
        constraints = [
            models.CheckConstraint(condition=Q(points__gte=0, points__lte=100), name="points_are_a_score"),
            models.CheckConstraint(
                condition=Q(limit_amount__gte=0, secured__gte=0, term_days__gte=0),
                name="recommendation_never_negative",
            ),
            models.CheckConstraint(
                condition=Q(review_on__gte=F("reviewed_on")), name="review_follows_the_last_one"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "customer", "-as_of_on", "-id"], name="assessment_latest")
        ]


class GradeOverride(TenantModel):
    """人工评级: a grade that people set beside the computed one, with a reason, from a day until a day."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    grade = models.CharField(max_length=10)
    reason = models.CharField(max_length=500)
    set_by = models.CharField(max_length=100)
    from_on = models.DateField()
    until_on = models.DateField()
    ended_act = TenantForeignKey(Act, null=True, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=("until_on", "ended_act_id"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "credit_grade_override"
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")), name="override_ends_after_it_began"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_its_reason"),
        ]
        indexes = [models.Index(fields=["organization", "customer"], name="override_by_customer")]

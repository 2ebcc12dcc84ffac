"""对账单: what was said to a customer of a period, how it left, what came back, and comparisons of both sides' lists.

What a statement says is frozen as it is drafted: the database computes its digest and refuses every change. Statements of
a customer and currency follow each other without a gap: each opens with what the one before closed with.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer
from huikuan.disputes.models import Dispute
from huikuan.files.models import AttachedFile
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import TenantModel


class StatementState(models.TextChoices):
    DRAFTED = "drafted", pgettext_lazy("statement", "待发送")
    SENT = "sent", pgettext_lazy("statement", "待答复")
    CONFIRMED = "confirmed", pgettext_lazy("statement", "相符")
    DIFFERING = "differing", pgettext_lazy("statement", "不符")
    WITHDRAWN = "withdrawn", pgettext_lazy("statement", "已作废")


class SentBy(models.TextChoices):
    MAIL = "mail", _("邮件")
    PAPER = "paper", _("纸质")


class StatementSetting(TenantModel):
    """How customers who do not answer are reminded; the last row is in force.

    `remind_after` days after sending, then every `remind_again` days, `reminders` times at most; 0: never.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    remind_after = models.PositiveSmallIntegerField(default=7)
    remind_again = models.PositiveSmallIntegerField(default=7)
    reminders = models.PositiveSmallIntegerField(default=2)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "statements_setting"
        constraints = [
            models.CheckConstraint(
                condition=Q(remind_after__gt=0, remind_again__gt=0, reminders__lte=9),
                name="reminders_leave_days_between",
            )
        ]


class StatementBatch(TenantModel):
    """Statements drafted together for a period. `known_at`: all that was recorded until then is in them; what is
    recorded while they are drafted, in some (`Statement.known_at`).

    `left_out`: customers whose statement of the period, or of a later one, was there already.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    starts_on = models.DateField()
    ends_on = models.DateField()
    drafted_on = models.DateField()
    drafted_by_name = models.CharField(max_length=100)
    known_at = models.DateTimeField()
    statements = models.IntegerField()
    left_out = models.IntegerField(default=0)

    row_access: ClassVar[RowAccess] = RowAccess(update=("statements", "left_out"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "statements_batch"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="batch_ends_after_it_starts"
            )
        ]
        indexes = [models.Index(fields=["organization", "id"], name="statement_batch_latest")]


class Statement(TenantModel):
    """对账单: one customer and currency in a period, frozen.

    `opening` is the closing of `previous`, and the ledger's balance where there is none; `earlier` what was recorded
    since then for the time before (以前期间调整), `moved` what happened in the period. `content`: all of it with its
    details and the page as it is printed, in `language`; `digest`: SHA-256 of it, set by the database. `file`: the PDF
    that was sent. `answered_by`: the person at the customer. `known_at`: nothing recorded later is in it.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    batch = TenantForeignKey(StatementBatch)
    number = models.CharField(max_length=64)
    customer = TenantForeignKey(Customer)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=10)
    starts_on = models.DateField()
    ends_on = models.DateField()
    previous = TenantForeignKey("self", null=True)
    opening = Money()
    earlier = Money(default=0)
    moved = Money()
    closing = Money()
    overdue = Money(default=0)
    known_at = models.DateTimeField()
    content = models.JSONField()
    digest = models.CharField(max_length=64, default="", editable=False)
    state = models.CharField(
        max_length=9, choices=StatementState.choices, default=StatementState.DRAFTED.value
    )
    file = TenantForeignKey(AttachedFile, null=True)
    sent_on = models.DateField(null=True)
    sent_by = models.CharField(max_length=5, choices=SentBy.choices, blank=True)
    sent_by_name = models.CharField(max_length=100, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded_on = models.DateField(null=True)
    answered_on = models.DateField(null=True)
    answered_by = models.CharField(max_length=100, blank=True)
    ended_on = models.DateField(null=True)
    ended_note = models.CharField(max_length=500, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "state", "file_id", "sent_on", "sent_by", "sent_by_name", "reminders", "reminded_on", "answered_on",
            "answered_by", "ended_on", "ended_note",
        ),
        delete=False,
    )  # fmt: skip

    class Meta(TenantModel.Meta):
        db_table = "statements_statement"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="statement_number_is_unique"),
            models.UniqueConstraint(
                fields=["organization", "customer", "currency", "ends_on"],
                name="one_statement_of_a_period",
                condition=~Q(state="withdrawn"),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="statement_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(closing=F("opening") + F("earlier") + F("moved")),
                name="statement_closes_with_what_it_says",
            ),
            models.CheckConstraint(
                condition=Q(previous__isnull=False) | Q(earlier=0), name="first_statement_has_nothing_earlier"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "confirmed", "differing"])
                | (Q(sent_on__isnull=False) & ~Q(sent_by="")),
                name="sent_statement_says_how",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "differing"])
                | (Q(answered_on__isnull=False) & ~Q(answered_by="")),
                name="answered_statement_says_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | (Q(ended_on__isnull=False) & ~Q(ended_note="")),
                name="withdrawn_statement_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "ends_on", "id"], name="statement_by_period"),
            models.Index(fields=["organization", "state", "ends_on", "id"], name="statement_by_state"),
            models.Index(fields=["organization", "batch", "number"], name="statement_by_batch"),
            models.Index(
                fields=["organization", "previous"],
                name="statement_by_previous",
                condition=Q(previous__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class StatementAnswer(TenantModel):
    """What a customer answered. `theirs`: the balance in its books where it says one; `file`: the signed copy."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    statement = TenantForeignKey(Statement)
    agrees = models.BooleanField()
    on = models.DateField()
    person = models.CharField(max_length=100)
    theirs = Money(null=True)
    note = models.CharField(max_length=1000, blank=True)
    file = TenantForeignKey(AttachedFile, null=True)
    recorded_by_name = models.CharField(max_length=100)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "statements_answer"
        indexes = [models.Index(fields=["organization", "statement", "id"], name="answer_of_statement")]


class Reconciliation(TenantModel):
    """双边核对: a customer's list compared with ours, kept as it came out.

    `mode`: "movements" of a period, or what was "open" at the end of `ends_on`. `opening…`: 0 where open items are
    compared; `ours` and `theirs`: what each side comes to, opening included. `asked`: how the file was read (columns,
    sign, sheet); `left_out`: its lines that are no part of it, each with why. `findings`: every line of both sides.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    statement = TenantForeignKey(Statement, null=True)
    file = TenantForeignKey(AttachedFile)
    currency = models.CharField(max_length=3)
    mode = models.CharField(max_length=9)
    starts_on = models.DateField()
    ends_on = models.DateField()
    opening = Money(default=0)
    opening_theirs = Money(default=0)
    ours = Money()
    theirs = Money()
    differences = models.IntegerField()
    same = models.IntegerField()
    asked = models.JSONField(default=dict)
    left_out = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    digest = models.CharField(max_length=64, default="", editable=False)
    known_at = models.DateTimeField(null=True)
    made_on = models.DateField()
    made_by_name = models.CharField(max_length=100)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "statements_reconciliation"
        indexes = [
            models.Index(fields=["organization", "customer", "id"], name="reconciliation_of_customer"),
            models.Index(fields=["organization", "made_on", "id"], name="reconciliation_by_day"),
        ]


class Difference(TenantModel):
    """Where both sides differ, as an answer names it or a reconciliation found it.

    `amount`: theirs less ours. `item`: our open item, where there is one; `dispute`: what was made of it.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    statement = TenantForeignKey(Statement, null=True)
    reconciliation = TenantForeignKey(Reconciliation, null=True)
    position = models.IntegerField()
    kind = models.CharField(max_length=15)
    number = models.CharField(max_length=64, blank=True)
    amount = Money()
    note = models.CharField(max_length=500, blank=True)
    item = TenantForeignKey(OpenItem, null=True)
    dispute = TenantForeignKey(Dispute, null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("dispute_id",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "statements_difference"
        constraints = [
            models.CheckConstraint(
                condition=Q(statement__isnull=False) | Q(reconciliation__isnull=False),
                name="difference_is_of_something",
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "statement"],
                name="difference_of_statement",
                condition=Q(statement__isnull=False),
            ),
            models.Index(
                fields=["organization", "reconciliation", "position"],
                name="difference_of_comparison",
                condition=Q(reconciliation__isnull=False),
            ),
        ]

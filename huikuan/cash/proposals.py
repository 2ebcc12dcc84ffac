"""What is thought or said of money that came in: proposals of the matching, its policies, advices and claims.

A proposal is derived: it may be thrown away and made again.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.audit.models import Act
from huikuan.cash.banking import StatementLine
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import TenantModel, User


class Tier(models.TextChoices):
    """How sure a proposal is, and so what happens to it."""

    SURE = "sure", pgettext_lazy("confidence", "确定")
    LIKELY = "likely", _("很可能")
    WEAK = "weak", _("可能")
    NONE = "none", _("未找到")


class Proposal(TenantModel):
    """What the matching thinks of a line, best option first: who paid, what for, what is left, and why.

    `options`: see `cash.matching`. `proven`: whether the search ended before its limits, so that "the only one"
    and "none" are true.
    """

    organization = OrganizationField(db_constraint=False)
    line = TenantForeignKey(StatementLine)
    tier = models.CharField(max_length=8, choices=Tier.choices)
    customer = TenantForeignKey(Customer, null=True)
    options = models.JSONField(default=list)
    proven = models.BooleanField(default=True)
    made_at = models.DateTimeField(auto_now=True)

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "cash_proposal"
        constraints = [models.UniqueConstraint(fields=["organization", "line"], name="one_proposal_per_line")]
        indexes = [models.Index(fields=["organization", "tier"], name="proposal_by_tier")]


DISPUTED = "dispute"
# Why less came in than an item is open with, where the rest stays open.
SHORT_REASONS: dict[str, str | Promise] = {
    "instalment": _("分次付款"),
    "fee": _("扣了手续费"),
    "discount": _("扣了折扣"),
    DISPUTED: _("有争议"),
    "error": _("付错金额"),
    "retention": _("扣留质保金"),
}


class MatchOrder(models.TextChoices):
    """Which items money settles that names none."""

    NONE = "none", _("不自动冲抵")
    OLDEST = "oldest", _("先到期先冲")
    CONTRACT = "contract", _("按合同")
    STATEMENT = "statement", _("按月度对账")
    INTEREST = "interest", _("先息后本")


class MatchPolicy(TenantModel):
    """What the matching may do by itself: for the organization (no customer), or for one customer in its place.

    `automatic`: whether what is sure is posted without being confirmed, up to `cap` (empty: any amount).
    `pools`: whether money of nobody known is booked as 待认领款 at once.
    """

    organization = OrganizationField(db_constraint=True)
    customer = TenantForeignKey(Customer, null=True)
    automatic = models.BooleanField(default=True)
    cap = Money(null=True)
    order = models.CharField(max_length=10, choices=MatchOrder.choices, default=MatchOrder.NONE)
    pools = models.BooleanField(default=True)

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "cash_match_policy"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer"],
                name="one_match_policy_per_customer",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(cap__isnull=True) | Q(cap__gt=0), name="match_cap_is_positive"
            ),
        ]


class RemittanceAdvice(TenantModel):
    """付款通知: what a payer says a payment is for; it wins over guesses.

    `customer`: who sent it, where known. `line`: the money it turned out to be about.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer, null=True)
    paid_on = models.DateField(null=True)
    amount = Money()
    currency = models.CharField(max_length=3)
    file_name = models.CharField(max_length=255, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    memo = models.CharField(max_length=1000, blank=True)
    line = TenantForeignKey(StatementLine, null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("line_id", "customer_id"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "cash_remittance_advice"
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="remittance_is_positive")]
        indexes = [
            models.Index(
                fields=["organization", "amount"], name="remittance_waiting", condition=Q(line__isnull=True)
            )
        ]


class RemittanceLine(TenantModel):
    """One document a remittance advice names, as written, with the item it was recognised as."""

    organization = OrganizationField(db_constraint=False)
    advice = TenantForeignKey(RemittanceAdvice)
    position = models.IntegerField()
    reference = models.CharField(max_length=140)
    amount = Money()
    item = TenantForeignKey(OpenItem, null=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "cash_remittance_line"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "advice", "position"], name="remittance_position_is_unique"
            )
        ]


class ClaimState(models.TextChoices):
    ASKED = "asked", _("待确认")
    CONFIRMED = "confirmed", _("已确认")
    REFUSED = "refused", _("已退回")
    WITHDRAWN = "withdrawn", _("已撤回")


class ReceiptClaim(TenantModel):
    """认领: somebody says that money in the pool is of a customer, and why; finance confirms it or sends it back."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    unidentified = TenantForeignKey("cash.UnidentifiedReceipt")
    customer = TenantForeignKey(Customer)
    item_ids = models.JSONField(default=list)
    evidence = models.CharField(max_length=1000)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_by_name = models.CharField(max_length=100)
    asked_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=ClaimState.choices, default=ClaimState.ASKED)
    decided_by_name = models.CharField(max_length=100, blank=True)
    answer = models.CharField(max_length=1000, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("state", "decided_by_name", "answer"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "cash_receipt_claim"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "unidentified", "customer"],
                name="one_open_claim_per_customer",
                condition=Q(state="asked"),
            ),
        ]
        indexes = [models.Index(fields=["organization", "unidentified"], name="claim_by_receipt")]

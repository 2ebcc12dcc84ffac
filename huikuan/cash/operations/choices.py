"""What lines are settled as, and what is said where they pay less than is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct
from huikuan.cash.errors import LineRefused
from huikuan.cash.matching.options import Option
from huikuan.cash.proposals import DISPUTED, SHORT_REASONS, MatchOrder, MatchPolicy
from huikuan.disputes.operations import NewDispute, post_disputes
from huikuan.disputes.queries import disputed_amounts
from huikuan.disputes.rules import OTHER
from huikuan.ledger.models import OpenItem

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a line is settled as: an option of its proposal, or one put together by hand.

    `amount`: how much of the line it is about (None: all that is left of it), so that a line is split by several
    choices. `place`: which option of the proposal it was, from 0 (None: by hand). `short_reason`: one of
    SHORT_REASONS; "dispute" opens one for what is missing, of the reason `dispute_reason` and with the memo as its
    text. `automatic`: nobody confirmed it; then nothing is learned from it.
    """

    line_id: UUID
    option: Option
    amount: Decimal | None = None
    place: int | None = None
    short_reason: str = ""
    dispute_reason: str = OTHER
    memo: str = ""
    automatic: bool = False

    @property
    def line_ids(self) -> tuple[UUID, ...]:
        return (self.line_id, *self.option.companions)


def require_reasons(choices: Sequence[Choice], items: Mapping[UUID, OpenItem]) -> None:
    """Ask why less was paid than an item is open with, unless the customer's money settles in an agreed order."""
    short = [choice for choice in choices if not choice.automatic and _falls_short(choice, items)]
    for choice in short:
        if choice.short_reason and choice.short_reason not in SHORT_REASONS:
            raise LineRefused(_("不认识的差额原因。"), code="unknown_reason")
    asked = [choice for choice in short if not choice.short_reason]
    if not asked:
        return
    ordered = set(MatchPolicy.objects.exclude(order=MatchOrder.NONE).values_list("customer_id", flat=True))
    if any(not {choice.option.customer_id, None} & ordered for choice in asked):
        raise LineRefused(_("付款少于应收，请说明差额的原因。"), code="reason_missing")


def open_disputes(choices: Sequence[Choice], *, today: date, opened: OpenAct) -> None:
    """What is missing because of a dispute is in dispute from now on, as far as it is not already."""
    disputed = [choice for choice in choices if choice.short_reason == DISPUTED]
    keys = {each.item_id for choice in disputed for each in choice.option.items}
    if not keys:
        return
    known = disputed_amounts(keys)
    left = dict(OpenItem.objects.filter(pk__in=keys).values_list("pk", "open_amount"))
    wanted = {}
    for choice in disputed:
        for each in choice.option.items:
            missing = left[each.item_id] - known.get(each.item_id, ZERO)
            if missing > 0:
                text = choice.memo.strip()
                wanted[each.item_id] = NewDispute(each.item_id, choice.dispute_reason, missing, text)
    post_disputes(list(wanted.values()), today=today, opened=opened)


def _falls_short(choice: Choice, items: Mapping[UUID, OpenItem]) -> bool:
    option = choice.option
    return not option.unapplied and any(
        each.amount < items[each.item_id].open_amount for each in option.items
    )

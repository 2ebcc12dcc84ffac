"""质保金到期: a retention becomes an ordinary receivable when its time has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act
from huikuan.ledger.operations import move_to_account
from huikuan.organizations.actors import Actor
from huikuan.sales.errors import SalesRefused
from huikuan.sales.queries import retentions


def release_retentions(item_ids: Sequence[UUID] | None, *, on: date, actor: Actor, today: date) -> int:
    """Move retentions to the receivables: these, or all that are due by `on`. D 应收账款 | C 合同资产.

    Refused for one that is not due yet; returns how many moved.
    """
    actor.require("settlement.write")
    if on > today:
        raise SalesRefused(_("日期不能晚于今天。"), code="in_future")
    due = retentions(due_by=on)
    if item_ids is None:
        ids = list(due.values_list("pk", flat=True))
    else:
        ids = list(due.filter(pk__in=item_ids).values_list("pk", flat=True))
        if len(ids) != len(set(item_ids)):
            raise SalesRefused(_("质保金还没有到期，或已经转出。"), code="not_due")
    if not ids:
        return 0
    with act("release_retentions", actor=actor) as opened:
        return move_to_account(
            sorted(ids),
            purpose="receivable",
            event="retention_due",
            effective_on=on,
            memo=_("质保金到期"),
            opened=opened,
        )

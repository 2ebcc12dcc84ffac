"""Which vouchers an act is about: named ones, or all of a month in a state; locked, in key order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.books.models import State, Voucher
from huikuan.books.operations.refusals import VoucherRefused, hold_months_open
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id


def choose_vouchers(*, ids: Sequence[UUID] | None, month: date | None, state: State) -> int:
    """Fill `chosen_voucher` with the vouchers and lock them; returns how many.

    Named vouchers must all exist and be in `state`, else VoucherRefused; so that a second clerk who posts the
    same set is told. Their months are held open.
    """
    wanted = None if ids is None else list(dict.fromkeys(ids))
    found = Voucher.objects.filter(state=state)
    if wanted is not None:
        found = found.filter(pk__in=wanted)
    elif month is not None:
        found = found.filter(month=month.replace(day=1))
    hold_months_open(list(found.order_by("month").values_list("month", flat=True).distinct()))
    stage("wanted_voucher", (("id", "uuid"),), ((key,) for key in wanted or ()))
    stage("chosen_voucher", (("id", "uuid"),), ())
    with connection.cursor() as cursor:
        cursor.execute(
            CHOOSE,
            {
                "organization": current_organization_id(),
                "state": state.value,
                "named": wanted is not None,
                "month": month.replace(day=1) if month else None,
            },
        )
        chosen = int(cursor.rowcount)
        cursor.execute("ANALYZE chosen_voucher")
    if wanted is not None and chosen != len(wanted):
        raise VoucherRefused(
            _("选中的凭证里有 %(count)d 张已经不是「%(state)s」状态，请刷新后再试。")
            % {"count": len(wanted) - chosen, "state": state.label},
            code="state_changed",
        )
    return chosen


CHOOSE = """
    INSERT INTO chosen_voucher
    SELECT id FROM books_voucher
    WHERE organization_id = %(organization)s AND state = %(state)s
      AND (NOT %(named)s OR id IN (SELECT id FROM wanted_voucher))
      AND (%(named)s OR %(month)s::date IS NULL OR month = %(month)s)
    ORDER BY id
    FOR NO KEY UPDATE
"""

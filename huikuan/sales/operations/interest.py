"""违约金: debit notes for paying late, by the contract's rate or the statute's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act
from huikuan.core.money import amount_text
from huikuan.customers.rules import days_overdue
from huikuan.ledger.models import OpenItem, Side
from huikuan.organizations.actors import Actor
from huikuan.sales.errors import SalesRefused, line_refusal
from huikuan.sales.models import InvoiceKind
from huikuan.sales.operations.drafts import LATE_INTEREST, NewInvoice, draft_invoices
from huikuan.sales.operations.line_rows import NewLine
from huikuan.sales.rules import STATUTORY_DAILY_RATE, UnusableLine, interest
from huikuan.sales.shipped import USUAL_CODE


@dataclass(frozen=True, slots=True)
class Late:
    """An item paid late or not at all: interest for the days after its due date, up to and with `until`.

    `principal`: what the interest is on, by default what is open of the item. `after`: the last day that is not
    counted, by default the due date.
    """

    item_id: UUID
    until: date
    daily_rate: Decimal = STATUTORY_DAILY_RATE
    principal: Decimal | None = None
    after: date | None = None


def draft_late_interest(
    late: Sequence[Late], *, on: date, actor: Actor, tax_code: str = USUAL_CODE, rate: Decimal | None = None
) -> list[UUID]:
    """Write debit notes dated `on`, one per customer and currency with a line per item; returns their keys.

    The interest is a price outside the price (价外费用): VAT is inside it, at the rate of the goods.
    """
    actor.require("invoice.record")
    with act("draft_late_interest", actor=actor):
        items = {
            item.pk: item
            for item in OpenItem.objects.filter(pk__in={each.item_id for each in late}).select_related(
                "document"
            )
        }
        lines: dict[tuple[UUID, str], list[NewLine]] = defaultdict(list)
        for each in late:
            item = items.get(each.item_id)
            if item is None or item.side != Side.DEBIT:
                raise SalesRefused(_("没有这笔应收。"), code="unknown_item")
            lines[item.customer_id, item.currency].append(_line(each, item, tax_code))
        return draft_invoices(
            [
                NewInvoice(
                    customer_id=customer,
                    kind=InvoiceKind.DEBIT_NOTE.value,
                    event=LATE_INTEREST,
                    invoice_on=on,
                    currency=currency,
                    rate=rate,
                    prices_include_tax=True,
                    lines=of_customer,
                )
                for (customer, currency), of_customer in lines.items()
            ],
            actor=actor,
        )


def _line(late: Late, item: OpenItem, tax_code: str) -> NewLine:
    if item.effective_due_on is None:
        raise SalesRefused(_("单据 %s 的这一期还没有到期日。") % item.document.number, code="not_due")
    days = days_overdue(late.after or item.effective_due_on, late.until)
    principal = item.open_amount if late.principal is None else late.principal
    if principal > item.amount:
        raise SalesRefused(_("计息的本金不能超过这一期的金额。"), code="beyond_item")
    try:
        amount = interest(principal, late.daily_rate, days, item.currency)
    except UnusableLine as error:
        raise line_refusal(item.document.number, error) from error
    words = _("%(number)s 逾期违约金 %(principal)s × %(rate)s%% × %(days)d 天") % {
        "number": item.document.number,
        "principal": amount_text(principal, item.currency),
        "rate": f"{(late.daily_rate * 100).normalize():f}",
        "days": days,
    }
    return NewLine(quantity=Decimal(1), unit_price=amount, description=words[:200], tax_code=tax_code)

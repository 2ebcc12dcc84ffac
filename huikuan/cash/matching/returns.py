"""Payments that bounced: money that goes out again takes back the receipt that it once was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from huikuan.cash.matching.composing import Proposed, nothing
from huikuan.cash.matching.facts import LIKELY, WEAK, Line, PastReceipt, to_decimal
from huikuan.cash.matching.names import bare_name
from huikuan.cash.matching.options import Option, Reason

WITHIN = timedelta(days=180)
WORDS = re.compile(r"退票|退汇|退回|冲正|拒付|被退|撤销|RETURN|REVERS|BOUNCE", re.IGNORECASE)


def is_return(line: Line) -> bool:
    """Whether money that went out says that it came back: by its kind or its text."""
    return line.amount < 0 and (line.kind == "return" or bool(WORDS.search(f"{line.text} {line.reference}")))


def bounced(line: Line, receipts: Sequence[PastReceipt]) -> Proposed:
    """The receipts that a returned payment may take back: of the same payer and amount, the latest first."""
    if not is_return(line):
        return nothing(line)
    found = [each for each in receipts if _matches(line, each)]
    found.sort(key=lambda each: (each.booked_on, each.number), reverse=True)
    tier = LIKELY if len(found) == 1 else WEAK
    options = tuple(
        Option(
            customer_id=each.customer_id,
            tier=tier,
            score=700 - place,
            unapplied=to_decimal(line.amount, line.currency),
            payer_reasons=(Reason("receipt_payer", {"name": each.counterparty}),),
            reasons=(Reason("bounced", {"number": each.number, "on": each.booked_on.isoformat()}),),
            returns=each.document_id,
        )
        for place, each in enumerate(found[:6])
    )
    if not options:
        return nothing(line, Reason("bounced_unknown"))
    return Proposed(line.id, tier, options[0].customer_id, options)


def _matches(line: Line, receipt: PastReceipt) -> bool:
    if receipt.amount != -line.amount or receipt.currency != line.currency:
        return False
    if not timedelta(0) <= line.booked_on - receipt.booked_on <= WITHIN:
        return False
    if line.account is not None and receipt.account is not None:
        return line.account == receipt.account
    return bool(line.counterparty) and bare_name(line.counterparty) == bare_name(receipt.counterparty)

"""What is asked of credit, and what is answered: with every reason and the figures it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from huikuan.core.money import amount_text
from huikuan.credit.models import Reservation
from huikuan.credit.rules import SEVERITY, Action, Reason, total
from huikuan.credit.wording import reason_data, reason_from, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Credit that is asked for: `amount` in `currency` (empty: the organization's) for the order `reference`."""

    customer_id: UUID
    amount: Decimal
    reference: str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, with every reason and the figures it rests on, before the order, in base currency.

    `limit` and `available` are None where no limit was set. `reserved`: whether credit is taken for the order now.
    """

    decision: Action
    reasons: tuple[Reason, ...]
    limit: Decimal | None
    group_limit: Decimal | None
    exposure: Mapping[str, Decimal]
    available: Decimal | None
    currency: str
    reserved: bool = False
    base_amount: Decimal = Decimal(0)

    @property
    def passes(self) -> bool:
        """Whether the order may go ahead."""
        return SEVERITY[self.decision] <= SEVERITY[Action.WARN]

    def as_data(self) -> dict[str, Any]:
        """As programs read it, with the reasons in the reader's language."""

        def text(amount: Decimal | None) -> str | None:
            return None if amount is None else amount_text(amount, self.currency)

        return {
            "decision": self.decision.value,
            "reasons": [
                {"code": reason.code, "action": reason.action.value, "text": sentence(reason, self.currency)}
                for reason in self.reasons
            ],
            "currency": self.currency,
            "limit": text(self.limit),
            "group_limit": text(self.group_limit),
            "exposure": {
                **{code: text(amount) for code, amount in self.exposure.items()},
                "total": text(total(self.exposure)),
            },
            "available": text(self.available),
            "reserved": self.reserved,
        }


def stored_answer(decision: Decision) -> dict[str, Any]:
    def text(amount: Decimal | None) -> str | None:
        return None if amount is None else f"{amount:f}"

    return {
        "decision": decision.decision.value,
        "reasons": [reason_data(reason) for reason in decision.reasons],
        "limit": text(decision.limit),
        "group_limit": text(decision.group_limit),
        "exposure": {code: text(amount) for code, amount in decision.exposure.items()},
        "available": text(decision.available),
    }


def answered_before(row: Reservation, base: str) -> Decision:
    """What was answered when this was reserved."""
    answer = row.answer

    def amount(name: str) -> Decimal | None:
        return None if answer.get(name) is None else Decimal(answer[name])

    return Decision(
        Action(answer["decision"]),
        tuple(reason_from(each) for each in answer["reasons"]),
        amount("limit"),
        amount("group_limit"),
        {code: Decimal(value) for code, value in answer["exposure"].items()},
        amount("available"),
        base,
        reserved=True,
        base_amount=row.base_amount,
    )

"""The rules of the gates that an organization starts with.

Overdue debts want somebody's agreement from 50,000 on that are more than 60 days late: smaller or younger ones are told
and left to collection, for holding an order costs more than they do.
"""

from __future__ import annotations

from decimal import Decimal

from huikuan.credit.rules import Action, Check, Gate, Rule

SHIPPED_RULES: tuple[Rule, ...] = (
    Rule(Gate.QUOTATION, Check.LIMIT, Action.WARN),
    Rule(Gate.QUOTATION, Check.GROUP_LIMIT, Action.WARN),
    Rule(Gate.QUOTATION, Check.NO_LIMIT, Action.WARN),
    Rule(Gate.QUOTATION, Check.OVERDUE, Action.WARN, days=30),
    Rule(Gate.QUOTATION, Check.GRADE, Action.WARN, grades=("C", "D")),
    Rule(Gate.QUOTATION, Check.TERM, Action.WARN),
    Rule(Gate.QUOTATION, Check.MANUAL_HOLD, Action.BLOCK),
    Rule(Gate.ORDER, Check.LIMIT, Action.APPROVE),
    Rule(Gate.ORDER, Check.GROUP_LIMIT, Action.APPROVE),
    Rule(Gate.ORDER, Check.CONTRACT_LIMIT, Action.APPROVE),
    Rule(Gate.ORDER, Check.LIMIT_SHARE, Action.WARN, share=Decimal("0.9")),
    Rule(Gate.ORDER, Check.NO_LIMIT, Action.APPROVE),
    Rule(Gate.ORDER, Check.OVERDUE, Action.WARN, days=0),
    Rule(Gate.ORDER, Check.OVERDUE, Action.APPROVE, amount=Decimal(50_000), days=60, less_unmatched=True),
    Rule(Gate.ORDER, Check.OLDEST, Action.BLOCK, days=180, less_unmatched=True),
    Rule(Gate.ORDER, Check.REVIEW, Action.WARN),
    Rule(Gate.ORDER, Check.GRADE, Action.APPROVE, grades=("D",)),
    Rule(Gate.ORDER, Check.TERM, Action.WARN),
    Rule(Gate.ORDER, Check.MANUAL_HOLD, Action.BLOCK),
    Rule(Gate.ORDER, Check.SECURITY_EXPIRED, Action.WARN),
    Rule(Gate.DELIVERY, Check.MANUAL_HOLD, Action.BLOCK),
    Rule(Gate.DELIVERY, Check.CONTRACT_LIMIT, Action.BLOCK),
    Rule(Gate.INVOICE, Check.CONTRACT_LIMIT, Action.BLOCK),
)

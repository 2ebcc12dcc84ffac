"""The only writers of credit: limits, reservations and what is held back."""

from huikuan.credit.operations.decisions import Asked, Decision
from huikuan.credit.operations.holds import (
    Order,
    admit_orders,
    ask_release,
    forget_orders,
    hold_sentences,
    recheck_holds,
    refuse_deliveries,
    release_hold,
)
from huikuan.credit.operations.limits import (
    NewLimit,
    NewSecurity,
    end_hold,
    hold_customer,
    record_security,
    set_limit,
    withdraw_limit,
)
from huikuan.credit.operations.policy import ScopedRule, change_setting, save_gate_rules
from huikuan.credit.operations.reservations import check_credit, reserve_credit
from huikuan.credit.operations.using import consume, expire_reservations, keep_up, release

__all__ = [
    "Asked",
    "Decision",
    "NewLimit",
    "NewSecurity",
    "Order",
    "ScopedRule",
    "admit_orders",
    "ask_release",
    "change_setting",
    "check_credit",
    "consume",
    "end_hold",
    "expire_reservations",
    "forget_orders",
    "hold_customer",
    "hold_sentences",
    "keep_up",
    "recheck_holds",
    "record_security",
    "refuse_deliveries",
    "release",
    "release_hold",
    "reserve_credit",
    "save_gate_rules",
    "set_limit",
    "withdraw_limit",
]

"""The only writers of credit: limits, reservations and what is held back."""

from huikuan.credit.operations.assessments import (
    Assessed,
    assess_customers,
    end_override,
    override_grade,
    review_customer,
)
from huikuan.credit.operations.cards import (
    activate_version,
    complete_cards,
    create_card,
    retire_card,
    save_draft,
)
from huikuan.credit.operations.decisions import Asked, Decision
from huikuan.credit.operations.facts import NewFact, record_facts
from huikuan.credit.operations.holds import (
    Order,
    admit_orders,
    ask_release,
    forget_orders,
    hold_sentences,
    recheck_holds,
    release_hold,
    would_pass,
)
from huikuan.credit.operations.limits import (
    NewLimit,
    NewSecurity,
    end_hold,
    hold_customer,
    record_security,
    release_security,
    set_limit,
    set_limits,
    withdraw_limit,
)
from huikuan.credit.operations.policy import change_setting, save_gate_rules
from huikuan.credit.operations.refusing import (
    ContractSale,
    contracts_beyond,
    refuse_contracts,
    refuse_deliveries,
    refuse_invoices,
)
from huikuan.credit.operations.reservations import check_credit, reserve_credit
from huikuan.credit.operations.using import consume, expire_reservations, keep_up, release
from huikuan.credit.rules import ScopedRule

__all__ = [
    "Asked",
    "Assessed",
    "ContractSale",
    "Decision",
    "NewFact",
    "NewLimit",
    "NewSecurity",
    "Order",
    "ScopedRule",
    "activate_version",
    "admit_orders",
    "ask_release",
    "assess_customers",
    "change_setting",
    "check_credit",
    "complete_cards",
    "consume",
    "contracts_beyond",
    "create_card",
    "end_hold",
    "end_override",
    "expire_reservations",
    "forget_orders",
    "hold_customer",
    "hold_sentences",
    "keep_up",
    "override_grade",
    "recheck_holds",
    "record_facts",
    "record_security",
    "refuse_contracts",
    "refuse_deliveries",
    "refuse_invoices",
    "release",
    "release_hold",
    "release_security",
    "reserve_credit",
    "retire_card",
    "review_customer",
    "save_draft",
    "save_gate_rules",
    "set_limit",
    "set_limits",
    "withdraw_limit",
    "would_pass",
]

"""Pure decisions about customers: identity, payment terms, instalments, and what the law says about them."""

from huikuan.customers.rules.identity import explain_uscc, is_valid_uscc, normalise_uscc, uscc_check_digit
from huikuan.customers.rules.instalments import (
    Instalment,
    InstalmentDue,
    instalments_from_data,
    instalments_to_data,
    split_instalments,
)
from huikuan.customers.rules.statute import CompanySize, late_interest, sme_payment_breach
from huikuan.customers.rules.terms import (
    BaseEvent,
    DueDate,
    HolidayRule,
    TermKind,
    TermRule,
    UnusableTerm,
    days_overdue,
    due_date,
    term_from_days,
    used_fields,
)
from huikuan.customers.rules.wording import parse_instalments, parse_term

__all__ = [
    "BaseEvent",
    "CompanySize",
    "DueDate",
    "HolidayRule",
    "Instalment",
    "InstalmentDue",
    "TermKind",
    "TermRule",
    "UnusableTerm",
    "days_overdue",
    "due_date",
    "explain_uscc",
    "instalments_from_data",
    "instalments_to_data",
    "is_valid_uscc",
    "late_interest",
    "normalise_uscc",
    "parse_instalments",
    "parse_term",
    "sme_payment_breach",
    "split_instalments",
    "term_from_days",
    "uscc_check_digit",
    "used_fields",
]

"""Which parts of the first page a role sees, and in which order: what it acts on comes first."""

from __future__ import annotations

from huikuan.organizations.actors import Actor

AGING, ATTENTION, TREND, WEEKS, DEBTORS, COLLECTED, ITEMS = (
    "aging",
    "attention",
    "trend",
    "weeks",
    "debtors",
    "collected",
    "items",
)

COMPANY = (AGING, ATTENTION, TREND, WEEKS, DEBTORS, COLLECTED, ITEMS)
TODAY_FIRST = (ITEMS, AGING, ATTENTION, DEBTORS, WEEKS)
OWN_CUSTOMERS = (ATTENTION, AGING, ITEMS, DEBTORS, WEEKS)
TRENDS = (TREND, WEEKS, DEBTORS, COLLECTED, AGING, ATTENTION)
TEAM = (ATTENTION, AGING, COLLECTED, DEBTORS, TREND, WEEKS, ITEMS)

LAYOUTS = {
    "finance_manager": COMPANY,
    "ar_accountant": COMPANY,
    "executive": TRENDS,
    "sales_manager": TEAM,
    "collector": TODAY_FIRST,
    "salesperson": OWN_CUSTOMERS,
}
"""By the code of a role; of several roles the first here decides."""


def sections_for(actor: Actor) -> list[str]:
    """The templates of the parts, in order."""
    layout = next((LAYOUTS[role] for role in LAYOUTS if role in actor.roles), COMPANY)
    return [f"dashboard/{part}_card.html" for part in layout]

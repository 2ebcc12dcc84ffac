"""The demo's payment model: learned by the worker once the pages are there, so that nobody waits for it."""

from __future__ import annotations

from huikuan.demo.accounts import ACCOUNTS
from huikuan.organizations.models import Organization, User
from huikuan.risk.jobs import ask_training

LEARNER = "finance_manager"
MOST_DEBTS = 6_000
"""Of some 22,000: a fraction of the work, and still better than a clerk's guess."""
AFTER_SECONDS = 20
"""The first pages come first."""


def learn_to_foresee(organization: Organization) -> None:
    """Have the worker train a model of the demo's history and predict; until then the pages say that it is at it."""
    email = next(account.email for account in ACCOUNTS if account.role == LEARNER)
    learner = User.objects.get(email=email)
    ask_training(organization.pk, learner.pk, most_debts=MOST_DEBTS, after_seconds=AFTER_SECONDS)

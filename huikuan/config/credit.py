"""Which packages know something of a customer's exposure, or tell facts of it."""

from __future__ import annotations

from huikuan.cash.exposure import COMPONENTS as CASH_COMPONENTS
from huikuan.collection.broken import BROKEN_PROMISES
from huikuan.collection.credit_facts import DUNNING_LEVELS
from huikuan.collection.credit_facts import FACTS as COLLECTION_FACTS
from huikuan.credit.components import (
    register_broken_promises,
    register_components,
    register_contract_exposure,
    register_dunning_levels,
)
from huikuan.credit.fact_sources import register_facts
from huikuan.risk.credit_facts import FACTS as RISK_FACTS
from huikuan.sales.exposure import COMPONENTS as SALES_COMPONENTS
from huikuan.sales.exposure import CONTRACT_OWED


def register_credit() -> None:
    """Each package above credit offers its components as a tuple `COMPONENTS`, its facts as `FACTS`, listed here."""
    register_components(*SALES_COMPONENTS, *CASH_COMPONENTS)
    register_facts(*RISK_FACTS, *COLLECTION_FACTS)
    register_broken_promises(BROKEN_PROMISES)
    register_dunning_levels(DUNNING_LEVELS)
    register_contract_exposure(CONTRACT_OWED)

"""The only writers of approvals; see `registry` for how an act becomes one that can be approved."""

from huikuan.approvals.operations.deciding import (
    DecisionRefused,
    decide,
    objection_to,
    try_again,
    withdraw,
)
from huikuan.approvals.operations.delegations import DelegationRefused, delegate, end_delegation
from huikuan.approvals.operations.policies import NewBand, PolicyRefused, change_settings, save_policy
from huikuan.approvals.operations.reminding import remind
from huikuan.approvals.operations.submitting import Outcome, RequestRefused, submit

__all__ = [
    "DecisionRefused",
    "DelegationRefused",
    "NewBand",
    "Outcome",
    "PolicyRefused",
    "RequestRefused",
    "change_settings",
    "decide",
    "delegate",
    "end_delegation",
    "objection_to",
    "remind",
    "save_policy",
    "submit",
    "try_again",
    "withdraw",
]

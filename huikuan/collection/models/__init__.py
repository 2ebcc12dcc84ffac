"""What is kept of collecting, by topic."""

from huikuan.collection.models.contacts import Claim, Contact, PaymentPromise, PromisedItem, Ruling
from huikuan.collection.models.plans import PlanInstalment, PlannedItem, RepaymentPlan
from huikuan.collection.models.templates import Letterhead, MessageTemplate
from huikuan.collection.models.worklist import Assignment, CollectionSetting

__all__ = [
    "Assignment",
    "Claim",
    "CollectionSetting",
    "Contact",
    "Letterhead",
    "MessageTemplate",
    "PaymentPromise",
    "PlanInstalment",
    "PlannedItem",
    "PromisedItem",
    "RepaymentPlan",
    "Ruling",
]

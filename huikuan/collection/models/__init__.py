"""What is kept of collecting, by topic."""

from huikuan.collection.models.cases import CaseEvent, CaseItem, LegalCase
from huikuan.collection.models.charges import Charge, ChargeLine
from huikuan.collection.models.contacts import Claim, Contact, PaymentPromise, PromisedItem, Ruling
from huikuan.collection.models.hold_outs import HoldOut
from huikuan.collection.models.hours import CallingHours
from huikuan.collection.models.joint import Ask, AssignmentRules, CommissionSetting, HandOver
from huikuan.collection.models.letters import (
    Letter,
    LetterBatch,
    LetterCounter,
    LetterItem,
    LetterState,
    MailingAddress,
)
from huikuan.collection.models.limitation import LimitationWarning
from huikuan.collection.models.plans import PlanInstalment, PlannedItem, RepaymentPlan
from huikuan.collection.models.policies import (
    CalendarDay,
    CollectionPolicy,
    Pause,
    PolicyScope,
    PolicyStep,
    PolicyVersion,
)
from huikuan.collection.models.runs import ActionItem, CollectionAction, CollectionRun, RunSkip
from huikuan.collection.models.standings import CustomerStanding, TouchedCustomer
from huikuan.collection.models.templates import Letterhead, MessageTemplate
from huikuan.collection.models.worklist import Assignment, CollectionSetting

__all__ = [
    "ActionItem",
    "Ask",
    "Assignment",
    "AssignmentRules",
    "CalendarDay",
    "CallingHours",
    "CaseEvent",
    "CaseItem",
    "Charge",
    "ChargeLine",
    "Claim",
    "CollectionAction",
    "CollectionPolicy",
    "CollectionRun",
    "CollectionSetting",
    "CommissionSetting",
    "Contact",
    "CustomerStanding",
    "HandOver",
    "HoldOut",
    "LegalCase",
    "Letter",
    "LetterBatch",
    "LetterCounter",
    "LetterItem",
    "LetterState",
    "Letterhead",
    "LimitationWarning",
    "MailingAddress",
    "MessageTemplate",
    "Pause",
    "PaymentPromise",
    "PlanInstalment",
    "PlannedItem",
    "PolicyScope",
    "PolicyStep",
    "PolicyVersion",
    "PromisedItem",
    "RepaymentPlan",
    "Ruling",
    "RunSkip",
    "TouchedCustomer",
]

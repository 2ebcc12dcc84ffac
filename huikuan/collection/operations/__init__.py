"""The only writers of collection: contacts, promises, who collects, and how the worklist is ranked."""

from huikuan.collection.operations.assigning import assign_collector
from huikuan.collection.operations.contacts import (
    NewContact,
    correct_contact,
    record_contact,
    record_contacts,
    rule_on_limitation,
)
from huikuan.collection.operations.judging import Judgement, judge_promises
from huikuan.collection.operations.promises import (
    NewPromise,
    record_promise,
    record_promises,
    withdraw_promise,
)
from huikuan.collection.operations.settings import save_setting

__all__ = [
    "Judgement",
    "NewContact",
    "NewPromise",
    "assign_collector",
    "correct_contact",
    "judge_promises",
    "record_contact",
    "record_contacts",
    "record_promise",
    "record_promises",
    "rule_on_limitation",
    "save_setting",
    "withdraw_promise",
]

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
from huikuan.collection.operations.templates import (
    NewLetterhead,
    NewTemplate,
    retire_template,
    save_letterhead,
    save_template,
)

__all__ = [
    "Judgement",
    "NewContact",
    "NewLetterhead",
    "NewPromise",
    "NewTemplate",
    "assign_collector",
    "correct_contact",
    "judge_promises",
    "record_contact",
    "record_contacts",
    "record_promise",
    "record_promises",
    "retire_template",
    "rule_on_limitation",
    "save_letterhead",
    "save_setting",
    "save_template",
    "withdraw_promise",
]

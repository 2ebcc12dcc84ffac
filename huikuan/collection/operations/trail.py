"""Events of collection, written as a set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from huikuan.audit import operations as audit
from huikuan.audit.operations import OpenAct

CONTACT = "collection_contact"
PROMISE = "payment_promise"
PLAN = "repayment_plan"
CASE = "legal_case"
CHARGE = "collection_charge"
LIMITATION = "limitation_warning"
HAND_OVER = "collection_hand_over"
ASK = "collection_ask"
COMMISSION = "commission_setting"
RULES = "assignment_rules"
HOLD_OUT = "collection_hold_out"
ASSIGNMENT = "customer_collector"
SETTING = "collection_setting"
TEMPLATE = "message_template"
LETTERHEAD = "letterhead"
LETTER = "collection_letter"
BATCH = "letter_batch"
ADDRESS = "mailing_address"
HOURS = "calling_hours"


@dataclass(frozen=True, slots=True)
class Told:
    """What an act did to one record; `content` is JSON."""

    action: str
    record_kind: str
    record_id: UUID
    content: Mapping[str, Any]


def record_events(told: Iterable[Told], opened: OpenAct) -> None:
    """Write down what the open act did to records."""
    audit.record_events(
        (audit.Told(each.action, each.record_kind, each.record_id, "", each.content) for each in told),
        opened=opened,
    )

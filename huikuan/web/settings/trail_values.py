"""How the trail says what events keep for programs: codes, moments and amounts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise

from huikuan.cash.models import AcceptorClass
from huikuan.collection.wording import (
    CASE_KINDS,
    CHANNELS,
    HANDS,
    PLAN_STATES,
    RESULTS,
    STAGES,
)
from huikuan.collection.wording import STATES as PROMISE_STATES
from huikuan.customers.models import Size
from huikuan.disputes.wording import REASON_WORDS
from huikuan.messaging.wording import PROVIDERS
from huikuan.messaging.wording import REASONS as MESSAGE_REASONS
from huikuan.warnings.wording import KINDS as WARNING_KINDS
from huikuan.warnings.wording import OUTCOMES
from huikuan.web.cash.words import HAPPENED
from huikuan.web.ledger.words import EVENTS
from huikuan.web.risk.words import EVIDENCE, GROUNDS
from huikuan.web.templatetags.dates import moment

Words = Mapping[str, str | Promise]

_CODES: dict[str, Words] = {
    "channel": CHANNELS,
    "channels": CHANNELS,
    "provider": PROVIDERS,
    "stage": STAGES,
    "result": RESULTS,
    "hands": HANDS,
    "ground": {ground.value: words for ground, words in GROUNDS.items()},
    "evidence": EVIDENCE,
    "event": EVENTS,
    "class": dict(AcceptorClass.choices),
    "size": dict(Size.choices),
}
_CODES_OF: dict[tuple[str, str], Words] = {
    ("message", "reason"): MESSAGE_REASONS,
    ("dispute", "reason"): REASON_WORDS,
    ("early_warning", "kind"): WARNING_KINDS,
    ("early_warning", "outcome"): OUTCOMES,
    ("payment_promise", "state"): PROMISE_STATES,
    ("repayment_plan", "state"): PLAN_STATES,
    ("bill_of_exchange", "state"): HAPPENED,
    ("legal_case", "kind"): CASE_KINDS,
}
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\S*")
_AMOUNT = re.compile(r"(?<![\w.,/-])-?\d{4,}\.\d{1,4}(?![\w.])")


def said(text: str, field: str = "", record_kind: str = "") -> str:
    """The word of a code, a moment in local time, amounts by thousands."""
    words = _CODES_OF.get((record_kind, field)) or _CODES.get(field, {})
    if text in words:
        return str(words[text])
    if _MOMENT.fullmatch(text) and (at := parse_datetime(text)):
        return moment(at)
    return _AMOUNT.sub(_grouped, text)


def _grouped(found: re.Match[str]) -> str:
    """An amount by thousands, with two decimals or as many as it has."""
    decimals = max(2, len(found[0].partition(".")[2]))
    return f"{Decimal(found[0]):,.{decimals}f}".replace("-", "−")

"""Queuing messages, sending them, settling what is unknown, and the accounts they leave through."""

from huikuan.messaging.operations.queueing import queue_messages
from huikuan.messaging.operations.recording import give_up_lost, record_answer
from huikuan.messaging.operations.settling import (
    Decision,
    cancel_messages,
    record_asked,
    settle_message,
    withdraw_messages,
)
from huikuan.messaging.operations.taking import take_up

__all__ = [
    "Decision",
    "cancel_messages",
    "give_up_lost",
    "queue_messages",
    "record_answer",
    "record_asked",
    "settle_message",
    "take_up",
    "withdraw_messages",
]

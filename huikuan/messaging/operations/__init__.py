"""Queuing messages, sending them, settling what is unknown, and the accounts they leave through."""

from huikuan.messaging.operations.inbound import lift_opt_outs, record_mails, unsubscribe
from huikuan.messaging.operations.queueing import queue_messages
from huikuan.messaging.operations.recording import give_up_lost, record_answer
from huikuan.messaging.operations.senders import SenderData, record_test, save_sender
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
    "SenderData",
    "cancel_messages",
    "give_up_lost",
    "lift_opt_outs",
    "queue_messages",
    "record_answer",
    "record_asked",
    "record_mails",
    "record_test",
    "save_sender",
    "settle_message",
    "take_up",
    "unsubscribe",
    "withdraw_messages",
]

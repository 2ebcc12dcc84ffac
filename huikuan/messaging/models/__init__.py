"""Senders, messages with their tries, what came in, and addresses that get nothing."""

from huikuan.messaging.models.inbound import Inbound, OptOut
from huikuan.messaging.models.messages import Attempt, Message
from huikuan.messaging.models.senders import Sender

__all__ = ["Attempt", "Inbound", "Message", "OptOut", "Sender"]

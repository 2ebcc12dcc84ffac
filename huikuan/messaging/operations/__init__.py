"""Queuing messages, sending them, settling what is unknown, and the accounts they leave through."""

from huikuan.messaging.operations.queueing import queue_messages

__all__ = ["queue_messages"]

"""Reads: senders, what is due, messages as somebody may see them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from huikuan.customers.queries import visible_salespeople
from huikuan.messaging.channels.carrier import Account
from huikuan.messaging.models import Message, Sender
from huikuan.messaging.rules import MessageChannel
from huikuan.organizations.actors import Actor


def account_of(sender: Sender) -> Account:
    """A sender as channels see it, with its secrets in clear."""
    return Account(
        id=sender.pk,
        code=sender.code,
        channel=MessageChannel(sender.channel),
        provider=sender.provider,
        settings=sender.settings,
        secrets=sender.secrets,
        from_address=sender.from_address,
        from_name=sender.from_name,
    )


def senders_in_use() -> list[Sender]:
    """The senders through which messages leave: the standard one of a channel, and every group robot."""
    robots = [MessageChannel.WECOM.value, MessageChannel.DINGTALK.value, MessageChannel.FEISHU.value]
    return list(Sender.objects.filter(Q(standard=True) | Q(channel__in=robots), active=True).order_by("code"))


def messages_seen(actor: Actor) -> QuerySet[Message]:
    """The messages to customers the actor sees, and to the actor; those to our own people for who sees everybody."""
    people = visible_salespeople(actor)
    if people is None:
        return Message.objects.all()
    own = Q(customer__isnull=True, membership_id=actor.membership_id) if actor.membership_id else Q(pk__in=[])
    return Message.objects.filter(Q(customer__salesperson_id__in=people) | own)

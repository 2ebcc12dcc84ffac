"""Which module carries which provider."""

from __future__ import annotations

from collections.abc import Callable

from huikuan.messaging.channels.carrier import Account, Carrier
from huikuan.messaging.channels.email import EmailCarrier
from huikuan.messaging.channels.im import Robot
from huikuan.messaging.channels.sms import AliyunSms, GatewaySms, TencentSms
from huikuan.messaging.rules import MessageChannel

Opens = Callable[[Account], Carrier]

PROVIDERS: dict[MessageChannel, dict[str, Opens]] = {
    MessageChannel.EMAIL: {"smtp": EmailCarrier},
    MessageChannel.SMS: {"aliyun": AliyunSms, "tencent": TencentSms, "gateway": GatewaySms},
    MessageChannel.WECOM: {"wecom": Robot},
    MessageChannel.DINGTALK: {"dingtalk": Robot},
    MessageChannel.FEISHU: {"feishu": Robot},
}


def opened(account: Account) -> Carrier:
    """The carrier of an account; it connects with its first message. KeyError for a provider nobody knows."""
    return PROVIDERS[account.channel][account.provider](account)

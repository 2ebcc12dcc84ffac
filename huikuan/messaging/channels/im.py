"""Robots of group chats: WeCom (企业微信), DingTalk (钉钉) and Feishu (飞书), each one JSON post.

All three answer 200 to what they refuse, and say so inside; a library that looks at the status alone would call that
sent, so the answers are read here. The address of the robot contains its key and is kept as a secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

from huikuan.messaging.channels.carrier import ANSWER_KEPT, Account, Answer, Outgoing
from huikuan.messaging.channels.web import NoReply, requested, undecided
from huikuan.messaging.rules import Finding, MessageChannel

# Too fast: later. The key is wrong or revoked: nothing more through this account. Everything else is refused for good.
LATER = {
    MessageChannel.WECOM: {"45009", "-1"},
    MessageChannel.DINGTALK: {"130101", "-1", "410100"},
    MessageChannel.FEISHU: {"9499001", "11232", "99991400"},
}
STOP = {
    MessageChannel.WECOM: {"93000"},
    MessageChannel.DINGTALK: {"300001", "300005", "40014", "310000"},
    MessageChannel.FEISHU: {"19001", "19021", "19022"},
}


class Robot:
    """The robot of one group. Secrets: webhook (its whole address), secret (of its signature, where it asks for one)."""

    def __init__(self, account: Account, seconds: Callable[[], float] = time.time) -> None:
        self.account = account
        self._seconds = seconds

    def send(self, message: Outgoing) -> Answer:
        """Say it in the group."""
        said = f"{message.subject}\n{message.text}".strip()
        url, values = self._request(said)
        try:
            reply = requested(
                url,
                body=json.dumps(values, ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json; charset=utf-8"},
                timeout=self.account.timeout,
            )
        except NoReply as nothing:
            return nothing.answer
        found = reply.data.get("errcode", reply.data.get("code", reply.data.get("StatusCode")))
        if found is None or reply.status >= 500:
            return undecided(reply)
        code, answer = str(found), reply.text[:ANSWER_KEPT]
        if code == "0":
            return Answer(Finding.SENT, code, answer)
        if code in LATER[self.account.channel]:
            return Answer(Finding.RETRY, code, answer)
        if code in STOP[self.account.channel]:
            return Answer(Finding.RETRY, code, answer, stop=True)
        return Answer(Finding.FAILED, code, answer)

    def ask(self, message: Outgoing, *, reference: str) -> Answer | None:
        """A robot cannot tell what it said."""
        return None

    def close(self) -> None:
        """Nothing stays open."""

    def _request(self, said: str) -> tuple[str, Mapping[str, Any]]:
        url, secret = self.account.secrets.get("webhook", ""), self.account.secrets.get("secret", "")
        if self.account.channel is MessageChannel.FEISHU:
            values: dict[str, Any] = {"msg_type": "text", "content": {"text": said}}
            if secret:
                at = str(int(self._seconds()))
                values |= {"timestamp": at, "sign": feishu_sign(at, secret)}
            return url, values
        if self.account.channel is MessageChannel.DINGTALK and secret:
            at = str(round(self._seconds() * 1000))
            url += f"&timestamp={at}&sign={quote_plus(dingtalk_sign(at, secret))}"
        return url, {"msgtype": "text", "text": {"content": said}}


def dingtalk_sign(at: str, secret: str) -> str:
    """The signature of DingTalk's robots: HMAC-SHA256 of moment (ms) and secret, under the secret."""
    return base64.b64encode(
        hmac.new(secret.encode(), f"{at}\n{secret}".encode(), hashlib.sha256).digest()
    ).decode()


def feishu_sign(at: str, secret: str) -> str:
    """The signature of Feishu's robots: HMAC-SHA256 of nothing, under moment (s) and secret."""
    return base64.b64encode(hmac.new(f"{at}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()

"""Text messages through Alibaba Cloud, Tencent Cloud, or any gateway that speaks HTTP.

The signatures follow the providers' own descriptions: ACS3-HMAC-SHA256 (Alibaba Cloud, signature version 3) and
TC3-HMAC-SHA256 (Tencent Cloud API 3.0). Chinese carriers take templates that were approved beforehand; the text of a
message is the one variable of the template that the sender names.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from huikuan.messaging.channels.carrier import ANSWER_KEPT, Account, Answer, Outgoing
from huikuan.messaging.channels.web import NoReply, Reply, requested, undecided
from huikuan.messaging.rules import Finding

ALIYUN = "https://dysmsapi.aliyuncs.com/"
TENCENT = "https://sms.tencentcloudapi.com/"
CHINA = ZoneInfo("Asia/Shanghai")

Now = Callable[[], datetime]


def _now() -> datetime:
    return datetime.fromtimestamp(
        time.time(), tz=UTC
    )  # signatures need the machine's clock, whatever the worker's


def outside_number(message: Outgoing) -> str:
    """What the provider gets to name the message by: follows from its key, so that it can be asked about."""
    return message.number.strip("<>").partition("@")[0][-40:]


def acs3_headers(
    *,
    key_id: str,
    secret: str,
    host: str,
    action: str,
    version: str,
    query: Mapping[str, str],
    at: datetime,
    nonce: str,
) -> dict[str, str]:
    """The headers of a request without a body to Alibaba Cloud, signed (ACS3-HMAC-SHA256)."""
    empty = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": empty,
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    signed = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join(("POST", "/", canonical_query(query), lines, signed, empty))
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={signed},Signature={signature}"
    )
    return headers


def canonical_query(query: Mapping[str, str]) -> str:
    """Parameters in order of their names, percent-encoded as RFC 3986 says."""
    return "&".join(f"{quote(name, safe='~')}={quote(query[name], safe='~')}" for name in sorted(query))


def tc3_headers(
    *,
    key_id: str,
    secret: str,
    host: str,
    service: str,
    action: str,
    version: str,
    region: str,
    body: bytes,
    at: int,
) -> dict[str, str]:
    """The headers of a JSON request to Tencent Cloud at a moment in seconds since 1970, signed (TC3-HMAC-SHA256)."""
    kind = "application/json; charset=utf-8"
    day = datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    lines = f"content-type:{kind}\nhost:{host}\n"
    canonical = "\n".join(("POST", "/", "", lines, "content-type;host", hashlib.sha256(body).hexdigest()))
    to_sign = "\n".join(("TC3-HMAC-SHA256", str(at), scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return {
        "Authorization": f"TC3-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders=content-type;host,"
        f" Signature={signature}",
        "Content-Type": kind,
        "Host": host,
        "X-TC-Action": action,
        "X-TC-Timestamp": str(at),
        "X-TC-Version": version,
        "X-TC-Region": region,
    }


class AliyunSms:
    """Alibaba Cloud SMS (dysmsapi 2017-05-25: SendSms, QuerySendDetails).

    Settings: sign_name, template, parameter (its variable, default content), url. Secrets: key_id, key_secret.
    """

    _STOP = (
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "Forbidden",
        "isv.AMOUNT_NOT_ENOUGH",
        "isv.OUT_OF_SERVICE",
    )
    _LATER = ("Throttling", "isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL")
    _UNSURE = ("isp.", "InternalError", "ServiceUnavailable")

    def __init__(self, account: Account, now: Now = _now) -> None:
        self.account = account
        self._now = now

    def send(self, message: Outgoing) -> Answer:
        """Hand one text over."""
        settings = self.account.settings
        query = {
            "PhoneNumbers": _national(message.address),
            "SignName": str(settings.get("sign_name") or ""),
            "TemplateCode": str(settings.get("template") or ""),
            "TemplateParam": json.dumps(
                {str(settings.get("parameter") or "content"): message.text}, ensure_ascii=False
            ),
            "OutId": outside_number(message),
        }
        try:
            reply = self._call("SendSms", query)
        except NoReply as nothing:
            return nothing.answer
        code, said = str(reply.data.get("Code") or ""), str(reply.data.get("Message") or "")[:ANSWER_KEPT]
        if code == "OK":
            return Answer(Finding.SENT, code, said, reference=str(reply.data.get("BizId") or ""))
        return _judged(reply, code, said, stop=self._STOP, later=self._LATER, unsure=self._UNSURE)

    def ask(self, message: Outgoing, *, reference: str) -> Answer | None:
        """Look for the message among those sent to its number on its day (QuerySendDetails)."""
        query = {
            "PhoneNumber": _national(message.address),
            "SendDate": message.queued_at.astimezone(CHINA).strftime("%Y%m%d"),
            "PageSize": "50",
            "CurrentPage": "1",
        }
        try:
            reply = self._call("QuerySendDetails", query)
        except NoReply as nothing:
            return Answer(Finding.UNKNOWN, nothing.answer.code, nothing.answer.said)
        listed = reply.data.get("SmsSendDetailDTOs") or {}
        rows = listed.get("SmsSendDetailDTO") if isinstance(listed, dict) else None
        for row in rows or ():
            if row.get("OutId") == outside_number(message):
                code = str(row.get("ErrCode") or "")
                if int(row.get("SendStatus") or 0) == 2:
                    return Answer(Finding.FAILED, code or "failed")
                return Answer(Finding.SENT, code)
        return Answer(Finding.UNKNOWN, str(reply.data.get("Code") or reply.status))

    def close(self) -> None:
        """Nothing stays open."""

    def _call(self, action: str, query: Mapping[str, str]) -> Reply:
        url = str(self.account.settings.get("url") or ALIYUN)
        headers = acs3_headers(
            key_id=self.account.secrets.get("key_id", ""),
            secret=self.account.secrets.get("key_secret", ""),
            host=urlsplit(url).netloc,
            action=action,
            version="2017-05-25",
            query=query,
            at=self._now(),
            nonce=secrets.token_hex(16),
        )
        return requested(
            f"{url.rstrip('/')}/?{canonical_query(query)}",
            body=b"",
            headers=headers,
            timeout=self.account.timeout,
        )


class TencentSms:
    """Tencent Cloud SMS (2021-01-11: SendSms, PullSmsSendStatusByPhoneNumber).

    Settings: app_id, sign_name, template, region, url. Secrets: key_id, key_secret.
    """

    _STOP = ("AuthFailure", "UnauthorizedOperation", "FailedOperation.InsufficientBalance")
    _LATER = ("LimitExceeded", "RequestLimitExceeded")
    _UNSURE = ("InternalError",)

    def __init__(self, account: Account, now: Now = _now) -> None:
        self.account = account
        self._now = now

    def send(self, message: Outgoing) -> Answer:
        """Hand one text over."""
        settings = self.account.settings
        try:
            reply = self._call(
                "SendSms",
                {
                    "PhoneNumberSet": [message.address],
                    "SmsSdkAppId": str(settings.get("app_id") or ""),
                    "SignName": str(settings.get("sign_name") or ""),
                    "TemplateId": str(settings.get("template") or ""),
                    "TemplateParamSet": [message.text],
                    "SessionContext": outside_number(message),
                },
            )
        except NoReply as nothing:
            return nothing.answer
        answered = reply.data.get("Response") or {}
        status = (answered.get("SendStatusSet") or [{}])[0]
        failure = answered.get("Error") or {}
        code = str(failure.get("Code") or status.get("Code") or "")
        said = str(failure.get("Message") or status.get("Message") or "")[:ANSWER_KEPT]
        if code == "Ok":
            return Answer(Finding.SENT, code, said, reference=str(status.get("SerialNo") or ""))
        return _judged(reply, code, said, stop=self._STOP, later=self._LATER, unsure=self._UNSURE)

    def ask(self, message: Outgoing, *, reference: str) -> Answer | None:
        """Look for the message among the reports on its number since it was queued."""
        try:
            reply = self._call(
                "PullSmsSendStatusByPhoneNumber",
                {
                    "SmsSdkAppId": str(self.account.settings.get("app_id") or ""),
                    "PhoneNumber": message.address,
                    "BeginTime": int(message.queued_at.timestamp()),
                    "Offset": 0,
                    "Limit": 100,
                },
            )
        except NoReply as nothing:
            return Answer(Finding.UNKNOWN, nothing.answer.code, nothing.answer.said)
        answered = reply.data.get("Response") or {}
        for row in answered.get("PullSmsSendStatusSet") or ():
            if row.get("SessionContext") == outside_number(message):
                failed = row.get("ReportStatus") == "FAIL"
                said = str(row.get("Description") or "")[:ANSWER_KEPT]
                found = Finding.FAILED if failed else Finding.SENT
                return Answer(found, str(row.get("ReportStatus") or ""), said, str(row.get("SerialNo") or ""))
        return Answer(Finding.UNKNOWN, str((answered.get("Error") or {}).get("Code") or "no_report"))

    def close(self) -> None:
        """Nothing stays open."""

    def _call(self, action: str, values: Mapping[str, Any]) -> Reply:
        url = str(self.account.settings.get("url") or TENCENT)
        body = json.dumps(values, ensure_ascii=False).encode()
        headers = tc3_headers(
            key_id=self.account.secrets.get("key_id", ""),
            secret=self.account.secrets.get("key_secret", ""),
            host=urlsplit(url).netloc,
            service="sms",
            action=action,
            version="2021-01-11",
            region=str(self.account.settings.get("region") or "ap-guangzhou"),
            body=body,
            at=int(self._now().timestamp()),
        )
        return requested(url, body=body, headers=headers, timeout=self.account.timeout)


class GatewaySms:
    """Any gateway with one address to post to.

    Settings: url; format ("json" or "form"); fields (name → text with {phone}, {text}, {id}, {key}, {secret});
    code_field and code_good (the answer's field that tells, and its value when the text was taken on; default code
    and 0); reference_field. Secrets: key_id, key_secret. Such a gateway cannot be asked.
    """

    def __init__(self, account: Account) -> None:
        self.account = account

    def send(self, message: Outgoing) -> Answer:
        """Hand one text over."""
        settings = self.account.settings
        values = {
            str(name): _filled(str(text), message, self.account)
            for name, text in dict(settings.get("fields") or {}).items()
        }
        as_form = settings.get("format") == "form"
        body = (urlencode(values) if as_form else json.dumps(values, ensure_ascii=False)).encode()
        kind = "application/x-www-form-urlencoded" if as_form else "application/json"
        try:
            reply = requested(
                str(settings.get("url") or ""),
                body=body,
                headers={"Content-Type": f"{kind}; charset=utf-8"},
                timeout=self.account.timeout,
            )
        except NoReply as nothing:
            return nothing.answer
        code = str(reply.data.get(str(settings.get("code_field") or "code"), ""))
        if reply.status == 200 and code and code == str(settings.get("code_good", "0")):
            reference = str(reply.data.get(str(settings.get("reference_field") or ""), ""))
            return Answer(Finding.SENT, code, reply.text[:ANSWER_KEPT], reference=reference)
        return _judged(reply, code, reply.text[:ANSWER_KEPT], stop=(), later=(), unsure=())

    def ask(self, message: Outgoing, *, reference: str) -> Answer | None:
        """It cannot tell."""
        return None

    def close(self) -> None:
        """Nothing stays open."""


def _judged(
    reply: Reply,
    code: str,
    said: str,
    *,
    stop: tuple[str, ...],
    later: tuple[str, ...],
    unsure: tuple[str, ...],
) -> Answer:
    if code.startswith(stop) and stop:
        return Answer(Finding.RETRY, code, said, stop=True)
    if (code.startswith(later) and later) or reply.status == 429:
        return Answer(Finding.RETRY, code or "429", said)
    if reply.status in (401, 403):
        return Answer(Finding.RETRY, code or str(reply.status), said, stop=True)
    if not code or (code.startswith(unsure) and unsure) or reply.status >= 500:
        return undecided(reply)
    return Answer(Finding.FAILED, code, said)


def _national(number: str) -> str:
    """A Chinese number without its country, others as 00…, as Alibaba Cloud wants them."""
    return number.removeprefix("+86") if number.startswith("+86") else number.lstrip("+")


def _filled(text: str, message: Outgoing, account: Account) -> str:
    places = {
        "phone": _national(message.address),
        "text": message.text,
        "id": outside_number(message),
        "key": account.secrets.get("key_id", ""),
        "secret": account.secrets.get("key_secret", ""),
    }
    for name, value in places.items():
        text = text.replace("{" + name + "}", value)
    return text

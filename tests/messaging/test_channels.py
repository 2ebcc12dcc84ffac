"""Channels against servers on the loopback interface: signatures, answers, and what is certain about failures."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from huikuan.bench.mail_server import MailServer, Mood
from huikuan.messaging.channels.carrier import Account, Answer, Attachment, Outgoing
from huikuan.messaging.channels.email import EmailCarrier, composed
from huikuan.messaging.channels.im import Robot
from huikuan.messaging.channels.sms import (
    AliyunSms,
    GatewaySms,
    TencentSms,
    acs3_headers,
    outside_number,
    tc3_headers,
)
from huikuan.messaging.rules import Finding, MessageChannel

MESSAGE = Outgoing(
    key="k",
    number="<hk.0123456789abcdef0123456789abcdef01234567@example.com>",
    address="+8613812345678",
    subject="付款提醒",
    text="您有款项到期。",
    queued_at=datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
)


def account(channel: MessageChannel, url: str = "", **values: Any) -> Account:
    settings = {"timeout": 1.0, **({"url": url} if url else {}), **values.pop("settings", {})}
    return Account(
        id=uuid4(),
        code="a",
        channel=channel,
        provider="x",
        settings=settings,
        secrets=values.pop("secrets", {}),
        from_address="ar@example.com",
        from_name="华东 <应收>",
    )


class Web:
    """A server that records requests and answers as it is told; None: it hangs up without a word."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[str], tuple[int, Any]] | None = lambda _path: (200, {})
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                web.asked.append((self.path, dict(self.headers), body))
                if web.answer is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, data = web.answer(self.path)
                said = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_values: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_aliyun_signs_as_its_documentation_does() -> None:
    """The example of "V3 request structure and signature" of Alibaba Cloud."""
    headers = acs3_headers(
        key_id="YourAccessKeyId",
        secret="YourAccessKeySecret",
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query={
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            "RegionId": "cn-shanghai",
        },
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    assert headers["Authorization"].endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_tencent_signs_as_its_documentation_does() -> None:
    """The example of "Signature v3" of Tencent Cloud."""
    body = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    headers = tc3_headers(
        key_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        secret="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        host="cvm.tencentcloudapi.com",
        service="cvm",
        action="DescribeInstances",
        version="2017-03-12",
        region="ap-guangzhou",
        body=body,
        at=1551113065,
    )
    assert headers["Authorization"].endswith(
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


@pytest.mark.parametrize(
    ("status", "data", "finding", "stop"),
    [
        (200, {"Code": "OK", "BizId": "B1"}, Finding.SENT, False),
        (200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}, Finding.FAILED, False),
        (200, {"Code": "isv.BUSINESS_LIMIT_CONTROL"}, Finding.RETRY, False),
        (200, {"Code": "isv.AMOUNT_NOT_ENOUGH"}, Finding.RETRY, True),
        (404, {"Code": "InvalidAccessKeyId.NotFound"}, Finding.RETRY, True),
        (200, {"Code": "isp.SYSTEM_ERROR"}, Finding.UNKNOWN, False),
        (502, {}, Finding.UNKNOWN, False),
    ],
)
def test_aliyun_says_what_is_certain(
    web: Web, status: int, data: dict[str, str], finding: Finding, stop: bool
) -> None:
    web.answer = lambda _path: (status, data)
    carrier = AliyunSms(
        account(MessageChannel.SMS, web.url, settings={"sign_name": "华东", "template": "SMS_1"})
    )
    answer = carrier.send(MESSAGE)
    assert (answer.finding, answer.stop, answer.reference) == (finding, stop, data.get("BizId", ""))
    query = parse_qs(urlsplit(web.asked[0][0]).query)
    assert query["PhoneNumbers"] == ["13812345678"]
    assert json.loads(query["TemplateParam"][0]) == {"content": "您有款项到期。"}


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        ([], Finding.UNKNOWN),
        ([{"OutId": "other", "SendStatus": 3}], Finding.UNKNOWN),
        ([{"OutId": outside_number(MESSAGE), "SendStatus": 1}], Finding.SENT),
        ([{"OutId": outside_number(MESSAGE), "SendStatus": 3}], Finding.SENT),
        ([{"OutId": outside_number(MESSAGE), "SendStatus": 2, "ErrCode": "MK:0001"}], Finding.FAILED),
    ],
)
def test_aliyun_is_asked(web: Web, rows: list[dict[str, Any]], finding: Finding) -> None:
    web.answer = lambda _path: (200, {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows}})
    answer = AliyunSms(account(MessageChannel.SMS, web.url)).ask(MESSAGE, reference="")
    assert answer is not None and answer.finding is finding


@pytest.mark.parametrize(
    ("response", "finding"),
    [
        ({"SendStatusSet": [{"Code": "Ok", "SerialNo": "S1"}]}, Finding.SENT),
        ({"SendStatusSet": [{"Code": "FailedOperation.PhoneNumberInBlacklist"}]}, Finding.FAILED),
        ({"SendStatusSet": [{"Code": "LimitExceeded.PhoneNumberDailyLimit"}]}, Finding.RETRY),
        ({"Error": {"Code": "AuthFailure.SignatureFailure"}}, Finding.RETRY),
        ({"Error": {"Code": "InternalError.Timeout"}}, Finding.UNKNOWN),
    ],
)
def test_tencent_says_what_is_certain(web: Web, response: dict[str, Any], finding: Finding) -> None:
    web.answer = lambda _path: (200, {"Response": response})
    carrier = TencentSms(account(MessageChannel.SMS, web.url))
    assert carrier.send(MESSAGE).finding is finding
    report = {"SessionContext": outside_number(MESSAGE), "ReportStatus": "SUCCESS"}
    web.answer = lambda _path: (200, {"Response": {"PullSmsSendStatusSet": [report]}})
    asked = carrier.ask(MESSAGE, reference="")
    assert asked is not None and asked.finding is Finding.SENT


def test_a_gateway_is_told_with_its_own_fields(web: Web) -> None:
    settings = {
        "format": "form",
        "fields": {"mobile": "{phone}", "content": "【华东】{text}", "uid": "{id}", "pw": "{secret}"},
        "code_field": "status",
        "code_good": "ok",
        "reference_field": "msgid",
    }
    web.answer = lambda _path: (200, {"status": "ok", "msgid": 7})
    carrier = GatewaySms(
        account(MessageChannel.SMS, web.url, settings=settings, secrets={"key_secret": "p&w"})
    )
    assert carrier.send(MESSAGE) == Answer(Finding.SENT, "ok", '{"status": "ok", "msgid": 7}', reference="7")
    assert parse_qs(web.asked[0][2].decode()) == {
        "mobile": ["13812345678"],
        "content": ["【华东】您有款项到期。"],
        "uid": [outside_number(MESSAGE)],
        "pw": ["p&w"],
    }


ROBOTS = [
    (MessageChannel.WECOM, "errcode", "45009", "93000"),
    (MessageChannel.DINGTALK, "errcode", "130101", "310000"),
    (MessageChannel.FEISHU, "code", "11232", "19021"),
]


@pytest.mark.parametrize(("channel", "name", "later", "stop"), ROBOTS)
def test_robots_refuse_inside_an_answer_of_200(
    web: Web, channel: MessageChannel, name: str, later: str, stop: str
) -> None:
    robot = Robot(account(channel, secrets={"webhook": f"{web.url}send?key=k", "secret": "s"}), lambda: 1.0)
    found = []
    for code in ("0", later, stop, "40058"):
        web.answer = lambda _path, code=code: (200, {name: int(code)})  # type: ignore[misc]
        answer = robot.send(MESSAGE)
        found.append((answer.finding, answer.stop))
    assert found == [
        (Finding.SENT, False),
        (Finding.RETRY, False),
        (Finding.RETRY, True),
        (Finding.FAILED, False),
    ]
    path, _headers, body = web.asked[0]
    assert "付款提醒\\n您有款项到期。" in json.dumps(json.loads(body), ensure_ascii=False)
    signed = "sign=" in path if channel is MessageChannel.DINGTALK else "sign" in json.loads(body)
    assert signed == (channel is not MessageChannel.WECOM)


def test_a_request_that_left_without_answer_is_unknown(web: Web) -> None:
    web.answer = None
    robot = Robot(account(MessageChannel.WECOM, secrets={"webhook": web.url}))
    assert robot.send(MESSAGE).finding is Finding.UNKNOWN


@pytest.mark.parametrize(
    ("webhook", "code"),
    [
        ("http://127.0.0.1:9/", "no_connection"),
        ("http://robots.example.com/", "not_encrypted"),
        ("", "address_unusable"),
    ],
)
def test_what_never_left_is_tried_again(webhook: str, code: str) -> None:
    answer = Robot(account(MessageChannel.WECOM, secrets={"webhook": webhook})).send(MESSAGE)
    assert (answer.finding, answer.code, answer.stop) == (Finding.RETRY, code, True)


MOODS = [
    (Mood.FINE, Finding.SENT, "250"),
    (Mood.NOT_NOW, Finding.RETRY, "450"),
    (Mood.NEVER, Finding.FAILED, "550"),
    (Mood.NOT_NOW_AFTER_DATA, Finding.RETRY, "451"),
    (Mood.NEVER_AFTER_DATA, Finding.FAILED, "554"),
    (Mood.GONE_BEFORE_DATA, Finding.RETRY, "connection_lost"),
    (Mood.TAKEN_AND_SILENT, Finding.UNKNOWN, "timeout_after_data"),
    (Mood.LEFT_AND_GONE, Finding.UNKNOWN, "connection_lost_after_data"),
]


def mail(server: MailServer) -> EmailCarrier:
    return EmailCarrier(
        account(
            MessageChannel.EMAIL,
            settings={"host": "127.0.0.1", "port": server.port, "security": "none", "timeout": 0.3},
        )
    )


def test_smtp_says_what_is_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    server = MailServer(silence=1.0)
    carrier = mail(server)
    try:
        for mood, finding, code in MOODS:
            monkeypatch.setattr("huikuan.bench.mail_server.WEIGHTS", {mood: 1.0})
            answer = carrier.send(
                Outgoing(
                    "k", f"<{mood.name}@example.com>", "a@example.com", "s", "t\n.\n..x", MESSAGE.queued_at
                )
            )
            assert (answer.finding, answer.code, answer.stop) == (finding, code, False), mood
        assert server.moody.taken == {"<FINE@example.com>": 1, "<TAKEN_AND_SILENT@example.com>": 1}
    finally:
        carrier.close()
        server.die()
    dead = carrier.send(Outgoing("k", "<dead@example.com>", "a@example.com", "s", "t", MESSAGE.queued_at))
    assert (dead.finding, dead.code, dead.stop) == (Finding.RETRY, "no_connection", True)


def test_a_mail_carries_what_makes_it_traceable() -> None:
    message = Outgoing(
        key="k",
        number=MESSAGE.number,
        address="zhang@example.com",
        subject="付款提醒" * 30,
        text="文本",
        html="<p>网页</p>",
        attachments=(Attachment("对账单.pdf", "application/pdf", b"%PDF"),),
        unsubscribe="https://ar.example.com/unsubscribe/x/",
        queued_at=MESSAGE.queued_at,
    )
    made = composed(message, account(MessageChannel.EMAIL))
    raw = made.as_bytes()
    assert made["Message-ID"] == MESSAGE.number
    assert made["List-Unsubscribe"] == "<https://ar.example.com/unsubscribe/x/>"
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["Subject"] == "付款提醒" * 30
    assert [part.get_content_type() for part in made.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    assert max(len(line) for line in raw.splitlines()) < 998

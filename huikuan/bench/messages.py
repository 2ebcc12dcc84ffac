"""messages: what two workers send to a server that fails in every way, while workers are killed in the middle.

What the server took on is set beside what the books say: each message that is recorded as sent was taken on, none was
taken on twice, and what nobody could know is reported as unknown.
"""

from __future__ import annotations

import os
import random
import smtplib
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from typing import Protocol
from uuid import UUID

from django.db import connections
from uuid_utils.compat import uuid7

from huikuan.audit.operations import act
from huikuan.bench.company import found_organization
from huikuan.bench.mail_server import MailServer
from huikuan.bench.measures import Result, seconds_of
from huikuan.core.postgres.tenancy import tenant
from huikuan.messaging.channels.carrier import Account, Answer, Outgoing
from huikuan.messaging.channels.email import EmailCarrier
from huikuan.messaging.models import Attempt, Message, Sender
from huikuan.messaging.operations import Decision, queue_messages, settle_message
from huikuan.messaging.rules import AttemptKind, Finding, MessageChannel, MessageState, NewMessage
from huikuan.messaging.sending import send_due
from huikuan.organizations.actors import local_operator

TIMEOUT = 0.4
WORKERS = 2
MOST_ROUNDS = 40
AHEAD = timedelta(hours=9)  # past the longest pause, and past every lease


class Killed(BaseException):
    """The worker died here."""


class Workers(Protocol):
    """How workers are started: one round of all of them, with the clock so far ahead; returns how many died."""

    def __call__(self, organization_id: UUID, ahead: timedelta, server: MailServer) -> int:
        """Run until no worker has anything left to do."""


@dataclass(slots=True)
class Told:
    """The story in numbers. `doubled_unexplained`, `lost`, `misreported` and `unrecorded` are to be none."""

    messages: int
    rounds: int = 0
    killed: int = 0
    server_deaths: int = 0
    states: dict[str, int] = field(default_factory=dict)
    unknown: int = 0
    unknown_taken_on: int = 0
    settled_as_arrived: int = 0
    sent_again: int = 0
    taken_on: int = 0
    doubled: int = 0
    doubled_unexplained: int = 0
    lost: int = 0
    misreported: int = 0
    unrecorded: int = 0
    attempts: int = 0
    moods: dict[str, int] = field(default_factory=dict)


def tell_story(count: int, *, workers: Workers, code: str = "messages", seed: int = 7) -> Told:
    """Queue `count` messages and send them until each is settled; then somebody who asked the readers settles what
    is unknown, and the rest is sent. Raises nothing for what is wrong: it is counted."""
    organization = found_organization(code)
    server = MailServer(seed=seed, silence=TIMEOUT * 3)
    told = Told(messages=count)
    try:
        _set_up(organization.pk, server.port)
        _queue(organization.pk, count)
        ahead = _sent_off(organization.pk, workers, server, told, timedelta())
        _compare(organization.pk, server, told)
        while told.rounds < MOST_ROUNDS and _ask_readers(organization.pk, server, told, ahead):
            ahead = _sent_off(organization.pk, workers, server, told, ahead)
        _compare(organization.pk, server, told, settled=True)
    finally:
        server.die()
    told.server_deaths = server.deaths - 1
    told.moods = {mood.name.lower(): number for mood, number in server.moody.moods.items()}
    return told


def _set_up(organization_id: UUID, port: int) -> None:
    with tenant(organization_id):
        Sender.objects.create(
            organization_id=organization_id,
            code="mail",
            name="mail",
            channel=MessageChannel.EMAIL.value,
            provider="smtp",
            settings={"host": "127.0.0.1", "port": port, "security": "none", "timeout": TIMEOUT},
            from_address="ar@example.com",
            rate_per_minute=1_000_000,
            daily_cap=10_000_000,
            quiet_from=clock_time(),
            quiet_until=clock_time(),
            quiet_rest_days=False,
            test_mode=False,
            standard=True,
        )


def _queue(organization_id: UUID, count: int) -> None:
    messages = [
        NewMessage(
            key=f"bench:{number}",
            channel=MessageChannel.EMAIL,
            customer_id=None,
            person_id=None,
            membership_id=None,
            address=f"reader{number}@example.com",
            language="zh-hans",
            subject=f"Reminder {number}",
            text="Something is due: please check.\n.a line that begins with a point\n" * 3,
            about_kind="bench",
            about_id=uuid7(),
        )
        for number in range(count)
    ]
    with tenant(organization_id), act("queue_messages", actor=local_operator()) as opened:
        queue_messages(act=opened, messages=messages)
        queue_messages(act=opened, messages=messages[: count // 2])  # the run was repeated


def _sent_off(
    organization_id: UUID, workers: Workers, server: MailServer, told: Told, ahead: timedelta
) -> timedelta:
    """Rounds of workers, hours apart, until nothing is queued or being sent; returns how far ahead the clock is."""
    while told.rounds < MOST_ROUNDS:
        told.rounds += 1
        told.killed += workers(organization_id, ahead, server)
        ahead += AHEAD
        if told.rounds % 4 == 0:
            ahead -= timedelta(hours=3)  # somebody sets the clock back
        with tenant(organization_id):
            waiting = Message.objects.filter(
                state__in=(MessageState.QUEUED.value, MessageState.SENDING.value)
            ).exists()
        if not waiting:
            return ahead
    return ahead


def _compare(organization_id: UUID, server: MailServer, told: Told, *, settled: bool = False) -> None:
    """What the books say beside what the server took on."""
    taken = server.moody.taken
    with tenant(organization_id):
        rows = list(Message.objects.values_list("pk", "number", "state"))
        again = set(
            Attempt.objects.filter(kind=AttemptKind.PERSON.value, finding=Finding.RETRY.value).values_list(
                "message_id", flat=True
            )
        )
        told.attempts = Attempt.objects.filter(kind=AttemptKind.SEND.value).count()
    told.states = dict(Counter(state for _key, _number, state in rows))
    told.taken_on = sum(taken.values())
    told.doubled = sum(taken[number] > 1 for _key, number, _state in rows)
    told.doubled_unexplained = sum(taken[number] > 1 for key, number, _state in rows if key not in again)
    told.lost = sum(state == "sent" and not taken[number] for _key, number, state in rows)
    told.misreported = sum(state == "failed" and taken[number] > 0 for _key, number, state in rows)
    told.unrecorded = (
        sum(taken[number] > 0 and state in ("queued", "sending", "cancelled") for _key, number, state in rows)
        + taken["?"]
    )
    if not settled:
        told.unknown = told.states.get("unknown", 0)
        told.unknown_taken_on = sum(state == "unknown" and taken[number] > 0 for _key, number, state in rows)


def _ask_readers(organization_id: UUID, server: MailServer, told: Told, ahead: timedelta) -> int:
    """A person rings up the readers of what is unknown: it arrived, or it is sent again."""
    now = datetime.now(UTC) + ahead
    with tenant(organization_id):
        unknown = list(Message.objects.filter(state=MessageState.UNKNOWN.value).values_list("pk", "number"))
        for key, number in unknown:
            arrived = server.moody.taken[number] > 0
            told.settled_as_arrived += arrived
            told.sent_again += not arrived
            settle_message(
                key,
                Decision.ARRIVED if arrived else Decision.AGAIN,
                reason="asked the reader",
                actor=local_operator(),
                now=now,
            )
    return len(unknown)


class Mortal:
    """A channel in which the worker dies now and then, before or after the message left."""

    def __init__(self, account: Account, dice: random.Random) -> None:
        self._carrier = EmailCarrier(account)
        self._dice = dice

    def send(self, message: Outgoing) -> Answer:
        """Send, unless it dies first; or die before anybody hears of it."""
        if self._dice.random() < 0.025:
            raise Killed
        answer = self._carrier.send(message)
        if self._dice.random() < 0.025:
            raise Killed
        return answer

    def ask(self, message: Outgoing, *, reference: str) -> Answer | None:
        """Nobody can be asked here."""
        return None

    def close(self) -> None:
        """The connection of a dead worker is closed by the system."""
        self._carrier.close()


def threads(seed: int = 11) -> Workers:
    """Workers as threads of this process that die in the channel."""
    dice = random.Random(seed)

    def run(organization_id: UUID, ahead: timedelta, server: MailServer) -> int:
        died: list[str] = []

        def work(name: str) -> None:
            try:
                while True:
                    try:
                        send_due(
                            organization_id,
                            clock=lambda: datetime.now(UTC) + ahead,
                            worker=name,
                            opens=lambda account: Mortal(account, dice),
                        )
                        return
                    except Killed:
                        died.append(name)
            finally:
                connections.close_all()

        running = [
            threading.Thread(target=work, args=(f"worker {each}",), daemon=True) for each in range(WORKERS)
        ]
        for each in running:
            each.start()
        for each in running:
            each.join(timeout=300)
        return len(died)

    return run


def processes(seed: int = 11, *, lives: tuple[float, float] = (2.0, 12.0)) -> Workers:
    """Workers as processes that are killed (SIGKILL) after some seconds, and a server that dies now and then.

    In later rounds, with little left to do, they live on.
    """
    dice = random.Random(seed)

    def run(organization_id: UUID, ahead: timedelta, server: MailServer) -> int:
        died = 0
        running = {
            _started(organization_id, ahead): time.monotonic() + dice.uniform(*lives) for _ in range(WORKERS)
        }
        deaths = 0
        server_dies = time.monotonic() + dice.uniform(10, 20)
        while running:
            time.sleep(0.05)
            if time.monotonic() > server_dies and deaths < 3:
                server.die()
                time.sleep(0.5)
                server.revive()
                deaths += 1
                server_dies = time.monotonic() + dice.uniform(10, 20)
            for child, until in list(running.items()):
                if child.poll() is not None:
                    del running[child]
                    if child.returncode:
                        raise RuntimeError(f"a worker ended with {child.returncode}")
                elif time.monotonic() > until:
                    child.kill()
                    child.wait()
                    died += 1
                    del running[child]
                    life = dice.uniform(*lives) * (1 + died / 5)
                    running[_started(organization_id, ahead)] = time.monotonic() + life
        return died

    return run


def _started(organization_id: UUID, ahead: timedelta) -> subprocess.Popen[str]:
    name = str(connections["default"].settings_dict["NAME"])
    child = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "huikuan.bench.message_worker",
            str(organization_id),
            str(ahead.total_seconds()),
            "child",
        ],
        env={**os.environ, "HUIKUAN_DATABASE": name},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    child.stdout.readline()  # it is up: its life begins
    return child


def measure_messages(*, messages: int, announce: Callable[[str], None]) -> Result:
    """Messages sent by two workers that are killed, to a server that fails. The limit: the same number handed to the
    same server, well-behaved, over one connection and nothing written down."""
    told = Told(messages)
    seconds = seconds_of(lambda: announce(_summary(tell_story_into(told, messages))))
    limit = seconds_of(lambda: _only_hand_over(messages))
    wrong = told.doubled_unexplained + told.lost + told.misreported + told.unrecorded
    if wrong:
        raise RuntimeError(f"{wrong} messages were not recorded as they were: {told}")
    return Result(
        "messages",
        messages,
        seconds,
        limit,
        detail={
            "attempts": told.attempts,
            "killed": told.killed,
            "unknown": told.unknown,
            "unknown_taken_on": told.unknown_taken_on,
            "doubled": told.doubled,
            "lost": told.lost,
        },
    )


def tell_story_into(told: Told, count: int) -> Told:
    """The story with processes, kept in `told`."""
    found = tell_story(count, workers=processes())
    for name in Told.__slots__:
        setattr(told, name, getattr(found, name))
    return told


def _summary(told: Told) -> str:
    return "\n".join(f"  {name}: {getattr(told, name)}" for name in Told.__slots__)


def _only_hand_over(count: int) -> None:
    server = MailServer()
    server.moody.steady = True
    try:
        with smtplib.SMTP("127.0.0.1", server.port, timeout=20) as client:
            for number in range(count):
                client.sendmail(
                    "ar@example.com",
                    [f"reader{number}@example.com"],
                    f"Message-ID: <{number}@example.com>\r\nSubject: x\r\n\r\n" + "x" * 300,
                )
    finally:
        server.die()

"""The kinds of acts that can be put up for approval: registered once, at start, by `huikuan.config.approvals`.

A package above describes its acts as `Kind`s (such as huikuan/ledger/requests.py); this package knows them only
by their codes, and executes them without knowing what they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from huikuan.organizations.actors import Actor

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Link:
    """A page: the name of its address and what follows the organization's code in it."""

    name: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """What an act is about: `subject` is what people call it (a number, a customer's name), up to 200 characters."""

    kind: str
    id: UUID
    subject: str


@dataclass(frozen=True)
class Result:
    """What an act made: its number, where it is, and what programs may want to know."""

    number: str = ""
    link: Link | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A fact of a request: `kind` as in components/description_list.html (text, money, date …)."""

    label: str
    value: Any
    kind: str = "text"
    currency: str = ""


@dataclass(frozen=True)
class Description:
    """What is asked, in the reader's language, with the page of the record."""

    title: str
    lines: Sequence[Line] = ()
    link: Link | None = None


@dataclass(frozen=True)
class EarlierAct:
    """Who did something before that may not meet with this act in one person: `duty` of `duties.DUTIES`.

    `user_id` is empty for the local operator, who is nobody in particular.
    """

    duty: str
    user_id: UUID | None
    name: str


def _nobody(payload: Payload) -> Sequence[EarlierAct]:
    return ()


@dataclass(frozen=True)
class Kind:
    """A kind of act.

    code         stable; kept on requests and policies
    title        what the act is called (a Chinese message id, translated when read)
    permission   who may ask for it
    execute      do it: the payload, the actor and the day
    describe     what the payload asks for
    acting       the permission that `execute` requires; where a policy applies, agreement stands in for it
    alone        duty that one person neglects who does the act without anybody's agreement; "" for none
    earlier      who did what must not meet with agreeing to this act
    icon         a name of frontend/icons.json
    """

    code: str
    title: str | Promise
    permission: str
    execute: Callable[[Payload, Actor, date], Result]
    describe: Callable[[Payload], Description]
    acting: str = ""
    alone: str = ""
    earlier: Callable[[Payload], Sequence[EarlierAct]] = _nobody
    icon: str = "checks"


_kinds: dict[str, Kind] = {}
_page: list[str] = []


def register(*kinds: Kind) -> None:
    """Make kinds known; the same code twice is a programming error, the same kind twice is not."""
    for kind in kinds:
        if _kinds.setdefault(kind.code, kind) is not kind:
            raise ValueError(f"two kinds are called {kind.code}")


def register_page(address: str) -> None:
    """The address of a request's page, with places for `{organization}`, its code, and `{request}`, the id."""
    _page[:] = [address]


def page_of(*, organization: str, request: UUID) -> str:
    """The page of a request; "" where there are no pages. Whoever asks need not load them."""
    return _page[0].format(organization=organization, request=request) if _page else ""


def kinds() -> list[Kind]:
    """All kinds, in the order they were registered."""
    return list(_kinds.values())


def kind_of(code: str) -> Kind:
    """The kind called `code`; an unknown one is a programming error (KeyError)."""
    return _kinds[code]


def kind_title(code: str) -> str:
    """What a kind is called in the reader's language; one that is no longer known by its code."""
    kind = _kinds.get(code)
    return str(kind.title) if kind else code

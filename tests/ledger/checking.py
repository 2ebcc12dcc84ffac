"""`huikuan check` in tests: every validation over an organization, and the sentence that nothing is broken."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from huikuan.audit.checks import BrokenRow, broken_rows
from huikuan.cli.check import VALIDATIONS


def check(organization: Any, *, now: datetime | None = None) -> list[BrokenRow]:
    """All broken rows of the current organization, to be called inside its tenant."""
    found = broken_rows(VALIDATIONS, organization=organization, now=now or datetime.now(UTC))
    return [row for rows in found.values() for row in rows]


def assert_nothing_broken(organization: Any) -> None:
    assert check(organization) == []

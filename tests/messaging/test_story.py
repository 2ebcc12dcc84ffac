"""Two workers that die, a server that fails in every way: each message is sent once, or said to be unknown."""

from __future__ import annotations

from uuid import uuid4

import pytest

from huikuan.bench.messages import tell_story, threads


@pytest.mark.django_db(transaction=True)
def test_no_message_is_lost_or_doubled() -> None:
    told = tell_story(300, workers=threads(), code=f"o{uuid4().hex[:12]}")
    print(told)  # noqa: T201
    assert sum(told.states.values()) == 300
    assert set(told.states) <= {"sent", "failed"}
    assert told.states["sent"] == told.taken_on
    assert told.killed > 0 and told.unknown > told.unknown_taken_on > 0  # everything happened
    assert len(told.moods) >= 8
    assert (told.doubled, told.lost, told.misreported, told.unrecorded) == (0, 0, 0, 0)
    assert told.attempts > 300

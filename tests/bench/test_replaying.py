"""A small replay is measured: every order is looked at once."""

from __future__ import annotations

from uuid import uuid4

import pytest

from huikuan.bench.replaying import measure_replay


@pytest.mark.django_db(transaction=True, databases=["default", "admin"])
def test_a_small_replay_is_measured() -> None:
    found = measure_replay(orders=40, customers=4, code=f"b{uuid4().hex[:12]}")
    assert found.name == "replay_policy"
    assert 0 < found.detail["orders"] <= 60
    assert found.detail["stopped"] <= found.detail["orders"]

from __future__ import annotations

from typing import Any

import pytest

from tests.credit.giving import Giving


@pytest.fixture
def credit(books: Any) -> Giving:
    return Giving(books)

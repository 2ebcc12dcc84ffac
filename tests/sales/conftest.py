"""Sales over the books of one organization."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sales.selling import Selling


@pytest.fixture
def selling(books: Any) -> Selling:
    return Selling(books)

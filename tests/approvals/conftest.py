from typing import Any

import pytest

from tests.approvals.company import Company, opened


@pytest.fixture
def company(books: Any) -> Company:
    """Inside its tenant."""
    return opened(books)

"""Two cashiers import at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from huikuan.cash.models import Statement, StatementLine
from huikuan.core.postgres.tenancy import tenant
from tests.cash.statement_files import account, bring, line, statement
from tests.conftest import make_organization
from tests.ledger.checking import check
from tests.ledger.test_races import books_of

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60


def test_two_cashiers_with_the_same_days_bring_each_line_once(actor: Any) -> None:
    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        account(books)
    lines = [line("2026-03-02", f"{n}.00", balance=f"{n * (n + 1) // 2}.00") for n in range(1, 40)]
    files = [
        statement(*lines, opening="0"),
        statement(*lines, opening="0", format="ccb"),
        statement(*lines[:20], opening="0", format="ccb"),
    ]
    start, errors = threading.Barrier(len(files)), []

    def cashier(place: int) -> None:
        try:
            start.wait(PATIENCE)
            with books_of(organization, actor) as books:
                bring(books, files[place], file_sha256=f"{place}" * 64)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=cashier, args=[place], daemon=True) for place in range(len(files))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not errors
    assert not any(thread.is_alive() for thread in threads)
    with tenant(organization.id):
        assert StatementLine.objects.count() == 39
        assert Statement.objects.count() == 3
        assert check(organization) == []

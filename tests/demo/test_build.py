"""Building the demo company: the same for the same day, whole or not at all, once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from functools import partial
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from typer.testing import CliRunner

from huikuan.cli import demo as command
from huikuan.core.postgres.tenancy import tenant
from huikuan.demo import operations
from huikuan.demo.operations import build_demo
from huikuan.demo.plan import plan_company
from huikuan.demo.queries import NotTheDemo, demo_organization
from huikuan.ledger.models import Allocation, Document, OpenItem
from huikuan.organizations.models import Organization, User
from huikuan.organizations.operations import OrganizationRefused, create_organization
from huikuan.risk.payments.models import PaymentModel
from huikuan.risk.payments.queries import being_trained
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db

NO_WORDS: Mapping[str, Any] = MappingProxyType({})
build_small = partial(build_demo, customers=24, invoices=400)


def test_the_same_day_builds_the_same_books() -> None:
    first = _rows(build_small(today=TODAY, code="first"))
    second = _rows(build_small(today=TODAY, code="second"))
    assert first == second
    assert len(first) > 1500


def _rows(organization: Organization) -> list[tuple[Any, ...]]:
    with tenant(organization.pk):
        documents = Document.objects.values_list("number", "document_on", "currency", "amount", "base_amount")
        allocations = Allocation.objects.values_list(
            "debit_item__document__number",
            "credit_item__document__number",
            "effective_on",
            "amount",
            "debit_base",
        )
        items = OpenItem.objects.values_list("document__number", "line", "effective_due_on", "open_amount")
        return [*sorted(documents), *sorted(allocations), *sorted(items, key=str)]


def test_a_build_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("killed at the last step")

    monkeypatch.setattr(operations, "seal", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        build_small(today=TODAY)
    assert demo_organization() is None
    assert not User.objects.filter(email="admin@demo.example").exists()


def test_an_organization_of_somebody_else_is_not_taken_for_the_demo() -> None:
    create_organization(code="demo", name="别人的公司")
    with pytest.raises(NotTheDemo):
        demo_organization()
    with pytest.raises(OrganizationRefused):
        build_small(today=TODAY)


class Aside(AbstractContextManager["Aside"]):
    """In place of the other process, which the test's transaction is not open to; remembers what was left to it."""

    def __init__(self) -> None:
        self.done: list[Callable[..., Any]] = []

    def __exit__(self, *_exception: object) -> None:
        pass

    def apply_async(self, function: Callable[..., Any], kwds: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(get=lambda: self.apply(function, kwds=kwds))

    def apply(
        self, function: Callable[..., Any], args: Sequence[Any] = (), kwds: Mapping[str, Any] = NO_WORDS
    ) -> Any:
        self.done.append(function)
        return function(*args, **kwds)


def test_the_command_builds_once_and_prints_the_sign_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    aside = Aside()
    monkeypatch.setattr(
        command, "get_context", lambda _method: SimpleNamespace(Pool=lambda *_arguments, **_words: aside)
    )
    monkeypatch.setattr(command, "ready", lambda: None)
    monkeypatch.setattr(command, "autovacuum_paused", nullcontext)
    monkeypatch.setattr(command, "plan_company", partial(plan_company, customers=24, invoices=400))
    first, second = _run("--format", "json"), _run("--format", "json")
    data, again = json.loads(first.stdout), json.loads(second.stdout)
    assert (data.pop("built"), again.pop("built")) == (True, False)
    assert data == again
    # Not in the process that the web workers are forked from: what typesetting starts would be missing in them.
    assert [each for each in aside.done if each is command._build] == [command._build]
    assert (data["organization"], data["customers"]) == ("demo", 24)
    assert data["invoices"] > 400  # those of the plan, and those of the contracts
    [waiting] = ProcrastinateJob.objects.filter(task_name="risk.train")
    demo = demo_organization()
    assert demo is not None
    assert waiting.args["organization_id"] == str(demo.pk)
    with tenant(demo.pk):
        assert being_trained()
        assert not PaymentModel.objects.exists()  # the worker's to do, once the pages are there
    assert Decimal(data["overdue"]) < Decimal(data["receivable"])
    assert data["receivable"].partition(".")[2].isdigit()
    assert len(data["users"]) == 9
    shown = _run()
    assert shown.stdout == ""
    for user in data["users"]:
        assert user["login"] in shown.stderr
        assert user["password"] in shown.stderr


def _run(*arguments: str) -> Any:
    from huikuan.cli.commands import app

    result = CliRunner().invoke(app, ["demo", "--no-serve", *arguments])
    assert result.exit_code == 0, result.stderr
    return result

"""Organizations of an earlier version get what a newer one brings, once, and with a trail."""

from typing import Any

import pytest

from huikuan.administration.operations.updates import complete_roles
from huikuan.ledger.chart import CHART, POSTING_RULES, C, ChartAccount, D, Rule
from huikuan.ledger.models import Account, PostingRule
from huikuan.ledger.operations.books import complete_books
from huikuan.organizations.models import Organization, Role
from tests.ledger.checking import assert_nothing_broken

pytestmark = pytest.mark.django_db


def test_books_get_the_accounts_and_rules_they_lack(books: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    grant = ChartAccount("6117", "其他收益", "other_gains")
    rules = {**POSTING_RULES, "grant": (Rule(D, "bank"), Rule(C, "other_gains"))}
    monkeypatch.setattr("huikuan.ledger.chart.CHART", (*CHART, grant))
    monkeypatch.setattr("huikuan.ledger.chart.POSTING_RULES", rules)
    assert complete_books(actor=books.actor)
    assert Account.objects.get(purpose="other_gains").code == "6117"
    assert PostingRule.objects.filter(event="grant").count() == 2
    assert not complete_books(actor=books.actor)
    assert_nothing_broken(books.organization)


def test_a_permission_taken_away_does_not_come_back(books: Any) -> None:
    role = Role.objects.get(code="ar_accountant")
    role.permissions = [code for code in role.permissions if code != "import.run"]
    role.save(update_fields=["permissions"])
    assert not complete_roles(actor=books.actor)
    Organization.objects.filter(pk=books.organization.pk).update(
        known_permissions=["dashboard.read", "import.run"]
    )
    role.permissions = ["dashboard.read"]
    role.save(update_fields=["permissions"])
    assert complete_roles(actor=books.actor)
    role.refresh_from_db()
    assert "invoice.record" in role.permissions
    assert "import.run" not in role.permissions
    assert not complete_roles(actor=books.actor)

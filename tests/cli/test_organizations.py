"""`huikuan org` as a shell sees it."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Account
from huikuan.organizations.models import Membership, MembershipRole, Organization, User
from tests.cli.shell import Done, huikuan, started
from tests.web.people import PASSWORD, person

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def org(*arguments: str) -> Done:
    return huikuan("org", *arguments)


@pytest.fixture
def code() -> str:
    return f"o{uuid4().hex[:12]}"


def test_an_organization_begins_with_books_roles_and_an_administrator(code: str) -> None:
    login = f"{code}@example.com"
    done = started("org", "create", code, "--name", "示例公司", "--admin", login, "--format", "json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    organization = Organization.objects.get(code=code)
    assert (said["id"], said["currency"]) == (str(organization.pk), "CNY")
    user = User.objects.get(email=login)
    # As a command of its own keeps it: tests hash faster.
    assert PBKDF2PasswordHasher().verify(said["password"], user.password)
    assert user.must_change_password
    with tenant(organization.pk):
        assert Account.objects.exists()
        member = Membership.objects.get(user=user)
        held = MembershipRole.objects.filter(membership=member).values_list("role__code", flat=True)
        assert "administrator" in set(held)


def test_somebody_with_an_account_keeps_the_password(code: str) -> None:
    user = person(email=f"{code}@example.com")
    done = org("create", code, "--name", "示例公司", "--admin", user.email, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert "password" not in json.loads(done.stdout)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert not user.must_change_password


def test_without_an_administrator_nobody_is_added(code: str) -> None:
    done = org("create", code, "--name", "示例公司", "--currency", "HKD", "--live-on", "2026-01-01")
    assert done.returncode == 0, done.stderr
    organization = Organization.objects.get(code=code)
    assert (organization.currency, str(organization.live_on)) == ("HKD", "2026-01-01")
    with tenant(organization.pk):
        assert not Membership.objects.exists()


def test_people_read_the_password_on_the_screen(code: str) -> None:
    done = org("create", code, "--name", "示例公司", "--admin", f"{code}@example.com")
    assert done.returncode == 0, done.stderr
    user = User.objects.get(email=f"{code}@example.com")
    assert any(user.check_password(words.split("：")[-1]) for words in done.stderr.split())


def test_a_login_that_is_none_makes_no_organization_of_the_code(code: str) -> None:
    done = org("create", code, "--name", "示例公司", "--admin", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nobody" in done.stderr
    assert not Organization.objects.filter(code=code).exists(), "all of it, or no organization"

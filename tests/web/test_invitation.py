"""Coming in by an invitation: once, for some days, whole, the newest link only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.test import Client

from huikuan.administration.operations import InvitationSpent, accept_invitation
from huikuan.audit.models import Act, Event
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.models import Membership, User
from tests.conftest import make_organization
from tests.web.people import PASSWORD, member, signed_in
from tests.web.test_settings_people import address, invite, link_in

CHOSEN = {"password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def boss(organization: Any) -> Client:
    return signed_in(member(organization, "administrator"))


@pytest.fixture
def link(organization: Any, boss: Client) -> str:
    answer = invite(boss, organization, "new@example.com", "cashier")
    assert answer["Cache-Control"] == "no-store"
    return link_in(answer)


def newcomer() -> User:
    return User.objects.get(email="new@example.com")


def test_an_invited_person_chooses_a_password_and_is_in(organization: Any, link: str) -> None:
    assert not newcomer().has_usable_password()
    browser = Client()
    page = browser.get(link)
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "same-origin"
    assert "new@example.com" in page.content.decode()
    assert browser.post(link, CHOSEN)["Location"] == "/"
    assert browser.get(f"/o/{organization.code}/").status_code == 200
    elsewhere = Client()
    elsewhere.post("/sign-in", {"username": "new@example.com", "password": PASSWORD})
    assert "_auth_user_id" in elsewhere.session
    with tenant(organization.pk):
        acts = list(Act.objects.filter(kind__in=("invite_member", "accept_invitation")).order_by("pk"))
        assert [each.kind for each in acts] == ["invite_member", "accept_invitation"]
        assert acts[1].actor_name == "新同事"
        event = Event.objects.get(action="invited")
    assert event.content["roles"] == ["cashier"]
    token = link.rsplit("/", 1)[1]
    assert token not in str(event.content) and "new@example.com" not in str(event.content)


@pytest.mark.parametrize(
    "typed",
    [
        {"password": "short", "again": "short"},
        {"password": PASSWORD, "again": PASSWORD + "x"},
        {"password": "1234567890", "again": "1234567890"},
        {},
    ],
)
def test_a_weak_or_mistyped_password_changes_nothing(link: str, typed: dict[str, str]) -> None:
    answer = Client().post(link, typed or {"again": ""})
    assert answer.status_code == 422
    assert not newcomer().has_usable_password()
    assert Client().post(link, CHOSEN).status_code == 302, "the link is still good"


def test_a_link_is_good_once(organization: Any, link: str) -> None:
    assert Client().post(link, CHOSEN).status_code == 302
    for answer in (Client().get(link), Client().post(link, {"password": "x" * 12, "again": "x" * 12})):
        assert answer.status_code == 410
        assert "不能用了" in answer.content.decode()
    assert newcomer().check_password(PASSWORD)
    with tenant(organization.pk), pytest.raises(InvitationSpent):
        accept_invitation(user_id=newcomer().pk, token=link.rsplit("/", 1)[1], password="x" * 12)
    assert newcomer().check_password(PASSWORD)


def test_a_link_gets_too_old(link: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_some_days(days: int) -> None:
        now = datetime.now() + timedelta(days=days)
        monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: now)

    assert settings.PASSWORD_RESET_TIMEOUT == 7 * 24 * 3600
    in_some_days(6)
    assert Client().get(link).status_code == 200
    in_some_days(8)
    assert Client().get(link).status_code == 410
    assert Client().post(link, CHOSEN).status_code == 410
    assert not newcomer().has_usable_password()


def test_a_link_that_was_tampered_with_is_refused(organization: Any, actor: Any, link: str) -> None:
    boss = User.objects.exclude(email="new@example.com").latest("created_at")
    other = make_organization(actor)
    with tenant(other.pk):
        Membership.objects.create(organization_id=other.pk, user=newcomer())
    tampered = (
        link[:-1] + ("a" if link[-1] != "a" else "b"),
        link.replace(str(newcomer().pk), str(boss.pk)),
        link.replace(f"/{organization.code}/", f"/{other.code}/"),
        link.replace(f"/{organization.code}/", "/nowhere/"),
        link.rsplit("/", 1)[0] + "/x",
    )
    for each in tampered:
        assert each != link
        assert Client().post(each, CHOSEN).status_code == 410, each
    assert not newcomer().has_usable_password()
    assert boss.check_password(PASSWORD)


def test_a_newer_link_replaces_the_older(organization: Any, boss: Client, link: str) -> None:
    with tenant(organization.pk):
        key = Membership.objects.get(user=newcomer()).pk
    newer = link_in(boss.post(address(organization, "users", key, "invitation")))
    assert newer != link
    assert Client().get(link).status_code == 410
    assert Client().post(newer, CHOSEN).status_code == 302
    third = link_in(boss.post(address(organization, "users", key, "invitation")))
    assert not newcomer().has_usable_password(), "somebody who forgot the password starts anew"
    assert Client().post(third, CHOSEN).status_code == 302


def test_a_member_who_was_shut_out_does_not_come_in(organization: Any, link: str) -> None:
    with tenant(organization.pk):
        Membership.objects.filter(user=newcomer()).update(active=False)
    assert Client().post(link, CHOSEN).status_code == 410


def test_the_link_goes_by_mail_where_mail_is_set_up(
    organization: Any, boss: Client, settings: LazySettings, mailoutbox: list[Any]
) -> None:
    invite(boss, organization, "13800000000", "cashier")
    invite(boss, organization, "first@example.com", "cashier")
    assert mailoutbox == [], "without a server nothing is sent"
    settings.EMAIL_HOST = "mail.example.com"
    answer = invite(boss, organization, "second@example.com", "cashier")
    assert "已发到邮箱" in answer.content.decode()
    [mail] = mailoutbox
    assert mail.to == ["second@example.com"]
    assert f"http://testserver{link_in(answer)}" in mail.body
    invite(boss, organization, "13900000000", "cashier")
    assert len(mailoutbox) == 1, "a phone number has no mailbox"


def test_a_mail_that_cannot_be_sent_leaves_the_link(
    organization: Any, boss: Client, settings: LazySettings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = invite(boss, organization, "third@example.com", "cashier")
    assert "已发到邮箱" not in answer.content.decode()
    assert Client().get(link_in(answer)).status_code == 200

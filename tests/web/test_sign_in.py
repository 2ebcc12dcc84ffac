"""Signing in and out, and the way to the organization."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from huikuan.core.postgres.tenancy import tenant
from huikuan.demo.accounts import ACCOUNTS
from huikuan.demo.operations import build_demo
from huikuan.organizations.operations import create_organization
from tests.conftest import TODAY, make_organization
from tests.web.people import PASSWORD, member, person, signed_in

SIGN_IN = "/sign-in"


def send(client: Client, login: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(SIGN_IN, {"username": login, "password": password, **more})


def test_by_e_mail_and_by_phone(organization: Any) -> None:
    user = member(organization, "finance_manager", email="li@example.com", phone="13812345678")
    for login in ("li@example.com", " LI@Example.com ", "13812345678", "+86 138 1234 5678"):
        client = Client()
        answer = send(client, login)
        assert (answer.status_code, answer["Location"]) == (302, "/"), login
        assert client.session["_auth_user_id"] == str(user.pk)
        assert client.get("/")["Location"] == f"/o/{organization.code}/"


def test_a_wrong_password_and_an_unknown_login_read_the_same(db: None) -> None:
    person(email="known@example.com")
    pages = [
        send(Client(), login, "wrong-password") for login in ("known@example.com", "unknown@example.com")
    ]
    for answer in pages:
        assert answer.status_code == 200
        assert "邮箱、手机号或密码不正确" in answer.content.decode()
        assert "_auth_user_id" not in answer.client.session


def test_an_inactive_person_stays_outside(db: None) -> None:
    user = person(email="gone@example.com")
    user.is_active = False
    user.save()
    assert send(Client(), "gone@example.com").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_way_back_stays_here(organization: Any, target: str) -> None:
    member(organization, "finance_manager", email="li@example.com")
    assert send(Client(), "li@example.com", next=target)["Location"] == "/"


def test_the_way_back_leads_to_the_page_asked_for(organization: Any) -> None:
    member(organization, "finance_manager", email="li@example.com")
    page = f"/o/{organization.code}/customers/?q=a"
    client = Client()
    asked = client.get(page)
    assert asked["Location"].startswith(f"{SIGN_IN}?next=/o/")
    assert send(client, "li@example.com", next=page)["Location"] == page


def test_signing_out_takes_a_post(organization: Any) -> None:
    client = signed_in(member(organization, "finance_manager"))
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out")["Location"] == SIGN_IN
    assert client.get(f"/o/{organization.code}/").status_code == 302


def test_too_many_wrong_passwords_lock_out_for_a_while(db: None, settings: Any) -> None:
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 3
    person(email="li@example.com")
    client = Client()
    statuses = [send(client, "li@example.com", "wrong-password").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = send(client, "LI@example.com")
    assert answer.status_code == 429, "the right password in other letters is locked out as well"
    assert "密码错误次数过多" in answer.content.decode()


def test_several_organizations_are_offered_and_switched(organization: Any, actor: Any) -> None:
    other = make_organization(actor)
    stranger = make_organization(actor)
    user = member(organization, "finance_manager")
    with tenant(other.pk):
        from huikuan.organizations.operations import add_member

        add_member(user=user, role_codes=["customer_service"])
    client = signed_in(user)
    page = client.get("/").content.decode()
    assert organization.code in page
    assert other.code in page
    assert stranger.code not in page
    assert client.post(f"/enter/{organization.code}")["Location"] == f"/o/{organization.code}/"
    assert client.post(f"/enter/{other.code}")["Location"] == f"/o/{other.code}/customers/", (
        "no dashboard there"
    )
    assert client.post(f"/enter/{stranger.code}").status_code == 404
    assert client.get(f"/enter/{other.code}").status_code == 405


def test_without_an_organization_the_page_says_whom_to_ask(db: None) -> None:
    assert "您还不属于任何组织" in signed_in(person()).get("/").content.decode()


def test_the_language_can_be_switched(db: None) -> None:
    client = Client()
    client.post(reverse("set_language"), {"language": "en", "next": SIGN_IN})
    assert '<html lang="en"' in client.get(SIGN_IN).content.decode()


def test_the_demos_people_are_listed_only_where_the_demo_was_built(db: None) -> None:
    assert "data-demo-login" not in Client().get(SIGN_IN).content.decode()
    build_demo(today=TODAY, customers=12, invoices=40)
    page = Client().get(SIGN_IN).content.decode()
    assert page.count("data-demo-login") == len(ACCOUNTS)


def test_somebodys_own_organization_called_demo_shows_no_passwords(db: None) -> None:
    create_organization(code="demo", name="自己的公司")
    assert "data-demo-login" not in Client().get(SIGN_IN).content.decode()

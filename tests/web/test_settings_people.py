"""Users, roles and what they may do: invited, changed, shut out; somebody can always change settings."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from huikuan.administration.operations import first_password, invite_member
from huikuan.audit.models import Event
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Salesperson
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Membership, MembershipRole, Role, User
from huikuan.organizations.permissions import PERMISSIONS
from tests.conftest import make_organization
from tests.web.people import PASSWORD, member, person, seller, signed_in


@pytest.fixture
def boss(organization: Any) -> User:
    return member(organization, "administrator", name="管理员甲")


@pytest.fixture
def client(boss: User) -> Client:
    return signed_in(boss)


def address(organization: Any, *parts: Any) -> str:
    return "/".join([f"/o/{organization.code}/settings", *map(str, parts), ""])


def role(organization: Any, code: str) -> Role:
    with tenant(organization.pk):
        return Role.objects.get(code=code)


def membership(organization: Any, user: User) -> Membership:
    with tenant(organization.pk):
        return Membership.objects.get(user=user)


def invite(client: Client, organization: Any, login: str, *roles: str, **values: str) -> Any:
    keys = [str(role(organization, code).pk) for code in roles]
    typed = {"name": "新同事", "login": login, "roles": keys, **values}
    return client.post(address(organization, "users", "invite"), typed)


def link_in(answer: Any) -> str:
    """The path of the link that is shown once."""
    found = re.search(r'id="invitation-link" value="http://testserver([^"]+)"', answer.content.decode())
    assert found
    return found[1]


def test_a_person_with_a_first_password_must_change_it_before_anything_else(organization: Any) -> None:
    first = first_password()
    with tenant(organization.pk):
        invite_member(
            name="新同事",
            login="new@example.com",
            role_ids=[Role.objects.get(code="cashier").pk],
            password=first,
            actor=local_operator(),
        )
    newcomer = Client()
    newcomer.post("/sign-in", {"username": "new@example.com", "password": first})
    for page in ("/", f"/o/{organization.code}/", f"/o/{organization.code}/customers/"):
        assert newcomer.get(page)["Location"] == f"/o/{organization.code}/security", page
    weak = {"current": first, "password": "short", "again": "short"}
    newcomer.post(f"/o/{organization.code}/security", weak)
    assert newcomer.get(f"/o/{organization.code}/")["Location"].endswith("/security")
    newcomer.post(
        f"/o/{organization.code}/security", {"current": first, "password": PASSWORD, "again": PASSWORD}
    )
    assert newcomer.get(f"/o/{organization.code}/").status_code == 200
    again = Client()
    again.post("/sign-in", {"username": "new@example.com", "password": first})
    assert "_auth_user_id" not in again.session, "the first password is spent"


def test_a_phone_number_will_do_and_nonsense_will_not(organization: Any, client: Client) -> None:
    assert link_in(invite(client, organization, "13812345678", "cashier"))
    assert User.objects.filter(name="新同事").get().phone == "+8613812345678"
    answer = invite(client, organization, "not a login", "cashier")
    assert answer.status_code == 422
    assert "not a login" in answer.content.decode()
    nobody = client.post(
        address(organization, "users", "invite"), {"name": "无角色", "login": "x@example.com"}
    )
    assert nobody.status_code == 422
    assert "请至少选择一个角色" in nobody.content.decode()


def test_a_known_person_is_added_with_their_own_password(organization: Any, client: Client) -> None:
    user = person(email="known@example.com")
    before = user.password
    answer = invite(client, organization, "Known@example.com", "auditor")
    assert "这个人已有账户" in answer.content.decode()
    user.refresh_from_db()
    assert (user.password, user.must_change_password) == (before, False)
    assert invite(client, organization, "known@example.com", "auditor").status_code == 422


def test_roles_team_and_salesperson_change(organization: Any, client: Client) -> None:
    clerk, salesperson = seller(organization, code="S7")
    other = member(organization, "auditor")
    page = address(organization, "users", membership(organization, other).pk)
    typed = {"roles": [str(role(organization, "sales_manager").pk)], "team": "华东", "salesperson": ""}
    assert client.post(page, typed).status_code == 302
    taken = client.post(page, typed | {"salesperson": str(salesperson.pk)})
    assert taken.status_code == 422, "not among the choices: somebody else is this salesperson"
    own = address(organization, "users", membership(organization, clerk).pk)
    client.post(own, {"roles": [str(role(organization, "salesperson").pk)], "team": "", "salesperson": ""})
    assert client.post(page, typed | {"salesperson": str(salesperson.pk)}).status_code == 302
    with tenant(organization.pk):
        assert Salesperson.objects.get().membership_id == membership(organization, other).pk
        event = Event.objects.filter(record_kind="member", content__has_key="salespeople").latest("pk")
    assert event.content["before"] == {"salespeople": []}


def test_the_last_administrator_stays(organization: Any, boss: User, client: Client) -> None:
    own = membership(organization, boss)
    page = address(organization, "users", own.pk)
    refused = client.post(page, {"roles": [str(role(organization, "auditor").pk)], "team": "打过的字"})
    assert refused.status_code == 422
    assert "没有人能维护组织" in refused.content.decode()
    assert "打过的字" in refused.content.decode()
    assert client.post(f"{page}active/", {"value": "0"}).status_code == 409, "not oneself"
    second = member(organization, "administrator")
    rival = signed_in(second)
    assert rival.post(f"{page}active/", {"value": "0"}).status_code == 302
    assert client.get(f"/o/{organization.code}/").status_code == 404, "shut out from the next request on"
    assert rival.post(f"{page}active/", {"value": "1"}).status_code == 302
    assert client.get(f"/o/{organization.code}/").status_code == 200


def matrix(organization: Any, **changes: set[str]) -> dict[str, Any]:
    """The form of the matrix as it stands, with other permissions for some roles."""
    from huikuan.organizations.queries import role_state

    data: dict[str, Any] = {}
    with tenant(organization.pk):
        for each in Role.objects.all():
            data[f"seen-{each.pk}"] = role_state(each)
            data[f"scope-{each.pk}"] = each.scope
            data[f"role-{each.pk}"] = sorted(changes.get(each.code, set(each.permissions)))
    return data


def test_the_matrix_counts_from_the_next_request(organization: Any, client: Client) -> None:
    clerk = signed_in(member(organization, "customer_service"))
    assert clerk.get(f"/o/{organization.code}/aging/").status_code == 403
    wider = {"customer.read", "ledger.read", "report.read"}
    answer = client.post(address(organization, "roles"), matrix(organization, customer_service=wider))
    assert answer.status_code == 302
    assert clerk.get(f"/o/{organization.code}/aging/").status_code == 200
    with tenant(organization.pk):
        event = Event.objects.filter(record_kind="role").latest("pk")
    assert event.number == "customer_service"
    assert set(event.content["permissions"]) - set(event.content["before"]["permissions"]) == {"report.read"}
    reset = address(organization, "roles", role(organization, "customer_service").pk, "reset")
    assert client.post(reset).status_code == 302
    assert clerk.get(f"/o/{organization.code}/aging/").status_code == 403


def test_every_cell_has_a_name(organization: Any, client: Client) -> None:
    page = client.get(address(organization, "roles")).content.decode()
    names = re.findall(r'type="checkbox"[^>]*aria-label="([^"]+)"', page)
    assert len(names) == len(set(names)) == len(PERMISSIONS) * 11


def test_the_matrix_keeps_somebody_who_can_change_settings(organization: Any, client: Client) -> None:
    data = matrix(organization, administrator={"dashboard.read"}, auditor={"dashboard.read"})
    answer = client.post(address(organization, "roles"), data)
    assert answer.status_code == 409
    assert "没有人能维护组织" in answer.content.decode()
    assert "organization.write" in role(organization, "administrator").permissions
    assert "report.read" in role(organization, "auditor").permissions, "whole or not at all"


def test_an_edit_of_what_somebody_else_changed_meanwhile_is_refused(
    organization: Any, client: Client
) -> None:
    stale = matrix(organization, cashier={"dashboard.read"})
    client.post(address(organization, "roles"), matrix(organization, cashier={"report.read"}))
    answer = client.post(address(organization, "roles"), stale)
    assert answer.status_code == 409
    assert "别人改过" in answer.content.decode()
    assert role(organization, "cashier").permissions == ["report.read"]


def test_a_role_is_copied_renamed_and_deleted_when_nobody_holds_it(organization: Any, client: Client) -> None:
    model = role(organization, "collector")
    typed = {"name": "外包催收", "copy_of": str(model.pk)}
    assert client.post(address(organization, "roles", "new"), typed).status_code == 302
    assert client.post(address(organization, "roles", "new"), typed).status_code == 422, "the name is taken"
    copy = role(organization, "custom-1")
    assert (copy.scope, set(copy.permissions)) == (model.scope, set(model.permissions))
    page = address(organization, "roles", copy.pk)
    assert client.post(page, {"name": "委外催收"}).status_code == 302
    holder = member(organization, "custom-1")
    refused = client.post(f"{page}delete/")
    assert refused.status_code == 409
    assert "还有 1 位用户" in refused.content.decode()
    with tenant(organization.pk):
        MembershipRole.objects.filter(membership__user=holder).delete()
    assert client.post(f"{page}delete/").status_code == 302
    with tenant(organization.pk):
        assert not Role.objects.filter(code="custom-1").exists()


def test_a_link_is_made_anew_but_not_for_people_of_other_organizations(
    organization: Any, actor: Any, client: Client
) -> None:
    user = member(organization, "cashier", email="clerk@example.com")
    page = address(organization, "users", membership(organization, user).pk, "invitation")
    assert link_in(client.post(page))
    user.refresh_from_db()
    assert not user.has_usable_password(), "the password so far is void"
    other = make_organization(actor)
    with tenant(other.pk):
        from huikuan.organizations.operations import add_member

        add_member(user=user, role_codes=["auditor"])
    before = User.objects.get(pk=user.pk).password
    refused = client.post(page)
    assert refused.status_code == 409
    assert "还在别的组织工作" in refused.content.decode()
    assert User.objects.get(pk=user.pk).password == before


def test_people_and_roles_of_another_organization_do_not_exist(
    organization: Any, actor: Any, client: Client
) -> None:
    other = make_organization(actor)
    stranger = membership(other, member(other, "auditor", name="陌生人"))
    foreign = role(other, "cashier")
    for parts in (("users", stranger.pk), ("roles", foreign.pk)):
        assert client.get(address(organization, *parts)).status_code == 404
    assert client.post(address(organization, "users", stranger.pk, "active")).status_code == 404
    assert client.post(address(organization, "roles", foreign.pk, "delete")).status_code == 404
    assert "陌生人" not in client.get(address(organization, "users")).content.decode()
    own = matrix(organization)
    own[f"seen-{foreign.pk}"] = "x"
    own[f"role-{foreign.pk}"] = ["organization.write"]
    client.post(address(organization, "roles"), own)
    assert "organization.write" not in role(other, "cashier").permissions
    answer = client.post(
        address(organization, "users", "invite"),
        {"name": "越界", "login": "cross@example.com", "roles": [str(foreign.pk)]},
    )
    assert answer.status_code == 422

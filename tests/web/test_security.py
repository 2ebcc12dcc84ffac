"""Changing one's own password."""

from __future__ import annotations

from typing import Any

from huikuan.audit.models import Event
from huikuan.core.postgres.tenancy import tenant
from tests.web.people import PASSWORD, member, signed_in

NEW = "a-much-longer-phrase-9"


def test_the_password_changes_and_other_browsers_are_signed_out(organization: Any) -> None:
    user = member(organization, "customer_service")
    here, elsewhere = signed_in(user), signed_in(user)
    address = f"/o/{organization.code}/security"
    answer = here.post(address, {"current": PASSWORD, "password": NEW, "again": NEW})
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert here.get(address).status_code == 200
    assert elsewhere.get(address).status_code == 302
    with tenant(organization.pk):
        assert Event.objects.get(action="password_changed").record_id == user.pk


def test_what_is_wrong_changes_nothing(organization: Any) -> None:
    user = member(organization, "customer_service")
    here = signed_in(user)
    address = f"/o/{organization.code}/security"
    for current, password, again in (
        ("wrong", NEW, NEW),
        (PASSWORD, NEW, NEW + "x"),
        (PASSWORD, "short", "short"),
        (PASSWORD, "1234567890", "1234567890"),
        (PASSWORD, PASSWORD, PASSWORD),
    ):
        answer = here.post(address, {"current": current, "password": password, "again": again})
        assert answer.status_code == 200
        assert "没有保存" in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)

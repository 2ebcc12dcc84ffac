"""Pages of early warnings: found, looked into, handed over and closed; what is warned of; what it was worth."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from huikuan.audit.models import Act
from huikuan.organizations.models import Membership
from huikuan.warnings.models import EarlyWarning, State, WarningSetting
from huikuan.warnings.operations import warn
from huikuan.warnings.queries import settings_in_force
from huikuan.warnings.rules import SHIPPED, Finding, Kind, Row
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_from_the_list_to_its_end(books: Any) -> None:
    organization = books.organization
    user, salesperson = seller(organization)
    customer = books.customer("C1", name="华东机械", salesperson=salesperson)
    invoice = books.invoice("F-1", "2026-05-01", "30000")
    rows = [Row("document", invoice.pk, "F-1", invoice.document_on, invoice.amount)]
    figures = {"paid": "5", "debts": "1", "amount": "30000.00", "late": "10"}
    finding = Finding(Kind.FIRST_LATE, customer.pk, figures, rows)
    [made] = warn([finding], actor=books.actor, day=books.today)
    [other] = warn([Finding(Kind.DORMANT, books.customer("C2").pk)], actor=books.actor, day=books.today)
    sales, credit = signed_in(user), signed_in(member(organization, "credit_controller", name="李信"))
    home = f"/o/{organization.code}/credit/warnings/"
    assert "首次逾期" in text(sales, f"{home}?whose=mine")
    assert str(other.pk) not in text(sales, home)
    assert sales.get(f"{home}{other.pk}/").status_code == 404
    one = text(sales, f"{home}{made.pk}/")
    assert "30,000.00" in one
    assert "F-1" in one
    assert str(invoice.pk) in one
    assert "首次逾期" in text(sales, f"/o/{organization.code}/customers/{customer.pk}/")
    assert sales.post(f"{home}{made.pk}/note/", {"done": "已致电"}).status_code == 302
    controller = Membership.objects.get(user__name="李信").pk
    assert sales.post(f"{home}{made.pk}/hand-over/", {"owner_id": str(controller)}).status_code == 302
    assert EarlyWarning.objects.get(pk=made.pk).owner_id == controller
    assert credit.post(f"{home}{made.pk}/close/", {"outcome": "", "reason": "x"}).status_code == 422
    closed = credit.post(f"{home}{made.pk}/close/", {"outcome": "settled", "reason": "款到"})
    assert closed.status_code == 302
    assert EarlyWarning.objects.get(pk=made.pk).state == State.CLOSED
    page = text(credit, f"{home}{made.pk}/")
    assert "已致电" in page
    assert "款到" in page
    assert "首次逾期" not in text(credit, home).split("<table", 1)[1]
    assert "首次逾期" in text(credit, f"{home}effect/")
    assert sales.get(f"{home}effect/").status_code == 403
    assert Act.objects.filter(kind="close_warning").count() == 1


def test_thresholds_are_edited_together(books: Any) -> None:
    credit = signed_in(member(books.organization, "credit_controller"))
    url = f"/o/{books.organization.code}/credit/warnings/settings/"
    assert "订货激增" in text(credit, url)
    form: dict[str, str] = {}
    for kind in Kind:
        form |= {f"{kind.value}-active": "on", f"{kind.value}-owner": SHIPPED[kind].owner.value}
        form |= {f"{kind.value}-{name}": str(each.default) for name, each in SHIPPED[kind].thresholds.items()}
    wrong = credit.post(url, {**form, "limit_use-percent": "0"})
    assert wrong.status_code == 422
    assert not WarningSetting.objects.exists()
    assert credit.post(url, {**form, "limit_use-percent": "80"}).status_code == 302
    assert WarningSetting.objects.get().kind == Kind.LIMIT_USE
    changed = next(each for each in settings_in_force() if each.kind == Kind.LIMIT_USE)
    assert changed.values["percent"] == 80

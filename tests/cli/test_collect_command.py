"""`huikuan collect`, as another program sees it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.collection.operations import create_policy, put_in_force
from huikuan.collection.stepping import Content, Effect, Means, Step
from huikuan.core.postgres.tenancy import tenant
from tests.cli.shell import data, huikuan
from tests.conftest import make_organization
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def test_from_the_worklist_to_a_judgement(actor: Any) -> None:
    organization, today = make_organization(actor), date.today()
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=today)
        due = (today - timedelta(days=3 * 365 - 30)).isoformat()
        books.invoice("I1", due, "100.00")
        books.invoice("I2", due, "50.00")
    [line] = data(organization, "collect", "worklist")
    assert (line["code"], line["overdue"], sum(line["explained"].values())) == (
        "C1",
        "150.00",
        line["points"],
    )
    assert [row["document"] for row in data(organization, "collect", "limitation")] == ["I1", "I2"]
    about = ("collect", "contact", "--customer", "C1", "--document", "I1")
    sent = (*about, "--result", "sent", "--channel", "letter", "--proof", "delivered")
    made = data(organization, *sent, "--proof-on", today.isoformat())
    assert (made["claimed"], made["interrupts_on"]) == ("100.00", today.isoformat())
    assert [row["document"] for row in data(organization, "collect", "limitation")] == ["I2"]
    wrong = huikuan(*about, "--org", organization.code, "--result", "gone")
    assert (wrong.returncode, "not_reached" in wrong.stderr) == (1, True)
    unknown = huikuan(
        "collect", "promise", "--org", organization.code, "--customer", "C9", "--by", "2030-01-01"
    )
    assert unknown.returncode == 1
    promised = data(organization, "collect", "promise", "--customer", "C1", "--by", today.isoformat())
    assert (promised["amount"], promised["state"]) == ("150.00", "open")
    later = (today + timedelta(days=4)).isoformat()
    assert data(organization, "collect", "judge", "--on", later)["broken"] == 1
    assert data(organization, "collect", "judge", "--on", later)["broken"] == 0


def test_hours_of_a_customer_are_told_and_taken_back(actor: Any) -> None:
    organization, today = make_organization(actor), date.today()
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=today)
        books.invoice("I1", "2026-01-01", "100.00", due="2026-02-01")
    told = ("collect", "hours", "--customer", "C1")
    away = ("--away-from", today.isoformat(), "--away-until", (today + timedelta(days=9)).isoformat())
    assert data(organization, *told, *away) == {"customer": "C1", "changed": True}
    [line] = data(organization, "collect", "worklist")
    assert (line["reach"], line["explained"]["away"]) == ("closed", -20)
    assert data(organization, *told, *away)["changed"] is False
    wrong = huikuan(*told, "--org", organization.code, "--from", "23:00", "--until", "23:30")
    assert (wrong.returncode, "22:00" in wrong.stderr) == (1, True)
    assert huikuan(*told, "--org", organization.code, "--from", "noon").returncode == 2
    assert data(organization, *told)["changed"] is True
    [line] = data(organization, "collect", "worklist")
    assert (line["reach"], "away" in line["explained"]) == ("", False)


def test_charges_are_listed_made_and_refused(actor: Any) -> None:
    organization, today = make_organization(actor), date.today()
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=today)
        step = Step(
            name="催款", days=1, repeat_days=1, repeats=60, channels=(Means.PHONE,), fee=Decimal(30),
            effects=(Effect.CHARGE_INTEREST,),
        )  # fmt: skip
        version = create_policy(
            code="p",
            name="策略",
            content=Content(steps=(step,), workdays_only=False, weekdays="1234567"),
            actor=actor,
        )
        put_in_force(version.pk, starts_on=date(2020, 1, 1), actor=actor, today=date(2020, 1, 1))
        due = (today - timedelta(days=20)).isoformat()
        for customer in ("C1", "C2"):
            books.invoice(f"I-{customer}", due, "10000.00", due=due, customer=customer)
    assert data(organization, "collect", "run")["planned"] == 2
    rows = data(organization, "collect", "charge", "list")
    assert [(row["amount"], row["fee"], row["lines"][0]["amount"]) for row in rows] == [
        ("130.00", "30.00", "100.00")
    ] * 2
    first, second = (row["id"] for row in rows)
    assert data(organization, "collect", "charge", "make", "--charge", first)["state"] == "charged"
    data(organization, "collect", "charge", "refuse", "--charge", second, "--reason", "老客户")
    assert data(organization, "collect", "charge", "list") == []
    again = huikuan("collect", "charge", "make", "--org", organization.code, "--charge", first)
    assert again.returncode == 1 and "计收提案" in again.stderr

"""`huikuan collect`, as another program sees it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

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

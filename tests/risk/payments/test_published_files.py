"""Predictions on histories that nobody here wrote: made before the window they are judged on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.operations import ImportOptions, import_file
from huikuan.risk.payments.operations import backtest
from tests.conftest import TODAY, make_organization

pytestmark = pytest.mark.django_db


def test_late_payment_histories(actor: Any) -> None:
    path = Path(__file__).resolve().parents[4] / "shared" / "data" / "invoices" / "ibm_receivables.csv"
    if not path.is_file():
        pytest.skip("the published invoice files are not on this machine")
    organization = make_organization(actor, currency="USD")
    import_file(
        path, kind="invoices", organization=organization, actor=actor, today=TODAY, options=ImportOptions()
    )
    with tenant(organization.id):
        made = backtest(until=date(2013, 12, 31), since=date(2013, 7, 1), actor=actor, today=TODAY)
    [trial] = made.result["trials"]
    found = trial["at_issue"]
    assert trial["method"] == "hazard"
    assert (found["debts"], found["paid"]) == (536, 536)
    # 0.862 and 5.89 days here; a little room, for another processor may round otherwise.
    assert found["late5"]["auc"] >= 0.857
    assert found["date"]["mae"] <= 5.95
    assert found["date"]["mae"] < found["date"]["mae_median"] < found["date"]["mae_due"]
    assert max(found["date"]["before_p10"], found["date"]["after_p90"]) < 0.13

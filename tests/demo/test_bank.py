"""The demo's account at a bank: its money is in the books once, and a morning's lines wait with their answers."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import F
from django.db.models.functions import Abs

from huikuan.cash.bank_queries import bank_accounts
from huikuan.cash.models import Proposal, StatementLine, Tier, UseKind
from huikuan.cash.queries import standing_uses
from huikuan.cash.reconciling import reconciliation
from huikuan.core.postgres.tenancy import tenant
from huikuan.demo.operations import build_demo
from huikuan.notices.models import Note
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db


def test_a_month_is_linked_and_a_morning_waits() -> None:
    organization = build_demo(today=TODAY, customers=24, invoices=400)
    with tenant(organization.pk):
        [account] = bank_accounts()
        waiting = StatementLine.objects.exclude(used=Abs(F("amount")))
        assert set(waiting.values_list("booked_on", flat=True)) == {TODAY}
        assert set(standing_uses().values_list("kind", flat=True)) == {UseKind.RECEIPT.value}
        assert all(use.settled_with == {"linked": True} for use in standing_uses())
        tiers = set(Proposal.objects.filter(line__in=waiting).values_list("tier", flat=True))
        assert {Tier.SURE.value, Tier.NONE.value} <= tiers
        asked = waiting.get(waits_for__isnull=False)
        assert asked.waits_for is not None and asked.waits_for.email == "sales@demo.example"
        assert Note.objects.get(record_id=asked.pk).text.startswith("@周思远")
        month = date(TODAY.year, TODAY.month, 1)
        assert reconciliation(account, month).unexplained == 0

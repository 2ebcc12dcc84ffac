"""letters: one-page demands printed as one file, beside reading the same open items without saying anything of them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from huikuan.bench.company import BLOCK, TODAY, build_company
from huikuan.bench.measures import Result, seconds_of
from huikuan.collection.models import LetterBatch
from huikuan.collection.operations import NewLetter, ask_letters, print_letters
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 4, tzinfo=UTC)
# What any letter has to know at least.
OPEN = """
    SELECT i.customer_id, d.number, i.effective_due_on, i.currency, i.open_amount
    FROM ledger_open_item i
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
    WHERE i.organization_id = %(organization)s AND i.customer_id = ANY(%(ids)s::uuid[]) AND i.side = 1
      AND i.open_amount > 0 AND i.effective_due_on < %(day)s
"""


def measure_letters(*, letters: int, code: str = "letters") -> Result:
    """Seconds of asking for so many letters and printing them; pages and megabytes of the file in the detail."""
    company = build_company(code=code, items=letters * BLOCK, customers=letters, allocated=False)
    organization, actor = company.organization, local_operator()
    batches: list[LetterBatch | None] = []
    with tenant(organization.pk):
        keys = list(Customer.objects.order_by("code").values_list("pk", flat=True)[:letters])

    def ours() -> None:
        with tenant(organization.pk):
            news = [NewLetter(customer_id=key, template="dunning_1") for key in keys]
            ask_letters(news, actor=actor, today=TODAY)
            batches.append(print_letters(None, actor=actor, today=TODAY, now=NOW))

    seconds = seconds_of(ours)
    limit = seconds_of(lambda: _read(organization, keys))
    made = batches[0]
    assert made is not None
    detail = {"pages": float(made.pages), "megabytes": round(made.file.size / 1024**2, 1)}
    return Result("letters", made.letters, seconds, limit, detail=detail)


def _read(organization: Organization, keys: list[UUID]) -> None:
    with tenant(organization.pk), connection.cursor() as cursor:
        cursor.execute(OPEN, {"organization": organization.pk, "ids": keys, "day": TODAY})
        cursor.fetchall()

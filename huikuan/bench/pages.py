"""pages: how soon the server answers what people open all day, at the size of the other readings.

Requests go through the whole of Django (session, permissions, snapshot, template) without a socket. What stands
beside each is not SQL but the promise: a page is there in a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from huikuan.bench.company import Company, customer_key
from huikuan.bench.measures import Result, percentile, seconds_of
from huikuan.core.keyset import write_mark
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Document, OpenItem
from huikuan.ledger.operations.totals import count_overdue
from huikuan.organizations.models import User
from huikuan.organizations.operations import add_member

PROMISED_SECONDS = 0.1
RUNS = 15
FAR_DOWN = 5_000 * 50
"""Rows before the page that is asked for far down."""


class PageFailed(RuntimeError):
    """A page was not answered with 200; its time would mean nothing."""


def measure_pages(company: Company) -> Iterator[Result]:
    """The median time to the answer of each page for a finance manager, warm; percentiles in the detail."""
    organization = company.organization
    today = datetime.now(ZoneInfo(organization.time_zone)).date()
    with tenant(organization.pk):
        count_overdue(until=today)
    client = finance_manager(company)
    with tenant(organization.pk):
        deep = _deep_addresses(organization.code)
    for name, address in (_addresses(organization.code) | deep).items():
        _open(client, address)
        times = [seconds_of(lambda address=address: _open(client, address)) for _run in range(RUNS)]  # type: ignore[misc]
        yield Result(
            f"pages: {name}",
            company.items,
            percentile(times, 50),
            PROMISED_SECONDS,
            detail={
                "p50_ms": 1000 * percentile(times, 50),
                "p95_ms": 1000 * percentile(times, 95),
            },
        )


def _addresses(code: str) -> dict[str, str]:
    items, customers, documents = (reverse(name, args=[code]) for name in ("items", "customers", "documents"))
    return {
        "dashboard": reverse("dashboard", args=[code]),
        "customers": customers,
        "customers by overdue": f"{customers}?sort=-overdue",
        "customer": reverse("customer", args=[code, customer_key(7)]),
        "items": items,
        "items by amount": f"{items}?sort=-amount",
        "overdue items": f"{items}?cell=overdue",
        "documents": documents,
        "documents by amount": f"{documents}?sort=-amount",
        "search": f"{reverse('search', args=[code])}?q=C00500",
    }


def _deep_addresses(code: str) -> dict[str, str]:
    """Pages far down: what stands where the 5,000th page of fifty begins, or in the middle of a smaller company."""
    items = OpenItem.objects.filter(open_amount__gt=0)
    documents = Document.objects.filter(voided_by=None)
    return {
        "items, far down": _behind(reverse("items", args=[code]), items, "effective_due_on", "due"),
        "items by amount, far down": _behind(reverse("items", args=[code]), items, "-open_base", "-amount"),
        "documents by amount, far down": _behind(
            reverse("documents", args=[code]), documents, "-base_amount", "-amount"
        ),
    }


def _behind(address: str, found: QuerySet[Any], column: str, sort: str) -> str:
    """The address of the page behind a row in the middle of an order."""
    place = min(FAR_DOWN, found.count() // 2)
    descending = "-" if column.startswith("-") else ""
    name = column.removeprefix("-")
    values = found.order_by(column, f"{descending}pk").values_list(name, "pk")[place]
    return f"{address}?{urlencode({'sort': sort, 'after': write_mark(values)})}"


def finance_manager(company: Company) -> Client:
    """A client signed in as a new finance manager of the company."""
    user = User.objects.create_user(name="bench", password=None, email=f"{uuid4().hex}@bench.example")
    with tenant(company.organization.pk):
        add_member(user=user, role_codes=("finance_manager",))
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def _open(client: Client, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:
        raise PageFailed(f"{address}: {answer.status_code}")

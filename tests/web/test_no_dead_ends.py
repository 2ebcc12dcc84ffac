"""A page leads its reader only to pages that are open to the reader."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from huikuan.collection.operations import NewLetter, ask_letters, complete_policies, print_letters
from huikuan.credit.operations import complete_cards, save_draft
from huikuan.credit.scorecards import Scorecard
from huikuan.credit.shipped_card import SHIPPED_DEFINITION
from huikuan.ledger.operations import close_period
from huikuan.ledger.requests import ask_reopen_period
from huikuan.organizations.permissions import SHIPPED_ROLES
from tests.approvals.company import Company
from tests.trade import Books
from tests.web.leading import dead_ends
from tests.web.people import member, signed_in

READERS = {
    "collector": (
        "collection-templates",
        "collection-letter-batches",
        "collection-letter",
        "collection-policies",
        "scorecard",
    ),
    "salesperson": ("collection-templates", "collection-letters", "collection-policies", "scorecard"),
    "finance_manager": (
        "collection-templates",
        "collection-letter-batches",
        "collection-policies",
        "scorecard",
    ),
}


@pytest.mark.parametrize("code", READERS)
def test_what_a_page_links_to_is_open_to_its_reader(code: str, books: Books) -> None:
    letter = _printed(books)
    complete_policies(actor=books.actor, in_force=True)
    complete_cards(actor=books.actor)
    card = Scorecard.objects.get()
    save_draft(card.pk, SHIPPED_DEFINITION, actor=books.actor)
    role = next(each for each in SHIPPED_ROLES if each.code == code)
    client = signed_in(member(books.organization, code))
    keys = {"collection-letter": letter, "scorecard": card.pk}
    for name in READERS[code]:
        key = [keys[name]] if name in keys else []
        answer = client.get(reverse(name, args=[books.organization.code, *key]))
        assert answer.status_code == 200, name
        assert not dead_ends(answer, role), name


def test_who_may_open_a_batch_is_led_to_it(books: Books) -> None:
    _printed(books)
    address = reverse("collection-letter-batches", args=[books.organization.code])
    manager, collector = (
        signed_in(member(books.organization, role)).get(address).content.decode()
        for role in ("finance_manager", "collector")
    )
    assert f'href="{address}0' in manager
    assert f'href="{address}0' not in collector


def test_a_request_leads_to_its_record_only_who_may_open_it(books: Books) -> None:
    company = Company(books)
    asker, reader = company.hire("沈", "finance_manager"), company.hire("许", "executive")
    company.policy("reopen_period", ("0", "executive"))
    period = close_period(month=date(2026, 4, 1), actor=books.actor)
    request = ask_reopen_period(period, reason="补记", actor=asker, today=books.today).request
    assert request is not None and reader.may("approval.read")
    page = reverse("approval", args=[books.organization.code, request.pk])
    record = reverse("settings-period", args=[books.organization.code, "2026-04"])
    asked, read = (signed_in(company.people[name]).get(page).content.decode() for name in ("沈", "许"))
    assert record in asked and record not in read


def _printed(books: Books) -> object:
    """A letter that was printed in a batch."""
    books.invoice("YS1", "2026-05-01", "100")
    new = NewLetter(customer_id=books.item("YS1").customer_id, template="dunning_1")
    [letter] = ask_letters([new], actor=books.actor, today=books.today)
    assert print_letters(None, actor=books.actor, today=books.today, now=timezone.now()) is not None
    return letter.pk

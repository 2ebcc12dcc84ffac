"""Eight clerks post at once and some of them fail: the numbers are 1 to n, each once."""

from __future__ import annotations

import random
import threading
from datetime import date
from typing import Any

import pytest
from django.db import connection

from huikuan.books.models import Voucher, VoucherCounter
from huikuan.books.operations import VoucherRefused, make_vouchers, post_vouchers, review_vouchers
from huikuan.core.postgres.tenancy import tenant
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True)

CLERKS = 8
VOUCHERS = 64


class Interrupted(Exception):
    """The failure that the test injects."""


@pytest.fixture
def reviewed(actor: Any) -> Any:
    organization = make_organization(actor)
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        for number in range(VOUCHERS):
            books.invoice(f"YS{number}", f"2026-{5 + number % 2:02}-10", "100")
        make_vouchers(actor=actor)
        review_vouchers(actor=actor)
    return organization


def at_once(work: Any) -> list[BaseException]:
    barrier = threading.Barrier(CLERKS)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            barrier.wait(20)
            work(number)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLERKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return failures


def test_numbers_have_no_gap_whoever_fails(reviewed: Any, actor: Any) -> None:
    with tenant(reviewed.pk):
        keys = list(Voucher.objects.order_by("voucher_on", "id").values_list("pk", flat=True))
    failed = []

    def post(clerk: int) -> None:
        dice = random.Random(clerk)
        for key in keys[clerk::CLERKS]:
            while True:
                try:
                    with tenant(reviewed.pk):
                        post_vouchers(voucher_ids=[key], actor=actor)
                        if dice.random() < 0.4:
                            raise Interrupted
                    break
                except Interrupted:
                    failed.append(key)

    assert at_once(post) == []
    assert len(failed) > 5  # else nothing was tried
    with tenant(reviewed.pk):
        for month in (date(2026, 5, 1), date(2026, 6, 1)):
            numbers = sorted(voucher.number or 0 for voucher in Voucher.objects.filter(month=month))
            assert numbers == list(range(1, VOUCHERS // 2 + 1))
            assert VoucherCounter.objects.get(month=month).last == VOUCHERS // 2
        assert_nothing_broken(reviewed)


def test_the_same_set_is_posted_once(reviewed: Any, actor: Any) -> None:
    with tenant(reviewed.pk):
        keys = list(Voucher.objects.values_list("pk", flat=True))

    def post(_clerk: int) -> None:
        with tenant(reviewed.pk):
            post_vouchers(voucher_ids=keys, actor=actor)

    failures = at_once(post)
    assert len(failures) == CLERKS - 1
    assert all(isinstance(error, VoucherRefused) for error in failures)
    with tenant(reviewed.pk):
        assert sorted(voucher.number or 0 for voucher in Voucher.objects.all()) == sorted(
            2 * list(range(1, VOUCHERS // 2 + 1))
        )


def test_the_same_entries_are_put_into_one_voucher(actor: Any) -> None:
    organization = make_organization(actor)
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        for number in range(20):
            books.invoice(f"YS{number}", "2026-05-10", "100")

    def make(_clerk: int) -> None:
        with tenant(organization.pk):
            make_vouchers(month=date(2026, 5, 1), actor=actor)

    failures = at_once(make)
    assert all(isinstance(error, VoucherRefused) for error in failures), failures
    with tenant(organization.pk):
        assert Voucher.objects.count() == 20
        assert_nothing_broken(organization)

"""Keeping the totals of customers in step with the calendar."""

from __future__ import annotations

from datetime import date

from django.db import connection


def count_overdue(*, until: date) -> None:
    """Count debts due before `until` as overdue in the totals of the organization's customers.

    Acts do this by themselves; a later count than asked for stays.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_count_overdue(%s)", [until])

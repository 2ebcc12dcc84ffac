"""Drafted statements as a workbook: their sums, what moved and what is left to pay, as it was frozen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from huikuan.organizations.models import Organization
from huikuan.reports.account_tables import Details, drafted, tables_of
from huikuan.reports.asking import Question
from huikuan.reports.output.as_xlsx import as_xlsx
from huikuan.reports.output.heading import Heading
from huikuan.reports.standard.statements import STATEMENTS
from huikuan.statements.models import Statement, StatementState


def statements_workbook(
    rows: Sequence[Statement], *, organization: Organization, taken_by: str, taken_at: datetime
) -> bytes:
    """The workbook: of one statement a sheet each for movements and open items, of many all of them in two sheets.

    `rows` have their content and customer. `taken_at`: aware.
    """
    zone = ZoneInfo(organization.time_zone)
    until = max(each.ends_on for each in rows)
    found = tables_of(
        Question(
            report=STATEMENTS.name, as_of=until, since=min(each.starts_on for each in rows), until=until
        ),
        [drafted(each, StatementState(each.state).label) for each in rows],
        base=organization.currency,
        known_at=max(each.known_at for each in rows).astimezone(zone),
        details=Details.TOGETHER if len(rows) > 1 else Details.EACH,
    )
    heading = Heading(organization.code, organization.name, taken_by, taken_at.astimezone(zone))
    return as_xlsx(STATEMENTS, found, heading)

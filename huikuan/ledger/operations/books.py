"""Opening the books of an organization, closing and reopening its periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.chart import Rule, chart_of, is_small, rules_of
from huikuan.ledger.models import Account, Period, PostingRule
from huikuan.organizations.actors import Actor


class PeriodRefused(HuikuanError):
    """A period cannot be closed or reopened as asked."""

    code = "period_refused"


def open_books(*, actor: Actor, small: bool = False) -> None:
    """Give the current organization its chart of accounts and posting rules.

    `small`: those of 小企业会计准则, which has no allowance: what is lost is an expense at once.
    """
    organization_id = current_organization_id()
    with act("open_books", actor=actor) as opened:
        accounts = Account.objects.bulk_create(
            Account(
                organization_id=organization_id,
                code=account.code,
                name=account.name,
                purpose=account.purpose,
                control=account.control,
            )
            for account in chart_of(small=small)
        )
        by_purpose = {account.purpose: account for account in accounts}
        PostingRule.objects.bulk_create(_posting_rules(rules_of(small=small), by_purpose))
        record_event(action="opened", record_kind="books", record_id=opened.organization_id)
        with connection.cursor() as cursor:
            for statement in RECORD_BOOKS:
                cursor.execute(statement, {"organization": organization_id, "act": opened.id})


def _posting_rules(
    rules: Mapping[str, Sequence[Rule]], by_purpose: Mapping[str, Account]
) -> list[PostingRule]:
    return [
        PostingRule(
            organization_id=current_organization_id(),
            event=event,
            position=position,
            side=rule.side,
            account=by_purpose[rule.purpose],
            measure=rule.measure,
            on_item=rule.on_item,
            red=rule.red,
        )
        for event, lines in rules.items()
        for position, rule in enumerate(lines, start=1)
    ]


# What the trail says of an account `k` and of a posting rule `r`: compared by the check with the rows as they are.
ACCOUNT_CONTENT = "jsonb_build_object('name', k.name, 'purpose', k.purpose, 'control', k.control)"
RULE_CONTENT = """jsonb_build_object('position', r.position, 'side', r.side, 'account', r.account_id,
        'measure', r.measure, 'on_item', r.on_item, 'red', r.red)"""

RECORD_BOOKS = (
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'recorded', 'account', k.id, k.code, {ACCOUNT_CONTENT}
    FROM ledger_account k WHERE k.organization_id = %(organization)s
    """,
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'recorded', 'posting_rule', r.id, r.event, {RULE_CONTENT}
    FROM ledger_posting_rule r WHERE r.organization_id = %(organization)s
    """,
)


def complete_books(*, actor: Actor) -> bool:
    """Add the accounts and posting rules that a newer version brings to books opened before; whether any were missing.

    What the organization named or changed itself stays: an account is known by its purpose, or by its code where
    no purpose was given to it; a rule by its event.
    """
    organization_id = current_organization_id()
    accounts = {account.code: account for account in Account.objects.all()}
    by_purpose = {account.purpose: account for account in accounts.values() if account.purpose}
    known_events = set(PostingRule.objects.values_list("event", flat=True))
    small = "revenue" in by_purpose and is_small(by_purpose["revenue"].code)
    chart = chart_of(small=small)
    missing = [account for account in chart if account.purpose not in by_purpose]
    rules = {event: lines for event, lines in rules_of(small=small).items() if event not in known_events}
    bound = [
        (by_purpose[account.purpose], account.control)
        for account in chart
        if account.control and account.purpose in by_purpose and not by_purpose[account.purpose].control
    ]
    if not known_events or not (missing or rules or bound):
        return False
    with act("complete_books", actor=actor) as opened:
        changed = []
        for account in missing:
            found = accounts.get(account.code)
            if found is None:
                found = Account(organization_id=organization_id, code=account.code, name=account.name)
            found.purpose, found.control = account.purpose, account.control
            changed.append(found)
            by_purpose[account.purpose] = found
        for found, control in bound:
            found.control = control
            changed.append(found)
        for found in changed:
            found.save(force_insert=found._state.adding)
        added = _posting_rules(rules, by_purpose)
        PostingRule.objects.bulk_create(added)
        for_accounts, for_rules = RECORD_BOOKS
        written = (
            (f"{for_accounts} AND k.id = ANY(%(ids)s)", [account.pk for account in changed]),
            (f"{for_rules} AND r.id = ANY(%(ids)s)", [rule.pk for rule in added]),
        )
        with connection.cursor() as cursor:
            for statement, ids in written:
                cursor.execute(statement, {"organization": organization_id, "act": opened.id, "ids": ids})
    return True


def close_period(*, month: date, actor: Actor) -> Period:
    """Close the month that holds `month`: nothing dated in it can be posted any more.

    Waits for postings into it that are under way.
    """
    return _set_closed(month=month, closed_at=timezone.now(), actor=actor)


def reopen_period(*, month: date, actor: Actor, reason: str) -> Period:
    """Open a closed month again, with the reason on record."""
    if not reason.strip():
        raise PeriodRefused(_("重开期间必须写明原因。"))
    return _set_closed(month=month, closed_at=None, actor=actor, reason=reason)


def _set_closed(*, month: date, closed_at: datetime | None, actor: Actor, reason: str = "") -> Period:
    actor.require("period.close")
    first = month.replace(day=1)
    kind = "close_period" if closed_at else "reopen_period"
    with act(kind, actor=actor, reason=reason):
        Period.objects.bulk_create(
            [Period(organization_id=current_organization_id(), month=first)], ignore_conflicts=True
        )
        period = Period.objects.select_for_update().get(month=first)
        if (period.closed_at is not None) == (closed_at is not None):
            state = _("已经关闭") if closed_at else _("没有关闭")
            raise PeriodRefused(_("期间 %(month)s %(state)s。") % {"month": f"{first:%Y-%m}", "state": state})
        period.closed_at = closed_at
        period.save(update_fields=["closed_at"])
        record_event(
            action="closed" if closed_at else "reopened",
            record_kind="period",
            record_id=period.pk,
            number=f"{first:%Y-%m}",
            content={"closed_at": closed_at.isoformat() if closed_at else None},
        )
        return period

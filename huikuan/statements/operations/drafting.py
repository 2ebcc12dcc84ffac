"""Drafting statements in batches, and withdrawing them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.collection.addressing import language_of
from huikuan.collection.claim_facts import claim_facts, letterhead_in_force
from huikuan.collection.queries import customers_seen
from huikuan.collection.statement import EARLIER, LEFT_OUT, Movement, statements_of
from huikuan.collection.statement import Statement as Stated
from huikuan.core.postgres.fields import new_id
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer
from huikuan.ledger.operations.numbers import take_numbers
from huikuan.organizations.actors import Actor
from huikuan.statements.content import statement_of_account
from huikuan.statements.errors import StatementRefused
from huikuan.statements.models import Statement, StatementBatch, StatementState
from huikuan.statements.operations.trail import BATCH, DRAFTED_CONTENT, tell
from huikuan.statements.queries import last_statements, statements_seen

PREFIX = "DZ"
AT_ONCE = 1000
"""How many customers are stated at a time."""
LOCK = 7_310_011
"""Of pg_try_advisory_xact_lock, with the organization: what is last of a customer holds until it was followed."""
LONGEST_NOTE = 500
ZERO = Decimal(0)
Key = tuple[UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """Statements of a period as they are asked for; `customer_ids` None: of everybody who had or owes something."""

    starts_on: date
    ends_on: date
    customer_ids: Sequence[UUID] | None = None


def draft_statements(new: NewBatch, *, actor: Actor, today: date) -> StatementBatch:
    """起草对账单: freeze what is stated to customers of a period, one per currency.

    A statement begins on the day after the customer's last one and opens with what that closed with; what was recorded
    since then for the time before is said as a line of its own. Only who never had one begins with the period. Left
    out: who has a statement up to that day already. Raises StatementRefused.
    """
    actor.require("reconciliation.write")
    if new.starts_on > new.ends_on:
        raise StatementRefused(_("对账单的起始日在截止日之后。"), code="period_turned_round")
    if new.ends_on > today:
        raise StatementRefused(_("对账期间还没有结束。"), code="period_not_over")
    with act("draft_statements", actor=actor) as opened:
        _require_alone()
        known_at = last_known()
        batch = StatementBatch.objects.create(
            id=new_id(),
            organization_id=opened.organization_id,
            act_id=opened.id,
            starts_on=new.starts_on,
            ends_on=new.ends_on,
            drafted_on=today,
            drafted_by_name=opened.actor.name[:100],
            known_at=known_at,
            statements=0,
        )
        keys = _candidates(new, actor)
        for begin in range(0, len(keys), AT_ONCE):
            _draft(keys[begin : begin + AT_ONCE], batch, opened)
        if not batch.statements:
            raise StatementRefused(_nothing(batch.left_out), code="nothing_to_state")
        batch.save(update_fields=["statements", "left_out"])
        record_event(
            action="drafted",
            record_kind=BATCH,
            record_id=batch.pk,
            number=f"{new.starts_on}–{new.ends_on}",
            content={"statements": batch.statements, "left_out": batch.left_out},
        )
    return batch


def _require_alone() -> None:
    """Nobody else drafts or withdraws until the transaction ends: neither would see what the other has not committed.

    Raises StatementRefused.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [LOCK, str(current_organization_id())]
        )
        if cursor.fetchone() != (True,):
            raise _meanwhile()


def _meanwhile() -> StatementRefused:
    return StatementRefused(_("同时有人在起草这些客户的对账单，请刷新后再试。"), code="statement_meanwhile")


def _nothing(left_out: int) -> str:
    if left_out:
        return _("这些客户截至该日的对账单都已经有了。")
    return _("这一期没有往来，也没有余额，没有可以对账的客户。")


def last_known() -> datetime:
    """The last moment at which something was recorded: what is read from now on holds all of that."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ticked_at FROM audit_clock WHERE organization_id = %s", [current_organization_id()]
        )
        row = cursor.fetchone()
    return row[0] if row else transaction_time()


def _candidates(new: NewBatch, actor: Actor) -> list[UUID]:
    seen = customers_seen(actor)
    if new.customer_ids is not None:
        wanted = set(new.customer_ids)
        if seen.filter(pk__in=wanted).count() < len(wanted):
            raise StatementRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
        return sorted(wanted)
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, {"organization": current_organization_id(), "until": new.ends_on})
        found = {row[0] for row in cursor.fetchall()}
    return sorted(found & set(seen.values_list("pk", flat=True)))


# Who ever had a document that counts; a loose index scan would be faster only for few customers.
CANDIDATES = """
    SELECT DISTINCT d.customer_id FROM ledger_document d
    WHERE d.organization_id = %(organization)s AND d.document_on <= %(until)s
"""


def _draft(keys: Sequence[UUID], batch: StatementBatch, opened: OpenAct) -> None:
    last = last_statements(keys)
    stated = _stated(keys, last, batch)
    if not stated:
        return
    rows = _rows(stated, last, batch, opened)
    try:
        with transaction.atomic():
            Statement.objects.bulk_create(rows, batch_size=200)
    except IntegrityError as error:
        raise _meanwhile() from error
    batch.statements += len(rows)
    tell("drafted", DRAFTED_CONTENT, [each.pk for each in rows], opened)


def _stated(keys: Sequence[UUID], last: Mapping[Key, Statement], batch: StatementBatch) -> list[Stated]:
    """What is to be said to whom: from the day after the last statement on, opening as that closed."""
    starting: dict[date, set[UUID]] = defaultdict(set)
    for customer in keys:
        starting[batch.starts_on].add(customer)
    for (customer, _currency), before in last.items():
        if before.ends_on < batch.ends_on:
            starting[before.ends_on + timedelta(days=1)].add(customer)
    done = {key for key, before in last.items() if before.ends_on >= batch.ends_on}
    batch.left_out += len({customer for customer, _currency in done})
    found: dict[Key, Stated] = {}
    for starts_on, customers in sorted(starting.items()):
        for customer, several in statements_of(
            sorted(customers), starts_on=starts_on, ends_on=batch.ends_on
        ).items():
            for each in several:
                key = customer, each.currency
                begins = last[key].ends_on + timedelta(days=1) if key in last else batch.starts_on
                if key not in done and begins == starts_on:
                    found[key] = each
    for key, before in last.items():
        if key not in done and key not in found and before.closing:
            begins = before.ends_on + timedelta(days=1)
            found[key] = Stated(key[0], key[1], begins, batch.ends_on, sums={})
    return _opening_as_closed(found, last)


def _opening_as_closed(found: Mapping[Key, Stated], last: Mapping[Key, Statement]) -> list[Stated]:
    adjusted = {
        key: each.opening - last[key].closing
        for key, each in found.items()
        if key in last and each.opening != last[key].closing
    }
    told = _earlier([last[key] for key in adjusted])
    made = []
    for key, each in found.items():
        if key in adjusted:
            rows = told.get(key, [])
            rest = adjusted[key] - sum((row.amount for row in rows), ZERO)
            if rest:
                rows = [*rows, Movement(last[key].ends_on, "", EARLIER, EARLIER, rest)]
            each = replace(each, opening=last[key].closing, earlier=tuple(rows))
        if each.opening or each.earlier or each.movements or each.open_lines or each.unallocated:
            made.append(each)
    return made


def _earlier(before: Sequence[Statement]) -> dict[Key, list[Movement]]:
    """The documents that were recorded, or undone, after statements were drafted, for the time up to their ends."""
    if not before:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            EARLIER_ROWS,
            {
                "organization": current_organization_id(),
                "customers": [each.customer_id for each in before],
                "currencies": [each.currency for each in before],
                "untils": [each.ends_on for each in before],
                "knowns": [each.known_at for each in before],
            },
        )
        found: dict[Key, list[Movement]] = {}
        for customer, currency, on, number, kind, amount in cursor.fetchall():
            found.setdefault((customer, currency), []).append(Movement(on, number, kind, EARLIER, amount))
    return found


EARLIER_ROWS = f"""
    WITH asked AS (
        SELECT * FROM unnest(
            %(customers)s::uuid[], %(currencies)s::text[], %(untils)s::date[], %(knowns)s::timestamptz[]
        ) AS t (customer_id, currency, until_on, known_at)
    )
    SELECT q.customer_id, q.currency, i.document_on, d.number, d.kind,
           sum(i.side * i.amount) * CASE WHEN d.voided_by_id IS NULL THEN 1 ELSE -1 END
    FROM asked q
    JOIN ledger_document d
        ON d.organization_id = %(organization)s AND d.customer_id = q.customer_id AND d.currency = q.currency
       AND d.document_on <= q.until_on AND d.kind NOT IN {LEFT_OUT}
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = d.id
    JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = d.act_id
    LEFT JOIN ledger_document v ON v.organization_id = %(organization)s AND v.id = d.voided_by_id
    LEFT JOIN audit_act w ON w.organization_id = %(organization)s AND w.id = v.act_id
    WHERE CASE WHEN d.voided_by_id IS NULL THEN a.recorded_at > q.known_at
               ELSE a.recorded_at <= q.known_at AND w.recorded_at > q.known_at END
    GROUP BY q.customer_id, q.currency, i.document_on, d.number, d.kind, d.voided_by_id
    ORDER BY i.document_on, d.number
"""


def _rows(
    stated: Sequence[Stated], last: Mapping[Key, Statement], batch: StatementBatch, opened: OpenAct
) -> list[Statement]:
    keys = {each.customer_id for each in stated}
    facts = claim_facts(sorted(keys), day=batch.ends_on)
    people: dict[UUID, tuple[str, str]] = {
        key: (code, country)
        for key, code, country in Customer.everyone.filter(pk__in=keys).values_list("pk", "code", "country")
    }
    ordered = sorted(stated, key=lambda each: (people[each.customer_id][0], each.currency))
    numbers = take_numbers(PREFIX, batch.ends_on.replace(day=1), len(ordered))
    head = letterhead_in_force()
    made = []
    for each, number in zip(ordered, numbers, strict=True):
        before = last.get((each.customer_id, each.currency))
        language = language_of(people[each.customer_id][1])
        known_at = each.known_at or batch.known_at
        content = statement_of_account(
            each,
            facts[each.customer_id],
            language=language,
            head=head,
            number=number,
            previous=before.number if before else "",
            known_at=known_at,
        )
        made.append(_row(each, number, language, content, known_at, before, batch, opened))
    return made


def _row(
    stated: Stated,
    number: str,
    language: str,
    content: Mapping[str, Any],
    known_at: datetime,
    before: Statement | None,
    batch: StatementBatch,
    opened: OpenAct,
) -> Statement:
    return Statement(
        id=new_id(),
        organization_id=opened.organization_id,
        act_id=opened.id,
        batch=batch,
        number=number,
        customer_id=stated.customer_id,
        currency=stated.currency,
        language=language,
        starts_on=stated.starts_on,
        ends_on=stated.ends_on,
        previous=before,
        opening=stated.opening,
        earlier=stated.adjustment,
        moved=stated.moved,
        closing=stated.closing,
        overdue=stated.overdue,
        known_at=known_at,
        content=content,
    )


def withdraw_statements(keys: Collection[UUID], *, reason: str, actor: Actor, today: date) -> int:
    """作废: statements that were not confirmed hold no longer, and their period can be stated anew.

    Only the last of a customer: what follows opens with what it closed with. Returns how many. Raises StatementRefused.
    """
    actor.require("reconciliation.write")
    said = " ".join(reason.replace("\x00", "").split())[:LONGEST_NOTE]
    if not said:
        raise StatementRefused(_("请写明作废的原因。"), code="reason_missing")
    with act("withdraw_statements", actor=actor, reason=said[:200]) as opened:
        _require_alone()
        rows = locked(keys, actor)
        if any(each.state in (StatementState.CONFIRMED, StatementState.WITHDRAWN) for each in rows):
            raise StatementRefused(_("已经相符或作废的对账单不能再作废。"), code="statement_moved_on")
        for each in rows:
            each.state, each.ended_on, each.ended_note = StatementState.WITHDRAWN.value, today, said
        try:
            with transaction.atomic():  # the later ones first, as they stand on the earlier
                for ends_on in sorted({each.ends_on for each in rows}, reverse=True):
                    of_day = [each for each in rows if each.ends_on == ends_on]
                    saved(of_day, ("state", "ended_on", "ended_note"))
        except IntegrityError as error:
            raise StatementRefused(
                _("这个客户之后还有对账单，它的期初就是这张的期末；请先作废后面的。"),
                code="statement_followed",
            ) from error
        tell(
            "withdrawn",
            "jsonb_build_object('on', s.ended_on, 'reason', s.ended_note)",
            [each.pk for each in rows],
            opened,
        )
    return len(rows)


def locked(keys: Collection[UUID], actor: Actor) -> list[Statement]:
    """Statements held until the transaction ends, in the order of their keys. Raises StatementRefused."""
    rows = list(
        statements_seen(actor).filter(pk__in=keys).order_by("pk").select_for_update(no_key=True, of=("self",))
    )
    if len(rows) < len(set(keys)):
        raise StatementRefused(_("对账单不存在，或不归您负责。"), code="unknown_statement")
    return rows


def saved(rows: Iterable[Statement], changed: Sequence[str]) -> None:
    """Write columns of statements."""
    Statement.objects.bulk_update(list(rows), list(changed), batch_size=500)

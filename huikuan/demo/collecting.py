"""The demo company collects: calls, letters and visits of the last weeks, and promises of every kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from huikuan.collection.operations import (
    Hours,
    NewContact,
    NewPromise,
    assign_collector,
    complete_policies,
    judge_promises,
    record_contacts,
    record_promises,
    run_collection,
    save_hours,
)
from huikuan.collection.queries import weights_in_force
from huikuan.collection.rules import Channel, Direction, Proof, Result, follow_up
from huikuan.collection.worklist import WorkFilter, WorkLine, work_lines
from huikuan.core.calendar import CHINA
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.demo.agreeing import agree_on_plans, go_to_court
from huikuan.demo.letters import write_letters
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

CHASED, ASSIGNED, SETTLED, LETTERS = 60, 18, 24, 5
HABITS = 5
"""Of how many customers each it is known that they answer in the morning, in the afternoon, or not."""
PROMISED_AGO, PAID_WITHIN = 30, 12
CALLS: tuple[tuple[Channel, Result, Proof, str], ...] = (
    (Channel.PHONE, Result.NOT_REACHED, Proof.NONE, "无人接听"),
    (Channel.PHONE, Result.REACHED, Proof.NONE, "财务说在走付款流程，要对账单"),
    (Channel.WECOM, Result.REACHED, Proof.REPLY, "已在企业微信发送对账单，对方回复收到"),
    (Channel.PHONE, Result.PAID_SAYS, Proof.NONE, "称上周已付，请对方发回单"),
    (Channel.LETTER, Result.SENT, Proof.DELIVERED, "寄出催款函，已签收"),
    (Channel.VISIT, Result.ACKNOWLEDGED, Proof.SIGNED, "上门对账，对方在对账单上盖章"),
    (Channel.PHONE, Result.CALL_BACK, Proof.NONE, "负责人出差，后天再联系"),
    (Channel.EMAIL, Result.SENT, Proof.NONE, "发送催款邮件，附未付清单"),
)


def collect_debts(staff: Mapping[str, Actor], *, today: date) -> None:
    """Contacts and promises with the customers most worth chasing, and with some who paid of late."""
    collector, manager = staff["collector"], staff["finance_manager"]
    agree_on_plans(collector, today=today)
    lines = work_lines(WorkFilter(), weights_in_force(), today=today, limit=CHASED)
    keys = [line.customer_id for line in lines]
    noon = _noon(today)
    record_contacts(
        [*_earlier_calls(keys, noon, today), *_calls(keys, noon, today)], actor=collector, today=today
    )
    _keep_hours(keys, collector, today)
    # What was promised a month ago has ended before the next is promised.
    for promises in (_old(lines, today), _open(lines, today)):
        _record(promises, noon, today, collector)
        judge_promises(actor=collector, day=today)
    assign_collector(
        keys[:ASSIGNED],
        collector_id=collector.membership_id,
        reason="重点客户由催收员跟进",
        actor=manager,
        today=today,
    )
    go_to_court(keys, collector, manager, today=today)
    complete_policies(actor=manager, in_force=True)
    run_collection(actor=manager, day=CHINA.previous_workday(today), now=noon)
    write_letters(keys[-LETTERS:], manager, today=today, now=noon)


def _record(promises: Sequence[NewPromise], noon: datetime, today: date, collector: Actor) -> None:
    """Promises, each with the call in which it was made."""
    contacts = record_contacts(
        [
            NewContact(
                customer_id=each.customer_id,
                channel=Channel.PHONE,
                result=Result.PROMISED,
                made_at=noon - timedelta(days=(today - each.made_on).days, hours=1),
                text="财务答应付款",
                next_step=follow_up(Result.PROMISED, on=each.made_on)[0],
                next_on=each.promised_on,
                item_ids=each.item_ids,
            )
            for each in promises
        ],
        actor=collector,
        today=today,
    )
    made = [replace(each, contact_id=contact.pk) for each, contact in zip(promises, contacts, strict=True)]
    record_promises(made, actor=collector, today=today)


def _noon(today: date) -> datetime:
    zone = Organization.objects.values_list("time_zone", flat=True).get(pk=current_organization_id())
    return datetime.combine(today - timedelta(days=1), time(12), tzinfo=ZoneInfo(zone)) + timedelta(days=1)


def _earlier_calls(keys: Sequence[UUID], noon: datetime, today: date) -> list[NewContact]:
    """What shows at which hours some answer: in the morning, in the afternoon, or hardly ever."""
    calls = []
    for place, key in enumerate(keys[: 3 * HABITS]):
        for round_ in range(5):
            on = CHINA.previous_workday(today - timedelta(days=60 + 8 * round_ + place))
            late = place % 3 == 1
            reached = place % 3 != 2 and round_ != 3
            hours = timedelta(hours=-2 if not late else 3, minutes=7 * round_)
            calls.append(
                NewContact(
                    customer_id=key,
                    channel=Channel.PHONE,
                    result=Result.REACHED if reached else Result.NOT_REACHED,
                    made_at=noon - timedelta(days=(today - on).days) + hours,
                )
            )
    return calls


def _keep_hours(keys: Sequence[UUID], collector: Actor, today: date) -> None:
    """What a few told the collector about when they can be called."""
    for key in keys[1:20:9]:
        told = Hours(called_from=time(14), called_until=time(16, 30), note="上午在车间，下午才接电话")
        save_hours(key, told, actor=collector)
    away = Hours(away_from=today - timedelta(days=2), away_until=today + timedelta(days=3), note="财务出差")
    for key in keys[6:7]:
        save_hours(key, away, actor=collector)


def _calls(keys: Sequence[UUID], noon: datetime, today: date) -> list[NewContact]:
    """One or two contacts with each but every seventh customer, some days ago."""
    calls = []
    for place, key in enumerate(keys):
        if place % 7 == 6:
            continue
        for round_, ago in enumerate((45, 34) if place % 2 else (38,)):
            channel, result, proof, text = CALLS[(place + 3 * round_) % len(CALLS)]
            on = today - timedelta(days=ago + place % 5)
            step, day = follow_up(result, on=on)
            calls.append(
                NewContact(
                    customer_id=key,
                    channel=channel,
                    result=result,
                    made_at=noon - timedelta(days=(today - on).days, minutes=7 * place % 90),
                    direction=Direction.OUT,
                    text=text,
                    next_step=step,
                    next_on=day,
                    proof=proof,
                    proof_on=on + timedelta(days=2) if proof == Proof.DELIVERED else None,
                )
            )
    return calls


def _old(lines: Sequence[WorkLine], today: date) -> list[NewPromise]:
    """Promises of a month ago: kept by those who paid what they promised, broken or half kept by others."""
    made = today - timedelta(days=PROMISED_AGO)
    on = made + timedelta(days=PAID_WITHIN - 3)
    found = []
    for place, (customer, items, paid) in enumerate(_paid_since(made)):
        amount = None if place % 5 == 0 else paid  # every fifth promised all of it
        found.append(_promise(customer, made, on, amount=amount, item_ids=items))
    taken = {each.customer_id for each in found}
    owing = [line.customer_id for line in lines if line.oldest_on < made and line.customer_id not in taken]
    found += [_promise(key, made, on) for key in owing[4:40:5]]
    return found


def _open(lines: Sequence[WorkLine], today: date) -> list[NewPromise]:
    """Promises that wait for their day; two of them today's."""
    days = (0, 2, 5, 0, 7, 9)
    made = today - timedelta(days=2)
    owing = [line.customer_id for line in lines if line.oldest_on < made]
    return [
        _promise(key, made, today + timedelta(days=ahead))
        for key, ahead in zip(owing[3:40:6], days, strict=False)
    ]


def _promise(
    customer: UUID,
    made: date,
    on: date,
    *,
    amount: Decimal | None = None,
    item_ids: Sequence[UUID] | None = None,
) -> NewPromise:
    return NewPromise(
        customer_id=customer,
        promised_on=on,
        made_on=made,
        amount=amount,
        item_ids=item_ids,
        promiser="财务",
    )


def _paid_since(made: date) -> list[tuple[UUID, list[UUID], Decimal]]:
    """Customers who paid of what was overdue on a day within the days after it: items, and how much."""
    with connection.cursor() as cursor:
        cursor.execute(PAID_SINCE, {"organization": current_organization_id(), "made": made, "most": SETTLED})
        return [(row[0], list(row[1]), row[2]) for row in cursor.fetchall()]


PAID_SINCE = f"""
    SELECT i.customer_id, array_agg(DISTINCT i.id), sum(a.amount)
    FROM ledger_allocation a
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.debit_item_id
    JOIN ledger_open_item c ON c.organization_id = %(organization)s AND c.id = a.credit_item_id
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = c.document_id
    WHERE a.organization_id = %(organization)s AND a.effective_on > %(made)s
      AND a.effective_on <= %(made)s::date + {PAID_WITHIN} AND i.effective_due_on < %(made)s
      AND i.currency = 'CNY' AND a.reverses_id IS NULL AND d.kind IN ('receipt', 'advance')
    GROUP BY i.customer_id
    ORDER BY i.customer_id
    LIMIT %(most)s
"""

"""The only writers of disputes: opening them, and ending them with an outcome."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import OpenAct, act
from huikuan.core.lengths import first_too_long, lengths_of, too_long
from huikuan.core.money import quantize
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer
from huikuan.customers.queries import visible_salespeople
from huikuan.disputes.errors import DisputeRefused, dispute_refusal
from huikuan.disputes.models import ENDS, Dispute, DisputeState
from huikuan.disputes.queries import disputed_amounts, seen_disputes
from huikuan.disputes.rules import REASONS, due_on
from huikuan.ledger.models import OpenItem, Side
from huikuan.ledger.operations.numbers import take_numbers
from huikuan.notices.models import Notice
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import DISPUTE_LATE, DISPUTE_OPENED
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import MembershipRole, Organization, Scope

PREFIX = "ZY"
RECORD = "dispute"
LENGTHS = lengths_of(Dispute, "text", "outcome")

# What the trail says of a dispute `d`: written as it opens and as it ends, compared by the check.
OPENED_CONTENT = """jsonb_build_object('item', d.item_id, 'customer', d.customer_id, 'amount', d.amount,
        'currency', d.currency, 'reason', d.reason, 'owner_role', d.owner_role, 'text', d.text,
        'opened_on', d.opened_on, 'due_on', d.due_on)"""
ENDED_CONTENT = "jsonb_build_object('state', d.state, 'on', d.ended_on, 'outcome', d.outcome)"


@dataclass(frozen=True, slots=True)
class NewDispute:
    """What a customer objects to. `amount`: all of the item that is open and undisputed, where nothing is said.

    `due_on`: by when it is to be answered; the days of the reason, where nothing is said.
    """

    item_id: UUID
    reason: str
    amount: Decimal | None = None
    text: str = ""
    due_on: date | None = None


def open_dispute(new: NewDispute, *, actor: Actor, today: date) -> Dispute:
    """提出争议: the customer objects to a part of what it owes. The item stays as it is, and as old as it is.

    Who owns the reason is told. Raises DisputeRefused where the item has less undisputed.
    """
    actor.require("dispute.write")
    with act("open_dispute", actor=actor, reason=new.text[:200]) as opened:
        _require_seen([new.item_id], actor)
        [made] = post_disputes([new], today=today, opened=opened)
    return made


def post_disputes(wanted: Sequence[NewDispute], *, today: date, opened: OpenAct) -> list[Dispute]:
    """Open disputes inside an open act: of items that are owed, each at most with what is open and undisputed."""
    if not wanted:
        return []
    numbers = list(take_numbers(PREFIX, today.replace(day=1), len(wanted)))
    items = _locked_items({new.item_id for new in wanted})
    left = {key: item.open_amount for key, item in items.items()}
    for key, amount in disputed_amounts(items).items():
        left[key] -= amount
    rows = []
    for new, number in zip(wanted, numbers, strict=True):
        row = _row(new, number, items[new.item_id], left[new.item_id], today, opened)
        left[new.item_id] -= row.amount
        rows.append(row)
    try:
        with transaction.atomic():
            Dispute.objects.bulk_create(rows)
    except IntegrityError as error:
        raise dispute_refusal(error) from error
    _write_events("dispute_opened", OPENED_CONTENT, [row.pk for row in rows], opened)
    _tell_owners(rows, opened.actor)
    return rows


def resolve_dispute(
    dispute_id: UUID, *, state: DisputeState, outcome: str, actor: Actor, today: date
) -> Dispute:
    """结束争议: credited, replaced, rejected, settled or withdrawn, and why. Raises DisputeRefused."""
    actor.require("dispute.resolve")
    said = outcome.strip()
    if state not in ENDS:
        raise DisputeRefused(_("请选择争议的结果。"), code="outcome_missing")
    if not said:
        raise DisputeRefused(_("请写明争议的处理结果。"), code="outcome_missing")
    if len(said) > LENGTHS["outcome"]:
        raise DisputeRefused(too_long(_("争议"), _("处理结果"), LENGTHS["outcome"]), code="text_too_long")
    with act("resolve_dispute", actor=actor, reason=said[:200]) as opened:
        _require_dispute_seen(dispute_id, actor)
        [ended] = _end([dispute_id], state, said, today, opened)
    return ended


def withdraw_disputes(
    item_ids: Collection[UUID], *, opened_in: Collection[UUID], outcome: str, today: date, opened: OpenAct
) -> list[Dispute]:
    """Inside an open act: disputes that acts opened on items end with what is undone of these acts."""
    found = Dispute.objects.filter(item_id__in=item_ids, act_id__in=opened_in, state=DisputeState.OPEN)
    keys = list(found.order_by("pk").values_list("pk", flat=True))
    return _end(keys, DisputeState.WITHDRAWN, outcome, today, opened) if keys else []


def _row(
    new: NewDispute, number: str, item: OpenItem, left: Decimal, today: date, opened: OpenAct
) -> Dispute:
    reason = REASONS.get(new.reason)
    if reason is None:
        raise DisputeRefused(_("没有这种争议原因：%s") % new.reason, code="unknown_reason")
    amount = left if new.amount is None else new.amount
    _require_amount(amount, left, item)
    said = new.text.strip()
    if first_too_long({"text": said}, LENGTHS):
        raise DisputeRefused(too_long(_("争议"), _("说明"), LENGTHS["text"]), code="text_too_long")
    due = new.due_on or due_on(reason, today)
    if due < today:
        raise DisputeRefused(_("处理期限不能早于今天。"), code="deadline_passed")
    return Dispute(
        organization_id=current_organization_id(),
        act_id=opened.id,
        number=number,
        item=item,
        customer_id=item.customer_id,
        amount=amount,
        currency=item.currency,
        reason=reason.code,
        owner_role=reason.owner,
        text=said,
        opened_on=today,
        opened_by_id=opened.actor.user_id,
        opened_by_name=opened.actor.name[:100],
        due_on=due,
    )


def _require_amount(amount: Decimal, left: Decimal, item: OpenItem) -> None:
    if left <= 0:
        raise DisputeRefused(
            _("%s 已经结清，或全部在争议中。") % item.document.number, code="nothing_undisputed"
        )
    if not amount.is_finite() or amount <= 0 or amount != quantize(amount, item.currency):
        raise DisputeRefused(_("争议金额必须大于零，小数位不超过币种的最小单位。"), code="amount_wrong")
    if amount > left:
        raise DisputeRefused(
            _("%(number)s 未结清且没有争议的只有 %(left)s，争议金额不能是 %(amount)s。")
            % {"number": item.document.number, "left": f"{left:,.2f}", "amount": f"{amount:,.2f}"},
            code="beyond_item",
        )


def _locked_items(keys: Collection[UUID]) -> dict[UUID, OpenItem]:
    """The items, locked in key order, so that what is open and undisputed stays so; debits only."""
    found = {
        item.pk: item
        for item in OpenItem.objects.filter(pk__in=keys, side=Side.DEBIT)
        .select_related("document")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    }
    if len(found) != len(set(keys)):
        raise DisputeRefused(_("应收项目不存在，或不属于本组织。"), code="unknown_item")
    return found


def _require_seen(keys: Collection[UUID], actor: Actor) -> None:
    people = visible_salespeople(actor)
    if people is None:
        return
    mine = OpenItem.objects.filter(pk__in=keys, customer__salesperson_id__in=people)
    if mine.count() != len(set(keys)):
        raise DisputeRefused(_("应收项目不存在，或不属于本组织。"), code="unknown_item")


def _require_dispute_seen(dispute_id: UUID, actor: Actor) -> None:
    if not seen_disputes(actor).filter(pk=dispute_id).exists():
        raise DisputeRefused(_("争议不存在，或不属于本组织。"), code="unknown_dispute")


def _end(
    keys: Sequence[UUID], state: DisputeState, outcome: str, today: date, opened: OpenAct
) -> list[Dispute]:
    rows = list(Dispute.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True))
    if any(row.state != DisputeState.OPEN for row in rows):
        raise DisputeRefused(_("这笔争议已经结束，请刷新。"), code="dispute_ended")
    for row in rows:
        row.state = state.value
        row.ended_act_id = opened.id
        row.ended_on = max(today, row.opened_on)
        row.ended_by_name = opened.actor.name[:100]
        row.outcome = outcome
        row.save(update_fields=["state", "ended_act", "ended_on", "ended_by_name", "outcome"])
    _write_events("dispute_ended", ENDED_CONTENT, keys, opened)
    return rows


def _write_events(action: str, content: str, keys: Iterable[UUID], opened: OpenAct) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
            SELECT %(organization)s, uuidv7(), %(act)s, %(action)s, '{RECORD}', d.id, d.number, {content}
            FROM disputes_dispute d
            WHERE d.organization_id = %(organization)s AND d.id = ANY(%(keys)s)
            ORDER BY d.id
            """,
            {
                "organization": current_organization_id(),
                "act": opened.id,
                "action": action,
                "keys": list(keys),
            },
        )


def remind_of_disputes(*, actor: Actor, day: date) -> int:
    """提醒争议: tell who answers disputes that are past their deadline, once each; returns of how many."""
    actor.require("dispute.write")
    with act("remind_of_disputes", actor=actor) as opened:
        organization = Organization.objects.select_for_update(no_key=True).get(pk=opened.organization_id)
        late = Dispute.objects.filter(state=DisputeState.OPEN, due_on__lt=day).select_related("customer")
        rows = list(late.order_by("due_on", "pk"))
        paths = {row.pk: reverse("dispute", args=[organization.code, row.pk]) for row in rows}
        had = set(
            Notice.objects.filter(kind=DISPUTE_LATE, path__in=paths.values()).values_list("path", flat=True)
        )
        fresh = [row for row in rows if paths[row.pk] not in had]
        for row, people in _owners(fresh):
            send_notices(
                sorted(people),
                kind=DISPUTE_LATE,
                parameters={
                    "customer": row.customer.name,
                    "record": f"{row.number} {row.amount:,.2f}",
                    "day": row.due_on.isoformat(),
                },
                path=paths[row.pk],
                now=transaction_time(),
            )
    return len(fresh)


def _tell_owners(made: Sequence[Dispute], actor: Actor) -> None:
    """Tell who answers them, but for whoever opened them."""
    organization = Organization.objects.get(pk=current_organization_id())
    now = transaction_time()
    for row, people in _owners(made):
        send_notices(
            sorted(people - {actor.membership_id}),
            kind=DISPUTE_OPENED,
            parameters={
                "author": actor.name,
                "record": f"{row.number} {row.item.document.number} {row.amount:,.2f}",
                "excerpt": row.text[:200],
            },
            path=reverse("dispute", args=[organization.code, row.pk]),
            now=now,
        )


def _owners(made: Sequence[Dispute]) -> Iterator[tuple[Dispute, set[UUID]]]:
    """Disputes with those who hold the roles that own the reasons, as far as they see the customers."""
    held = MembershipRole.objects.filter(
        role__code__in={row.owner_role for row in made},
        membership__active=True,
        membership__user__is_active=True,
    )
    people = set(held.values_list("role__code", "role__scope", "membership_id"))
    own = dict(
        Customer.everyone.filter(pk__in={row.customer_id for row in made}).values_list(
            "pk", "salesperson__membership_id"
        )
    )
    for row in made:
        yield (
            row,
            {
                member
                for role, scope, member in people
                if role == row.owner_role and (scope == Scope.ALL or member == own.get(row.customer_id))
            },
        )

"""huikuan match: money that waits finds its invoices; what is sure is posted unless only a look is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from uuid import UUID

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from huikuan.cash.banking import StatementLine
from huikuan.cash.matching.composing import Proposed
from huikuan.cash.matching.options import Option, Settled, to_json
from huikuan.cash.operations.automatic import Posted, post_all_sure
from huikuan.cash.operations.proposing import propose_matches
from huikuan.cash.proposals import Tier
from huikuan.cash.reason_words import sentence
from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    acting,
    emit,
    messages,
    organization_of,
)
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("match")(match)


def match(
    org: OrganizationOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只提出建议，不入账")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """匹配银行流水与应收：逐笔给出付款人、核销什么、理由和其他可能；确定的自动核销。"""
    organization = organization_of(org)
    today = timezone.localdate()
    with tenant(organization.pk):
        who = acting(actor)
        proposals = propose_matches(actor=who, today=today).proposals
        rows = _rows(proposals)
    posted = Posted()
    if not dry_run:
        keys = [each.line_id for each in proposals]
        posted = post_all_sure(organization.pk, actor=who, today=today, lines=keys)
        with tenant(organization.pk):
            _mark_posted(rows, keys)
    if format == Format.JSON:
        emit(rows)
        return
    _show(rows)
    if not dry_run:
        messages.print(
            _("%(settled)d 笔流水已自动核销，%(pooled)d 笔进入待认领。")
            % {"settled": posted.settled, "pooled": posted.pooled}
        )


def _rows(proposals: Iterable[Proposed]) -> list[dict[str, Any]]:
    proposals = list(proposals)
    lines = {
        row.pk: row
        for row in StatementLine.objects.filter(pk__in=[each.line_id for each in proposals]).select_related(
            "bank_account"
        )
    }
    wanted = {option.customer_id for each in proposals for option in each.options if option.customer_id}
    customers = Customer.everyone.in_bulk(list(wanted))
    return [_row(each, lines[each.line_id], customers) for each in proposals]


def _row(proposed: Proposed, line: StatementLine, customers: Mapping[UUID, Customer]) -> dict[str, Any]:
    best = proposed.options[0] if proposed.options else None
    return {
        "line": str(line.pk),
        "account": line.bank_account.code,
        "booked_on": line.booked_on,
        "amount": f"{line.amount:.2f}",
        "currency": line.bank_account.currency,
        "counterparty": line.counterparty,
        "reference": line.reference,
        "text": line.text,
        "tier": proposed.tier,
        "proven": proposed.proven,
        **_option(best, customers),
        "alternatives": [{"tier": each.tier, **_option(each, customers)} for each in proposed.options[1:]],
        "posted": False,
    }


def _option(option: Option | None, customers: Mapping[UUID, Customer]) -> dict[str, Any]:
    if option is None:
        return {"payer": None, "allocations": [], "reason": "", "reasons": []}
    customer = customers.get(option.customer_id) if option.customer_id else None
    data = to_json(option)
    return {
        "payer": {
            "code": customer.code,
            "name": customer.name,
            "confidence": option.tier,
            "reason": sentence(option.payer_reasons),
        }
        if customer
        else None,
        "allocations": _settled(option.items),
        "credits": _settled(option.credits),
        "differences": {name: f"{amount:.2f}" for name, amount in option.differences.items() if amount},
        "unapplied": f"{option.unapplied:.2f}",
        "advance_on": option.advance or None,
        "together_with": data["companions"],
        "reason": sentence(option.reasons),
        "reasons": [*data["payer_reasons"], *data["reasons"]],
    }


def _settled(parts: Iterable[Settled]) -> list[dict[str, str]]:
    return [
        {"document": each.number, "item": str(each.item_id), "amount": f"{each.amount:.2f}"} for each in parts
    ]


def _mark_posted(rows: Iterable[dict[str, Any]], keys: Iterable[UUID]) -> None:
    used = StatementLine.objects.filter(pk__in=list(keys)).exclude(used=0).values_list("pk", flat=True)
    done = {str(key) for key in used}
    for row in rows:
        row["posted"] = row["line"] in done


def _show(rows: Iterable[dict[str, Any]]) -> None:
    table = Table()
    for title in (_("日期"), _("金额"), _("对方"), _("把握"), _("客户"), _("核销"), _("理由")):
        table.add_column(title, overflow="fold")
    for row in rows:
        payer = row["payer"]
        table.add_row(
            str(row["booked_on"]),
            row["amount"],
            row["counterparty"],
            str(Tier(row["tier"]).label),
            payer["name"] if payer else "",
            "\n".join(f"{each['document']} {each['amount']}" for each in row["allocations"]),
            row["reason"],
        )
    Console().print(table)

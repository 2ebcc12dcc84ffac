"""Joining imported customers to groups, after the last chunk: a file may name a parent before or after its members.

Groups have one level: balances are allocated and aged across a head and its members. A row that would make a
member's member is set aside; accepted, its customer joins the head of the whole group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from huikuan.core.said import said as _
from huikuan.customers.models import Customer
from huikuan.customers.operations import CustomerFacts, change_customers
from huikuan.integrations.models import Problem
from huikuan.integrations.operations.run import Rows, Run


@dataclass(frozen=True, slots=True)
class Membership:
    """What row `line` said: its customer belongs to the customer with the code `parent`."""

    parent: str
    line: int
    values: dict[str, str]
    unchanged: bool


def remember_groups(rows: Rows, codes: Mapping[int, str], unchanged: set[str]) -> None:
    """Keep what the imported rows say about groups; `codes`: the customer of each row."""
    parents = rows.columns["parent_code"]
    _memberships(rows.run).update(
        {
            code: Membership(parents[index], rows.chunk.line[index], rows.values(index), code in unchanged)
            for index, code in codes.items()
            if parents[index] and parents[index] != code
        }
    )


def link_groups(run: Run) -> None:
    """Join the customers of the file to their groups, or leave those rows out that ask for more than one level."""
    wanted = _memberships(run)
    if not wanted:
        return
    codes = wanted.keys() | {membership.parent for membership in wanted.values()}
    known = {
        customer.code: customer
        for customer in Customer.objects.filter(code__in=codes).select_related("parent")
    }
    heads = {code: customer.parent.code for code, customer in known.items() if customer.parent}
    heads |= {code: said.parent for code, said in wanted.items() if said.parent in known}
    links: dict[str, str] = {}
    for code, said in wanted.items():
        if code not in known or said.parent not in known:
            continue
        chain = list(_above(code, heads))
        if chain[-1] == code:
            _reject(run, said, "group_circular", _("客户 %s 成了自己的上级") % code)
        elif len(chain) == 1 or _accepted(run, said):
            links[code] = chain[-1]
        else:
            message = _("上级客户 %(parent)s 自己属于 %(head)s，集团只有一层；接受后归入 %(head)s")
            _set_aside(run, said, message % {"parent": said.parent, "head": chain[-1]})
    for code in _with_members(links):
        said = wanted[code]
        message = _("客户 %s 自己有下级客户，集团只有一层") % code
        del links[code]
        _reject(run, said, "customer_has_members", message)
    changes = [
        (known[code], CustomerFacts(code=code, parent_id=_key(known, head))) for code, head in links.items()
    ]
    change_customers(changes, actor=run.actor, effective_on=run.today)


def _memberships(run: Run) -> dict[str, Membership]:
    memory: dict[str, Any] = run.memory
    return memory.setdefault("groups", {})  # type: ignore[no-any-return]


def _above(code: str, heads: Mapping[str, str]) -> Iterator[str]:
    """Who stands above a customer, the nearest first; ends with the customer itself, or another, on a circle."""
    met = {code}
    while (head := heads.get(code)) is not None:
        yield head
        if head in met:
            return
        met.add(head)
        code = head


def _key(known: Mapping[str, Customer], code: str) -> Any:
    customer = known.get(code)
    return customer.pk if customer else Customer.objects.only("pk").get(code=code).pk


def _with_members(links: Mapping[str, str]) -> list[str]:
    """Who of the linked customers would still have members of its own, in the books or by another link."""
    staying = Customer.objects.filter(parent__code__in=links).exclude(code__in=links)
    led = {*staying.values_list("parent__code", flat=True), *links.values()}
    return [code for code in links if code in led]


def _accepted(run: Run, said: Membership) -> bool:
    return "group_too_deep" in run.options.accept or said.line in run.options.accept_lines


def _set_aside(run: Run, said: Membership, message: str) -> None:
    run.set_aside += 1
    _take_back(run, said)
    run.leave_out(
        said.line, "parent_code", "group_too_deep", message, said.values, status=Problem.Status.SET_ASIDE
    )


def _reject(run: Run, said: Membership, code: str, message: str) -> None:
    run.rejected += 1
    _take_back(run, said)
    run.leave_out(said.line, "parent_code", code, message, said.values, status=Problem.Status.REJECTED)


def _take_back(run: Run, said: Membership) -> None:
    """The row was counted as taken when its customer was entered; what it says as a whole was not."""
    run.imported -= not said.unchanged
    run.unchanged -= said.unchanged

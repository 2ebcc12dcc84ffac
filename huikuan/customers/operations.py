"""Creating and changing customers and who sells to them; each change is kept as history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from huikuan.audit.models import Event
from huikuan.audit.operations import OpenAct, act
from huikuan.core.errors import HuikuanError
from huikuan.core.lengths import first_too_long, lengths_of, too_long
from huikuan.core.names import pinyin_initials, pinyin_key
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import (
    Contact,
    Customer,
    CustomerChange,
    CustomerName,
    PaymentTerm,
    Salesperson,
)
from huikuan.customers.rules import explain_uscc
from huikuan.organizations.actors import Actor


class CustomerRefused(HuikuanError):
    """Customers cannot be created or changed as given; none of the set was."""

    code = "customer_refused"


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What is said about a customer. None means nothing is said; an empty text clears the field."""

    code: str
    name: str | None = None
    uscc: str | None = None
    parent_id: UUID | None = None
    salesperson_id: UUID | None = None
    region: str | None = None
    sector: str | None = None
    size: str | None = None
    segment: str | None = None
    term_id: UUID | None = None

    def said(self) -> dict[str, Any]:
        """The fields something is said about, without the code."""
        return {key: value for key, value in asdict(self).items() if value is not None and key != "code"}


CUSTOMER_LENGTHS = lengths_of(Customer, "code", "name", "region", "sector", "segment")
CONTACT_LENGTHS = lengths_of(Contact, "name", "position")
NAME_LENGTH = lengths_of(CustomerName, "name")["name"]
RETURNING = (
    "name",
    "sort_key",
    "initials",
    "uscc",
    "parent",
    "salesperson",
    "region",
    "sector",
    "size",
    "segment",
    "term",
    "created_act",
    "removed_act",
)
"""What is written of a customer that comes back."""
VERSIONED = ("parent_id", "salesperson_id", "region", "segment")


def create_customers(facts: Sequence[CustomerFacts], *, actor: Actor) -> list[Customer]:
    """Open files for new customers; a customer without a name is called by its code.

    One that was removed is taken up again, as it was known and with what is said now.
    """
    if not facts:
        return []
    organization_id = current_organization_id()
    with act("create_customers", actor=actor) as opened:
        for fact in facts:
            _require_valid_uscc(fact)
            _require_short(fact)
        _lock_groups([], (fact.parent_id for fact in facts))
        removed = Customer.everyone.filter(code__in=[fact.code for fact in facts], removed_act__isnull=False)
        returning = {customer.code: customer for customer in removed.select_for_update()}
        customers = []
        for fact in facts:
            customer = returning.get(fact.code) or Customer(
                organization_id=organization_id, code=fact.code, **_with_keys({"name": fact.code})
            )
            values = _with_keys(fact.said()) | {"created_act_id": opened.id, "removed_act_id": None}
            for key, value in values.items():
                setattr(customer, key, value)
            customers.append(customer)
        try:
            fresh = [customer for customer in customers if customer.code not in returning]
            Customer.objects.bulk_create(fresh, batch_size=2000)
            if returning:
                Customer.everyone.bulk_update(list(returning.values()), RETURNING, batch_size=1000)
        except IntegrityError as error:
            raise CustomerRefused(
                _("客户编码或统一社会信用代码已经存在。"), code="customer_exists"
            ) from error
        _require_one_level([customer.pk for customer in customers if customer.parent_id])
        _record(
            "created",
            ((customer, fact.said()) for customer, fact in zip(customers, facts, strict=True)),
            opened,
        )
        return customers


def remove_customers(customers: Sequence[Customer], *, actor: Actor) -> None:
    """Take customers out of every list, as if their files had never been opened; what they were stays recorded.

    Only for the undoing of what opened them: the caller has seen that nothing rests on them.
    """
    with act("remove_customers", actor=actor) as opened:
        Customer.objects.filter(pk__in=[customer.pk for customer in customers]).update(
            removed_act_id=opened.id
        )
        _record("removed", ((customer, {"name": customer.name}) for customer in customers), opened)


def change_customers(
    changes: Sequence[tuple[Customer, CustomerFacts]], *, actor: Actor, effective_on: date
) -> int:
    """Change what is said about customers; returns how many really changed.

    A former name is kept and still finds the customer. Group, salesperson, region and segment keep their old
    values for reports as of earlier days.
    """
    organization_id = current_organization_id()
    changed: list[Customer] = []
    history: list[CustomerChange] = []
    former: list[CustomerName] = []
    recorded: list[tuple[Customer, dict[str, Any]]] = []
    fields: set[str] = set()
    with act("change_customers", actor=actor) as opened:
        joining = {customer.pk for customer, facts in changes if facts.parent_id}
        _lock_groups(joining, (facts.parent_id for _customer, facts in changes))
        for customer, facts in changes:
            _require_valid_uscc(facts)
            _require_short(facts)
            said = differences(customer, facts)
            if not said:
                continue
            if any(key in said for key in VERSIONED):
                history.append(
                    CustomerChange(
                        organization_id=organization_id,
                        customer=customer,
                        act_id=opened.id,
                        effective_on=effective_on,
                        **{key: getattr(customer, key) for key in VERSIONED},
                    )
                )
            if "name" in said:
                former.append(
                    CustomerName(
                        organization_id=organization_id,
                        customer=customer,
                        kind=CustomerName.Kind.FORMER,
                        name=customer.name,
                    )
                )
            values = _with_keys(said)
            for key, value in values.items():
                setattr(customer, key, value)
            fields |= values.keys()
            changed.append(customer)
            recorded.append((customer, said))
        CustomerChange.objects.bulk_create(history)
        CustomerName.objects.bulk_create(former, ignore_conflicts=True)
        if changed:
            Customer.objects.bulk_update(changed, sorted(fields), batch_size=1000)
        _require_one_level(joining)
        _record("changed", recorded, opened)
    return len(changed)


def differences(customer: Customer, facts: CustomerFacts) -> dict[str, Any]:
    """What `facts` says otherwise than the customer's file."""
    return {key: value for key, value in facts.said().items() if getattr(customer, key) != value}


def _lock_groups(joining: Iterable[UUID], parents: Iterable[UUID | None]) -> None:
    """Hold who joins a group, and its head: nobody else changes the shape of the group meanwhile."""
    keys = {*joining, *(parent for parent in parents if parent)}
    if keys:
        locked = Customer.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
        list(locked.values_list("pk"))


def _require_one_level(joined: Collection[UUID]) -> None:
    """Refuse members of members: balances are allocated and aged across a head and its direct members only."""
    if not joined:
        return
    members = Customer.objects.filter(parent=OuterRef("pk"))
    deep = (
        Customer.objects.filter(Q(parent__parent__isnull=False) | Exists(members))
        .filter(pk__in=joined, parent__isnull=False)
        .order_by("code")
        .values_list("code", "parent__code")
        .first()
    )
    if deep is not None:
        raise CustomerRefused(
            _("客户 %(code)s 不能归入 %(parent)s：集团只有一层，上级自己不属于集团，下级没有下级。")
            % {"code": deep[0], "parent": deep[1]},
            code="group_too_deep",
        )


def add_names(names: Iterable[tuple[UUID, str]], *, kind: CustomerName.Kind) -> None:
    """Remember other names of customers; known ones are left alone."""
    organization_id = current_organization_id()
    names = list(names)
    for _customer_id, name in names:
        if len(name) > NAME_LENGTH:
            raise CustomerRefused(
                too_long(_("名称 %s…") % name[:20], _("名称"), NAME_LENGTH), code="text_too_long"
            )
    CustomerName.objects.bulk_create(
        (
            CustomerName(organization_id=organization_id, customer_id=customer_id, kind=kind, name=name)
            for customer_id, name in names
        ),
        ignore_conflicts=True,
        batch_size=2000,
    )


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A person at a customer; phone and e-mail are stored encrypted."""

    customer_id: UUID
    name: str
    phone: str = ""
    email: str = ""
    position: str = ""


def add_contacts(facts: Iterable[ContactFacts], *, actor: Actor) -> list[Contact]:
    """Add people to call; one already there by name is brought up to date instead."""
    organization_id = current_organization_id()
    wanted = {(fact.customer_id, fact.name): fact for fact in facts}
    if not wanted:
        return []
    for fact in wanted.values():
        name = first_too_long({"name": fact.name, "position": fact.position}, CONTACT_LENGTHS)
        if name is not None:
            label = _("姓名") if name == "name" else _("职务")
            message = too_long(_("联系人 %s") % fact.name[:20], label, CONTACT_LENGTHS[name])
            raise CustomerRefused(message, code="text_too_long")
    with act("add_contacts", actor=actor):
        known = {
            (contact.customer_id, contact.name): contact
            for contact in Contact.objects.filter(customer_id__in={key[0] for key in wanted})
        }
        fresh: list[Contact] = []
        present: list[Contact] = []
        for key, fact in wanted.items():
            contact = known.get(key) or Contact(
                organization_id=organization_id, customer_id=fact.customer_id, name=fact.name
            )
            contact.position = fact.position or contact.position
            contact.phone = fact.phone or contact.phone
            contact.email = fact.email or contact.email
            (present if key in known else fresh).append(contact)
        Contact.objects.bulk_create(fresh, batch_size=2000)
        if present:
            Contact.objects.bulk_update(
                present, ["position", "phone_encrypted", "phone_index", "email_encrypted", "email_index"]
            )
        return fresh + present


def salespeople_by_name(names: Iterable[str]) -> dict[str, Salesperson]:
    """Salespeople called by code or name; those not there yet are added under their name."""
    organization_id = current_organization_id()
    wanted = {name for name in names if name}
    found = _salespeople(wanted)
    missing = sorted(wanted - found.keys())
    if missing:
        Salesperson.objects.bulk_create(
            (
                Salesperson(organization_id=organization_id, code=name[:64], name=name[:100])
                for name in missing
            ),
            ignore_conflicts=True,
        )
        found |= _salespeople(set(missing))
    return found


def _salespeople(names: set[str]) -> dict[str, Salesperson]:
    if not names:
        return {}
    by_name = {person.name: person for person in Salesperson.objects.filter(name__in=names)}
    by_code = {
        person.code: person for person in Salesperson.objects.filter(code__in={name[:64] for name in names})
    }
    return {
        name: person
        for name in names
        if (person := by_code.get(name[:64]) or by_name.get(name[:100])) is not None
    }


def term_by_code(
    *, code: str, name: str, rule: dict[str, Any], instalments: list[Any] | None = None
) -> PaymentTerm:
    """The payment term with this code, made from `rule` when it is not there yet."""
    term, _created = PaymentTerm.objects.get_or_create(
        organization_id=current_organization_id(),
        code=code,
        defaults={"name": name, "rule": rule, "instalments": instalments or []},
    )
    return term


def _with_keys(values: dict[str, Any]) -> dict[str, Any]:
    if "name" not in values:
        return values
    name = values["name"]
    return {**values, "sort_key": pinyin_key(name)[:400], "initials": pinyin_initials(name)[:200]}


def _require_valid_uscc(facts: CustomerFacts) -> None:
    if facts.uscc and explain_uscc(facts.uscc) is not None:
        raise CustomerRefused(_("统一社会信用代码 %s 不正确，请核对。") % facts.uscc, code="uscc_invalid")


def _require_short(facts: CustomerFacts) -> None:
    name = first_too_long(asdict(facts), CUSTOMER_LENGTHS)
    if name is None:
        return
    labels = {
        "code": _("代码"),
        "name": _("名称"),
        "region": _("地区"),
        "sector": _("行业"),
        "segment": _("客户分类"),
    }
    message = too_long(_("客户 %s") % facts.code[:20], labels[name], CUSTOMER_LENGTHS[name])
    raise CustomerRefused(message, code="text_too_long")


def _record(action: str, rows: Iterable[tuple[Customer, dict[str, Any]]], opened: OpenAct) -> None:
    Event.objects.bulk_create(
        (
            Event(
                organization_id=opened.organization_id,
                act_id=opened.id,
                action=action,
                record_kind="customer",
                record_id=customer.pk,
                number=customer.code,
                content={
                    key: str(value) if isinstance(value, UUID) else value for key, value in said.items()
                },
            )
            for customer, said in rows
        ),
        batch_size=2000,
    )

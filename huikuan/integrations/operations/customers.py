"""Importing customers: new ones are opened, known ones brought up to date."""

from __future__ import annotations

import re
from typing import Any

from huikuan.core.encryption import normalise_email, normalise_phone
from huikuan.core.said import said as _
from huikuan.customers.models import Customer, CustomerName, PaymentTerm, Size
from huikuan.customers.operations import (
    ContactFacts,
    CustomerFacts,
    add_contacts,
    add_names,
    change_customers,
    create_customers,
    differences,
    term_by_code,
)
from huikuan.customers.rules import explain_uscc, instalments_to_data, normalise_uscc, parse_instalments
from huikuan.integrations.operations.groups import remember_groups
from huikuan.integrations.operations.parties import resolve_salespeople
from huikuan.integrations.operations.run import Rows

NAME_SEPARATORS = re.compile("[;；、]")
SIZES = {label: value for value, label in Size.choices} | {
    **{value: value for value in Size.values},
    "大": "large", "中": "medium", "小": "small", "微": "micro",
    "大型企业": "large", "中型企业": "medium", "小型企业": "small", "微型企业": "micro",
    "medio": "medium", "grande": "large", "pequeno": "small",
}  # fmt: skip


def import_customers(rows: Rows) -> None:
    """Import the live rows of a chunk. A customer is known by its code, else by its name."""
    salespeople = resolve_salespeople(rows)
    terms = _terms(rows)
    facts: dict[int, CustomerFacts] = {}
    seen: dict[str, int] = rows.run.memory.setdefault("codes", {})
    for index in list(rows.live):
        fact = _facts(rows, index, salespeople, terms)
        if fact is None:
            continue
        if fact.code in seen:
            message = _("客户 %(code)s 在第 %(row)d 行已经出现过") % {
                "code": fact.code,
                "row": seen[fact.code],
            }
            if rows.suspect(index, "customer_code", "duplicate", message):
                continue
        seen[fact.code] = rows.chunk.line[index]
        facts[index] = fact
    known = {
        customer.code: customer
        for customer in Customer.objects.filter(code__in={fact.code for fact in facts.values()})
    }
    taken = _holders_of_uscc(facts)
    for index, fact in list(facts.items()):
        if fact.uscc and taken.setdefault(fact.uscc, fact.code) != fact.code:
            rows.reject(index, "uscc", "uscc_taken", _("统一社会信用代码已属于客户 %s") % taken[fact.uscc])
            del facts[index]
    fresh = {index: fact for index, fact in facts.items() if fact.code not in known}
    created = create_customers(list(fresh.values()), actor=rows.run.actor)
    customers = dict(zip(fresh, created, strict=True))
    changes = [(known[fact.code], fact) for fact in facts.values() if fact.code in known]
    same = {fact.code for customer, fact in changes if not differences(customer, fact)}
    changed = change_customers(changes, actor=rows.run.actor, effective_on=rows.run.today)
    customers |= {index: known[fact.code] for index, fact in facts.items() if fact.code in known}
    _add_people(rows, customers)
    rows.run.customers_created += len(created)
    rows.run.imported += len(created) + changed
    rows.run.unchanged += len(changes) - changed
    remember_groups(
        rows,
        {index: fact.code for index, fact in facts.items()},
        unchanged=same,
    )


def _facts(
    rows: Rows, index: int, salespeople: dict[str, Any], terms: dict[str, PaymentTerm]
) -> CustomerFacts | None:
    def value(name: str) -> str | None:
        text: str | None = rows.columns[name][index]
        return text

    uscc = normalise_uscc(value("uscc") or "") or None
    if uscc and explain_uscc(uscc) is not None:
        reasons = {
            "length": _("统一社会信用代码应为 18 位：%s"),
            "alphabet": _("统一社会信用代码含有不允许的字符：%s"),
            "check_digit": _("统一社会信用代码的校验位不对：%s"),
        }
        rows.reject(index, "uscc", "uscc_invalid", reasons[explain_uscc(uscc) or ""] % uscc)
        return None
    size = value("size")
    if size and size.strip().lower() not in SIZES:
        rows.reject(index, "size", "size_unknown", _("不认识的企业规模：%s") % size)
        return None
    term_text = value("terms")
    if term_text and term_text not in terms:
        rows.reject(index, "terms", "terms_unknown", _("看不懂付款条件：%s") % term_text)
        return None
    code, name = value("customer_code"), value("customer_name")
    if code is None:
        code = _code_by_name(rows, name or "")
    salesperson = value("salesperson")
    return CustomerFacts(
        code=code,
        name=name,
        uscc=uscc,
        salesperson_id=salespeople.get(salesperson) if salesperson else None,
        region=_cut(value("region")),
        sector=_cut(value("sector")),
        size=SIZES[size.strip().lower()] if size else None,
        segment=_cut(value("segment")),
        term_id=terms[term_text].pk if term_text else None,
    )


def _cut(text: str | None) -> str | None:
    return text[:60] if text else text


def _code_by_name(rows: Rows, name: str) -> str:
    found = Customer.objects.filter(name=name).values_list("code", flat=True).first()
    return found or name[:64]


def _terms(rows: Rows) -> dict[str, PaymentTerm]:
    known: dict[str, PaymentTerm] = rows.run.memory.setdefault("terms", {})
    for text in {rows.columns["terms"][index] for index in rows.live} - known.keys() - {None}:
        instalments = parse_instalments(text)
        if instalments:
            data = instalments_to_data(instalments) if len(instalments) > 1 else []
            known[text] = term_by_code(
                code=text[:64], name=text[:100], rule=instalments[-1].rule.to_data(), instalments=data
            )
    return known


def _holders_of_uscc(facts: dict[int, CustomerFacts]) -> dict[str, str]:
    codes = {fact.uscc for fact in facts.values() if fact.uscc}
    return dict(Customer.objects.filter(uscc__in=codes).values_list("uscc", "code"))


def _add_people(rows: Rows, customers: dict[int, Customer]) -> None:
    columns = rows.columns
    former = [
        (customer.pk, name.strip()[:200])
        for index, customer in customers.items()
        for name in NAME_SEPARATORS.split(columns["former_names"][index] or "")
        if name.strip()
    ]
    if former:
        add_names(former, kind=CustomerName.Kind.FORMER)
    contacts = []
    for index, customer in customers.items():
        name, phone, email = (columns[f"contact_{part}"][index] for part in ("name", "phone", "email"))
        if name or phone or email:
            contacts.append(
                ContactFacts(
                    customer_id=customer.pk,
                    name=(name or _("联系人"))[:100],
                    phone=normalise_phone(phone) or phone if phone else "",
                    email=normalise_email(email) or email if email else "",
                )
            )
    add_contacts(contacts, actor=rows.run.actor)

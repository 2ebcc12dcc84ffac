"""Every address with every shipped role: what a page asks for is what the permission table says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from huikuan.audit.operations import act
from huikuan.collection.instalments import Instalment
from huikuan.collection.models import Charge, CollectionAction, CollectionRun, PolicyStep
from huikuan.collection.operations import (
    NewCase,
    NewContact,
    NewLetter,
    NewPlan,
    NewPromise,
    ask_colleague,
    ask_letters,
    complete_policies,
    make_plan,
    pause_collection,
    pause_items,
    print_letters,
    propose_case,
    record_contact,
    record_promise,
    run_collection,
    save_calendar_day,
    save_draft,
)
from huikuan.collection.policy_queries import content_of, versions_on
from huikuan.collection.rules import Channel, Result
from huikuan.collection.stages import CaseKind
from huikuan.disputes.operations import NewDispute, open_dispute
from huikuan.files.operations import attach_file
from huikuan.ledger.models import Allocation, Document, OpenItem
from huikuan.messaging.models import Message
from huikuan.messaging.operations import SenderData, queue_messages, save_sender
from huikuan.messaging.rules import MessageChannel, NewMessage
from huikuan.notices.operations import write_note
from huikuan.organizations.permissions import PERMISSIONS, SHIPPED_ROLES
from huikuan.organizations.queries import actor_of
from huikuan.reports.models import PivotRun, ReportSchedule, SavedPivot
from huikuan.risk.operations import assess, post_provision, set_matrix
from huikuan.risk.payments.operations import train_model
from huikuan.risk.rules import STARTING_RATES
from huikuan.sales.contracts import PlanLine, TaxInvoiceLink
from huikuan.sales.models import Product
from huikuan.sales.operations.tax_invoices import NewLink, link_tax_invoices, upload_tax_invoice
from huikuan.warnings.operations import warn
from huikuan.warnings.rules import Finding
from huikuan.warnings.rules import Kind as WarningKind
from huikuan.web.pages import MEMBER
from tests.approvals.company import waiting_request
from tests.cash.records import one_of_each
from tests.conftest import make_organization
from tests.sales import agreeing
from tests.sales.tax_invoice_samples import xml as tax_invoice_xml
from tests.statements.stated import keys_of_statements
from tests.trade import Books
from tests.web.leading import dead_ends
from tests.web.people import member, signed_in
from tests.web.policy import assert_kept

# Pages of one kind of record that this test can name; others are asked for with an id that nobody has.
LEADS_ON = {
    "collection-outcome",
    "collection-letters-print",
    "collection-statement",
    "collection-template-retire",
    "collection-resume",
    "settings-calendar-delete",
    "collection-item-resume",
    "collection-run-now",
    "credit-recheck",
    "customer-grade-again",
    "report-schedule-stop",
    "pivot-remove",
    "pivot-save",
    "pivot-run",
    "pivot-run-ask",
    "pivot-run-cancel",
    "notice-read",
    "payment-model-backtest-run",
    "payment-model-train",
    "payment-model-use",
    "provision-by-model",
    "notice-open",
    "settlements-release",
    "settlements-vat",
    "settings-sender-try",
    "messages-stopped-lift",
    "reconciliation-map",
    "statement-batch-send",
    "statement-compare",
    "statement-dispute",
    "statement-send",
}
LEADS_ON |= {
    f"workbench-{act}" for act in ("accept", "ask", "book", "leave-out", "match", "pool", "propose", "undo")
}
# Posts that say what is missing from them.
ASKS_FOR_MORE = {"file-attach", "file-remove", "provision-post"}
# What is done in a list leads back to it; an act that a list does not have is not found.
OF_LISTS = re.compile(
    r"(statements|credit-warnings|collection-promises|collection-letters|collection-plans|collection-cases|collection-table|credit-limits|credit-securities|disputes|messages|bills|bank-statements|bank-lines|products|orders|deliveries|invoices|customers|contracts|tax-invoices|items|due|documents|imports|vouchers|approvals)-(views|act)"
)


def patterns(resolver: Any = None, route: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        below = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, below)
        else:
            yield below, entry


PAGES = [(route, entry) for route, entry in patterns() if route.startswith("o/<slug:org>/")]
LOOKED_THROUGH = {"administrator", "finance_manager"}  # between them they open every page
OPEN_TO_ALL = {
    "home",
    "invitation",
    "setup",
    "sign-in",
    "sign-out",
    "set_language",
    "enter",
    "go",
    "unsubscribe",
}
OPEN_TO_ALL |= {"manifest", "service-worker", "offline"}
ASKS_FOR_MORE |= {"tax-invoice-link"}


def test_every_page_of_an_organization_asks_for_a_permission() -> None:
    assert len(PAGES) > 10
    for route, entry in PAGES:
        assert getattr(entry.callback, "permission", None) in {*PERMISSIONS, MEMBER}, route


def test_nothing_else_has_an_address() -> None:
    others = {entry.name for route, entry in patterns() if not route.startswith("o/<slug:org>/")}
    assert others == OPEN_TO_ALL


@pytest.fixture
def keys(books: Books) -> dict[str, dict[str, Any]]:
    """Values for the addresses: an open invoice with an allocation, and its customer."""
    books.invoice("YS1", "2026-05-01", "1000")
    books.receipt("SK1", "2026-06-01", "300")
    books.allocate("SK1", "YS1", "100", "2026-06-01")
    invoice = Document.objects.get(number="YS1")
    document = {"key": invoice.pk, "allocation": Allocation.objects.get().pk}
    customer = {"key": invoice.customer_id}
    note = {"kind": "customer", "key": invoice.customer_id, "first": _note(books, invoice.customer_id)}
    file = {"kind": "customer", "key": invoice.customer_id, "file": _attached(books, invoice.customer_id)}
    return {
        "document": document,
        "customer": customer,
        "aging": {"form": "csv"},
        "report": {"name": "aging", "form": "csv", "chart": "aging"},
        "report-schedule": {"name": "aging", "key": uuid4()},
        "pivot": {"key": uuid4()},
        "pivot-run": {"key": uuid4(), "name": "pivot"},
        "dashboard-pivot": {"name": "pivot"},
        "document-refund": {"key": Document.objects.get(number="SK1").pk},
        "approval": {"key": waiting_request(books, invoice).pk},
        "note": note,
        "file": file,
        "guide": {"name": "index"},
        "cash-forecast-file": {"form": "json"},
        "cash-forecast-week": {"week": "2026-11-23"},
        "payment-model": {"key": _trained(books)},
        **_agreed(books),
        **_sold(books),
        **_risks(books),
        **one_of_each(books),
        "revaluation": {"month": "2026-06"},
        "credit": {"key": _held(books)},
        **_limited(books),
        "dispute": {"key": _disputed(books, invoice)},
        "dispute-new": {"key": invoice.pk},
        "scorecard": {"key": _drafted(books)},
        **_chased(books, invoice.customer_id),
        "credit-warning": {"key": _warned(books, invoice.customer_id)},
        **_written(books, invoice.customer_id),
        **keys_of_statements(books, "C1"),
    }


def _trained(books: Books) -> UUID:
    """A version of the payment model that is not in use."""
    return train_model(until=books.today, actor=books.actor, today=books.today, use=False).pk


def _written(books: Books, customer_id: UUID) -> dict[str, dict[str, Any]]:
    """A message that failed, one that waits, and the sender of both."""
    with act("test", actor=books.actor) as opened:
        found = queue_messages(
            act=opened,
            messages=[
                NewMessage(key, MessageChannel.SMS, customer_id, None, None, "x", "zh-hans", "提醒", "请付款")
                for key in ("settle", "cancel")
            ],
        )
    sender = save_sender(
        SenderData(
            code="sms", name="短信", channel=MessageChannel.SMS, provider="gateway", quiet_until=time(20)
        ),
        actor=books.actor,
    )
    Message.objects.filter(pk=found["settle"]).update(
        state="failed", reason="address_unusable", settled_at=timezone.now()
    )
    return {
        "message": {"key": found["settle"]},
        "message-cancel": {"key": found["cancel"]},
        "settings-sender": {"key": sender.pk, "provider": "smtp"},
    }


def _warned(books: Books, customer_id: UUID) -> UUID:
    """An open warning about the customer."""
    [made] = warn([Finding(WarningKind.DORMANT, customer_id)], actor=books.actor, day=books.today)
    return made.pk


def _drafted(books: Books) -> UUID:
    """A scorecard with a draft beside the version in force."""
    from huikuan.credit.operations import complete_cards, save_draft
    from huikuan.credit.scorecards import Scorecard
    from huikuan.credit.shipped_card import SHIPPED_DEFINITION

    complete_cards(actor=books.actor)
    card = Scorecard.objects.get()
    save_draft(card.pk, SHIPPED_DEFINITION, actor=books.actor)
    return card.pk


def _risks(books: Books) -> dict[str, dict[str, Any]]:
    """Rates with a provision, a customer judged by itself, and a bad debt."""
    actor = books.actor
    set_matrix(rates=STARTING_RATES, effective_on=date(2026, 1, 1), actor=actor)
    owing = books.customer("OWING")
    judged = assess(
        customer_id=owing.pk, rate=Decimal("0.5"), reason="涉诉", from_on=date(2026, 6, 1), actor=actor
    )
    made = post_provision(as_of=date(2026, 6, 30), actor=actor, today=books.today)
    books.invoice("YS9", "2026-01-01", "10", customer="OWING")
    books.write_off("YS9", "2026-06-30")
    bad = Document.objects.get(kind="write_off")
    return {
        "provision": {"key": made.pk, "form": "csv"},
        "assessment": {"key": judged.pk},
        "bad": {"key": bad.pk},
    }


def _held(books: Books) -> UUID:
    """An order that waits for its customer has no limit."""
    from huikuan.credit.models import OrderHold
    from huikuan.credit.operations import change_setting
    from tests.sales.selling import Selling, line

    change_setting(checks_orders=True, actor=books.actor)
    Selling(books).order(line("1", "10"))
    change_setting(checks_orders=False, actor=books.actor)
    return OrderHold.objects.get().pk


def _limited(books: Books) -> dict[str, dict[str, Any]]:
    """A limit, a security and the rules of the gates."""
    from huikuan.credit.gate_queries import gate_rules_in_force, rules_mark
    from tests.credit.giving import Giving

    credit = Giving(books)
    books.customer("LIMITED")
    return {
        "credit-limit": {"key": credit.limit("100", customer="LIMITED").pk},
        "credit-security": {"key": credit.security("100", until="2099-12-31", customer="LIMITED").pk},
        "credit-security-new": {"key": books.customer("LIMITED").pk},
        "credit-gate": {"mark": rules_mark(gate_rules_in_force()), "place": 1},
    }


def _policed(books: Books, customer_id: UUID) -> dict[str, dict[str, Any]]:
    """A policy in force with a draft beside it, a run, and a customer left alone."""
    complete_policies(actor=books.actor, in_force=True)
    version = versions_on(books.today)[0]
    draft = save_draft(version.policy_id, content_of(version), actor=books.actor)
    now = datetime(2026, 1, 1, 6, tzinfo=UTC)
    made = run_collection(actor=books.actor, day=now.date(), now=now)
    left = pause_collection(
        customer_id, until_on=date(2027, 6, 1), reason="x", actor=books.actor, today=books.today
    )
    acts = ("", "-edit", "-compare", "-copy", "-end", "-discard", "-simulate")
    known: dict[str, dict[str, Any]] = {f"collection-policy{act}": {"key": version.policy_id} for act in acts}
    known["collection-policy-activate"] = {"key": draft.pk}
    known |= {"collection-run": {"key": made.run_id}, "collection-resume": {"key": left.pk}}
    _another(books, "YS31")
    paused = Document.objects.get(number="YS31").pk
    pause_items(
        [books.item("YS31").pk],
        until_on=date(2027, 6, 1),
        reason="x",
        actor=books.actor,
        today=timezone.localdate(),
    )
    known |= {f"collection-item-{act}": {"key": paused} for act in ("pause", "resume")}
    day = save_calendar_day(on=books.today, worked=False, actor=books.actor)
    known |= {f"settings-calendar-{act}": {"key": day.pk} for act in ("day", "delete")}
    charge = _charged(books)
    known |= {f"collection-charge{act}": {"key": charge} for act in ("", "-agree", "-refuse")}
    return {**known, **{f"collection-{act}": {"key": customer_id} for act in ("pause", "hours")}}


def _charged(books: Books) -> UUID:
    """What a step of a policy proposes to charge."""
    item = OpenItem.objects.get(pk=_another(books, "YS29"))
    with act("run_collection", actor=books.actor) as opened:
        own: dict[str, Any] = {"organization_id": opened.organization_id, "act_id": opened.id}
        made = CollectionRun.objects.create(**own, on=books.today, planned=1, waiting=0)
        own |= {"customer_id": item.customer_id, "on": books.today}
        step = PolicyStep.objects.filter(version__starts_on__isnull=False)[0]
        action = CollectionAction.objects.create(
            **own, run=made, step=step, channel="phone", state="planned", oldest=item, items=0, amount=1
        )
        charge: UUID = Charge.objects.create(**own, action=action, fee=1, amount=1).pk
    return charge


def _chased(books: Books, customer_id: UUID) -> dict[str, dict[str, Any]]:
    """A contact with a customer, and what was promised in it."""
    contact = record_contact(
        NewContact(
            customer_id=customer_id,
            channel=Channel.PHONE,
            result=Result.PROMISED,
            made_at=timezone.now() - timedelta(days=1),
        ),
        actor=books.actor,
        today=timezone.localdate(),
    )
    new = NewPromise(customer_id=customer_id, made_on=books.today, promised_on=books.today)
    promise = record_promise(new, actor=books.actor, today=books.today)
    known = {f"collection-contact{act}": {"key": contact.pk} for act in ("", "-correct", "-rule")}
    known |= {f"collection-promise{act}": {"key": promise.pk} for act in ("", "-withdraw")}
    plan = make_plan(
        NewPlan(
            customer_id=customer_id,
            made_on=books.today,
            instalments=[Instalment(books.today, Decimal(50))],
            item_ids=[_another(books)],
        ),
        actor=books.actor,
        today=books.today,
    )
    known |= {f"collection-plan{act}": {"key": plan.pk} for act in ("", "-sign", "-withdraw", "-interest")}
    known["collection-plan-new"] = {"key": customer_id}
    suit = NewCase(customer_id=customer_id, kind=CaseKind.SUIT, item_ids=[_another(books, "YS22")])
    case = propose_case(suit, actor=books.actor, today=books.today)
    known |= {f"collection-case-{act}": {"key": case.pk} for act in ("file", "approve", "owner")}
    known |= {f"collection-{act}": {"key": customer_id} for act in ("case-new", "hand-over", "ask")}
    colleague = actor_of(member(books.organization, "executive"))
    assert colleague is not None and colleague.membership_id is not None
    asked = ask_colleague(
        customer_id,
        to_id=colleague.membership_id,
        text="?",
        due_on=books.today,
        actor=books.actor,
        today=books.today,
    )
    known["collection-answer"] = {"key": asked.pk}
    known |= _policed(books, customer_id)
    return {"collection": {"key": customer_id}, **known, **_lettered(books, customer_id)}


def _lettered(books: Books, customer_id: UUID) -> dict[str, dict[str, Any]]:
    """A letter, the batch in which it was printed, and a template."""
    _another(books, "YS24")
    new = NewLetter(customer_id=customer_id, template="dunning_1")
    [letter] = ask_letters([new], actor=books.actor, today=books.today)
    batch = print_letters(None, actor=books.actor, today=books.today, now=timezone.now())
    assert batch is not None
    known: dict[str, dict[str, Any]] = {
        f"collection-letter{act}": {"key": letter.pk}
        for act in ("", "-pdf", "-drop", "-post", "-delivered", "-returned")
    }
    known |= {f"collection-letter-batch{act}": {"key": batch.pk} for act in ("", "-pdf")}
    known |= {"collection-letter-new": {"key": customer_id}, "collection-statement": {"key": customer_id}}
    template = {"code": "overdue", "channel": "email", "language": "zh-hans"}
    return {**known, "collection-template": template, "collection-template-retire": template}


def _another(books: Books, number: str = "YS21") -> UUID:
    """One more open item, in no promise."""
    books.invoice(number, "2026-05-02", "50")
    return books.item(number).pk


def _disputed(books: Books, invoice: Document) -> UUID:
    """A dispute over a part of an invoice."""
    new = NewDispute(books.item(invoice.number).pk, "quality.damage", Decimal("10.00"))
    return open_dispute(new, actor=books.actor, today=books.today).pk


def _sold(books: Books) -> dict[str, dict[str, Any]]:
    """An order with a delivery, a draft, a posted invoice and a product."""
    from tests.sales.selling import Selling, line

    selling = Selling(books)
    order = selling.order(line("2", "10"))
    delivery = selling.deliver(order, "1")
    product = Product.objects.create(organization_id=books.organization.pk, code="P1", name="产品")
    note = selling.invoice(line("1", "5"), kind="debit_note", event="late_interest")
    return {
        "order": {"key": order.id},
        "delivery": {"key": delivery},
        "product": {"key": product.pk},
        "invoice": {"key": selling.draft(line("1", "5"))},
        "invoice-credit": {"key": selling.invoice(line("1", "5")).pk},
        "invoice-late-days": {"key": note.pk},
    }


def _agreed(books: Books) -> dict[str, dict[str, Any]]:
    """Contracts with a milestone and with deliveries, and a tax invoice with a link."""
    signed = agreeing.sign(books)
    by_quantity = agreeing.sign(books, agreeing.plan_line("quantity", "100%", quantity="3"))
    uploaded = upload_tax_invoice(
        name="a.xml", content=tax_invoice_xml(), actor=books.actor, now=timezone.now()
    )
    document = books.invoice("YS7", "2026-05-01", "1000")
    link_tax_invoices([NewLink(uploaded.id, document.pk, Decimal("1"))], actor=books.actor)
    milestone = PlanLine.objects.get(contract=signed, name="验收款")
    return {
        "contract": {"key": signed.pk, "line": milestone.pk},
        "contract-delivery": {"key": by_quantity.pk, "line": PlanLine.objects.get(contract=by_quantity).pk},
        "tax": {"key": uploaded.id, "link": TaxInvoiceLink.objects.get().pk},
    }


def _attached(books: Books, customer_id: UUID) -> UUID:
    return attach_file(
        record_kind="customer",
        record_id=customer_id,
        name="合同.pdf",
        content=b"%PDF-1.7",
        actor=books.actor,
        now=timezone.now(),
    ).pk


def _note(books: Books, customer_id: UUID) -> UUID:
    return write_note(
        record_kind="customer",
        record_id=customer_id,
        text="月底付款",
        actor=books.actor,
        now=timezone.now(),
        label="客户",
        path="/",
        may_see=lambda reader: True,
    ).first


def url(route: str, entry: URLPattern, organization: Any, keys: dict[str, dict[str, Any]]) -> str:
    from django.urls import reverse

    values: dict[str, Any] = {"org": organization.code}
    parts = str(entry.name).split("-")
    known = next(
        (keys[name] for end in range(len(parts), 0, -1) if (name := "-".join(parts[:end])) in keys), {}
    )
    for name, converter in _converters(route).items():
        if name != "org":
            values[name] = known.get(name) or (uuid4() if converter == "uuid" else "invoices")
    return reverse(str(entry.name), kwargs=values)


def _converters(route: str) -> dict[str, str]:
    import re

    return {name: kind for kind, name in re.findall(r"<(\w+):(\w+)>", route)}


def ask(client: Client, address: str, *, read: bool = False) -> Any:
    """The page; of what only takes posts, the answer to an empty post. The answer keeps the policy."""
    answer = client.get(address)
    assert_kept(answer, address, read=read)
    return client.post(address) if answer.status_code == 405 else answer


@pytest.mark.parametrize("role", SHIPPED_ROLES, ids=lambda role: role.code)
def test_a_role_opens_what_the_table_says(
    role: Any, organization: Any, keys: dict[str, dict[str, Any]], books: Books
) -> None:
    # An own salesperson's customer, so that scope does not hide it.
    user = member(organization, role.code, team="华东")
    _hand_over(books, user.pk)
    _schedule(books, user, keys["report-schedule"]["key"])
    _pivot(books, user, keys["pivot"]["key"])
    _pivot_run(books, user, keys["pivot-run"]["key"])
    client = signed_in(user)
    looks_through = role.code in LOOKED_THROUGH
    opened, dead = 0, set()
    for route, entry in PAGES:
        answer = ask(client, url(route, entry, organization, keys), read=looks_through)
        status = answer.status_code
        opened += status == 200
        dead |= {f"{route} -> {link}" for link in dead_ends(answer, role)}
        permission = entry.callback.permission  # type: ignore[union-attr]
        beyond = entry.callback.whole and role.scope != "all"  # type: ignore[union-attr]
        if beyond or permission not in {*role.permissions, MEMBER}:
            assert status == 403, f"{role.code} must not open {route}: {status}"
        elif route.startswith(("o/<slug:org>/import/", "o/<slug:org>/settings/", "o/<slug:org>/books/")):
            assert status not in (403, 405, 500), f"{role.code} may open {route}: {status}"
        elif entry.name == "approval":  # to those whom it does not concern it does not exist
            concerned = "approval.read" in role.permissions or role.code == "customer_service"
            assert status == (200 if concerned else 404), f"{role.code} may open {route}: {status}"
        elif of_list := OF_LISTS.fullmatch(str(entry.name)):
            assert status == (404 if of_list[2] == "act" else 302), f"{role.code} may open {route}: {status}"
        else:
            expected = 302 if entry.name in LEADS_ON else 422 if entry.name in ASKS_FOR_MORE else 200
            assert status == expected, f"{role.code} may open {route}: {status}"
    assert opened > 25 or not looks_through
    assert not dead, "\n".join(sorted(dead))


def _hand_over(books: Books, user_id: UUID) -> None:
    from huikuan.cash.banking import StatementLine
    from huikuan.customers.models import Customer, Salesperson
    from huikuan.organizations.models import Membership

    salesperson = Salesperson.objects.create(
        organization_id=books.organization.pk,
        code="S1",
        name="业务员",
        team="华东",
        membership=Membership.objects.get(user_id=user_id),
    )
    Customer.objects.update(salesperson=salesperson)
    StatementLine.objects.update(waits_for_id=user_id)


def _schedule(books: Books, user: Any, key: UUID) -> None:
    """A report that this person has sent every day, so that it can be stopped."""
    ReportSchedule.objects.create(
        id=key,
        organization_id=books.organization.pk,
        act_id=uuid4(),
        membership_id=actor_of(user).membership_id,  # type: ignore[union-attr]
        report="aging",
        name="账龄",
        form="csv",
        every="day",
        at=time(8),
        channel="email",
        recipients=["a@example.com"],
    )


def _pivot(books: Books, user: Any, key: UUID) -> None:
    """A pivot of this person, so that it can be removed."""
    SavedPivot.objects.create(
        id=key,
        organization_id=books.organization.pk,
        act_id=uuid4(),
        membership_id=actor_of(user).membership_id,  # type: ignore[union-attr]
        name="透视",
        words={"by": "region", "period": "year"},
    )


def _pivot_run(books: Books, user: Any, key: UUID) -> None:
    """A pivot that this person has made, so that it can be looked at and cancelled."""
    PivotRun.objects.create(
        id=key,
        organization_id=books.organization.pk,
        membership_id=actor_of(user).membership_id,  # type: ignore[union-attr]
        report="pivot",
        title="应收余额",
        asked_at=timezone.now(),
    )


def test_strangers_are_told_that_there_is_nothing(organization: Any, actor: Any, keys: Any) -> None:
    stranger = signed_in(member(make_organization(actor), "finance_manager"))
    for route, entry in PAGES:
        assert ask(stranger, url(route, entry, organization, keys)).status_code == 404, route


def test_nobody_in_particular_is_asked_to_sign_in(organization: Any, keys: Any) -> None:
    for route, entry in PAGES:
        address = url(route, entry, organization, keys)
        answer = Client().get(address)
        if answer.status_code == 405:
            answer = Client().post(address)
        assert answer.status_code == 302, route
        assert answer["Location"].startswith("/sign-in?next="), route


def test_a_former_member_is_a_stranger(organization: Any) -> None:
    from huikuan.core.postgres.tenancy import tenant
    from huikuan.organizations.models import Membership

    user = member(organization, "finance_manager")
    with tenant(organization.pk):
        Membership.objects.filter(user=user).update(active=False)
    assert signed_in(user).get(f"/o/{organization.code}/customers/").status_code == 404


def test_an_unknown_organization_is_not_found(organization: Any) -> None:
    assert signed_in(member(organization, "auditor")).get("/o/none/").status_code == 404


def test_the_navigation_shows_what_may_be_opened(organization: Any) -> None:
    clerk = signed_in(member(organization, "customer_service"))
    page = clerk.get(f"/o/{organization.code}/customers/").content.decode()
    nav = page[page.index("shell-nav") : page.index("shell-main")]
    assert "客户" in nav
    assert "应收明细" in nav
    for hidden in ("总览", "账龄分析", "导入"):
        assert hidden not in nav


def test_a_refusal_says_which_permission_is_missing(organization: Any) -> None:
    clerk = signed_in(member(organization, "customer_service"))
    answer = clerk.get(f"/o/{organization.code}/aging/")
    assert answer.status_code == 403
    assert "查看报表" in answer.content.decode()


def test_pages_carry_the_content_policy(organization: Any) -> None:
    client = signed_in(member(organization, "finance_manager"))
    policy = client.get(f"/o/{organization.code}/customers/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy

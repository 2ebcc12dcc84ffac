"""Asking for letters, printing them in batches, posting them, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.collection.claim_facts import ClaimFacts, claim_facts, interest_of, letterhead_in_force
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.letter_content import Content, addressee_of, letter_content
from huikuan.collection.letter_queries import letters_seen, mailing_addresses, wanted_lines
from huikuan.collection.letters import letter_pdf
from huikuan.collection.models import Letter, LetterBatch, LetterItem, LetterState, MailingAddress
from huikuan.collection.operations.trail import ADDRESS, BATCH, LETTER, Told, record_events
from huikuan.collection.queries import customers_seen
from huikuan.collection.rules import digest
from huikuan.collection.statement import Statement, statements_of
from huikuan.collection.template_fields import LANGUAGES, TemplateChannel
from huikuan.collection.templates import Key, Template, chosen_template, claims_money, templates_in_force
from huikuan.core.postgres.fields import new_id
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.files.operations import attach_file
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

MOST_IN_BATCH = 2000
LONGEST_NOTE = 500
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A letter as it is asked for. `item_ids`: what to claim; empty: all that is overdue when it is printed.

    `statement`: the period of the statement of account that goes with it. `about_…`: what asks for it; it gets one
    letter, ever.
    """

    customer_id: UUID
    template: str
    language: str = "zh-hans"
    item_ids: Sequence[UUID] = ()
    statement: tuple[date, date] | None = None
    about_kind: str = ""
    about_id: UUID | None = None


def ask_letters(news: Sequence[NewLetter], *, actor: Actor, today: date) -> list[Letter]:
    """要发信函: put letters into the print queue. What something asked for before is left out.

    Raises CollectionRefused for an unknown template, language or customer.
    """
    actor.require("collection.write")
    in_force = templates_in_force()
    for each in news:
        _require_askable(each, in_force)
    with act("ask_letters", actor=actor) as opened:
        wanted = {each.customer_id for each in news}
        if customers_seen(actor).filter(pk__in=wanted).count() < len(wanted):
            raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
        about = {each.about_id for each in news if each.about_id}
        known = set(Letter.objects.filter(about_id__in=about).values_list("about_kind", "about_id"))
        made = [_asked(each, opened, today) for each in news if (each.about_kind, each.about_id) not in known]
        Letter.objects.bulk_create(made, batch_size=1000)
        record_events([told_letter("queued", each, {"template": each.template}) for each in made], opened)
    return made


def _require_askable(new: NewLetter, in_force: dict[Key, Template]) -> None:
    if new.language not in LANGUAGES:
        raise CollectionRefused(_("没有这种语言。"), code="unknown_language")
    if chosen_template(in_force, new.template, TemplateChannel.LETTER.value, new.language) is None:
        raise CollectionRefused(_("没有名为 %s 的信函模板。") % new.template[:40], code="unknown_template")
    if new.statement is not None and new.statement[0] > new.statement[1]:
        raise CollectionRefused(_("对账单的起始日在截止日之后。"), code="period_turned_round")


def _asked(new: NewLetter, opened: OpenAct, today: date) -> Letter:
    return Letter(
        id=new_id(),
        organization_id=opened.organization_id,
        act_id=opened.id,
        customer_id=new.customer_id,
        template=new.template,
        language=new.language,
        item_ids=[str(key) for key in new.item_ids],
        with_statement=new.statement is not None,
        statement_from=new.statement[0] if new.statement else None,
        statement_until=new.statement[1] if new.statement else None,
        about_kind=new.about_kind,
        about_id=new.about_id,
        asked_on=today,
        asked_by_id=opened.actor.membership_id,
        asked_by_name=opened.actor.name,
    )


def drop_letters(keys: Collection[UUID], *, reason: str, actor: Actor, today: date) -> int:
    """取消: letters that were not printed yet are not sent. Returns how many. Raises CollectionRefused."""
    actor.require("collection.write")
    said = plain_note(reason)
    if not said:
        raise CollectionRefused(_("请写明原因。"), code="reason_missing")
    with act("drop_letters", actor=actor, reason=said) as opened:
        found = locked_letters(keys, actor, LetterState.ASKED)
        for each in found:
            each.state, each.ended_on, each.ended_note = LetterState.DROPPED, today, said
        Letter.objects.bulk_update(found, ["state", "ended_on", "ended_note"], batch_size=500)
        record_events([told_letter("dropped", each, {"reason": said}) for each in found], opened)
    return len(found)


def print_letters(
    keys: Collection[UUID] | None, *, actor: Actor, today: date, now: datetime
) -> LetterBatch | None:
    """打印: set letters that wait (None: all) as one file, numbered without gaps; what they claim is as of now.

    Letters whose customer has paid meanwhile are dropped, as is what is in dispute or promised. None: nothing was left
    to print. Raises CollectionRefused, files.FileRefused.
    """
    actor.require("collection.manage")
    with act("print_letters", actor=actor) as opened:
        found = locked_letters(keys, actor, LetterState.ASKED)
        drafts = _drafts(found, today)
        paid = [each for each in found if each.pk not in drafts]
        for each in paid:
            each.state, each.ended_on = LetterState.DROPPED, today
            each.ended_note = _("打印时已没有要催的款项。")
        Letter.objects.bulk_update(paid, ["state", "ended_on", "ended_note"], batch_size=500)
        record_events([told_letter("dropped", each, {"reason": each.ended_note}) for each in paid], opened)
        going = [each for each in found if each.pk in drafts]
        if not going:
            return None
        contents = _numbered(going, drafts, today)
        return _kept(going, drafts, contents, opened=opened, today=today, now=now)


@dataclass(frozen=True, slots=True)
class _Draft:
    facts: ClaimFacts
    template: Template
    statements: Sequence[Statement]


def _drafts(found: Sequence[Letter], today: date) -> dict[UUID, _Draft]:
    """What each letter has to say as of today; letters with nothing left to say are absent."""
    in_force = templates_in_force()
    facts = claim_facts(list({each.customer_id for each in found}), day=today)
    periods: dict[tuple[date, date], list[UUID]] = {}
    for each in found:
        if each.statement_from and each.statement_until:
            periods.setdefault((each.statement_from, each.statement_until), []).append(each.customer_id)
    stated = {
        period: statements_of(customers, starts_on=period[0], ends_on=period[1])
        for period, customers in periods.items()
    }
    drafts = {}
    for each in found:
        template = chosen_template(in_force, each.template, TemplateChannel.LETTER.value, each.language)
        if template is None or each.customer_id not in facts:
            continue
        wanted = wanted_lines(each, facts[each.customer_id], template)
        statements: Sequence[Statement] = []
        if each.statement_from and each.statement_until:
            statements = stated[each.statement_from, each.statement_until].get(each.customer_id, [])
        if wanted.lines or (not claims_money(template) and statements):
            drafts[each.pk] = _Draft(wanted, template, statements)
    return drafts


def _numbered(going: Sequence[Letter], drafts: dict[UUID, _Draft], today: date) -> list[Content]:
    """Give each letter its number and say it."""
    first = _take_numbers(today.year, len(going))
    head = letterhead_in_force()
    addresses = mailing_addresses({each.customer_id for each in going})
    contents = []
    for position, each in enumerate(going):
        draft = drafts[each.pk]
        each.number = f"CK{today.year}-{first + position:06d}"
        content = letter_content(
            draft.template,
            replace(draft.facts, number=each.number),
            language=each.language,
            head=head,
            to=addressee_of(addresses.get(each.customer_id)),
            statements=draft.statements,
        )
        each.title, each.content, each.digest = content["subject"][:200], content, digest(content)
        each.claimed = draft.facts.base_total
        contents.append(content)
    return contents


def _kept(
    going: Sequence[Letter],
    drafts: dict[UUID, _Draft],
    contents: Sequence[Content],
    *,
    opened: OpenAct,
    today: date,
    now: datetime,
) -> LetterBatch:
    """Set the letters, keep the file, and write down what was printed."""
    title = f"{going[0].number}–{going[-1].number}" if len(going) > 1 else going[0].number
    printed = letter_pdf(contents, title=title, made_at=now)
    key = new_id()
    file = attach_file(
        record_kind=BATCH,
        record_id=key,
        name=f"{title}.pdf",
        content=printed.content,
        actor=opened.actor,
        now=now,
        number=title,
    )
    batch = LetterBatch.objects.create(
        id=key,
        organization_id=opened.organization_id,
        act_id=opened.id,
        printed_on=today,
        printed_at=now,
        printed_by=opened.actor.name,
        letters=len(going),
        pages=sum(count for _first, count in printed.pages),
        file=file,
    )
    for each, (first, count) in zip(going, printed.pages, strict=True):
        each.state, each.batch, each.printed_on = LetterState.PRINTED, batch, today
        each.first_page, each.pages = first, count
    changed = (
        "state",
        "batch",
        "number",
        "title",
        "content",
        "digest",
        "claimed",
        "first_page",
        "pages",
        "printed_on",
    )
    Letter.objects.bulk_update(going, changed, batch_size=200)
    items = [row for each in going for row in _items(each, drafts[each.pk].facts)]
    LetterItem.objects.bulk_create(items, batch_size=2000)
    told = [
        told_letter("printed", each, {"digest": each.digest, "claimed": f"{each.claimed:.2f}"})
        for each in going
    ]
    content = {"letters": len(going), "numbers": title, "sha256": file.sha256}
    record_events([*told, Told("printed", BATCH, batch.pk, content)], opened)
    return batch


def _items(letter: Letter, facts: ClaimFacts) -> list[LetterItem]:
    return [
        LetterItem(
            organization_id=letter.organization_id,
            letter=letter,
            item_id=each.item_id,
            position=position,
            number=each.number,
            due_on=each.due_on,
            currency=each.currency,
            open_amount=each.open_amount,
            open_base=each.open_base,
            paid=each.paid,
            interest=interest_of(each, facts.interest_daily, facts.day) if facts.interest_daily else ZERO,
        )
        for position, each in enumerate(facts.lines)
    ]


def _take_numbers(year: int, count: int) -> int:
    """The first of `count` numbers of a year; the counter stays locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO collection_letter_counter AS c (organization_id, id, year, last)
            VALUES (%(organization)s, %(id)s, %(year)s, %(count)s)
            ON CONFLICT (organization_id, year) DO UPDATE SET last = c.last + %(count)s
            RETURNING last
            """,
            {"organization": current_organization_id(), "id": new_id(), "year": year, "count": count},
        )
        last = int(cursor.fetchone()[0])
    return last - count + 1


def locked_letters(keys: Collection[UUID] | None, actor: Actor, state: LetterState) -> list[Letter]:
    """The letters in that state, in the order in which they were asked for, held until the transaction ends."""
    found = letters_seen(actor).filter(state=state)
    if keys is not None:
        found = found.filter(pk__in=keys)
    rows = list(found.order_by("pk").select_for_update(no_key=True, of=("self",))[: MOST_IN_BATCH + 1])
    if len(rows) > MOST_IN_BATCH:
        raise CollectionRefused(_("一批最多 %d 封，请分批打印。") % MOST_IN_BATCH, code="batch_too_large")
    if keys is not None and len(rows) < len(set(keys)):
        raise CollectionRefused(_("有的信函已经处理过，请刷新页面。"), code="letter_moved_on")
    return rows


def save_address(
    customer_id: UUID, *, address: str, recipient: str, postcode: str, actor: Actor
) -> MailingAddress:
    """登记寄送地址: letters to a customer go there from now on. Raises CollectionRefused."""
    actor.require("collection.write")
    said = [" ".join(each.replace("\x00", "").split()) for each in (address, recipient, postcode)]
    if not said[0] or len(said[0]) > 300 or len(said[1]) > 100 or len(said[2]) > 12:
        raise CollectionRefused(
            _("请填写地址，最多 300 个字；收件人最多 100 个字，邮编最多 12 个字符。"), code="address_unusable"
        )
    with act("save_mailing_address", actor=actor) as opened:
        if not customers_seen(actor).filter(pk=customer_id).exists():
            raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
        row = MailingAddress.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            customer_id=customer_id,
            address=said[0],
            recipient=said[1],
            postcode=said[2],
        )
        content = {"address": said[0], "recipient": said[1], "postcode": said[2]}
        record_events([Told("changed", ADDRESS, customer_id, content)], opened)
    return row


def noon(day: date, now: datetime) -> datetime:
    """A moment of a day: now where it is today, else noon in the organization's time zone."""
    zone = ZoneInfo(
        Organization.objects.values_list("time_zone", flat=True).get(pk=current_organization_id())
    )
    return now if now.astimezone(zone).date() == day else datetime.combine(day, time(12), zone)


def plain_note(text: str) -> str:
    said = " ".join(text.replace("\x00", "").split())
    if len(said) > LONGEST_NOTE:
        raise CollectionRefused(
            _("%(label)s最多 %(count)d 个字。") % {"label": _("说明"), "count": LONGEST_NOTE},
            code="text_too_long",
        )
    return said


def told_letter(action: str, letter: Letter, content: dict[str, str]) -> Told:
    return Told(
        action, LETTER, letter.pk, {"customer": str(letter.customer_id), "number": letter.number, **content}
    )

"""huikuan letter: asking for letters, printing them in batches, posting, and what came of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    parse_day,
    working_in,
)
from huikuan.collection.couriers import Courier
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.letter_queries import letters_seen, statement_letter
from huikuan.collection.letters import letter_pdf
from huikuan.collection.models import Letter, LetterState
from huikuan.collection.operations import (
    NewLetter,
    Posted,
    ask_letters,
    post_letters,
    print_letters,
    record_delivery,
    record_return,
)
from huikuan.collection.queries import customers_seen
from huikuan.customers.models import Customer
from huikuan.files import storage
from huikuan.organizations.actors import Actor

app = typer.Typer(name="letter", help="信函：催款函、律师函附函、对账单", no_args_is_help=True)
MOST = 1000

CustomerOption = Annotated[str, typer.Option("--customer", help="客户编码", metavar="CODE")]
NumberOption = Annotated[str, typer.Option("--number", help="信函编号", metavar="NO")]
OnOption = Annotated[
    date | None, typer.Option("--on", parser=parse_day, help="日期；默认今天", metavar="DATE")
]
FileOption = Annotated[Path, typer.Option("--into", help="PDF 存到哪里", metavar="FILE")]


@app.command("ask")
def ask(
    org: OrganizationOption,
    customer: CustomerOption,
    template: Annotated[
        str, typer.Option("--template", help="模板代码，如 dunning_1、lawyer_cover", metavar="CODE")
    ] = "dunning_1",
    language: Annotated[str, typer.Option("--language", help="zh-hans、zh-hant 或 en")] = "zh-hans",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """把一封信放进打印队列；催全部逾期的款项。"""
    today = timezone.localdate()
    with working_in(org, actor=actor) as (_organization, who):
        new = NewLetter(customer_id=_customer(customer, who).pk, template=template, language=language)
        [made] = ask_letters([new], actor=who, today=today)
        data = _data(made, customer)
    _tell(data, _("已放进打印队列。"), format)


@app.command("print")
def print_all(
    org: OrganizationOption,
    into: FileOption,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """打印队列里的全部信函：编号，存为一个 PDF。"""
    now = timezone.now()
    with working_in(org, actor=actor) as (organization, who):
        made = print_letters(None, actor=who, today=timezone.localdate(now), now=now)
        data: dict[str, Any] = {"letters": 0, "pages": 0, "numbers": [], "file": None}
        if made is not None:
            into.write_bytes(storage.content(organization.pk, made.file.sha256, name=made.file.name))
            numbers = (
                Letter.objects.filter(batch=made).order_by("first_page").values_list("number", flat=True)
            )
            data = {"letters": made.letters, "pages": made.pages, "numbers": list(numbers), "file": str(into)}
    _tell(data, _("打印了 %(letters)d 封，共 %(pages)d 页。") % data, format)


@app.command("post")
def post(
    org: OrganizationOption,
    number: NumberOption,
    courier: Annotated[str, typer.Option("--courier", help="ems、registered、sf、other 或 hand")] = "ems",
    tracking: Annotated[str, typer.Option("--tracking", help="快递单号", metavar="NO")] = "",
    on: OnOption = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """登记一封信寄出；记入联系记录。"""
    now = timezone.now()
    today = timezone.localdate(now)
    if courier not in set(Courier):
        offered = "、".join(each.value for each in Courier)
        raise CollectionRefused(
            _("没有 %(code)s，可以是 %(offered)s。") % {"code": courier, "offered": offered},
            code="unknown_code",
        )
    with working_in(org, actor=actor) as (_organization, who):
        found = _letter(number, who)
        new = Posted(letter_id=found.pk, courier=Courier(courier), tracking=tracking, posted_on=on or today)
        [made] = post_letters([new], actor=who, today=today, now=now)
        data = _data(made, found.customer.code)
    _tell(data, _("已登记 %s 寄出。") % number, format)


@app.command("delivered")
def delivered(
    org: OrganizationOption,
    number: NumberOption,
    signed: Annotated[bool, typer.Option("--signed", help="对方签字或盖章；否则是快递的投递证明")] = False,
    on: OnOption = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """登记一封信送达；诉讼时效从那天起重新计算。"""
    today = timezone.localdate()
    with working_in(org, actor=actor) as (_organization, who):
        found = _letter(number, who)
        made = record_delivery(found.pk, delivered_on=on or today, signed=signed, actor=who, today=today)
        data = _data(made, found.customer.code)
    _tell(data, _("已登记 %s 送达。") % number, format)


@app.command("returned")
def returned(
    org: OrganizationOption,
    number: NumberOption,
    reason: Annotated[str, typer.Option("--reason", help="退回的原因", metavar="TEXT")],
    on: OnOption = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """登记一封信被退回。"""
    today = timezone.localdate()
    with working_in(org, actor=actor) as (_organization, who):
        found = _letter(number, who)
        made = record_return(found.pk, returned_on=on or today, reason=reason, actor=who, today=today)
        data = _data(made, found.customer.code)
    _tell(data, _("已登记 %s 退回。") % number, format)


@app.command("list")
def list_letters(
    org: OrganizationOption,
    state: Annotated[
        str, typer.Option("--state", help="asked、printed、posted、delivered、returned、dropped;默认全部")
    ] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """信函，最近的在前。"""
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("collection.read")
        found = letters_seen(who).order_by("-asked_on", "-pk")
        if state:
            if state not in LetterState.values:
                raise CollectionRefused(
                    _("没有 %(code)s，可以是 %(offered)s。")
                    % {"code": state, "offered": "、".join(LetterState.values)},
                    code="unknown_code",
                )
            found = found.filter(state=state)
        rows = [_data(each, each.customer.code) for each in found[:MOST]]
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        typer.echo(
            f"{row['asked_on']}  {row['number'] or '—':14}  {row['customer']}  {row['state']}  {row['claimed']}"
        )


@app.command("statement")
def statement(
    org: OrganizationOption,
    customer: CustomerOption,
    since: Annotated[date, typer.Option("--from", parser=parse_day, help="从哪天", metavar="DATE")],
    until: Annotated[date, typer.Option("--until", parser=parse_day, help="到哪天", metavar="DATE")],
    into: FileOption,
    language: Annotated[str, typer.Option("--language", help="zh-hans、zh-hant 或 en")] = "zh-hans",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """一个客户的对账单，存为 PDF。"""
    now = timezone.now()
    with working_in(org, actor=actor) as (_organization, who):
        who.require("collection.read")
        found = _customer(customer, who)
        content = statement_letter(
            found, starts_on=since, ends_on=until, language=language, day=timezone.localdate(now)
        )
        if content is None:
            raise CollectionRefused(_("这段期间没有往来，也没有余额。"), code="nothing_to_state")
        with act("take_statement", actor=who):
            told = {"report": "statement", "from": since.isoformat(), "until": until.isoformat()}
            record_event(
                action="exported", record_kind="customer", record_id=found.pk, number=found.code, content=told
            )
    into.write_bytes(letter_pdf([content], title=str(content["subject"]), made_at=now).content)
    _tell({"customer": customer, "file": str(into)}, _("对账单已存到 %s。") % into, format)


def _customer(code: str, who: Actor) -> Customer:
    found = customers_seen(who).filter(code=code.strip()).first()
    if found is None:
        raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
    return found


def _letter(number: str, who: Actor) -> Letter:
    found = letters_seen(who).filter(number=number.strip()).first() if number.strip() else None
    if found is None:
        raise CollectionRefused(_("没有编号为 %s 的信函。") % number, code="unknown_letter")
    return found


def _data(row: Letter, customer: str) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "number": row.number,
        "customer": customer,
        "template": row.template,
        "language": row.language,
        "state": row.state,
        "asked_on": row.asked_on.isoformat(),
        "claimed": f"{row.claimed:.2f}",
        "courier": row.courier,
        "tracking": row.tracking,
        "posted_on": row.posted_on.isoformat() if row.posted_on else None,
        "ended_on": row.ended_on.isoformat() if row.ended_on else None,
    }


def _tell(data: dict[str, Any], said: str, format: Format) -> None:
    if format == Format.JSON:
        emit(data)
    else:
        messages.print(said, markup=False)

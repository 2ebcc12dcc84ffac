"""huikuan statement: statements to customers, what they answer, and their lists compared with ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
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
    parse_amount,
    parse_day,
    working_in,
)
from huikuan.collection.queries import customers_seen
from huikuan.core.dates import month_end
from huikuan.core.money import amount_text
from huikuan.customers.models import Customer
from huikuan.files.rules import MAX_BYTES
from huikuan.organizations.actors import Actor
from huikuan.reports.account_workbook import statements_workbook
from huikuan.statements.content import Auditor
from huikuan.statements.documents import printed
from huikuan.statements.errors import StatementRefused
from huikuan.statements.models import SentBy, Statement, StatementState
from huikuan.statements.operations import (
    NewAnswer,
    NewBatch,
    draft_statements,
    post_statements,
    record_answer,
    send_statements,
    withdraw_statements,
)
from huikuan.statements.operations.confirming import print_confirmation_requests
from huikuan.statements.operations.trail import STATEMENT
from huikuan.statements.queries import statement_by_number, statements_seen

app = typer.Typer(name="statement", help="与客户对账：对账单、答复、双边核对、询证函", no_args_is_help=True)
MOST = 10_000

Customers = Annotated[
    list[str] | None, typer.Option("--customer", help="客户编码，可多次；默认全部", metavar="CODE")
]
CustomerOption = Annotated[str, typer.Option("--customer", help="客户编码", metavar="CODE")]
NumberOption = Annotated[str, typer.Option("--number", help="对账单编号", metavar="NO")]
Numbers = Annotated[list[str], typer.Option("--number", help="编号，可多次", metavar="NO")]
Into = Annotated[Path, typer.Option("--into", help="PDF 存到哪里", metavar="FILE")]
Since = Annotated[date | None, typer.Option("--from", parser=parse_day, help="起始日", metavar="DATE")]
Until = Annotated[date | None, typer.Option("--until", parser=parse_day, help="截止日", metavar="DATE")]


def parse_month(text: str) -> date:
    """A month option: 2026-09."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter(_("月份应写成 2026-09：%s") % text) from None


Month = Annotated[date | None, typer.Option("--month", parser=parse_month, help="月份", metavar="MONTH")]


@app.command("draft")
def draft(
    org: OrganizationOption,
    month: Month = None,
    since: Since = None,
    until: Until = None,
    customer: Customers = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """起草一期对账单：有往来或有余额的全部客户，或指定的客户。"""
    starts_on, ends_on = period_of(month, since, until)
    with working_in(org, actor=actor) as (_organization, who):
        keys = [customer_of(code, who).pk for code in customer] if customer else None
        new = NewBatch(starts_on=starts_on, ends_on=ends_on, customer_ids=keys)
        batch = draft_statements(new, actor=who, today=timezone.localdate())
        rows = [_data(each) for each in statements_seen(who).filter(batch=batch).order_by("number")[:MOST]]
        data = {"statements": batch.statements, "left_out": batch.left_out, "rows": rows}
    _tell(data, _("起草了 %(statements)d 张对账单，%(left_out)d 个客户已有这一期的。") % data, format)


@app.command("send")
def send(
    org: OrganizationOption,
    number: Annotated[
        list[str] | None, typer.Option("--number", help="编号，可多次；默认全部待发送的", metavar="NO")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="mail(邮件)或 paper(纸质)")] = "mail",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """发送对账单；邮件附 PDF,没有邮箱的客户留在待发送。"""
    now = timezone.now()
    if by not in SentBy.values:
        raise StatementRefused(_("没有这种发送方式：%s") % by[:20], code="unknown_code")
    with working_in(org, actor=actor) as (_organization, who):
        if number:
            keys = [statement_by_number(each, who).pk for each in number]
        else:
            waiting = statements_seen(who).filter(state=StatementState.DRAFTED)
            keys = list(waiting.order_by("number").values_list("pk", flat=True)[:MOST])
        done = send_statements(keys, by=SentBy(by), actor=who, today=timezone.localdate(now))
        without = [each.number for each in done.without_address]
    while True:
        with working_in(org, actor=actor) as (_organization, who):
            if not post_statements(actor=who, now=now):
                break
    data = {"sent": done.sent, "without_address": without}
    told = {"sent": done.sent, "without": len(without)}
    _tell(data, _("发送了 %(sent)d 张，%(without)d 张因客户没有邮箱而没有发送。") % told, format)


@app.command("list")
def list_(
    org: OrganizationOption,
    state: Annotated[
        str, typer.Option("--state", help="drafted、sent、confirmed、differing、withdrawn;默认全部")
    ] = "",
    customer: Annotated[str, typer.Option("--customer", help="客户编码", metavar="CODE")] = "",
    month: Month = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """列出对账单，最近的在前。"""
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("reconciliation.read")
        found = statements_seen(who).order_by("-ends_on", "number")
        if state and state not in StatementState.values:
            raise StatementRefused(_("没有这种状态：%s") % state[:20], code="unknown_code")
        found = found.filter(state=state) if state else found
        found = found.filter(customer__code=customer) if customer else found
        found = found.filter(ends_on__range=(month, month_end(month))) if month else found
        rows = [_data(each) for each in found[:MOST]]
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        said = (row["number"], row["customer"], row["from"], row["until"], row["currency"], row["closing"])
        typer.echo("  ".join((*said, str(StatementState(row["state"]).label))))


@app.command("confirm")
def confirm(
    org: OrganizationOption,
    number: NumberOption,
    person: Annotated[str, typer.Option("--person", help="客户方确认人", metavar="NAME")],
    on: Annotated[
        date | None, typer.Option("--on", parser=parse_day, help="确认日期；默认今天", metavar="DATE")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="签章的回执", metavar="FILE", exists=True, dir_okay=False),
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """登记客户确认相符。"""
    _answer(org, number, actor, format, agrees=True, person=person, on=on, file=file)


@app.command("differ")
def differ(
    org: OrganizationOption,
    number: NumberOption,
    person: Annotated[str, typer.Option("--person", help="客户方答复人", metavar="NAME")],
    theirs: Annotated[
        Decimal | None, typer.Option("--theirs", parser=parse_amount, help="客户账面余额", metavar="A")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="原因", metavar="TEXT")] = "",
    on: Annotated[
        date | None, typer.Option("--on", parser=parse_day, help="答复日期；默认今天", metavar="DATE")
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """登记客户答复不符。"""
    _answer(org, number, actor, format, agrees=False, person=person, on=on, theirs=theirs, note=note)


def _answer(
    org: str,
    number: str,
    actor: str,
    format: Format,
    *,
    on: date | None,
    file: Path | None = None,
    **values: Any,
) -> None:
    now = timezone.now()
    today = timezone.localdate(now)
    if file is not None and file.stat().st_size > MAX_BYTES:
        raise StatementRefused(_("文件超过 %d MB。") % (MAX_BYTES // 1024**2), code="file_too_large")
    with working_in(org, actor=actor) as (_organization, who):
        found = statement_by_number(number, who)
        kept = (file.name, file.read_bytes()) if file else None
        new = NewAnswer(on=on or today, file=kept, **values)
        record_answer(found.pk, new, actor=who, today=today, now=now)
        data = _data(statement_by_number(number, who))
    _tell(data, _("已登记 %s 的答复。") % number, format)


@app.command("withdraw")
def withdraw(
    org: OrganizationOption,
    number: NumberOption,
    reason: Annotated[str, typer.Option("--reason", help="原因", metavar="TEXT")],
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """作废一张没有确认的对账单。"""
    with working_in(org, actor=actor) as (_organization, who):
        found = statement_by_number(number, who)
        withdraw_statements([found.pk], reason=reason, actor=who, today=timezone.localdate())
        data = _data(statement_by_number(number, who))
    _tell(data, _("%s 已作废。") % number, format)


@app.command("pdf")
def pdf(
    org: OrganizationOption,
    number: Numbers,
    into: Into,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """把对账单存为一个 PDF。"""
    with working_in(org, actor=actor) as (_organization, who):
        rows = _taken(number, who)
        made = printed(rows)
    into.write_bytes(made.content)
    data = {"statements": len(rows), "pages": sum(count for _first, count in made.pages), "file": str(into)}
    _tell(data, _("%(statements)d 张，共 %(pages)d 页。") % data, format)


@app.command("xlsx")
def xlsx(
    org: OrganizationOption,
    number: Numbers,
    into: Annotated[Path, typer.Option("--into", help="工作簿存到哪里", metavar="FILE")],
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """把对账单存为一个 Excel 工作簿：期初到期末、往来明细、未付单据。"""
    with working_in(org, actor=actor) as (organization, who):
        rows = _taken(number, who)
        made = statements_workbook(
            rows, organization=organization, taken_by=who.name, taken_at=timezone.now()
        )
    into.write_bytes(made)
    data = {"statements": len(rows), "file": str(into)}
    _tell(data, _("%(statements)d 张。") % data, format)


def _taken(numbers: Sequence[str], who: Actor) -> list[Statement]:
    """Statements by their numbers; that they are taken away is written down."""
    who.require("reconciliation.read")
    keys = [statement_by_number(each, who).pk for each in numbers]
    rows = list(Statement.objects.filter(pk__in=keys).select_related("customer").order_by("number"))
    with act("export_statements", actor=who):
        for each in rows:
            record_event(action="exported", record_kind=STATEMENT, record_id=each.pk, number=each.number)
    return rows


@app.command("confirmation")
def confirmation(
    org: OrganizationOption,
    customer: Annotated[list[str], typer.Option("--customer", help="客户编码，可多次", metavar="CODE")],
    auditor: Annotated[str, typer.Option("--auditor", help="会计师事务所", metavar="NAME")],
    into: Into,
    until: Until = None,
    address: Annotated[str, typer.Option("--address", help="回函地址", metavar="TEXT")] = "",
    reference: Annotated[str, typer.Option("--reference", help="事务所的编号", metavar="NO")] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """出具询证函：客户到某日的余额，回函直接寄给会计师事务所。"""
    now = timezone.now()
    today = timezone.localdate(now)
    with working_in(org, actor=actor) as (_organization, who):
        made = print_confirmation_requests(
            [customer_of(code, who).pk for code in customer],
            until=until or today,
            auditor=Auditor(name=auditor, address=address, reference=reference),
            actor=who,
            today=today,
            now=now,
        )
    into.write_bytes(made.content)
    data = {"requests": len(made.pages), "file": str(into)}
    _tell(data, _("出具了 %(requests)d 封询证函。") % data, format)


def period_of(
    month: date | None, since: date | None, until: date | None, *, open_items: bool = False
) -> tuple[date, date]:
    """The period that is asked for. Raises StatementRefused where none is."""
    if month is not None:
        return month, month_end(month)
    if until is not None and open_items:
        return since or until, until
    if since is None or until is None:
        raise StatementRefused(_("请给出 --month，或 --from 和 --until。"), code="period_missing")
    return since, until


def customer_of(code: str, who: Actor) -> Customer:
    found = customers_seen(who).filter(code=code).first()
    if found is None:
        raise StatementRefused(_("没有编码为 %s 的客户。") % code[:64], code="unknown_customer")
    return found


def _data(row: Statement) -> dict[str, Any]:
    def text(amount: Decimal) -> str:
        return amount_text(amount, row.currency)

    return {
        "number": row.number,
        "customer": row.customer.code,
        "currency": row.currency,
        "from": row.starts_on.isoformat(),
        "until": row.ends_on.isoformat(),
        "opening": text(row.opening),
        "earlier": text(row.earlier),
        "moved": text(row.moved),
        "closing": text(row.closing),
        "state": row.state,
        "sent_on": row.sent_on.isoformat() if row.sent_on else None,
        "sent_by": row.sent_by or None,
        "reminders": row.reminders,
        "answered_on": row.answered_on.isoformat() if row.answered_on else None,
        "answered_by": row.answered_by or None,
        "known_at": row.known_at.isoformat(),
        "digest": row.digest,
    }


def _tell(data: dict[str, Any], said: str, format: Format) -> None:
    if format == Format.JSON:
        emit(data)
    else:
        messages.print(said)

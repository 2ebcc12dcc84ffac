"""What is done on the workbench: each answers with the next line, and with what was done, to be undone."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from huikuan.cash.banking import LineUse, StatementLine
from huikuan.cash.operations import (
    Choice,
    Posted,
    apply_matches,
    ask_about,
    book_directly,
    bounce_receipt,
    leave_out,
    pool_lines,
    post_all_sure,
    propose_matches,
    undo_uses,
)
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.disputes.rules import OTHER
from huikuan.ledger.models import Account
from huikuan.ledger.operations import AllocationRefused
from huikuan.notices.operations import write_note
from huikuan.notices.queries import mentionable
from huikuan.web.cash.parts import address
from huikuan.web.lists import with_query
from huikuan.web.notices.records import noted_record
from huikuan.web.pages import Work, page
from huikuan.web.workbench.candidates import options_of
from huikuan.web.workbench.page import answered, line_or_none, workbench_context
from huikuan.web.workbench.queue import next_line
from huikuan.web.workbench.words import USES

Work_on = Callable[[StatementLine], list[LineUse]]


def on_line(
    request: HttpRequest, work: Work, key: UUID, act: Work_on, *, again: bool = False
) -> HttpResponse:
    """Do something with a line and go on to the next; refused, the line stays and says why.

    `again`: the matching looks at the line anew where what it proposed is no longer so.
    """
    line = line_or_none(key)
    if line is None:
        raise Http404
    tab = request.POST.get("tab", "")
    try:
        uses = act(line)
    except HuikuanError as error:
        if again and isinstance(error, AllocationRefused):
            propose_matches(line_ids=[key], actor=work.actor, today=work.today)
        context = workbench_context(work, tab, key)
        return answered(request, work, context, error=error.message)
    still = StatementLine.objects.filter(pk=key).values_list("used", "amount").get()
    wanted = key if still[0] < abs(still[1]) else next_line(tab, line)
    context = workbench_context(work, tab, wanted, done=uses)
    return answered(request, work, context, text=_said(line, uses))


def _said(line: StatementLine, uses: list[LineUse]) -> str:
    if not uses:
        return ""
    label = str(USES.get(uses[0].kind, ""))
    who = line.counterparty or line.booked_on.isoformat()
    return _("%(done)s：%(who)s %(amount)s") % {
        "done": label,
        "who": who,
        "amount": f"{sum(use.amount for use in uses):,.2f}",
    }


@require_POST
@page("allocation.write", whole=True)
def accept(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Take one of the proposed options."""

    def act(line: StatementLine) -> list[LineUse]:
        options = options_of(line)
        text = request.POST.get("place", "")
        place = int(text) if text.isdigit() else -1
        if not 0 <= place < len(options):
            raise forms.ValidationError("place")
        option = options[place]
        if option.returns is not None:
            return [bounce_receipt(line.pk, document_id=option.returns, actor=work.actor, today=work.today)]
        choice = Choice(
            line.pk,
            option,
            place=place,
            short_reason=request.POST.get("short_reason", ""),
            dispute_reason=request.POST.get("dispute_reason", "") or OTHER,
            memo=request.POST.get("memo", "")[:1000],
        )
        return apply_matches([choice], actor=work.actor, today=work.today)

    try:
        return on_line(request, work, key, act, again=True)
    except forms.ValidationError:
        context = workbench_context(work, request.POST.get("tab", ""), key)
        return answered(request, work, context, error=_("请先选择一个方案。"))


@require_POST
@page("receipt.record", whole=True)
def leave(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """与应收无关."""
    memo = request.POST.get("memo", "")
    return on_line(
        request,
        work,
        key,
        lambda line: leave_out([line.pk], memo=memo, actor=work.actor, today=work.today),
    )


@require_POST
@page("receipt.record", whole=True)
def book(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """直接入账: to 财务费用, or another account by its code."""

    def act(line: StatementLine) -> list[LineUse]:
        code = request.POST.get("account", "").strip().split(" ")[0]
        account = Account.objects.filter(code=code).first() if code else None
        if code and account is None:
            raise HuikuanError(_("没有代码为 %s 的科目。") % code, code="unknown_account")
        return book_directly(
            [line.pk],
            account_id=account.pk if account else None,
            memo=request.POST.get("memo", ""),
            actor=work.actor,
            today=work.today,
        )

    return on_line(request, work, key, act)


@require_POST
@page("receipt.record", whole=True)
def pool(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """转入待认领."""
    return on_line(request, work, key, lambda line: pool_lines([line.pk], actor=work.actor, today=work.today))


@require_POST
@page("receipt.record", whole=True)
def ask(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Ask a colleague about the line: a note that mentions them, and the line waits for the answer."""
    line = line_or_none(key)
    if line is None:
        raise Http404
    tab, whom, text = (request.POST.get(name, "").strip() for name in ("tab", "whom", "text"))
    people = {handle: user.pk for handle, user in mentionable().values()}
    try:
        if whom.lstrip("@") not in people:
            raise HuikuanError(_("请选择要问的同事。"), code="unknown_user")
        ask_about(key, user_id=people[whom.lstrip("@")], actor=work.actor)
        record = noted_record(work, "statement_line", key)
        if record is None:
            raise Http404
        write_note(
            record_kind=record.kind,
            record_id=record.key,
            text=f"@{whom.lstrip('@')} {text}",
            actor=work.actor,
            now=timezone.now(),
            label=record.label,
            path=record.path,
            may_see=record.may_see,
            number=record.number,
        )
    except HuikuanError as error:
        # What was noted of the colleague goes with the question that could not be asked.
        ask_about(key, user_id=line.waits_for_id, actor=work.actor)
        return answered(request, work, workbench_context(work, tab, key), error=error.message)
    context = workbench_context(work, tab, next_line(tab, line))
    return answered(request, work, context, text=_("已询问 %s。") % whom.lstrip("@"))


@require_POST
@page("receipt.record", whole=True)
def undo(request: HttpRequest, work: Work) -> HttpResponse:
    """Take back what was done, and return to the line."""
    keys = [UUID(text) for text in request.POST.getlist("use") if _is_key(text)]
    tab = request.POST.get("tab", "")
    uses = list(LineUse.objects.filter(pk__in=keys).order_by("pk"))
    wanted = uses[0].line_id if uses else None
    if not uses:
        return answered(request, work, workbench_context(work, tab, None), error=_("没有可以撤销的处理。"))
    try:
        undo_uses([use.pk for use in uses], actor=work.actor, today=work.today)
    except HuikuanError as error:
        return answered(request, work, workbench_context(work, tab, wanted), error=error.message)
    return answered(request, work, workbench_context(work, tab, wanted), text=_("已撤销，流水重新待处理。"))


@require_POST
@page("receipt.record", whole=True)
def propose(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Look at one line anew."""
    propose_matches(line_ids=[key], actor=work.actor, today=work.today)
    return answered(request, work, workbench_context(work, request.POST.get("tab", ""), key))


@require_POST
@page("allocation.write", own_transactions=True, whole=True)
def match(request: HttpRequest, work: Work) -> HttpResponse:
    """自动匹配: propose for all that waits, and post what is sure within the policy."""
    try:
        with tenant(work.organization.pk):
            propose_matches(actor=work.actor, today=work.today)
        posted = post_all_sure(work.organization.pk, actor=work.actor, today=work.today)
    except HuikuanError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _posted(posted))
    return redirect(with_query(address(work, "workbench"), {}))


def _posted(posted: Posted) -> str:
    said = [ngettext("自动核销 %d 笔", "自动核销 %d 笔", posted.settled) % posted.settled]
    if posted.pooled:
        said.append(ngettext("转入待认领 %d 笔", "转入待认领 %d 笔", posted.pooled) % posted.pooled)
    left: int = sum(posted.left.values())
    if left:
        said.append(ngettext("%d 笔确定但留待人工", "%d 笔确定但留待人工", left) % left)
    return _("，").join(said) + _("。")


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True

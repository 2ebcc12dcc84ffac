"""What stands in a credit file, in the reader's language: the data of `file.typ`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huikuan.approvals.models import OPEN, Request
from huikuan.credit.exposure import component_titles
from huikuan.credit.models import Limit, LimitKind, LimitState, Security, SecurityKind
from huikuan.credit.queries import Standing, limit_history, standings
from huikuan.credit.requests import CREDIT_LIMIT
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem, Side
from huikuan.organizations.actors import actor_words
from huikuan.warnings.models import EarlyWarning, State
from huikuan.warnings.wording import OUTCOMES, kind_word, sentence
from huikuan.web.credit_file.judgement import behaviour, score_part, standing_grade
from huikuan.web.customers.queries import group_members
from huikuan.web.pages import Work
from huikuan.web.scopes import visible
from huikuan.web.settings.term_words import term_words
from huikuan.web.templatetags.money import money, percent

MOST_ITEMS = 25
MOST_WARNINGS = 15
MOST_MEMBERS = 20
Part = dict[str, Any]


def part(columns: Sequence[tuple[str, str, str]], rows: list[list[Any]], empty: str = "") -> Part:
    """A table: columns as (heading, width, side)."""
    return {
        "columns": [each[0] for each in columns],
        "widths": [each[1] for each in columns],
        "aligns": [each[2] for each in columns],
        "rows": rows,
        "empty": empty,
    }


def file_content(work: Work, customer: Customer, *, made_on: date) -> dict[str, Any]:
    """Everything of one customer; what is not known is said to be so, and nothing is left out silently."""
    currency = work.organization.currency
    members = group_members(customer, visible(work.actor))[:MOST_MEMBERS]
    found = standings([customer.pk, *(each.pk for each in members)], day=work.today)
    standing = found[customer.pk]
    request = Request.objects.filter(kind=CREDIT_LIMIT, record_id=customer.pk, status__in=OPEN).first()
    score, score_note, remarks = score_part(customer, today=work.today, part=part)
    return {
        "language": "zh" if (get_language() or "zh").startswith("zh") else "en",
        "organization": work.organization.name,
        "name": customer.name,
        "code": customer.code,
        "on": made_on.isoformat(),
        "currency": currency,
        "words": _words(work, made_on),
        "tiles": _tiles(work, customer, standing, request),
        "request": _request(request),
        "facts": _facts(customer),
        "group": _group(members, found, currency),
        "limits": _limits(customer, work.today),
        "securities": _securities(customer, work.today),
        "exposure": _exposure(standing, currency),
        "behaviour": behaviour(customer, today=work.today, currency=currency),
        "score": score,
        "score_note": score_note,
        "score_remarks": remarks,
        "warnings": _warnings(customer, work.today),
        "overdue": _overdue(customer, work.today, currency),
    }


def _words(work: Work, made_on: date) -> dict[str, Any]:
    return {
        "title": _("授信档案"),
        "printed": _("%(who)s 于 %(on)s 打印，数字截至当日。仅供授信决策使用，请勿外传。")
        % {"who": actor_words(work.actor.name), "on": made_on.isoformat()},
        "request": _("申请的额度"),
        "no_request": _("没有等待审批的额度申请。"),
        "customer": _("客户"),
        "group": _("集团成员"),
        "limits": _("信用额度"),
        "securities": _("担保"),
        "exposure": _("信用占用"),
        "behaviour": _("付款表现"),
        "no_behaviour": _("还没有到期或付清的应收，付款表现未知。"),
        "score": _("信用评分"),
        "warnings": _("信用预警"),
        "overdue": _("逾期款项"),
        "decision": _("授信委员会意见"),
        "decision_lines": [_("批准额度"), _("账期（天）"), _("有效至"), _("条件"), _("签字"), _("日期")],
    }


def _tiles(work: Work, customer: Customer, standing: Standing, request: Request | None) -> list[Part]:
    currency = work.organization.currency
    position = standing.position()
    overdue = sum((debt.amount for debt in standing.exposure.overdue), Decimal(0))
    days = max((debt.overdue_days for debt in standing.exposure.overdue), default=0)
    available = position.available
    asked = _("申请 %s") % money(request.amount, currency) if request is not None and request.amount else ""
    limit = money(position.limit, currency) if position.limit is not None else _("未设置")
    left = "" if available is None else _("可用 %s") % money(available, currency)
    return [
        {"label": _("信用额度"), "value": limit, "note": asked, "tone": ""},
        {
            "label": _("信用占用"),
            "value": money(position.used, currency),
            "note": left,
            "tone": "bad" if available is not None and available < 0 else "",
        },
        {
            "label": _("逾期"),
            "value": money(overdue, currency),
            "note": _("最长 %d 天") % days if days else "",
            "tone": "bad" if overdue else "good",
        },
        standing_grade(customer, today=work.today),
    ]


def _request(request: Request | None) -> list[list[Any]]:
    if request is None:
        return []
    payload = request.payload
    rows = [
        [_("申请额度"), {"text": money(Decimal(payload["amount"]), payload["currency"]), "strong": True}],
        [_("币种"), payload["currency"]],
        [_("种类"), str(LimitKind(payload["kind"]).label)],
        [_("开始日期"), payload["from"]],
        [_("结束日期"), payload["until"] or "—"],
        [_("申请人"), request.requester_name],
        [_("编号"), request.number],
        [_("原因"), request.reason or "—"],
    ]
    if payload["whole_group"]:
        rows.append([_("范围"), _("整个集团的额度")])
    return rows


def _facts(customer: Customer) -> list[list[Any]]:
    unknown = "—"
    return [
        [_("统一社会信用代码"), customer.uscc or unknown],
        [_("集团"), customer.parent.name if customer.parent is not None else unknown],
        [_("地区"), customer.region or unknown],
        [_("行业"), customer.sector or unknown],
        [_("规模"), str(customer.get_size_display()) if customer.size else unknown],
        [_("客户分类"), customer.segment or unknown],
        [_("业务员"), customer.salesperson.name if customer.salesperson is not None else unknown],
        [_("付款条件"), term_words(customer.term) if customer.term is not None else unknown],
    ]


def _group(members: Sequence[Customer], found: dict[Any, Standing], currency: str) -> Part:
    rows = []
    for each in members:
        position = found[each.pk].position()
        limit = "—" if position.limit is None else money(position.limit, currency)
        rows.append([each.name, each.code, limit, money(position.used, currency)])
    columns = (
        (_("客户"), "1fr", "left"),
        (_("客户编码"), "auto", "left"),
        (_("额度"), "auto", "right"),
        (_("占用"), "auto", "right"),
    )
    return part(columns, rows)


def _limits(customer: Customer, today: date) -> Part:
    rows = []
    for row in limit_history(customer)[:12]:
        kind = str(LimitKind(row.kind).label)
        rows.append(
            [
                _("%s（集团）") % kind if row.whole_group else kind,
                {"text": money(row.amount, row.currency), "strong": _alive(row, today)},
                row.currency,
                row.starts_on.isoformat(),
                row.ends_on.isoformat() if row.ends_on else "—",
                row.reason,
            ]
        )
    columns = (
        (_("种类"), "auto", "left"),
        (_("额度"), "auto", "right"),
        (_("币种"), "auto", "left"),
        (_("开始"), "auto", "left"),
        (_("结束"), "auto", "left"),
        (_("原因"), "1fr", "left"),
    )
    return part(columns, rows, _("从未设置过信用额度。"))


def _alive(row: Limit, today: date) -> bool:
    return (
        row.state == LimitState.ACTIVE
        and row.starts_on <= today
        and (row.ends_on is None or row.ends_on >= today)
    )


def _securities(customer: Customer, today: date) -> Part:
    rows = []
    for row in Security.objects.filter(customer=customer).order_by("-expires_on", "-id"):
        ended = row.expires_on < today or (row.released_on is not None and row.released_on <= today)
        rows.append(
            [
                str(SecurityKind(row.kind).label),
                row.description,
                money(row.amount, row.currency),
                percent(row.cover, 0),
                {"text": row.expires_on.isoformat(), "tone": "bad" if ended else ""},
            ]
        )
    columns = (
        (_("担保"), "auto", "left"),
        (_("说明"), "1fr", "left"),
        (_("金额"), "auto", "right"),
        (_("计入比例"), "auto", "right"),
        (_("到期"), "auto", "left"),
    )
    return part(columns, rows)


def _exposure(standing: Standing, currency: str) -> Part:
    titles = component_titles()
    rows: list[list[Any]] = [
        [titles[code], money(amount, currency)] for code, amount in standing.exposure.parts.items() if amount
    ]
    total = {"text": money(standing.position().used, currency), "strong": True}
    rows.append([{"text": _("合计"), "strong": True}, total])
    if standing.insured:
        rows.append([_("其中信用保险覆盖"), money(standing.insured, currency)])
    return part(((_("组成"), "1fr", "left"), (_("金额"), "auto", "right")), rows)


def _warnings(customer: Customer, today: date) -> Part:
    since = today - timedelta(days=365)
    found = EarlyWarning.objects.filter(customer=customer, found_on__gte=since).order_by("-found_on", "-id")
    rows = [
        [
            each.found_on.isoformat(),
            kind_word(each.kind),
            sentence(each.kind, each.figures),
            {"text": _("未关闭"), "tone": "warn"}
            if each.state == State.OPEN
            else str(OUTCOMES.get(each.outcome, each.outcome)),
        ]
        for each in found[:MOST_WARNINGS]
    ]
    columns = (
        (_("日期"), "auto", "left"),
        (_("预警"), "auto", "left"),
        (_("发现了什么"), "1fr", "left"),
        (_("结果"), "auto", "left"),
    )
    return part(columns, rows, _("近一年没有预警。"))


def _overdue(customer: Customer, today: date, currency: str) -> Part:
    items = (
        OpenItem.objects.filter(
            customer=customer, side=Side.DEBIT, open_amount__gt=0, effective_due_on__lt=today
        )
        .select_related("document")
        .order_by("effective_due_on", "id")
    )
    rows: list[list[Any]] = [
        [
            each.document.number,
            each.document_on.isoformat(),
            each.effective_due_on.isoformat() if each.effective_due_on else "—",
            {
                "text": str((today - each.effective_due_on).days) if each.effective_due_on else "—",
                "tone": "bad" if each.effective_due_on and (today - each.effective_due_on).days > 90 else "",
            },
            money(each.base_amount, currency),
            money(each.open_base, currency),
        ]
        for each in items[:MOST_ITEMS]
    ]
    more = items.count() - len(rows)
    if more > 0:
        rest = sum(items[MOST_ITEMS:].values_list("open_base", flat=True), Decimal(0))
        rows.append([_("另有 %d 笔") % more, "", "", "", "", money(rest, currency)])
    columns = (
        (_("单据"), "1fr", "left"),
        (_("日期"), "auto", "left"),
        (_("到期"), "auto", "left"),
        (_("逾期天数"), "auto", "right"),
        (_("原金额"), "auto", "right"),
        (_("未结清"), "auto", "right"),
    )
    return part(columns, rows, _("没有逾期款项。"))

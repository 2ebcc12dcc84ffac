"""信用额度: the list of limits with how much of each is used, and withdrawing one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.core.keyset import Key
from huikuan.credit.models import Limit, LimitKind, LimitState
from huikuan.credit.operations import withdraw_limit
from huikuan.credit.queries import standings
from huikuan.organizations.actors import actor_words
from huikuan.web.credit.parts import credit_url, limit_kind, limit_state
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, Extra, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.lists.sheets import Share
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.scopes import visible

NOW, TIGHT, ENDING, ENDED, ALL = "", "tight", "ending", "ended", "all"
SOON_DAYS = 30
TIGHT_SHARE = Decimal("0.9")
ORDERS = {
    "customer": Order((Key("customer__sort_key", str),)),
    "from": Order((Key("starts_on", date),)),
}


@dataclass(frozen=True)
class Row:
    """A limit with what is used of it, in base currency; None where it is not in force now."""

    limit: Limit
    today: date
    of: Decimal | None = None
    used: Decimal | None = None

    @property
    def share(self) -> Decimal | None:
        """How much of the limit is used; all of it where nothing may be owed but something is."""
        if self.of is None or self.used is None:
            return None
        if self.of > 0:
            return max(self.used, Decimal(0)) / self.of
        return Decimal(1) if self.used > 0 else Decimal(0)


class LimitsForm(forms.Form):
    """Customer and kind; which limits is chosen by the tabs."""

    which = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput())
    q = forms.CharField(
        label=_l("客户名称或编码"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label=_l("种类"), required=False, choices=[("", _l("全部")), *LimitKind.choices])


def _seen(work: Work) -> QuerySet[Limit]:
    found = Limit.objects.select_related("customer").filter(customer__removed_act__isnull=True)
    people = visible(work.actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def _in_force(found: QuerySet[Limit], today: date) -> QuerySet[Limit]:
    return found.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today), state=LimitState.ACTIVE, starts_on__lte=today
    )


def _of_tab(work: Work, which: str) -> QuerySet[Limit]:
    seen, today = _seen(work), work.today
    if which == ALL:
        return seen
    if which == ENDED:
        return seen.filter(Q(ends_on__lt=today) | Q(state=LimitState.WITHDRAWN))
    alive = _in_force(seen, today)
    if which == ENDING:
        return alive.filter(ends_on__lte=today + timedelta(days=SOON_DAYS))
    if which == TIGHT:
        return alive.filter(
            pk__in=[row.limit.pk for row in _dressed(list(alive), today) if (row.share or 0) >= TIGHT_SHARE]
        )
    return alive


def _dressed(limits: Sequence[Limit], today: date) -> list[Row]:
    """Limits with their use: a group's by its head, a customer's own by itself; only of those in force."""
    of_contracts = {limit.contract_id for limit in limits if limit.contract_id}
    found = (
        standings({limit.customer_id for limit in limits}, day=today, contracts=of_contracts)
        if limits
        else {}
    )
    rows = []
    for limit in limits:
        standing = found[limit.customer_id]
        contract = standing.contracts.get(limit.contract_id) if limit.contract_id else None
        if contract is not None:
            rows.append(Row(limit, today, contract.limit, contract.used))
        elif limit.whole_group and standing.group and limit.pk == standing.group.set_limit.pk:
            rows.append(Row(limit, today, standing.group.limit, standing.group.used))
        elif standing.set_limit is not None and standing.set_limit.pk == limit.pk:
            rows.append(Row(limit, today, standing.limit, standing.position().used))
        else:
            rows.append(Row(limit, today))
    return rows


def _open(parameters: QueryDict, work: Work) -> Reading[Row]:
    form = LimitsForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = _of_tab(work, wanted.pop("which", NOW))
    if "q" in wanted:
        words = wanted["q"].strip()
        found = found.filter(
            Q(customer__code__iexact=words)
            | Q(customer__name__icontains=words)
            | Q(customer__initials__istartswith=words)
        )
    if "kind" in wanted:
        found = found.filter(kind=wanted["kind"])
    base = work.organization.currency
    return Reading(
        source=QueryRows(
            found=found,
            orders=ORDERS,
            dressed=lambda rows: _dressed(rows, work.today),
            summed=lambda rows: _summed(rows, base),
        ),
        form=form,
        filtered=bool(wanted),
        currency=base,
        empty={
            "title": _("没有符合条件的额度") if wanted else _("没有额度"),
            "text": _("在客户的信用页设置额度；超过规定金额的先提交审批。"),
            "icon": "shield-check",
        },
    )


def _summed(found: QuerySet[Limit], base: str) -> Total:
    in_base = found.filter(currency=base).order_by().aggregate(amount=Sum("amount"))
    return Total(found.order_by().count(), {"amount": in_base["amount"] or Decimal(0)})


def _share(row: Row) -> dict[str, Any] | None:
    if row.share is None:
        return None
    tone = "bad" if row.share > 1 else "warn" if row.share >= TIGHT_SHARE else ""
    return {"value": f"{row.share * 100:.0f}%", "tone": tone}


def _left(row: Row) -> Decimal | None:
    return None if row.of is None or row.used is None else row.of - row.used


COLUMNS: tuple[Column[Row], ...] = (
    Column(
        "customer",
        _l("客户"),
        lambda work, row: {"value": row.limit.customer.name, "note": row.limit.customer.code},
        kind="name",
        sort="customer",
        lead=True,
        extras=(Extra(_l("客户编码"), lambda row: row.limit.customer.code),),
    ),
    Column("kind", _l("种类"), lambda work, row: limit_kind(row.limit), minor=True),
    Column(
        "amount",
        _l("额度"),
        lambda work, row: {"value": row.limit.amount, "currency": row.limit.currency},
        kind="money",
        figure=True,
    ),
    Column("used", _l("已占用"), lambda work, row: row.used, kind="money"),
    Column("left", _l("可用"), lambda work, row: _left(row), kind="money"),
    Column(
        "share",
        _l("使用率"),
        lambda work, row: _share(row),
        kind="num",
        text=lambda work, row: None if row.share is None else Share(row.share),
    ),
    Column(
        "from", _l("开始日期"), lambda work, row: row.limit.starts_on, kind="date", sort="from", minor=True
    ),
    Column("until", _l("结束日期"), lambda work, row: row.limit.ends_on, kind="date"),
    Column(
        "state",
        _l("状态"),
        lambda work, row: limit_state(row.limit, row.today),
        kind="badge",
        text=lambda work, row: limit_state(row.limit, row.today)["label"],
    ),
    Column("reason", _l("原因"), lambda work, row: row.limit.reason, kind="name", hidden=True),
    Column("by", _l("经办"), lambda work, row: actor_words(row.limit.set_by), hidden=True),
)
LIMITS: List[Row] = List(
    name="credit-limits",
    title=pgettext_lazy("plural", "信用额度"),
    permission="credit.read",
    columns=COLUMNS,
    default_sort="customer",
    open=_open,
    key=lambda row: row.limit.pk,
    url=lambda work, row: credit_url(work, row.limit.customer_id),
)


@require_safe
@page("credit.read")
def limits(request: HttpRequest, work: Work) -> HttpResponse:
    """Limits in force with their use; those that are tight, end soon, or are over."""
    context = list_context(request, work, LIMITS)
    which = context["list"]["parameters"].get("which", NOW)
    here = reverse("credit-limits", args=[work.organization.code])
    tabs = [
        (NOW, _("有效")),
        (TIGHT, _("已用 90% 以上")),
        (ENDING, _("30 天内到期")),
        (ENDED, _("已到期或撤回")),
        (ALL, _("全部")),
    ]
    code = work.organization.code
    context |= {
        "tabs": [
            {"label": label, "url": f"{here}?which={each}" if each else here, "active": which == each}
            for each, label in tabs
        ],
        "title": LIMITS.title,
        "label": _("哪些额度"),
        "actions": [
            {
                "label": pgettext("plural", "担保"),
                "url": reverse("credit-securities", args=[code]),
                "icon": "shield-check",
            },
            {"label": _("信用规则"), "url": reverse("credit-gates", args=[code]), "icon": "settings"},
        ],
        "breadcrumbs": [{"label": LIMITS.title}],
    }
    return render(request, "credit/list.html", context)


class WithdrawForm(forms.Form):
    """Why a limit counts no longer."""

    reason = forms.CharField(label=_l("原因"), max_length=500)


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def limit_withdraw(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """撤回: a limit counts no longer."""
    found = _seen(work).filter(pk=key, state=LimitState.ACTIVE).first()
    if found is None:
        raise Http404
    back = credit_url(work, found.customer_id)

    def act(values: dict[str, Any]) -> str:
        withdraw_limit(key, reason=values["reason"], actor=work.actor)
        messages.success(request, _("额度已撤回。"))
        return back

    return ask_first(
        request, work, WithdrawForm(request.POST or None), act,
        title=_("撤回信用额度"), submit=_("撤回"), note=_("撤回后立即不再有效；已预占的订单不受影响。"),
        over=f"{found.customer.code} · {found.customer.name}", back_url=back,
        crumbs=[
            {"label": str(LIMITS.title), "url": reverse("credit-limits", args=[work.organization.code])},
            {"label": found.customer.name, "url": back},
            {"label": _("撤回信用额度")},
        ],
    )  # fmt: skip

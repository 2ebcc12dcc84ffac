"""担保: the list of securities, those that expire soon; entering and releasing one."""

from __future__ import annotations

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
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.core.keyset import Key
from huikuan.credit.models import Security, SecurityKind
from huikuan.credit.operations import NewSecurity, record_security, release_security
from huikuan.web.credit.parts import credit_url, security_state
from huikuan.web.credit.whose import credit_crumbs, credit_customer
from huikuan.web.fields import DayField
from huikuan.web.lists.context import list_context
from huikuan.web.lists.customers import customer_column
from huikuan.web.lists.declaration import Column, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.scopes import visible

ALIVE, ENDING, ENDED, ALL = "", "ending", "ended", "all"
SOON_DAYS = 60
ORDERS = {
    "until": Order((Key("expires_on", date),)),
    "customer": Order((Key("customer__sort_key", str),)),
}


class SecuritiesForm(forms.Form):
    """Customer and kind; which securities is chosen by the tabs."""

    which = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput())
    q = forms.CharField(
        label=_l("客户名称或编码"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(
        label=_l("担保"), required=False, choices=[("", _l("全部")), *SecurityKind.choices]
    )


def _seen(work: Work) -> QuerySet[Security]:
    found = Security.objects.select_related("customer").filter(customer__removed_act__isnull=True)
    people = visible(work.actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def _of_tab(work: Work, which: str) -> QuerySet[Security]:
    seen, today = _seen(work), work.today
    if which == ALL:
        return seen
    if which == ENDED:
        return seen.filter(Q(expires_on__lt=today) | Q(released_on__lte=today))
    alive = seen.filter(Q(released_on__isnull=True) | Q(released_on__gt=today), expires_on__gte=today)
    return alive.filter(expires_on__lte=today + timedelta(days=SOON_DAYS)) if which == ENDING else alive


def _open(parameters: QueryDict, work: Work) -> Reading[Security]:
    form = SecuritiesForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = _of_tab(work, wanted.pop("which", ALIVE))
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
        source=QueryRows(found=found, orders=ORDERS, dressed=list, summed=lambda rows: _summed(rows, base)),
        form=form,
        filtered=bool(wanted),
        currency=base,
        empty={
            "title": _("没有符合条件的担保") if wanted else _("没有担保"),
            "text": _("在客户的信用页登记抵押、保证、保险和保证金。"),
            "icon": "shield-check",
        },
    )


def _summed(found: QuerySet[Security], base: str) -> Total:
    in_base = found.filter(currency=base).order_by().aggregate(amount=Sum("amount"))
    return Total(found.order_by().count(), {"amount": in_base["amount"] or Decimal(0)})


COLUMNS: tuple[Column[Security], ...] = (
    customer_column(),
    Column("kind", _l("担保"), lambda work, row: str(SecurityKind(row.kind).label)),
    Column(
        "amount",
        _l("金额"),
        lambda work, row: {"value": row.amount, "currency": row.currency},
        kind="money",
        figure=True,
    ),
    Column("cover", _l("计入比例"), lambda work, row: f"{(row.cover * 100).normalize():f}%", kind="num"),
    Column("from", _l("开始日期"), lambda work, row: row.starts_on, kind="date", minor=True),
    Column("until", _l("到期"), lambda work, row: row.expires_on, kind="date", sort="until"),
    Column("what", _l("说明"), lambda work, row: row.description or None, kind="name"),
    Column(
        "state",
        _l("状态"),
        lambda work, row: security_state(row, work.today),
        kind="badge",
        text=lambda work, row: security_state(row, work.today)["label"],
    ),
)
SECURITIES: List[Security] = List(
    name="credit-securities",
    title=pgettext_lazy("plural", "担保"),
    permission="credit.read",
    columns=COLUMNS,
    default_sort="until",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: f"{credit_url(work, row.customer_id)}#securities",
)


@require_safe
@page("credit.read")
def securities(request: HttpRequest, work: Work) -> HttpResponse:
    """Securities that stand, those that expire first at the top."""
    context = list_context(request, work, SECURITIES)
    which = context["list"]["parameters"].get("which", ALIVE)
    here = reverse("credit-securities", args=[work.organization.code])
    tabs = [
        (ALIVE, _("有效")),
        (ENDING, _("60 天内到期")),
        (ENDED, _("已到期或解除")),
        (ALL, _("全部")),
    ]
    limits = reverse("credit-limits", args=[work.organization.code])
    context |= {
        "tabs": [
            {"label": label, "url": f"{here}?which={each}" if each else here, "active": which == each}
            for each, label in tabs
        ],
        "title": SECURITIES.title,
        "label": _("哪些担保"),
        "actions": [],
        "breadcrumbs": [{"label": _("信用额度"), "url": limits}, {"label": SECURITIES.title}],
    }
    return render(request, "credit/list.html", context)


class SecurityForm(forms.Form):
    """A security."""

    kind = forms.ChoiceField(label=_l("担保"), choices=SecurityKind.choices)
    amount = forms.DecimalField(
        label=_l("金额"), min_value=Decimal("0.01"), max_digits=17, decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    percent = forms.DecimalField(
        label=_l("计入比例（%）"), min_value=Decimal("0.01"), max_value=Decimal(100), decimal_places=2,
        help_text=_l("保险填赔付比例，抵押填打折后的比例。"),
    )  # fmt: skip
    starts_on = DayField(label=_l("开始日期"))
    expires_on = DayField(label=_l("到期"))
    description = forms.CharField(label=_l("说明"), max_length=500, help_text=_l("抵押物、保证人或保单号。"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def security_new(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """登记担保."""
    found = credit_customer(work, key)

    def act(values: dict[str, Any]) -> str:
        cover = values.pop("percent") / 100
        record_security(
            NewSecurity(customer_id=key, cover=cover, **values), actor=work.actor, today=work.today
        )
        messages.success(request, _("担保已登记。"))
        return f"{credit_url(work, key)}#securities"

    form = SecurityForm(request.POST or None, initial={"starts_on": work.today, "percent": "100"})
    return ask_first(
        request, work, form, act,
        title=_("登记担保"), submit=_("保存"),
        note=_("到期或解除后，靠它的那部分额度自动失效。"),
        over=f"{found.code} · {found.name}", back_url=credit_url(work, key),
        crumbs=credit_crumbs(work, found, _("登记担保")),
    )  # fmt: skip


class ReleaseForm(forms.Form):
    """Why a security no longer stands."""

    reason = forms.CharField(label=_l("原因"), max_length=500)


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def security_release(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """解除担保: from today on it counts no longer."""
    found = _seen(work).filter(pk=key, released_on__isnull=True).first()
    if found is None:
        raise Http404
    back = f"{credit_url(work, found.customer_id)}#securities"

    def act(values: dict[str, Any]) -> str:
        release_security(key, reason=values["reason"], actor=work.actor, today=work.today)
        messages.success(request, _("担保已解除。"))
        return back

    return ask_first(
        request, work, ReleaseForm(request.POST or None), act,
        title=_("解除担保"), submit=_("解除"), note=_("解除后，靠它的那部分额度自动失效。"),
        over=f"{found.customer.code} · {found.customer.name}", back_url=back,
        crumbs=credit_crumbs(work, found.customer, _("解除担保")),
    )  # fmt: skip

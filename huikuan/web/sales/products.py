"""Products: the list, and one to change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.keyset import Key
from huikuan.core.names import folded
from huikuan.sales.models import Product
from huikuan.sales.operations import ProductFacts, save_products
from huikuan.sales.queries import tax_rates
from huikuan.web.customers.forms import choose
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.sales.addresses import product_url
from huikuan.web.sales.line_tables import rate_names
from huikuan.web.sales.words import price_text

ORDERS = {
    "code": Order((Key("code", str),)),
    "name": Order((Key("name", str),)),
}


class ProductFilter(forms.Form):
    """Words and category."""

    q = forms.CharField(
        label=_l("编码、名称"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    category = forms.ChoiceField(label=_l("类别"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        categories = Product.objects.exclude(category="").values_list("category", flat=True).distinct()
        choose(self, "category", [(name, name) for name in sorted(categories)])


def _open(parameters: QueryDict, work: Work) -> Reading[Product]:
    form = ProductFilter(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found: QuerySet[Product] = Product.objects.all()
    if "q" in wanted:
        words = folded(wanted["q"])
        found = found.filter(Q(code__istartswith=words) | Q(name__icontains=words))
    if "category" in wanted:
        found = found.filter(category=wanted["category"])
    return Reading(
        source=QueryRows(
            found=found, orders=ORDERS, dressed=list, summed=lambda rows: Total(rows.order_by().count())
        ),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty={
            "title": _("还没有产品"),
            "text": _("可以从表格导入，或逐个新增；发票也可以不用产品，直接写品名。"),
            "icon": "package",
        },
    )


def _price(work: Work, product: Product) -> str | None:
    return None if product.price is None else price_text(product.price)


COLUMNS: tuple[Column[Product], ...] = (
    Column("code", _l("产品编码"), lambda work, row: row.code, sort="code", lead=True),
    Column("name", _l("名称"), lambda work, row: row.name, kind="name", sort="name"),
    Column("category", _l("类别"), lambda work, row: row.category or None),
    Column("unit", _l("单位"), lambda work, row: row.unit or None),
    Column("tax", _l("税率"), lambda work, row: rate_names().get(row.tax_code, row.tax_code), kind="num"),
    Column("price", _l("不含税单价"), _price, kind="num"),
    Column(
        "state",
        _l("状态"),
        lambda work, row: (
            {"label": _("在售"), "tone": "good"} if row.active else {"label": _("停用"), "tone": "plain"}
        ),
        kind="badge",
        text=lambda work, row: _("在售") if row.active else _("停用"),
    ),
)
PRODUCTS: List[Product] = List(
    name="products",
    title=pgettext_lazy("plural", "产品"),
    permission="ledger.read",
    columns=COLUMNS,
    default_sort="code",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: product_url(work, row.pk),
)


class ProductForm(forms.Form):
    """A product."""

    code = forms.CharField(label=_l("产品编码"), max_length=64)
    name = forms.CharField(label=_l("名称"), max_length=200)
    category = forms.CharField(label=_l("类别"), max_length=60, required=False)
    unit = forms.CharField(label=_l("单位"), max_length=20, required=False)
    tax_code = forms.ChoiceField(label=_l("税率"))
    price = forms.DecimalField(
        label=_l("不含税单价"), required=False, min_value=Decimal(0), max_digits=18, decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    active = forms.BooleanField(label=_l("在售"), required=False)

    def __init__(self, *args: Any, known: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        tax = self.fields["tax_code"]
        assert isinstance(tax, forms.ChoiceField)
        tax.choices = [(rate.code, rate.name) for rate in tax_rates().values()]
        if known:
            self.fields["code"].disabled = True


@require_safe
@page("ledger.read")
def products(request: HttpRequest, work: Work) -> HttpResponse:
    """What is sold."""
    actions = []
    if work.actor.may("product.write"):
        actions.append(
            {
                "label": _("新增产品"),
                "url": reverse("product-add", args=[work.organization.code]),
                "icon": "plus",
            }
        )
    context = {
        **list_context(request, work, PRODUCTS),
        "heading": pgettext("plural", "产品"),
        "actions": actions,
        "breadcrumbs": [{"label": pgettext("plural", "产品")}],
    }
    return render(request, "sales/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("product.write")
def product_add(request: HttpRequest, work: Work) -> HttpResponse:
    """A new product."""
    initial = {"tax_code": "13", "active": True}
    return _edit(request, work, ProductForm(request.POST or None, initial=initial, known=False), None)


@require_http_methods(["GET", "HEAD", "POST"])
@page("ledger.read")
def product(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One product; changed by those who may."""
    found = Product.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    names = ("code", "name", "category", "unit", "tax_code", "price", "active")
    initial = {name: getattr(found, name) for name in names}
    if found.price is not None:
        initial["price"] = price_text(found.price).replace(",", "")
    return _edit(request, work, ProductForm(request.POST or None, initial=initial, known=True), found)


def _edit(request: HttpRequest, work: Work, form: ProductForm, found: Product | None) -> HttpResponse:
    home = reverse("products", args=[work.organization.code])
    if form.is_valid():
        values = form.cleaned_data
        if found is None and Product.objects.filter(code=values["code"]).exists():
            form.add_error("code", _("产品编码已存在。"))
        else:
            try:
                save_products([ProductFacts(**values)], actor=work.actor)
            except HuikuanError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("已保存。"))
                return redirect(home)
    title = found.name if found else _("新增产品")
    context = {
        "title": title,
        "over": found.code if found else "",
        "form": form,
        "submit": _("保存"),
        "read_only": not work.actor.may("product.write"),
        "back_url": home,
        "breadcrumbs": [{"label": pgettext("plural", "产品"), "url": home}, {"label": title}],
    }
    return render(request, "sales/form.html", context, status=422 if form.errors else 200)

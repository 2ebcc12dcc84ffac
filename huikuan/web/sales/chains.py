"""The chain of a document as components/chain.html draws it; vouchers of the books at its end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.books.queries.vouchers import vouchers_of_document
from huikuan.sales import chain as stages
from huikuan.sales.chain import Link, chain_of
from huikuan.web.books.addresses import voucher_url
from huikuan.web.books.words import voucher_title
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.words import kind_name
from huikuan.web.pages import Work
from huikuan.web.templatetags.money import money

Row = dict[str, Any]
VOUCHERS_SHOWN = 4
WORDS: dict[str, tuple[str | Promise, str]] = {
    stages.CONTRACT: (gettext_lazy("合同"), "file-text"),
    stages.ORDER: (gettext_lazy("订单"), "shopping-cart"),
    stages.DELIVERY: (gettext_lazy("发货"), "truck"),
    stages.INVOICE_STAGE: (gettext_lazy("应收单"), "file-invoice"),
    stages.CREDIT_STAGE: (gettext_lazy("红字"), "receipt-refund"),
    stages.TAX_INVOICE: (gettext_lazy("数电发票"), "receipt"),
    stages.RECEIPT_STAGE: (gettext_lazy("收款与结算"), "cash"),
}
_PAGES = {
    stages.CONTRACT: "contract",
    stages.ORDER: "order",
    stages.DELIVERY: "delivery",
    stages.TAX_INVOICE: "tax-invoice",
}


def chain_for(work: Work, kind: str, key: UUID) -> list[Row]:
    """The stages of a chain with their links; nothing where a document stands alone."""
    chain = chain_of(kind, key)
    found: list[Row] = [
        {
            "label": WORDS[stage.name][0],
            "icon": WORDS[stage.name][1],
            "links": [_link(work, link, key) for link in stage.links],
            "more": stage.more,
        }
        for stage in chain.stages
    ]
    if kind == stages.DOCUMENT:
        found += _vouchers(work, key)
    elif chain.document_ids:
        found += _vouchers(work, chain.document_ids[0])
    return found if len(found) > 1 else []


def _link(work: Work, link: Link, current: UUID) -> Row:
    note = link.on.isoformat()
    if link.document_kind and link.document_kind != "invoice":
        note = f"{kind_name(link.document_kind)} · {note}"
    return {
        "number": link.number,
        "url": _url(work, link),
        "note": note,
        "amount": money(link.amount, link.currency) if isinstance(link.amount, Decimal) else "",
        "current": link.id == current,
    }


def _url(work: Work, link: Link) -> str:
    if link.kind == stages.DOCUMENT:
        return document_url(work, link.id)
    try:
        return reverse(_PAGES[link.kind], args=[work.organization.code, link.id])
    except NoReverseMatch:
        return ""


def _vouchers(work: Work, document_id: UUID) -> list[Row]:
    if not work.actor.may("books.read"):
        return []
    vouchers = vouchers_of_document(document_id)
    if not vouchers:
        return []
    links = [
        {
            "number": voucher_title(each.word, each.number),
            "url": voucher_url(work, each.pk),
            "note": each.voucher_on.isoformat(),
            "amount": "",
            "current": False,
        }
        for each in vouchers[:VOUCHERS_SHOWN]
    ]
    more = max(len(vouchers) - VOUCHERS_SHOWN, 0)
    return [{"label": _("凭证"), "icon": "book", "links": links, "more": more}]

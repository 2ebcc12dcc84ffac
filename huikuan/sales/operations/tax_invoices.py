"""数电发票: uploaded as their structured originals, linked to documents of the ledger, amount by amount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.names import folded
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer, CustomerName
from huikuan.customers.rules.identity import normalise_uscc
from huikuan.files.operations import attach_file, too_large
from huikuan.files.rules import MAX_BYTES
from huikuan.ledger.models import Document, Kind
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization
from huikuan.sales.contracts import TaxInvoice, TaxInvoiceLink
from huikuan.sales.errors import SalesRefused, constraint_refusal
from huikuan.sales.tax_invoice_files import TaxInvoiceFacts, UnreadableTaxInvoice, read_tax_invoice

RECORD_KIND = "tax_invoice"
BLUE_KINDS = (Kind.INVOICE.value, Kind.DEBIT_NOTE.value)
RED_KINDS = (Kind.CREDIT_NOTE.value,)
ZERO = Decimal(0)

# Problems that are kept with a tax invoice; `problem_words` says them.
BUYER_UNKNOWN = "buyer_unknown"
BUYER_NAME_DIFFERS = "buyer_name_differs"
BUYER_TAX_ID_DIFFERS = "buyer_tax_id_differs"
SELLER_DIFFERS = "seller_differs"
ORIGINAL_UNKNOWN = "original_unknown"
RED_BEYOND_ORIGINAL = "red_beyond_original"
TAX_DIFFERS = "tax_differs"


@dataclass(frozen=True)
class Uploaded:
    """A tax invoice that was read and kept, and what did not fit, as codes."""

    id: UUID
    number: str
    problems: tuple[str, ...]


def upload_tax_invoice(*, name: str, content: bytes, actor: Actor, now: datetime) -> Uploaded:
    """Read an XML or OFD original, check it and keep it as a file with its hash. A number comes in once.

    Refused: what cannot be read safely or wholly, a number of the wrong form, amounts that do not add up, a
    duplicate. What only does not fit the customer or the organization is kept and said (`problems`).
    """
    actor.require("invoice.record")
    if len(content) > MAX_BYTES:
        raise too_large(name)
    try:
        facts = read_tax_invoice(content)
    except UnreadableTaxInvoice as error:
        raise reading_refusal(error) from error
    with act("upload_tax_invoice", actor=actor) as opened:
        former = TaxInvoice.objects.filter(number=facts.number).first()
        if former is not None:
            raise _duplicate(facts.number)
        customer, problems = _buyer(facts)
        problems += _seller(facts)
        original, of_original = _original(facts)
        problems += of_original
        row = TaxInvoice(
            organization_id=opened.organization_id,
            **{key: value for key, value in asdict(facts).items() if key != "lines"},
            lines=list(facts.lines),
            customer=customer,
            original=original,
            problems=problems,
            sha256="",
            act_id=opened.id,
        )
        attached = attach_file(
            record_kind=RECORD_KIND,
            record_id=row.pk,
            name=name,
            content=content,
            actor=actor,
            now=now,
            number=facts.number,
        )
        row.sha256 = attached.sha256
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise constraint_refusal(error) from error
        record_event(
            action="uploaded",
            record_kind=RECORD_KIND,
            record_id=row.pk,
            number=row.number,
            content={
                "total": str(row.total),
                "tax": str(row.tax),
                "red": row.red,
                "buyer": row.buyer_name,
                "sha256": row.sha256,
                "problems": problems,
            },
        )
    return Uploaded(row.pk, row.number, tuple(problems))


def _duplicate(number: str) -> SalesRefused:
    return SalesRefused(_("数电发票 %s 已经上传过，没有重复登记。") % number, code="tax_invoice_twice")


def _buyer(facts: TaxInvoiceFacts) -> tuple[Customer | None, list[str]]:
    """The customer that the buyer is: by its tax id, else by a name it has or had."""
    by_id = Customer.objects.filter(uscc=facts.buyer_tax_id).first() if facts.buyer_tax_id else None
    if by_id is not None:
        fits = folded(by_id.name) == folded(facts.buyer_name) or _names(by_id, facts.buyer_name)
        return by_id, [] if fits else [BUYER_NAME_DIFFERS]
    named = list(Customer.objects.filter(name=facts.buyer_name)[:2])
    if not named:
        keys = CustomerName.objects.filter(name=facts.buyer_name, kind=CustomerName.Kind.FORMER)
        named = list(Customer.objects.filter(pk__in=keys.values("customer_id"))[:2])
    if len(named) != 1:
        return None, [BUYER_UNKNOWN]
    differs = named[0].uscc and facts.buyer_tax_id and named[0].uscc != facts.buyer_tax_id
    return named[0], [BUYER_TAX_ID_DIFFERS] if differs else []


def _names(customer: Customer, name: str) -> bool:
    return bool(CustomerName.objects.filter(customer=customer, name=name).exists())


def _seller(facts: TaxInvoiceFacts) -> list[str]:
    """By the tax number where both sides say one: names are written in many ways. Else by the name."""
    own = Organization.objects.get(pk=current_organization_id())
    if own.tax_number and facts.seller_tax_id:
        same = own.tax_number == normalise_uscc(facts.seller_tax_id)
    else:
        same = folded(own.name) == folded(facts.seller_name)
    return [] if same else [SELLER_DIFFERS]


def _original(facts: TaxInvoiceFacts) -> tuple[TaxInvoice | None, list[str]]:
    """The blue invoice that a red one takes back; all red ones together never beyond it."""
    if not facts.red:
        return None, []
    blue = (
        TaxInvoice.objects.select_for_update(no_key=True)
        .filter(number=facts.original_number, red=False)
        .first()
    )
    if blue is None:
        return None, [ORIGINAL_UNKNOWN]
    taken = TaxInvoice.objects.filter(original=blue).aggregate(total=Sum("total", default=ZERO))["total"]
    return blue, [RED_BEYOND_ORIGINAL] if taken + facts.total > blue.total else []


@dataclass(frozen=True, slots=True)
class NewLink:
    """So much of a tax invoice stands against a document, in the organization's currency, VAT included."""

    tax_invoice_id: UUID
    document_id: UUID
    amount: Decimal


def link_tax_invoices(links: Sequence[NewLink], *, actor: Actor) -> int:
    """关联: tax invoices and documents, many to many; never more than either of them has left. All or none."""
    actor.require("invoice.record")
    if not links:
        return 0
    with act("link_tax_invoices", actor=actor) as opened:
        invoices = {
            row.pk: row
            for row in TaxInvoice.objects.filter(pk__in={each.tax_invoice_id for each in links})
            .order_by("pk")
            .select_for_update(no_key=True)
        }
        documents = {
            row.pk: row
            for row in Document.objects.filter(pk__in={each.document_id for each in links})
            .order_by("pk")
            .select_for_update(no_key=True)
        }
        left = _left_of_documents(documents)
        for each in links:
            _require_linkable(each, invoices.get(each.tax_invoice_id), documents.get(each.document_id), left)
            invoices[each.tax_invoice_id].linked += each.amount
            left[each.document_id] -= each.amount
            if invoices[each.tax_invoice_id].customer_id is None:
                invoices[each.tax_invoice_id].customer_id = documents[each.document_id].customer_id
        TaxInvoiceLink.objects.bulk_create(
            [
                TaxInvoiceLink(
                    organization_id=opened.organization_id,
                    tax_invoice_id=each.tax_invoice_id,
                    document_id=each.document_id,
                    amount=each.amount,
                    act_id=opened.id,
                )
                for each in links
            ]
        )
        _settle(list(invoices.values()))
        for each in links:
            _record("linked", invoices[each.tax_invoice_id], documents[each.document_id].number, each.amount)
    return len(links)


def unlink_tax_invoice(link_id: UUID, *, reason: str, actor: Actor) -> None:
    """解除关联: take a link off again; both sides have their amount back."""
    actor.require("invoice.record")
    if not reason.strip():
        raise SalesRefused(_("解除关联必须写明原因。"), code="reason_missing")
    with act("unlink_tax_invoice", actor=actor, reason=reason) as opened:
        found = TaxInvoiceLink.objects.filter(pk=link_id).values("tax_invoice_id")
        invoice = TaxInvoice.objects.select_for_update(no_key=True).filter(pk__in=found).first()
        link = TaxInvoiceLink.objects.filter(pk=link_id, ended_act=None).select_related("document").first()
        if invoice is None or link is None:
            raise SalesRefused(_("这条关联已经取消。"), code="link_gone")
        link.ended_act_id = opened.id
        link.save(update_fields=["ended_act"])
        invoice.linked -= link.amount
        _settle([invoice])
        _record("unlinked", invoice, link.document.number, link.amount)


def _left_of_documents(documents: dict[UUID, Document]) -> dict[UUID, Decimal]:
    taken: dict[UUID, Decimal] = defaultdict(Decimal)
    rows = TaxInvoiceLink.objects.filter(document_id__in=documents, ended_act=None)
    for key, total in rows.values_list("document_id").annotate(total=Sum("amount")):
        taken[key] = total
    return {key: document.base_amount - taken[key] for key, document in documents.items()}


def _require_linkable(
    link: NewLink, invoice: TaxInvoice | None, document: Document | None, left: dict[UUID, Decimal]
) -> None:
    if invoice is None or document is None or document.voided_by_id is not None:
        raise SalesRefused(_("没有这张发票或单据，或它已冲销。"), code="unknown_document")
    if document.kind not in (RED_KINDS if invoice.red else BLUE_KINDS):
        raise SalesRefused(_("蓝字发票关联应收单，红字发票关联红字单据。"), code="wrong_kind")
    if invoice.customer_id not in (None, document.customer_id):
        raise SalesRefused(_("发票和单据不是同一个客户。"), code="other_customer")
    if (
        not link.amount.is_finite()
        or link.amount <= 0
        or link.amount != link.amount.quantize(Decimal("0.01"))
    ):
        raise SalesRefused(_("关联金额必须大于零，最多两位小数。"), code="amount_unusable")
    if link.amount > invoice.total - invoice.linked:
        raise SalesRefused(
            _("数电发票 %(number)s 只剩 %(left)s 可以关联。")
            % {"number": invoice.number, "left": f"{invoice.total - invoice.linked:.2f}"},
            code="beyond_tax_invoice",
        )
    if link.amount > left[document.pk]:
        raise SalesRefused(
            _("单据 %(number)s 只剩 %(left)s 可以关联。")
            % {"number": document.number, "left": f"{left[document.pk]:.2f}"},
            code="beyond_document",
        )


def _settle(invoices: Sequence[TaxInvoice]) -> None:
    """Keep what is linked, and say where the VAT of wholly linked documents is not that of the tax invoice."""
    found = TaxInvoiceLink.objects.filter(tax_invoice__in=invoices, ended_act=None).select_related("document")
    links: dict[UUID, list[TaxInvoiceLink]] = defaultdict(list)
    for link in found:
        links[link.tax_invoice_id].append(link)
    for invoice in invoices:
        of_invoice = links[invoice.pk]
        whole = invoice.linked == invoice.total and all(
            link.amount == link.document.base_amount and link.document.rate == 1 for link in of_invoice
        )
        tax = sum((link.document.tax for link in of_invoice), ZERO)
        kept = [code for code in invoice.problems if code != TAX_DIFFERS]
        invoice.problems = [*kept, TAX_DIFFERS] if whole and tax != invoice.tax else kept
    TaxInvoice.objects.bulk_update(invoices, ["linked", "customer", "problems"])


def _record(action: str, invoice: TaxInvoice, number: str, amount: Decimal) -> None:
    record_event(
        action=action,
        record_kind=RECORD_KIND,
        record_id=invoice.pk,
        number=invoice.number,
        content={"document": number, "amount": str(amount)},
    )


def reading_refusal(error: UnreadableTaxInvoice) -> SalesRefused:
    """The sentence about a file that is no usable tax invoice."""
    fields = {
        "number": _("发票号码"),
        "issued_on": _("开票日期"),
        "seller_name": _("销售方名称"),
        "buyer_name": _("购买方名称"),
        "net": _("合计金额"),
        "tax": _("合计税额"),
        "total": _("价税合计"),
    }
    words = {
        "wrong_type": _("这不是数电发票的 XML 或 OFD 文件。"),
        "truncated": _("文件不完整或已损坏，请重新下载后上传。"),
        "too_large": _("文件太大，不是一张发票。"),
        "bomb": _("文件解压后异常巨大，已拒绝读取。"),
        "unsafe_xml": _("文件含有文档类型或实体声明，已拒绝读取。"),
        "field_missing": _("文件里没有%s。"),
        "field_unreadable": _("文件里的%s无法读取。"),
        "number_format": _("发票号码“%s”不是 20 位数电发票号码。"),
        "wrong_sum": _("文件里的金额加税额不等于价税合计。"),
    }
    text = str(words[error.code])
    if "%s" in text:
        text %= fields.get(error.detail, error.detail)
    return SalesRefused(text, code=f"tax_invoice_{error.code}")

"""Tax invoices of the demo company: electronic originals of its latest invoices, one linked, one to be linked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from huikuan.ledger.models import Document
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization
from huikuan.sales.operations.tax_invoices import NewLink, link_tax_invoices, upload_tax_invoice

COUNT = 4
PROVINCE_AND_CHANNEL = "33200"
RATE = Decimal("0.13")


def keep_tax_invoices(organization: Organization, staff: Mapping[str, Actor], *, today: date) -> None:
    """Bring in the originals of the latest invoices with VAT; all but the last are linked to what they bill."""
    documents = (
        Document.objects.filter(kind="invoice", currency="CNY", tax__gt=0)
        .select_related("customer")
        .order_by("-document_on", "-number")[:COUNT]
    )
    accountant = staff["ar_accountant"]
    links = []
    for place, document in enumerate(documents, start=1):
        original = _original(organization, document, place)
        uploaded = upload_tax_invoice(
            name=f"数电发票_{document.number}.xml",
            content=original,
            actor=accountant,
            now=_noon(organization, today),
        )
        links.append(NewLink(uploaded.id, document.pk, document.amount))
    if links[:-1]:
        link_tax_invoices(links[:-1], actor=accountant)


def _noon(organization: Organization, day: date) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo(organization.time_zone))


def _original(organization: Organization, document: Document, place: int) -> bytes:
    """The XML of a 数电发票 over one line."""
    issued = document.document_on
    number = f"{issued:%y}{PROVINCE_AND_CHANNEL}{int(f'{issued:%m%d}'):08d}{place:05d}"
    net = document.amount - document.tax
    parts = {
        "Header": {
            "EIid": number,
            "InherentLabel": {"GeneralOrSpecialVAT": {"LabelName": "增值税专用发票"}},
        },
        "EInvoiceData": {
            "SellerInformation": {
                "SellerIdNum": organization.tax_number or "",
                "SellerName": organization.name,
            },
            "BuyerInformation": {"BuyerIdNum": document.customer.uscc, "BuyerName": document.customer.name},
            "BasicInformation": {
                "TotalAmWithoutTax": f"{net:.2f}",
                "TotalTaxAm": f"{document.tax:.2f}",
                "TotalTax-includedAmount": f"{document.amount:.2f}",
                "Drawer": "林晓岚",
            },
            "IssuItemInformation": {
                "ItemName": "*通用设备*数控机床配件",
                "Quantity": "1",
                "UnPrice": f"{net:.2f}",
                "Amount": f"{net:.2f}",
                "TaxRate": f"{RATE}",
                "ComTaxAm": f"{document.tax:.2f}",
            },
        },
        "TaxSupervisionInfo": {"InvoiceNumber": number, "IssueTime": f"{issued:%Y-%m-%d}"},
    }
    root = ElementTree.Element("EInvoice")
    _fill(root, parts)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _fill(element: ElementTree.Element, parts: dict[str, object]) -> None:
    for name, content in parts.items():
        child = ElementTree.SubElement(element, name)
        if isinstance(content, dict):
            _fill(child, content)
        else:
            child.text = str(content)

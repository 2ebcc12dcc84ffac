"""What is read of a tax invoice, and what is refused unread."""

from __future__ import annotations

from decimal import Decimal

import pytest

from huikuan.sales.tax_invoice_files import UnreadableTaxInvoice, read_tax_invoice
from tests.sales.tax_invoice_samples import NUMBER, attached_xml, ofd, xml


def test_xml_says_number_parties_amounts_and_lines() -> None:
    facts = read_tax_invoice(xml(buyer_id="91310000MA1K000180"))
    assert (facts.number, str(facts.issued_on), facts.kind) == (NUMBER, "2026-02-03", "增值税专用发票")
    assert (facts.seller_name, facts.seller_tax_id) == ("测试公司", "91350100M000100Y43")
    assert (facts.buyer_name, facts.buyer_tax_id) == ("客户C1", "91310000MA1K000180")
    assert (facts.net, facts.tax, facts.total) == (
        Decimal("100000.00"),
        Decimal("13000.00"),
        Decimal("113000.00"),
    )
    assert facts.lines[0]["name"] == "*机床*数控机床"
    assert facts.lines[0]["tax"] == "13000.00"
    assert not facts.red


def test_other_labels_inside_an_ofd() -> None:
    facts = read_tax_invoice(ofd())
    assert (facts.number, facts.buyer_name, str(facts.issued_on)) == (NUMBER, "客户C1", "2026-02-03")
    assert (facts.net, facts.tax, facts.total) == (Decimal("1000.00"), Decimal("130.00"), Decimal("1130.00"))
    assert facts.lines[0]["name"] == "服务"


@pytest.mark.parametrize(
    "head", ['<?xml version="1.0" encoding="GBK"?>', '<?xml version="1.0" encoding="GB18030"?>']
)
def test_chinese_encodings(head: str) -> None:
    assert read_tax_invoice(xml(head=head)).buyer_name == "客户C1"


def test_a_red_invoice_names_its_original() -> None:
    remark = f"被红冲蓝字数电发票号码：{NUMBER} 红字发票信息确认单编号：31012602000000000001"
    facts = read_tax_invoice(
        xml(number="26312000000000000025", net="-100.00", tax="-13.00", total="-113.00", remark=remark)
    )
    assert (facts.red, facts.original_number, facts.total) == (True, NUMBER, Decimal("113.00"))


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><EInvoice>&b;</EInvoice>'
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><EInvoice/>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (LAUGHS, "unsafe_xml"),
        (OUTSIDE, "unsafe_xml"),
        (LAUGHS.decode().encode("utf-16"), "unsafe_xml"),
        (ofd(LAUGHS), "unsafe_xml"),
        (ofd(b"<a>" + b" " * (6 * 1024 * 1024) + b"</a>"), "bomb"),
        (b"<a>" * 100 + b"</a>" * 100, "bomb"),
        (b"<a>" + b" " * (6 * 1024 * 1024) + b"</a>", "too_large"),
        (ofd()[:-30], "truncated"),
        (xml()[:200], "truncated"),
        (b"%PDF-1.7", "wrong_type"),
        (b"", "wrong_type"),
        (b"<a/>", "field_missing"),
        (xml(number="12345678"), "number_format"),
        (xml(number="26992000000000000017"), "number_format"),
        (xml(tax="13000.01"), "wrong_sum"),
        (xml(net="NaN"), "field_unreadable"),
        (xml(net="1e9999999"), "field_unreadable"),
        (xml(net="100000.001", tax="12999.999"), "field_unreadable"),
        (attached_xml().replace("2026年02月03日".encode(), b"2026-13-01"), "field_unreadable"),
    ],
)
def test_what_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(UnreadableTaxInvoice) as refused:
        read_tax_invoice(content)
    assert refused.value.code == code
